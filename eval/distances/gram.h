/* Sums over the Gram matrices of two sets of rows, computed tile by tile and never stored. */
#ifndef DG_EVAL_GRAM_H
#define DG_EVAL_GRAM_H

#include "core/log.h"
#include "core/threads.h"
#include "eval/statistics/halves.h"
#include <stdbool.h>
#include <stdint.h>

/* Rows of equal width, each of which stands for so many graphs. Width and rows are padded with
 * zeros as gram_kernels.h requires. */
typedef struct dg_matrix {
    size_t rows, padded_rows, width, graphs;
    double *counts;    /* [rows] of graphs */
    double *values;    /* [padded_rows, width] */
    uint32_t *lengths; /* [rows] of histograms */
    double *masses;    /* [rows] sums of histograms */
} dg_matrix;

/* A matrix of zeros. The caller frees it with dg_matrix_free. */
digress_status dg_matrix_create(size_t rows, size_t width, dg_matrix *out);
void dg_matrix_free(dg_matrix *matrix); /* zeroed is allowed */

typedef enum dg_distance { DG_DISTANCE_L1, DG_DISTANCE_L2, DG_DISTANCE_EMD } dg_distance;

enum { DG_MOST_FACTORS = 10 };

typedef struct dg_gram {
    const dg_matrix *reference, *other; /* of one width */
    dg_distance distance;
    bool rounded; /* EMD rounded as by FastEMD: the digits of pyemd, but many times slower */
    size_t factors;
    double factor[DG_MOST_FACTORS];
    const dg_halves *halves; /* by rows: how many of its graphs are in a half; NULL, or without
                                halves: no replicates */
    dg_progress *progress;   /* may be NULL */
    const char *label;       /* of the progress bar */
} dg_gram;

/* Sums over the pairs of graphs of one Gram matrix, where d is their squared distance. Summing the
 * unlikeness 1 - k instead of the kernel k loses no digits when all graphs are alike. */
typedef struct dg_gram_sums {
    double distance;                    /* sum of d */
    double unlikeness[DG_MOST_FACTORS]; /* sum of 1 - exp(-factor d) */
    double replicates[DG_REPLICATES];   /* unlikeness[0] over the graphs in the halves */
} dg_gram_sums;

typedef struct dg_gram_result {
    dg_gram_sums reference, other, cross;
} dg_gram_result;

/* The sums do not depend on the number of threads. */
digress_status dg_gram_sum(dg_pool *pool, const dg_gram *gram, dg_gram_result *out);
/* Fills in out->cross only. */
digress_status dg_gram_sum_cross(dg_pool *pool, const dg_gram *gram, dg_gram_result *out);

#endif
