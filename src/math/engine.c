#include "math/engine_backend.h"

#include "core/log.h"
#include "core/memory.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const backends[DG_BACKENDS] = {DG_BACKEND_NATIVE_NAME, DG_BACKEND_ONEDNN_NAME};
static const char *const precisions[DG_PRECISIONS] = DG_PRECISION_NAMES;

const char *dg_backend_name(dg_backend backend) {
    return backends[backend];
}

const char *dg_precision_name(dg_precision precision) {
    return precisions[precision];
}

/* ---- which one ---- */

const char *dg_engine_lacks(dg_backend backend, dg_precision precision) {
    if (backend == DG_BACKEND_NATIVE)
        return precision == DG_PRECISION_F32 ? NULL : "the native kernels multiply in f32 only";
#ifdef DIGRESS_ONEDNN
    return dg_onednn_lacks(precision);
#else
    return "this build has no oneDNN";
#endif
}

dg_backend dg_engine_fastest(dg_precision precision) {
    const bool rounded =
        precision == DG_PRECISION_BF16 && !dg_engine_lacks(DG_BACKEND_ONEDNN, precision);
    return rounded ? DG_BACKEND_ONEDNN : DG_BACKEND_NATIVE;
}

/* Float32 in place of a precision that is not available. */
static dg_precision settle_precision(bool any_backend, dg_backend backend, dg_precision wanted) {
    const char *lacks = dg_engine_lacks(any_backend ? DG_BACKEND_ONEDNN : backend, wanted);
    if (!lacks || wanted == DG_PRECISION_F32) return wanted;
    dg_warn("no %s here: %s; using f32", dg_precision_name(wanted), lacks);
    return DG_PRECISION_F32;
}

void dg_engine_choose(dg_backend wanted, dg_precision wanted_precision, dg_backend *backend,
                      dg_precision *precision) {
    const bool any = wanted == DG_BACKENDS;
    *precision = settle_precision(any, wanted, wanted_precision);
    *backend = any ? dg_engine_fastest(*precision) : wanted;
    const char *lacks = any ? NULL : dg_engine_lacks(wanted, *precision);
    if (!lacks) return;
    *backend = dg_engine_fastest(*precision);
    dg_warn("no %s here: %s; using %s", dg_backend_name(wanted), lacks, dg_backend_name(*backend));
}

static const dg_engine_operations *operations_of(dg_backend backend) {
#ifdef DIGRESS_ONEDNN
    if (backend == DG_BACKEND_ONEDNN) return &dg_onednn_operations;
#endif
    (void)backend;
    return &dg_native_operations;
}

/* ---- engines, weights, multipliers ---- */

digress_status dg_engine_create(dg_backend backend, dg_precision precision, bool backward,
                                dg_engine **out) {
    const char *lacks = dg_engine_lacks(backend, precision);
    if (lacks)
        return dg_error(DIGRESS_ERROR_INPUT, "%s in %s: %s", dg_backend_name(backend),
                        dg_precision_name(precision), lacks);
    const dg_engine_operations *operations = operations_of(backend);
    dg_engine *engine = NULL;
    DG_TRY(operations->create_engine(precision, backward, &engine));
    engine->operations = operations;
    engine->precision = precision;
    engine->backward = backward;
    *out = engine;
    return DIGRESS_OK;
}

void dg_engine_free(dg_engine *engine) {
    if (engine) engine->operations->free_engine(engine);
}

dg_backend dg_engine_backend(const dg_engine *engine) {
    return engine->operations->backend;
}

dg_precision dg_engine_precision(const dg_engine *engine) {
    return engine->precision;
}

bool dg_engine_backward(const dg_engine *engine) {
    return engine->backward;
}

static size_t larger(size_t a, size_t b) {
    return a > b ? a : b;
}

digress_status dg_linear_weights_create(dg_engine *engine, size_t out, size_t in, size_t tile,
                                        dg_linear_weights **weights) {
    DG_TRY(engine->operations->create_weights(engine, out, in, tile, weights));
    (*weights)->engine = engine;
    (*weights)->out = out;
    (*weights)->in = in;
    (*weights)->tile = tile;
    engine->largest_in = larger(engine->largest_in, tile * in);
    engine->largest_out = larger(engine->largest_out, tile * out);
    return DIGRESS_OK;
}

void dg_linear_weights_free(dg_linear_weights *weights) {
    if (weights) weights->engine->operations->free_weights(weights);
}

size_t dg_linear_weights_bytes(const dg_linear_weights *weights) {
    return weights->engine->operations->weights_bytes(weights);
}

digress_status dg_linear_weights_set(dg_linear_weights *weights, const float *W) {
    return weights->engine->operations->set_weights(weights, W);
}

static digress_status allocate_rows(const dg_engine *engine, dg_multiplier *multiplier) {
    if (engine->operations->any_rows) return DIGRESS_OK;
    const size_t tiles = engine->backward ? DG_BACKWARD_TILES : 1;
    DG_TRY(dg_allocate(tiles * engine->largest_in, sizeof(float), &multiplier->x));
    DG_TRY(dg_allocate(engine->backward ? tiles * engine->largest_in : 0, sizeof(float),
                       &multiplier->dx));
    return dg_allocate(tiles * engine->largest_out, sizeof(float), &multiplier->dy_or_y);
}

digress_status dg_multiplier_create(const dg_engine *engine, dg_multiplier **out) {
    dg_multiplier *multiplier = NULL;
    DG_TRY(engine->operations->create_multiplier(engine, &multiplier));
    multiplier->engine = engine;
    multiplier->failed = DIGRESS_OK;
    digress_status status = allocate_rows(engine, multiplier);
    if (status != DIGRESS_OK) {
        dg_multiplier_free(multiplier);
        return status;
    }
    *out = multiplier;
    return DIGRESS_OK;
}

void dg_multiplier_free(dg_multiplier *multiplier) {
    if (!multiplier) return;
    free(multiplier->x);
    free(multiplier->dx);
    free(multiplier->dy_or_y);
    multiplier->engine->operations->free_multiplier(multiplier);
}

double dg_multiplier_seconds(const dg_multiplier *multiplier) {
    return multiplier->seconds;
}

static void note_failure(dg_multiplier *multiplier, digress_status status) {
    if (status == DIGRESS_OK || multiplier->failed != DIGRESS_OK) return;
    multiplier->failed = status;
    snprintf(multiplier->error, sizeof multiplier->error, "%s", digress_last_error());
}

digress_status dg_multiplier_status(dg_multiplier *multiplier) {
    const digress_status status = multiplier->failed;
    multiplier->failed = DIGRESS_OK;
    return status == DIGRESS_OK ? DIGRESS_OK : dg_error(status, "%s", multiplier->error);
}

/* ---- rows to tiles ---- */

/* Copies `rows` rows to `place` and pads them with zeros to `whole` rows. */
static const float *fill_up(float *place, const float *x, size_t rows, size_t whole, size_t width) {
    memcpy(place, x, rows * width * sizeof *place);
    memset(place + rows * width, 0, (whole - rows) * width * sizeof *place);
    return place;
}

void dg_multiply_forward(const dg_linear_weights *weights, dg_multiplier *multiplier, size_t rows,
                         const float *x, float *y) {
    const dg_engine_operations *operations = weights->engine->operations;
    const size_t in = weights->in, out = weights->out, tile = weights->tile;
    const double begin = dg_clock();
    const size_t step = operations->any_rows ? rows : tile;
    for (; rows > 0 && rows >= step; rows -= step, x += step * in, y += step * out)
        note_failure(multiplier, operations->forward(weights, multiplier, step, x, y));
    if (rows > 0) {
        fill_up(multiplier->x, x, rows, tile, in);
        note_failure(multiplier, operations->forward(weights, multiplier, tile, multiplier->x,
                                                     multiplier->dy_or_y));
        memcpy(y, multiplier->dy_or_y, rows * out * sizeof *y);
    }
    multiplier->seconds += dg_clock() - begin;
}

/* As many rows as one call takes, or the last ones. */
static void backward_rows(const dg_linear_weights *weights, dg_multiplier *multiplier, size_t rows,
                          const float *x, const float *dy, float beta, float *dx, float *dW) {
    const dg_engine_operations *operations = weights->engine->operations;
    const size_t in = weights->in, out = weights->out;
    const size_t whole = (rows + weights->tile - 1) / weights->tile * weights->tile;
    if (operations->any_rows || rows == whole) {
        note_failure(multiplier,
                     operations->backward(weights, multiplier, rows, x, dy, beta, dx, dW));
        return;
    }
    x = fill_up(multiplier->x, x, rows, whole, in);
    dy = fill_up(multiplier->dy_or_y, dy, rows, whole, out);
    if (dx && beta != 0.0f) fill_up(multiplier->dx, dx, rows, whole, in);
    note_failure(multiplier, operations->backward(weights, multiplier, whole, x, dy, beta,
                                                  dx ? multiplier->dx : NULL, dW));
    if (dx) memcpy(dx, multiplier->dx, rows * in * sizeof *dx);
}

void dg_multiply_backward(const dg_linear_weights *weights, dg_multiplier *multiplier, size_t rows,
                          const float *x, const float *dy, float beta, float *dx, float *dW) {
    const size_t in = weights->in, out = weights->out, most = DG_BACKWARD_TILES * weights->tile;
    const double begin = dg_clock();
    for (; rows > most; rows -= most, x += most * in, dy += most * out) {
        backward_rows(weights, multiplier, most, x, dy, beta, dx, dW);
        if (dx) dx += most * in;
    }
    if (rows > 0) backward_rows(weights, multiplier, rows, x, dy, beta, dx, dW);
    multiplier->seconds += dg_clock() - begin;
}
