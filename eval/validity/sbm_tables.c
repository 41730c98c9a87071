#include "eval/validity/sbm_tables.h"

#include "core/memory.h"
#include <math.h>
#include <stdlib.h>

enum { EXACT_PARTITIONS = 10000 }; /* graph-tool's own limit */

/* counts[n][k - 1]: partitions of n into at most k parts, by q(n, k) = q(n, k - 1) + q(n - k, k).
 * The table of graph-tool 2.45 has 0 at k > n - k, so its counts are too low; we copy that, because
 * description lengths must be comparable with graph-tool's. The counts fit into a double up to n =
 * 70000. */
static void count_partitions(size_t rows, size_t columns, double *counts) {
    for (size_t n = 1; n < rows; n++) {
        double *row = counts + n * columns;
        row[0] = 1.0;
        for (size_t k = 2; k <= columns && k <= n; k++) {
            row[k - 1] = row[k - 2];
            if (n >= 2 * k) row[k - 1] += counts[(n - k) * columns + k - 1];
        }
    }
}

static void take_logarithms(dg_sbm_tables *tables) {
    for (size_t n = 1; n < tables->rows; n++)
        for (size_t k = 0; k < tables->columns && k < n; k++) {
            double *count = &tables->log_partitions[n * tables->columns + k];
            *count = log(*count);
        }
}

static digress_status fill_tables(size_t max_nodes, size_t max_edges, dg_sbm_tables *tables) {
    size_t ends = 2 * max_edges, size = 0;
    size_t largest = (ends > max_nodes ? ends : max_nodes) + DG_MAX_BLOCKS * DG_MAX_BLOCKS;
    tables->factorials = largest + 1;
    tables->rows = (ends < EXACT_PARTITIONS ? ends : EXACT_PARTITIONS) + 1;
    /* From k = n / 2 on a row no longer changes. */
    tables->columns = max_nodes < tables->rows / 2 ? max_nodes : tables->rows / 2;
    if (tables->columns == 0) tables->columns = 1;
    DG_TRY(dg_allocate(tables->factorials, sizeof(double), &tables->log_factorial));
    DG_TRY(dg_multiply(tables->rows, tables->columns, &size));
    DG_TRY(dg_allocate(size, sizeof(double), &tables->log_partitions));
    for (size_t k = 2; k <= largest; k++)
        tables->log_factorial[k] = tables->log_factorial[k - 1] + log((double)k);
    count_partitions(tables->rows, tables->columns, tables->log_partitions);
    take_logarithms(tables);
    return DIGRESS_OK;
}

digress_status dg_sbm_tables_create(size_t max_nodes, size_t max_edges, dg_sbm_tables **out) {
    dg_sbm_tables *tables = NULL;
    DG_TRY(dg_allocate(1, sizeof *tables, &tables));
    digress_status status = fill_tables(max_nodes, max_edges, tables);
    if (status != DIGRESS_OK) {
        dg_sbm_tables_free(tables);
        return status;
    }
    *out = tables;
    return DIGRESS_OK;
}

void dg_sbm_tables_free(dg_sbm_tables *tables) {
    if (!tables) return;
    free(tables->log_factorial);
    free(tables->log_partitions);
    free(tables);
}

static const double PI = 3.141592653589793, LOG_2 = 0.6931471805599453;

/* Li_2(x), 0 < x < 1. */
static double dilogarithm(double x) {
    if (x > 0.5) return PI * PI / 6.0 - log(x) * log1p(-x) - dilogarithm(1.0 - x);
    double sum = 0.0, power = 1.0;
    for (int k = 1; k < 60; k++) {
        power *= x;
        sum += power / ((double)k * k);
    }
    return sum;
}

double dg_log_partitions_of_large(const dg_sbm_tables *tables, size_t large_n, size_t k) {
    double n = (double)large_n;
    const double *fact = tables->log_factorial;
    if ((double)k < pow(n, 0.25)) /* nearly all partitions then have k distinct parts */
        return fact[large_n - 1] - fact[k - 1] - fact[large_n - k] - fact[k];
    double u = (double)k / sqrt(n), v = u, change = 1.0;
    while (change > 1e-8) {
        double next = u * sqrt(dilogarithm(-expm1(-v)));
        change = fabs(next - v);
        v = next;
    }
    double factor =
        log(v) - log1p(-exp(-v) * (1.0 + 0.5 * u * u)) / 2.0 - 1.5 * LOG_2 - log(u) - log(PI);
    return factor - log(n) + sqrt(n) * (2.0 * v / u - u * log1p(-exp(-v)));
}
