#include "eval/statistics/share.h"

#include <math.h>

/* The continued fraction of the incomplete beta function (NIST DLMF 8.17.22), by Lentz's method. */
static double beta_fraction(double a, double b, double x) {
    const double tiny = 1e-300;
    double c = 1.0, d = 1.0 - (a + b) * x / (a + 1.0);
    d = 1.0 / (fabs(d) < tiny ? tiny : d);
    double value = d;
    for (int m = 1; m < 10000; m++) {
        double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
        double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
        double before = value;
        for (int half = 0; half < 2; half++) {
            double term = half ? odd : even;
            d = 1.0 + term * d;
            c = 1.0 + term / c;
            d = 1.0 / (fabs(d) < tiny ? tiny : d);
            c = fabs(c) < tiny ? tiny : c;
            value *= c * d;
        }
        if (fabs(value - before) < 1e-15 * fabs(value)) break;
    }
    return value;
}

/* I_x(a, b), the regularised incomplete beta function: P(Binomial(a + b - 1, x) >= a). */
static double incomplete_beta(double a, double b, double x) {
    if (x <= 0.0 || x >= 1.0) return x <= 0.0 ? 0.0 : 1.0;
    double front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log1p(-x));
    if (x < (a + 1.0) / (a + b + 2.0)) return front * beta_fraction(a, b, x) / a;
    return 1.0 - front * beta_fraction(b, a, 1.0 - x) / b;
}

/* The x with I_x(a, b) = p, by bisection. */
static double beta_quantile(double a, double b, double p) {
    double low = 0.0, high = 1.0;
    for (int step = 0; step < 100; step++) {
        double middle = 0.5 * (low + high);
        if (incomplete_beta(a, b, middle) < p)
            low = middle;
        else
            high = middle;
    }
    return 0.5 * (low + high);
}

dg_share dg_share_of(size_t count, size_t total) {
    if (total == 0) return (dg_share){0, NAN, NAN, NAN};
    double k = (double)count, n = (double)total;
    return (dg_share){
        .count = count,
        .share = k / n,
        .low = count == 0 ? 0.0 : beta_quantile(k, n - k + 1.0, 0.025),
        .high = count == total ? 1.0 : beta_quantile(k + 1.0, n - k, 0.975),
    };
}
