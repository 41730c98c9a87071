#include "eval/distances/pgd.h"

#include "core/rng.h"
#include "distributed/divided.h"
#include "eval/distances/gram_kernels.h"
#include "eval/distances/logistic.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { FOLDS = 4, FITS = FOLDS + 1 };

/* The descriptors that it uses, in the order of the list. */
typedef struct used_descriptors {
    size_t count;
    enum dg_descriptor_id id[DG_DESCRIPTOR_COUNT];
} used_descriptors;

static used_descriptors find_used(void) {
    used_descriptors used = {0};
    for (size_t d = 0; d < DG_DESCRIPTOR_COUNT; d++)
        if (dg_descriptor_of(d)->in_pgd) used.id[used.count++] = d;
    return used;
}

/* One descriptor's features: rows [0, half) are the reference's training graphs, [half, count) its
 * test graphs, and the same again for the other set. */
typedef struct features {
    size_t count, half, width;
    double *values; /* [2 count, width]: standardised columns, zeros, a last column of ones */
} features;

/* The bound that one fit gives. */
typedef struct bound {
    double divergence, error; /* the Jensen-Shannon divergence in bits, and its standard error */
} bound;

typedef struct pgd_job {
    used_descriptors used;
    features features[DG_DESCRIPTOR_COUNT];  /* of each descriptor used */
    dg_arena **arenas;                       /* [threads] */
    bound bounds[DG_DESCRIPTOR_COUNT][FITS]; /* of each descriptor used: those of the folds, then
                                                that of the test half */
} pgd_job;

/* ---- features ---- */

static digress_status shuffle_indices(size_t total, uint32_t side, uint32_t **out) {
    dg_stream stream = {.key = {.purpose = DG_RNG_FOLDS, .graph = side}};
    uint32_t *order = NULL;
    DG_TRY(dg_allocate(total, sizeof *order, &order));
    for (size_t k = 0; k < total; k++)
        order[k] = (uint32_t)k;
    dg_stream_shuffle(&stream, total, order);
    *out = order;
    return DIGRESS_OK;
}

static void copy_rows(const dg_row *rows, const uint32_t *order, size_t count, bool shares,
                      size_t width, double *to) {
    for (size_t k = 0; k < count; k++) {
        const dg_row *row = &rows[order[k]];
        double scale = shares && row->sum > 0.0 ? 1.0 / row->sum : 1.0;
        for (size_t c = 0; c < row->length; c++)
            to[k * width + c] = scale * row->values[c];
    }
}

static bool is_training(const features *f, size_t row) {
    return row % f->count < f->half;
}

/* Moves column `from` to `to`, standardised by its training rows; false if these are all equal. */
static bool standardise(features *f, size_t from, size_t to) {
    double mean = 0.0, square = 0.0, size = 2.0 * (double)f->half;
    for (size_t r = 0; r < 2 * f->count; r++)
        if (is_training(f, r)) mean += f->values[r * f->width + from] / size;
    for (size_t r = 0; r < 2 * f->count; r++) {
        double deviation = f->values[r * f->width + from] - mean;
        if (is_training(f, r)) square += deviation * deviation / size;
    }
    if (square <= 1e-24 * (1.0 + mean * mean)) return false;
    for (size_t r = 0; r < 2 * f->count; r++) {
        double *row = f->values + r * f->width;
        row[to] = (row[from] - mean) / sqrt(square);
    }
    return true;
}

/* Constant columns are dropped. Rows are padded with zeros and end with a one. */
static void standardise_all(features *f, size_t columns) {
    size_t kept = 0;
    for (size_t c = 0; c < columns; c++)
        if (standardise(f, c, kept)) kept++;
    size_t width = (kept + 1 + DG_GRAM_LANES - 1) / DG_GRAM_LANES * DG_GRAM_LANES;
    for (size_t r = 0; r < 2 * f->count; r++) {
        double *row = f->values + r * width;
        memmove(row, f->values + r * f->width, kept * sizeof *row);
        for (size_t c = kept; c < width; c++)
            row[c] = c + 1 == width ? 1.0 : 0.0;
    }
    f->width = kept ? width : 0;
}

static size_t longest(const dg_row *rows, size_t count, size_t length) {
    for (size_t k = 0; k < count; k++)
        if (rows[k].length > length) length = rows[k].length;
    return length;
}

/* features->width is 0 if all columns are constant. The caller frees values. */
static digress_status make_features(enum dg_descriptor_id id, const dg_description *reference,
                                    const dg_description *other, const uint32_t *const order[2],
                                    size_t count, features *out) {
    size_t columns =
        longest(other->rows[id], other->count, longest(reference->rows[id], reference->count, 0));
    out->count = count;
    out->half = count / 2;
    out->width = columns + DG_GRAM_LANES;
    DG_TRY(dg_allocate(2 * count, out->width * sizeof *out->values, &out->values));
    bool shares = dg_descriptor_of(id)->histogram;
    copy_rows(reference->rows[id], order[0], count, shares, out->width, out->values);
    copy_rows(other->rows[id], order[1], count, shares, out->width,
              out->values + count * out->width);
    standardise_all(out, columns);
    return DIGRESS_OK;
}

/* ---- fits ---- */

/* Fit `FOLDS` trains on the training half and tests on the test half; fit k < FOLDS trains on the
 * training half without every FOLDS-th graph, and tests on those. */
static bool trains(const features *f, size_t fit, size_t row) {
    return is_training(f, row) && (fit == FOLDS || row % f->count % FOLDS != fit);
}

static bool tests(const features *f, size_t fit, size_t row) {
    return fit == FOLDS ? !is_training(f, row) : is_training(f, row) && !trains(f, fit, row);
}

/* Mean and variance of the mean of log2 p(right class) + 1 over one set's test rows. */
static void gain(const features *f, size_t fit, const double *weights, bool reference, double *mean,
                 double *variance) {
    const double floor = 1e-10;
    double sum = 0.0, square = 0.0, count = 0.0;
    for (size_t k = 0; k < f->count; k++) {
        size_t row = reference ? k : f->count + k;
        if (!tests(f, fit, row)) continue;
        double p = dg_logistic_predict(f->width, weights, f->values + row * f->width);
        double value = log2((reference ? p : 1.0 - p) + floor) + 1.0;
        sum += value;
        square += value * value;
        count += 1.0;
    }
    *mean = sum / count;
    *variance = fmax(square / count - *mean * *mean, 0.0) / count;
}

static digress_status fit_once(const features *f, size_t fit, dg_arena *arena, bound *out) {
    const double **row = NULL;
    bool *label = NULL;
    double *weights = NULL;
    dg_labelled_rows data = {.width = f->width};
    if (f->width == 0) {
        *out = (bound){0.0, 0.0};
        return DIGRESS_OK;
    }
    DG_TRY(dg_arena_allocate(arena, 2 * f->count, sizeof *row, &row));
    DG_TRY(dg_arena_allocate(arena, 2 * f->count, sizeof *label, &label));
    DG_TRY(dg_arena_allocate(arena, f->width, sizeof *weights, &weights));
    for (size_t r = 0; r < 2 * f->count; r++) {
        if (!trains(f, fit, r)) continue;
        row[data.rows] = f->values + r * f->width;
        label[data.rows++] = r < f->count;
    }
    data.row = row;
    data.label = label;
    DG_TRY(dg_logistic_fit(&data, arena, weights));
    double mean[2], variance[2];
    gain(f, fit, weights, true, &mean[0], &variance[0]);
    gain(f, fit, weights, false, &mean[1], &variance[1]);
    *out = (bound){0.5 * (mean[0] + mean[1]), 0.5 * sqrt(variance[0] + variance[1])};
    return DIGRESS_OK;
}

static digress_status fit_descriptor(void *context, size_t index, size_t thread) {
    pgd_job *job = context;
    size_t descriptor = index / FITS, fit = index % FITS;
    DG_TRY(dg_arena_reset(job->arenas[thread]));
    return fit_once(&job->features[descriptor], fit, job->arenas[thread],
                    &job->bounds[descriptor][fit]);
}

static digress_status carry_fit(void *context, size_t index, dg_parcel *parcel) {
    pgd_job *job = context;
    return dg_parcel_bytes(parcel, &job->bounds[index / FITS][index % FITS], sizeof(bound));
}

/* ---- the discrepancy ---- */

static double distance(double divergence) {
    return sqrt(fmin(fmax(divergence, 0.0), 1.0));
}

static dg_pgd choose(const pgd_job *job) {
    const double normal_95 = 1.959963984540054;
    const used_descriptors *used = &job->used;
    dg_pgd pgd = {.best = used->id[0]};
    double best = -1.0;
    for (size_t d = 0; d < DG_DESCRIPTOR_COUNT; d++)
        pgd.by[d] = NAN;
    for (size_t k = 0; k < used->count; k++) {
        const bound *test = &job->bounds[k][FOLDS];
        double folds = 0.0;
        for (size_t fit = 0; fit < FOLDS; fit++)
            folds += distance(job->bounds[k][fit].divergence);
        pgd.by[used->id[k]] = distance(test->divergence);
        if (folds <= best) continue;
        best = folds;
        pgd.best = used->id[k];
        pgd.value = distance(test->divergence);
        pgd.interval[0] = distance(test->divergence - normal_95 * test->error);
        pgd.interval[1] = distance(test->divergence + normal_95 * test->error);
    }
    return pgd;
}

static digress_status fit_all(dg_pool *pool, const dg_description *reference,
                              const dg_description *other, const uint32_t *const order[2],
                              size_t count, pgd_job *job) {
    for (size_t k = 0; k < job->used.count; k++)
        DG_TRY(make_features(job->used.id[k], reference, other, order, count, &job->features[k]));
    for (size_t k = 0; k < dg_pool_threads(pool); k++)
        DG_TRY(dg_arena_create(&job->arenas[k]));
    const dg_divided loop = {
        .count = job->used.count * FITS, .job = fit_descriptor, .carry = carry_fit, .context = job};
    return dg_run_divided(pool, &loop);
}

static digress_status compute(dg_pool *pool, const dg_description *reference,
                              const dg_description *other, const uint32_t *const order[2],
                              size_t count, dg_pgd *out) {
    pgd_job job = {.used = find_used()};
    DG_TRY(dg_allocate(dg_pool_threads(pool), sizeof *job.arenas, &job.arenas));
    digress_status status = fit_all(pool, reference, other, order, count, &job);
    for (size_t k = 0; k < dg_pool_threads(pool); k++)
        dg_arena_free(job.arenas[k]);
    free(job.arenas);
    for (size_t k = 0; k < job.used.count; k++)
        free(job.features[k].values);
    if (status == DIGRESS_OK) *out = choose(&job);
    return status;
}

digress_status dg_polygraph_discrepancy(dg_pool *pool, const dg_description *reference,
                                        const dg_description *other, dg_pgd *out) {
    size_t count = reference->count < other->count ? reference->count : other->count;
    dg_pgd undefined = {.value = NAN, .interval = {NAN, NAN}};
    for (size_t d = 0; d < DG_DESCRIPTOR_COUNT; d++)
        undefined.by[d] = NAN;
    *out = undefined;
    if (count < DG_PGD_MINIMUM) return DIGRESS_OK;
    for (size_t d = 0; d < DG_DESCRIPTOR_COUNT; d++)
        if (dg_descriptor_of(d)->in_pgd && (!reference->rows[d] || !other->rows[d]))
            return DIGRESS_OK;
    uint32_t *order[2] = {NULL, NULL};
    digress_status status = shuffle_indices(reference->count, 0, &order[0]);
    if (status == DIGRESS_OK) status = shuffle_indices(other->count, 1, &order[1]);
    if (status == DIGRESS_OK)
        status = compute(pool, reference, other, (const uint32_t *const *)order, count, out);
    free(order[0]);
    free(order[1]);
    return status;
}
