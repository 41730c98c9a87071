/* For each of 12 wavelets on the spectrum, a histogram of the nodes' energies with 100 bins. The
 * wavelets are pygsp's Abspline filters (Hammond et al. 2011) for a spectrum up to 2: a low pass,
 * then eleven from coarse to fine. */
#include "eval/descriptors/descriptor.h"

#include <math.h>
#include <string.h>

enum { FILTERS = 12, BINS = 100 };

/* The largest value of any filter. */
static double filter_maximum(void) {
    return 1.0 + 2.0 / (3.0 * sqrt(3.0));
}

/* The wavelet's profile (Hammond et al. 2011, equation 65, alpha = beta = 2, x1 = 1, x2 = 2). */
static double profile(double y) {
    if (y <= 1.0) return y * y;
    if (y <= 2.0) return ((y - 6.0) * y + 11.0) * y - 5.0;
    return 4.0 / (y * y);
}

/* g(x) of filter 0 .. FILTERS - 1. */
static double filter_response(size_t filter, double x) {
    const double low_pass_width = 0.06, coarsest = 20.0, finest = 0.5;
    if (filter == 0) return filter_maximum() * exp(-pow(x / low_pass_width, 4.0));
    double step = (double)(filter - 1) / (FILTERS - 2);
    return profile(exp(log(coarsest) + step * (log(finest) - log(coarsest))) * x);
}

/* energies [FILTERS, n]: sum_k U_ik^2 g(l_k)^2, the energy of node i under each filter. */
static digress_status measure_energies(const dg_laplacian *laplacian, dg_arena *arena,
                                       double **energies) {
    size_t n = laplacian->n;
    double *square = NULL;
    DG_TRY(dg_arena_allocate(arena, FILTERS * n, sizeof **energies, energies));
    DG_TRY(dg_arena_allocate(arena, n, sizeof *square, &square));
    memset(*energies, 0, FILTERS * n * sizeof **energies);
    for (size_t k = 0; k < n; k++) {
        const double *U = laplacian->vectors + k * n;
        for (size_t i = 0; i < n; i++)
            square[i] = U[i] * U[i];
        for (size_t f = 0; f < FILTERS; f++) {
            double response = filter_response(f, laplacian->values[k]);
            response *= response;
            double *energy = *energies + f * n;
            for (size_t i = 0; i < n; i++)
                energy[i] += response * square[i];
        }
    }
    return DIGRESS_OK;
}

static digress_status describe_energies(const dg_subject *subject, dg_row *out) {
    size_t n = subject->adjacency.n;
    double *energies = NULL;
    DG_TRY(measure_energies(&subject->laplacian, subject->arena, &energies));
    DG_TRY(dg_row_allocate(out, (size_t)FILTERS * BINS));
    for (size_t filter = 0; filter < FILTERS; filter++)
        for (size_t u = 0; u < n; u++)
            dg_histogram_add(out->values + filter * BINS, BINS, energies[filter * n + u], 0.0,
                             filter_maximum());
    return DIGRESS_OK;
}

const dg_descriptor dg_wavelet_descriptor = {.describe = describe_energies,
                                             .needs = DG_LAPLACIAN_VECTORS,
                                             .histogram = true,
                                             .tv_sigma = 1.0,
                                             .in_ratio = true};
