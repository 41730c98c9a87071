#include "diffusion/time.h"

#include <math.h>
#include <stdbool.h>

static const double PI = 3.14159265358979323846;

double dg_distort(dg_distortion distortion, double u) {
    const double cosine = (1 - cos(PI * u)) / 2;
    switch (distortion) {
    case DG_DISTORTION_POLYINC:
        return u * u;
    case DG_DISTORTION_POLYDEC:
        return 2 * u - u * u;
    case DG_DISTORTION_COS:
        return cosine;
    case DG_DISTORTION_REVCOS:
        return 2 * u - cosine;
    case DG_DISTORTION_IDENTITY:
        break;
    }
    return u;
}

double dg_draw_time(size_t T, dg_distortion distortion, const dg_rng *key) {
    dg_stream stream = {.key = *key};
    if (distortion == DG_DISTORTION_IDENTITY)
        return (double)dg_stream_below(&stream, (uint32_t)T + 1);
    return (double)T * (1 - dg_distort(distortion, (double)dg_rng_uniform(key, 0)));
}

double dg_spread_time(size_t T, dg_distortion distortion, const dg_rng *key, size_t place,
                      size_t places) {
    dg_stream stream = {.key = *key};
    const double sum = dg_stream_uniform(&stream) + (double)place / (double)places;
    const double u = sum < 1 ? sum : sum - 1;
    if (distortion != DG_DISTORTION_IDENTITY) return (double)T * (1 - dg_distort(distortion, u));
    return fmin(floor((double)(T + 1) * u), (double)T);
}

enum { WAVES = 32 }; /* each has a cosine and a sine */

size_t dg_time_width(dg_time_input input) {
    return input == DG_TIME_EMBEDDED ? 1 + 2 * WAVES : 1;
}

void dg_write_time(dg_time_input input, size_t T, double t, float *row) {
    const double u = 1 - t / (double)T;
    row[0] = (float)(input == DG_TIME_PLAIN ? t / (double)T : u);
    if (input == DG_TIME_PLAIN) return;
    for (size_t k = 0; k < WAVES; k++) {
        const double angle = u * pow(10000, -(double)k / WAVES);
        row[1 + k] = (float)cos(angle);
        row[1 + WAVES + k] = (float)sin(angle);
    }
}

/* Whole times are used wherever possible, since a model is trained on those. */
static bool is_whole(size_t T, dg_distortion distortion, size_t steps) {
    return distortion == DG_DISTORTION_IDENTITY && steps <= T;
}

/* The time after `done` of the `steps` reverse steps. */
static double time_after(size_t T, dg_distortion distortion, size_t steps, size_t done) {
    if (is_whole(T, distortion, steps)) return (double)((steps - done) * T / steps);
    if (done == steps) return 0;
    return (double)T * (1 - dg_distort(distortion, (double)done / (double)steps));
}

dg_interval dg_interval_of(size_t T, dg_distortion distortion, size_t steps, size_t step) {
    const double t = time_after(T, distortion, steps, step);
    return (dg_interval){
        .s = time_after(T, distortion, steps, step + 1),
        .t = t,
        .key = is_whole(T, distortion, steps) ? (uint32_t)t : (uint32_t)(steps - step),
    };
}
