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

/* In place of a precision that cannot be had: float32. */
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

/* ---- engines, weights, desks ---- */

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

digress_status dg_packed_create(dg_engine *engine, size_t out, size_t in, size_t tile,
                                dg_packed **packed) {
    DG_TRY(engine->operations->create_packed(engine, out, in, tile, packed));
    (*packed)->engine = engine;
    (*packed)->out = out;
    (*packed)->in = in;
    (*packed)->tile = tile;
    engine->largest_in = larger(engine->largest_in, tile * in);
    engine->largest_out = larger(engine->largest_out, tile * out);
    return DIGRESS_OK;
}

void dg_packed_free(dg_packed *packed) {
    if (packed) packed->engine->operations->free_packed(packed);
}

size_t dg_packed_bytes(const dg_packed *packed) {
    return packed->engine->operations->packed_bytes(packed);
}

digress_status dg_pack_weights(dg_packed *packed, const float *W) {
    return packed->engine->operations->pack(packed, W);
}

static digress_status allocate_rows(const dg_engine *engine, dg_desk *desk) {
    if (engine->operations->any_rows) return DIGRESS_OK;
    const size_t tiles = engine->backward ? DG_BACKWARD_TILES : 1;
    DG_TRY(dg_allocate(tiles * engine->largest_in, sizeof(float), &desk->x));
    DG_TRY(
        dg_allocate(engine->backward ? tiles * engine->largest_in : 0, sizeof(float), &desk->dx));
    return dg_allocate(tiles * engine->largest_out, sizeof(float), &desk->dy_or_y);
}

digress_status dg_desk_create(const dg_engine *engine, dg_desk **out) {
    dg_desk *desk = NULL;
    DG_TRY(engine->operations->create_desk(engine, &desk));
    desk->engine = engine;
    desk->failed = DIGRESS_OK;
    digress_status status = allocate_rows(engine, desk);
    if (status != DIGRESS_OK) {
        dg_desk_free(desk);
        return status;
    }
    *out = desk;
    return DIGRESS_OK;
}

void dg_desk_free(dg_desk *desk) {
    if (!desk) return;
    free(desk->x);
    free(desk->dx);
    free(desk->dy_or_y);
    desk->engine->operations->free_desk(desk);
}

double dg_desk_seconds(const dg_desk *desk) {
    return desk->seconds;
}

static void note(dg_desk *desk, digress_status status) {
    if (status == DIGRESS_OK || desk->failed != DIGRESS_OK) return;
    desk->failed = status;
    snprintf(desk->error, sizeof desk->error, "%s", digress_last_error());
}

digress_status dg_desk_status(dg_desk *desk) {
    const digress_status status = desk->failed;
    desk->failed = DIGRESS_OK;
    return status == DIGRESS_OK ? DIGRESS_OK : dg_error(status, "%s", desk->error);
}

/* ---- rows to tiles ---- */

/* Copies `rows` rows to `place`, zeros behind them up to `whole` rows. */
static const float *fill_up(float *place, const float *x, size_t rows, size_t whole, size_t width) {
    memcpy(place, x, rows * width * sizeof *place);
    memset(place + rows * width, 0, (whole - rows) * width * sizeof *place);
    return place;
}

void dg_multiply_forward(const dg_packed *packed, dg_desk *desk, size_t rows, const float *x,
                         float *y) {
    const dg_engine_operations *operations = packed->engine->operations;
    const size_t in = packed->in, out = packed->out, tile = packed->tile;
    const double begin = dg_clock();
    const size_t step = operations->any_rows ? rows : tile;
    for (; rows > 0 && rows >= step; rows -= step, x += step * in, y += step * out)
        note(desk, operations->forward(packed, desk, step, x, y));
    if (rows > 0) {
        fill_up(desk->x, x, rows, tile, in);
        note(desk, operations->forward(packed, desk, tile, desk->x, desk->dy_or_y));
        memcpy(y, desk->dy_or_y, rows * out * sizeof *y);
    }
    desk->seconds += dg_clock() - begin;
}

/* As many rows as one call takes, or the last ones. */
static void backward_rows(const dg_packed *packed, dg_desk *desk, size_t rows, const float *x,
                          const float *dy, float beta, float *dx, float *dW) {
    const dg_engine_operations *operations = packed->engine->operations;
    const size_t in = packed->in, out = packed->out;
    const size_t whole = (rows + packed->tile - 1) / packed->tile * packed->tile;
    if (operations->any_rows || rows == whole) {
        note(desk, operations->backward(packed, desk, rows, x, dy, beta, dx, dW));
        return;
    }
    x = fill_up(desk->x, x, rows, whole, in);
    dy = fill_up(desk->dy_or_y, dy, rows, whole, out);
    if (dx && beta != 0.0f) fill_up(desk->dx, dx, rows, whole, in);
    note(desk, operations->backward(packed, desk, whole, x, dy, beta, dx ? desk->dx : NULL, dW));
    if (dx) memcpy(dx, desk->dx, rows * in * sizeof *dx);
}

void dg_multiply_backward(const dg_packed *packed, dg_desk *desk, size_t rows, const float *x,
                          const float *dy, float beta, float *dx, float *dW) {
    const size_t in = packed->in, out = packed->out, most = DG_BACKWARD_TILES * packed->tile;
    const double begin = dg_clock();
    for (; rows > most; rows -= most, x += most * in, dy += most * out) {
        backward_rows(packed, desk, most, x, dy, beta, dx, dW);
        if (dx) dx += most * in;
    }
    if (rows > 0) backward_rows(packed, desk, rows, x, dy, beta, dx, dW);
    desk->seconds += dg_clock() - begin;
}
