/* OpenBLAS behind math/engine.h. It packs the weights itself at every call; [in, out] is what it
 * reads fastest, so a transposed copy is kept for the forward product. */
#include "core/memory.h"
#include "math/engine_backend.h"
#include "math/gemm.h"

#include <stdlib.h>

typedef struct blas_packed {
    dg_packed base;
    const float *W;    /* [out, in], borrowed */
    float *transposed; /* [in, out] */
} blas_packed;

static digress_status create_engine(dg_precision precision, bool backward, dg_engine **out) {
    (void)precision;
    (void)backward;
    dg_gemm_initialize();
    return dg_allocate(1, sizeof **out, out);
}

static void free_engine(dg_engine *engine) {
    free(engine);
}

static digress_status create_packed(dg_engine *engine, size_t out, size_t in, size_t tile,
                                    dg_packed **packed) {
    (void)engine;
    (void)tile;
    blas_packed *self = NULL;
    size_t count = 0;
    DG_TRY(dg_multiply(out, in, &count));
    DG_TRY(dg_allocate(1, sizeof *self, &self));
    digress_status status = dg_allocate(count, sizeof *self->transposed, &self->transposed);
    if (status != DIGRESS_OK) {
        free(self);
        return status;
    }
    *packed = &self->base;
    return DIGRESS_OK;
}

static void free_packed(dg_packed *packed) {
    blas_packed *self = (blas_packed *)packed;
    free(self->transposed);
    free(self);
}

static size_t packed_bytes(const dg_packed *packed) {
    return packed->out * packed->in * sizeof(float);
}

/* Transposes by blocks that stay in the cache. */
static digress_status pack(dg_packed *packed, const float *W) {
    enum { BLOCK = 16 };
    blas_packed *self = (blas_packed *)packed;
    const size_t out = packed->out, in = packed->in;
    self->W = W;
    for (size_t o = 0; o < out; o += BLOCK)
        for (size_t i = 0; i < in; i++)
            for (size_t k = o; k < o + BLOCK && k < out; k++)
                self->transposed[i * out + k] = W[k * in + i];
    return DIGRESS_OK;
}

static digress_status create_desk(const dg_engine *engine, dg_desk **out) {
    (void)engine;
    return dg_allocate(1, sizeof **out, out);
}

static void free_desk(dg_desk *desk) {
    free(desk);
}

static digress_status forward(const dg_packed *packed, dg_desk *desk, const float *x, float *y) {
    const blas_packed *self = (const blas_packed *)packed;
    (void)desk;
    dg_gemm_nn(packed->tile, packed->out, packed->in, x, packed->in, self->transposed, packed->out,
               0.0f, y, packed->out);
    return DIGRESS_OK;
}

static digress_status backward(const dg_packed *packed, dg_desk *desk, size_t tiles, const float *x,
                               const float *dy, float beta, float *dx, float *dW) {
    const blas_packed *self = (const blas_packed *)packed;
    const size_t out = packed->out, in = packed->in, tile = packed->tile;
    (void)desk;
    dg_gemm_tn(out, in, tiles * tile, dy, out, x, in, 1.0f, dW, in);
    for (size_t k = 0; dx && k < tiles; k++)
        dg_gemm_nn(tile, in, out, dy + k * tile * out, out, self->W, in, beta, dx + k * tile * in,
                   in);
    return DIGRESS_OK;
}

const dg_engine_operations dg_openblas_operations = {
    .backend = DG_BACKEND_OPENBLAS,
    .create_engine = create_engine,
    .free_engine = free_engine,
    .create_packed = create_packed,
    .free_packed = free_packed,
    .packed_bytes = packed_bytes,
    .pack = pack,
    .create_desk = create_desk,
    .free_desk = free_desk,
    .forward = forward,
    .backward = backward,
};
