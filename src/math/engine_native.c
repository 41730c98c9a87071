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

typedef struct native_weights {
    dg_linear_weights base;
    float *forward; /* W' [in, out] in panels */
    float *input;   /* W [out, in] in panels; NULL unless the engine goes backward */
} native_weights;

static const dg_product_kernels *kernels_of(const dg_linear_weights *weights) {
    return ((const native_engine *)weights->engine)->kernels;
}

static digress_status native_create_engine(dg_precision precision, bool backward, dg_engine **out) {
    (void)precision;
    (void)backward;
    native_engine *self = NULL;
    DG_TRY(dg_allocate(1, sizeof *self, &self));
    self->kernels = DG_ISA_SELECT(dg_product_kernels_table);
    *out = &self->base;
    return DIGRESS_OK;
}

static void native_free_engine(dg_engine *engine) {
    free(engine);
}

/* How many floats [k, n] takes in panels. */
static digress_status panels_size(const dg_product_kernels *kernels, size_t k, size_t n,
                                  size_t *count) {
    const size_t panels = (n + kernels->panel - 1) / kernels->panel;
    return dg_multiply(panels * kernels->panel, k, count);
}

static void native_free_weights(dg_linear_weights *weights) {
    native_weights *self = (native_weights *)weights;
    free(self->forward);
    free(self->input);
    free(self);
}

static digress_status allocate_panels(const dg_engine *engine, size_t out, size_t in,
                                      native_weights *self) {
    const dg_product_kernels *kernels = ((const native_engine *)engine)->kernels;
    size_t count = 0;
    DG_TRY(panels_size(kernels, in, out, &count));
    DG_TRY(dg_allocate(count, sizeof *self->forward, &self->forward));
    if (!engine->backward) return DIGRESS_OK;
    DG_TRY(panels_size(kernels, out, in, &count));
    return dg_allocate(count, sizeof *self->input, &self->input);
}

static digress_status native_create_weights(dg_engine *engine, size_t out, size_t in, size_t tile,
                                            dg_linear_weights **weights) {
    (void)tile;
    native_weights *self = NULL;
    DG_TRY(dg_allocate(1, sizeof *self, &self));
    const digress_status status = allocate_panels(engine, out, in, self);
    if (status != DIGRESS_OK) {
        native_free_weights(&self->base);
        return status;
    }
    *weights = &self->base;
    return DIGRESS_OK;
}

static size_t native_weights_bytes(const dg_linear_weights *weights) {
    const dg_product_kernels *kernels = kernels_of(weights);
    size_t forward = 0, input = 0; /* no overflow: they have been allocated */
    (void)panels_size(kernels, weights->in, weights->out, &forward);
    if (weights->engine->backward) (void)panels_size(kernels, weights->out, weights->in, &input);
    return (forward + input) * sizeof(float);
}

static digress_status native_set_weights(dg_linear_weights *weights, const float *W) {
    const native_weights *self = (const native_weights *)weights;
    const dg_product_kernels *kernels = kernels_of(weights);
    kernels->pack_transposed(weights->in, weights->out, W, self->forward);
    if (self->input) kernels->pack(weights->out, weights->in, W, self->input);
    return DIGRESS_OK;
}

static digress_status native_create_multiplier(const dg_engine *engine, dg_multiplier **out) {
    (void)engine;
    return dg_allocate(1, sizeof **out, out);
}

static void native_free_multiplier(dg_multiplier *multiplier) {
    free(multiplier);
}

static digress_status native_forward(const dg_linear_weights *weights, dg_multiplier *multiplier,
                                     size_t rows, const float *x, float *y) {
    const native_weights *self = (const native_weights *)weights;
    (void)multiplier;
    kernels_of(weights)->multiply(rows, weights->out, weights->in, x, self->forward, false, y);
    return DIGRESS_OK;
}

static digress_status native_backward(const dg_linear_weights *weights, dg_multiplier *multiplier,
                                      size_t rows, const float *x, const float *dy, float beta,
                                      float *dx, float *dW) {
    const native_weights *self = (const native_weights *)weights;
    const dg_product_kernels *kernels = kernels_of(weights);
    (void)multiplier;
    kernels->add_outer(weights->out, weights->in, rows, dy, x, dW);
    if (dx) kernels->multiply(rows, weights->in, weights->out, dy, self->input, beta != 0.0f, dx);
    return DIGRESS_OK;
}

const dg_engine_operations dg_native_operations = {
    .backend = DG_BACKEND_NATIVE,
    .any_rows = true,
    .create_engine = native_create_engine,
    .free_engine = native_free_engine,
    .create_weights = native_create_weights,
    .free_weights = native_free_weights,
    .weights_bytes = native_weights_bytes,
    .set_weights = native_set_weights,
    .create_multiplier = native_create_multiplier,
    .free_multiplier = native_free_multiplier,
    .forward = native_forward,
    .backward = native_backward,
};
