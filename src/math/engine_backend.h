/* What a backend of math/engine.h does. */
#ifndef DG_MATH_ENGINE_BACKEND_H
#define DG_MATH_ENGINE_BACKEND_H

#include "math/engine.h"

/* The most tiles that one call of `backward` takes: dW is read and written once for all of them. */
enum { DG_BACKWARD_TILES = 4 };

typedef struct dg_engine_operations {
    dg_backend backend;
    bool any_rows; /* its rows do not depend on how many there are: tiles need not be full */
    /* Each fills in what the backend adds to the common part. */
    digress_status (*create_engine)(dg_precision precision, bool backward, dg_engine **out);
    void (*free_engine)(dg_engine *engine);
    digress_status (*create_weights)(dg_engine *engine, size_t out, size_t in, size_t tile,
                                     dg_linear_weights **weights);
    void (*free_weights)(dg_linear_weights *weights);
    size_t (*weights_bytes)(const dg_linear_weights *weights);
    digress_status (*set_weights)(dg_linear_weights *weights, const float *W);
    digress_status (*create_multiplier)(const dg_engine *engine, dg_multiplier **out);
    void (*free_multiplier)(dg_multiplier *multiplier);
    /* Of one tile of rows, or of any number. */
    digress_status (*forward)(const dg_linear_weights *weights, dg_multiplier *multiplier,
                              size_t rows, const float *x, float *y);
    /* Of 1 .. DG_BACKWARD_TILES tiles of rows, or of any number. */
    digress_status (*backward)(const dg_linear_weights *weights, dg_multiplier *multiplier,
                               size_t rows, const float *x, const float *dy, float beta, float *dx,
                               float *dW);
} dg_engine_operations;

/* The common part, which comes first in whatever a backend creates. */
struct dg_engine {
    const dg_engine_operations *operations;
    dg_precision precision;
    bool backward;
    size_t largest_in, largest_out; /* elements of the largest tile of rows */
};

struct dg_linear_weights {
    const dg_engine *engine;
    size_t out, in, tile;
};

struct dg_multiplier {
    const dg_engine *engine;
    double seconds; /* of all products so far */
    digress_status failed;
    char error[256];         /* of the first failure */
    float *x, *dx, *dy_or_y; /* the rows of a call that do not fill a tile, padded with zeros; NULL
                                if any number will do */
};

extern const dg_engine_operations dg_native_operations;
#ifdef DIGRESS_ONEDNN
extern const dg_engine_operations dg_onednn_operations;
const char *dg_onednn_lacks(dg_precision precision);
#endif

#endif
