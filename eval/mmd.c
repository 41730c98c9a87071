#include "eval/mmd.h"

#include "core/rng.h"
#include "eval/gram.h"
#include "math/gemm.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- the protocol's constants ---- */

static const double SUM_FLOOR = 1e-6; /* DiGress divides histograms by (sum + 1e-6) */

static const struct {
    double tv_sigma, emd_sigma;
    double emd_scaling; /* bins that count as the distance 1; 0: a plain Gaussian */
    bool histogram;     /* divided by its sum */
} constants[DG_DESCRIPTOR_COUNT] = {[DG_DEGREE] = {1.0, 1.0, 1.0, true},
                                    [DG_CLUSTERING] = {0.1, 0.1, 100.0, true},
                                    [DG_ORBIT] = {30.0, 30.0, 0.0, false},
                                    [DG_SPECTRAL] = {1.0, 1.0, 1.0, true},
                                    [DG_WAVELET] = {1.0, NAN, 0.0, true}};

enum { BANDWIDTHS = 10 };
static const double bandwidths[BANDWIDTHS] = {0.01, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0};

bool dg_kernel_defined(dg_kernel kernel, enum dg_descriptor_id descriptor) {
    return kernel != DG_KERNEL_EMD || !isnan(constants[descriptor].emd_sigma);
}

static bool moves_mass(dg_kernel kernel, enum dg_descriptor_id descriptor) {
    return kernel == DG_KERNEL_EMD && constants[descriptor].emd_scaling > 0.0;
}

/* ---- rows side by side ---- */

/* One descriptor's rows as a kernel compares them: of equal width, and divided by their sum where
 * they are histograms. */
typedef struct dg_matrix {
    size_t rows, padded_rows, width;
    double *values;    /* [padded_rows, width] */
    uint32_t *lengths; /* [rows] of the rows before */
    double *masses;    /* [rows] sums */
} dg_matrix;

static void free_matrix(dg_matrix *matrix) {
    free(matrix->values);
    free(matrix->lengths);
    free(matrix->masses);
}

/* What a row is multiplied with. DiGress's spectral histogram is divided by its sum twice, the
 * second time with the floor. */
static double row_scale(dg_kernel kernel, enum dg_descriptor_id descriptor, const dg_row *row) {
    if (!constants[descriptor].histogram) return 1.0;
    if (row->sum <= 0.0) return 0.0;
    if (kernel == DG_KERNEL_RBF) return 1.0 / row->sum;
    if (descriptor == DG_SPECTRAL) return 1.0 / (row->sum * (1.0 + SUM_FLOOR));
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

/* The columns that any row has something in, in order: the others add nothing to a distance. */
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

static size_t round_up(size_t value, size_t multiple) {
    return (value + multiple - 1) / multiple * multiple;
}

/* The caller frees the matrix, also on failure. */
static digress_status fill_matrix(dg_kernel kernel, enum dg_descriptor_id descriptor,
                                  const dg_row *rows, size_t count, const column_choice *chosen,
                                  dg_matrix *matrix) {
    DG_TRY(dg_allocate(count, sizeof *matrix->lengths, &matrix->lengths));
    DG_TRY(dg_allocate(count, sizeof *matrix->masses, &matrix->masses));
    matrix->rows = count;
    matrix->padded_rows = round_up(count, DG_GRAM_GROUP);
    matrix->width = round_up(chosen->count, DG_GRAM_LANES);
    DG_TRY(dg_allocate(matrix->padded_rows, matrix->width * sizeof(double), &matrix->values));
    for (size_t k = 0; k < count; k++) {
        double scale = row_scale(kernel, descriptor, &rows[k]);
        double *to = matrix->values + k * matrix->width;
        matrix->lengths[k] = (uint32_t)rows[k].length;
        matrix->masses[k] = scale * rows[k].sum;
        for (size_t c = 0; c < chosen->count; c++)
            if (chosen->index[c] < rows[k].length) to[c] = scale * rows[k].values[chosen->index[c]];
    }
    return DIGRESS_OK;
}

/* ---- Gram matrices ---- */

enum { TILE = DG_GRAM_TILE };

typedef struct gram_side {
    dg_matrix matrix;
    const float *halves; /* [rows, DG_REPLICATES] or NULL */
} gram_side;

/* What strips of TILE rows of a Gram matrix add up to: for each factor, sum of
 * 1 - exp(-factor * distance). An unlikeness loses no digits where all graphs are alike. */
typedef struct strip_sums {
    double distance; /* sum of the squared distances */
    double unlikeness[BANDWIDTHS];
    double replicates[DG_REPLICATES]; /* of the first factor, over the halves' rows and columns */
} strip_sums;

typedef struct gram_block {
    const gram_side *a, *b; /* the same: a symmetric block, of which half is computed */
    strip_sums *strips;     /* one for every TILE rows of a */
} gram_block;

typedef struct gram_job {
    const dg_gram_kernels *kernels;
    dg_gram_distance *distance; /* NULL: the earth mover's */
    size_t factors;
    double factor[BANDWIDTHS];
    bool replicates;
    int32_t *work;             /* [threads, 1 + TILE, width] */
    gram_block blocks[3];      /* reference x reference, other x other, reference x other */
    size_t first_strip[3 + 1]; /* of each block */
} gram_job;

static size_t smaller(size_t a, size_t b) {
    return a < b ? a : b;
}

/* The squared distances [rows, columns] of a tile, packed. */
static void tile_distances(const gram_job *job, const gram_block *block, size_t i, size_t rows,
                           size_t j, size_t columns, int32_t *work, double *out) {
    const dg_matrix *a = &block->a->matrix, *b = &block->b->matrix;
    size_t padded = round_up(columns, DG_GRAM_GROUP);
    const double *left = a->values + i * a->width, *right = b->values + j * b->width;
    if (!job->distance) {
        dg_gram_histograms from = {left, a->lengths + i, a->masses + i};
        dg_gram_histograms to = {right, b->lengths + j, b->masses + j};
        job->kernels->emd(a->width, rows, from, columns, to, work, out);
        return;
    }
    job->distance(a->width, rows, left, padded, right, out);
    for (size_t r = 1; padded != columns && r < rows; r++)
        memmove(out + r * columns, out + r * padded, columns * sizeof *out);
}

/* sum_j unlikeness(i, j) half(j), for the tile's rows and every replicate. */
static void weigh_columns(const gram_block *block, size_t rows, size_t j, size_t columns,
                          float weight, float *unlikeness, float *weighed) {
    for (size_t k = 0; weight != 1.0f && k < rows * columns; k++)
        unlikeness[k] *= weight;
    dg_gemm_nn(rows, DG_REPLICATES, columns, unlikeness, columns,
               block->b->halves + j * DG_REPLICATES, DG_REPLICATES, 1.0f, weighed, DG_REPLICATES);
}

static void weigh_rows(const gram_block *block, size_t i, size_t rows, const float *weighed,
                       strip_sums *sums) {
    for (size_t r = 0; r < rows; r++) {
        const float *half = block->a->halves + (i + r) * DG_REPLICATES;
        for (size_t k = 0; k < DG_REPLICATES; k++)
            sums->replicates[k] += (double)(half[k] * weighed[r * DG_REPLICATES + k]);
    }
}

static digress_status sum_strip(void *context, size_t index, size_t thread) {
    const gram_job *job = context;
    size_t which = 0;
    while (index >= job->first_strip[which + 1])
        which++;
    const gram_block *block = &job->blocks[which];
    bool symmetric = block->a == block->b;
    size_t strip = index - job->first_strip[which], i = strip * TILE;
    size_t rows = smaller(TILE, block->a->matrix.rows - i), all_columns = block->b->matrix.rows;
    double distances[TILE * TILE];
    float unlikeness[TILE * TILE], weighed[TILE * DG_REPLICATES] = {0};
    strip_sums sums = {0};
    int32_t *work = job->work + thread * (1 + TILE) * block->a->matrix.width;
    for (size_t j = symmetric ? i : 0; j < all_columns; j += TILE) {
        size_t columns = smaller(TILE, all_columns - j);
        float weight = symmetric && j > i ? 2.0f : 1.0f;
        tile_distances(job, block, i, rows, j, columns, work, distances);
        for (size_t k = 0; k < rows * columns; k++)
            sums.distance += (double)weight * distances[k];
        for (size_t f = job->factors; f-- > 0;)
            sums.unlikeness[f] +=
                (double)weight *
                job->kernels->unlikeness(rows * columns, job->factor[f], distances, unlikeness);
        if (job->replicates) weigh_columns(block, rows, j, columns, weight, unlikeness, weighed);
    }
    if (job->replicates) weigh_rows(block, i, rows, weighed, &sums);
    block->strips[strip] = sums;
    return DIGRESS_OK;
}

/* Runs the job; totals[k] is the sum over block k. */
static digress_status sum_blocks(dg_pool *pool, gram_job *job, strip_sums totals[3]) {
    DG_TRY(dg_pool_run(pool, job->first_strip[3], sum_strip, job));
    for (size_t block = 0; block < 3; block++) {
        strip_sums total = {0};
        size_t strips = job->first_strip[block + 1] - job->first_strip[block];
        for (size_t s = 0; s < strips; s++) {
            const strip_sums *sums = &job->blocks[block].strips[s];
            total.distance += sums->distance;
            for (size_t f = 0; f < BANDWIDTHS; f++)
                total.unlikeness[f] += sums->unlikeness[f];
            for (size_t k = 0; k < DG_REPLICATES; k++)
                total.replicates[k] += sums->replicates[k];
        }
        totals[block] = total;
    }
    return DIGRESS_OK;
}

/* From sums over the three blocks of 1 - k, over `a` and `b` graphs. */
static double mmd_of_sums(double aa, double bb, double ab, size_t a, size_t b) {
    double m = (double)a, n = (double)b;
    return 2.0 * ab / (m * n) - aa / (m * m) - bb / (n * n);
}

static digress_status run_kernel(dg_pool *pool, gram_job *job, const dg_halves *halves,
                                 size_t *best, dg_mmd *out) {
    strip_sums totals[3];
    DG_TRY(sum_blocks(pool, job, totals));
    size_t a = job->blocks[2].a->matrix.rows, b = job->blocks[2].b->matrix.rows;
    out->value = -INFINITY;
    for (size_t f = 0; f < job->factors; f++) {
        double value = mmd_of_sums(totals[0].unlikeness[f], totals[1].unlikeness[f],
                                   totals[2].unlikeness[f], a, b);
        if (value <= out->value) continue;
        out->value = value;
        *best = f;
    }
    for (size_t k = 0; k < DG_REPLICATES; k++)
        out->replicates[k] =
            job->replicates
                ? mmd_of_sums(totals[0].replicates[k], totals[1].replicates[k],
                              totals[2].replicates[k], halves->reference_half, halves->other_half)
                : NAN;
    return DIGRESS_OK;
}

/* The mean squared distance of reference to other; 1 where it is 0 (PolyGraph's adaptive scale). */
static digress_status mean_distance(dg_pool *pool, const gram_job *job, double *out) {
    gram_job cross = *job;
    cross.factors = 0;
    cross.replicates = false;
    cross.first_strip[1] = cross.first_strip[2] = 0;
    cross.first_strip[3] = job->first_strip[3] - job->first_strip[2];
    strip_sums totals[3];
    DG_TRY(sum_blocks(pool, &cross, totals));
    double pairs = (double)job->blocks[2].a->matrix.rows * (double)job->blocks[2].b->matrix.rows;
    double mean = totals[2].distance / pairs;
    *out = mean > 0.0 ? mean : 1.0;
    return DIGRESS_OK;
}

static digress_status run_rbf(dg_pool *pool, gram_job *job, const dg_halves *halves, dg_mmd *out) {
    double scale = 1.0;
    DG_TRY(mean_distance(pool, job, &scale));
    job->factors = BANDWIDTHS;
    for (size_t k = 0; k < BANDWIDTHS; k++)
        job->factor[k] = 1.0 / (2.0 * bandwidths[k] * bandwidths[k] * scale);
    bool replicates = job->replicates;
    job->replicates = false;
    size_t best = 0;
    DG_TRY(run_kernel(pool, job, halves, &best, out));
    if (!replicates) return DIGRESS_OK;
    job->replicates = true;
    job->factors = 1;
    job->factor[0] = job->factor[best];
    return run_kernel(pool, job, halves, &best, out);
}

static double fixed_factor(dg_kernel kernel, enum dg_descriptor_id descriptor) {
    if (kernel == DG_KERNEL_TV) {
        double sigma = constants[descriptor].tv_sigma;
        return 0.25 / (2.0 * sigma * sigma); /* the total variation is half of L1 */
    }
    double sigma = constants[descriptor].emd_sigma, scaling = constants[descriptor].emd_scaling;
    if (scaling <= 0.0) scaling = 1.0;
    return 1.0 / (2.0 * sigma * sigma * scaling * scaling);
}

static digress_status run_job(dg_pool *pool, dg_kernel kernel, enum dg_descriptor_id descriptor,
                              gram_job *job, const dg_halves *halves, dg_mmd *out) {
    job->distance = kernel == DG_KERNEL_TV ? job->kernels->l1 : job->kernels->l2;
    if (moves_mass(kernel, descriptor)) job->distance = NULL;
    if (kernel == DG_KERNEL_RBF) return run_rbf(pool, job, halves, out);
    size_t best = 0;
    job->factors = 1;
    job->factor[0] = fixed_factor(kernel, descriptor);
    return run_kernel(pool, job, halves, &best, out);
}

static digress_status compare_sides(dg_pool *pool, dg_kernel kernel,
                                    enum dg_descriptor_id descriptor, const gram_side *reference,
                                    const gram_side *other, const dg_halves *halves, dg_mmd *out) {
    size_t a_strips = round_up(reference->matrix.rows, TILE) / TILE;
    size_t b_strips = round_up(other->matrix.rows, TILE) / TILE;
    strip_sums *strips = NULL;
    int32_t *work = NULL;
    DG_TRY(dg_allocate(2 * a_strips + b_strips, sizeof *strips, &strips));
    digress_status status = dg_allocate((1 + TILE) * dg_pool_threads(pool),
                                        reference->matrix.width * sizeof *work, &work);
    gram_job job = {.kernels = DG_ISA_SELECT(dg_gram_kernels_table),
                    .replicates = halves && halves->reference_half > 0,
                    .work = work,
                    .blocks = {{reference, reference, strips},
                               {other, other, strips + a_strips},
                               {reference, other, strips + a_strips + b_strips}},
                    .first_strip = {0, a_strips, a_strips + b_strips, 2 * a_strips + b_strips}};
    dg_gemm_initialize();
    if (status == DIGRESS_OK) status = run_job(pool, kernel, descriptor, &job, halves, out);
    free(work);
    free(strips);
    return status;
}

static digress_status compare_columns(dg_pool *pool, dg_kernel kernel,
                                      enum dg_descriptor_id descriptor,
                                      const dg_description *reference, const dg_description *other,
                                      const column_choice *chosen, const dg_halves *halves,
                                      dg_mmd *out) {
    gram_side a = {.halves = halves ? halves->reference : NULL};
    gram_side b = {.halves = halves ? halves->other : NULL};
    digress_status status = fill_matrix(kernel, descriptor, reference->rows[descriptor],
                                        reference->count, chosen, &a.matrix);
    if (status == DIGRESS_OK)
        status = fill_matrix(kernel, descriptor, other->rows[descriptor], other->count, chosen,
                             &b.matrix);
    if (status == DIGRESS_OK) status = compare_sides(pool, kernel, descriptor, &a, &b, halves, out);
    free_matrix(&a.matrix);
    free_matrix(&b.matrix);
    return status;
}

digress_status dg_squared_mmd(dg_pool *pool, dg_kernel kernel, enum dg_descriptor_id descriptor,
                              const dg_description *reference, const dg_description *other,
                              const dg_halves *halves, dg_mmd *out) {
    if (reference->count == 0 || other->count == 0)
        return dg_error(DIGRESS_ERROR_INPUT, "the MMD needs graphs on both sides, got %zu and %zu",
                        reference->count, other->count);
    column_choice chosen = {0};
    DG_TRY(choose_columns(reference->rows[descriptor], reference->count, other->rows[descriptor],
                          other->count, kernel == DG_KERNEL_EMD, &chosen));
    dg_mmd mmd;
    digress_status status =
        compare_columns(pool, kernel, descriptor, reference, other, &chosen, halves, &mmd);
    free(chosen.index);
    if (status == DIGRESS_OK) *out = mmd;
    return status;
}

/* ---- halves ---- */

/* Marks a random half of `count` graphs in each replicate. `side` keeps the two sets apart. */
static digress_status draw_side(size_t count, uint32_t side, float **out) {
    uint32_t *order = NULL;
    float *halves = NULL;
    DG_TRY(dg_allocate(count, DG_REPLICATES * sizeof(float), &halves));
    digress_status status = dg_allocate(count, sizeof *order, &order);
    if (status != DIGRESS_OK) {
        free(halves);
        return status;
    }
    for (uint32_t replicate = 0; replicate < DG_REPLICATES; replicate++) {
        dg_stream stream = {.key = {.purpose = DG_RNG_HALVES, .graph = side, .step = replicate}};
        for (size_t k = 0; k < count; k++)
            order[k] = (uint32_t)k;
        dg_stream_shuffle(&stream, count, order);
        for (size_t k = 0; k < count / 2; k++)
            halves[order[k] * (size_t)DG_REPLICATES + replicate] = 1.0f;
    }
    free(order);
    *out = halves;
    return DIGRESS_OK;
}

digress_status dg_halves_draw(size_t reference_count, size_t other_count, dg_halves *out) {
    dg_halves halves = {0};
    if (reference_count >= DG_HALVES_MINIMUM && other_count >= DG_HALVES_MINIMUM) {
        DG_TRY(draw_side(reference_count, 0, &halves.reference));
        digress_status status = draw_side(other_count, 1, &halves.other);
        if (status != DIGRESS_OK) {
            free(halves.reference);
            return status;
        }
        halves.reference_half = reference_count / 2;
        halves.other_half = other_count / 2;
    }
    *out = halves;
    return DIGRESS_OK;
}

void dg_halves_free(dg_halves *halves) {
    free(halves->reference);
    free(halves->other);
    *halves = (dg_halves){0};
}

void dg_replicate_interval(double value, const double *replicates, double interval[2]) {
    const double normal_95 = 1.959963984540054;
    double mean = 0.0, square = 0.0;
    for (size_t k = 0; k < DG_REPLICATES; k++)
        mean += replicates[k] / DG_REPLICATES;
    for (size_t k = 0; k < DG_REPLICATES; k++)
        square += (replicates[k] - mean) * (replicates[k] - mean) / (DG_REPLICATES - 1);
    interval[0] = value - normal_95 * sqrt(square);
    interval[1] = value + normal_95 * sqrt(square);
}
