#include "graph/igraph_layout.h"

#include "graph/igraph_session.h"

typedef struct request {
    dg_layout_kind kind;
    uint32_t seed;
    double *at;
} request;

/* Draws the tree below its centre, the node whose farthest node is nearest. */
static igraph_error_t place_tree(const igraph_t *graph, igraph_matrix_t *places) {
    igraph_vector_int_t roots;
    igraph_error_t code = igraph_vector_int_init(&roots, 0);
    if (code != IGRAPH_SUCCESS) return code;
    code = igraph_roots_for_tree_layout(graph, IGRAPH_ALL, &roots, IGRAPH_ROOT_CHOICE_ECCENTRICITY);
    if (code == IGRAPH_SUCCESS)
        code = igraph_layout_reingold_tilford(graph, places, IGRAPH_ALL, &roots, NULL);
    igraph_vector_int_destroy(&roots);
    return code;
}

/* Moves the nodes a little: the scaling may leave them on a line, where forces would keep them. */
static void shake(igraph_matrix_t *places) {
    for (igraph_integer_t k = 0; k < igraph_matrix_nrow(places); k++)
        for (igraph_integer_t axis = 0; axis < 2; axis++)
            MATRIX(*places, k, axis) += igraph_rng_get_unif(igraph_rng_default(), -0.2, 0.2);
}

static igraph_error_t place_by_distance(const igraph_t *graph, igraph_matrix_t *places) {
    const igraph_integer_t n = igraph_vcount(graph);
    igraph_error_t code = igraph_layout_mds(graph, places, NULL, 2);
    if (code != IGRAPH_SUCCESS) return code;
    shake(places);
    return igraph_layout_kamada_kawai(graph, places, /*use_seed=*/true, 20 * n, 0.0, (double)n,
                                      NULL, NULL, NULL, NULL, NULL);
}

static igraph_error_t place_by_force(const igraph_t *graph, igraph_matrix_t *places) {
    const double warm = 0.5; /* the start is good already */
    igraph_error_t code = place_by_distance(graph, places);
    if (code != IGRAPH_SUCCESS) return code;
    return igraph_layout_fruchterman_reingold(graph, places, /*use_seed=*/true, 300, warm,
                                              IGRAPH_LAYOUT_NOGRID, NULL, NULL, NULL, NULL, NULL);
}

static igraph_error_t place(const request *wanted, const igraph_t *graph, igraph_matrix_t *places) {
    igraph_error_t code = igraph_rng_seed(igraph_rng_default(), wanted->seed);
    if (code != IGRAPH_SUCCESS) return code;
    switch (wanted->kind) {
    case DG_LAYOUT_TREE:
        return place_tree(graph, places);
    case DG_LAYOUT_SPRING:
        return place_by_distance(graph, places);
    default:
        return place_by_force(graph, places);
    }
}

static digress_status lay_out(const igraph_t *graph, void *context) {
    const request *wanted = context;
    igraph_matrix_t places;
    igraph_error_t code = igraph_matrix_init(&places, 0, 0);
    if (code != IGRAPH_SUCCESS) return dg_igraph_failed(code);
    code = place(wanted, graph, &places);
    for (igraph_integer_t u = 0; code == IGRAPH_SUCCESS && u < igraph_vcount(graph); u++) {
        wanted->at[2 * u] = MATRIX(places, u, 0);
        wanted->at[2 * u + 1] = MATRIX(places, u, 1);
    }
    igraph_matrix_destroy(&places);
    return code == IGRAPH_SUCCESS ? DIGRESS_OK : dg_igraph_failed(code);
}

digress_status dg_igraph_layout(dg_layout_kind kind, size_t n, size_t edges, const uint32_t *ends,
                                uint32_t seed, double *at) {
    request wanted = {kind, seed, at};
    return dg_igraph_with_graph(n, edges, ends, lay_out, &wanted);
}
