/* Pictures of graphs. */
#ifndef DIGRESS_DRAW_H
#define DIGRESS_DRAW_H

#include "digress/graph.h"
#include "digress/status.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Whether the library was built with cairo. Without it the function below fails with INPUT. */
bool digress_has_pictures(void);

typedef struct digress_draw_options {
    size_t count;      /* so many graphs, the set's first; 0: 16 */
    size_t columns;    /* 0: a square */
    const char *title; /* NULL: none */
    uint32_t seed;     /* of the layout */
    digress_watch watch;
} digress_draw_options;

/* A page with a panel for each graph, as an SVG: molecules as RDKit draws them, other graphs by
 * nodes and edges, coloured by class. Graphs of more than 1000 nodes are left out. *svg is text of
 * *size bytes with a zero behind, which the caller frees with free(). `options` may be NULL.
 * Errors: INPUT (no graph that can be drawn; built without cairo), MEMORY. */
digress_status digress_draw_svg(const digress_graph_set *set, const digress_draw_options *options,
                                char **svg, size_t *size);

#ifdef __cplusplus
}
#endif

#endif
