#include "eval/validity/sbm_wald.h"

#include <math.h>

enum { MIN_BLOCKS = 2, MAX_BLOCKS = 5, MIN_SIZE = 20, MAX_SIZE = 40 };
static const double WITHIN = 0.3, BETWEEN = 0.005, LEAST_MEAN = 0.9, EPSILON = 1e-6;

/* A square matrix with a row for each block. */
typedef double matrix[MAX_BLOCKS][MAX_BLOCKS];

/* Counts the nodes of each block, and the joined ordered pairs between and within blocks. */
static void count_blocks(const dg_adjacency *graph, const uint32_t *block, double *size,
                         matrix joined) {
    for (size_t u = 0; u < graph->n; u++) {
        size[block[u]]++;
        for (uint32_t k = graph->start[u]; k < graph->start[u + 1]; k++)
            joined[block[u]][block[graph->neighbour[k]]]++;
    }
}

static bool sizes_fit(size_t blocks, const double *size) {
    for (size_t r = 0; r < blocks; r++)
        if (size[r] < MIN_SIZE || size[r] > MAX_SIZE) return false;
    return true;
}

static double variance(double p) {
    return p * (1.0 - p) + EPSILON;
}

/* The Wald statistics of the edges within blocks and of those between them; P's diagonal is 0. */
static void wald_statistics(dg_wald reading, size_t blocks, const double *own, matrix P,
                            matrix out) {
    for (size_t r = 0; r < blocks; r++)
        for (size_t s = 0; s < blocks; s++) {
            double square = 0.0, spread = 0.0;
            for (size_t t = 0; t < blocks; t++) {
                square += (P[r][t] - BETWEEN) * (P[t][s] - BETWEEN);
                spread += P[r][t] * (1.0 - P[t][s]);
            }
            out[r][s] = square / (spread + EPSILON);
            if (reading == DG_WALD_ELEMENTWISE)
                out[r][s] = (P[r][s] - BETWEEN) * (P[r][s] - BETWEEN) / variance(P[r][s]);
            if (r == s) out[r][s] = (own[r] - WITHIN) * (own[r] - WITHIN) / variance(own[r]);
        }
}

/* P(chi^2 with one degree of freedom > x). */
static double tail(double x) {
    return erfc(sqrt(0.5 * x));
}

dg_sbm_verdict dg_sbm_wald_test(dg_wald reading, const dg_adjacency *graph, const uint32_t *block,
                                size_t blocks) {
    dg_sbm_verdict verdict = {false, NAN};
    double size[MAX_BLOCKS] = {0}, own[MAX_BLOCKS], sum = 0.0;
    matrix joined = {{0}}, P = {{0}}, W;
    if (blocks < MIN_BLOCKS || blocks > MAX_BLOCKS) return verdict;
    count_blocks(graph, block, size, joined);
    if (!sizes_fit(blocks, size)) return verdict;
    for (size_t r = 0; r < blocks; r++) {
        own[r] = joined[r][r] / (size[r] * (size[r] - 1.0) + EPSILON);
        for (size_t s = 0; s < blocks; s++)
            P[r][s] = r == s ? 0.0 : joined[r][s] / (size[r] * size[s] + EPSILON);
    }
    wald_statistics(reading, blocks, own, P, W);
    for (size_t r = 0; r < blocks; r++)
        for (size_t s = 0; s < blocks; s++)
            sum += tail(fabs(W[r][s]));
    verdict.mean_p = sum / (double)(blocks * blocks);
    verdict.valid = verdict.mean_p > LEAST_MEAN;
    return verdict;
}
