#include "eval/distances/distinct.h"

#include "core/memory.h"
#include <stdlib.h>
#include <string.h>

typedef struct entry {
    const dg_row *row;
    size_t index;
} entry;

static int compare_rows(const dg_row *a, const dg_row *b) {
    if (a->length != b->length) return a->length < b->length ? -1 : 1;
    return a->length > 0 ? memcmp(a->values, b->values, a->length * sizeof *a->values) : 0;
}

static int by_row(const void *left, const void *right) {
    const entry *a = left, *b = right;
    const int order = compare_rows(a->row, b->row);
    return order ? order : (a->index > b->index) - (a->index < b->index);
}

/* first[k]: the first row that is equal to row k. */
static void find_first(const entry *sorted, size_t count, size_t *first) {
    for (size_t k = 0, leader = 0; k < count; k++) {
        if (compare_rows(sorted[leader].row, sorted[k].row) != 0) leader = k;
        first[sorted[k].index] = sorted[leader].index;
    }
}

/* In place: a row that is not the first of its kind comes after that. */
static size_t number_in_order(size_t count, size_t *first) {
    size_t numbers = 0;
    for (size_t k = 0; k < count; k++)
        first[k] = first[k] == k ? numbers++ : first[first[k]];
    return numbers;
}

digress_status dg_distinct_find(const dg_row *rows, size_t count, dg_distinct *out) {
    dg_distinct distinct = {.rows = count};
    entry *sorted = NULL;
    DG_TRY(dg_allocate(count, sizeof *sorted, &sorted));
    digress_status status = dg_allocate(count, sizeof *distinct.number, &distinct.number);
    if (status != DIGRESS_OK) {
        free(sorted);
        return status;
    }
    for (size_t k = 0; k < count; k++)
        sorted[k] = (entry){&rows[k], k};
    qsort(sorted, count, sizeof *sorted, by_row);
    find_first(sorted, count, distinct.number);
    distinct.count = number_in_order(count, distinct.number);
    free(sorted);
    *out = distinct;
    return DIGRESS_OK;
}

void dg_distinct_free(dg_distinct *distinct) {
    free(distinct->number);
    *distinct = (dg_distinct){0};
}
