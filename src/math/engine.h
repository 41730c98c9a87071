/* The products of linear layers behind one interface: the project's own kernels (native), or
 * oneDNN.
 *
 * A layer has weights W [out, in]; x and y are rows, dense float32, row-major:
 *     y = x W'        dx = dy W + beta dx        dW = dW + dy' x
 *
 * A row of y or dx depends, to the bit, on its row of x or dy alone, and dW on the rows of one
 * call. The native kernels guarantee that by construction (math/products.h). No library does: rows
 * go to oneDNN in tiles of a fixed number, the last one padded with zeros, and
 * dg_linear_weights_check makes sure that a row's place in its tile makes no difference either. */
#ifndef DG_MATH_ENGINE_H
#define DG_MATH_ENGINE_H

#include "core/status.h"
#include <stdbool.h>
#include <stddef.h>

typedef enum dg_backend { DG_BACKEND_NATIVE, DG_BACKEND_ONEDNN, DG_BACKENDS } dg_backend;

/* BF16: the factors of each product are rounded to bfloat16 (8 bits of mantissa, to nearest even);
 * sums, weights, activations and gradients stay float32. */
typedef enum dg_precision { DG_PRECISION_F32, DG_PRECISION_BF16, DG_PRECISIONS } dg_precision;

#define DG_BACKEND_NATIVE_NAME "native"
#define DG_BACKEND_ONEDNN_NAME "onednn"
#define DG_PRECISION_NAMES                                                                         \
    { [DG_PRECISION_F32] = "f32", [DG_PRECISION_BF16] = "bf16" }

const char *dg_backend_name(dg_backend backend);       /* "native", "onednn" */
const char *dg_precision_name(dg_precision precision); /* "f32", "bf16" */

/* NULL if this build and processor can multiply so, else what is missing. */
const char *dg_engine_lacks(dg_backend backend, dg_precision precision);

/* The fastest backend here in the given precision, or in float32 if none has it. In float32 that is
 * the native kernels: compared with them, oneDNN is a few per cent faster forward and as much
 * slower backward on AVX-512, and slower on AVX2. */
dg_backend dg_engine_fastest(dg_precision precision);

/* What to multiply with when `wanted` (DG_BACKENDS: the fastest) is asked for in a precision: that,
 * or the nearest substitute if this build or processor lacks it, with a warning in the log. */
void dg_engine_choose(dg_backend wanted, dg_precision wanted_precision, dg_backend *backend,
                      dg_precision *precision);

typedef struct dg_engine dg_engine; /* a backend at a precision */
/* The weights of one layer, laid out as its products read them. */
typedef struct dg_linear_weights dg_linear_weights;
/* One thread's part in the products: its memory, its time and its first failure. */
typedef struct dg_multiplier dg_multiplier;

/* backward: dg_multiply_backward will be called too. The engine must outlive its weights and
 * multipliers. Errors: INPUT for what dg_engine_lacks, MEMORY, INTERNAL. */
digress_status dg_engine_create(dg_backend backend, dg_precision precision, bool backward,
                                dg_engine **out);
void dg_engine_free(dg_engine *engine); /* NULL is allowed */
dg_backend dg_engine_backend(const dg_engine *engine);
dg_precision dg_engine_precision(const dg_engine *engine);
bool dg_engine_backward(const dg_engine *engine);

/* A layer whose products take `tile` rows at a time. It has no weights yet. Not thread-safe. */
digress_status dg_linear_weights_create(dg_engine *engine, size_t out, size_t in, size_t tile,
                                        dg_linear_weights **weights);
void dg_linear_weights_free(dg_linear_weights *weights); /* NULL is allowed */
size_t dg_linear_weights_bytes(const dg_linear_weights *weights);
/* Lays out W: [out, in], which is borrowed until the next call. */
digress_status dg_linear_weights_set(dg_linear_weights *weights, const float *W);

/* A multiplier serves the layers that were created before it. */
digress_status dg_multiplier_create(const dg_engine *engine, dg_multiplier **out);
void dg_multiplier_free(dg_multiplier *multiplier); /* NULL is allowed */
/* Seconds that its products have taken so far. */
double dg_multiplier_seconds(const dg_multiplier *multiplier);
/* The first failure of its products since the last call. */
digress_status dg_multiplier_status(dg_multiplier *multiplier);

/* Puts the same row in every place of a tile and compares the bits that come out. The weights are
 * lost: set them afterwards. Errors: INTERNAL if a row's place makes a difference; MEMORY. */
digress_status dg_linear_weights_check(dg_linear_weights *weights, dg_multiplier *multiplier);

/* y: [rows, out] = x W',  x: [rows, in]. */
void dg_multiply_forward(const dg_linear_weights *weights, dg_multiplier *multiplier, size_t rows,
                         const float *x, float *y);
/* dx: [rows, in] = dy W + beta dx, unless dx is NULL; dW: [out, in] += dy' x. beta is 0 or 1. */
void dg_multiply_backward(const dg_linear_weights *weights, dg_multiplier *multiplier, size_t rows,
                          const float *x, const float *dy, float beta, float *dx, float *dW);

#endif
