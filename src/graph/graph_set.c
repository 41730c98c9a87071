#include "graph/graph_set.h"

#include "core/file.h"
#include "core/hash.h"
#include "core/memory.h"
#include "core/text.h"
#include "graph/targets.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct graphs {
    size_t count, start_capacity, node_capacity, pair_capacity;
    size_t *node_start, *pair_start; /* [count + 1]: where each graph's classes begin */
    uint8_t *node_class, *pair_class;
    bool borrowed; /* the arrays are another's */
    dg_targets targets;
} graphs;

struct digress_graph_set {
    size_t node_classes, edge_classes;
    char **node_names, **edge_names;
    graphs graphs;
};

static digress_status number_names(size_t count, char ***out) {
    DG_TRY(dg_allocate(count, sizeof **out, out));
    for (size_t k = 0; k < count; k++) {
        (*out)[k] = dg_format("%zu", k);
        if (!(*out)[k]) return dg_out_of_memory();
    }
    return DIGRESS_OK;
}

/* Makes room for the offsets of `count` graphs; the two arrays grow together. */
static digress_status grow_starts(digress_graph_set *set, size_t count) {
    size_t node_capacity = set->graphs.start_capacity, pair_capacity = set->graphs.start_capacity;
    DG_TRY(dg_grow(&set->graphs.node_start, &node_capacity, count + 1,
                   sizeof *set->graphs.node_start));
    DG_TRY(dg_grow(&set->graphs.pair_start, &pair_capacity, count + 1,
                   sizeof *set->graphs.pair_start));
    set->graphs.start_capacity = pair_capacity;
    return DIGRESS_OK;
}

static digress_status create_arrays(digress_graph_set *set) {
    DG_TRY(number_names(set->node_classes, &set->node_names));
    DG_TRY(number_names(set->edge_classes, &set->edge_names));
    DG_TRY(digress_graph_set_name_edge(set, 0, "none"));
    DG_TRY(grow_starts(set, 0));
    set->graphs.node_start[0] = set->graphs.pair_start[0] = 0;
    DG_TRY(dg_grow(&set->graphs.node_class, &set->graphs.node_capacity, 1, 1));
    return dg_grow(&set->graphs.pair_class, &set->graphs.pair_capacity, 1, 1);
}

digress_status digress_graph_set_create(size_t node_classes, size_t edge_classes,
                                        digress_graph_set **out) {
    DG_NEED(out);
    if (node_classes < 1 || node_classes > DIGRESS_MAX_CLASSES || edge_classes < 2 ||
        edge_classes > DIGRESS_MAX_CLASSES)
        return dg_error(DIGRESS_ERROR_INPUT,
                        "%zu node and %zu edge classes: expected 1 to %d and 2 to %d", node_classes,
                        edge_classes, DIGRESS_MAX_CLASSES, DIGRESS_MAX_CLASSES);
    digress_graph_set *set = NULL;
    DG_TRY(dg_allocate(1, sizeof *set, &set));
    set->node_classes = node_classes;
    set->edge_classes = edge_classes;
    digress_status status = create_arrays(set);
    if (status != DIGRESS_OK) {
        digress_graph_set_free(set);
        return status;
    }
    *out = set;
    return DIGRESS_OK;
}

static void free_names(char **names, size_t count) {
    for (size_t k = 0; names && k < count; k++)
        free(names[k]);
    free(names);
}

static void free_arrays(graphs *of) {
    if (of->borrowed) return;
    free(of->node_start);
    free(of->pair_start);
    free(of->node_class);
    free(of->pair_class);
}

void digress_graph_set_free(digress_graph_set *set) {
    if (!set) return;
    free_names(set->node_names, set->node_classes);
    free_names(set->edge_names, set->edge_classes);
    free_arrays(&set->graphs);
    dg_targets_free(&set->graphs.targets);
    free(set);
}

/* ---- arrays of another ---- */

dg_graph_arrays dg_graph_set_arrays(const digress_graph_set *set) {
    const graphs *of = &set->graphs;
    return (dg_graph_arrays){of->count, of->node_start, of->pair_start, of->node_class,
                             of->pair_class};
}

void dg_graph_set_borrow(digress_graph_set *set, const dg_graph_arrays *arrays) {
    graphs *of = &set->graphs;
    free_arrays(of);
    *of = (graphs){.count = arrays->count,
                   .node_start = arrays->node_start,
                   .pair_start = arrays->pair_start,
                   .node_class = arrays->node_class,
                   .pair_class = arrays->pair_class,
                   .borrowed = true,
                   .targets = of->targets};
}

static digress_status copy_array(const void *from, size_t count, size_t size, void *array,
                                 size_t *capacity) {
    void *copy = NULL;
    *capacity = 0;
    DG_TRY(dg_grow(&copy, capacity, count + 1, size));
    memcpy(copy, from, count * size);
    memcpy(array, &copy, sizeof copy);
    return DIGRESS_OK;
}

digress_status dg_graph_set_own(digress_graph_set *set) {
    const graphs *from = &set->graphs;
    const size_t starts = from->count + 1;
    graphs own = {.count = from->count, .targets = from->targets};
    if (!from->borrowed) return DIGRESS_OK;
    digress_status status = copy_array(from->node_start, starts, sizeof *own.node_start,
                                       &own.node_start, &own.start_capacity);
    if (status == DIGRESS_OK)
        status = copy_array(from->pair_start, starts, sizeof *own.pair_start, &own.pair_start,
                            &own.start_capacity);
    if (status == DIGRESS_OK)
        status = copy_array(from->node_class, from->node_start[from->count], 1, &own.node_class,
                            &own.node_capacity);
    if (status == DIGRESS_OK)
        status = copy_array(from->pair_class, from->pair_start[from->count], 1, &own.pair_class,
                            &own.pair_capacity);
    if (status != DIGRESS_OK) {
        free_arrays(&own);
        return status;
    }
    set->graphs = own;
    return DIGRESS_OK;
}

static digress_status check_classes(size_t count, const uint8_t *classes, size_t allowed,
                                    const char *what) {
    for (size_t k = 0; k < count; k++)
        if (classes[k] >= allowed)
            return dg_error(DIGRESS_ERROR_INPUT, "%s class %d: the set has the classes 0 to %zu",
                            what, classes[k], allowed - 1);
    return DIGRESS_OK;
}

digress_status digress_graph_set_append(digress_graph_set *set, size_t n, const uint8_t *node_class,
                                        const uint8_t *pair_class) {
    DG_NEED(set);
    if (n > 1) DG_NEED(pair_class);
    if (n == 0)
        return dg_error(DIGRESS_ERROR_INPUT, "a graph without nodes: at least one is needed");
    if (n > DIGRESS_MAX_NODES)
        return dg_error(DIGRESS_ERROR_INPUT, "a graph of %zu nodes: at most %d are allowed", n,
                        DIGRESS_MAX_NODES);
    size_t pairs = 0;
    DG_TRY(dg_multiply(n, n - 1, &pairs));
    pairs /= 2;
    if (node_class) DG_TRY(check_classes(n, node_class, set->node_classes, "node"));
    DG_TRY(check_classes(pairs, pair_class, set->edge_classes, "edge"));
    DG_TRY(dg_graph_set_own(set));
    size_t first_node = set->graphs.node_start[set->graphs.count],
           first_pair = set->graphs.pair_start[set->graphs.count];
    DG_TRY(grow_starts(set, set->graphs.count + 1));
    DG_TRY(dg_grow(&set->graphs.node_class, &set->graphs.node_capacity, first_node + n, 1));
    DG_TRY(dg_grow(&set->graphs.pair_class, &set->graphs.pair_capacity, first_pair + pairs, 1));
    DG_TRY(dg_targets_grow(&set->graphs.targets, set->graphs.count));
    if (node_class)
        memcpy(set->graphs.node_class + first_node, node_class, n);
    else
        memset(set->graphs.node_class + first_node, 0, n);
    if (pairs) memcpy(set->graphs.pair_class + first_pair, pair_class, pairs);
    set->graphs.count++;
    set->graphs.node_start[set->graphs.count] = first_node + n;
    set->graphs.pair_start[set->graphs.count] = first_pair + pairs;
    return DIGRESS_OK;
}

void dg_graph_set_recode(digress_graph_set *set, const uint8_t node_map[DIGRESS_MAX_CLASSES],
                         const uint8_t edge_map[DIGRESS_MAX_CLASSES]) {
    const size_t nodes = set->graphs.node_start[set->graphs.count],
                 pairs = set->graphs.pair_start[set->graphs.count];
    for (size_t k = 0; k < nodes; k++)
        set->graphs.node_class[k] = node_map[set->graphs.node_class[k]];
    for (size_t k = 0; edge_map && k < pairs; k++)
        set->graphs.pair_class[k] = edge_map[set->graphs.pair_class[k]];
}

digress_status dg_graph_set_append_from(digress_graph_set *set, const digress_graph_set *from,
                                        size_t index) {
    const digress_graph graph = digress_graph_set_get(from, index);
    const dg_targets *targets = &from->graphs.targets;
    DG_TRY(digress_graph_set_append(set, graph.n, graph.node_class, graph.pair_class));
    for (size_t k = 0; k < targets->count; k++) {
        size_t target = 0;
        DG_TRY(digress_graph_set_add_target(set, targets->list[k].name, &target));
        DG_TRY(digress_graph_set_set_target(set, set->graphs.count - 1, target,
                                            targets->list[k].values[index]));
    }
    return DIGRESS_OK;
}

void dg_graph_set_truncate(digress_graph_set *set, size_t count) {
    if (count < set->graphs.count) set->graphs.count = count;
}

digress_status dg_graph_set_append_all(digress_graph_set *set, const digress_graph_set *from) {
    for (size_t k = 0; k < digress_graph_set_count(from); k++)
        DG_TRY(dg_graph_set_append_from(set, from, k));
    return DIGRESS_OK;
}

void dg_graph_set_move(digress_graph_set *from, digress_graph_set *to) {
    const graphs moved = from->graphs;
    from->graphs = to->graphs;
    to->graphs = moved;
}

digress_status dg_graph_set_append_rows(digress_graph_set *set, size_t n, const uint8_t *node_class,
                                        const uint8_t *pair_class) {
    uint8_t *upper = NULL;
    DG_TRY(dg_allocate(n * (n - 1) / 2, 1, &upper));
    uint8_t *pair = upper;
    for (size_t i = 0; i < n; i++)
        for (size_t j = i + 1; j < n; j++)
            *pair++ = pair_class[i * n + j];
    digress_status status = digress_graph_set_append(set, n, node_class, upper);
    free(upper);
    return status;
}

size_t digress_graph_set_count(const digress_graph_set *set) {
    DG_NEED_OR(0, set);
    return set->graphs.count;
}

size_t digress_graph_set_node_classes(const digress_graph_set *set) {
    DG_NEED_OR(0, set);
    return set->node_classes;
}

size_t digress_graph_set_edge_classes(const digress_graph_set *set) {
    DG_NEED_OR(0, set);
    return set->edge_classes;
}

void digress_graph_set_starts(const digress_graph_set *set, int64_t *node_start) {
    for (size_t k = 0; set && node_start && k <= set->graphs.count; k++)
        node_start[k] = (int64_t)set->graphs.node_start[k];
}

static digress_status check_index(const char *what, size_t index, size_t count) {
    if (index < count) return DIGRESS_OK;
    return dg_error(DIGRESS_ERROR_INPUT, "%s %zu: the set has %zu, counted from 0", what, index,
                    count);
}

digress_graph digress_graph_set_get(const digress_graph_set *set, size_t index) {
    static const digress_graph nothing = {0};
    DG_NEED_OR(nothing, set);
    if (check_index("graph", index, set->graphs.count) != DIGRESS_OK) return nothing;
    return (digress_graph){
        .n = set->graphs.node_start[index + 1] - set->graphs.node_start[index],
        .node_class = set->graphs.node_class + set->graphs.node_start[index],
        .pair_class = set->graphs.pair_class + set->graphs.pair_start[index],
    };
}

const char *digress_graph_set_node_name(const digress_graph_set *set, size_t node_class) {
    DG_NEED_OR(NULL, set);
    if (check_index("node class", node_class, set->node_classes) != DIGRESS_OK) return NULL;
    return set->node_names[node_class];
}

const char *digress_graph_set_edge_name(const digress_graph_set *set, size_t edge_class) {
    DG_NEED_OR(NULL, set);
    if (check_index("edge class", edge_class, set->edge_classes) != DIGRESS_OK) return NULL;
    return set->edge_names[edge_class];
}

static digress_status set_name(char **names, size_t count, size_t index, const char *name) {
    DG_TRY(check_index("class", index, count));
    if (!dg_is_utf8(name)) /* files keep names as JSON */
        return dg_error(DIGRESS_ERROR_INPUT, "class %zu: its name is not valid UTF-8", index);
    char *copy = strdup(name);
    if (!copy) return dg_out_of_memory();
    free(names[index]);
    names[index] = copy;
    return DIGRESS_OK;
}

digress_status digress_graph_set_name_node(digress_graph_set *set, size_t node_class,
                                           const char *name) {
    DG_NEED(set);
    DG_NEED(name);
    return set_name(set->node_names, set->node_classes, node_class, name);
}

digress_status digress_graph_set_name_edge(digress_graph_set *set, size_t edge_class,
                                           const char *name) {
    DG_NEED(set);
    DG_NEED(name);
    return set_name(set->edge_names, set->edge_classes, edge_class, name);
}

static digress_status copy_names(const digress_graph_set *from, digress_graph_set *to) {
    for (size_t k = 0; k < from->node_classes; k++)
        DG_TRY(digress_graph_set_name_node(to, k, from->node_names[k]));
    for (size_t k = 0; k < from->edge_classes; k++)
        DG_TRY(digress_graph_set_name_edge(to, k, from->edge_names[k]));
    return DIGRESS_OK;
}

digress_status digress_graph_set_create_like(const digress_graph_set *set,
                                             digress_graph_set **out) {
    DG_NEED(set);
    DG_NEED(out);
    digress_graph_set *made = NULL;
    DG_TRY(digress_graph_set_create(set->node_classes, set->edge_classes, &made));
    digress_status status = copy_names(set, made);
    if (status != DIGRESS_OK) {
        digress_graph_set_free(made);
        return status;
    }
    *out = made;
    return DIGRESS_OK;
}

size_t dg_count_edges(const digress_graph *graph) {
    size_t count = 0;
    for (size_t k = 0; k < graph->n * (graph->n - 1) / 2; k++)
        count += graph->pair_class[k] != 0;
    return count;
}

uint64_t dg_hash_graph(uint64_t state, const digress_graph *graph) {
    const uint64_t n = graph->n;
    state = dg_hash(state, &n, sizeof n);
    state = dg_hash(state, graph->node_class, graph->n);
    return dg_hash(state, graph->pair_class, graph->n * (graph->n - 1) / 2);
}

uint64_t dg_hash_graphs(uint64_t state, const digress_graph_set *set) {
    for (size_t k = 0; k < digress_graph_set_count(set); k++) {
        const digress_graph graph = digress_graph_set_get(set, k);
        state = dg_hash_graph(state, &graph);
    }
    return state;
}

static uint64_t hash_names(uint64_t state, size_t count, char *const *names) {
    for (size_t k = 0; k < count; k++)
        state = dg_hash(state, names[k], strlen(names[k]) + 1);
    return state;
}

uint64_t dg_hash_set(uint64_t state, const digress_graph_set *set) {
    if (!set) return state;
    state = hash_names(state, set->node_classes, set->node_names);
    state = hash_names(state, set->edge_classes, set->edge_names);
    return dg_hash_graphs(dg_hash(state, &set->graphs.count, sizeof set->graphs.count), set);
}

digress_status dg_graph_set_create_alike(const digress_graph_set *set, digress_graph_set **out) {
    digress_graph_set *made = NULL;
    digress_status status = digress_graph_set_create_like(set, &made);
    for (size_t k = 0; k < set->graphs.targets.count && status == DIGRESS_OK; k++)
        status = dg_targets_add(&made->graphs.targets, set->graphs.targets.list[k].name, 0);
    if (status != DIGRESS_OK) {
        digress_graph_set_free(made);
        return status;
    }
    *out = made;
    return DIGRESS_OK;
}

/* ---- targets ---- */

size_t digress_graph_set_target_count(const digress_graph_set *set) {
    DG_NEED_OR(0, set);
    return set->graphs.targets.count;
}

const char *digress_graph_set_target_name(const digress_graph_set *set, size_t target) {
    DG_NEED_OR(NULL, set);
    if (check_index("target", target, set->graphs.targets.count) != DIGRESS_OK) return NULL;
    return set->graphs.targets.list[target].name;
}

bool digress_graph_set_find_target(const digress_graph_set *set, const char *name, size_t *out) {
    DG_NEED_OR(false, set);
    DG_NEED_OR(false, name);
    DG_NEED_OR(false, out);
    return dg_targets_find(&set->graphs.targets, name, out);
}

digress_status digress_graph_set_add_target(digress_graph_set *set, const char *name, size_t *out) {
    DG_NEED(set);
    DG_NEED(name);
    DG_NEED(out);
    if (dg_targets_find(&set->graphs.targets, name, out)) return DIGRESS_OK;
    DG_TRY(dg_targets_add(&set->graphs.targets, name, set->graphs.count));
    *out = set->graphs.targets.count - 1;
    return DIGRESS_OK;
}

double digress_graph_set_target(const digress_graph_set *set, size_t graph, size_t target) {
    DG_NEED_OR((double)NAN, set);
    if (check_index("graph", graph, set->graphs.count) != DIGRESS_OK ||
        check_index("target", target, set->graphs.targets.count) != DIGRESS_OK)
        return (double)NAN;
    return set->graphs.targets.list[target].values[graph];
}

digress_status digress_graph_set_set_target(digress_graph_set *set, size_t graph, size_t target,
                                            double value) {
    DG_NEED(set);
    DG_TRY(check_index("graph", graph, set->graphs.count));
    DG_TRY(check_index("target", target, set->graphs.targets.count));
    if (isinf(value))
        return dg_error(DIGRESS_ERROR_INPUT, "target '%s' of graph %zu: not a finite number",
                        set->graphs.targets.list[target].name, graph);
    set->graphs.targets.list[target].values[graph] = value;
    return DIGRESS_OK;
}
