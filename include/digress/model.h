/* A trained model: sampling new graphs, and the bound on the likelihood of given ones. */
#ifndef DIGRESS_MODEL_H
#define DIGRESS_MODEL_H

#include "digress/graph.h"
#include "digress/status.h"
#include "digress/steering.h"
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct digress_model digress_model;

/* Reads a checkpoint; if it holds a moving average of the weights, that is used. The caller owns
 * *out. A model may be used by several threads at once. Errors: INPUT (not a checkpoint, cut off,
 * from a later version, a number out of range), NUMERIC (a weight that is not a number), IO. */
digress_status digress_model_load(const char *path, digress_model **out);
void digress_model_free(digress_model *model); /* NULL is allowed */

/* Writes the model to a file that digress_model_load reads: the weights that it samples with, its
 * classes, sizes and config (as digress_model_set_sampling left it, and without the path of its
 * training set), but nothing to go on training with. Replaces a file that is there. Errors: IO,
 * MEMORY. */
digress_status digress_model_save(const digress_model *model, const char *path);

/* Chooses how the model's matrix products are computed from now on. backend: "native", "onednn", or
 * NULL or "auto" for the fastest. precision: "f32" (or NULL), or "bf16": factors are rounded to
 * bfloat16, sums are not. A newly loaded model has NULL, NULL. What the processor or the build
 * lacks is replaced by the nearest substitute, with a warning on stderr. No other call with this
 * model may be in progress. Errors: INPUT (another name), MEMORY. */
digress_status digress_model_use(digress_model *model, const char *backend, const char *precision);

/* Sets how samples are drawn from now on, by one of a config's keys sample.* without the "sample.":
 * "sampler=flow", "steps=50", "eta=10", "omega=0.05", "distortion=polydec" (docs/sampling.md). A
 * loaded model has what its checkpoint says. No other call with this model may be in progress.
 * Errors: INPUT (another key, a value out of range, a sampler or number that the model cannot use);
 * nothing has changed then. */
digress_status digress_model_set_sampling(digress_model *model, const char *assignment);

/* Sets how much of a sampling step's noise a continuous model draws from now on: from 1, all of it
 * (ancestral sampling, Ho et al. 2020), to 0, none (DDIM, Song et al. 2021). A loaded model has
 * what its config says, by default 1. No other call with this model may be in progress. Errors:
 * INPUT (not in 0 .. 1; not 1 for a discrete model, whose steps are draws). */
digress_status digress_model_set_eta(digress_model *model, double eta);

size_t digress_model_parameter_count(const digress_model *model);
size_t digress_model_diffusion_steps(const digress_model *model); /* T */
size_t digress_model_max_nodes(const digress_model *model);       /* of its training graphs */
/* An empty set with the classes and names of its graphs. Owned by the model. */
const digress_graph_set *digress_model_classes(const digress_model *model);

typedef struct digress_sample_options {
    size_t count;
    uint64_t seed;     /* sample k depends on (seed, first + k) and the options `steps`, `nodes` */
    size_t first;      /* number of the first sample */
    size_t steps;      /* reverse steps, at most 1000000; 0: as the model says, by default T */
    const char *nodes; /* "64", "20:40", a histogram file (lines "n weight"), or NULL: sizes as in
                          the training and validation graphs */
    size_t threads;    /* 0: all processors; never changes the graphs */
    size_t batch;      /* graphs in progress at once; 0: automatic; never changes the graphs */
    /* Called from time to time on one of the threads with the number of reverse steps done, over
     * all graphs, and their total; may be NULL. A status other than OK ends the sampling, which
     * returns it. */
    digress_status (*progress)(void *context, size_t done, size_t total);
    void *progress_context;
    digress_watch watch;
    digress_graph_set *finished;   /* with the model's classes: if the sampling fails or is stopped,
                                      those that are finished are appended to it, in the order of
                                      their numbers; NULL: they are lost */
    digress_asked_targets targets; /* what samples are asked for; nothing by default */
    const digress_model *regressor;  /* of model.task regression, which leads samples to the targets
                                        in place of the model's own reading of them (DiGress,
                                        section 3.4); NULL: none */
    double regressor_scale;          /* how far, from 0; 10, say */
    digress_fixed_part fixed;        /* what every sample contains; nothing by default */
    digress_constraints constraints; /* what every sample must be; none by default */
    digress_interventions *interventions; /* added to: what the constraints did; may be NULL */
} digress_sample_options;

/* The targets that a model reads, and that samples can be asked for. A name is NULL beyond them. */
size_t digress_model_target_count(const digress_model *model);
const char *digress_model_target_name(const digress_model *model, size_t target);

/* Draws options->count graphs by the model's sampler: unless its config or
 * digress_model_set_sampling says otherwise, ancestral sampling (DiGress, Vignac et al. 2023,
 * algorithm 2). Samples carry the targets that they were asked for. The caller owns *out. Errors:
 * INPUT (too many steps, `nodes` that cannot be read, graphs that do not fit in memory, constraints
 * that exclude each other or that the model cannot keep, a fixed part that does not fit), NUMERIC
 * (a logit that is not a number: no graph is made), MEMORY. */
digress_status digress_model_sample(const digress_model *model,
                                    const digress_sample_options *options, digress_graph_set **out);

/* What the network makes of graph `index` of `noisy`, as a graph at step t of 0 .. T: logits of the
 * clean graph's classes, X [n, node classes] and E [n, n, edge classes], symmetric and 0 on the
 * diagonal; the caller's arrays. Classes are taken by number. Errors: INPUT (no such graph, more
 * classes than the model has, t above T, a continuous model, whose states are no graphs), NUMERIC.
 */
digress_status digress_model_predict(const digress_model *model, const digress_graph_set *noisy,
                                     size_t index, double t, float *X_logits, float *E_logits);

/* The variational bound on -log p in nats per graph (DiGress, appendix C), and its terms:
 *     nll = -log_pn + kl_prior + T (kl_X + kl_E) - reconstruction
 * and likewise for the exact ones. There, a discrete model's steps are measured by the KL to the
 * distribution that is sampled from, and each pair counts once, as it is drawn once, where the
 * published code counts both (i, j) and (j, i); a continuous model's prior KL leaves out the volume
 * of its normalisation, which the published code adds although the probability of classes has no
 * such term. */
typedef struct digress_bound {
    double nll;        /* as the published code computes it */
    double nll_exact;  /* of the model that is sampled from */
    double without_pn; /* nll + log_pn */
    double without_pn_exact;
    double log_pn, kl_prior, kl_prior_exact, kl_X, kl_E, kl_X_exact, kl_E_exact;
    double reconstruction, reconstruction_exact;
} digress_bound;

/* Means over the set, with `repeats` >= 1 draws of t per graph. The noise depends on `seed` alone,
 * so that models are compared on the same noise. threads 0: all processors; `watch` may be NULL.
 * Errors: INPUT (an empty set, classes that are not the model's), NUMERIC. */
digress_status digress_model_bound(const digress_model *model, const digress_graph_set *set,
                                   size_t repeats, uint64_t seed, size_t threads,
                                   const digress_watch *watch, digress_bound *out);

#ifdef __cplusplus
}
#endif

#endif
