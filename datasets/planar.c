/* Delaunay triangulations of uniform points in the unit square: SPECTRE's planar graphs. */
#include "datasets/draft.h"
#include "datasets/kinds.h"

#include "core/status.h"
#include <libqhull_r/qhull_ra.h>

enum { NODES = 64, DIMENSION = 2 };

static void join_triangles(qhT *qh, dg_draft *draft) {
    facetT *facet;
    FORALLfacets {
        if (facet->upperdelaunay) continue;
        size_t corner[DIMENSION + 1];
        int corners = 0;
        vertexT *vertex, **vertexp;
        FOREACHvertex_(facet->vertices) corner[corners++] = (size_t)qh_pointid(qh, vertex->point);
        for (int k = 0; k < corners; k++)
            dg_draft_join(draft, corner[k], corner[(k + 1) % corners]);
    }
}

static digress_status triangulate(coordT *points, dg_draft *draft) {
    qhT qh;
    qh_zero(&qh, stderr);
    char options[] = "qhull d Qbb Qt"; /* Delaunay, last coordinate scaled, only triangles */
    int failed = qh_new_qhull(&qh, DIMENSION, NODES, points, False, options, NULL, stderr);
    if (!failed) join_triangles(&qh, draft);
    qh_freeqhull(&qh, !qh_ALL);
    int kept, total;
    qh_memfreeshort(&qh, &kept, &total);
    if (failed == qh_ERRmem) return dg_out_of_memory();
    if (failed)
        return dg_error(DIGRESS_ERROR_INTERNAL,
                        "planar: qhull failed with code %d: try another seed", failed);
    return DIGRESS_OK;
}

digress_status dg_generate_planar(uint64_t seed, uint32_t index, digress_graph_set *set) {
    dg_stream stream = dg_draft_stream(seed, index);
    coordT points[NODES * DIMENSION];
    for (size_t k = 0; k < NODES * DIMENSION; k++)
        points[k] = dg_stream_uniform(&stream);
    dg_draft draft;
    DG_TRY(dg_draft_begin(&draft, NODES));
    digress_status status = triangulate(points, &draft);
    if (status == DIGRESS_OK) return dg_draft_append(&draft, set);
    dg_draft_free(&draft);
    return status;
}
