#include "eval/structure/canonical.h"

#include "core/memory.h"
#include "distributed/divided.h"
#include "graph/graph_set.h"
#include "graph/igraph.h"
#include <stdlib.h>
#include <string.h>

/* ---- invariant hash ---- */

enum { ROUNDS = 4 };

/* The finaliser of SplitMix64 (Steele, Lea and Flood 2014). */
static uint64_t mix(uint64_t x) {
    x += 0x9e3779b97f4a7c15u;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

/* next[u] combines the colours of u and of its neighbours, regardless of their order. */
static void refine_colors(const digress_graph *graph, const uint64_t *color, uint64_t *next) {
    const uint8_t *pair = graph->pair_class;
    for (size_t u = 0; u < graph->n; u++)
        next[u] = mix(color[u]);
    for (size_t u = 0; u < graph->n; u++)
        for (size_t v = u + 1; v < graph->n; v++, pair++) {
            if (!*pair) continue;
            next[u] += mix(color[v] ^ *pair);
            next[v] += mix(color[u] ^ *pair);
        }
}

uint64_t dg_invariant_hash(const digress_graph *graph, uint64_t *scratch) {
    uint64_t *color = scratch, *next = scratch + graph->n, sum = graph->n;
    for (size_t u = 0; u < graph->n; u++)
        color[u] = mix(graph->node_class[u]);
    for (size_t round = 0; round < ROUNDS; round++) {
        refine_colors(graph, color, next);
        uint64_t *swapped = color;
        color = next;
        next = swapped;
    }
    for (size_t u = 0; u < graph->n; u++)
        sum += mix(color[u]);
    return mix(sum);
}

/* ---- canonical form ---- */

/* BLISS knows colours of nodes only: an edge of class 2 or above gets a node in its middle, with a
 * colour that no node class has. */
typedef struct colored {
    size_t n, edges;
    uint32_t *color; /* [n] */
    uint32_t *ends;  /* [2 edges] */
} colored;

static size_t count_middles(const digress_graph *graph) {
    size_t count = 0;
    for (size_t k = 0; k < graph->n * (graph->n - 1) / 2; k++)
        count += graph->pair_class[k] > 1;
    return count;
}

static void add_edge(colored *out, size_t u, size_t v) {
    out->ends[2 * out->edges] = (uint32_t)u;
    out->ends[2 * out->edges + 1] = (uint32_t)v;
    out->edges++;
}

static void add_classified_edge(colored *out, size_t u, size_t v, uint8_t edge_class) {
    if (edge_class == 1) {
        add_edge(out, u, v);
        return;
    }
    size_t middle = out->n++;
    out->color[middle] = DIGRESS_MAX_CLASSES + (uint32_t)edge_class;
    add_edge(out, u, middle);
    add_edge(out, middle, v);
}

static digress_status color_graph(const digress_graph *graph, dg_arena *arena, colored *out) {
    size_t middles = count_middles(graph), edges = dg_count_edges(graph) + middles;
    const uint8_t *pair = graph->pair_class;
    *out = (colored){.n = graph->n};
    DG_TRY(dg_arena_allocate(arena, graph->n + middles, sizeof *out->color, &out->color));
    DG_TRY(dg_arena_allocate(arena, 2 * edges, sizeof *out->ends, &out->ends));
    for (size_t u = 0; u < graph->n; u++)
        out->color[u] = graph->node_class[u];
    for (size_t u = 0; u < graph->n; u++)
        for (size_t v = u + 1; v < graph->n; v++, pair++)
            if (*pair) add_classified_edge(out, u, v, *pair);
    return DIGRESS_OK;
}

/* order[k] = the node of the graph at place k, without the nodes in the middle of edges. */
static digress_status canonical_order(const digress_graph *graph, dg_arena *arena,
                                      uint32_t **order) {
    colored g;
    uint32_t *position = NULL, *node_at = NULL;
    DG_TRY(color_graph(graph, arena, &g));
    DG_TRY(dg_arena_allocate(arena, g.n, sizeof *position, &position));
    DG_TRY(dg_arena_allocate(arena, g.n, sizeof *node_at, &node_at));
    DG_TRY(dg_igraph_canonical_order(g.n, g.color, g.edges, g.ends, position));
    for (size_t u = 0; u < g.n; u++)
        node_at[position[u]] = (uint32_t)u;
    size_t kept = 0;
    for (size_t place = 0; place < g.n; place++)
        if (node_at[place] < graph->n) node_at[kept++] = node_at[place];
    *order = node_at;
    return DIGRESS_OK;
}

static digress_status form_in_order(const digress_graph *graph, const uint32_t *order,
                                    dg_canonical *out) {
    size_t n = graph->n;
    dg_canonical form = {.n = n, .size = n + n * (n - 1) / 2};
    DG_TRY(dg_allocate(form.size, 1, &form.bytes));
    uint8_t *next = form.bytes;
    for (size_t i = 0; i < n; i++)
        *next++ = graph->node_class[order[i]];
    for (size_t i = 0; i < n; i++)
        for (size_t j = i + 1; j < n; j++)
            *next++ = digress_graph_pair(graph, order[i], order[j]);
    *out = form;
    return DIGRESS_OK;
}

digress_status dg_canonical_form(const digress_graph *graph, dg_canonical *out) {
    dg_arena *arena = NULL;
    uint32_t *order = NULL;
    DG_TRY(dg_arena_create(&arena));
    digress_status status = canonical_order(graph, arena, &order);
    if (status == DIGRESS_OK) status = form_in_order(graph, order, out);
    dg_arena_free(arena);
    return status;
}

void dg_canonical_free(dg_canonical *form) {
    free(form->bytes);
    *form = (dg_canonical){0};
}

static int compare_forms(const dg_canonical *a, const dg_canonical *b) {
    if (a->n != b->n) return a->n < b->n ? -1 : 1;
    return memcmp(a->bytes, b->bytes, a->size);
}

digress_status dg_isomorphic(const digress_graph *a, const digress_graph *b, bool *out) {
    dg_canonical forms[2] = {0};
    digress_status status = dg_canonical_form(a, &forms[0]);
    if (status == DIGRESS_OK) status = dg_canonical_form(b, &forms[1]);
    if (status == DIGRESS_OK) *out = compare_forms(&forms[0], &forms[1]) == 0;
    dg_canonical_free(&forms[0]);
    dg_canonical_free(&forms[1]);
    return status;
}

/* ---- classes of many graphs ---- */

typedef struct entry {
    uint64_t hash;
    size_t index;
    dg_canonical form; /* only if another graph has the same hash */
} entry;

typedef struct classes {
    const digress_graph *graphs;
    size_t count, groups;
    entry *entries; /* [count] */
    size_t *start;  /* [groups + 1]: group k is entries start[k] .. start[k + 1] - 1 */
    size_t *first;  /* [count] */
} classes;

static digress_status hash_one(void *context, size_t index, size_t thread) {
    (void)thread;
    classes *c = context;
    uint64_t *scratch = NULL;
    DG_TRY(dg_allocate(2 * c->graphs[index].n, sizeof *scratch, &scratch));
    c->entries[index].hash = dg_invariant_hash(&c->graphs[index], scratch);
    free(scratch);
    return DIGRESS_OK;
}

static digress_status carry_hash(void *context, size_t index, dg_parcel *parcel) {
    const classes *c = context;
    return dg_parcel_bytes(parcel, &c->entries[index].hash, sizeof c->entries[index].hash);
}

static int by_index(const entry *a, const entry *b) {
    return a->index < b->index ? -1 : a->index > b->index;
}

static int by_hash(const void *left, const void *right) {
    const entry *a = left, *b = right;
    if (a->hash != b->hash) return a->hash < b->hash ? -1 : 1;
    return by_index(a, b);
}

static int by_form(const void *left, const void *right) {
    const entry *a = left, *b = right;
    int order = compare_forms(&a->form, &b->form);
    return order ? order : by_index(a, b);
}

static digress_status make_forms(const classes *c, entry *group, size_t size) {
    for (size_t k = 0; k < size; k++)
        DG_TRY(dg_canonical_form(&c->graphs[group[k].index], &group[k].form));
    return DIGRESS_OK;
}

/* Divides the graphs with the same hash into classes. */
static digress_status divide_group(void *context, size_t index, size_t thread) {
    (void)thread;
    classes *c = context;
    entry *group = c->entries + c->start[index];
    size_t size = c->start[index + 1] - c->start[index], leader = 0;
    if (size == 1) return DIGRESS_OK;
    digress_status status = make_forms(c, group, size);
    if (status == DIGRESS_OK) qsort(group, size, sizeof *group, by_form);
    for (size_t k = 0; status == DIGRESS_OK && k < size; k++) {
        if (k > 0 && compare_forms(&group[leader].form, &group[k].form) != 0) leader = k;
        c->first[group[k].index] = group[leader].index;
    }
    for (size_t k = 0; k < size; k++)
        dg_canonical_free(&group[k].form);
    return status;
}

/* With the entries in the order that they have been brought into. */
static digress_status carry_group(void *context, size_t index, dg_parcel *parcel) {
    const classes *c = context;
    const size_t first = c->start[index], end = c->start[index + 1];
    for (size_t k = first; k < end && end - first > 1; k++) {
        size_t *graph = &c->entries[k].index;
        DG_TRY(dg_parcel_bytes(parcel, graph, sizeof *graph));
        DG_TRY(dg_parcel_bytes(parcel, &c->first[*graph], sizeof *c->first));
    }
    return DIGRESS_OK;
}

static digress_status divide_into_classes(dg_pool *pool, classes *c) {
    for (size_t k = 0; k < c->count; k++)
        c->first[k] = c->entries[k].index = k;
    const dg_divided hashes = {
        .count = c->count, .job = hash_one, .carry = carry_hash, .context = c};
    DG_TRY(dg_run_divided(pool, &hashes));
    qsort(c->entries, c->count, sizeof *c->entries, by_hash);
    for (size_t k = 0; k < c->count; k++)
        if (k == 0 || c->entries[k].hash != c->entries[k - 1].hash) c->start[c->groups++] = k;
    c->start[c->groups] = c->count;
    const dg_divided groups = {
        .count = c->groups, .job = divide_group, .carry = carry_group, .context = c};
    return dg_run_divided(pool, &groups);
}

digress_status dg_isomorphism_classes(dg_pool *pool, size_t count, const digress_graph *graphs,
                                      size_t *first) {
    classes c = {.graphs = graphs, .count = count, .first = first};
    digress_status status = dg_allocate(count, sizeof *c.entries, &c.entries);
    if (status == DIGRESS_OK) status = dg_allocate(count + 1, sizeof *c.start, &c.start);
    if (status == DIGRESS_OK) status = divide_into_classes(pool, &c);
    free(c.entries);
    free(c.start);
    return status;
}
