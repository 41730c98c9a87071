/* The products of linear layers behind one interface: the project's own kernels (native), or
 * oneDNN.
 *
 * A layer has weights W [out, in]; x and y are rows, dense float32, row-major:
 *     y = x W'        dx = dy W + beta dx        dW = dW + dy' x
 *
 * A row of y or dx depends on the row of x or dy alone, to the bit, and dW on the rows of one call.
 * The native kernels have that by construction (math/products.h). No library promises it: rows go
 * to oneDNN in tiles of a fixed number, the last one filled up with zeros, and dg_packed_check
 * tries whether a row's place in the tile makes no difference either. */
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

/* NULL where this build can multiply so on this processor, else what is missing. */
const char *dg_engine_lacks(dg_backend backend, dg_precision precision);

/* What multiplies fastest here in the given precision, or in float32 where nothing has it. In
 * float32 that is the native kernels: beside them oneDNN is a few per cent faster forward and as
 * much slower backward on AVX-512, and slower on AVX2. */
dg_backend dg_engine_fastest(dg_precision precision);

/* What multiplies where `wanted` (DG_BACKENDS: the fastest) is asked for in a precision: it, or the
 * nearest there is where this build or processor lacks it, with a warning in the log. */
void dg_engine_choose(dg_backend wanted, dg_precision wanted_precision, dg_backend *backend,
                      dg_precision *precision);

typedef struct dg_engine dg_engine; /* a backend at a precision */
typedef struct dg_packed dg_packed; /* the weights of one layer, as its products read them */
typedef struct dg_desk dg_desk;     /* what one thread multiplies in */

/* backward: dg_multiply_backward will be called too. The engine must outlive its packed weights and
 * desks. Errors: INPUT for what dg_engine_lacks, MEMORY, INTERNAL. */
digress_status dg_engine_create(dg_backend backend, dg_precision precision, bool backward,
                                dg_engine **out);
void dg_engine_free(dg_engine *engine); /* NULL is allowed */
dg_backend dg_engine_backend(const dg_engine *engine);
dg_precision dg_engine_precision(const dg_engine *engine);
bool dg_engine_backward(const dg_engine *engine);

/* A layer whose products take `tile` rows at a time. It has no weights yet. Not thread-safe. */
digress_status dg_packed_create(dg_engine *engine, size_t out, size_t in, size_t tile,
                                dg_packed **packed);
void dg_packed_free(dg_packed *packed); /* NULL is allowed */
size_t dg_packed_bytes(const dg_packed *packed);
/* Reads the weights anew. W: [out, in] is borrowed until the next call. */
digress_status dg_pack_weights(dg_packed *packed, const float *W);

/* A desk serves the layers that were created before it. */
digress_status dg_desk_create(const dg_engine *engine, dg_desk **out);
void dg_desk_free(dg_desk *desk); /* NULL is allowed */
/* Seconds that its products have taken so far. */
double dg_desk_seconds(const dg_desk *desk);
/* The first failure of a product at this desk; then OK again. */
digress_status dg_desk_status(dg_desk *desk);

/* Puts one row in every place of a tile and compares the bits of what comes out. The weights are
 * lost: pack them after it. Errors: INTERNAL where a row's place makes a difference; MEMORY. */
digress_status dg_packed_check(dg_packed *packed, dg_desk *desk);

/* y: [rows, out] = x W',  x: [rows, in]. */
void dg_multiply_forward(const dg_packed *packed, dg_desk *desk, size_t rows, const float *x,
                         float *y);
/* dx: [rows, in] = dy W + beta dx, unless dx is NULL; dW: [out, in] += dy' x. beta is 0 or 1. */
void dg_multiply_backward(const dg_packed *packed, dg_desk *desk, size_t rows, const float *x,
                          const float *dy, float beta, float *dx, float *dW);

#endif
