#include "train/muon.h"

#include "core/memory.h"
#include "math/products.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double MOMENTUM = 0.95;
static const double SIZE_OF_ADAMW = 0.2; /* root mean square of an AdamW update at lr 1 */

struct dg_muon {
    size_t count;
    const dg_parameter **matrices; /* [count] the costliest first, so that none is waited for */
    size_t first;                  /* the parameter that vectors begin with */
    size_t threads, room;
    float **rooms; /* [threads], each [room] */
};

static bool is_moved(const dg_parameter *tensor) {
    return tensor->hidden && !tensor->unused && tensor->count > 0;
}

size_t dg_muon_room(const dg_denoiser *denoiser) {
    size_t most = 0;
    for (size_t k = 0; k < dg_denoiser_tensor_count(denoiser); k++) {
        const dg_parameter *tensor = dg_denoiser_tensor(denoiser, k);
        if (!is_moved(tensor)) continue;
        size_t room = tensor->count + dg_orthogonalise_room(tensor->rows, tensor->cols);
        if (room > most) most = room;
    }
    return most;
}

static double cost(const dg_parameter *matrix) {
    return (double)matrix->count * (double)dg_smaller(matrix->rows, matrix->cols);
}

static int costliest_first(const void *left, const void *right) {
    const dg_parameter *a = *(const dg_parameter *const *)left;
    const dg_parameter *b = *(const dg_parameter *const *)right;
    if (cost(a) != cost(b)) return cost(a) < cost(b) ? 1 : -1;
    return a->offset < b->offset ? -1 : 1;
}

digress_status dg_muon_create(const dg_denoiser *denoiser, dg_muon **out) {
    size_t tensors = dg_denoiser_tensor_count(denoiser);
    dg_muon *muon = NULL;
    DG_TRY(dg_allocate(1, sizeof *muon, &muon));
    digress_status status = dg_allocate(tensors, sizeof *muon->matrices, (void *)&muon->matrices);
    if (status != DIGRESS_OK) {
        dg_muon_free(muon);
        return status;
    }
    for (size_t k = 0; k < tensors; k++) {
        const dg_parameter *tensor = dg_denoiser_tensor(denoiser, k);
        if (is_moved(tensor)) muon->matrices[muon->count++] = tensor;
    }
    qsort((void *)muon->matrices, muon->count, sizeof *muon->matrices, costliest_first);
    muon->room = dg_muon_room(denoiser);
    *out = muon;
    return DIGRESS_OK;
}

void dg_muon_cut(dg_muon *muon, dg_span span) {
    size_t kept = 0;
    for (size_t k = 0; k < muon->count; k++) {
        const size_t offset = muon->matrices[k]->offset;
        if (offset >= span.first && offset < span.end) muon->matrices[kept++] = muon->matrices[k];
    }
    muon->count = kept;
    muon->first = span.first;
}

static void free_rooms(dg_muon *muon) {
    for (size_t k = 0; muon->rooms && k < muon->threads; k++)
        free(muon->rooms[k]);
    free(muon->rooms);
    muon->rooms = NULL;
    muon->threads = 0;
}

void dg_muon_free(dg_muon *muon) {
    if (!muon) return;
    free_rooms(muon);
    free(muon->matrices);
    free(muon);
}

static digress_status make_rooms(dg_muon *muon, size_t threads) {
    if (muon->threads == threads) return DIGRESS_OK;
    free_rooms(muon);
    DG_TRY(dg_allocate(threads, sizeof *muon->rooms, (void *)&muon->rooms));
    muon->threads = threads;
    for (size_t k = 0; k < threads; k++) {
        const digress_status status =
            dg_allocate(muon->room, sizeof *muon->rooms[k], &muon->rooms[k]);
        if (status == DIGRESS_OK) continue;
        free_rooms(muon);
        return status;
    }
    return DIGRESS_OK;
}

/* ---- Orthogonalisation ---- */

/* Floats of a [k, n] matrix, packed for the products. */
static size_t packed(size_t k, size_t n, size_t panel) {
    return (n + panel - 1) / panel * panel * k;
}

size_t dg_orthogonalise_room(size_t rows, size_t cols) {
    const size_t panel = DG_ISA_SELECT(dg_product_kernels_table)->panel;
    const size_t m = dg_smaller(rows, cols), n = rows + cols - m;
    const size_t one = packed(n, m, panel), other = packed(m, n, panel);
    return 2 * m * n + 2 * m * m + (one > other ? one : other);
}

/* X: [m, n], m <= n, becomes a X + (b A + c A A) X with A = X X'. A, AA: [m, m]; Y: [m, n]. */
static void newton_schulz(const dg_product_kernels *kernels, size_t m, size_t n, float *X, float *A,
                          float *AA, float *Y, float *panels) {
    static const float a = 3.4445f, b = -4.7750f, c = 2.0315f;
    kernels->pack_transposed(n, m, X, panels);
    kernels->multiply_symmetric(m, n, X, panels, A);
    kernels->pack(m, m, A, panels);
    kernels->multiply_symmetric(m, m, A, panels, AA);
    for (size_t k = 0; k < m * m; k++)
        A[k] = b * A[k] + c * AA[k];
    for (size_t k = 0; k < m; k++)
        A[k * m + k] += a;
    kernels->pack(m, n, X, panels);
    kernels->multiply(m, n, m, A, panels, false, Y);
    memcpy(X, Y, m * n * sizeof *X);
}

static void transpose(size_t rows, size_t cols, const float *from, float *to) {
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < cols; j++)
            to[j * rows + i] = from[i * cols + j];
}

/* Scales to norm 1. The rest of a vanished gradient, whose norm may have no inverse, becomes 0. */
static void normalise(size_t count, float *X) {
    static const double LEAST = 1e-8;
    double squares = 0;
    for (size_t k = 0; k < count; k++)
        squares += (double)X[k] * (double)X[k];
    const float inverse = squares > LEAST * LEAST ? (float)(1 / sqrt(squares)) : 0;
    for (size_t k = 0; k < count; k++)
        X[k] *= inverse;
}

void dg_orthogonalise(size_t rows, size_t cols, float *X, float *room) {
    enum { STEPS = 5 };
    const dg_product_kernels *kernels = DG_ISA_SELECT(dg_product_kernels_table);
    const size_t m = dg_smaller(rows, cols), n = rows + cols - m;
    float *wide = room, *Y = wide + m * n, *A = Y + m * n, *AA = A + m * m, *panels = AA + m * m;
    normalise(m * n, X);
    if (rows > cols)
        transpose(rows, cols, X, wide);
    else
        memcpy(wide, X, m * n * sizeof *X);
    for (size_t step = 0; step < STEPS; step++)
        newton_schulz(kernels, m, n, wide, A, AA, Y, panels);
    if (rows > cols)
        transpose(m, n, wide, X);
    else
        memcpy(X, wide, m * n * sizeof *X);
}

/* ---- A step ---- */

typedef struct step_job {
    const dg_muon *muon;
    const dg_muon_step *step;
    const float *gradient;
    float *momentum, *parameters;
} step_job;

static digress_status step_matrix(void *context, size_t index, size_t thread) {
    const step_job *job = context;
    const dg_parameter *matrix = job->muon->matrices[index];
    const size_t at = matrix->offset - job->muon->first;
    const float *gradient = job->gradient + at;
    float *momentum = job->momentum + at, *W = job->parameters + at;
    float *update = job->muon->rooms[thread];
    const float keep = (float)MOMENTUM, add = (float)((1 - MOMENTUM) * job->step->scale);
    for (size_t k = 0; k < matrix->count; k++) {
        momentum[k] = keep * momentum[k] + add * gradient[k];
        update[k] = keep * momentum[k] + add * gradient[k];
    }
    dg_orthogonalise(matrix->rows, matrix->cols, update, update + matrix->count);
    const double longer = (double)(matrix->rows > matrix->cols ? matrix->rows : matrix->cols);
    const float rate = (float)(job->step->lr * SIZE_OF_ADAMW * sqrt(longer));
    const float decay = (float)(1 - job->step->lr * job->step->weight_decay);
    for (size_t k = 0; k < matrix->count; k++)
        W[k] = decay * W[k] - rate * update[k];
    return DIGRESS_OK;
}

digress_status dg_muon_run(dg_muon *muon, dg_pool *pool, const dg_muon_step *step,
                           const float *gradient, float *momentum, float *parameters) {
    const step_job job = {muon, step, gradient, momentum, parameters};
    DG_TRY(make_rooms(muon, dg_pool_threads(pool)));
    return dg_pool_run(pool, muon->count, step_matrix, (void *)&job);
}
