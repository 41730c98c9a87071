/* Sampling: z_T ~ prior, then z_s ~ p(z_s | z_t), as the noise model's sampler draws it, down to
 * z_0 (DiGress, algorithm 2). */
#ifndef DG_SAMPLE_SAMPLER_H
#define DG_SAMPLE_SAMPLER_H

#include "core/threads.h"
#include "digress/steering.h"
#include "model/model.h"
#include "sample/store.h"

typedef struct dg_sample_options {
    size_t count;
    size_t first; /* number of the first; a sample depends on the seed and its number only */
    uint64_t seed;
    size_t steps; /* reverse steps; 0: the config's sample.steps, or T where that is 0 */
    dg_distortion distortion; /* how the times of the steps are spread over 0 .. T */
    size_t batch; /* graphs in progress at once; 0: chosen by the sampler. Never changes results */
    const double *n_histogram; /* [max_n + 1] weights of the numbers of nodes; NULL: the model's */
    size_t max_n;
    size_t chains; /* keep intermediate graphs of the first `chains` samples */
    size_t chain_frames;
    digress_asked_targets targets; /* what samples are asked for; nothing by default */
    const dg_model *regressor; /* that leads samples to the targets, instead of the model itself;
                                  NULL: none */
    double regressor_scale;
    digress_fixed_part fixed;             /* what samples contain; nothing by default */
    digress_constraints constraints;      /* what samples must be; none by default */
    digress_interventions *interventions; /* added to: what the constraints did; may be NULL */
    /* What it holds is not drawn again (except samples with a chain), and what is drawn is added as
     * soon as it is finished, even if the sampling fails later. NULL: none. Not to be touched while
     * sampling, except in `progress`. */
    dg_store *store;
    /* Called from time to time with the number of reverse steps done, over all graphs, and their
     * total; may be NULL. A status other than OK stops the sampling with that status. */
    digress_status (*progress)(void *context, size_t done, size_t total);
    void *progress_context;
} dg_sample_options;

/* The number of reverse steps for each graph. */
size_t dg_sample_steps(const dg_model *model, const dg_sample_options *options);

/* Appends options->count graphs to `out`, in the order of their numbers, and the frames of chain c,
 * noisiest first, to chain_out[c]. Ranks that the pool has joined divide the graphs, and then all
 * have all of them, but only rank 0 has the chains. Their stores are to begin with the same. */
digress_status dg_sample(const dg_model *model, dg_pool *pool, const dg_sample_options *options,
                         digress_graph_set *out, digress_graph_set **chain_out);

/* Parses "64", "20:40" or the name of a histogram file (lines "n weight", # comments) into the
 * weights of 0 .. *max_n nodes. The caller frees *histogram. */
digress_status dg_parse_nodes(const char *text, double **histogram, size_t *max_n);

#endif
