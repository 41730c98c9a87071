/* The noise model: how a clean graph is corrupted, and how one reverse step is drawn. The trainer
 * and the sampler see only this interface, over an opaque state; categorical.c is its first
 * implementation. */
#ifndef DG_DIFFUSION_NOISE_MODEL_H
#define DG_DIFFUSION_NOISE_MODEL_H

#include "core/rng.h"
#include "denoiser/graph_transformer.h"
#include "diffusion/transition.h"
#include "features/features.h"
#include "graph/statistics.h"

/* The graphs of one pack at one noise level each: clean or noisy. Lives in the arena that it was
 * made in. The model knows what is inside. */
typedef struct dg_state dg_state;
typedef struct dg_noise_model dg_noise_model;

/* The training loss is X + lambda_E * E. */
typedef struct dg_loss {
    double X, E; /* already weighted by weight_X, weight_E */
} dg_loss;

/* Terms of the variational bound, nats, of one graph. The bound is
 * -log p(n) + prior + T * E_t[kl_X + kl_E] - reconstruction. */
typedef struct dg_bound_terms {
    double kl_X, kl_E;             /* by dg_posterior_soft, smoothed: the published bound */
    double kl_X_exact, kl_E_exact; /* by dg_prob_s, the model that is sampled from */
} dg_bound_terms;

typedef struct dg_noise_operations {
    const char *name;
    void (*free)(dg_noise_model *model);

    /* The clean state of graphs `index[k]` of the set. */
    digress_status (*encode)(const dg_noise_model *model, dg_arena *arena,
                             const digress_graph_set *set, size_t count, const uint32_t *index,
                             dg_state **out);

    /* z_t ~ q(z_t | x) for each graph g at time t[g]; keys[g] holds seed, graph and step,
     * `purpose_node` and `purpose_pair` replace its purpose. */
    digress_status (*corrupt)(const dg_noise_model *model, dg_arena *arena, const dg_state *clean,
                              const uint32_t *t, const dg_rng *keys, uint32_t purpose_node,
                              uint32_t purpose_pair, dg_state **out);

    /* z_T ~ the limit distribution, for graphs of the given sizes. keys[g] holds seed and graph.
     */
    digress_status (*prior)(const dg_noise_model *model, dg_arena *arena, size_t count,
                            const uint32_t *n, const dg_rng *keys, dg_state **out);

    /* The rows that the network reads: one-hot or real state, features, t / T. They live in the
     * arena and borrow from `noisy`. */
    digress_status (*input)(const dg_noise_model *model, dg_arena *arena, const dg_state *noisy,
                            const uint32_t *t, dg_denoiser_input *out);

    /* Adds to *loss the terms of this pack, weighted by weight_X a node and weight_E an ordered
     * pair i != j (a batch's 1 / nodes and 1 / pairs); writes dX: [nodes, out_X], dE: [pairs,
     * out_E], the gradient of X + lambda_E * E. dX and dE may both be NULL. */
    digress_status (*loss)(const dg_noise_model *model, const dg_state *clean,
                           const dg_state *noisy, const float *X_logits, const float *E_logits,
                           double weight_X, double weight_E, double lambda_E, dg_loss *loss,
                           float *dX, float *dE);

    /* In place: z_s ~ p(z_s | z_t) for s < t, all graphs at the same t. keys[g] holds seed and
     * graph. */
    digress_status (*reverse)(const dg_noise_model *model, dg_state *state, const float *X_logits,
                              const float *E_logits, size_t s, size_t t, const dg_rng *keys);

    /* Terms of the bound, one entry a graph. kl_t is for 1 <= t[g] <= T and s = t - 1;
     * reconstruction reads the logits at t = 0. */
    digress_status (*kl_prior)(const dg_noise_model *model, const dg_state *clean, double *out);
    digress_status (*kl_t)(const dg_noise_model *model, const dg_state *clean,
                           const dg_state *noisy, const float *X_logits, const float *E_logits,
                           const uint32_t *t, dg_bound_terms *out);
    digress_status (*reconstruction)(const dg_noise_model *model, const dg_state *clean,
                                     const float *X_logits, const float *E_logits, double *out);

    /* Appends graph `index` of the state to the set. */
    digress_status (*decode)(const dg_noise_model *model, const dg_state *state, size_t index,
                             digress_graph_set *set);
    const dg_pack *(*pack)(const dg_state *state);
} dg_noise_operations;

/* What every implementation begins with. */
struct dg_noise_model {
    const dg_noise_operations *operations;
    dg_schedule schedule;
    dg_features features;
    size_t in_X, in_E, in_y, out_X, out_E; /* what the denoiser's dims must be */
};

/* The categorical model: Q^t_X, Q^t_E with the limit m = uniform, the marginals of `statistics`, or
 * the one class `absorbing` (for nodes and pairs alike). statistics also gives class counts. The
 * model owns its copies. Errors: INPUT (absorbing out of range). */
digress_status dg_categorical_create(dg_schedule_kind kind, size_t T, dg_transition_kind transition,
                                     size_t absorbing, const dg_features *features,
                                     const dg_statistics *statistics, dg_noise_model **out);
void dg_noise_model_free(dg_noise_model *model);                    /* NULL is allowed */
const dg_transition *dg_categorical_X(const dg_noise_model *model); /* of nodes */
const dg_transition *dg_categorical_E(const dg_noise_model *model); /* of pairs */

/* log p(n) by a histogram of counts: log(count / total + 1e-30). */
double dg_log_p_n(const dg_statistics *statistics, size_t n);

#endif
