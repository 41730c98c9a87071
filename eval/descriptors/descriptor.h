/* A descriptor turns a graph into a row of numbers, which a kernel compares (distances/mmd.h). */
#ifndef DG_EVAL_DESCRIPTOR_H
#define DG_EVAL_DESCRIPTOR_H

#include "eval/descriptors/laplacian.h"
#include "eval/descriptors/list.h"
#include "eval/descriptors/orbits.h"
#include "eval/structure/adjacency.h"

/* One graph's numbers for one descriptor. Rows of one descriptor may differ in length; shorter ones
 * are taken as padded with zeros. */
typedef struct dg_row {
    size_t length;
    double *values;
    double sum;
} dg_row;

/* What a descriptor needs of the Laplacian; each value includes those before it. */
typedef enum dg_laplacian_part {
    DG_NO_LAPLACIAN,
    DG_LAPLACIAN_VALUES,
    DG_LAPLACIAN_VECTORS
} dg_laplacian_part;

/* A graph and what several descriptors need of it. */
typedef struct dg_subject {
    dg_arena *arena; /* holds the arrays, and scratch */
    dg_adjacency adjacency;
    int64_t (*orbits)[DG_ORBITS]; /* [n] */
    double *clustering;           /* [n] local clustering coefficients, as networkx defines them */
    dg_laplacian laplacian;       /* n = 0: not needed */
    bool drop_above_two;
} dg_subject;

typedef struct dg_descriptor {
    /* Fills values and length of a row, which the caller frees (dg_row_allocate). */
    digress_status (*describe)(const dg_subject *subject, dg_row *out);
    dg_laplacian_part needs;

    bool histogram; /* rows are divided by their sums before they are compared */
    /* DiGress divides the spectral histogram by its sum a second time. */
    bool divided_twice;
    double tv_sigma;             /* of the total-variation kernel */
    double emd_sigma;            /* of the earth mover's kernel; 0: undefined */
    double emd_bins;             /* the number of bins that make a distance of 1 */
    bool in_ratio, in_ratio_4;   /* whether it counts in these means over descriptors (compare.h) */
    bool in_pgd;                 /* the PolyGraph discrepancy uses it (distances/pgd.h) */
    bool digress_counts_by_test; /* DiGress's evaluator takes only as many samples as there are
                                    test graphs */
} dg_descriptor;

/* dg_degree_descriptor, ... */
#define DG_DESCRIPTOR_DECLARATION(number, name) extern const dg_descriptor dg_##name##_descriptor
DG_DESCRIPTOR_ROWS(DG_DESCRIPTOR_DECLARATION, ;);

const dg_descriptor *dg_descriptor_of(enum dg_descriptor_id id);
const char *dg_descriptor_name(enum dg_descriptor_id id);

static inline bool dg_describes(unsigned descriptors /* bits 1 << id */, enum dg_descriptor_id id) {
    return descriptors >> id & 1u;
}

/* The largest part that any of the descriptors, bits 1 << id, needs. */
dg_laplacian_part dg_laplacian_needed(unsigned descriptors);

/* The subject of a graph, for these descriptors; valid until the arena is reset. drop_above_two:
 * see dg_describe_options. */
digress_status dg_subject_of(const digress_graph *graph, unsigned descriptors, bool drop_above_two,
                             dg_arena *arena, dg_subject *out);
/* One descriptor's row, which the caller frees. */
digress_status dg_describe_subject(const dg_subject *subject, enum dg_descriptor_id id,
                                   dg_row *out);

/* ---- for descriptors ---- */

/* A row of zeros. */
digress_status dg_row_allocate(dg_row *row, size_t length);

/* The bin of `value` among `bins` equal ones over [low, high], as numpy.histogram chooses it;
 * `bins` if it is outside. A value on an edge belongs to the bin above it, `high` to the last. */
size_t dg_histogram_bin(double value, double low, double high, size_t bins);
/* Counts the value in its bin, unless it is outside. */
void dg_histogram_add(double *bins, size_t count, double value, double low, double high);

#endif
