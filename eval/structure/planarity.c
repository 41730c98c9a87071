#include "eval/structure/planarity.h"

#include <planarity/graph.h>
#include <stdlib.h>

static digress_status copy_edges(const dg_adjacency *graph, graphP embedding) {
    int base = gp_GetFirstVertex(embedding);
    for (size_t u = 0; u < graph->n; u++)
        for (uint32_t k = graph->start[u]; k < graph->start[u + 1]; k++) {
            uint32_t v = graph->neighbour[k];
            if (v > u && gp_AddEdge(embedding, (int)u + base, 0, (int)v + base, 0) != OK)
                return dg_error(DIGRESS_ERROR_MEMORY, "out of memory in libplanarity");
        }
    return DIGRESS_OK;
}

static digress_status embed(const dg_adjacency *graph, graphP embedding, bool *out) {
    DG_TRY(copy_edges(graph, embedding));
    int result = gp_Embed(embedding, EMBEDFLAGS_PLANAR);
    if (result != OK && result != NONEMBEDDABLE)
        return dg_error(DIGRESS_ERROR_MEMORY, "out of memory in libplanarity");
    *out = result == OK;
    return DIGRESS_OK;
}

digress_status dg_is_planar(const dg_adjacency *graph, bool *out) {
    *out = graph->n < 5;
    if (*out || graph->edges > 3 * graph->n - 6) return DIGRESS_OK; /* by Euler's formula */
    graphP embedding = gp_New();
    if (!embedding || gp_InitGraph(embedding, (int)graph->n) != OK) {
        free(embedding); /* gp_InitGraph has freed the parts, and gp_Free would do it again */
        return dg_error(DIGRESS_ERROR_MEMORY, "out of memory in libplanarity");
    }
    digress_status status = embed(graph, embedding, out);
    gp_Free(&embedding);
    return status;
}
