/* What the file of a constraint defines.
 *
 * Most constraints survive the loss of an edge. They are held at every step by leaving out changes
 * that would break them (project.h). One that does not is mended in the last step. */
#ifndef DG_SAMPLE_CONSTRAINTS_CONSTRAINT_H
#define DG_SAMPLE_CONSTRAINTS_CONSTRAINT_H

#include "diffusion/noise_model.h"
#include "digress/steering.h"
#include "sample/constraints/list.h"

/* What is asked for, prepared for the classes of a model. */
typedef struct dg_constraints {
    digress_constraints asked;
    bool any;                          /* is asked for */
    size_t node_classes, edge_classes; /* no edge counted */
    double room[DIGRESS_MAX_CLASSES];  /* of valences: the bonds that an atom can make */
    double order[DIGRESS_MAX_CLASSES]; /* of a bond, at the least */
} dg_constraints;

/* A graph to judge. */
typedef struct dg_trial {
    const dg_constraints *constraints;
    dg_class_rows graph;
    dg_arena *arena; /* for scratch; reset by whoever asks */
} dg_trial;

struct dg_projection;

typedef struct dg_constraint {
    bool (*is_asked)(const digress_constraints *asked);
    /* NULL: works with any model. Errors: INPUT. */
    digress_status (*prepare)(dg_constraints *constraints, const digress_graph_set *classes);
    /* Whether the graph is as it must be. NULL: only `mend` can tell. */
    digress_status (*holds)(const dg_trial *trial, bool *out);
    /* The same of a graph that was, before entry (i, j), node i if they are equal, was changed.
     * NULL: as `holds`. */
    digress_status (*allows)(const dg_trial *trial, size_t i, size_t j, bool *out);
    /* Makes the graph what it must be. NULL: nothing to do. */
    digress_status (*mend)(struct dg_projection *projection);
} dg_constraint;

static inline bool dg_has_edge(const dg_class_rows *graph, size_t i, size_t j) {
    return i != j && graph->pair_class[i * graph->n + j] != 0;
}

/* dg_acyclic_constraint, ... */
#define DG_CONSTRAINT_DECLARATION(number, name, text)                                              \
    extern const dg_constraint dg_##name##_constraint;
DG_CONSTRAINT_ROWS(DG_CONSTRAINT_DECLARATION)

#endif
