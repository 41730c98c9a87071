/* The categorical model's terms of the variational bound (DiGress, appendix C). */
#include "diffusion/categorical_state.h"
#include "diffusion/class_logits.h"

#include <float.h>
#include <math.h>

static const double SMOOTHING = 1e-7; /* of the reference's mask_distributions */

/* Of the two entries of a pair, which are equal, one is drawn: the exact terms count half of each.
 */
static const double DRAWN = 0.5;

/* Published: KL(m || x_0 Qbar^T) of one entry, both smoothed, the reverse of the bound's own
 * direction, as the reference has it. Exact: KL(x_0 Qbar^T || m). */
static dg_prior_terms entry_prior(const dg_transition *transition, double alpha_bar, uint8_t x_0) {
    dg_prior_terms terms = {0};
    double total = 1 + SMOOTHING * (double)transition->classes;
    for (size_t k = 0; k < transition->classes; k++) {
        double m = transition->limit[k], u = (m + SMOOTHING) / total;
        double q = alpha_bar * (k == x_0) + (1 - alpha_bar) * m;
        terms.kl += u * log(u * total / (q + SMOOTHING));
        if (q > 0) terms.kl_exact += q * log(q / fmax(m, DBL_MIN));
    }
    return terms;
}

static void add_prior(dg_prior_terms *sum, dg_prior_terms one, double drawn) {
    sum->kl += one.kl;
    sum->kl_exact += drawn * one.kl_exact;
}

static digress_status kl_prior(const dg_noise_model *model, const dg_state *clean,
                               dg_prior_terms *out) {
    const dg_categorical *self = dg_categorical_of(model);
    const dg_class_state *x = dg_classes_of(clean);
    double alpha_bar = model->schedule.alpha_bar[model->schedule.T];
    for (size_t g = 0; g < clean->pack.graphs; g++) {
        dg_rows nodes = dg_pack_nodes(&clean->pack, g), pairs = dg_pack_pairs(&clean->pack, g);
        dg_prior_terms sum = {0};
        for (size_t k = nodes.first; k < nodes.end; k++)
            add_prior(&sum, entry_prior(&self->X, alpha_bar, x->node_class[k]), 1);
        for (size_t k = pairs.first; k < pairs.end; k++)
            if (x->pair_class[k] != model->out_E)
                add_prior(&sum, entry_prior(&self->E, alpha_bar, x->pair_class[k]), DRAWN);
        out[g] = sum;
    }
    return DIGRESS_OK;
}

/* sum q log(q / p) with p raised by `smoothing` a class and normalised. */
static double divergence(size_t classes, const double *q, const double *p, double smoothing) {
    double kl = 0, total = 0;
    for (size_t k = 0; k < classes; k++)
        total += p[k] + smoothing;
    for (size_t k = 0; k < classes; k++)
        if (q[k] > 0) kl += q[k] * log(q[k] * total / fmax(p[k] + smoothing, DBL_MIN));
    return kl;
}

/* Adds KL(q(x_s | x_t, x_0) || model) of one entry: published, by dg_posterior_soft, smoothed;
 * exact, by dg_prob_s, the model that is sampled from. */
static void add_entry_kl(const dg_transition *transition, dg_jump jump, uint8_t x_0, uint8_t x_t,
                         const float *logits, double *published, double *exact) {
    size_t d = transition->classes;
    double one_hot[DIGRESS_MAX_CLASSES] = {0}, p[DIGRESS_MAX_CLASSES];
    double q[DIGRESS_MAX_CLASSES], model[DIGRESS_MAX_CLASSES];
    one_hot[x_0] = 1;
    dg_softmax(d, logits, p);
    dg_posterior_soft(transition, jump, x_t, one_hot, q);
    dg_posterior_soft(transition, jump, x_t, p, model);
    *published += divergence(d, q, model, SMOOTHING);
    dg_prob_s(transition, jump, x_t, p, model);
    *exact += divergence(d, q, model, 0);
}

static digress_status kl_t(const dg_noise_model *model, const dg_state *clean,
                           const dg_state *noisy, const float *X_logits, const float *E_logits,
                           const double *t, dg_bound_terms *out) {
    const dg_categorical *self = dg_categorical_of(model);
    const dg_class_state *x = dg_classes_of(clean), *z = dg_classes_of(noisy);
    for (size_t g = 0; g < clean->pack.graphs; g++) {
        dg_jump jump = dg_jump_of(&model->schedule, t[g] - 1, t[g]);
        dg_rows nodes = dg_pack_nodes(&clean->pack, g), pairs = dg_pack_pairs(&clean->pack, g);
        dg_bound_terms terms = {0};
        for (size_t k = nodes.first; k < nodes.end; k++)
            add_entry_kl(&self->X, jump, x->node_class[k], z->node_class[k],
                         X_logits + k * model->out_X, &terms.kl_X, &terms.kl_X_exact);
        for (size_t k = pairs.first; k < pairs.end; k++)
            if (x->pair_class[k] != model->out_E)
                add_entry_kl(&self->E, jump, x->pair_class[k], z->pair_class[k],
                             E_logits + k * model->out_E, &terms.kl_E, &terms.kl_E_exact);
        terms.kl_E_exact *= DRAWN;
        out[g] = terms;
    }
    return DIGRESS_OK;
}

/* log p(x | z_0) */
static digress_status reconstruction(const dg_noise_model *model, const dg_state *clean,
                                     const dg_state *noisy, const float *X_logits,
                                     const float *E_logits, dg_reconstruction_terms *out) {
    (void)noisy;
    const dg_class_state *x = dg_classes_of(clean);
    for (size_t g = 0; g < clean->pack.graphs; g++) {
        dg_rows nodes = dg_pack_nodes(&clean->pack, g), pairs = dg_pack_pairs(&clean->pack, g);
        double of_nodes = 0, of_pairs = 0;
        for (size_t k = nodes.first; k < nodes.end; k++)
            of_nodes -= dg_cross_entropy(model->out_X, X_logits + k * model->out_X,
                                         x->node_class[k], 0, NULL);
        for (size_t k = pairs.first; k < pairs.end; k++)
            if (x->pair_class[k] != model->out_E)
                of_pairs -= dg_cross_entropy(model->out_E, E_logits + k * model->out_E,
                                             x->pair_class[k], 0, NULL);
        out[g] = (dg_reconstruction_terms){of_nodes + of_pairs, of_nodes + DRAWN * of_pairs};
    }
    return DIGRESS_OK;
}

const dg_bound_operations dg_categorical_bound = {
    .note = "published: DiGress's own figure, each pair twice; exact: of what is sampled from, "
            "each pair once",
    .kl_prior = kl_prior,
    .kl_t = kl_t,
    .reconstruction = reconstruction,
};
