#include "eval/distances/mmd.h"

#include "eval/distances/distinct.h"
#include "eval/distances/gram.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- the protocol's constants ---- */

static const double SUM_FLOOR = 1e-6; /* DiGress divides histograms by (sum + 1e-6) */

enum { BANDWIDTHS = DG_MOST_FACTORS };
static const double bandwidths[BANDWIDTHS] = {0.01, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0};

bool dg_kernel_defined(dg_kernel kernel, enum dg_descriptor_id descriptor) {
    return kernel != DG_KERNEL_EMD || dg_descriptor_of(descriptor)->emd_sigma > 0.0;
}

const char *dg_kernel_name(dg_kernel kernel) {
    static const char *const names[DG_KERNEL_COUNT] = {
        [DG_KERNEL_TV] = "tv", [DG_KERNEL_EMD] = "emd", [DG_KERNEL_RBF] = "rbf"};
    return names[kernel];
}

/* For rows that are not histograms (orbits) the EMD kernel is a plain Gaussian. */
static dg_distance distance_of(const dg_mmd_request *what) {
    if (what->kernel == DG_KERNEL_TV) return DG_DISTANCE_L1;
    const bool histogram = dg_descriptor_of(what->descriptor)->histogram;
    return what->kernel == DG_KERNEL_EMD && histogram ? DG_DISTANCE_EMD : DG_DISTANCE_L2;
}

/* The factor in the kernel exp(-factor d), d the squared distance. */
static double fixed_factor(const dg_mmd_request *what) {
    const dg_descriptor *descriptor = dg_descriptor_of(what->descriptor);
    if (what->kernel == DG_KERNEL_TV) {
        double sigma = descriptor->tv_sigma;
        return 0.25 / (2.0 * sigma * sigma); /* the total variation is half of L1 */
    }
    double sigma = descriptor->emd_sigma, scaling = descriptor->emd_bins;
    return 1.0 / (2.0 * sigma * sigma * scaling * scaling);
}

/* ---- matrices of rows ---- */

/* What a row is multiplied by. If it is divided twice, only the second division has the floor. */
static double row_scale(const dg_mmd_request *what, const dg_row *row) {
    const dg_descriptor *descriptor = dg_descriptor_of(what->descriptor);
    if (!descriptor->histogram) return 1.0;
    if (row->sum <= 0.0) return 0.0;
    if (what->kernel == DG_KERNEL_RBF) return 1.0 / row->sum;
    if (descriptor->divided_twice) return 1.0 / (row->sum * (1.0 + SUM_FLOOR));
    return 1.0 / (row->sum + SUM_FLOOR);
}

static size_t longest_row(const dg_row *rows, size_t count, size_t length) {
    for (size_t k = 0; k < count; k++)
        if (rows[k].length > length) length = rows[k].length;
    return length;
}

static void find_columns(const dg_row *rows, size_t count, bool *used) {
    for (size_t k = 0; k < count; k++)
        for (size_t c = 0; c < rows[k].length; c++)
            if (rows[k].values[c] != 0.0) used[c] = true;
}

/* The columns that are not 0 in every row, in order: the others add nothing to any distance. */
typedef struct column_choice {
    size_t count, *index;
} column_choice;

static digress_status choose_columns(const dg_row *a, size_t a_count, const dg_row *b,
                                     size_t b_count, bool all, column_choice *out) {
    size_t length = longest_row(b, b_count, longest_row(a, a_count, 0));
    bool *used = NULL;
    column_choice chosen = {0};
    DG_TRY(dg_allocate(length, sizeof *chosen.index, &chosen.index));
    digress_status status = dg_allocate(length, sizeof *used, &used);
    if (status != DIGRESS_OK) {
        free(chosen.index);
        return status;
    }
    find_columns(a, a_count, used);
    find_columns(b, b_count, used);
    for (size_t c = 0; c < length; c++)
        if (all || used[c]) chosen.index[chosen.count++] = c;
    free(used);
    *out = chosen;
    return DIGRESS_OK;
}

static void fill_row(const dg_mmd_request *what, const dg_row *row, const column_choice *chosen,
                     size_t number, dg_matrix *out) {
    double scale = row_scale(what, row), *to = out->values + number * out->width;
    out->lengths[number] = (uint32_t)row->length;
    out->masses[number] = scale * row->sum;
    for (size_t c = 0; c < chosen->count; c++)
        if (chosen->index[c] < row->length) to[c] = scale * row->values[chosen->index[c]];
}

/* *out [distinct rows, DG_REPLICATES] = the sums of halves [rows, DG_REPLICATES]. */
static digress_status merge_halves(const dg_distinct *distinct, const float *halves, float **out) {
    DG_TRY(dg_allocate(distinct->count, DG_REPLICATES * sizeof **out, out));
    for (size_t k = 0; k < distinct->rows; k++)
        for (size_t h = 0; h < DG_REPLICATES; h++)
            (*out)[distinct->number[k] * DG_REPLICATES + h] += halves[k * DG_REPLICATES + h];
    return DIGRESS_OK;
}

/* A row for all graphs that share it. *merged, which the caller frees: how many of them are in a
 * half; NULL if `halves` is. */
static digress_status make_matrix(const dg_mmd_request *what, const dg_row *rows, size_t count,
                                  const column_choice *chosen, const float *halves, float **merged,
                                  dg_matrix *out) {
    dg_distinct distinct;
    DG_TRY(dg_distinct_find(rows, count, &distinct));
    digress_status status = dg_matrix_create(distinct.count, chosen->count, out);
    for (size_t k = 0; k < count && status == DIGRESS_OK; k++) {
        const size_t number = distinct.number[k];
        if (out->counts[number]++ == 0.0) fill_row(what, &rows[k], chosen, number, out);
    }
    out->graphs = count;
    if (status == DIGRESS_OK && halves) status = merge_halves(&distinct, halves, merged);
    dg_distinct_free(&distinct);
    return status;
}

/* ---- the discrepancy ---- */

/* Up to this many graphs, distances are rounded as in the published code, which makes a difference
 * of 1e-5. */
enum { MOST_ROUNDED = 256 };

/* The MMD from the sums of 1 - k over the three Gram matrices of `a` and `b` graphs. */
static double mmd_of_sums(double aa, double bb, double ab, size_t a, size_t b) {
    double m = (double)a, n = (double)b;
    return 2.0 * ab / (m * n) - aa / (m * m) - bb / (n * n);
}

/* The largest MMD over the factors, and the replicates of the first. */
static digress_status sum_with_kernel(dg_pool *pool, const dg_gram *gram, size_t *best,
                                      dg_mmd *out) {
    dg_gram_result sums;
    DG_TRY(dg_gram_sum(pool, gram, &sums));
    out->value = -INFINITY;
    for (size_t f = 0; f < gram->factors; f++) {
        double value =
            mmd_of_sums(sums.reference.unlikeness[f], sums.other.unlikeness[f],
                        sums.cross.unlikeness[f], gram->reference->graphs, gram->other->graphs);
        if (value <= out->value) continue;
        out->value = value;
        *best = f;
    }
    bool halves = gram->halves && gram->halves->reference_half > 0;
    for (size_t k = 0; k < DG_REPLICATES; k++)
        out->replicates[k] =
            halves ? mmd_of_sums(sums.reference.replicates[k], sums.other.replicates[k],
                                 sums.cross.replicates[k], gram->halves->reference_half,
                                 gram->halves->other_half)
                   : NAN;
    return DIGRESS_OK;
}

/* The mean squared distance of reference to other; 1 if that is 0 (PolyGraph's adaptive scale). */
static digress_status mean_distance(dg_pool *pool, const dg_gram *gram, double *out) {
    dg_gram plain = *gram;
    dg_gram_result sums;
    plain.factors = 0;
    DG_TRY(dg_gram_sum_cross(pool, &plain, &sums));
    double mean =
        sums.cross.distance / ((double)gram->reference->graphs * (double)gram->other->graphs);
    *out = mean > 0.0 ? mean : 1.0;
    return DIGRESS_OK;
}

static digress_status sum_with_best_bandwidth(dg_pool *pool, dg_gram *gram, dg_mmd *out) {
    const dg_halves *halves = gram->halves;
    double scale = 1.0;
    size_t best = 0;
    DG_TRY(mean_distance(pool, gram, &scale));
    gram->factors = BANDWIDTHS;
    for (size_t k = 0; k < BANDWIDTHS; k++)
        gram->factor[k] = 1.0 / (2.0 * bandwidths[k] * bandwidths[k] * scale);
    gram->halves = NULL;
    DG_TRY(sum_with_kernel(pool, gram, &best, out));
    if (!halves) return DIGRESS_OK;
    gram->halves = halves;
    gram->factors = 1;
    gram->factor[0] = gram->factor[best];
    return sum_with_kernel(pool, gram, &best, out);
}

static digress_status compare_matrices(dg_pool *pool, const dg_mmd_request *what,
                                       const dg_matrix *reference, const dg_matrix *other,
                                       dg_mmd *out) {
    char label[32];
    snprintf(label, sizeof label, "%s %s", dg_kernel_name(what->kernel),
             dg_descriptor_name(what->descriptor));
    dg_gram gram = {.reference = reference,
                    .other = other,
                    .distance = distance_of(what),
                    .rounded = reference->graphs + other->graphs <= MOST_ROUNDED,
                    .halves = what->halves,
                    .progress = what->progress,
                    .label = label};
    if (what->kernel == DG_KERNEL_RBF) return sum_with_best_bandwidth(pool, &gram, out);
    size_t best = 0;
    gram.factors = 1;
    gram.factor[0] = fixed_factor(what);
    return sum_with_kernel(pool, &gram, &best, out);
}

static digress_status compare_columns(dg_pool *pool, const dg_mmd_request *what,
                                      const dg_description *reference, const dg_description *other,
                                      const column_choice *chosen, dg_mmd *out) {
    const enum dg_descriptor_id id = what->descriptor;
    const dg_halves none = {0}, *halves = what->halves ? what->halves : &none;
    dg_halves merged = {.reference_half = halves->reference_half, .other_half = halves->other_half};
    dg_mmd_request by_rows = *what;
    dg_matrix a = {0}, b = {0};
    by_rows.halves = &merged;
    digress_status status = make_matrix(what, reference->rows[id], reference->count, chosen,
                                        halves->reference, &merged.reference, &a);
    if (status == DIGRESS_OK)
        status = make_matrix(what, other->rows[id], other->count, chosen, halves->other,
                             &merged.other, &b);
    if (status == DIGRESS_OK) status = compare_matrices(pool, &by_rows, &a, &b, out);
    dg_halves_free(&merged);
    dg_matrix_free(&a);
    dg_matrix_free(&b);
    return status;
}

digress_status dg_squared_mmd(dg_pool *pool, const dg_mmd_request *what,
                              const dg_description *reference, const dg_description *other,
                              dg_mmd *out) {
    if (reference->count == 0 || other->count == 0)
        return dg_error(DIGRESS_ERROR_INPUT, "the MMD needs graphs on both sides, got %zu and %zu",
                        reference->count, other->count);
    column_choice chosen = {0};
    dg_mmd mmd;
    DG_TRY(choose_columns(reference->rows[what->descriptor], reference->count,
                          other->rows[what->descriptor], other->count,
                          distance_of(what) == DG_DISTANCE_EMD, &chosen));
    digress_status status = compare_columns(pool, what, reference, other, &chosen, &mmd);
    free(chosen.index);
    if (status == DIGRESS_OK) *out = mmd;
    return status;
}
