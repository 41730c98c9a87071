/* Compiled once for each instruction set; see math/isa.h. */
#include "eval/distances/gram_kernels.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* Four rows of b stay in the first-level cache for all rows of a. */
static void l1(size_t width, size_t a_rows, const double *a, size_t b_rows, const double *b,
               double *out) {
    for (size_t j = 0; j < b_rows; j += DG_GRAM_GROUP) {
        const double *b0 = b + j * width, *b1 = b0 + width, *b2 = b1 + width, *b3 = b2 + width;
        for (size_t i = 0; i < a_rows; i++) {
            const double *x = a + i * width;
            double s0 = 0.0, s1 = 0.0, s2 = 0.0, s3 = 0.0;
#pragma omp simd reduction(+ : s0, s1, s2, s3)
            for (size_t c = 0; c < width; c++) {
                s0 += fabs(x[c] - b0[c]);
                s1 += fabs(x[c] - b1[c]);
                s2 += fabs(x[c] - b2[c]);
                s3 += fabs(x[c] - b3[c]);
            }
            double *row = out + i * b_rows + j;
            row[0] = s0 * s0;
            row[1] = s1 * s1;
            row[2] = s2 * s2;
            row[3] = s3 * s3;
        }
    }
}

static void l2(size_t width, size_t a_rows, const double *a, size_t b_rows, const double *b,
               double *out) {
    for (size_t j = 0; j < b_rows; j += DG_GRAM_GROUP) {
        const double *b0 = b + j * width, *b1 = b0 + width, *b2 = b1 + width, *b3 = b2 + width;
        for (size_t i = 0; i < a_rows; i++) {
            const double *x = a + i * width;
            double s0 = 0.0, s1 = 0.0, s2 = 0.0, s3 = 0.0;
#pragma omp simd reduction(+ : s0, s1, s2, s3)
            for (size_t c = 0; c < width; c++) {
                double d0 = x[c] - b0[c], d1 = x[c] - b1[c], d2 = x[c] - b2[c], d3 = x[c] - b3[c];
                s0 += d0 * d0;
                s1 += d1 * d1;
                s2 += d2 * d2;
                s3 += d3 * d3;
            }
            double *row = out + i * b_rows + j;
            row[0] = s0;
            row[1] = s1;
            row[2] = s2;
            row[3] = s3;
        }
    }
}

/* Running sums of the masses in units of 1 / factor. */
static void sum_masses(size_t width, double factor, const double *shares, int32_t *out) {
#pragma omp simd
    for (size_t c = 0; c < width; c++)
        out[c] = (int32_t)(shares[c] * factor + 0.5);
    for (size_t c = 1; c < width; c++)
        out[c] += out[c - 1];
}

/* For equal masses: the L1 distance of the running sums (Vallender 1974). */
static int64_t move_all(size_t width, const int32_t *a, const int32_t *b) {
    int64_t cost = 0;
#pragma omp simd reduction(+ : cost)
    for (size_t c = 0; c < width; c++) {
        int32_t difference = a[c] - b[c];
        cost += difference < 0 ? -difference : difference;
    }
    return cost;
}

/* The heavy side has `surplus` units more, which need not move. least[r]: the least cost up to a
 * bin if r units of the surplus have stayed so far. */
static int64_t move_most(size_t length, const int32_t *light, const int32_t *heavy, int32_t surplus,
                         int64_t *least) {
    for (int32_t r = 0; r <= surplus; r++)
        least[r] = r ? INT64_MAX / 2 : 0;
    for (size_t c = 0; c < length; c++) {
        bool empty = heavy[c] == (c ? heavy[c - 1] : 0);
        for (int32_t r = 1; !empty && r <= surplus; r++)
            if (least[r - 1] < least[r]) least[r] = least[r - 1];
        for (int32_t r = 0; r <= surplus; r++) {
            int64_t moved = light[c] - heavy[c] + r;
            least[r] += moved < 0 ? -moved : moved;
        }
    }
    return least[surplus];
}

/* The cost of a pair of running sums. */
static int64_t cost_of_moving(size_t width, size_t length, const int32_t *a, const int32_t *b) {
    enum { MOST_SURPLUS = 255 }; /* rounding adds at most half a unit for each bin */
    int64_t least[MOST_SURPLUS + 1];
    int32_t surplus = a[width - 1] - b[width - 1];
    if (surplus > 0 && surplus <= MOST_SURPLUS) return move_most(length, b, a, surplus, least);
    if (surplus < 0 && surplus >= -MOST_SURPLUS) return move_most(length, a, b, -surplus, least);
    return move_all(width, a, b);
}

static void emd(size_t width, size_t a_rows, dg_gram_histograms a, size_t b_rows,
                dg_gram_histograms b, bool rounded, int32_t *work, double *out) {
    const double unit = 1e6;
    double factors[DG_GRAM_TILE] = {0.0}, a_factor;
    for (size_t i = 0; i < a_rows; i++) {
        a_factor = 0.0;
        for (size_t j = 0; j < b_rows; j++) {
            int32_t *x = work, *y = work + (1 + j) * width;
            double larger = fmax(a.masses[i], b.masses[j]);
            double smaller = fmin(a.masses[i], b.masses[j]);
            if (!(larger > 0.0)) { /* both are empty: there is no unit of mass */
                out[i * b_rows + j] = 0.0;
                continue;
            }
            double factor = unit / larger;
            size_t length = a.lengths[i] > b.lengths[j] ? a.lengths[i] : b.lengths[j];
            if (factor != a_factor) sum_masses(width, factor, a.shares + i * width, x);
            if (factor != factors[j]) sum_masses(width, factor, b.shares + j * width, y);
            a_factor = factors[j] = factor;
            double cost = (double)cost_of_moving(width, length, x, y);
            if (rounded)
                cost += dg_transport_rounding(length, x, y, work + (1 + DG_GRAM_TILE) * width);
            double distance = cost / factor + (larger - smaller) * (double)(length - 1);
            out[i * b_rows + j] = distance * distance;
        }
    }
}

/* exp(x) for x <= 0, to 1 ulp: 2^n exp(r), |r| <= ln 2 / 2, by a Taylor polynomial. A NaN stays a
 * NaN. */
static inline double exp_of_negative(double x) {
    double y =
        x > -700.0 ? x : -700.0; /* also for a NaN, which cannot be converted to an integer */
    double n = rint(y * 1.4426950408889634074);
    double r = y - n * 6.93145751953125e-1;
    r = r - n * 1.42860682030941723212e-6;
    double p = 1.0 / 479001600.0;
    p = p * r + 1.0 / 39916800.0;
    p = p * r + 1.0 / 3628800.0;
    p = p * r + 1.0 / 362880.0;
    p = p * r + 1.0 / 40320.0;
    p = p * r + 1.0 / 5040.0;
    p = p * r + 1.0 / 720.0;
    p = p * r + 1.0 / 120.0;
    p = p * r + 1.0 / 24.0;
    p = p * r + 1.0 / 6.0;
    p = p * r + 0.5;
    p = p * r * r + r + 1.0;
    int64_t bits = ((int64_t)(int32_t)n + 1023) << 52;
    double power;
    memcpy(&power, &bits, sizeof power);
    return x == x ? p * power : x;
}

static double unlikeness(size_t count, double factor, const double *x, const double *weights,
                         float *out) {
    double sum = 0.0;
#pragma omp simd reduction(+ : sum)
    for (size_t k = 0; k < count; k++) {
        double value = 1.0 - exp_of_negative(-factor * x[k]);
        sum += weights[k] * value;
        out[k] = (float)value;
    }
    return sum;
}

static double dot(size_t count, const double *a, const double *b) {
    double sum = 0.0;
#pragma omp simd reduction(+ : sum)
    for (size_t k = 0; k < count; k++)
        sum += a[k] * b[k];
    return sum;
}

static void add_multiple(size_t count, double factor, const double *x, double *y) {
#pragma omp simd
    for (size_t k = 0; k < count; k++)
        y[k] += factor * x[k];
}

const dg_gram_kernels DG_ISA_NAME(dg_gram_kernels_table) = {l1,         l2,  emd,
                                                            unlikeness, dot, add_multiple};
