/* The rows that a network reads, made by the noise models from a pack of noisy graphs. */
#ifndef DG_GRAPH_INPUT_ROWS_H
#define DG_GRAPH_INPUT_ROWS_H

#include "graph/pack.h"

/* What the network reads for one pack. X: [nodes, in_X] and y: [graphs, in_y] dense. Pairs are
 * either dense, E: [pairs, in_E], or by class, which is faster and gives equal results. Then E is
 * NULL and E_class: [pairs] holds c < classes for the one-hot row of c, or `classes` for the zero
 * row (the diagonal), where classes = in_E - dense_E; E_dense: [pairs, dense_E] holds the remaining
 * columns. (i, j) and (j, i) have the same class; their dense columns may differ. */
typedef struct dg_input_rows {
    const dg_pack *pack;
    const float *X, *E, *y;
    const uint8_t *E_class;
    const float *E_dense; /* NULL if dense_E is 0 */
} dg_input_rows;

#endif
