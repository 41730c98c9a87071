#include "graph/io/edgelist_ids.h"

#include "core/memory.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

digress_status dg_edgelist_add(dg_item_list *list, dg_item added) {
    DG_TRY(dg_grow(&list->items, &list->capacity, list->count + 1, sizeof added));
    list->items[list->count++] = added;
    return DIGRESS_OK;
}

/* ---- what the file says of its size ---- */

/* The smallest and the largest node number in the edges from `first` on. */
static void find_range(const dg_edgelist *list, size_t first, int64_t *least, int64_t *most) {
    *least = INT64_MAX;
    *most = -1;
    for (size_t k = first; k < list->edges.count; k++) {
        const dg_item *edge = &list->edges.items[k];
        const int64_t low = edge->u < edge->v ? edge->u : edge->v;
        if (low < *least) *least = low;
        if (edge->u > *most) *most = edge->u;
        if (edge->v > *most) *most = edge->v;
    }
}

/* Whether the first line may be 'n m': m edges follow, n nodes are enough for them, and the first
 * of them touches the lowest node (unlike in a path listed downwards: "3 2", "2 1", "1 0"). */
static bool may_be_sizes(const dg_edgelist *list, int64_t *most) {
    int64_t least;
    if (list->edges.count < 3) return false;
    const dg_item *first = list->edges.items, *second = first + 1;
    find_range(list, 1, &least, most);
    return first->bare && first->v == (int64_t)list->edges.count - 1 &&
           (least == 0 || least == 1) && (second->u == least || second->v == least) &&
           first->u >= *most + (least == 0);
}

static digress_status take_first_line(dg_edgelist *list, dg_builder *builder) {
    int64_t most;
    if (list->n >= 0 || list->said_n >= 0 || list->nodes.count > 0 || !may_be_sizes(list, &most))
        return DIGRESS_OK;
    const dg_item first = list->edges.items[0];
    if (first.u <= most &&
        first.v <= most) /* if it is an edge, it names no new node, as in a cycle */
        return dg_error(DIGRESS_ERROR_INPUT,
                        "%s:%zu: '%" PRId64 " %" PRId64
                        "' may be an edge, or the numbers of nodes and "
                        "edges: write '# nodes %" PRId64 "' instead, or move the edge down",
                        builder->path, first.line, first.u, first.v, first.u);
    list->said_n = first.u;
    list->said_edges = first.v;
    list->line = first.line;
    memmove(list->edges.items, list->edges.items + 1, --list->edges.count * sizeof first);
    builder->report.headers++;
    return DIGRESS_OK;
}

static digress_status check_edges(const dg_edgelist *list, const dg_builder *builder) {
    const bool fewer = list->said_edges > (int64_t)list->edges.count,
               more = list->said_edges < (int64_t)list->edges.count && !builder->options.simplify;
    if (list->said_edges < 0 || (!fewer && !more)) return DIGRESS_OK;
    return dg_error(DIGRESS_ERROR_INPUT,
                    "%s:%zu: %" PRId64 " edges by this line, but %zu are in it%s", builder->path,
                    list->line, list->said_edges, list->edges.count,
                    fewer ? ": is the file cut off?" : "");
}

/* ---- numbers ---- */

static int compare_numbers(const void *left, const void *right) {
    const int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;
    return (a > b) - (a < b);
}

/* The numbers that occur, in ascending order. */
static digress_status list_numbers(const dg_edgelist *list, int64_t **out, size_t *count) {
    int64_t *numbers = NULL;
    size_t all = 0, distinct = 0;
    DG_TRY(dg_allocate(2 * list->edges.count + list->nodes.count + 1, sizeof *numbers, &numbers));
    for (size_t k = 0; k < list->edges.count; k++) {
        numbers[all++] = list->edges.items[k].u;
        numbers[all++] = list->edges.items[k].v;
    }
    for (size_t k = 0; k < list->nodes.count; k++)
        numbers[all++] = list->nodes.items[k].u;
    qsort(numbers, all, sizeof *numbers, compare_numbers);
    for (size_t k = 0; k < all; k++)
        if (k == 0 || numbers[k] != numbers[k - 1]) numbers[distinct++] = numbers[k];
    *out = numbers;
    *count = distinct;
    return DIGRESS_OK;
}

static int64_t place_of(int64_t number, const int64_t *numbers, size_t count) {
    const int64_t *found = bsearch(&number, numbers, count, sizeof number, compare_numbers);
    return found ? found - numbers : -1;
}

static void renumber(dg_edgelist *list, const int64_t *numbers, size_t count) {
    for (size_t k = 0; k < list->edges.count; k++) {
        dg_item *edge = &list->edges.items[k];
        edge->u = place_of(edge->u, numbers, count);
        edge->v = place_of(edge->v, numbers, count);
    }
    for (size_t k = 0; k < list->nodes.count; k++)
        list->nodes.items[k].u = place_of(list->nodes.items[k].u, numbers, count);
}

/* Numbers start at 0 but have far more gaps than nodes: this may as well be a typing error as
 * identifiers. */
static bool is_far_fetched(const dg_builder *builder, int64_t least, int64_t most) {
    return least == 0 && most >= DG_FREE_NODES && (uint64_t)most >= builder->bytes;
}

static bool is_compacted(const dg_edgelist *list, const dg_builder *builder, const int64_t *numbers,
                         size_t count) {
    const int64_t least = numbers[0], most = numbers[count - 1];
    if (builder->options.ids != DIGRESS_IDS_AUTO)
        return builder->options.ids == DIGRESS_IDS_COMPACT && least >= 0;
    if (list->n >= 0 || least < 0) return false;
    if (list->said_n >= 0) return most >= list->said_n;
    return most >= (int64_t)count && !is_far_fetched(builder, least, most);
}

static int64_t larger(int64_t a, int64_t b) {
    return a > b ? a : b;
}

static digress_status settle_nodes(dg_edgelist *list, dg_builder *builder, const int64_t *numbers,
                                   size_t count) {
    const int64_t said = larger(list->n, list->said_n);
    const bool compacted = count > 0 && is_compacted(list, builder, numbers, count);
    const int64_t found = count == 0 ? 0 : compacted ? (int64_t)count : numbers[count - 1] + 1;
    if (said >= 0 && (compacted || list->n < 0) && found > said)
        return dg_error(DIGRESS_ERROR_INPUT,
                        "%s:%zu: %" PRId64 " nodes by this line, but the edges need %" PRId64,
                        builder->path, list->line, said, found);
    if (compacted && (numbers[0] != 0 || numbers[count - 1] >= (int64_t)count)) {
        renumber(list, numbers, count);
        builder->report.compacted++;
    }
    list->gaps = !compacted && found > (int64_t)count;
    if (said >= 0 || count > 0) list->n = said >= 0 ? said : larger(found, 0);
    return DIGRESS_OK;
}

digress_status dg_edgelist_settle(dg_edgelist *list, dg_builder *builder) {
    int64_t *numbers = NULL;
    size_t count = 0;
    DG_TRY(take_first_line(list, builder));
    DG_TRY(check_edges(list, builder));
    DG_TRY(list_numbers(list, &numbers, &count));
    const digress_status status = settle_nodes(list, builder, numbers, count);
    free(numbers);
    return status;
}
