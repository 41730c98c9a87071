/* Molecular features of a noisy molecule (DiGress, appendix B.2): an atom's valency and how far it
 * is from its element's, and the molecule's weight. */
#ifndef DG_FEATURES_MOLECULAR_H
#define DG_FEATURES_MOLECULAR_H

#include "chem/alphabet.h"
#include "config/choices.h"
#include <stdint.h>

enum { DG_MOLECULAR_X_WIDTH = 2, DG_MOLECULAR_Y_WIDTH = 1 };

/* Arrays are indexed by class. */
typedef struct dg_molecular {
    dg_molecular_kind kind;
    float valence[DIGRESS_MAX_CLASSES];   /* of an atom */
    float hydrogens[DIGRESS_MAX_CLASSES]; /* of a full atom; otherwise 0 */
    float weight[DIGRESS_MAX_CLASSES];    /* of an atom with its hydrogens, divided by max_weight */
    float order[DIGRESS_MAX_CLASSES];     /* of a bond; "none" 0 */
} dg_molecular;

/* max_weight > 0, daltons: what the weight is divided by. */
void dg_molecular_of(dg_molecular_kind kind, const dg_alphabet *alphabet, double max_weight,
                     dg_molecular *out);
/* Weight of the heaviest graph of the set, daltons. */
double dg_heaviest(dg_molecular_kind kind, const dg_alphabet *alphabet,
                   const digress_graph_set *set);

/* Writes [charge, valency] of each node at X + i * X_stride, and the weight at *y. Valency: the sum
 * of the node's bond orders, including those to a full atom's hydrogens. Charge: the valence of its
 * class minus its valency (for an uncharged atom whose hydrogens are left out, their number).
 * pair_class: [n * n], symmetric; entries of edge_classes or more (the diagonal) are not bonds. */
void dg_molecular_compute(const dg_molecular *molecular, size_t n, const uint8_t *node_class,
                          const uint8_t *pair_class, size_t edge_classes, float *X, size_t X_stride,
                          float *y);

#endif
