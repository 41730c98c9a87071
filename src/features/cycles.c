#include "features/cycles.h"

#include "features/neighbours.h"
#include <string.h>

/* Everything that the formulas take from powers of the adjacency matrix A. Sums may wrap around on
 * the way; as they are unsigned, their final values are right all the same. */
typedef struct walks {
    size_t n;
    const uint8_t *A; /* [n, n] */
    dg_neighbours to;
    uint64_t *d;       /* [n] degrees */
    uint32_t *A2;      /* [n, n] walks of length 2 */
    uint32_t *A3_row;  /* [n] */
    uint64_t *c3, *c4; /* [n] diagonals of A^3 and A^4 */
    uint64_t *c5;      /* [n] diagonal of A^5 */
    uint64_t sum_A3;   /* walks of length 3 */
    uint64_t trace_A6;
} walks;

static digress_status allocate_walks(dg_arena *arena, walks *w) {
    const size_t n = w->n;
    size_t pairs = 0;
    DG_TRY(dg_multiply(n, n, &pairs));
    DG_TRY(dg_arena_allocate(arena, n, sizeof *w->d, &w->d));
    DG_TRY(dg_arena_allocate(arena, pairs, sizeof *w->A2, &w->A2));
    DG_TRY(dg_arena_allocate(arena, n, sizeof *w->A3_row, &w->A3_row));
    DG_TRY(dg_arena_allocate(arena, n, sizeof *w->c3, &w->c3));
    DG_TRY(dg_arena_allocate(arena, n, sizeof *w->c4, &w->c4));
    return dg_arena_allocate(arena, n, sizeof *w->c5, &w->c5);
}

static digress_status list_neighbours(dg_arena *arena, walks *w) {
    DG_TRY(dg_list_neighbours(arena, w->n, w->A, &w->to));
    for (size_t i = 0; i < w->n; i++)
        w->d[i] = w->to.start[i + 1] - w->to.start[i];
    return DIGRESS_OK;
}

/* A^2, its row i the sum of the neighbours' rows of A; and what follows from it. */
static void walk_two(walks *w) {
    const size_t n = w->n;
    for (size_t i = 0; i < n; i++) {
        uint32_t *row = w->A2 + i * n;
        memset(row, 0, n * sizeof *row);
        for (size_t e = w->to.start[i]; e < w->to.start[i + 1]; e++) {
            const uint8_t *of = w->A + w->to.node[e] * n;
            for (size_t j = 0; j < n; j++)
                row[j] += of[j];
        }
        uint64_t c3 = 0, c4 = 0;
        for (size_t e = w->to.start[i]; e < w->to.start[i + 1]; e++)
            c3 += row[w->to.node[e]];
        for (size_t j = 0; j < n; j++)
            c4 += (uint64_t)row[j] * row[j];
        w->c3[i] = c3;
        w->c4[i] = c4;
    }
}

/* A^3 row by row, from which diag A^5 and tr A^6 follow. */
static void walk_three(walks *w) {
    const size_t n = w->n;
    w->sum_A3 = w->trace_A6 = 0;
    for (size_t i = 0; i < n; i++) {
        uint32_t *row = w->A3_row;
        memset(row, 0, n * sizeof *row);
        for (size_t e = w->to.start[i]; e < w->to.start[i + 1]; e++) {
            const uint32_t *of = w->A2 + w->to.node[e] * n;
            for (size_t j = 0; j < n; j++)
                row[j] += of[j];
        }
        uint64_t c5 = 0;
        for (size_t j = 0; j < n; j++) {
            c5 += (uint64_t)w->A2[i * n + j] * row[j];
            w->sum_A3 += row[j];
            w->trace_A6 += (uint64_t)row[j] * row[j];
        }
        w->c5[i] = c5;
    }
}

static void count_three_cycles(const walks *w, dg_cycles *out) {
    uint64_t sum = 0;
    for (size_t i = 0; i < w->n; i++) {
        out->node[0][i] = w->c3[i] / 2;
        sum += w->c3[i];
    }
    out->graph[0] = (double)(sum / 6);
}

/* diag A^4 - d (d - 1) - A d */
static void count_four_cycles(const walks *w, dg_cycles *out) {
    uint64_t sum = 0;
    for (size_t i = 0; i < w->n; i++) {
        uint64_t closed = w->c4[i] - w->d[i] * (w->d[i] - 1);
        for (size_t e = w->to.start[i]; e < w->to.start[i + 1]; e++)
            closed -= w->d[w->to.node[e]];
        out->node[1][i] = closed / 2;
        sum += closed;
    }
    out->graph[1] = (double)(sum / 8);
}

/* diag A^5 - 2 (A^2 o A) d - 2 d c3 - A c3 + 5 c3; published: diag A^5 - 2 d c3 - A c3 + c3 */
static void count_five_cycles(const walks *w, bool published, dg_cycles *out) {
    uint64_t sum = 0;
    for (size_t i = 0; i < w->n; i++) {
        uint64_t closed = w->c5[i] - 2 * w->d[i] * w->c3[i] + (published ? 1 : 5) * w->c3[i];
        for (size_t e = w->to.start[i]; e < w->to.start[i + 1]; e++) {
            const size_t j = w->to.node[e];
            closed -= w->c3[j];
            if (!published) closed -= 2 * w->A2[i * w->n + j] * w->d[j];
        }
        out->node[2][i] = closed / 2;
        sum += closed;
    }
    out->graph[2] = (double)sum / 10;
}

/* Twelve times the number of 6-cycles is tr A^6 - 3 sum c3^2 + 9 sum A o (A^2)^2 - 6 sum d diag A^4
 * + 6 tr A^4 - 4 tr A^3 + 4 sum d^3 + 3 sum A^3 - 12 sum d^2 + 4 sum d. */
static void count_six_cycles(const walks *w, dg_cycles *out) {
    uint64_t twelvefold = w->trace_A6 + 3 * w->sum_A3;
    for (size_t i = 0; i < w->n; i++) {
        const uint64_t d = w->d[i], c3 = w->c3[i], c4 = w->c4[i];
        twelvefold += 6 * c4 - 3 * c3 * c3 - 6 * d * c4 - 4 * c3;
        twelvefold += 4 * d * d * d - 12 * d * d + 4 * d;
        for (size_t e = w->to.start[i]; e < w->to.start[i + 1]; e++) {
            const uint64_t common = w->A2[i * w->n + w->to.node[e]];
            twelvefold += 9 * common * common;
        }
    }
    out->graph[3] = (double)(twelvefold / 12);
}

digress_status dg_count_cycles(dg_arena *arena, size_t n, const uint8_t *adjacency, bool published,
                               dg_cycles *out) {
    walks w = {.n = n, .A = adjacency};
    DG_TRY(allocate_walks(arena, &w));
    DG_TRY(list_neighbours(arena, &w));
    for (size_t k = 0; k < 3; k++)
        DG_TRY(dg_arena_allocate(arena, n, sizeof *out->node[k], &out->node[k]));
    walk_two(&w);
    walk_three(&w);
    count_three_cycles(&w, out);
    count_four_cycles(&w, out);
    count_five_cycles(&w, published, out);
    count_six_cycles(&w, out);
    return DIGRESS_OK;
}
