/* The configuration of a run: a typed struct, read from YAML through one schema table. */
#ifndef DG_CONFIG_CONFIG_H
#define DG_CONFIG_CONFIG_H

#include "config/choices.h"
#include "core/status.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* The table in schema.c says where each field stands in a YAML file, its type, default and help;
 * what is chosen by name is in choices.h. Strings are owned by the config. */
typedef struct dg_config {
    struct {
        char *name;
        uint64_t check_val_every_n_epochs; /* the bound of the validation set, every k epochs */
        uint64_t sample_every_val;         /* draw samples at every k-th validation; 0: never */
        uint64_t samples_to_generate;
        uint64_t log_every_steps;
        uint64_t chains_to_save;     /* chains kept each time samples are drawn */
        uint64_t number_chain_steps; /* frames of a chain */
        bool pictures;               /* of samples, chains and curves, at each sampling interval */
    } general;
    struct {
        dg_model_kind type;
        dg_transition_kind transition;
        uint64_t absorbing; /* the class that everything ends in */
        dg_denoiser_kind model;
        uint64_t diffusion_steps; /* T */
        dg_schedule_kind diffusion_noise_schedule;
        uint64_t n_layers;
        dg_feature_kind extra_features;
        uint64_t rrwp_steps; /* powers of the random walk's matrix */
        dg_cycles_kind cycles;
        dg_molecular_kind molecular_features;
        double max_weight; /* daltons; 0: heaviest of the training set */
        dg_pooling pooling;
        bool symmetric; /* whether the scores of (i, j) and (j, i) are the same */
        dg_time_input time_input;
        dg_diagonal diagonal;
        double dropout;
        struct {
            uint64_t X, E, y;
        } hidden_mlp_dims;
        struct {
            uint64_t dx, de, dy, n_head, dim_ffX, dim_ffE, dim_ffy;
        } hidden_dims;
        dg_prediction prediction;
        double eta; /* share of the noise of a continuous model's step that is drawn */
        double normalize_factors[3]; /* [X, E, y] of a continuous state */
        double norm_biases[3];
        double lambda_train[2]; /* [E, y] */
        dg_task task;
        char *targets; /* inputs of the network: "logP,weight"; NULL: none */
    } model;
    struct {
        uint64_t n_epochs, batch_size;
        dg_optimizer_kind optimizer;
        double lr, weight_decay;
        bool amsgrad;     /* of AdamW */
        double clip_grad; /* global L2 norm; 0: none */
        double ema_decay; /* 0: none */
        double target_dropout;
        dg_lr_kind lr_schedule;
        uint64_t warmup_steps; /* of the linear warm-up before cosine */
        dg_best_by best_by;
        dg_times_kind times;
        dg_distortion distortion; /* of training times */
        uint64_t seed;
        uint64_t max_steps; /* 0: no limit */
        double max_minutes; /* 0: no limit; resumed sessions add up */
        double save_every_minutes;
        uint64_t threads; /* 0: dg_default_threads() */
        dg_backend_choice backend;
        dg_precision precision; /* of the factors of matrix products */
        uint64_t
            accumulators; /* gradient accumulators; 0: as many as threads when the run begins */
    } train;
    struct {
        dg_sampler_kind sampler;
        uint64_t steps;    /* reverse steps; 0: T */
        double eta, omega; /* of flow */
        dg_distortion distortion;
    } sample;
    struct {
        char
            *path; /* a set folder, or anything else that graphs are read from; NULL if generated */
        struct {
            dg_family kind;
            uint64_t graphs; /* in all, before they are split 64/16/20 */
            uint64_t seed;
        } generate;
    } dataset;
} dg_config;

/* All defaults. The caller frees with dg_config_free. */
digress_status dg_config_create(dg_config *out);
void dg_config_free(dg_config *config);
/* A deep copy, owned by the caller like a created one. */
digress_status dg_config_copy(const dg_config *config, dg_config *out);

/* Reads a YAML file over the present values, which stay as they were on failure. Errors: INPUT with
 * "file:line:" and, for an unknown key, the most similar known one. Keys of DiGress's own files
 * that mean nothing here are ignored, and listed in one line of the log. */
digress_status dg_config_read(dg_config *config, const char *path);
/* The same from a text; `name` stands for the file in messages. */
digress_status dg_config_read_text(dg_config *config, const char *text, const char *name);
/* One "section.key=value" (nested: model.hidden_dims.dx=64; model.lambda_train=[5,0]). dataset.path
 * and dataset.generate.* exclude each other: giving one clears the other. */
digress_status dg_config_override(dg_config *config, const char *assignment);
/* A file (NULL: none), then overrides, then dg_config_check. */
digress_status dg_config_read_all(dg_config *config, const char *path, size_t count,
                                  const char *const *overrides);
/* Checks the bounds and names of every key, and what must hold between keys (dx % n_head,
 * dataset.path or dataset.generate). A config without any dataset passes. */
digress_status dg_config_check(const dg_config *config);
/* The whole config as YAML text which dg_config_read_text reads back to an equal config. The caller
 * frees it. */
digress_status dg_config_text(const dg_config *config, char **out);
/* The choice that `name` stands for at a key that takes names: DG_LR_COSINE for "cosine" at
 * "train.lr_schedule". Errors: INPUT, listing the names. */
digress_status dg_config_choice(const char *key, const char *name, unsigned *out);
/* The reverse. */
const char *dg_config_choice_name(const char *key, unsigned choice);
/* The key table in Markdown, for docs/configuration.md. */
void dg_config_describe(FILE *stream);

#endif
