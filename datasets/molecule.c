/* Small molecules in which every atom keeps to its valence: C, N, O and F, 5-9 atoms, rings, double
 * and triple bonds. Not QM9's chemistry, but its shape: for demos and tests without a download. */
#include "chem/alphabet.h"
#include "datasets/draft.h"
#include "datasets/kinds.h"

#include "core/status.h"
#include <string.h>

enum { MIN_ATOMS = 5, MAX_ATOMS = 9, MAX_PAIRS = MAX_ATOMS * (MAX_ATOMS - 1) / 2, ELEMENTS = 4 };

static const char *const symbols[ELEMENTS] = {"C", "N", "O", "F"};
static const int valences[ELEMENTS] = {4, 3, 2, 1};
/* Roughly QM9's shares of elements and sizes, and of raised bonds. */
static const double element_share[ELEMENTS] = {0.72, 0.12, 0.15, 0.01};
static const double size_share[MAX_ATOMS - MIN_ATOMS + 1] = {0.02, 0.03, 0.07, 0.18, 0.70};
static const double P_RING = 0.75, P_DOUBLE = 0.2, P_TRIPLE = 0.25;

typedef struct molecule {
    dg_stream stream;
    size_t n;
    uint8_t element[MAX_ATOMS], bond[MAX_PAIRS];
    int free[MAX_ATOMS]; /* valences not used yet */
} molecule;

static size_t draw_index(dg_stream *stream, size_t count, const double *shares) {
    double u = dg_stream_uniform(stream);
    size_t k = 0;
    while (k + 1 < count && u >= shares[k])
        u -= shares[k++];
    return k;
}

static uint8_t *bond_of(molecule *m, size_t i, size_t j) {
    return &m->bond[i < j ? digress_pair_index(m->n, i, j) : digress_pair_index(m->n, j, i)];
}

static void raise_bond(molecule *m, size_t i, size_t j) {
    ++*bond_of(m, i, j);
    m->free[i]--;
    m->free[j]--;
}

/* One of the first `count` atoms that has a valence left; there must be one. */
static size_t draw_open_atom(molecule *m, size_t count) {
    size_t open[MAX_ATOMS], found = 0;
    for (size_t i = 0; i < count; i++)
        if (m->free[i] > 0) open[found++] = i;
    return open[dg_stream_below(&m->stream, (uint32_t)found)];
}

/* Joins atom i to an earlier one; if it would close the molecule too early, it becomes a carbon. */
static void join_atom(molecule *m, size_t i) {
    int open = 0;
    for (size_t j = 0; j < i; j++)
        open += m->free[j];
    size_t element = draw_index(&m->stream, ELEMENTS, element_share);
    const bool closes = open + valences[element] - 2 < 1 && i + 1 < m->n;
    m->element[i] = (uint8_t)(i == 0 || closes ? 0 : element);
    m->free[i] = valences[m->element[i]];
    if (i > 0) raise_bond(m, draw_open_atom(m, i), i);
}

static void close_rings(molecule *m) {
    while (dg_stream_uniform(&m->stream) < P_RING) {
        size_t i = dg_stream_below(&m->stream, (uint32_t)m->n);
        size_t j = dg_stream_below(&m->stream, (uint32_t)m->n);
        if (i != j && m->free[i] > 0 && m->free[j] > 0 && !*bond_of(m, i, j)) raise_bond(m, i, j);
    }
}

/* Whether i and j fall apart without their bond. */
static bool is_bridge(molecule *m, size_t i, size_t j) {
    bool reached[MAX_ATOMS] = {false};
    size_t queue[MAX_ATOMS] = {i}, first = 0, last = 1;
    reached[i] = true;
    while (first < last) {
        size_t at = queue[first++];
        for (size_t to = 0; to < m->n; to++) {
            if (to == at || reached[to] || !*bond_of(m, at, to)) continue;
            if (at == i && to == j) continue;
            reached[to] = true;
            queue[last++] = to;
        }
    }
    return !reached[j];
}

static void raise_bonds(molecule *m) {
    for (size_t i = 0; i < m->n; i++)
        for (size_t j = i + 1; j < m->n; j++) {
            if (!*bond_of(m, i, j) || m->free[i] < 1 || m->free[j] < 1) continue;
            if (dg_stream_uniform(&m->stream) >= P_DOUBLE) continue;
            raise_bond(m, i, j);
            bool room = m->free[i] > 0 && m->free[j] > 0;
            if (room && is_bridge(m, i, j) && dg_stream_uniform(&m->stream) < P_TRIPLE)
                raise_bond(m, i, j);
        }
}

digress_status dg_generate_molecule(uint64_t seed, uint32_t index, digress_graph_set *set) {
    molecule m = {.stream = dg_draft_stream(seed, index)};
    m.n = MIN_ATOMS + draw_index(&m.stream, MAX_ATOMS - MIN_ATOMS + 1, size_share);
    for (size_t i = 0; i < m.n; i++)
        join_atom(&m, i);
    close_rings(&m);
    raise_bonds(&m);
    return digress_graph_set_append(set, m.n, m.element, m.bond);
}

digress_status dg_create_molecule_set(digress_graph_set **out) {
    dg_atom atoms[ELEMENTS];
    for (size_t k = 0; k < ELEMENTS; k++)
        DG_TRY(dg_atom_parse(symbols[k], &atoms[k]));
    return dg_molecule_set_create(ELEMENTS, atoms, out);
}
