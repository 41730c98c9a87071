/* A part that every sample contains: its nodes come first, with their classes and all pairs among
 * them. What is known of a graph is put in place of the network's prediction, so that each step
 * draws those entries from q(z_s | z_t, x_0), or a sampler that forgets z_t from q(z_s | x_0), and
 * the network fills in the rest (inpainting; RePaint, Lugmayr et al. 2022). */
#ifndef DG_SAMPLE_FIXED_H
#define DG_SAMPLE_FIXED_H

#include "diffusion/noise_model.h"
#include "digress/steering.h"

typedef struct dg_fixed {
    size_t n;            /* 0: nothing is fixed */
    uint8_t *node_class; /* [n] over the model's classes */
    uint8_t *pair_class; /* [n * n] */
    bool *open;          /* [n] where the rest may be joined to it */
    bool edges_only;     /* the nodes' classes are not fixed */
    size_t resample;     /* times that each step is taken, at least 1 */
} dg_fixed;

/* The graph of asked->part, over `classes`, the model's. Free with dg_fixed_free, failing or not.
 * Errors: INPUT (not one graph, classes that the model lacks). */
digress_status dg_fixed_of(const digress_fixed_part *asked, const digress_graph_set *classes,
                           dg_fixed *out);
void dg_fixed_free(dg_fixed *fixed);

/* Its own nodes and pairs. */
dg_class_rows dg_fixed_rows(const dg_fixed *fixed);

/* Whether entry (i, j) of a graph that contains it, node i if they are equal, is known, and its
 * class. */
bool dg_fixed_knows(const dg_fixed *fixed, size_t i, size_t j, uint8_t *out);
/* For a graph of n nodes: known_node [n], known_pair [n * n]. */
void dg_fixed_mark(const dg_fixed *fixed, size_t n, bool *known_node, bool *known_pair);
/* Puts certainty in the logits of what is known: X [n, out_X], E [n * n, out_E]. */
void dg_fixed_predict(const dg_fixed *fixed, size_t n, size_t out_X, size_t out_E, float *X,
                      float *E);
/* Puts zeros in the rows of what is known. */
void dg_fixed_clear(const dg_fixed *fixed, size_t n, size_t out_X, size_t out_E, float *X,
                    float *E);
/* Puts what is known into the graph. */
void dg_fixed_set(const dg_fixed *fixed, const dg_class_rows *graph);

#endif
