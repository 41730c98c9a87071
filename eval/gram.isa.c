/* Compiled once for each instruction set; see math/isa.h. */
#include "eval/gram.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

/* Four rows of b stay in the nearest cache while a's go by. */
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

static int64_t round_masses(size_t width, double factor, const double *shares, int32_t *out) {
    int64_t sum = 0;
#pragma omp simd reduction(+ : sum)
    for (size_t c = 0; c < width; c++) {
        out[c] = (int32_t)(shares[c] * factor + 0.5);
        sum += out[c];
    }
    return sum;
}

/* For equal masses: the L1 distance of the running sums (Vallender 1974). */
static int64_t move_all(size_t length, const int32_t *a, const int32_t *b) {
    int64_t difference = 0, cost = 0;
    for (size_t c = 0; c < length; c++) {
        difference += a[c] - b[c];
        cost += difference < 0 ? -difference : difference;
    }
    return cost;
}

/* The heavy side has `surplus` more, which may stay where it is. least[r]: the least cost up to a
 * bin when r of the surplus has stayed so far. */
static int64_t move_most(size_t length, const int32_t *light, const int32_t *heavy, int32_t surplus,
                         int64_t *least) {
    int64_t difference = 0;
    for (int32_t r = 0; r <= surplus; r++)
        least[r] = r ? INT64_MAX / 2 : 0;
    for (size_t c = 0; c < length; c++) {
        difference += light[c] - heavy[c];
        for (int32_t r = 1; heavy[c] > 0 && r <= surplus; r++)
            if (least[r - 1] < least[r]) least[r] = least[r - 1];
        for (int32_t r = 0; r <= surplus; r++) {
            int64_t moved = difference + r;
            least[r] += moved < 0 ? -moved : moved;
        }
    }
    return least[surplus];
}

static void emd(size_t width, size_t a_rows, dg_gram_histograms a, size_t b_rows,
                dg_gram_histograms b, int32_t *work, double *out) {
    enum { MOST_SURPLUS = 255 }; /* half a millionth a bin, and the bins are at most hundreds */
    const double unit = 1e6;
    int64_t least[MOST_SURPLUS + 1];
    int32_t *x = work, *y = work + width;
    for (size_t i = 0; i < a_rows; i++)
        for (size_t j = 0; j < b_rows; j++) {
            double larger = fmax(a.masses[i], b.masses[j]);
            double smaller = fmin(a.masses[i], b.masses[j]);
            size_t length = a.lengths[i] > b.lengths[j] ? a.lengths[i] : b.lengths[j];
            double factor = larger > 0.0 ? unit / larger : 0.0;
            int64_t surplus = round_masses(width, factor, a.shares + i * width, x) -
                              round_masses(width, factor, b.shares + j * width, y);
            int64_t cost;
            if (surplus > 0 && surplus <= MOST_SURPLUS) {
                cost = move_most(length, y, x, (int32_t)surplus, least);
            } else if (surplus < 0 && surplus >= -MOST_SURPLUS) {
                cost = move_most(length, x, y, (int32_t)-surplus, least);
            } else {
                cost = move_all(length, x, y);
            }
            double distance = factor > 0.0 ? (double)cost / factor : 0.0;
            distance += (larger - smaller) * (double)(length - 1);
            out[i * b_rows + j] = distance * distance;
        }
}

/* exp(x) for x <= 0, to 1 ulp: 2^n exp(r), |r| <= ln 2 / 2, by Taylor's polynomial. */
static inline double exp_of_negative(double x) {
    const double round = 6755399441055744.0; /* 1.5 * 2^52: adding it leaves an integer */
    x = x < -700.0 ? -700.0 : x;
    double shifted = x * 1.4426950408889634074 + round;
    double n = shifted - round;
    double r = x - n * 6.93145751953125e-1;
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
    uint64_t bits;
    memcpy(&bits, &shifted, sizeof bits);
    bits = (bits + 1023) << 52;
    double power;
    memcpy(&power, &bits, sizeof power);
    return p * power;
}

static double unlikeness(size_t count, double factor, const double *x, float *out) {
    double sum = 0.0;
#pragma omp simd reduction(+ : sum)
    for (size_t k = 0; k < count; k++) {
        double value = 1.0 - exp_of_negative(-factor * x[k]);
        sum += value;
        out[k] = (float)value;
    }
    return sum;
}

const dg_gram_kernels DG_ISA_NAME(dg_gram_kernels_table) = {l1, l2, emd, unlikeness};
