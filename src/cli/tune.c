/* digress tune: finds the sampler with which a trained model draws best. */
#include "cli/interrupt.h"
#include "cli/options.h"
#include "cli/sample_origin.h"
#include "cli/sample_train.h"
#include "core/file.h"
#include "core/hash.h"
#include "core/log.h"
#include "distributed/launch.h"
#include "graph/classes.h"
#include "graph/graph_set.h"
#include "train/data.h"
#include "train/run_folder.h"
#include "tune/search.h"
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static digress_status tune_command(int argc, char **argv);

enum { DEFAULT_COUNT = 64, DEFAULT_STEPS = 100, DEFAULT_MOST = 500 };

static const dg_option options[] = {
    {"val", 0, "DATA",
     "the validation set; of a set folder, its val part (the one that the model's config names)"},
    {"train", 0, "DATA",
     "the training set, for novelty and the ratio (the one that the model's config names)"},
    {"valid", 0, DG_RULE_ROWS(DG_RULE_TEXT, "|") "|none",
     "what a valid graph is (by the kind of the training set)"},
    {"count", 'n', "N", "graphs to draw with each candidate (64)"},
    {"steps", 0, "K", "steps of candidates that vary something else (100, or T if it is less)"},
    {"most-steps", 0, "K", "the most steps to try (500, or T if it is more)"},
    {"seed", 0, "S", "seed of the draws (0)"},
    {"threads", 0, "K", "threads (all processors)"},
    {"resume", 0, NULL, "go on with a search that was stopped (RUN/tune.jsonl)"},
    {"force", 'f', NULL, "start over, and forget what an earlier search tried (refused)"},
    {"dry-run", 0, NULL, "print the table, and leave the checkpoint as it is (it is written)"},
    {0}};

const dg_command dg_command_tune = {
    "tune",
    "CHECKPOINT [--val DATA] [OPTION ...]",
    "Finds the sampler with which a checkpoint, or the best one of a run folder, draws best: "
    "sampler, "
    "steps, eta, omega and distortion.",
    options,
    tune_command,
    "Candidates are compared by the share of valid, unique and novel graphs, then by the mean "
    "ratio "
    "of the MMDs to the validation set; the test set is never read. The best goes into the "
    "checkpoint's keys sample.*, by which 'digress sample' then draws. It was chosen by the "
    "numbers "
    "in the table, which flatter it: judge it with 'digress eval' on the test set.\n"
    "What was tried is in RUN/tune.jsonl, or in CHECKPOINT.tune.jsonl; a search that is stopped "
    "goes "
    "on with --resume.",
    NULL};

typedef struct plan {
    const char *given; /* checkpoint or run */
    char *checkpoint;  /* owned */
    char *record_path; /* owned */
    const char *val_path, *train_path;
    bool resume, force, dry_run;
    uint64_t threads, steps, most_steps;
    dg_search_options search;
    dg_rule rule;
    bool rule_given;
    digress_graph_set *val, *train; /* owned */
    dg_run_lock lock;
    dg_trial_file record;
    dg_progress progress;
} plan;

static const char *option(const dg_arguments *arguments, const char *name) {
    return dg_argument(&dg_command_tune, arguments, name);
}

/* Of ranks that search together, the first alone writes and speaks; they agree on what it does. */
static bool is_first(void) {
    return dg_is_first_rank(dg_ranks_joined());
}

static digress_status agree(digress_status status) {
    return dg_ranks_agree(dg_ranks_joined(), status);
}

static digress_status make_plan(const dg_arguments *arguments, plan *p) {
    uint64_t count = DEFAULT_COUNT;
    if (arguments->positional_count != 1)
        return dg_error(DIGRESS_ERROR_INPUT, "tune: expected one CHECKPOINT, got %zu",
                        arguments->positional_count);
    p->given = arguments->positional[0];
    p->val_path = option(arguments, "val");
    p->train_path = option(arguments, "train");
    p->resume = option(arguments, "resume") != NULL;
    p->force = option(arguments, "force") != NULL;
    p->dry_run = option(arguments, "dry-run") != NULL;
    if (p->resume && p->force)
        return dg_error(DIGRESS_ERROR_INPUT, "--resume and --force exclude each other");
    p->rule_given = option(arguments, "valid") != NULL;
    if (p->rule_given) DG_TRY(dg_rule_parse(option(arguments, "valid"), &p->rule));
    DG_TRY(dg_argument_number(arguments, "count", 2, 100000, &count));
    DG_TRY(dg_argument_number(arguments, "steps", 1, 1000000, &p->steps));
    DG_TRY(dg_argument_number(arguments, "most-steps", 1, 1000000, &p->most_steps));
    DG_TRY(dg_argument_number(arguments, "seed", 0, UINT64_MAX, &p->search.seed));
    DG_TRY(dg_argument_number(arguments, "threads", 1, UINT16_MAX, &p->threads));
    p->search.count = count;
    return DIGRESS_OK;
}

/* ---- what is read ---- */

static digress_status name_record(plan *p) {
    DG_TRY(dg_model_find(p->given, &p->checkpoint));
    p->record_path = dg_is_folder(p->given) ? dg_path_join(p->given, "tune.jsonl")
                                            : dg_format("%s.tune.jsonl", p->checkpoint);
    if (!p->record_path) return dg_out_of_memory();
    /* A training in this folder would overwrite the checkpoint in the meantime. */
    return is_first() && dg_is_folder(p->given) ? dg_run_lock_take(p->given, &p->lock) : DIGRESS_OK;
}

/* The sets that the model's config names, for those that are not given. */
static digress_status read_own(plan *p, const dg_model *model) {
    dg_dataset data;
    if (p->val && p->train) return DIGRESS_OK;
    digress_status status = dg_training_data(&model->config, &dg_interrupt_watch, &data);
    if (status != DIGRESS_OK)
        return dg_error_prefix(status,
                               "the model's own set, as not both --val and --train are given");
    digress_graph_set **wanted[] = {&p->val, &p->train}, **there[] = {&data.val, &data.train};
    for (size_t k = 0; k < 2 && status == DIGRESS_OK; k++) {
        if (*wanted[k] || !*there[k]) continue;
        *wanted[k] = *there[k];
        *there[k] = NULL;
        status = dg_graph_set_adopt(wanted[k], model->classes, "the model");
    }
    dg_dataset_free(&data);
    return status;
}

static digress_status read_sets(plan *p, const dg_model *model) {
    if (p->val_path)
        DG_TRY(dg_sample_part(model, p->val_path, "val", &dg_interrupt_watch, &p->val));
    if (p->train_path)
        DG_TRY(dg_sample_part(model, p->train_path, "train", &dg_interrupt_watch, &p->train));
    DG_TRY(read_own(p, model));
    if (!p->val)
        return dg_error(DIGRESS_ERROR_INPUT,
                        "the model's set has no validation part: give one with --val");
    p->search.val = p->val;
    p->search.train = p->train;
    p->search.rule = p->rule_given ? p->rule : dg_rule_of_kind(model->kind);
    return DIGRESS_OK;
}

static void choose_steps(plan *p, const dg_model *model) {
    const size_t T = model->noise->schedule.T;
    p->search.steps = p->steps ? p->steps : T < DEFAULT_STEPS ? T : DEFAULT_STEPS;
    p->search.most_steps = p->most_steps ? p->most_steps : T > DEFAULT_MOST ? T : DEFAULT_MOST;
}

/* Whether the ranks search for the same, in the same sets. */
static digress_status compare_ranks(const plan *p, const char *origin) {
    dg_ranks *ranks = dg_ranks_joined();
    if (dg_rank_count(ranks) == 1) return DIGRESS_OK;
    const uint64_t sets = dg_hash_set(dg_hash_set(DG_HASH_START, p->val), p->train);
    char *text = dg_format("%s (%016" PRIx64 ")", origin, sets);
    DG_TRY(agree(text ? DIGRESS_OK : dg_out_of_memory()));
    digress_status status = dg_ranks_same(ranks, text);
    free(text);
    return status;
}

static digress_status open_shared_record(plan *p, const char *origin) {
    digress_status status = DIGRESS_OK;
    DG_TRY(compare_ranks(p, origin));
    if (is_first())
        status = dg_trial_file_open(p->record_path, origin, p->resume, p->force, &p->record);
    DG_TRY(agree(status));
    return dg_trial_file_share(dg_ranks_joined(), &p->record);
}

static digress_status open_record(plan *p, dg_model *model) {
    const dg_candidate usual = {.steps = p->search.steps,
                                .eta = dg_is_continuous(&model->config) ? 1 : 0};
    const dg_sample_options draws = {.seed = p->search.seed};
    char *samples = NULL, *origin = NULL;
    DG_TRY(dg_candidate_use(&usual, model)); /* independent of what an earlier search chose */
    DG_TRY(dg_sample_origin(model, &draws, &samples));
    origin =
        dg_format("%zu graphs, %s, val %zu graphs, train %zu graphs, valid %s", p->search.count,
                  samples, digress_graph_set_count(p->val),
                  p->train ? digress_graph_set_count(p->train) : 0, dg_rule_name(p->search.rule));
    free(samples);
    if (!origin) return dg_out_of_memory();
    digress_status status = open_shared_record(p, origin);
    free(origin);
    return status;
}

/* ---- what is printed ---- */

static int best_first(const void *left, const void *right) {
    const dg_trial *a = left, *b = right;
    if (dg_trial_better(a, b)) return -1;
    return dg_trial_better(b, a) ? 1 : 0;
}

static void print_share(const dg_share *share) {
    if (isnan(share->share))
        printf("  %19s", "-");
    else
        printf("  %5.1f [%5.1f,%5.1f]", 100 * share->share, 100 * share->low, 100 * share->high);
}

static void print_trial(const dg_trial *trial) {
    const dg_candidate *c = &trial->candidate;
    printf("%-9s %5zu %5g %5g  %-9s", dg_config_choice_name("sample.sampler", (unsigned)c->sampler),
           c->steps, c->eta, c->omega,
           dg_config_choice_name("sample.distortion", (unsigned)c->distortion));
    print_share(&trial->score.vun);
    if (isnan(trial->score.ratio))
        printf(" %8s", "-");
    else
        printf(" %8.3g", trial->score.ratio);
    printf(" %9.3g\n", trial->seconds);
}

static void print_table(plan *p) {
    const char *good = p->search.rule == DG_RULE_MOLECULE ? "valid, unique %" : "V.U.N. %";
    qsort(p->record.trials, p->record.count, sizeof *p->record.trials, best_first);
    printf("%-9s %5s %5s %5s  %-9s  %19s %8s %9s\n", "sampler", "steps", "eta", "omega",
           "distortion", good, "ratio", "s/graph");
    for (size_t k = 0; k < p->record.count; k++)
        print_trial(&p->record.trials[k]);
}

static digress_status finish(plan *p, const dg_model *model) {
    print_table(p);
    if (p->dry_run) {
        dg_print(stdout, "%s is left as it was (--dry-run)\n", p->checkpoint);
        return DIGRESS_OK;
    }
    DG_TRY(dg_model_save_sampling(model, p->checkpoint));
    dg_print(stdout, "%s is sampled by the first of these from now on\n", p->checkpoint);
    return DIGRESS_OK;
}

/* ---- all ---- */

static digress_status show_progress(void *context, size_t done, size_t total) {
    plan *p = context;
    dg_progress_bar(&p->progress, "tuning, steps", done, total);
    return DIGRESS_OK;
}

static digress_status search_with(plan *p, dg_model *model, dg_pool *pool) {
    dg_trial best;
    dg_pool_watch(pool, &dg_interrupt_watch);
    p->search.progress = show_progress;
    p->search.progress_context = p;
    if (is_first()) dg_progress_begin(&p->progress);
    digress_status status = dg_search(model, pool, &p->search, &p->record, &best);
    dg_progress_end(&p->progress);
    if (status == DIGRESS_OK) return agree(is_first() ? finish(p, model) : DIGRESS_OK);
    return dg_error_prefix(status,
                           "%zu candidates have been tried and are in %s (go on with --resume)",
                           p->record.count, p->record_path);
}

static digress_status run_plan(plan *p) {
    dg_model *model = NULL;
    dg_pool *pool = NULL;
    dg_interrupt_catch();
    DG_TRY(agree(name_record(p)));
    digress_status status = dg_model_open(p->checkpoint, NULL, NULL, &model);
    if (status == DIGRESS_OK) choose_steps(p, model);
    if (status == DIGRESS_OK) status = read_sets(p, model);
    if (status == DIGRESS_OK) status = dg_pool_create(p->threads, &pool);
    if (status == DIGRESS_OK) dg_pool_join(pool, dg_ranks_joined());
    status = agree(status);
    if (status == DIGRESS_OK) status = open_record(p, model);
    if (status == DIGRESS_OK) status = search_with(p, model, pool);
    dg_pool_free(pool);
    dg_model_free(model);
    return status;
}

static digress_status tune_command(int argc, char **argv) {
    dg_arguments arguments;
    DG_TRY(dg_arguments_parse(&dg_command_tune, argc, argv, &arguments));
    plan p = {0};
    dg_ranks *ranks = dg_ranks_joined();
    const uint64_t known = dg_rank_failures(ranks);
    digress_status status = arguments.help ? DIGRESS_OK : make_plan(&arguments, &p);
    if (status == DIGRESS_OK && !arguments.help) status = run_plan(&p);
    status = dg_ranks_settle(ranks, known, status);
    dg_run_lock_release(&p.lock);
    dg_trial_file_free(&p.record);
    free(p.checkpoint);
    free(p.record_path);
    digress_graph_set_free(p.val);
    digress_graph_set_free(p.train);
    dg_arguments_free(&arguments);
    return status;
}
