/* The project's own products (math/products.h) behind math/engine.h. They take any number of rows.
 */
#include "core/memory.h"
#include "math/engine_backend.h"
#include "math/products.h"

#include <stdlib.h>

typedef struct native_engine {
    dg_engine base;
    const dg_product_kernels *kernels;
} native_engine;

typedef struct native_packed {
    dg_packed base;
    float *forward; /* W' [in, out] in panels */
    float *input;   /* W [out, in] in panels; NULL unless the engine goes backward */
} native_packed;

static const dg_product_kernels *kernels_of(const dg_packed *packed) {
    return ((const native_engine *)packed->engine)->kernels;
}

static digress_status create_engine(dg_precision precision, bool backward, dg_engine **out) {
    (void)precision;
    (void)backward;
    native_engine *self = NULL;
    DG_TRY(dg_allocate(1, sizeof *self, &self));
    self->kernels = DG_ISA_SELECT(dg_product_kernels_table);
    *out = &self->base;
    return DIGRESS_OK;
}

static void free_engine(dg_engine *engine) {
    free(engine);
}

/* Floats that [k, n] takes in panels. */
static digress_status packed_size(const dg_product_kernels *kernels, size_t k, size_t n,
                                  size_t *count) {
    const size_t panels = (n + kernels->panel - 1) / kernels->panel;
    return dg_multiply(panels * kernels->panel, k, count);
}

static void free_packed(dg_packed *packed) {
    native_packed *self = (native_packed *)packed;
    free(self->forward);
    free(self->input);
    free(self);
}

static digress_status allocate_panels(const dg_engine *engine, size_t out, size_t in,
                                      native_packed *self) {
    const dg_product_kernels *kernels = ((const native_engine *)engine)->kernels;
    size_t count = 0;
    DG_TRY(packed_size(kernels, in, out, &count));
    DG_TRY(dg_allocate(count, sizeof *self->forward, &self->forward));
    if (!engine->backward) return DIGRESS_OK;
    DG_TRY(packed_size(kernels, out, in, &count));
    return dg_allocate(count, sizeof *self->input, &self->input);
}

static digress_status create_packed(dg_engine *engine, size_t out, size_t in, size_t tile,
                                    dg_packed **packed) {
    (void)tile;
    native_packed *self = NULL;
    DG_TRY(dg_allocate(1, sizeof *self, &self));
    const digress_status status = allocate_panels(engine, out, in, self);
    if (status != DIGRESS_OK) {
        free_packed(&self->base);
        return status;
    }
    *packed = &self->base;
    return DIGRESS_OK;
}

static size_t packed_bytes(const dg_packed *packed) {
    const dg_product_kernels *kernels = kernels_of(packed);
    size_t forward = 0, input = 0; /* they fit: they have been allocated */
    (void)packed_size(kernels, packed->in, packed->out, &forward);
    if (packed->engine->backward) (void)packed_size(kernels, packed->out, packed->in, &input);
    return (forward + input) * sizeof(float);
}

static digress_status pack(dg_packed *packed, const float *W) {
    const native_packed *self = (const native_packed *)packed;
    const dg_product_kernels *kernels = kernels_of(packed);
    kernels->pack_transposed(packed->in, packed->out, W, self->forward);
    if (self->input) kernels->pack(packed->out, packed->in, W, self->input);
    return DIGRESS_OK;
}

static digress_status create_desk(const dg_engine *engine, dg_desk **out) {
    (void)engine;
    return dg_allocate(1, sizeof **out, out);
}

static void free_desk(dg_desk *desk) {
    free(desk);
}

static digress_status forward(const dg_packed *packed, dg_desk *desk, size_t rows, const float *x,
                              float *y) {
    const native_packed *self = (const native_packed *)packed;
    (void)desk;
    kernels_of(packed)->multiply(rows, packed->out, packed->in, x, self->forward, false, y);
    return DIGRESS_OK;
}

static digress_status backward(const dg_packed *packed, dg_desk *desk, size_t rows, const float *x,
                               const float *dy, float beta, float *dx, float *dW) {
    const native_packed *self = (const native_packed *)packed;
    const dg_product_kernels *kernels = kernels_of(packed);
    (void)desk;
    kernels->add_outer(packed->out, packed->in, rows, dy, x, dW);
    if (dx) kernels->multiply(rows, packed->in, packed->out, dy, self->input, beta != 0.0f, dx);
    return DIGRESS_OK;
}

const dg_engine_operations dg_native_operations = {
    .backend = DG_BACKEND_NATIVE,
    .any_rows = true,
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
