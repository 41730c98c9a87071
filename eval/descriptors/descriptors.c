#include "eval/descriptors/descriptors.h"

#include "math/gemm.h"
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

size_t dg_histogram_bin(double value, double low, double high, size_t bins) {
    if (!(value >= low && value <= high)) return bins;
    double width = (high - low) / (double)bins;
    size_t bin = (size_t)((value - low) / (high - low) * (double)bins);
    if (bin >= bins) bin = bins - 1;
    /* The division may round across an edge: the edges decide. */
    if (value < (double)bin * width + low) return bin - 1;
    if (bin + 1 < bins && value >= (double)(bin + 1) * width + low) return bin + 1;
    return bin;
}

/* ---- what descriptors are made of ---- */

static digress_status make_clustering(dg_subject *subject, dg_arena *arena) {
    const dg_adjacency *graph = &subject->adjacency;
    DG_TRY(dg_arena_allocate(arena, graph->n, sizeof *subject->clustering, &subject->clustering));
    for (size_t u = 0; u < graph->n; u++) {
        double degree = dg_degree(graph, u), triangles = (double)subject->orbits[u][3];
        subject->clustering[u] =
            triangles > 0.0 ? 2.0 * triangles / (degree * (degree - 1.0)) : 0.0;
    }
    return DIGRESS_OK;
}

static bool wants(const dg_describe_options *options, enum dg_descriptor_id id) {
    return options->descriptors >> id & 1u;
}

static bool wants_spectrum(const dg_describe_options *options) {
    return wants(options, DG_SPECTRAL) || wants(options, DG_WAVELET);
}

digress_status dg_subject_of(const digress_graph *graph, const dg_describe_options *options,
                             dg_arena *arena, dg_subject *out) {
    dg_subject subject = {.drop_above_two = options->drop_above_two};
    DG_TRY(dg_adjacency_of(graph, arena, &subject.adjacency));
    DG_TRY(dg_arena_allocate(arena, graph->n, sizeof *subject.orbits, &subject.orbits));
    DG_TRY(dg_count_orbits(&subject.adjacency, arena, subject.orbits));
    DG_TRY(make_clustering(&subject, arena));
    bool wavelet = wants(options, DG_WAVELET);
    if (wants_spectrum(options))
        DG_TRY(dg_laplacian_spectrum(&subject.adjacency, arena, wavelet, &subject.spectrum));
    if (wavelet) {
        DG_TRY(dg_arena_allocate(arena, DG_WAVELET_FILTERS * graph->n, sizeof *subject.energies,
                                 &subject.energies));
        DG_TRY(dg_wavelet_energies(&subject.spectrum, arena, subject.energies));
    }
    *out = subject;
    return DIGRESS_OK;
}

/* ---- descriptors ---- */

static digress_status make_row(dg_row *row, size_t length) {
    DG_TRY(dg_allocate(length, sizeof *row->values, &row->values));
    row->length = length;
    return DIGRESS_OK;
}

static void add_to_bin(double *bins, size_t count, double value, double low, double high) {
    size_t bin = dg_histogram_bin(value, low, high, count);
    if (bin < count) bins[bin] += 1.0;
}

static digress_status describe_degree(const dg_subject *subject, dg_row *out) {
    const dg_adjacency *graph = &subject->adjacency;
    size_t largest = 0;
    for (size_t u = 0; u < graph->n; u++)
        if (dg_degree(graph, u) > largest) largest = dg_degree(graph, u);
    DG_TRY(make_row(out, largest + 1));
    for (size_t u = 0; u < graph->n; u++)
        out->values[dg_degree(graph, u)] += 1.0;
    return DIGRESS_OK;
}

static digress_status describe_clustering(const dg_subject *subject, dg_row *out) {
    enum { BINS = 100 };
    DG_TRY(make_row(out, BINS));
    for (size_t u = 0; u < subject->adjacency.n; u++)
        add_to_bin(out->values, BINS, subject->clustering[u], 0.0, 1.0);
    return DIGRESS_OK;
}

static digress_status describe_orbit(const dg_subject *subject, dg_row *out) {
    size_t n = subject->adjacency.n;
    DG_TRY(make_row(out, DG_ORBITS));
    for (size_t orbit = 0; orbit < DG_ORBITS; orbit++) {
        int64_t sum = 0;
        for (size_t u = 0; u < n; u++)
            sum += subject->orbits[u][orbit];
        out->values[orbit] = (double)sum / (double)n;
    }
    return DIGRESS_OK;
}

static digress_status describe_spectral(const dg_subject *subject, dg_row *out) {
    enum { BINS = 200 };
    const double low = -1e-5, high = 2.0;
    DG_TRY(make_row(out, BINS));
    for (size_t k = 0; k < subject->spectrum.n; k++) {
        double value = subject->spectrum.values[k];
        if (value > high && !subject->drop_above_two) value = high;
        add_to_bin(out->values, BINS, value, low, high);
    }
    return DIGRESS_OK;
}

static digress_status describe_wavelet(const dg_subject *subject, dg_row *out) {
    enum { BINS = 100 };
    size_t n = subject->adjacency.n;
    DG_TRY(make_row(out, (size_t)DG_WAVELET_FILTERS * BINS));
    for (size_t filter = 0; filter < DG_WAVELET_FILTERS; filter++)
        for (size_t u = 0; u < n; u++)
            add_to_bin(out->values + filter * BINS, BINS, subject->energies[filter * n + u], 0.0,
                       dg_wavelet_top());
    return DIGRESS_OK;
}

static const struct {
    const char *name;
    digress_status (*describe)(const dg_subject *subject, dg_row *out);
} descriptors[DG_DESCRIPTOR_COUNT] = {[DG_DEGREE] = {"degree", describe_degree},
                                      [DG_CLUSTERING] = {"clustering", describe_clustering},
                                      [DG_ORBIT] = {"orbit", describe_orbit},
                                      [DG_SPECTRAL] = {"spectral", describe_spectral},
                                      [DG_WAVELET] = {"wavelet", describe_wavelet}};

const char *dg_descriptor_name(enum dg_descriptor_id id) {
    return descriptors[id].name;
}

digress_status dg_describe_subject(const dg_subject *subject, enum dg_descriptor_id id,
                                   dg_row *out) {
    dg_row row = {0};
    DG_TRY(descriptors[id].describe(subject, &row));
    for (size_t k = 0; k < row.length; k++)
        row.sum += row.values[k];
    *out = row;
    return DIGRESS_OK;
}

/* ---- summaries ---- */

/* Depth first over the nodes not seen yet. */
static digress_status count_components(const dg_adjacency *graph, dg_arena *arena, size_t *out) {
    uint32_t *stack = NULL;
    bool *seen = NULL;
    DG_TRY(dg_arena_allocate(arena, graph->n, sizeof *stack, &stack));
    DG_TRY(dg_arena_allocate(arena, graph->n, sizeof *seen, &seen));
    memset(seen, 0, graph->n * sizeof *seen);
    size_t components = 0;
    for (uint32_t root = 0; root < graph->n; root++) {
        if (seen[root]) continue;
        size_t height = 0;
        stack[height++] = root;
        seen[root] = true;
        components++;
        while (height > 0) {
            uint32_t u = stack[--height];
            for (uint32_t k = graph->start[u]; k < graph->start[u + 1]; k++) {
                uint32_t v = graph->neighbour[k];
                if (seen[v]) continue;
                seen[v] = true;
                stack[height++] = v;
            }
        }
    }
    *out = components;
    return DIGRESS_OK;
}

static digress_status summarise(const dg_subject *subject, dg_arena *arena, dg_summary *out) {
    const dg_adjacency *graph = &subject->adjacency;
    int64_t corners = 0;
    double clustering = 0.0, n = (double)graph->n;
    for (size_t u = 0; u < graph->n; u++) {
        corners += subject->orbits[u][3];
        clustering += subject->clustering[u];
    }
    *out = (dg_summary){.nodes = graph->n,
                        .edges = graph->edges,
                        .triangles = (uint64_t)corners / 3,
                        .mean_degree = 2.0 * (double)graph->edges / n,
                        .mean_clustering = clustering / n};
    return count_components(graph, arena, &out->components);
}

static void count_classes(const digress_graph *graph, dg_description *description, size_t index) {
    uint32_t *nodes = description->node_class_counts + index * description->node_classes;
    uint32_t *edges = description->edge_class_counts + index * description->edge_classes;
    for (size_t u = 0; u < graph->n; u++)
        nodes[graph->node_class[u]]++;
    for (size_t pair = 0; pair < graph->n * (graph->n - 1) / 2; pair++)
        edges[graph->pair_class[pair]]++;
}

/* ---- sets ---- */

typedef struct describe_job {
    const digress_graph_set *set;
    const dg_describe_options *options;
    dg_arena **arenas; /* [threads] */
    dg_description *description;
    atomic_size_t done;
} describe_job;

static digress_status describe_graph(void *context, size_t index, size_t thread) {
    describe_job *job = context;
    dg_description *description = job->description;
    dg_arena *arena = job->arenas[thread];
    digress_graph graph = digress_graph_set_get(job->set, index);
    dg_subject subject;
    DG_TRY(dg_arena_reset(arena));
    DG_TRY(dg_subject_of(&graph, job->options, arena, &subject));
    DG_TRY(summarise(&subject, arena, &description->summaries[index]));
    count_classes(&graph, description, index);
    for (size_t d = 0; d < DG_DESCRIPTOR_COUNT; d++)
        if (wants(job->options, d))
            DG_TRY(dg_describe_subject(&subject, d, &description->rows[d][index]));
    size_t done = atomic_fetch_add(&job->done, 1) + 1;
    if (job->options->progress && thread == 0)
        dg_progress_bar(job->options->progress, job->options->label, done, description->count);
    return DIGRESS_OK;
}

static digress_status allocate(const dg_describe_options *options, dg_description *description) {
    size_t count = description->count;
    DG_TRY(dg_allocate(count, sizeof *description->summaries, &description->summaries));
    DG_TRY(dg_allocate(count, description->node_classes * sizeof(uint32_t),
                       &description->node_class_counts));
    DG_TRY(dg_allocate(count, description->edge_classes * sizeof(uint32_t),
                       &description->edge_class_counts));
    for (size_t d = 0; d < DG_DESCRIPTOR_COUNT; d++)
        if (wants(options, d)) DG_TRY(dg_allocate(count, sizeof(dg_row), &description->rows[d]));
    return DIGRESS_OK;
}

static digress_status run_jobs(dg_pool *pool, describe_job *job) {
    DG_TRY(allocate(job->options, job->description));
    for (size_t k = 0; k < dg_pool_threads(pool); k++)
        DG_TRY(dg_arena_create(&job->arenas[k]));
    if (wants_spectrum(job->options)) DG_TRY(dg_gemm_initialize(dg_pool_threads(pool)));
    return dg_pool_run(pool, job->description->count, describe_graph, job);
}

digress_status dg_describe(dg_pool *pool, const digress_graph_set *set,
                           const dg_describe_options *options, dg_description *out) {
    size_t count = digress_graph_set_count(set);
    if (options->most > 0 && options->most < count) count = options->most;
    dg_description description = {.count = count,
                                  .node_classes = digress_graph_set_node_classes(set),
                                  .edge_classes = digress_graph_set_edge_classes(set)};
    describe_job job = {.set = set, .options = options, .description = &description};
    DG_TRY(dg_allocate(dg_pool_threads(pool), sizeof *job.arenas, &job.arenas));
    digress_status status = run_jobs(pool, &job);
    for (size_t k = 0; k < dg_pool_threads(pool); k++)
        dg_arena_free(job.arenas[k]);
    free(job.arenas);
    if (status != DIGRESS_OK) {
        dg_description_free(&description);
        return status;
    }
    *out = description;
    return DIGRESS_OK;
}

void dg_description_free(dg_description *description) {
    for (size_t d = 0; d < DG_DESCRIPTOR_COUNT; d++) {
        for (size_t k = 0; description->rows[d] && k < description->count; k++)
            free(description->rows[d][k].values);
        free(description->rows[d]);
    }
    free(description->summaries);
    free(description->node_class_counts);
    free(description->edge_class_counts);
    *description = (dg_description){0};
}
