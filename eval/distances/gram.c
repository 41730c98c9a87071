#include "eval/distances/gram.h"

#include "core/memory.h"
#include "distributed/divided.h"
#include "eval/distances/gram_kernels.h"
#include "math/products.h"
#include <stdlib.h>
#include <string.h>

enum { TILE = DG_GRAM_TILE, BLOCKS = 3 };

static size_t round_up(size_t value, size_t multiple) {
    return (value + multiple - 1) / multiple * multiple;
}

digress_status dg_matrix_create(size_t rows, size_t width, dg_matrix *out) {
    dg_matrix matrix = {.rows = rows,
                        .padded_rows = round_up(rows, DG_GRAM_GROUP),
                        .width = round_up(width, DG_GRAM_LANES)};
    size_t size = 0;
    DG_TRY(dg_multiply(matrix.width, sizeof *matrix.values, &size));
    digress_status status = dg_allocate(matrix.padded_rows, size, &matrix.values);
    if (status == DIGRESS_OK) status = dg_allocate(rows, sizeof *matrix.counts, &matrix.counts);
    if (status == DIGRESS_OK) status = dg_allocate(rows, sizeof *matrix.lengths, &matrix.lengths);
    if (status == DIGRESS_OK) status = dg_allocate(rows, sizeof *matrix.masses, &matrix.masses);
    if (status != DIGRESS_OK) {
        dg_matrix_free(&matrix);
        return status;
    }
    *out = matrix;
    return DIGRESS_OK;
}

void dg_matrix_free(dg_matrix *matrix) {
    free(matrix->values);
    free(matrix->counts);
    free(matrix->lengths);
    free(matrix->masses);
    *matrix = (dg_matrix){0};
}

/* One Gram matrix. */
typedef struct gram_block {
    const dg_matrix *a, *b;           /* if they are the same, only half of it is computed */
    const float *a_halves, *b_halves; /* [rows, DG_REPLICATES] */
    size_t first_strip;               /* of TILE rows of a */
} gram_block;

typedef struct gram_job {
    const dg_gram *gram;
    const dg_gram_kernels *kernels;
    const dg_product_kernels *products;
    bool replicates;
    size_t blocks;
    gram_block block[BLOCKS + 1]; /* first_strip of the last is the number of strips */
    dg_gram_sums *strips;         /* [strips] */
    int32_t *work;                /* [threads, DG_GRAM_WORK, width] */
} gram_job;

/* The squared distances [rows, columns] of a tile, without padding. */
static void tile_distances(const gram_job *job, const gram_block *block, size_t i, size_t rows,
                           size_t j, size_t columns, int32_t *work, double *out) {
    const dg_matrix *a = block->a, *b = block->b;
    const double *left = a->values + i * a->width, *right = b->values + j * b->width;
    size_t padded = round_up(columns, DG_GRAM_GROUP);
    if (job->gram->distance == DG_DISTANCE_EMD) {
        dg_gram_histograms from = {left, a->lengths + i, a->masses + i};
        dg_gram_histograms to = {right, b->lengths + j, b->masses + j};
        job->kernels->emd(a->width, rows, from, columns, to, job->gram->rounded, work, out);
        return;
    }
    dg_gram_distance *distance =
        job->gram->distance == DG_DISTANCE_L1 ? job->kernels->l1 : job->kernels->l2;
    distance(a->width, rows, left, padded, right, out);
    for (size_t r = 1; padded != columns && r < rows; r++)
        memmove(out + r * columns, out + r * padded, columns * sizeof *out);
}

/* weighed += weight unlikeness halves: for each row and replicate, the sum over the columns of the
 * half. */
static void weigh_columns(const gram_job *job, const gram_block *block, size_t rows, size_t j,
                          size_t columns, float weight, float *unlikeness, float *weighed) {
    float packed[TILE * DG_REPLICATES]; /* DG_REPLICATES is a multiple of each panel */
    for (size_t k = 0; weight != 1.0f && k < rows * columns; k++)
        unlikeness[k] *= weight;
    job->products->pack(columns, DG_REPLICATES, block->b_halves + j * DG_REPLICATES, packed);
    job->products->multiply(rows, DG_REPLICATES, columns, unlikeness, packed, true, weighed);
}

static void weigh_rows(const gram_block *block, size_t i, size_t rows, const float *weighed,
                       dg_gram_sums *sums) {
    for (size_t r = 0; r < rows; r++) {
        const float *half = block->a_halves + (i + r) * DG_REPLICATES;
        for (size_t k = 0; k < DG_REPLICATES; k++)
            sums->replicates[k] += (double)(half[k] * weighed[r * DG_REPLICATES + k]);
    }
}

/* How many pairs of graphs each pair of rows stands for. */
static void count_pairs(const double *a_counts, size_t rows, const double *b_counts, size_t columns,
                        double weight, double *pairs) {
    for (size_t r = 0; r < rows; r++)
        for (size_t c = 0; c < columns; c++)
            pairs[r * columns + c] = weight * a_counts[r] * b_counts[c];
}

/* Sums TILE rows of a block, tile after tile. */
static dg_gram_sums sum_strip(const gram_job *job, const gram_block *block, size_t i,
                              int32_t *work) {
    const dg_gram *gram = job->gram;
    bool symmetric = block->a == block->b;
    size_t rows = dg_smaller(TILE, block->a->rows - i), all_columns = block->b->rows;
    double distances[TILE * TILE], weights[TILE * TILE];
    float unlikeness[TILE * TILE], weighed[TILE * DG_REPLICATES] = {0};
    dg_gram_sums sums = {0};
    for (size_t j = symmetric ? i : 0; j < all_columns; j += TILE) {
        size_t columns = dg_smaller(TILE, all_columns - j), pairs = rows * columns;
        float weight = symmetric && j > i ? 2.0f : 1.0f;
        tile_distances(job, block, i, rows, j, columns, work, distances);
        count_pairs(block->a->counts + i, rows, block->b->counts + j, columns, weight, weights);
        for (size_t k = 0; k < pairs; k++)
            sums.distance += weights[k] * distances[k];
        for (size_t f = gram->factors;
             f-- >
             0;) /* in the end `unlikeness` has those of the first factor, for the replicates */
            sums.unlikeness[f] +=
                job->kernels->unlikeness(pairs, gram->factor[f], distances, weights, unlikeness);
        if (job->replicates)
            weigh_columns(job, block, rows, j, columns, weight, unlikeness, weighed);
    }
    if (job->replicates) weigh_rows(block, i, rows, weighed, &sums);
    return sums;
}

static digress_status sum_strip_of_job(void *context, size_t index, size_t thread) {
    gram_job *job = context;
    size_t k = 0;
    while (index >= job->block[k + 1].first_strip)
        k++;
    const gram_block *block = &job->block[k];
    int32_t *work = job->work + thread * DG_GRAM_WORK * block->a->width;
    job->strips[index] = sum_strip(job, block, (index - block->first_strip) * TILE, work);
    return DIGRESS_OK;
}

static digress_status carry_strip(void *context, size_t index, dg_parcel *parcel) {
    const gram_job *job = context;
    return dg_parcel_bytes(parcel, &job->strips[index], sizeof *job->strips);
}

/* Adds up the strips of a block, in order. */
static dg_gram_sums add_strips(const gram_job *job, size_t block) {
    dg_gram_sums total = {0};
    for (size_t s = job->block[block].first_strip; s < job->block[block + 1].first_strip; s++) {
        const dg_gram_sums *sums = &job->strips[s];
        total.distance += sums->distance;
        for (size_t f = 0; f < DG_MOST_FACTORS; f++)
            total.unlikeness[f] += sums->unlikeness[f];
        for (size_t k = 0; k < DG_REPLICATES; k++)
            total.replicates[k] += sums->replicates[k];
    }
    return total;
}

static void add_block(gram_job *job, const dg_matrix *a, const float *a_halves, const dg_matrix *b,
                      const float *b_halves) {
    gram_block *added = &job->block[job->blocks++];
    added->a = a;
    added->b = b;
    added->a_halves = a_halves;
    added->b_halves = b_halves;
    added[1].first_strip = added->first_strip + round_up(a->rows, TILE) / TILE;
}

static digress_status sum_strips(dg_pool *pool, gram_job *job) {
    const dg_gram *gram = job->gram;
    job->kernels = DG_ISA_SELECT(dg_gram_kernels_table);
    job->products = DG_ISA_SELECT(dg_product_kernels_table);
    job->replicates = gram->factors > 0 && gram->halves && gram->halves->reference_half > 0;
    DG_TRY(dg_allocate(job->block[job->blocks].first_strip, sizeof *job->strips, &job->strips));
    DG_TRY(dg_allocate(DG_GRAM_WORK * dg_pool_threads(pool),
                       gram->reference->width * sizeof *job->work, &job->work));
    const dg_divided loop = {.count = job->block[job->blocks].first_strip,
                             .job = sum_strip_of_job,
                             .carry = carry_strip,
                             .context = job,
                             .progress = gram->progress,
                             .label = gram->label};
    return dg_run_divided(pool, &loop);
}

static digress_status sum_job(dg_pool *pool, gram_job *job, dg_gram_sums *const totals[BLOCKS]) {
    digress_status status = sum_strips(pool, job);
    for (size_t k = 0; status == DIGRESS_OK && k < job->blocks; k++)
        *totals[k] = add_strips(job, k);
    free(job->strips);
    free(job->work);
    return status;
}

static void add_cross(gram_job *job) {
    const dg_halves *halves = job->gram->halves;
    add_block(job, job->gram->reference, halves ? halves->reference : NULL, job->gram->other,
              halves ? halves->other : NULL);
}

digress_status dg_gram_sum(dg_pool *pool, const dg_gram *gram, dg_gram_result *out) {
    const float *reference = gram->halves ? gram->halves->reference : NULL;
    const float *other = gram->halves ? gram->halves->other : NULL;
    gram_job job = {.gram = gram};
    add_block(&job, gram->reference, reference, gram->reference, reference);
    add_block(&job, gram->other, other, gram->other, other);
    add_cross(&job);
    return sum_job(pool, &job, (dg_gram_sums *[]){&out->reference, &out->other, &out->cross});
}

digress_status dg_gram_sum_cross(dg_pool *pool, const dg_gram *gram, dg_gram_result *out) {
    gram_job job = {.gram = gram};
    add_cross(&job);
    return sum_job(pool, &job, (dg_gram_sums *[]){&out->cross, NULL, NULL});
}
