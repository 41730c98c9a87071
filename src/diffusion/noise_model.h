/* The noise model: how a clean graph is corrupted, and how one reverse step is drawn. The trainer
 * and the sampler see only this interface; what a state holds is known to its noise model alone. */
#ifndef DG_DIFFUSION_NOISE_MODEL_H
#define DG_DIFFUSION_NOISE_MODEL_H

#include "core/rng.h"
#include "diffusion/schedule.h"
#include "diffusion/time.h"
#include "features/features.h"
#include "graph/input_rows.h"
#include "graph/statistics.h"

/* The graphs of one pack at one noise level each: clean or noisy. Lives in the arena that it was
 * made in. This is what every implementation's state begins with. */
typedef struct dg_state {
    dg_pack pack;
    /* [graphs, the model's targets] standardised, NAN where one is not given; NULL: none is. For
     * `input` alone: states are made without, whoever asks the network sets it. */
    const float *targets;
    const struct dg_free_prediction *free; /* for `reverse`; NULL: samples are not guided */
    const struct dg_tilt *tilt;            /* the same */
} dg_state;

/* What the classes' probabilities of a step are multiplied by: the exponentials of X [nodes, out_X]
 * and E [pairs, out_E], which may be added to without a change within a row (DiGress, section 3.4:
 * minus a regressor's gradients). */
typedef struct dg_tilt {
    const float *X, *E;
} dg_tilt;

/* What the network says of the same state without targets. A step is then drawn from
 * p_free (p / p_free)^guidance, normalised; of a flow, its rates (Ho and Salimans 2022; for
 * classes, Nisonoff et al. 2024). */
typedef struct dg_free_prediction {
    const float *X, *E;
    double guidance;
} dg_free_prediction;
typedef struct dg_noise_model dg_noise_model;

/* The classes of one graph within a state, to look at and to change. */
typedef struct dg_class_rows {
    size_t n;
    uint8_t *node_class; /* [n] */
    uint8_t *pair_class; /* [n * n], symmetric; the diagonal is the model's own */
} dg_class_rows;

/* The training loss is X + lambda_E * E. */
typedef struct dg_loss {
    double X, E; /* already weighted by weight_X, weight_E */
} dg_loss;

/* Terms of the variational bound, nats, of one graph: each as the published code computes it, and
 * exact. The bound is -log p(n) + prior + T * E_t[kl_X + kl_E] - reconstruction. The published code
 * counts a pair twice in a discrete model, as (i, j) and (j, i), though it is drawn once. */
typedef struct dg_prior_terms {
    double kl, kl_exact;
} dg_prior_terms;

typedef struct dg_bound_terms {
    double kl_X, kl_E;
    double kl_X_exact, kl_E_exact;
} dg_bound_terms;

typedef struct dg_reconstruction_terms {
    double log_p, log_p_exact;
} dg_reconstruction_terms;

/* The variational bound of a model that has one. */
typedef struct dg_bound_operations {
    const char *note;       /* how the published and the exact bound differ, to be printed */
    bool z_0_shows_classes; /* whether reconstruction needs no network output */

    /* Terms of the bound, one entry a graph. kl_t is for 1 <= t[g] <= T and s = t - 1;
     * reconstruction, log p(x | z_0), reads z_0 and, unless z_0_shows_classes, the network's output
     * at t = 0. */
    digress_status (*kl_prior)(const dg_noise_model *model, const dg_state *clean,
                               dg_prior_terms *out);
    digress_status (*kl_t)(const dg_noise_model *model, const dg_state *clean,
                           const dg_state *noisy, const float *X, const float *E, const double *t,
                           dg_bound_terms *out);
    digress_status (*reconstruction)(const dg_noise_model *model, const dg_state *clean,
                                     const dg_state *noisy, const float *X, const float *E,
                                     dg_reconstruction_terms *out);
} dg_bound_operations;

/* How reverse steps are drawn. */
typedef struct dg_sampler {
    dg_sampler_kind kind;
    double eta; /* flow: weight of detailed balance, >= 0. posterior: the share of the entries that
                   are noised anew, 0 .. 1. Continuous: the share of a step's noise that is drawn,
                   from 0, deterministic, to 1, ancestral */
    double omega; /* flow: weight of the jumps towards the target, >= 0 */
} dg_sampler;

/* X: [nodes, out_X] and E: [pairs, out_E] are always the network's output, E symmetric. */
typedef struct dg_noise_operations {
    const char *name;
    const dg_bound_operations *bound; /* NULL: it has none */
    void (*free)(dg_noise_model *model);
    /* Errors: INPUT, if the model cannot use the sampler. */
    digress_status (*check_sampler)(const dg_sampler *sampler);

    /* The clean state of graphs `index[k]` of the set. */
    digress_status (*encode)(const dg_noise_model *model, dg_arena *arena,
                             const digress_graph_set *set, size_t count, const uint32_t *index,
                             dg_state **out);

    /* z_t ~ q(z_t | x) for each graph g at time t[g]; keys[g] holds seed, graph and step,
     * `purpose_node` and `purpose_pair` replace its purpose. */
    digress_status (*corrupt)(const dg_noise_model *model, dg_arena *arena, const dg_state *clean,
                              const double *t, const dg_rng *keys, uint32_t purpose_node,
                              uint32_t purpose_pair, dg_state **out);

    /* z_T ~ the limit distribution, for graphs of the given sizes. keys[g] holds seed and graph. */
    digress_status (*prior)(const dg_noise_model *model, dg_arena *arena, size_t count,
                            const uint32_t *n, const dg_rng *keys, dg_state **out);

    /* The rows that the network reads: one-hot or real state, features, t / T. They live in the
     * arena and borrow from `noisy`. */
    digress_status (*input)(const dg_noise_model *model, dg_arena *arena, const dg_state *noisy,
                            const double *t, dg_input_rows *out);

    /* Adds to *loss the terms of this pack at times t[g]; each node counts with weight_X and each
     * ordered pair i != j with weight_E (1 / nodes and 1 / pairs of the batch); writes dX: [nodes,
     * out_X], dE: [pairs, out_E], the gradient of X + lambda_E * E. dX and dE may both be NULL. */
    digress_status (*loss)(const dg_noise_model *model, const dg_state *clean,
                           const dg_state *noisy, const double *t, const float *X, const float *E,
                           double weight_X, double weight_E, double lambda_E, dg_loss *loss,
                           float *dX, float *dE);

    /* In place: z_s ~ p(z_s | z_t) by the model's sampler, all graphs over the same step. keys[g]
     * holds seed and graph. */
    digress_status (*reverse)(const dg_noise_model *model, dg_state *state, const float *X,
                              const float *E, dg_interval step, const dg_rng *keys);
    /* In place: the graph ~ p(x | z_0), with the network's output at t = 0. NULL where z_0 is the
     * graph. */
    digress_status (*finish)(const dg_noise_model *model, dg_state *state, const float *X,
                             const float *E, const dg_rng *keys);

    /* Appends graph `index` of the state to the set. */
    digress_status (*decode)(const dg_noise_model *model, const dg_state *state, size_t index,
                             digress_graph_set *set);

    /* For steering; NULL where a noisy graph is no graph of classes. */
    dg_class_rows (*classes)(dg_state *state, size_t index);
    /* In place, the way back: z_t ~ q(z_t | z_s). keys[g] holds seed and graph. */
    digress_status (*diffuse)(const dg_noise_model *model, dg_state *state, dg_interval step,
                              const dg_rng *keys);
} dg_noise_operations;

/* What every implementation begins with. */
struct dg_noise_model {
    const dg_noise_operations *operations;
    dg_schedule schedule;
    dg_features features;
    size_t in_X, in_E, in_y, out_X, out_E; /* what the denoiser's dims must be */
    size_t targets;                        /* that the network reads, two columns of in_y each */
    dg_time_input time_input;
    dg_diagonal diagonal;
    size_t pair_bytes;  /* memory for a noisy pair, beside what the network takes */
    dg_sampler sampler; /* `posterior` unless another is set */
};

/* The network reads so many targets from now on: to be called before anything else is. Errors:
 * INPUT (a model that reads none). */
digress_status dg_noise_model_set_targets(dg_noise_model *model, size_t targets);

/* The network reads the time and the diagonal in this way from now on: the same. Errors: INPUT (of
 * a continuous model, anything but t / T and zeros). */
digress_status dg_noise_model_set_inputs(dg_noise_model *model, dg_time_input time,
                                         dg_diagonal diagonal);

/* Reverse steps are drawn in this way from now on. Errors: INPUT (a number out of its range; a
 * sampler that the model cannot use). */
digress_status dg_noise_model_set_sampler(dg_noise_model *model, const dg_sampler *sampler);
void dg_noise_model_free(dg_noise_model *model); /* NULL is allowed */

/* log p(n) by the histogram of graph sizes: log(count / total + 1e-30). */
double dg_log_p_n(const dg_statistics *statistics, size_t n);

#endif
