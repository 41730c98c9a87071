/* Compiled once for each instruction set; see math/isa.h. */
#include "math/products.h"
#include "math/lanes.h"

#include <stdbool.h>

/* A block of C that stays in registers, together with a row of the panel: BLOCK_ROWS x VECTORS
 * vectors. */
#if defined(__AVX512F__)
enum { BLOCK_ROWS = 12 };
#elif defined(__AVX2__)
enum { BLOCK_ROWS = 6 };
#else
enum { BLOCK_ROWS = 4 };
#endif
enum { VECTORS = 2, PANEL = VECTORS * DG_LANES };

/* Rows that `add_outer` gathers at a time: its copy of B's panel stays in the first-level cache. */
enum { OUTER_ROWS = 256 };

/* The factor of row r at step i is A[r * row + i * step]. */
typedef struct factors {
    const float *A;
    size_t row, step;
} factors;

INLINE void store(float *place, dg_lanes value, bool add, size_t columns) {
    if (columns >= DG_LANES) {
        if (add) value += dg_lanes_at(place);
        dg_lanes_store(place, value);
    } else {
        if (add) value += dg_lanes_load_some(place, columns);
        dg_lanes_store_some(place, value, columns);
    }
}

/* C [rows, columns] = or += A [rows, k] times k rows of a panel. `rows` and `vectors` are constants
 * wherever this is inlined; columns <= vectors * DG_LANES. */
INLINE void block(size_t rows, size_t vectors, size_t k, factors a, const float *panel, bool add,
                  size_t columns, size_t stride, float *C) {
    dg_lanes sum[BLOCK_ROWS][VECTORS] = {0};
    for (size_t i = 0; i < k; i++, panel += PANEL, a.A += a.step) {
        dg_lanes b[VECTORS];
#pragma GCC unroll 2
        for (size_t v = 0; v < vectors; v++)
            b[v] = dg_lanes_at(panel + v * DG_LANES);
#pragma GCC unroll 12
        for (size_t r = 0; r < rows; r++) {
            const float factor = a.A[r * a.row];
#pragma GCC unroll 2
            for (size_t v = 0; v < vectors; v++)
                sum[r][v] += factor * b[v];
        }
    }
#pragma GCC unroll 12
    for (size_t r = 0; r < rows; r++)
#pragma GCC unroll 2
        for (size_t v = 0; v < vectors; v++) {
            float *place = C + r * stride + v * DG_LANES;
            store(place, sum[r][v], add, columns - v * DG_LANES);
        }
}

/* Rows of one panel's columns, block by block. */
INLINE void rows_of_panel(size_t vectors, size_t m, size_t k, factors a, const float *panel,
                          bool add, size_t columns, size_t stride, float *C) {
    size_t r = 0;
#define BLOCKS(size)                                                                               \
    for (; m - r >= (size); r += (size), a.A += (size)*a.row, C += (size)*stride)                  \
    block((size), vectors, k, a, panel, add, columns, stride, C)
    BLOCKS(BLOCK_ROWS);
    BLOCKS(4);
    BLOCKS(2);
    BLOCKS(1);
#undef BLOCKS
}

/* The panel of columns c .. c + columns - 1. */
INLINE void one_panel(size_t m, size_t k, factors a, const float *panel, bool add, size_t columns,
                      size_t stride, float *C) {
    if (columns > DG_LANES)
        rows_of_panel(2, m, k, a, panel, add, columns, stride, C);
    else
        rows_of_panel(1, m, k, a, panel, add, columns, stride, C);
}

static size_t smaller(size_t a, size_t b) {
    return a < b ? a : b;
}

static void multiply(size_t m, size_t n, size_t k, const float *A, const float *B, bool add,
                     float *C) {
    const factors a = {A, k, 1};
    for (size_t c = 0; c < n; c += PANEL, B += k * PANEL)
        one_panel(m, k, a, B, add, smaller(PANEL, n - c), n, C + c);
}

/* Of each panel the rows above the diagonal and on it, which then give those below. */
static void multiply_symmetric(size_t m, size_t k, const float *A, const float *B, float *C) {
    const factors a = {A, k, 1};
    for (size_t c = 0; c < m; c += PANEL, B += k * PANEL) {
        const size_t columns = smaller(PANEL, m - c);
        one_panel(c + columns, k, a, B, false, columns, m, C + c);
    }
    for (size_t c = 0; c < m; c += PANEL)
        for (size_t i = c + 1; i < m; i++)
            for (size_t j = c; j < smaller(c + PANEL, i); j++)
                C[i * m + j] = C[j * m + i];
}

/* Columns c .. c + PANEL - 1 of `rows` rows of W [.., n]; zeros in place of those beyond n. */
INLINE void pack_panel(size_t rows, size_t n, const float *W, size_t c, float *panel) {
    const size_t columns = smaller(PANEL, n - c);
    for (size_t i = 0; i < rows && columns == PANEL; i++)
        memcpy(panel + i * PANEL, W + i * n + c, PANEL * sizeof *W);
    if (columns == PANEL) return;
    memset(panel, 0, rows * PANEL * sizeof *panel);
    for (size_t i = 0; i < rows; i++)
        for (size_t v = 0; v < columns; v++)
            panel[i * PANEL + v] = W[i * n + c + v];
}

static void pack(size_t k, size_t n, const float *W, float *B) {
    for (size_t c = 0; c < n; c += PANEL, B += k * PANEL)
        pack_panel(k, n, W, c, B);
}

static void pack_transposed(size_t k, size_t n, const float *W, float *B) {
    for (size_t c = 0; c < n; c += PANEL, B += k * PANEL) {
        const size_t columns = smaller(PANEL, n - c);
        memset(B, 0, k * PANEL * sizeof *B);
        for (size_t v = 0; v < columns; v++)
            for (size_t i = 0; i < k; i++)
                B[i * PANEL + v] = W[(c + v) * k + i];
    }
}

static void add_outer(size_t m, size_t n, size_t k, const float *A, const float *B, float *C) {
    float panel[OUTER_ROWS * PANEL];
    for (; k > 0;) {
        const size_t rows = smaller(OUTER_ROWS, k);
        for (size_t c = 0; c < n; c += PANEL) {
            pack_panel(rows, n, B, c, panel);
            one_panel(m, rows, (factors){A, 1, m}, panel, true, smaller(PANEL, n - c), n, C + c);
        }
        k -= rows, A += rows * m, B += rows * n;
    }
}

const dg_product_kernels DG_ISA_NAME(dg_product_kernels_table) = {
    .panel = PANEL,
    .pack = pack,
    .pack_transposed = pack_transposed,
    .multiply = multiply,
    .multiply_symmetric = multiply_symmetric,
    .add_outer = add_outer,
};
