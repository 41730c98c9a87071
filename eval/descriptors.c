#include "eval/descriptors.h"

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

/* How many neighbours above v the nodes u < v share; adds one to each such neighbour's count. */
static uint32_t close_triangles(const dg_adjacency *graph, uint32_t u, uint32_t v,
                                uint32_t *count) {
    const uint32_t *a = graph->neighbour + graph->start[u],
                   *a_end = graph->neighbour + graph->start[u + 1];
    const uint32_t *b = graph->neighbour + graph->start[v],
                   *b_end = graph->neighbour + graph->start[v + 1];
    uint32_t shared = 0;
    while (a < a_end && b < b_end) {
        if (*a < *b) {
            a++;
        } else if (*b < *a) {
            b++;
        } else {
            if (*a > v) {
                count[*a]++;
                shared++;
            }
            a++;
            b++;
        }
    }
    return shared;
}

/* Each triangle u < v < w is found once, at its edge u v. */
static void count_triangles(const dg_adjacency *graph, uint32_t *count) {
    memset(count, 0, graph->n * sizeof *count);
    for (uint32_t u = 0; u < graph->n; u++)
        for (uint32_t k = graph->start[u]; k < graph->start[u + 1]; k++) {
            uint32_t v = graph->neighbour[k];
            if (v < u) continue;
            uint32_t found = close_triangles(graph, u, v, count);
            count[u] += found;
            count[v] += found;
        }
}

digress_status dg_subject_of(const digress_graph *graph, dg_arena *arena, dg_subject *out) {
    dg_adjacency adjacency;
    uint32_t *triangles = NULL;
    double *clustering = NULL;
    DG_TRY(dg_adjacency_of(graph, arena, &adjacency));
    DG_TRY(dg_arena_allocate(arena, graph->n, sizeof *triangles, &triangles));
    DG_TRY(dg_arena_allocate(arena, graph->n, sizeof *clustering, &clustering));
    count_triangles(&adjacency, triangles);
    for (size_t u = 0; u < graph->n; u++) {
        double degree = dg_degree(&adjacency, u);
        clustering[u] = triangles[u] ? 2.0 * triangles[u] / (degree * (degree - 1.0)) : 0.0;
    }
    *out = (dg_subject){adjacency, triangles, clustering};
    return DIGRESS_OK;
}

static digress_status describe_degree(const dg_subject *subject, dg_row *out) {
    const dg_adjacency *graph = &subject->adjacency;
    size_t largest = 0;
    for (size_t u = 0; u < graph->n; u++)
        if (dg_degree(graph, u) > largest) largest = dg_degree(graph, u);
    DG_TRY(dg_allocate(largest + 1, sizeof *out->values, &out->values));
    out->length = largest + 1;
    for (size_t u = 0; u < graph->n; u++)
        out->values[dg_degree(graph, u)] += 1.0;
    return DIGRESS_OK;
}

enum { CLUSTERING_BINS = 100 };

static digress_status describe_clustering(const dg_subject *subject, dg_row *out) {
    DG_TRY(dg_allocate(CLUSTERING_BINS, sizeof *out->values, &out->values));
    out->length = CLUSTERING_BINS;
    for (size_t u = 0; u < subject->adjacency.n; u++)
        out->values[dg_histogram_bin(subject->clustering[u], 0.0, 1.0, CLUSTERING_BINS)] += 1.0;
    return DIGRESS_OK;
}

const dg_descriptor dg_descriptors[DG_DESCRIPTOR_COUNT] = {
    [DG_DEGREE] = {"degree", 1.0, describe_degree},
    [DG_CLUSTERING] = {"clustering", 0.1, describe_clustering}};

static dg_summary summarise(const dg_subject *subject) {
    size_t n = subject->adjacency.n;
    uint64_t corners = 0;
    double clustering = 0.0;
    for (size_t u = 0; u < n; u++) {
        corners += subject->triangles[u];
        clustering += subject->clustering[u];
    }
    return (dg_summary){.nodes = n,
                        .edges = subject->adjacency.edges,
                        .triangles = corners / 3,
                        .mean_degree = 2.0 * (double)subject->adjacency.edges / (double)n,
                        .mean_clustering = clustering / (double)n};
}

static digress_status describe(enum dg_descriptor_id id, const dg_subject *subject, dg_row *row) {
    DG_TRY(dg_descriptors[id].describe(subject, row));
    for (size_t k = 0; k < row->length; k++)
        row->sum += row->values[k];
    return DIGRESS_OK;
}

typedef struct describe_job {
    const digress_graph_set *set;
    dg_arena **arenas; /* [threads] */
    dg_description *description;
} describe_job;

static digress_status describe_graph(void *context, size_t index, size_t thread) {
    describe_job *job = context;
    digress_graph graph = digress_graph_set_get(job->set, index);
    dg_subject subject;
    DG_TRY(dg_arena_reset(job->arenas[thread]));
    DG_TRY(dg_subject_of(&graph, job->arenas[thread], &subject));
    job->description->summaries[index] = summarise(&subject);
    for (size_t d = 0; d < DG_DESCRIPTOR_COUNT; d++)
        DG_TRY(describe(d, &subject, &job->description->rows[d][index]));
    return DIGRESS_OK;
}

static digress_status run_jobs(dg_pool *pool, describe_job *job) {
    dg_description *description = job->description;
    size_t count = description->count;
    DG_TRY(dg_allocate(count, sizeof *description->summaries, &description->summaries));
    for (size_t d = 0; d < DG_DESCRIPTOR_COUNT; d++)
        DG_TRY(dg_allocate(count, sizeof(dg_row), &description->rows[d]));
    for (size_t k = 0; k < dg_pool_threads(pool); k++)
        DG_TRY(dg_arena_create(&job->arenas[k]));
    return dg_pool_run(pool, count, describe_graph, job);
}

digress_status dg_describe(dg_pool *pool, const digress_graph_set *set, dg_description *out) {
    dg_description description = {.count = digress_graph_set_count(set)};
    describe_job job = {.set = set, .description = &description};
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
    *description = (dg_description){0};
}
