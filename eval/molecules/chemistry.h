/* What RDKit finds for each graph of a set of molecules. */
#ifndef DG_EVAL_CHEMISTRY_H
#define DG_EVAL_CHEMISTRY_H

#include "chem/molecule.h"
#include "core/log.h"
#include "core/threads.h"
#include <stdbool.h>

/* What to find; bits. */
enum {
    DG_CHEMISTRY_STRICT = 1,    /* verdicts and SMILES of the molecules as they stand */
    DG_CHEMISTRY_RELAXED = 2,   /* SMILES with partial charges (dg_molecule_build) */
    DG_CHEMISTRY_PROPERTIES = 4 /* with STRICT: properties and fingerprints of the valid ones */
};

/* Free with dg_chemistry_free. What was not asked for is NULL. */
typedef struct dg_chemistry {
    size_t count, valid_count, relaxed_count;
    dg_verdict *verdicts;                /* [count] */
    char **smiles;                       /* [count] of the largest fragment; NULL if invalid */
    char **relaxed;                      /* [count] the same, with partial charges */
    double (*properties)[DG_PROPERTIES]; /* [count] zero if invalid */
    uint64_t *fingerprints; /* [valid_count, DG_FINGERPRINT_WORDS] in the order of graphs */
} dg_chemistry;

/* `set` is one of molecules, with that alphabet. progress may be NULL. Errors: INPUT (built without
 * RDKit), MEMORY. */
digress_status dg_chemistry_of(dg_pool *pool, const digress_graph_set *set,
                               const dg_alphabet *alphabet, unsigned what, const char *label,
                               dg_progress *progress, dg_chemistry *out);
void dg_chemistry_free(dg_chemistry *chemistry); /* zeroed is allowed */

#endif
