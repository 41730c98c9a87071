#include "eval/validity/validity.h"

#include "core/memory.h"
#include "eval/molecules/chemistry.h"
#include "eval/structure/adjacency.h"
#include "eval/structure/canonical.h"
#include "eval/validity/sbm_inference.h"
#include "eval/validity/sbm_rule.h"
#include <math.h>
#include <planarity/graph.h>
#include <stdlib.h>
#include <string.h>

/* ---- rules ---- */

/* Every node is reached from node 0. */
static digress_status is_connected(const dg_adjacency *graph, dg_arena *arena, bool *out) {
    uint32_t *stack = NULL;
    bool *reached = NULL;
    DG_TRY(dg_arena_allocate(arena, graph->n, sizeof *stack, &stack));
    DG_TRY(dg_arena_allocate(arena, graph->n, sizeof *reached, &reached));
    memset(reached, 0, graph->n * sizeof *reached);
    size_t depth = 1, count = 1;
    stack[0] = 0;
    reached[0] = true;
    while (depth > 0) {
        uint32_t node = stack[--depth];
        for (uint32_t k = graph->start[node]; k < graph->start[node + 1]; k++) {
            uint32_t next = graph->neighbour[k];
            if (reached[next]) continue;
            reached[next] = true;
            stack[depth++] = next;
            count++;
        }
    }
    *out = count == graph->n;
    return DIGRESS_OK;
}

static digress_status add_edges(const dg_adjacency *graph, graphP embedding) {
    int base = gp_GetFirstVertex(embedding);
    for (size_t u = 0; u < graph->n; u++)
        for (uint32_t k = graph->start[u]; k < graph->start[u + 1]; k++) {
            uint32_t v = graph->neighbour[k];
            if (v > u && gp_AddEdge(embedding, (int)u + base, 0, (int)v + base, 0) != OK)
                return dg_error(DIGRESS_ERROR_MEMORY, "out of memory in libplanarity");
        }
    return DIGRESS_OK;
}

static digress_status embed(const dg_adjacency *graph, graphP embedding, bool *out) {
    DG_TRY(add_edges(graph, embedding));
    int result = gp_Embed(embedding, EMBEDFLAGS_PLANAR);
    if (result != OK && result != NONEMBEDDABLE)
        return dg_error(DIGRESS_ERROR_MEMORY, "out of memory in libplanarity");
    *out = result == OK;
    return DIGRESS_OK;
}

static digress_status is_planar(const dg_adjacency *graph, bool *out) {
    *out = graph->n < 5;
    if (*out || graph->edges > 3 * graph->n - 6) return DIGRESS_OK; /* by Euler's formula */
    graphP embedding = gp_New();
    if (!embedding || gp_InitGraph(embedding, (int)graph->n) != OK) {
        free(embedding); /* gp_InitGraph has freed the parts, and gp_Free would do it again */
        return dg_error(DIGRESS_ERROR_MEMORY, "out of memory in libplanarity");
    }
    digress_status status = embed(graph, embedding, out);
    gp_Free(&embedding);
    return status;
}

/* Lowers the degrees of the neighbours of all leaves, and the leaves' own to 0. */
static void take_off_leaves(const dg_adjacency *graph, uint32_t *degree, uint8_t *leaf) {
    for (size_t u = 0; u < graph->n; u++)
        leaf[u] = degree[u] == 1;
    for (size_t u = 0; u < graph->n; u++) {
        if (!leaf[u]) continue;
        degree[u] = 0;
        for (uint32_t k = graph->start[u]; k < graph->start[u + 1]; k++)
            if (!leaf[graph->neighbour[k]] && degree[graph->neighbour[k]] > 0)
                degree[graph->neighbour[k]]--;
    }
}

/* Whether what is left of a tree after its leaves are taken off twice is a path, a node or nothing.
 */
static digress_status is_lobster(const dg_adjacency *tree, dg_arena *arena, bool *out) {
    uint32_t *degree = NULL;
    uint8_t *leaf = NULL;
    DG_TRY(dg_arena_allocate(arena, tree->n, sizeof *degree, &degree));
    DG_TRY(dg_arena_allocate(arena, tree->n, sizeof *leaf, &leaf));
    for (size_t u = 0; u < tree->n; u++)
        degree[u] = dg_degree(tree, u);
    take_off_leaves(tree, degree, leaf);
    take_off_leaves(tree, degree, leaf);
    *out = true;
    for (size_t u = 0; u < tree->n; u++)
        *out = *out && degree[u] <= 2;
    return DIGRESS_OK;
}

/* n = a b and edges = 2 a b - a - b leave one choice of a <= b. False when there is none. */
static bool grid_sides(size_t n, size_t edges, size_t *a, size_t *b) {
    if (edges > 2 * n) return false;
    size_t sum = 2 * n - edges;
    for (*a = 2; *a * *a <= n; ++*a) {
        *b = n / *a;
        if (*a * *b == n && *a + *b == sum) return true;
    }
    return false;
}

static void draw_grid(size_t a, size_t b, uint8_t *pair_class) {
    size_t n = a * b;
    for (size_t u = 0; u < n; u++) {
        if (u % b + 1 < b) pair_class[digress_pair_index(n, u, u + 1)] = 1;
        if (u + b < n) pair_class[digress_pair_index(n, u, u + b)] = 1;
    }
}

/* The graph without its classes. */
static void forget_classes(const digress_graph *graph, uint8_t *pair_class) {
    for (size_t k = 0; k < graph->n * (graph->n - 1) / 2; k++)
        pair_class[k] = graph->pair_class[k] != 0;
}

static digress_status is_grid(const digress_graph *graph, size_t edges, dg_arena *arena,
                              bool *out) {
    size_t n = graph->n, pairs = n * (n - 1) / 2, a = 0, b = 0;
    uint8_t *node_class = NULL, *plain = NULL, *grid = NULL;
    *out = false;
    if (!grid_sides(n, edges, &a, &b)) return DIGRESS_OK;
    DG_TRY(dg_arena_allocate(arena, n, 1, &node_class));
    DG_TRY(dg_arena_allocate(arena, pairs, 1, &plain));
    DG_TRY(dg_arena_allocate(arena, pairs, 1, &grid));
    memset(node_class, 0, n);
    memset(grid, 0, pairs);
    forget_classes(graph, plain);
    draw_grid(a, b, grid);
    return dg_isomorphic(&(digress_graph){n, node_class, plain},
                         &(digress_graph){n, node_class, grid}, out);
}

/* Whether inference finds the blocks of the stochastic block model. */
static digress_status is_sbm(dg_rule rule, const dg_adjacency *graph, const dg_sbm_tables *tables,
                             dg_arena *arena, bool *out) {
    dg_blocks blocks;
    dg_adjacency seen = *graph;
    while (seen.n > 0 && dg_degree(&seen, seen.n - 1) == 0)
        seen.n--;
    *out = false;
    if (seen.n < DG_SBM_MIN_NODES || seen.n > DG_SBM_MAX_NODES) return DIGRESS_OK;
    DG_TRY(dg_sbm_infer(&seen, tables, 0, arena, &blocks));
    dg_wald reading = rule == DG_RULE_SBM ? DG_WALD_PUBLISHED : DG_WALD_ELEMENTWISE;
    *out = dg_sbm_rule(reading, &seen, blocks.block, blocks.count).valid;
    return DIGRESS_OK;
}

static bool needs_blocks(dg_rule rule) {
    return rule == DG_RULE_SBM || rule == DG_RULE_SBM_ELEMENTWISE;
}

/* A rule that only connected graphs obey. */
static digress_status obeys_connected(dg_rule rule, const digress_graph *graph,
                                      const dg_adjacency *adjacency, dg_arena *arena, bool *out) {
    bool tree = adjacency->edges == adjacency->n - 1;
    switch (rule) {
    case DG_RULE_PLANAR:
        return is_planar(adjacency, out);
    case DG_RULE_TREE:
        *out = tree;
        return DIGRESS_OK;
    case DG_RULE_LOBSTER:
        *out = tree;
        return tree ? is_lobster(adjacency, arena, out) : DIGRESS_OK;
    case DG_RULE_GRID:
        return is_grid(graph, adjacency->edges, arena, out);
    default:
        return DIGRESS_OK;
    }
}

/* `tables` is needed where needs_blocks says so. */
static digress_status obeys(dg_rule rule, const digress_graph *graph, const dg_sbm_tables *tables,
                            dg_arena *arena, bool *out) {
    dg_adjacency adjacency;
    DG_TRY(dg_adjacency_of(graph, arena, &adjacency));
    if (needs_blocks(rule)) return is_sbm(rule, &adjacency, tables, arena, out);
    DG_TRY(is_connected(&adjacency, arena, out));
    return *out ? obeys_connected(rule, graph, &adjacency, arena, out) : DIGRESS_OK;
}

static size_t count_edges(const digress_graph *graph) {
    size_t count = 0;
    for (size_t k = 0; k < graph->n * (graph->n - 1) / 2; k++)
        count += graph->pair_class[k] != 0;
    return count;
}

/* What the rule needs to judge graphs of up to `edges` edges. */
static digress_status create_tables(dg_rule rule, size_t edges, dg_sbm_tables **out) {
    return needs_blocks(rule) ? dg_sbm_tables_create(DG_SBM_MAX_NODES, edges, out) : DIGRESS_OK;
}

static digress_status is_valid(dg_rule rule, const digress_graph *graph,
                               const dg_sbm_tables *tables, bool *out) {
    dg_arena *arena = NULL;
    DG_TRY(dg_arena_create(&arena));
    digress_status status = obeys(rule, graph, tables, arena, out);
    dg_arena_free(arena);
    return status;
}

digress_status dg_is_valid(dg_rule rule, const digress_graph *graph, bool *out) {
    dg_sbm_tables *tables = NULL;
    *out = true;
    if (rule == DG_RULE_NONE) return DIGRESS_OK;
    if (rule == DG_RULE_MOLECULE)
        return dg_error(DIGRESS_ERROR_INPUT, "a graph without names of its classes is no molecule");
    DG_TRY(create_tables(rule, count_edges(graph), &tables));
    digress_status status = is_valid(rule, graph, tables, out);
    dg_sbm_tables_free(tables);
    return status;
}

static const struct {
    const char *name, *kind; /* kind: of the sets that the rule is for; NULL: none */
} rules[] = {
    [DG_RULE_NONE] = {"none", NULL},
    [DG_RULE_CONNECTED] = {"connected", "community"},
    [DG_RULE_PLANAR] = {"planar", "planar"},
    [DG_RULE_TREE] = {"tree", "tree"},
    [DG_RULE_LOBSTER] = {"lobster", "lobster"},
    [DG_RULE_GRID] = {"grid", "grid"},
    [DG_RULE_SBM] = {"sbm", "sbm"},
    [DG_RULE_SBM_ELEMENTWISE] = {"sbm-elementwise", NULL},
    [DG_RULE_MOLECULE] = {"molecule", "molecules"},
};

enum { RULES = sizeof rules / sizeof *rules };

const char *dg_rule_name(dg_rule rule) {
    return rules[rule].name;
}

digress_status dg_rule_parse(const char *name, dg_rule *out) {
    for (size_t k = 0; k < RULES; k++) {
        if (strcmp(rules[k].name, name) != 0) continue;
        *out = (dg_rule)k;
        return DIGRESS_OK;
    }
    return dg_error(DIGRESS_ERROR_INPUT,
                    "unknown rule of validity '%s': expected planar, tree, lobster, grid, sbm, "
                    "sbm-elementwise, connected, molecule or none",
                    name);
}

dg_rule dg_rule_of_kind(const char *kind) {
    dg_rule found = DG_RULE_NONE;
    for (size_t k = 0; k < RULES; k++)
        if (rules[k].kind && strcmp(rules[k].kind, kind) == 0) found = (dg_rule)k;
    return found == DG_RULE_MOLECULE && !dg_rdkit_version() ? DG_RULE_NONE : found;
}

/* ---- judging ---- */

typedef struct judgement {
    const digress_graph_set *set;
    dg_rule rule;
    dg_sbm_tables *tables;
    bool *valid;
} judgement;

static digress_status judge_one(void *context, size_t index, size_t thread) {
    (void)thread;
    const judgement *j = context;
    digress_graph graph = digress_graph_set_get(j->set, index);
    return is_valid(j->rule, &graph, j->tables, &j->valid[index]);
}

static size_t most_edges(const digress_graph_set *set) {
    size_t most = 0;
    for (size_t k = 0; k < digress_graph_set_count(set); k++) {
        digress_graph graph = digress_graph_set_get(set, k);
        size_t edges = count_edges(&graph);
        if (edges > most) most = edges;
    }
    return most;
}

/* *out stays NULL where the set does not say what its classes are. */
static digress_status judge_molecules(dg_pool *pool, const digress_graph_set *set, bool **out) {
    dg_alphabet alphabet;
    dg_chemistry chemistry;
    if (!dg_alphabet_of(set, &alphabet)) return DIGRESS_OK;
    DG_TRY(dg_chemistry_of(pool, set, &alphabet, DG_CHEMISTRY_STRICT, "", NULL, &chemistry));
    digress_status status = dg_allocate(chemistry.count, sizeof **out, out);
    for (size_t k = 0; k < chemistry.count && status == DIGRESS_OK; k++)
        (*out)[k] = chemistry.smiles[k] != NULL;
    dg_chemistry_free(&chemistry);
    return status;
}

static digress_status judge_validity(dg_pool *pool, dg_rule rule, const digress_graph_set *set,
                                     bool **out) {
    if (rule == DG_RULE_MOLECULE) return judge_molecules(pool, set, out);
    size_t count = digress_graph_set_count(set);
    judgement j = {.set = set, .rule = rule};
    DG_TRY(dg_allocate(count, sizeof *j.valid, &j.valid));
    *out = j.valid;
    DG_TRY(create_tables(rule, most_edges(set), &j.tables));
    digress_status status = dg_pool_run(pool, count, judge_one, &j);
    dg_sbm_tables_free(j.tables);
    return status;
}

static void collect(const digress_graph_set *set, digress_graph *graphs) {
    for (size_t k = 0; k < digress_graph_set_count(set); k++)
        graphs[k] = digress_graph_set_get(set, k);
}

/* `first` is of the training graphs, then the samples. */
static void mark(const size_t *first, size_t train_count, bool *seen, dg_quality *out) {
    for (size_t k = 0; k < out->count; k++) {
        size_t leader = first[train_count + k];
        out->unique[k] = !seen[leader];
        seen[leader] = true;
        if (out->novel) out->novel[k] = leader >= train_count;
    }
}

static digress_status judge_classes(dg_pool *pool, const digress_graph_set *samples,
                                    const digress_graph_set *train, dg_quality *out) {
    size_t train_count = train ? digress_graph_set_count(train) : 0;
    size_t total = train_count + out->count;
    digress_graph *graphs = NULL;
    size_t *first = NULL;
    bool *seen = NULL;
    digress_status status = dg_allocate(total, sizeof *graphs, &graphs);
    if (status == DIGRESS_OK) status = dg_allocate(total, sizeof *first, &first);
    if (status == DIGRESS_OK) status = dg_allocate(total, sizeof *seen, &seen);
    if (status == DIGRESS_OK) {
        if (train) collect(train, graphs);
        collect(samples, graphs + train_count);
        status = dg_isomorphism_classes(pool, total, graphs, first);
    }
    if (status == DIGRESS_OK) mark(first, train_count, seen, out);
    free(graphs);
    free(first);
    free(seen);
    return status;
}

static size_t count_marks(size_t total, const bool *a, const bool *b, const bool *c) {
    size_t count = 0;
    for (size_t k = 0; k < total; k++)
        count += a[k] && b[k] && c[k];
    return count;
}

/* The share of samples that have all of three marks, `beside` the graphs counted in; NAN where a
 * mark is undefined. */
static dg_share share_of_marks(const dg_quality *q, const bool *a, const bool *b, const bool *c,
                               dg_unread beside) {
    if (!a || !b || !c) return dg_share_of(0, 0);
    return dg_share_of(count_marks(q->count, a, b, c) + beside.valid,
                       q->count + beside.invalid + beside.valid);
}

static void count_shares(dg_quality *q) {
    const dg_unread none = {0}, failed = {.invalid = q->unread.invalid + q->unread.valid};
    q->share_valid = share_of_marks(q, q->valid, q->valid, q->valid, q->unread);
    q->share_unique = share_of_marks(q, q->unique, q->unique, q->unique, none);
    q->share_novel = share_of_marks(q, q->novel, q->novel, q->novel, none);
    q->share_unique_novel = share_of_marks(q, q->unique, q->novel, q->novel, none);
    q->share_vun = share_of_marks(q, q->valid, q->unique, q->novel, failed);
}

static digress_status judge(dg_pool *pool, dg_rule rule, const digress_graph_set *samples,
                            const digress_graph_set *train, dg_quality *out) {
    DG_TRY(dg_allocate(out->count, sizeof *out->unique, &out->unique));
    if (train) DG_TRY(dg_allocate(out->count, sizeof *out->novel, &out->novel));
    DG_TRY(judge_classes(pool, samples, train, out));
    if (rule == DG_RULE_NONE) return DIGRESS_OK;
    return judge_validity(pool, rule, samples, &out->valid);
}

static digress_status refuse_empty(const digress_graph_set *set) {
    if (digress_graph_set_count(set) > 0) return DIGRESS_OK;
    return dg_error(DIGRESS_ERROR_INPUT, "an empty set of graphs has no validity or novelty");
}

void dg_quality_set_valid(dg_quality *quality, bool *valid) {
    free(quality->valid);
    quality->valid = valid;
    count_shares(quality);
}

digress_status dg_quality_by_smiles(dg_quality *quality, char *const *smiles,
                                    const dg_text_set *train) {
    bool *first = NULL;
    DG_TRY(dg_allocate(quality->count, sizeof *first, &first));
    digress_status status = dg_first_texts(smiles, quality->count, first);
    for (size_t k = 0; k < quality->count && status == DIGRESS_OK; k++) {
        if (!smiles[k]) continue;
        quality->unique[k] = first[k];
        if (train && quality->novel) quality->novel[k] = !dg_text_set_has(train, smiles[k]);
    }
    free(first);
    count_shares(quality);
    return status;
}

void dg_quality_count_unread(dg_quality *quality, const dg_unread *unread) {
    quality->unread = *unread;
    count_shares(quality);
}

digress_status dg_judge(dg_pool *pool, dg_rule rule, const digress_graph_set *samples,
                        const digress_graph_set *train, dg_quality *out) {
    DG_TRY(refuse_empty(samples));
    dg_quality quality = {.count = digress_graph_set_count(samples)};
    digress_status status = judge(pool, rule, samples, train, &quality);
    if (status != DIGRESS_OK) {
        dg_quality_free(&quality);
        return status;
    }
    count_shares(&quality);
    *out = quality;
    return DIGRESS_OK;
}

digress_status dg_share_valid(dg_pool *pool, dg_rule rule, const digress_graph_set *set,
                              dg_share *out) {
    bool *valid = NULL;
    digress_status status = DIGRESS_OK;
    size_t count = digress_graph_set_count(set);
    DG_TRY(refuse_empty(set));
    if (rule != DG_RULE_NONE) status = judge_validity(pool, rule, set, &valid);
    if (status == DIGRESS_OK)
        *out =
            valid ? dg_share_of(count_marks(count, valid, valid, valid), count) : dg_share_of(0, 0);
    free(valid);
    return status;
}

void dg_quality_free(dg_quality *quality) {
    free(quality->valid);
    free(quality->unique);
    free(quality->novel);
    *quality = (dg_quality){0};
}
