/* What samples are steered by, beside the model. */
#ifndef DIGRESS_STEERING_H
#define DIGRESS_STEERING_H

#include "digress/graph.h"
#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What every sample must be. It holds while it is drawn (after ConStruct, Madeira et al. 2024): a
 * change of a step that would break it is not made, the most probable changes first. */
typedef struct digress_constraints {
    bool connected; /* one component: in the last step, components are joined by the most probable
                       edges that nothing else here forbids */
    bool acyclic;   /* no cycle: a forest; with `connected` a tree */
    bool planar;    /* can be drawn without crossings */
    bool valences;  /* no atom makes more bonds than its element can; of models of molecules */
    size_t max_degree; /* of every node; 0: no limit */
} digress_constraints;

typedef enum digress_constraint {
    DIGRESS_ACYCLIC,
    DIGRESS_PLANAR,
    DIGRESS_MAX_DEGREE,
    DIGRESS_VALENCES,
    DIGRESS_CONNECTED,
    DIGRESS_CONSTRAINTS
} digress_constraint;

/* "acyclic", "max-degree", ... Static storage. */
const char *digress_constraint_name(digress_constraint constraint);

/* Targets that samples are asked for, of a model with model.targets (classifier-free guidance, Ho
 * and Salimans 2022). Sample k is asked for row k modulo `rows`. */
typedef struct digress_asked_targets {
    size_t count, rows;       /* 0: samples are asked for nothing */
    const char *const *names; /* [count] */
    const double *values;     /* [rows, count] NAN: that sample is not asked for it */
    double guidance; /* 1, or 0: what the model learnt of graphs with these targets; more: further
                        away from graphs in general, for twice the work */
} digress_asked_targets;

/* A graph that every sample contains: as its first nodes, with their classes, and with all pairs
 * among them as they are. The rest is drawn around it. */
typedef struct digress_fixed_part {
    const digress_graph_set *part; /* of one graph; NULL: nothing is fixed. Classes are matched by
                                      name. Atoms "*" that the model does not have are attachment
                                      points: only the atoms next to one are joined to the rest */
    bool edges_only;               /* the nodes' classes are not fixed */
    size_t resample; /* times that each step is taken, going back in between, so that both parts
                        agree (RePaint, Lugmayr et al. 2022); 0: once */
} digress_fixed_part;

/* How often constraints intervened, over all steps of all graphs that were drawn. */
typedef struct digress_interventions {
    size_t graphs;
    size_t changes; /* of nodes and pairs that the steps drew, and the edges of the noise */
    size_t refused[DIGRESS_CONSTRAINTS]; /* of those, by the first constraint that forbade it */
    size_t made[DIGRESS_CONSTRAINTS];    /* changes that no step drew: components joined */
    size_t touched[DIGRESS_CONSTRAINTS]; /* graphs with any of these */
    size_t unmet; /* graphs in several components after all: nothing that is allowed joins them */
} digress_interventions;

#ifdef __cplusplus
}
#endif

#endif
