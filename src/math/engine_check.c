/* Do a row's bits depend on its place? */
#include "core/memory.h"
#include "math/engine_backend.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Numbers whose products have to be rounded: in [-1/2, 1/2), by a multiplicative hash (Knuth). */
static void fill_with_rounding_numbers(size_t count, float *x) {
    for (size_t k = 0; k < count; k++)
        x[k] = (float)(((uint32_t)k * 2654435761u) >> 8) * 0x1p-24f - 0.5f;
}

static void fill_rows(size_t rows, size_t width, float *x) {
    fill_with_rounding_numbers(width, x);
    for (size_t r = 1; r < rows; r++)
        memcpy(x + r * width, x, width * sizeof *x);
}

static bool rows_are_equal(size_t rows, size_t width, const float *x) {
    for (size_t r = 1; r < rows; r++)
        if (memcmp(x, x + r * width, width * sizeof *x) != 0) return false;
    return true;
}

/* Room for a tile of rows on each side, and for the weights and their gradient. */
typedef struct trial {
    float *x, *dx, *y, *W, *dW;
} trial;

static digress_status allocate_trial(const dg_linear_weights *weights, trial *t) {
    const size_t out = weights->out, in = weights->in, tile = weights->tile;
    DG_TRY(dg_allocate(tile * in, sizeof *t->x, &t->x));
    DG_TRY(dg_allocate(tile * in, sizeof *t->dx, &t->dx));
    DG_TRY(dg_allocate(tile * out, sizeof *t->y, &t->y));
    DG_TRY(dg_allocate(out * in, sizeof *t->W, &t->W));
    return dg_allocate(out * in, sizeof *t->dW, &t->dW);
}

static digress_status try_rows(dg_linear_weights *weights, dg_multiplier *multiplier,
                               const trial *t, bool *equal) {
    const size_t out = weights->out, in = weights->in, tile = weights->tile;
    fill_with_rounding_numbers(out * in, t->W);
    DG_TRY(dg_linear_weights_set(weights, t->W));
    fill_rows(tile, in, t->x);
    dg_multiply_forward(weights, multiplier, tile, t->x, t->y);
    *equal = rows_are_equal(tile, out, t->y);
    if (weights->engine->backward && *equal) {
        fill_rows(tile, out, t->y);
        dg_multiply_backward(weights, multiplier, tile, t->x, t->y, 0.0f, t->dx, t->dW);
        *equal = rows_are_equal(tile, in, t->dx);
    }
    return dg_multiplier_status(multiplier);
}

digress_status dg_linear_weights_check(dg_linear_weights *weights, dg_multiplier *multiplier) {
    trial t = {0};
    bool equal = false;
    digress_status status = allocate_trial(weights, &t);
    if (status == DIGRESS_OK) status = try_rows(weights, multiplier, &t, &equal);
    if (status == DIGRESS_OK && !equal)
        status = dg_error(DIGRESS_ERROR_INTERNAL,
                          "on this processor the results of %s (%s, %zu x %zu) depend on a row's "
                          "place: use the native backend",
                          dg_backend_name(weights->engine->operations->backend),
                          dg_precision_name(weights->engine->precision), weights->out, weights->in);
    float *all[] = {t.x, t.dx, t.y, t.W, t.dW};
    for (size_t k = 0; k < sizeof all / sizeof *all; k++)
        free(all[k]);
    return status;
}
