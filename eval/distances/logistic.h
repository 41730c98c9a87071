/* Logistic regression with an L2 penalty. */
#ifndef DG_EVAL_LOGISTIC_H
#define DG_EVAL_LOGISTIC_H

#include "core/memory.h"
#include <stdbool.h>

/* Rows of two classes. */
typedef struct dg_labelled_rows {
    size_t rows, width;
    const double *const *row; /* [rows] pointers to [width] numbers; the last of a row is 1 */
    const bool *label;        /* [rows] */
} dg_labelled_rows;

/* weights [width] = argmin of sum_i log(1 + exp(-s_i w.x_i)) + |w|^2 / 2, s_i = +-1 by the label,
 * where the last weight, the intercept, has no penalty (scikit-learn's default, C = 1). Newton's
 * method, with conjugate gradients for each step. Scratch comes from the arena. */
digress_status dg_logistic_fit(const dg_labelled_rows *data, dg_arena *arena, double *weights);

/* Probability of the label true. */
double dg_logistic_predict(size_t width, const double *weights, const double *row);

#endif
