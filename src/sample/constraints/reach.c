#include "sample/constraints/reach.h"

#include "sample/constraints/constraint.h"

static const uint32_t UNSEEN = UINT32_MAX;

static void flood(const dg_class_rows *graph, size_t from, uint32_t label, uint32_t *component,
                  uint32_t *queue) {
    size_t end = 0;
    queue[end++] = (uint32_t)from;
    component[from] = label;
    for (size_t at = 0; at < end; at++)
        for (size_t j = 0; j < graph->n; j++) {
            if (component[j] != UNSEEN || !dg_has_edge(graph, queue[at], j)) continue;
            component[j] = label;
            queue[end++] = (uint32_t)j;
        }
}

size_t dg_label_components(const dg_class_rows *graph, uint32_t *component, uint32_t *queue) {
    uint32_t count = 0;
    for (size_t i = 0; i < graph->n; i++)
        component[i] = UNSEEN;
    for (size_t i = 0; i < graph->n; i++)
        if (component[i] == UNSEEN) flood(graph, i, count++, component, queue);
    return count;
}
