#include "eval/descriptors/descriptor.h"

#define TABLE_ROW(number, name) [number] = {#name, &dg_##name##_descriptor}
static const struct {
    const char *name;
    const dg_descriptor *descriptor;
} table[DG_DESCRIPTOR_COUNT] = {DG_DESCRIPTOR_ROWS(TABLE_ROW, DG_COMMA)};

const dg_descriptor *dg_descriptor_of(enum dg_descriptor_id id) {
    return table[id].descriptor;
}

const char *dg_descriptor_name(enum dg_descriptor_id id) {
    return table[id].name;
}

dg_laplacian_part dg_laplacian_needed(unsigned descriptors) {
    dg_laplacian_part most = DG_NO_LAPLACIAN;
    for (size_t d = 0; d < DG_DESCRIPTOR_COUNT; d++)
        if (dg_describes(descriptors, d) && table[d].descriptor->needs > most)
            most = table[d].descriptor->needs;
    return most;
}

/* ---- subjects ---- */

static digress_status measure_clustering(dg_subject *subject) {
    const dg_adjacency *graph = &subject->adjacency;
    DG_TRY(dg_arena_allocate(subject->arena, graph->n, sizeof *subject->clustering,
                             &subject->clustering));
    for (size_t u = 0; u < graph->n; u++) {
        double degree = dg_degree(graph, u), triangles = (double)subject->orbits[u][3];
        subject->clustering[u] =
            triangles > 0.0 ? 2.0 * triangles / (degree * (degree - 1.0)) : 0.0;
    }
    return DIGRESS_OK;
}

digress_status dg_subject_of(const digress_graph *graph, unsigned descriptors, bool drop_above_two,
                             dg_arena *arena, dg_subject *out) {
    dg_subject subject = {.arena = arena, .drop_above_two = drop_above_two};
    DG_TRY(dg_adjacency_of(graph, arena, &subject.adjacency));
    DG_TRY(dg_arena_allocate(arena, graph->n, sizeof *subject.orbits, &subject.orbits));
    DG_TRY(dg_count_orbits(&subject.adjacency, arena, subject.orbits));
    DG_TRY(measure_clustering(&subject));
    const dg_laplacian_part needed = dg_laplacian_needed(descriptors);
    if (needed != DG_NO_LAPLACIAN)
        DG_TRY(dg_laplacian_of(&subject.adjacency, arena, needed == DG_LAPLACIAN_VECTORS,
                               &subject.laplacian));
    *out = subject;
    return DIGRESS_OK;
}

digress_status dg_describe_subject(const dg_subject *subject, enum dg_descriptor_id id,
                                   dg_row *out) {
    dg_row row = {0};
    DG_TRY(table[id].descriptor->describe(subject, &row));
    for (size_t k = 0; k < row.length; k++)
        row.sum += row.values[k];
    *out = row;
    return DIGRESS_OK;
}

/* ---- for descriptors ---- */

digress_status dg_row_allocate(dg_row *row, size_t length) {
    DG_TRY(dg_allocate(length, sizeof *row->values, &row->values));
    row->length = length;
    return DIGRESS_OK;
}

size_t dg_histogram_bin(double value, double low, double high, size_t bins) {
    if (!(value >= low && value <= high)) return bins;
    double width = (high - low) / (double)bins;
    size_t bin = (size_t)((value - low) / (high - low) * (double)bins);
    if (bin >= bins) bin = bins - 1;
    /* Rounding in the division may cross an edge of a bin: the edges decide. */
    if (value < (double)bin * width + low) return bin - 1;
    if (bin + 1 < bins && value >= (double)(bin + 1) * width + low) return bin + 1;
    return bin;
}

void dg_histogram_add(double *bins, size_t count, double value, double low, double high) {
    size_t bin = dg_histogram_bin(value, low, high, count);
    if (bin < count) bins[bin] += 1.0;
}
