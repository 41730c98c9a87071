#include "eval/statistics/halves.h"

#include "core/rng.h"
#include <math.h>
#include <stdlib.h>

/* Marks a random half of `count` graphs in each replicate. `side` makes the halves of the two sets
 * differ. */
static digress_status draw_side(size_t count, uint32_t side, float **out) {
    uint32_t *order = NULL;
    float *halves = NULL;
    DG_TRY(dg_allocate(count, DG_REPLICATES * sizeof(float), &halves));
    digress_status status = dg_allocate(count, sizeof *order, &order);
    if (status != DIGRESS_OK) {
        free(halves);
        return status;
    }
    for (uint32_t pair = 0; pair < DG_REPLICATES / 2; pair++) {
        dg_stream stream = {.key = {.purpose = DG_RNG_HALVES, .graph = side, .step = pair}};
        for (size_t k = 0; k < count; k++)
            order[k] = (uint32_t)k;
        dg_stream_shuffle(&stream, count, order);
        for (size_t k = 0; k < count / 2 * 2; k++)
            halves[order[k] * (size_t)DG_REPLICATES + 2 * pair + k % 2] = 1.0f;
    }
    free(order);
    *out = halves;
    return DIGRESS_OK;
}

digress_status dg_halves_draw(size_t reference_count, size_t other_count, dg_halves *out) {
    dg_halves halves = {0};
    if (reference_count >= DG_HALVES_MINIMUM && other_count >= DG_HALVES_MINIMUM) {
        DG_TRY(draw_side(reference_count, 0, &halves.reference));
        digress_status status = draw_side(other_count, 1, &halves.other);
        if (status != DIGRESS_OK) {
            free(halves.reference);
            return status;
        }
        halves.reference_half = reference_count / 2;
        halves.other_half = other_count / 2;
    }
    *out = halves;
    return DIGRESS_OK;
}

void dg_halves_free(dg_halves *halves) {
    free(halves->reference);
    free(halves->other);
    *halves = (dg_halves){0};
}

static double variance(const double *numbers, size_t count) {
    double mean = 0.0, square = 0.0, n = (double)count;
    for (size_t k = 0; k < count; k++)
        mean += numbers[k] / n;
    for (size_t k = 0; k < count; k++)
        square += (numbers[k] - mean) * (numbers[k] - mean) / (n - 1.0);
    return square;
}

void dg_replicate_interval(double value, const double *replicates, double interval[2]) {
    enum { PAIRS = DG_REPLICATES / 2 };
    const double normal_95 = 1.959963984540054;
    double linear[PAIRS], quadratic[PAIRS];
    for (size_t k = 0; k < PAIRS; k++) {
        linear[k] = 0.5 * (replicates[2 * k] - replicates[2 * k + 1]);
        quadratic[k] = 0.5 * (replicates[2 * k] + replicates[2 * k + 1]) - value;
    }
    double least = variance(quadratic, PAIRS), difference = variance(linear, PAIRS) - least;
    double error = normal_95 * sqrt(difference < least ? least : difference);
    interval[0] = value - error;
    interval[1] = value + error;
}
