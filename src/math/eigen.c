#include "math/eigen.h"

#include <limits.h>

/* LAPACK's Fortran symbols; the trailing arguments are the lengths of the strings. */
void dsyevr_(const char *jobz, const char *range, const char *uplo, const int *n, double *A,
             const int *lda, const double *vl, const double *vu, const int *il, const int *iu,
             const double *abstol, int *m, double *w, double *Z, const int *ldz, int *isuppz,
             double *work, const int *lwork, int *iwork, const int *liwork, int *info, size_t,
             size_t, size_t);
void dsyev_(const char *jobz, const char *uplo, const int *n, double *A, const int *lda, double *w,
            double *work, const int *lwork, int *info, size_t, size_t);
void dsyevd_(const char *jobz, const char *uplo, const int *n, double *A, const int *lda, double *w,
             double *work, const int *lwork, int *iwork, const int *liwork, int *info, size_t,
             size_t);

/* Workspace per row, in elements: what dsyevr asks for at a block size of 64. */
enum { WORK_PER_ROW = 70, INTEGERS_PER_ROW = 10 };

static digress_status check_size(size_t n) {
    if (n <= INT_MAX / WORK_PER_ROW) return DIGRESS_OK;
    return dg_error(DIGRESS_ERROR_MEMORY, "a graph of %zu nodes is too large for its spectrum", n);
}

static digress_status check_info(int info, size_t n) {
    if (info == 0) return DIGRESS_OK;
    return dg_error(DIGRESS_ERROR_INTERNAL, "LAPACK found no spectrum of a %zu x %zu matrix (%d)",
                    n, n, info);
}

digress_status dg_eigen_range(dg_arena *arena, size_t n, double *A, size_t first, size_t count,
                              double *values, double *vectors) {
    if (count == 0) return DIGRESS_OK;
    DG_TRY(check_size(n));
    double *work, *all_values;
    int *integers, *support;
    DG_TRY(dg_arena_allocate(arena, WORK_PER_ROW * n, sizeof *work, &work));
    DG_TRY(dg_arena_allocate(arena, n, sizeof *all_values, &all_values));
    DG_TRY(dg_arena_allocate(arena, INTEGERS_PER_ROW * n, sizeof *integers, &integers));
    DG_TRY(dg_arena_allocate(arena, 2 * count, sizeof *support, &support));
    const int rows = (int)n, from = (int)first + 1, to = (int)(first + count);
    const int work_size = (int)(WORK_PER_ROW * n), integers_size = (int)(INTEGERS_PER_ROW * n);
    const double default_tolerance = 0;
    int found = 0, info = 0;
    dsyevr_(vectors ? "V" : "N", "I", "U", &rows, A, &rows, NULL, NULL, &from, &to,
            &default_tolerance, &found, all_values, vectors, &rows, support, work, &work_size,
            integers, &integers_size, &info, 1, 1, 1);
    if (info == 0 && found != (int)count) info = found - (int)count;
    DG_TRY(check_info(info, n));
    for (size_t k = 0; k < count; k++)
        values[k] = all_values[k];
    return DIGRESS_OK;
}

digress_status dg_eigenvalues(dg_arena *arena, size_t n, double *A, double *values) {
    if (n == 0) return DIGRESS_OK;
    DG_TRY(check_size(n));
    double *work;
    DG_TRY(dg_arena_allocate(arena, WORK_PER_ROW * n, sizeof *work, &work));
    const int rows = (int)n, work_size = (int)(WORK_PER_ROW * n);
    int info = 0;
    dsyev_("N", "U", &rows, A, &rows, values, work, &work_size, &info, 1, 1);
    return check_info(info, n);
}

digress_status dg_eigensystem(dg_arena *arena, size_t n, double *A, double *values) {
    if (n == 0) return DIGRESS_OK;
    const size_t work_size = 1 + 6 * n + 2 * n * n, integers_size = 3 + 5 * n;
    DG_TRY(check_size(n));
    if (work_size > INT_MAX)
        return dg_error(DIGRESS_ERROR_MEMORY, "a graph of %zu nodes is too large for its spectrum",
                        n);
    double *work;
    int *integers;
    DG_TRY(dg_arena_allocate(arena, work_size, sizeof *work, &work));
    DG_TRY(dg_arena_allocate(arena, integers_size, sizeof *integers, &integers));
    const int rows = (int)n, work_length = (int)work_size, integers_length = (int)integers_size;
    int info = 0;
    dsyevd_("V", "U", &rows, A, &rows, values, work, &work_length, integers, &integers_length,
            &info, 1, 1);
    return check_info(info, n);
}
