/* The spectrum of a graph's normalised Laplacian I - D^-1/2 A D^-1/2, and what wavelets on it see.
 * A node without neighbours has a row of zeros. */
#ifndef DG_EVAL_LAPLACIAN_H
#define DG_EVAL_LAPLACIAN_H

#include "eval/structure/adjacency.h"
#include <stdbool.h>

typedef struct dg_spectrum {
    size_t n;
    const double *values;  /* [n] ascending */
    const double *vectors; /* [n, n]: row k is the unit eigenvector of values[k]; NULL: left out */
} dg_spectrum;

/* The arrays live in the arena. */
digress_status dg_laplacian_spectrum(const dg_adjacency *graph, dg_arena *arena, bool vectors,
                                     dg_spectrum *out);

enum { DG_WAVELET_FILTERS = 12 };

/* The largest value of any filter. */
double dg_wavelet_top(void);
/* g(x) of filter 0 .. DG_WAVELET_FILTERS - 1: the Abspline bank (Hammond et al. 2011) as pygsp
 * makes it for a spectrum up to 2: a low pass, then eleven wavelets from coarse to fine. */
double dg_wavelet_filter(size_t filter, double x);

/* energies [DG_WAVELET_FILTERS, n]: sum_k U_ik^2 g(l_k)^2, node i's energy under each filter. The
 * spectrum must have its vectors. Scratch comes from the arena. */
digress_status dg_wavelet_energies(const dg_spectrum *spectrum, dg_arena *arena, double *energies);

#endif
