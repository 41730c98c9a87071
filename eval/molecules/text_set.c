#include "eval/molecules/text_set.h"

#include "core/memory.h"
#include <stdlib.h>
#include <string.h>

static int compare_texts(const void *left, const void *right) {
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

digress_status dg_text_set_of(char *const *texts, size_t count, dg_text_set *out) {
    dg_text_set set = {0};
    size_t used = 0;
    DG_TRY(dg_allocate(count, sizeof *set.texts, &set.texts));
    for (size_t k = 0; k < count; k++)
        if (texts[k]) set.texts[used++] = texts[k];
    qsort(set.texts, used, sizeof *set.texts, compare_texts);
    for (size_t k = 0; k < used; k++)
        if (set.count == 0 || strcmp(set.texts[set.count - 1], set.texts[k]) != 0)
            set.texts[set.count++] = set.texts[k];
    *out = set;
    return DIGRESS_OK;
}

void dg_text_set_free(dg_text_set *set) {
    free(set->texts);
    *set = (dg_text_set){0};
}

bool dg_text_set_has(const dg_text_set *set, const char *text) {
    return set->count > 0 &&
           bsearch(&text, set->texts, set->count, sizeof *set->texts, compare_texts);
}

typedef struct placed {
    const char *text;
    size_t index;
} placed;

static int compare_placed(const void *left, const void *right) {
    const placed *a = left, *b = right;
    int order = strcmp(a->text, b->text);
    return order ? order : (a->index > b->index) - (a->index < b->index);
}

digress_status dg_first_texts(char *const *texts, size_t count, bool *first) {
    placed *list = NULL;
    size_t used = 0;
    DG_TRY(dg_allocate(count, sizeof *list, &list));
    for (size_t k = 0; k < count; k++) {
        first[k] = false;
        if (texts[k]) list[used++] = (placed){texts[k], k};
    }
    qsort(list, used, sizeof *list, compare_placed);
    for (size_t k = 0; k < used; k++)
        first[list[k].index] = k == 0 || strcmp(list[k - 1].text, list[k].text) != 0;
    free(list);
    return DIGRESS_OK;
}
