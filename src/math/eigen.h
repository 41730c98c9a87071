/* Symmetric eigenproblems, by LAPACK. Thread-safe; results depend on the matrix alone. */
#ifndef DG_MATH_EIGEN_H
#define DG_MATH_EIGEN_H

#include "core/memory.h"

/* The eigenvalues with indices first .. first + count - 1 (from 0, ascending) of the symmetric A
 * [n, n], with multiplicity: values [count]. vectors, when not NULL: [count, n], row k is the unit
 * eigenvector of values[k], of arbitrary sign. A is overwritten. first + count <= n.
 * Scratch comes from the arena. Errors: MEMORY; INTERNAL (no convergence). */
digress_status dg_eigen_range(dg_arena *arena, size_t n, double *A, size_t first, size_t count,
                              double *values, double *vectors);

/* All eigenvalues of the symmetric A [n, n], ascending: values [n]. A is overwritten.
 * Scratch and errors as above. */
digress_status dg_eigenvalues(dg_arena *arena, size_t n, double *A, double *values);

/* All eigenvalues and eigenvectors of the symmetric A [n, n]: values [n] ascending, and in A, row
 * k, the unit eigenvector of values[k]. By divide and conquer, whose vectors are orthogonal up to
 * rounding even for an eigenvalue of high multiplicity, as trees have; those of dg_eigen_range
 * (MRRR) may then be off by 1e-2. Scratch and errors as above. */
digress_status dg_eigensystem(dg_arena *arena, size_t n, double *A, double *values);

#endif
