#include "eval/validity/sbm_inference.h"

#include "core/rng.h"
#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

/* ---- the state of a search ---- */

/* "Ends" are the ends of edges: a block has as many as the sum of its nodes' degrees. */
typedef struct state {
    const dg_adjacency *graph;
    const dg_sbm_tables *tables;
    size_t n, capacity;     /* labels are below `capacity` */
    size_t degrees;         /* distinct ones */
    size_t high, count;     /* blocks at `high` and above are empty; `count` are not */
    double length;          /* the description length */
    uint32_t *block;        /* [n] */
    uint32_t *degree_class; /* [n] which of the distinct degrees a node has */
    uint32_t *near;         /* [n][capacity] a node's edges to each block */
    uint32_t *between;      /* [capacity][capacity] e_rs; twice the edges where r = s */
    uint32_t *ends;         /* [capacity] e_r */
    uint32_t *size;         /* [capacity] n_r */
    uint32_t *with_degree;  /* [capacity][degrees] nodes of each degree */
    double *count_cost;     /* [capacity + 1] the part that depends on the number of blocks alone */
    double constant;        /* the part that does not depend on the partition */
} state;

static double factorial(const state *s, size_t k) {
    return s->tables->log_factorial[k];
}

static double log_binomial(const state *s, size_t n, size_t k) {
    return factorial(s, n) - factorial(s, k) - factorial(s, n - k);
}

/* The part that depends on the number of blocks only: the priors of the edge counts between blocks
 * and of their sizes. */
static double count_cost(const state *s, size_t blocks) {
    size_t ends = 2 * s->graph->edges;
    return log_binomial(s, blocks * blocks + ends - 1, ends) +
           log_binomial(s, s->n - 1, blocks - 1);
}

static digress_status number_degrees(state *s, dg_arena *arena) {
    uint32_t *number = NULL;
    DG_TRY(dg_arena_allocate(arena, s->n, sizeof *number, &number));
    memset(number, 0, s->n * sizeof *number);
    for (size_t u = 0; u < s->n; u++) {
        uint32_t degree = dg_degree(s->graph, u);
        if (number[degree] == 0) number[degree] = (uint32_t)++s->degrees;
        s->degree_class[u] = number[degree] - 1;
    }
    return DIGRESS_OK;
}

static void find_constants(state *s) {
    s->constant = factorial(s, s->n) + log((double)s->n);
    for (size_t u = 0; u < s->n; u++)
        s->constant -= 2.0 * factorial(s, dg_degree(s->graph, u));
    for (size_t blocks = 1; blocks <= s->capacity; blocks++)
        s->count_cost[blocks] = count_cost(s, blocks);
}

static digress_status create_state(const dg_adjacency *graph, const dg_sbm_tables *tables,
                                   size_t capacity, dg_arena *arena, state *s) {
    *s = (state){.graph = graph, .tables = tables, .n = graph->n, .capacity = capacity};
    DG_TRY(dg_arena_allocate(arena, s->n, sizeof *s->block, &s->block));
    DG_TRY(dg_arena_allocate(arena, s->n, sizeof *s->degree_class, &s->degree_class));
    DG_TRY(number_degrees(s, arena));
    DG_TRY(dg_arena_allocate(arena, s->n * capacity, sizeof *s->near, &s->near));
    DG_TRY(dg_arena_allocate(arena, capacity * capacity, sizeof *s->between, &s->between));
    DG_TRY(dg_arena_allocate(arena, capacity, sizeof *s->ends, &s->ends));
    DG_TRY(dg_arena_allocate(arena, capacity, sizeof *s->size, &s->size));
    DG_TRY(
        dg_arena_allocate(arena, capacity * s->degrees, sizeof *s->with_degree, &s->with_degree));
    DG_TRY(dg_arena_allocate(arena, capacity + 1, sizeof *s->count_cost, &s->count_cost));
    find_constants(s);
    return DIGRESS_OK;
}

/* The part of the description length that depends on the size and the ends of one block. */
static double block_cost(const state *s, uint32_t size, uint32_t ends) {
    return 2.0 * (factorial(s, ends) + dg_log_partitions(s->tables, ends, size)) +
           factorial(s, size);
}

/* -ln P(A, k, e, b) of Peixoto 2017: the likelihood of the graph given its degrees and the edge
 * counts between blocks, the distributed priors of the in- and the out-degrees, and the priors of
 * the edge counts and of the partition. */
static double description_length(const state *s) {
    double length = s->constant + s->count_cost[s->count];
    for (size_t r = 0; r < s->high; r++) {
        if (s->size[r] == 0) continue;
        length += block_cost(s, s->size[r], s->ends[r]);
        for (size_t t = 0; t < s->high; t++)
            length -= factorial(s, s->between[r * s->capacity + t]);
        for (size_t d = 0; d < s->degrees; d++)
            length -= 2.0 * factorial(s, s->with_degree[r * s->degrees + d]);
    }
    return length;
}

static void clear_counts(state *s) {
    memset(s->near, 0, s->n * s->capacity * sizeof *s->near);
    memset(s->between, 0, s->capacity * s->capacity * sizeof *s->between);
    memset(s->ends, 0, s->capacity * sizeof *s->ends);
    memset(s->size, 0, s->capacity * sizeof *s->size);
    memset(s->with_degree, 0, s->capacity * s->degrees * sizeof *s->with_degree);
    s->high = s->count = 0;
}

/* Counts everything again from the labels. */
static void recount(state *s) {
    const dg_adjacency *graph = s->graph;
    clear_counts(s);
    for (size_t u = 0; u < s->n; u++) {
        uint32_t r = s->block[u];
        for (uint32_t k = graph->start[u]; k < graph->start[u + 1]; k++) {
            uint32_t t = s->block[graph->neighbour[k]];
            s->near[u * s->capacity + t]++;
            s->between[r * s->capacity + t]++;
        }
        s->ends[r] += dg_degree(graph, u);
        s->count += s->size[r]++ == 0;
        s->with_degree[r * s->degrees + s->degree_class[u]]++;
        if (r >= s->high) s->high = r + 1;
    }
    s->length = description_length(s);
}

/* Renames the blocks to 0 .. count-1 in the order of their first nodes. */
static void set_labels(state *s, const uint32_t *labels) {
    uint32_t name[DG_MAX_BLOCKS + 1] = {0}, names = 0;
    for (size_t u = 0; u < s->n; u++) {
        if (name[labels[u]] == 0) name[labels[u]] = ++names;
        s->block[u] = name[labels[u]] - 1;
    }
    recount(s);
}

/* The change of the description length if node u moves. */
static double move_cost(const state *s, size_t u, size_t from, size_t to) {
    const uint32_t *near = s->near + u * s->capacity, *f = s->between + from * s->capacity,
                   *t = s->between + to * s->capacity;
    const double *fact = s->tables->log_factorial;
    uint32_t degree = dg_degree(s->graph, u), class = s->degree_class[u];
    double pairs = 0.0;
    for (size_t r = 0; r < s->high; r++) {
        if (near[r] == 0 || r == from || r == to) continue;
        pairs += fact[f[r] - near[r]] - fact[f[r]] + fact[t[r] + near[r]] - fact[t[r]];
    }
    pairs += fact[f[to] + near[from] - near[to]] - fact[f[to]];
    double within =
        fact[f[from] - 2 * near[from]] - fact[f[from]] + fact[t[to] + 2 * near[to]] - fact[t[to]];
    uint32_t left = s->with_degree[from * s->degrees + class];
    uint32_t joined = s->with_degree[to * s->degrees + class];
    double degrees = fact[left - 1] - fact[left] + fact[joined + 1] - fact[joined];
    size_t count = s->count + (s->size[to] == 0) - (s->size[from] == 1);
    double blocks = block_cost(s, s->size[from] - 1, s->ends[from] - degree) -
                    block_cost(s, s->size[from], s->ends[from]) +
                    block_cost(s, s->size[to] + 1, s->ends[to] + degree) -
                    block_cost(s, s->size[to], s->ends[to]);
    return blocks - 2.0 * pairs - within - 2.0 * degrees + s->count_cost[count] -
           s->count_cost[s->count];
}

static void move_node(state *s, size_t u, size_t to, double cost) {
    size_t from = s->block[u], c = s->capacity;
    const uint32_t *near = s->near + u * c;
    uint32_t degree = dg_degree(s->graph, u), class = s->degree_class[u];
    for (size_t r = 0; r < s->high; r++) {
        s->between[from * c + r] -= near[r];
        s->between[r * c + from] -= near[r];
    }
    if (to >= s->high) s->high = to + 1;
    for (size_t r = 0; r < s->high; r++) {
        s->between[to * c + r] += near[r];
        s->between[r * c + to] += near[r];
    }
    for (uint32_t k = s->graph->start[u]; k < s->graph->start[u + 1]; k++) {
        s->near[s->graph->neighbour[k] * c + from]--;
        s->near[s->graph->neighbour[k] * c + to]++;
    }
    s->ends[from] -= degree;
    s->ends[to] += degree;
    s->count += s->size[to]++ == 0;
    s->count -= --s->size[from] == 0;
    s->with_degree[from * s->degrees + class]--;
    s->with_degree[to * s->degrees + class]++;
    s->block[u] = (uint32_t)to;
    s->length += cost;
}

/* ---- greedy sweeps ---- */

static const double GAIN = 1e-9; /* a smaller gain may be due to rounding */

/* The first empty block, or `capacity`. */
static size_t empty_block(const state *s) {
    size_t r = 0;
    while (r < s->capacity && s->size[r] > 0)
        r++;
    return r;
}

/* Moves u to where the description length is least. */
static bool move_to_best(state *s, size_t u) {
    size_t from = s->block[u], best = from,
           empty = s->size[from] > 1 ? empty_block(s) : s->capacity;
    double least = -GAIN;
    for (size_t to = 0; to <= s->high && to < s->capacity; to++) {
        if (to == from || (s->size[to] == 0 && to != empty)) continue;
        double cost = move_cost(s, u, from, to);
        if (cost >= least) continue;
        least = cost;
        best = to;
    }
    if (best != from) move_node(s, u, best, least);
    return best != from;
}

typedef struct search {
    state s;
    dg_stream stream;
    uint32_t *order;   /* [n] the nodes in the order of their turns, shuffled for each sweep */
    uint32_t *members; /* [n] the nodes of the blocks that a trial divides */
    uint32_t *labels;  /* [n] */
    uint32_t *best;    /* [n] the partition that a trial starts from */
    double best_length;
} search;

enum { MOST_SWEEPS = 30 };

static void sweep_all(search *w) {
    bool moved = true;
    for (int sweep = 0; sweep < MOST_SWEEPS && moved; sweep++) {
        moved = false;
        dg_stream_shuffle(&w->stream, w->s.n, w->order);
        for (size_t k = 0; k < w->s.n; k++)
            moved |= move_to_best(&w->s, w->order[k]);
    }
}

/* Moves the members between two blocks as long as that helps; neither may become empty. */
static void sweep_between(search *w, size_t count, size_t a, size_t b) {
    bool moved = true;
    for (int sweep = 0; sweep < MOST_SWEEPS && moved; sweep++) {
        moved = false;
        dg_stream_shuffle(&w->stream, count, w->members);
        for (size_t k = 0; k < count; k++) {
            size_t u = w->members[k], from = w->s.block[u], to = from == a ? b : a;
            if (w->s.size[from] == 1) continue;
            double cost = move_cost(&w->s, u, from, to);
            if (cost >= -GAIN) continue;
            move_node(&w->s, u, to, cost);
            moved = true;
        }
    }
}

/* ---- merges and splits ---- */

static void keep(search *w) {
    memcpy(w->best, w->s.block, w->s.n * sizeof *w->best);
    w->best_length = w->s.length;
}

/* Moves all nodes of b into a. */
static void relabel(search *w, uint32_t a, uint32_t b) {
    for (size_t u = 0; u < w->s.n; u++)
        w->labels[u] = w->labels[u] == b ? a : w->labels[u];
}

/* The nodes of blocks a and b, in random order. */
static size_t gather(search *w, uint32_t a, uint32_t b) {
    size_t count = 0;
    for (size_t u = 0; u < w->s.n; u++)
        if (w->labels[u] == a || w->labels[u] == b) w->members[count++] = (uint32_t)u;
    dg_stream_shuffle(&w->stream, count, w->members);
    return count;
}

/* Divides the nodes of blocks a and b between these two again: one in `odds` changes sides at
 * random, then all move greedily. */
static void split_again(search *w, uint32_t a, uint32_t b, uint32_t odds) {
    size_t count = gather(w, a, b);
    if (count < 2) return;
    for (size_t k = 0; k < count; k++) {
        uint32_t *label = &w->labels[w->members[k]];
        if (dg_stream_below(&w->stream, odds) == 0) *label = a + b - *label;
    }
    w->labels[w->members[0]] = a; /* so that neither is empty */
    w->labels[w->members[1]] = b;
    memcpy(w->s.block, w->labels, w->s.n * sizeof *w->labels);
    recount(&w->s);
    sweep_between(w, count, a, b);
    memcpy(w->labels, w->s.block, w->s.n * sizeof *w->labels);
}

/* In nats: sweeps over all nodes seldom gain more than this. */
static const double LARGEST_GAP = 60.0;

/* Whether the partition differs from that before the trial, without a much longer description. */
static bool is_promising(const search *w) {
    double gap = w->s.length - w->best_length;
    return fabs(gap) > GAIN && gap < LARGEST_GAP;
}

static void refine_partition(search *w) {
    sweep_all(w);
    memcpy(w->labels, w->s.block, w->s.n * sizeof *w->labels);
    set_labels(&w->s, w->labels);
}

enum { FEW = 6 };

/* Tries a split, a merge or both on random blocks, and keeps the result if its description is
 * shorter. */
static bool try_move(search *w) {
    uint32_t count = (uint32_t)w->s.count, kind = dg_stream_below(&w->stream, 3);
    uint32_t a = dg_stream_below(&w->stream, count);
    memcpy(w->labels, w->best, w->s.n * sizeof *w->labels);
    if (kind == 0 || count == 1) {
        if (count == w->s.capacity) return false;
        split_again(w, a, count, 2);
    } else {
        uint32_t b = (a + 1 + dg_stream_below(&w->stream, count - 1)) % count;
        if (kind == 1) relabel(w, a, b);
        if (kind == 2) split_again(w, a, b, dg_stream_below(&w->stream, 2) ? 2 : FEW);
    }
    set_labels(&w->s, w->labels);
    if (is_promising(w)) refine_partition(w);
    bool shorter = w->s.length < w->best_length - GAIN;
    if (shorter)
        keep(w);
    else
        set_labels(&w->s, w->best);
    return shorter;
}

enum { RESTARTS = 4, PATIENCE = 300, START_BLOCKS = 8 };

/* Starts from `blocks` random blocks, and ends when PATIENCE tries in a row have found nothing
 * shorter. */
static void descend(search *w, uint32_t blocks) {
    for (size_t u = 0; u < w->s.n; u++)
        w->labels[u] = dg_stream_below(&w->stream, blocks);
    set_labels(&w->s, w->labels);
    refine_partition(w);
    keep(w);
    for (int failures = 0; failures < PATIENCE;)
        failures = try_move(w) ? 0 : failures + 1;
}

static digress_status create_search(const dg_adjacency *graph, const dg_sbm_tables *tables,
                                    uint64_t seed, dg_arena *arena, search *w) {
    size_t n = graph->n, capacity = n < DG_MAX_BLOCKS ? n : DG_MAX_BLOCKS;
    w->stream = (dg_stream){.key = {.seed = seed, .purpose = DG_RNG_BLOCKS}};
    DG_TRY(create_state(graph, tables, capacity, arena, &w->s));
    DG_TRY(dg_arena_allocate(arena, n, sizeof *w->order, &w->order));
    DG_TRY(dg_arena_allocate(arena, n, sizeof *w->members, &w->members));
    DG_TRY(dg_arena_allocate(arena, n, sizeof *w->labels, &w->labels));
    DG_TRY(dg_arena_allocate(arena, n, sizeof *w->best, &w->best));
    for (size_t u = 0; u < n; u++)
        w->order[u] = (uint32_t)u;
    return DIGRESS_OK;
}

digress_status dg_sbm_infer(const dg_adjacency *graph, const dg_sbm_tables *tables, uint64_t seed,
                            dg_arena *arena, dg_blocks *out) {
    search w;
    DG_TRY(create_search(graph, tables, seed, arena, &w));
    dg_blocks best = {.description_length = DBL_MAX};
    DG_TRY(dg_arena_allocate(arena, graph->n, sizeof *best.block, &best.block));
    uint32_t many = graph->n < START_BLOCKS ? (uint32_t)graph->n : START_BLOCKS;
    for (int restart = 0; restart < RESTARTS; restart++) {
        descend(&w, restart % 2 == 0 ? 1 : many);
        if (w.best_length >= best.description_length - GAIN) continue;
        best.count = w.s.count;
        best.description_length = w.best_length;
        memcpy(best.block, w.best, graph->n * sizeof *best.block);
    }
    *out = best;
    return DIGRESS_OK;
}

digress_status dg_sbm_description_length(const dg_adjacency *graph, const dg_sbm_tables *tables,
                                         const uint32_t *block, size_t blocks, double *out) {
    dg_arena *arena = NULL;
    state s;
    DG_TRY(dg_arena_create(&arena));
    digress_status status = create_state(graph, tables, blocks, arena, &s);
    if (status == DIGRESS_OK) {
        memcpy(s.block, block, graph->n * sizeof *block);
        recount(&s);
        *out = s.length;
    }
    dg_arena_free(arena);
    return status;
}
