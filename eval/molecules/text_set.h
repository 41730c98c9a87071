/* Sets of strings, such as SMILES. */
#ifndef DG_EVAL_TEXT_SET_H
#define DG_EVAL_TEXT_SET_H

#include "core/status.h"
#include <stdbool.h>
#include <stddef.h>

typedef struct dg_text_set {
    size_t count;
    const char **texts; /* [count] distinct, sorted; borrowed */
} dg_text_set;

/* The set of `texts` [count], without NULLs. The caller frees with dg_text_set_free. */
digress_status dg_text_set_of(char *const *texts, size_t count, dg_text_set *out);
void dg_text_set_free(dg_text_set *set);
bool dg_text_set_has(const dg_text_set *set, const char *text);

/* first[k]: whether no text before texts[k] is equal to it; false for NULL. */
digress_status dg_first_texts(char *const *texts, size_t count, bool *first);

#endif
