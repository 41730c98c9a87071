#include "eval/descriptors/description.h"

#include "distributed/divided.h"
#include "math/gemm.h"
#include <stdlib.h>

/* ---- summaries ---- */

static digress_status summarise(const dg_subject *subject, dg_summary *out) {
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
    return dg_count_components(graph, subject->arena, &out->components);
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
} describe_job;

static digress_status describe_graph(void *context, size_t index, size_t thread) {
    describe_job *job = context;
    dg_description *description = job->description;
    dg_arena *arena = job->arenas[thread];
    digress_graph graph = digress_graph_set_get(job->set, index);
    dg_subject subject;
    DG_TRY(dg_arena_reset(arena));
    DG_TRY(dg_subject_of(&graph, job->options->descriptors, job->options->drop_above_two, arena,
                         &subject));
    DG_TRY(summarise(&subject, &description->summaries[index]));
    count_classes(&graph, description, index);
    for (size_t d = 0; d < DG_DESCRIPTOR_COUNT; d++)
        if (dg_describes(job->options->descriptors, d))
            DG_TRY(dg_describe_subject(&subject, d, &description->rows[d][index]));
    return DIGRESS_OK;
}

static digress_status carry_graph(void *context, size_t index, dg_parcel *parcel) {
    dg_description *description = ((const describe_job *)context)->description;
    const size_t nodes = description->node_classes, edges = description->edge_classes;
    DG_TRY(dg_parcel_bytes(parcel, &description->summaries[index], sizeof(dg_summary)));
    DG_TRY(dg_parcel_bytes(parcel, description->node_class_counts + index * nodes,
                           nodes * sizeof(uint32_t)));
    DG_TRY(dg_parcel_bytes(parcel, description->edge_class_counts + index * edges,
                           edges * sizeof(uint32_t)));
    for (size_t d = 0; d < DG_DESCRIPTOR_COUNT; d++) {
        if (!description->rows[d]) continue;
        dg_row *row = &description->rows[d][index];
        DG_TRY(dg_parcel_bytes(parcel, &row->sum, sizeof row->sum));
        DG_TRY(dg_parcel_array(parcel, &row->values, &row->length, sizeof *row->values));
    }
    return DIGRESS_OK;
}

static digress_status allocate_description(const dg_describe_options *options,
                                           dg_description *description) {
    size_t count = description->count;
    DG_TRY(dg_allocate(count, sizeof *description->summaries, &description->summaries));
    DG_TRY(dg_allocate(count, description->node_classes * sizeof(uint32_t),
                       &description->node_class_counts));
    DG_TRY(dg_allocate(count, description->edge_classes * sizeof(uint32_t),
                       &description->edge_class_counts));
    for (size_t d = 0; d < DG_DESCRIPTOR_COUNT; d++)
        if (dg_describes(options->descriptors, d))
            DG_TRY(dg_allocate(count, sizeof(dg_row), &description->rows[d]));
    return DIGRESS_OK;
}

static digress_status describe_graphs(dg_pool *pool, describe_job *job) {
    DG_TRY(allocate_description(job->options, job->description));
    for (size_t k = 0; k < dg_pool_threads(pool); k++)
        DG_TRY(dg_arena_create(&job->arenas[k]));
    if (dg_laplacian_needed(job->options->descriptors) != DG_NO_LAPLACIAN)
        DG_TRY(dg_gemm_initialize(dg_pool_threads(pool)));
    const dg_divided loop = {.count = job->description->count,
                             .job = describe_graph,
                             .carry = carry_graph,
                             .context = job,
                             .progress = job->options->progress,
                             .label = job->options->label};
    return dg_run_divided(pool, &loop);
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
    digress_status status = describe_graphs(pool, &job);
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
