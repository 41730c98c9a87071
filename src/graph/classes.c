#include "graph/classes.h"

#include "core/status.h"
#include "graph/graph_set.h"
#include <stdio.h>
#include <string.h>

/* The node classes or the edge classes of a set. */
typedef struct axis {
    const char *what;
    size_t first; /* the first class with a name to match */
    size_t (*count)(const digress_graph_set *set);
    const char *(*name)(const digress_graph_set *set, size_t k);
    digress_status (*set_name)(digress_graph_set *set, size_t k, const char *name);
} axis;

static const axis nodes = {"node", 0, digress_graph_set_node_classes, digress_graph_set_node_name,
                           digress_graph_set_name_node};
static const axis edges = {"edge", 1, digress_graph_set_edge_classes, digress_graph_set_edge_name,
                           digress_graph_set_name_edge};

enum { LACKING = DIGRESS_MAX_CLASSES }; /* no class has this number */

/* ---- names ---- */

bool dg_is_class_number(const char *name) {
    size_t sign = *name == '-', digits = strspn(name + sign, "0123456789");
    return digits > 0 && digits <= 18 && name[sign + digits] == 0;
}

static bool is_numbered(const axis *by, const digress_graph_set *set) {
    char number[24];
    for (size_t k = by->first; k < by->count(set); k++) {
        snprintf(number, sizeof number, "%zu", k);
        if (strcmp(by->name(set, k), number) != 0) return false;
    }
    return true;
}

static bool has_words(const axis *by, const digress_graph_set *set) {
    for (size_t k = by->first; k < by->count(set); k++)
        if (!dg_is_class_number(by->name(set, k))) return true;
    return false;
}

bool dg_node_classes_are_numbered(const digress_graph_set *set) {
    return is_numbered(&nodes, set);
}

bool dg_edge_classes_are_numbered(const digress_graph_set *set) {
    return is_numbered(&edges, set);
}

static bool is_plain(const axis *by, const digress_graph_set *set) {
    return by->count(set) == by->first + 1 && is_numbered(by, set);
}

bool dg_nodes_are_plain(const digress_graph_set *set) {
    return is_plain(&nodes, set);
}

bool dg_edges_are_plain(const digress_graph_set *set) {
    return is_plain(&edges, set);
}

static bool same_names(const axis *by, const digress_graph_set *a, const digress_graph_set *b) {
    if (by->count(a) != by->count(b)) return false;
    for (size_t k = by->first; k < by->count(a); k++)
        if (strcmp(by->name(a, k), by->name(b, k)) != 0) return false;
    return true;
}

bool dg_same_classes(const digress_graph_set *a, const digress_graph_set *b) {
    return same_names(&nodes, a, b) && same_names(&edges, a, b);
}

/* ---- maps ---- */

/* Whether the names of one are numbers that count through the names of the other. */
static bool by_place(const axis *by, const digress_graph_set *a, const digress_graph_set *b) {
    return (is_numbered(by, a) && has_words(by, b)) || (is_numbered(by, b) && has_words(by, a));
}

/* The class of `onto` that class k of `from` maps to, or LACKING. */
static size_t find_class(const axis *by, const digress_graph_set *from, size_t k,
                         const digress_graph_set *onto) {
    const size_t count = by->count(onto);
    if (k < by->first || is_plain(by, from)) return k;
    if (by_place(by, from, onto)) return k < count ? k : LACKING;
    for (size_t to = by->first; to < count; to++)
        if (strcmp(by->name(from, k), by->name(onto, to)) == 0) return to;
    return LACKING;
}

static void make_map(const axis *by, const digress_graph_set *from, const digress_graph_set *onto,
                     uint8_t map[DIGRESS_MAX_CLASSES]) {
    for (size_t k = 0; k < by->count(from); k++)
        map[k] = (uint8_t)find_class(by, from, k, onto);
}

/* ---- what is in use ---- */

typedef struct usage {
    bool node[DIGRESS_MAX_CLASSES], edge[DIGRESS_MAX_CLASSES];
} usage;

static void find_usage(const digress_graph_set *set, usage *out) {
    *out = (usage){0};
    for (size_t g = 0; g < digress_graph_set_count(set); g++) {
        digress_graph graph = digress_graph_set_get(set, g);
        for (size_t i = 0; i < graph.n; i++)
            out->node[graph.node_class[i]] = true;
        for (size_t pair = 0; pair < graph.n * (graph.n - 1) / 2; pair++)
            out->edge[graph.pair_class[pair]] = true;
    }
}

/* Appends to `out`, as far as it fits. */
static void append_to_list(char *out, size_t size, const char *separator, const char *text) {
    size_t used = strlen(out);
    snprintf(out + used, size - used, "%s%s", used ? separator : "", text);
}

static void list_lacking(const axis *by, const digress_graph_set *set, const bool *used,
                         const digress_graph_set *other, char *out, size_t size) {
    char names[200] = "", text[240];
    size_t count = 0;
    for (size_t k = by->first; k < by->count(set); k++) {
        if (!used[k] || find_class(by, set, k, other) != LACKING) continue;
        append_to_list(names, sizeof names, ", ", by->name(set, k));
        count++;
    }
    if (count == 0) return;
    snprintf(text, sizeof text, "%s class%s %s", by->what, count > 1 ? "es" : "", names);
    append_to_list(out, size, ", ", text);
}

void dg_classes_lacking(const digress_graph_set *set, const digress_graph_set *other, char *out,
                        size_t size) {
    usage used;
    find_usage(set, &used);
    *out = 0;
    list_lacking(&nodes, set, used.node, other, out, size);
    list_lacking(&edges, set, used.edge, other, out, size);
}

void dg_classes_by_place(const digress_graph_set *set, const digress_graph_set *other, char *out,
                         size_t size) {
    size_t count = nodes.count(set), theirs = nodes.count(other);
    *out = 0;
    if (!is_numbered(&nodes, set) || !by_place(&nodes, set, other)) return;
    if (count > theirs) count = theirs;
    if (count < 2) return;
    char names[200] = "";
    for (size_t k = 0; k < count; k++)
        append_to_list(names, sizeof names, ", ", nodes.name(other, k));
    snprintf(out, size, "0-%zu stand for %s", count - 1, names);
}

/* ---- sets ---- */

static digress_status name_all(const axis *by, const digress_graph_set *first,
                               const digress_graph_set *second, digress_graph_set *to) {
    size_t next = by->count(first);
    for (size_t k = by->first; k < next; k++) {
        const bool named_by_second = is_numbered(by, first) && by_place(by, first, second);
        const bool from_second = named_by_second && k < by->count(second);
        DG_TRY(by->set_name(to, k, by->name(from_second ? second : first, k)));
    }
    for (size_t k = by->first; k < by->count(second); k++)
        if (find_class(by, second, k, first) == LACKING)
            DG_TRY(by->set_name(to, next++, by->name(second, k)));
    return DIGRESS_OK;
}

static size_t joined_count(const axis *by, const digress_graph_set *first,
                           const digress_graph_set *second) {
    size_t count = by->count(first);
    for (size_t k = by->first; k < by->count(second); k++)
        count += find_class(by, second, k, first) == LACKING;
    return count;
}

digress_status dg_classes_join(const digress_graph_set *first, const digress_graph_set *second,
                               digress_graph_set **out) {
    digress_graph_set *made = NULL;
    DG_TRY(digress_graph_set_create(joined_count(&nodes, first, second),
                                    joined_count(&edges, first, second), &made));
    digress_status status = name_all(&nodes, first, second, made);
    if (status == DIGRESS_OK) status = name_all(&edges, first, second, made);
    if (status != DIGRESS_OK) {
        digress_graph_set_free(made);
        return status;
    }
    *out = made;
    return DIGRESS_OK;
}

static void list_names(const axis *by, const digress_graph_set *set, char *out, size_t size) {
    *out = 0;
    for (size_t k = by->first; k < by->count(set); k++)
        append_to_list(out, size, ", ", by->name(set, k));
}

static digress_status require_axis(const axis *by, const digress_graph_set *set, const bool *used,
                                   const digress_graph_set *onto, const char *owner) {
    char lacking[240] = "", known[200];
    list_names(by, onto, known, sizeof known);
    if (is_plain(by, set) && by->count(onto) > by->count(set))
        return dg_error(DIGRESS_ERROR_INPUT, "no %s classes, but %s has %s", by->what, owner,
                        known);
    list_lacking(by, set, used, onto, lacking, sizeof lacking);
    if (!*lacking) return DIGRESS_OK;
    return dg_error(DIGRESS_ERROR_INPUT, "%s, which %s lacks: it has %s", lacking, owner, known);
}

digress_status dg_classes_require(const digress_graph_set *set, const digress_graph_set *onto,
                                  const char *owner) {
    usage used;
    find_usage(set, &used);
    DG_TRY(require_axis(&nodes, set, used.node, onto, owner));
    return require_axis(&edges, set, used.edge, onto, owner);
}

/* `onto` must have every class that is in use. */
static digress_status remap(digress_graph_set **set, const digress_graph_set *onto) {
    uint8_t node_map[DIGRESS_MAX_CLASSES], edge_map[DIGRESS_MAX_CLASSES];
    digress_graph_set *settled = NULL;
    DG_TRY(dg_graph_set_own(*set));
    DG_TRY(digress_graph_set_create_like(onto, &settled));
    make_map(&nodes, *set, onto, node_map);
    make_map(&edges, *set, onto, edge_map);
    dg_graph_set_recode(*set, node_map, edge_map);
    dg_graph_set_move(*set, settled);
    digress_graph_set_free(*set);
    *set = settled;
    return DIGRESS_OK;
}

digress_status dg_graph_set_adopt(digress_graph_set **set, const digress_graph_set *onto,
                                  const char *owner) {
    if (dg_same_classes(*set, onto)) return DIGRESS_OK;
    DG_TRY(dg_classes_require(*set, onto, owner));
    return remap(set, onto);
}

digress_status dg_graph_set_copy(const digress_graph_set *set, const digress_graph_set *onto,
                                 digress_graph_set **out) {
    digress_graph_set *copy = NULL;
    DG_TRY(digress_graph_set_create_like(set, &copy));
    digress_status status = dg_graph_set_append_all(copy, set);
    if (status == DIGRESS_OK) status = remap(&copy, onto);
    if (status != DIGRESS_OK) {
        digress_graph_set_free(copy);
        return status;
    }
    *out = copy;
    return DIGRESS_OK;
}
