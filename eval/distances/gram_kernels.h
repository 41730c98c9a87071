/* The loops of gram.c and logistic.c, one table for each instruction set. Rows are dense float64.
 */
#ifndef DG_EVAL_GRAM_KERNELS_H
#define DG_EVAL_GRAM_KERNELS_H

#include "eval/distances/transport.h"
#include "math/isa.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The width of rows is a multiple of DG_GRAM_LANES, and the number of rows on the right side a
 * multiple of DG_GRAM_GROUP: the caller pads with zeros. */
enum {
    DG_GRAM_LANES = 8,
    DG_GRAM_GROUP = 4,
    DG_GRAM_TILE = 32,
    DG_GRAM_WORK = 1 + DG_GRAM_TILE + DG_TRANSPORT_WORK
};

/* out[i * b_rows + j] = a squared distance of a_i and b_j. */
typedef void dg_gram_distance(size_t width, size_t a_rows, const double *a, size_t b_rows,
                              const double *b, double *out);

/* Histograms between which mass is moved. */
typedef struct dg_gram_histograms {
    const double *shares;    /* [rows, width] */
    const uint32_t *lengths; /* [rows] bins of each histogram */
    const double *masses;    /* [rows] sums of the shares: nearly 1 */
} dg_gram_histograms;

/* out[i * b_rows + j] = the squared earth mover's distance of a_i and b_j, bins being 1 apart, to
 * the digits of FastEMD (Pele and Werman 2009; pyemd): masses are rounded to millionths of
 * the larger one, what is left over on one side costs nothing, and the difference of the
 * masses is moved over the whole length. With `rounded`, costs are rounded too (transport.h). At
 * most DG_GRAM_TILE rows of b. work: [DG_GRAM_WORK, width]. */
typedef void dg_gram_transport(size_t width, size_t a_rows, dg_gram_histograms a, size_t b_rows,
                               dg_gram_histograms b, bool rounded, int32_t *work, double *out);

typedef struct dg_gram_kernels {
    dg_gram_distance *l1; /* (sum_c |a_c - b_c|)^2 */
    dg_gram_distance *l2; /* sum_c (a_c - b_c)^2 */
    dg_gram_transport *emd;
    /* out[k] = 1 - exp(-factor x[k]), x >= 0; returns the sum of weights[k] times that. */
    double (*unlikeness)(size_t count, double factor, const double *x, const double *weights,
                         float *out);
    double (*dot)(size_t count, const double *a, const double *b);
    /* y += factor x */
    void (*add)(size_t count, double factor, const double *x, double *y);
} dg_gram_kernels;

DG_ISA_DECLARE(dg_gram_kernels, dg_gram_kernels_table);

#endif
