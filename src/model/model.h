/* A model: config, statistics of its training set, class names, denoiser and noise model. This is
 * all that sampling needs, and what a checkpoint carries. */
#ifndef DG_MODEL_MODEL_H
#define DG_MODEL_MODEL_H

#include "config/config.h"
#include "denoiser/denoiser.h"
#include "diffusion/noise_model.h"
#include "digress/graph.h"
#include "graph/statistics.h"
#include "model/conditions.h"

typedef struct dg_model {
    dg_config config;
    dg_statistics statistics;   /* of the training set: marginals and max_n */
    dg_statistics sizes;        /* n_histogram of train and val together: p(n) */
    digress_graph_set *classes; /* an empty set that carries class counts and names */
    dg_conditions conditions;   /* targets that the network reads */
    char *kind;                 /* of the training set: "planar", ..., or "" */
    dg_denoiser *denoiser;
    dg_noise_model *noise;
    float *ema;     /* [parameter_count], or NULL when ema_decay is 0 */
    bool exchanged; /* dg_model_exchange_ema: the denoiser has the EMA weights now, and `ema` the
                       others */
} dg_model;

/* Whether model.type is continuous: noise on real numbers instead of classes. */
bool dg_is_continuous(const dg_config *config);

/* A new model for sets like `train` (val may be NULL), weights from config.train.seed. Takes a deep
 * copy of the config. The caller owns *out. */
digress_status dg_model_create(const dg_config *config, const digress_graph_set *train,
                               const digress_graph_set *val, const char *kind, dg_model **out);
void dg_model_free(dg_model *model);

/* Reads a checkpoint, or the best (else the last) one of a run folder. Widths come from its
 * tensors; where they contradict its config it is refused. Errors: INPUT (not a checkpoint, format
 * version too new, cut off, a tensor missing), IO. */
digress_status dg_model_load(const char *path, dg_model **out);
/* The file that dg_model_load reads for `path`. The caller frees *out. Errors: INPUT (a folder
 * without a checkpoint). */
digress_status dg_model_find(const char *path, char **out);
/* Rewrites the checkpoint `path` with the model's sample.* and model.eta in its config and
 * everything else unchanged; if that fails, the file stays as it was. Errors: INPUT, IO. */
digress_status dg_model_save_sampling(const dg_model *model, const char *path);
/* Writes a file of the weights that the model now has, and no others (after dg_model_use_ema: the
 * average), for dg_model_load. Its config is the model's without dataset.path. Errors: IO. */
digress_status dg_model_save_weights(const dg_model *model, const char *path);
/* Loads from an open file (the trainer reads its own tensors from it too). */
digress_status dg_model_load_file(const dg_tensor_file *file, dg_model **out);
/* Adds everything dg_model_load needs: format version, config, names, statistics, parameters under
 * "model.", EMA under "ema.". Borrowed until the writer saves. */
digress_status dg_model_add_to(const dg_model *model, dg_tensor_writer *writer);
/* Chooses what multiplies matrices, or the nearest that there is (dg_engine_choose); `backward` to
 * train. To be called before anything is computed with the model. */
digress_status dg_model_use(dg_model *model, dg_backend_choice backend, dg_precision precision,
                            bool backward);
/* The same by names, for a model that is not trained. NULL: the fastest backend; float32. Errors:
 * INPUT. */
digress_status dg_model_use_named(dg_model *model, const char *backend, const char *precision);
/* To be called when the config's sample.* have changed, so that sampling follows them. Errors:
 * INPUT (a sampler or a number that the model cannot use). */
digress_status dg_model_use_sampler(dg_model *model);
/* Exchanges weights and EMA, if there is one; calling it twice restores them. What dg_model_add_to
 * writes stays the same. */
digress_status dg_model_exchange_ema(dg_model *model, dg_pool *pool);
/* Checks that all weights are finite. Errors: NUMERIC, naming the first tensor that is not. */
digress_status dg_model_check_weights(const dg_model *model);
/* Replaces the denoiser's weights by the EMA, if there is one. */
digress_status dg_model_use_ema(dg_model *model);
/* A model to compute with, not to train: loaded, with its EMA weights, and with the backend and
 * precision that the names ask for. Errors: as dg_model_load, dg_model_use_named. */
digress_status dg_model_open(const char *path, const char *backend, const char *precision,
                             dg_model **out);

#endif
