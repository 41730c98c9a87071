/* digress sample: new graphs from a trained model. */
#include "cli/deadline.h"
#include "cli/interrupt.h"
#include "cli/options.h"
#include "cli/rest.h"
#include "cli/sample_origin.h"
#include "cli/sample_outputs.h"
#include "cli/sample_steering.h"
#include "cli/sample_train.h"
#include "cli/shipped.h"

#include "core/file.h"
#include "core/log.h"
#include "core/memory.h"
#include "distributed/launch.h"
#include "graph/io/formats.h"
#include "graph/io/list.h"
#include "sample/keep.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static digress_status run_sample(int argc, char **argv);

static const dg_option options[] = {
    {"count", 'n', "N", "graphs to sample (100)"},
    {"out", 'o', "DIR", "the folder to write (must be given)"},
    {"format", 0, DG_FORMAT_NAMES(",") ",smiles,sdf,csv",
     "what to write: one of these, or several, separated by commas (edgelist)"},
    {"svg", 0, NULL, "also draw the first 96 molecules: DIR/samples.svg (no drawing)"},
    {"sampler", 0, "posterior|renoise|flow", "how a reverse step is drawn (sample.sampler)"},
    {"steps", 0, "K", "reverse steps, fewer or more than the model's T (sample.steps, or T)"},
    {"eta", 0, "X",
     "posterior: share of nodes and pairs noised anew in each step, 0 to 1; flow: stochasticity, "
     "from 0 up (sample.eta); continuous models: 1 draws all of a step's noise, 0 none "
     "(model.eta)"},
    {"omega", 0, "X", "flow: target guidance, from 0 up (sample.omega)"},
    {"distortion", 0, "identity|polyinc|polydec|cos|revcos",
     "how the steps are spread between noise and data (sample.distortion)"},
    {"nodes", 0, "SIZES",
     "64, 20:40, or a file of lines 'n weight', n up to 32768 (sizes of the training set)"},
    {"seed", 0, "S", "graph k depends on the model, S and k only (0)"},
    {"threads", 0, "K", "threads (all processors); never changes the graphs"},
    {"precision", 0, "f32|bf16", "precision of the factors of matrix products (f32)"},
    {"backend", 0, "auto|native|onednn", "what multiplies matrices (auto: the fastest there is)"},
    {"batch", 0, "B", "graphs drawn at the same time (chosen for speed); never changes the graphs"},
    {"keep", 0, "valid,unique,novel", "keep only graphs that are all of these (keep all)"},
    {"max-tries", 0, "K", "with --keep: draw at most K graphs for each one wanted (20)"},
    {"valid", 0, DG_RULE_ROWS(DG_RULE_TEXT, "|") "|none",
     "with --keep valid: what a valid graph is (by the kind of the training set)"},
    {"train", 0, "DATA",
     "with --keep novel: the training set, graphs, or a file of molecules (what the model's config "
     "names)"},
    DG_TARGET_OPTIONS,
    DG_FIXED_OPTIONS,
    DG_CONSTRAINT_OPTIONS,
    {"chain", 0, "K", "keep how the first K graphs emerged from noise, in DIR/chains (0)"},
    {"resume", 0, NULL, "draw the rest of a sampling that was stopped (DIR.partial)"},
    {"force", 'f', NULL,
     "replace a folder of samples, but nothing else, and never the input (refused)"},
    {0}};

const dg_command dg_command_sample = {
    "sample",
    "CHECKPOINT -n N --out DIR [OPTION ...]",
    "Samples graphs from a checkpoint, or from the best one of a run folder.\n"
    "CHECKPOINT may be the name of a model that came with digress ('digress help --models' lists "
    "them).",
    options,
    run_sample,
    NULL,
    NULL};

enum { DEFAULT_COUNT = 100, DEFAULT_TRIES = 20 };

typedef struct plan {
    const char *out;
    char *checkpoint; /* owned */
    dg_outputs outputs;
    const char *backend, *precision; /* NULL: not given */
    uint64_t threads;
    bool force, resume;
    dg_rest rest;
    dg_folder folder;  /* being written */
    double *histogram; /* owned; NULL: the model's sizes */
    dg_sample_options sample;
    bool keeping; /* keep only what passes `keep` */
    dg_keep_options keep;
    dg_keep_report kept;
    const char *train_path;   /* NULL: the model's own */
    const char *nodes;        /* NULL: not given */
    digress_graph_set *train; /* owned */
    dg_given_targets targets;
    dg_model *regressor;      /* owned; NULL: none */
    const char *fixed_path;   /* NULL: nothing is fixed */
    digress_graph_set *fixed; /* owned */
    digress_interventions interventions;
    dg_progress progress;
} plan;

static const char *option(const dg_arguments *arguments, const char *name) {
    return dg_argument(&dg_command_sample, arguments, name);
}

/* Of ranks that sample together, the first alone writes and speaks; they agree on what it does. */
static bool is_first(void) {
    return dg_is_first_rank(dg_ranks_joined());
}

static digress_status agree(digress_status status) {
    return dg_ranks_agree(dg_ranks_joined(), status);
}

static digress_status read_numbers(const dg_arguments *arguments, plan *p) {
    uint64_t count = DEFAULT_COUNT, steps = 0, batch = 0, chains = 0;
    DG_TRY(dg_argument_number(arguments, "count", 1, UINT32_MAX, &count));
    DG_TRY(dg_argument_number(arguments, "steps", 1, UINT32_MAX, &steps));
    DG_TRY(dg_argument_number(arguments, "seed", 0, UINT64_MAX, &p->sample.seed));
    DG_TRY(dg_argument_number(arguments, "threads", 1, UINT16_MAX, &p->threads));
    DG_TRY(dg_argument_number(arguments, "batch", 1, UINT32_MAX, &batch));
    DG_TRY(dg_argument_number(arguments, "chain", 0, UINT32_MAX, &chains));
    p->sample.count = count;
    p->sample.steps = steps;
    p->sample.batch = batch;
    p->sample.chains = chains < count ? chains : count;
    return DIGRESS_OK;
}

/* Replaces the config's sampler by the one that is asked for. The config's eta and omega do not
 * hold for another sampler. */
static digress_status choose_sampler(const dg_arguments *arguments, dg_model *model) {
    const char *eta = dg_is_continuous(&model->config) ? "model.eta" : "sample.eta";
    const struct {
        const char *option, *key;
    } given[] = {{"sampler", "sample.sampler"},
                 {"eta", eta},
                 {"omega", "sample.omega"},
                 {"distortion", "sample.distortion"}};
    if (option(arguments, "sampler")) model->config.sample.eta = model->config.sample.omega = 0;
    for (size_t k = 0; k < sizeof given / sizeof *given; k++) {
        const char *value = option(arguments, given[k].option);
        if (!value) continue;
        char *assignment = dg_format("%s=%s", given[k].key, value);
        if (!assignment) return dg_out_of_memory();
        digress_status status = dg_config_override(&model->config, assignment);
        free(assignment);
        DG_TRY(status);
    }
    return dg_model_use_sampler(model);
}

static digress_status read_keep(const dg_arguments *arguments, plan *p) {
    static const char *const for_keep[] = {"max-tries", "valid", "train"};
    const char *list = option(arguments, "keep"), *rule = option(arguments, "valid");
    uint64_t tries = DEFAULT_TRIES;
    for (size_t k = 0; k < sizeof for_keep / sizeof *for_keep && !list; k++)
        if (option(arguments, for_keep[k]))
            return dg_error(DIGRESS_ERROR_INPUT, "--%s has no use without --keep", for_keep[k]);
    if (!list) return DIGRESS_OK;
    if (p->sample.chains > 0)
        return dg_error(DIGRESS_ERROR_INPUT, "sample: --keep and --chain exclude each other");
    p->keeping = true;
    p->train_path = option(arguments, "train");
    DG_TRY(dg_keep_parse(list, &p->keep));
    DG_TRY(dg_argument_number(arguments, "max-tries", 1, UINT32_MAX, &tries));
    if (rule) DG_TRY(dg_rule_parse(rule, &p->keep.rule));
    return dg_multiply(p->sample.count, tries, &p->keep.max_draws);
}

static digress_status make_plan(const dg_arguments *arguments, plan *p) {
    if (arguments->positional_count != 1)
        return dg_error(DIGRESS_ERROR_INPUT, "sample: expected one CHECKPOINT, got %zu",
                        arguments->positional_count);
    DG_TRY(dg_shipped_path(DG_SHIPPED_MODEL, arguments->positional[0], &p->checkpoint));
    p->out = option(arguments, "out");
    if (!p->out) return dg_error(DIGRESS_ERROR_INPUT, "sample: no --out DIR given to write to");
    p->backend = option(arguments, "backend");
    p->precision = option(arguments, "precision");
    p->force = option(arguments, "force") != NULL;
    p->resume = option(arguments, "resume") != NULL;
    p->nodes = option(arguments, "nodes");
    DG_TRY(dg_outputs_parse(option(arguments, "format"), option(arguments, "svg") != NULL,
                            &p->outputs));
    DG_TRY(dg_sample_targets_parse(&dg_command_sample, arguments, &p->targets));
    p->sample.targets = p->targets.asked;
    DG_TRY(dg_sample_fixed_parse(&dg_command_sample, arguments, &p->fixed_path, &p->sample.fixed));
    DG_TRY(dg_sample_constraints_parse(&dg_command_sample, arguments, &p->sample.constraints));
    DG_TRY(read_numbers(arguments, p));
    DG_TRY(read_keep(arguments, p));
    if (!p->nodes) return DIGRESS_OK;
    DG_TRY(dg_parse_nodes(p->nodes, &p->histogram, &p->sample.max_n));
    p->sample.n_histogram = p->histogram;
    return DIGRESS_OK;
}

static digress_status show_progress(void *context, size_t done, size_t total) {
    plan *p = context;
    dg_progress_bar(&p->progress, "sampling, steps", done, total);
    if (is_first()) dg_rest_save_now_and_then(&p->rest);
    return DIGRESS_OK;
}

static void warn_of_large_graphs(const plan *p, const dg_model *model) {
    if (p->histogram && p->sample.max_n > model->statistics.max_n)
        dg_warn("--nodes asks for up to %zu nodes, the largest graph of the training set had %zu",
                p->sample.max_n, model->statistics.max_n);
}

static digress_status require_molecules(const dg_model *model) {
    dg_alphabet alphabet;
    DG_TRY(dg_rdkit_require());
    digress_status status = dg_alphabet_require(model->classes, &alphabet);
    return status == DIGRESS_OK ? status : dg_error_prefix(status, "the model");
}

/* ---- what is kept ---- */

static digress_status prepare_keep(plan *p, const dg_model *model) {
    if (p->keep.rule == DG_RULE_NONE) p->keep.rule = dg_rule_of_kind(model->kind);
    if (p->keep.valid && p->keep.rule == DG_RULE_NONE)
        return dg_error(
            DIGRESS_ERROR_INPUT,
            "--keep valid: there is no rule for the kind of the model's set: give --valid "
            "planar, tree, lobster, grid, sbm, connected or molecule");
    if (p->keep.valid && p->keep.rule == DG_RULE_MOLECULE) DG_TRY(require_molecules(model));
    if (p->keep.novel)
        DG_TRY(dg_sample_train(model, p->train_path, p->out, &dg_interrupt_watch, &p->train));
    p->keep.train = p->train;
    return DIGRESS_OK;
}

static digress_status draw_samples(plan *p, dg_pool *pool, const dg_model *model,
                                   digress_graph_set *out, digress_graph_set **chains) {
    if (!p->keeping) return dg_sample(model, pool, &p->sample, out, chains);
    DG_TRY(dg_sample_and_keep(model, pool, &p->sample, &p->keep, out, &p->kept));
    if (p->kept.kept > 0) return DIGRESS_OK;
    return dg_error(DIGRESS_ERROR_INPUT,
                    "none of the %zu graphs drawn can be kept: nothing was written; raise "
                    "--max-tries, or ask for fewer",
                    p->kept.drawn);
}

static void print_rate(bool asked, const char *name, size_t count, size_t drawn) {
    dg_share share = dg_share_of(count, drawn);
    if (asked)
        printf(", %s %.1f%% [%.1f, %.1f]", name, 100 * share.share, 100 * share.low,
               100 * share.high);
}

static void print_rates(const plan *p) {
    printf("of %zu drawn", p->kept.drawn);
    print_rate(p->keep.valid, "valid", p->kept.valid, p->kept.drawn);
    print_rate(p->keep.unique, "unique", p->kept.unique, p->kept.drawn);
    print_rate(p->keep.novel, "novel", p->kept.novel, p->kept.drawn);
    printf(" (95%% intervals)\n");
    if (p->kept.kept < p->sample.count)
        dg_warn("%zu of the %zu graphs wanted were found: raise --max-tries for more", p->kept.kept,
                p->sample.count);
}

/* ---- writing ---- */

/* FOLDER/chains/000000 ...: the frames of a chain, noisiest first. */
static digress_status write_chain(plan *p, const char *folder, size_t index,
                                  const digress_graph_set *frames) {
    char *path = dg_format("%s/chains/%06zu", folder, index);
    digress_status status = path ? dg_make_folders(path) : dg_out_of_memory();
    if (status == DIGRESS_OK) status = dg_outputs_write(&p->outputs, frames, path, "frames");
    free(path);
    return status;
}

/* For a signal during work that cannot be interrupted. */
static void end_drawing(void *context) {
    plan *p = context;
    dg_error(DIGRESS_INTERRUPTED, "stopped by %s", dg_interrupt_name());
    (void)dg_rest_keep(&p->rest, p->sample.count, DIGRESS_INTERRUPTED);
    dg_print_failure();
    dg_folder_abort(&p->folder);
}

/* Ranks wait for each other, and do not end by themselves. */
static digress_status draw_in_time(plan *p, dg_pool *pool, const dg_model *model,
                                   digress_graph_set *out, digress_graph_set **chains) {
    dg_deadline deadline;
    if (dg_ranks_joined()) return draw_samples(p, pool, model, out, chains);
    DG_TRY(dg_deadline_begin(&deadline, end_drawing, p));
    digress_status status = draw_samples(p, pool, model, out, chains);
    dg_deadline_end(&deadline);
    return status;
}

static digress_status write_samples(plan *p, const char *folder, const digress_graph_set *samples,
                                    digress_graph_set *const *chains) {
    if (!is_first()) return DIGRESS_OK;
    for (size_t k = 0; k < p->sample.chains; k++)
        DG_TRY(write_chain(p, folder, k, chains[k]));
    return dg_outputs_write(&p->outputs, samples, folder, "samples");
}

static digress_status sample_into(plan *p, dg_pool *pool, const dg_model *model, const char *folder,
                                  digress_graph_set *out, digress_graph_set **chains) {
    p->sample.chain_frames = model->config.general.number_chain_steps;
    p->sample.progress = show_progress;
    p->sample.progress_context = p;
    p->sample.store = &p->rest.store;
    p->sample.interventions = &p->interventions;
    dg_pool_watch(pool, &dg_interrupt_watch);
    if (is_first()) dg_progress_begin(&p->progress);
    digress_status status = agree(draw_in_time(p, pool, model, out, chains));
    dg_progress_end(&p->progress);
    dg_pool_watch(pool, NULL);
    DG_TRY(status);
    return agree(write_samples(p, folder, out, chains));
}

/* ---- the sets to fill ---- */

static digress_status sample_sets(plan *p, dg_pool *pool, const dg_model *model,
                                  const char *folder) {
    digress_graph_set **sets = NULL; /* [0]: the samples; then the chains */
    size_t count = p->sample.chains + 1;
    DG_TRY(dg_allocate(count, sizeof(digress_graph_set *), &sets));
    digress_status status = DIGRESS_OK;
    for (size_t k = 0; k < count && status == DIGRESS_OK; k++)
        status = digress_graph_set_create_like(model->classes, &sets[k]);
    if (status == DIGRESS_OK) status = sample_into(p, pool, model, folder, sets[0], sets + 1);
    for (size_t k = 0; k < count; k++)
        digress_graph_set_free(sets[k]);
    free(sets);
    return status;
}

static digress_status fill_folder(plan *p, dg_pool *pool, const dg_model *model) {
    digress_status status = DIGRESS_OK;
    if (is_first()) status = dg_folder_begin(&p->folder, p->out, &dg_samples_folder, p->force);
    DG_TRY(agree(status));
    status = sample_sets(p, pool, model, p->folder.temporary);
    if (!is_first()) return status == DIGRESS_OK ? agree(status) : status;
    if (status == DIGRESS_OK) return agree(dg_folder_commit(&p->folder));
    char *reason = dg_format("%s", digress_last_error());
    dg_folder_abort(&p->folder);
    if (reason) dg_error(status, "%s", reason);
    free(reason);
    return status;
}

static digress_status open_rest(plan *p, const dg_model *model) {
    char *origin = NULL;
    DG_TRY(dg_sample_origin(model, &p->sample, &origin));
    digress_status status =
        dg_rest_open(model->classes, origin, p->out, p->resume, p->force, &p->rest);
    free(origin);
    return status;
}

static digress_status sample_folder(plan *p, dg_pool *pool, const dg_model *model) {
    DG_TRY(agree(open_rest(p, model)));
    digress_status status = fill_folder(p, pool, model);
    if (!is_first()) return status;
    if (status != DIGRESS_OK) return dg_rest_keep(&p->rest, p->sample.count, status);
    DG_TRY(dg_rest_remove(&p->rest));
    dg_print(stdout, "%zu graphs in %s", p->keeping ? p->kept.kept : p->sample.count, p->out);
    if (p->outputs.judged) printf("; %zu of them are not valid molecules", p->outputs.invalid);
    printf("\n");
    if (p->keeping) print_rates(p);
    dg_print_interventions(&p->sample.constraints, &p->interventions);
    return DIGRESS_OK;
}

static digress_status run_plan(const dg_arguments *arguments, plan *p) {
    dg_model *model = NULL;
    dg_pool *pool = NULL;
    const char *const inputs[] = {p->checkpoint, p->train_path, p->nodes, p->fixed_path};
    DG_TRY(agree(is_first() ? dg_folder_check(p->out, &dg_samples_folder, p->force, 4, inputs)
                            : DIGRESS_OK));
    dg_interrupt_catch();
    digress_status status = dg_model_open(p->checkpoint, p->backend, p->precision, &model);
    if (status == DIGRESS_OK) warn_of_large_graphs(p, model);
    if (status == DIGRESS_OK && dg_outputs_have_molecules(&p->outputs))
        status = require_molecules(model);
    if (status == DIGRESS_OK) status = choose_sampler(arguments, model);
    if (status == DIGRESS_OK && p->targets.regressor)
        status = dg_model_open(p->targets.regressor, p->backend, p->precision, &p->regressor);
    p->sample.regressor = p->regressor;
    p->sample.regressor_scale = p->targets.scale;
    if (status == DIGRESS_OK && p->fixed_path)
        status = dg_sample_fixed_read(model, p->fixed_path, &dg_interrupt_watch, &p->fixed);
    p->sample.fixed.part = p->fixed;
    if (status == DIGRESS_OK && p->keeping) status = prepare_keep(p, model);
    if (status == DIGRESS_OK) status = dg_pool_create(p->threads, &pool);
    if (status == DIGRESS_OK) dg_pool_join(pool, dg_ranks_joined());
    status = agree(status);
    if (status == DIGRESS_OK) status = sample_folder(p, pool, model);
    dg_pool_free(pool);
    dg_model_free(model);
    return status;
}

static digress_status run_sample(int argc, char **argv) {
    dg_arguments arguments;
    DG_TRY(dg_arguments_parse(&dg_command_sample, argc, argv, &arguments));
    plan p = {0};
    digress_status status = arguments.help ? DIGRESS_OK : make_plan(&arguments, &p);
    if (status == DIGRESS_OK && !arguments.help) status = run_plan(&arguments, &p);
    dg_rest_free(&p.rest);
    free(p.checkpoint);
    free(p.histogram);
    digress_graph_set_free(p.train);
    digress_graph_set_free(p.fixed);
    dg_given_targets_free(&p.targets);
    dg_model_free(p.regressor);
    dg_arguments_free(&arguments);
    return status;
}
