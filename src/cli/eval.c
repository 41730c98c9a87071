/* digress eval: how samples compare with a test set, and the bound of a model on a set. */
#include "cli/deadline.h"
#include "cli/eval_inputs.h"
#include "cli/eval_targets.h"
#include "cli/interrupt.h"
#include "cli/read_options.h"
#include "cli/sample_train.h"
#include "cli/shipped.h"
#include "cli/standard_input.h"

#include "core/file.h"
#include "core/json.h"
#include "core/log.h"
#include "core/memory.h"
#include "datasets/records.h"
#include "distributed/launch.h"
#include "eval/descriptors/description_cache.h"
#include "eval/report/report.h"
#include "graph/dataset.h"
#include "sample/bound.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static digress_status run_eval(int argc, char **argv);

static const dg_option options[] = {
    {"ref", 0, "DATA", "the test set to compare with; of a set folder, its test part (none)"},
    {"train", 0, "DATA", "the training set, compared too; of a set folder, its train part (none)"},
    {"descriptors", 0, DG_DESCRIPTOR_ROWS(DG_DESCRIPTOR_TEXT, ","),
     "what graphs are compared by: one of these, or several, separated by commas (all)"},
    {"kernels", 0, "all,tv,emd,rbf",
     "kernels of the MMDs: one of these, or several, separated by commas; all: all of them, and "
     "every other number in the table (table: tv; --json and --csv: all)"},
    {"most", 0, "N", "MMDs and PGD take the first N graphs of --ref and --train (5000; 0: all)"},
    {"reference-cache", 0, "FILE",
     "keep the descriptors of --ref in this file, for the next time (not kept)"},
    {"valid", 0, DG_RULE_ROWS(DG_RULE_TEXT, "|") "|none",
     "what a valid graph is (by the kind of --ref's or --train's set)"},
    {"protocol", 0, "digress|plain",
     "digress: the spectral MMD as DiGress's own evaluator computes it (plain)"},
    {"atoms", 0, "LIST",
     "names for the node classes of SAMPLES that have none, such as C,N,O,F (numbers)"},
    {"targets", 0, NULL,
     "also how far samples are from the targets that they were asked for, which safetensors keep "
     "(not)"},
    {"asked", 0, "FILE.csv",
     "the same, with what they were asked for from a table, as in sample --targets (their own)"},
    DG_READ_OPTIONS,
    {"json", 0, NULL, "print nothing but JSON on standard output (a table)"},
    {"csv", 0, NULL, "print nothing but comma-separated values on standard output (a table)"},
    {"threads", 0, "K", "threads (all processors)"},
    {"precision", 0, "f32|bf16",
     "with --checkpoint: precision of the factors of matrix products (f32)"},
    {"backend", 0, "auto|native|onednn",
     "with --checkpoint: what multiplies matrices (auto: the fastest there is)"},
    {"checkpoint", 0, "FILE", "a trained model, whose bound on --nll is computed (none)"},
    {"nll", 0, "DATA", "the set for the bound; of a set folder, its test part (none)"},
    {"repeats", 0, "R", "draws of the time step per graph, for the bound (10)"},
    {"seed", 0, "S", "seed of the bound's noise (0)"},
    {0}};

const dg_command dg_command_eval = {
    "eval",
    "[--ref DATA] [--train DATA] [--json|--csv] SAMPLES... | --checkpoint FILE --nll DATA",
    "Measures how close sampled graphs are to a test set, or a model's bound on a set.\n"
    "SAMPLES and DATA may be files of molecules (SMILES, CSV, SDF), or - for the standard input.",
    options,
    run_eval,
    NULL,
    NULL};

/* An MMD's time grows with the square of the number of graphs that differ: all MMDs of 5000 take a
 * minute. */
enum { DEFAULT_REPEATS = 10, DEFAULT_MOST = 5000 };

static const char *option(const dg_arguments *arguments, const char *name) {
    return dg_argument(&dg_command_eval, arguments, name);
}

/* Ranks evaluate together: all have all results, and the first one prints them. */
static bool is_first(void) {
    return dg_is_first_rank(dg_ranks_joined());
}

/* ---- the comparison ---- */

/* After the names of the kernels comes "all", which also asks for every other number. */
static const char *kernel_name(size_t kernel) {
    return kernel < DG_KERNEL_COUNT ? dg_kernel_name(kernel) : "all";
}

static const char *descriptor_name(size_t descriptor) {
    return dg_descriptor_name(descriptor);
}

/* Reads names separated by commas into the set of their bits. */
static digress_status read_list(const char *what, const char *text, size_t count,
                                const char *(*name)(size_t), unsigned *bits) {
    *bits = 0;
    for (const char *from = text; *from; from += *from == ',') {
        size_t length = strcspn(from, ","), k = 0;
        while (k < count && (strlen(name(k)) != length || strncmp(name(k), from, length) != 0))
            k++;
        if (k == count)
            return dg_error(DIGRESS_ERROR_INPUT,
                            "%s: '%.*s' is not one of them: see 'digress eval --help'", what,
                            (int)length, from);
        *bits |= 1u << k;
        from += length;
    }
    return DIGRESS_OK;
}

static bool wants_table(const dg_arguments *arguments) {
    return !option(arguments, "json") && !option(arguments, "csv");
}

/* A table is short unless --kernels all asks for everything. */
static digress_status read_lists(const dg_arguments *arguments, dg_compare_options *out,
                                 bool *full) {
    const char *descriptors = option(arguments, "descriptors");
    const char *kernels = option(arguments, "kernels");
    if (descriptors)
        DG_TRY(read_list("--descriptors", descriptors, DG_DESCRIPTOR_COUNT, descriptor_name,
                         &out->descriptors));
    const unsigned all = out->kernels;
    if (kernels)
        DG_TRY(read_list("--kernels", kernels, DG_KERNEL_COUNT + 1, kernel_name, &out->kernels));
    else if (wants_table(arguments))
        out->kernels = 1u << DG_KERNEL_TV;
    *full = (out->kernels >> DG_KERNEL_COUNT & 1u) != 0;
    if (*full) out->kernels = all;
    out->baseline = *full || !wants_table(arguments);
    return DIGRESS_OK;
}

static digress_status read_options(const dg_arguments *arguments, dg_compare_options *out,
                                   bool *full) {
    *out = dg_compare_defaults;
    const char *protocol = option(arguments, "protocol"), *rule = option(arguments, "valid");
    const char *most_text = option(arguments, "most");
    uint64_t most = DEFAULT_MOST;
    if (option(arguments, "json") && option(arguments, "csv"))
        return dg_error(DIGRESS_ERROR_INPUT, "eval: --json and --csv exclude each other");
    if (protocol && strcmp(protocol, "digress") != 0 && strcmp(protocol, "plain") != 0)
        return dg_error(DIGRESS_ERROR_INPUT, "--protocol: expected digress or plain, got '%s'",
                        protocol);
    out->as_digress_runs = protocol && strcmp(protocol, "digress") == 0;
    if (most_text) DG_TRY(dg_parse_u64("--most", most_text, 0, UINT32_MAX, &most));
    out->most = most;
    DG_TRY(read_lists(arguments, out, full));
    out->reference_cache = option(arguments, "reference-cache");
    if (rule) return dg_rule_parse(rule, &out->rule);
    DG_TRY(dg_eval_find_rule(option(arguments, "train"), &out->rule));
    return dg_eval_find_rule(option(arguments, "ref"), &out->rule);
}

static void warn_of_cut(const char *name, const digress_graph_set *set, size_t most) {
    if (set && most > 0 && digress_graph_set_count(set) > most)
        dg_log("%s: MMDs, PGD and means are of the first %zu of its %zu graphs (--most 0: all)",
               name, most, digress_graph_set_count(set));
}

static digress_status print_comparison(const dg_arguments *arguments,
                                       const dg_comparison *comparison, bool full) {
    dg_report_names names = {option(arguments, "ref"), option(arguments, "train"),
                             arguments->positional};
    if (!is_first()) return DIGRESS_OK;
    if (option(arguments, "json")) return dg_report_json(stdout, comparison, &names);
    if (option(arguments, "csv")) return dg_report_csv(stdout, comparison, &names);
    DG_TRY(dg_report_table(stdout, comparison, &names, full));
    return dg_report_targets(stdout, comparison, &names);
}

/* `full`: the table has every number. */
static digress_status compare_inputs(const dg_arguments *arguments, dg_pool *pool,
                                     const dg_eval_inputs *in, dg_compare_options how, bool full) {
    dg_progress progress = {0};
    dg_comparison comparison;
    warn_of_cut("test set", in->reference, how.most);
    warn_of_cut("train", in->train, how.most);
    if (is_first()) dg_progress_begin(&progress);
    how.progress = &progress;
    how.unread = in->unread;
    digress_status status = dg_compare(pool, &how, in->reference, in->train, in->sample_sets,
                                       (const digress_graph_set *const *)in->samples, &comparison);
    dg_progress_end(&progress);
    DG_TRY(status);
    status = print_comparison(arguments, &comparison, full);
    dg_comparison_free(&comparison);
    return status;
}

static digress_status run_table(const dg_arguments *arguments, dg_pool *pool) {
    if (arguments->positional_count == 0)
        return dg_error(DIGRESS_ERROR_INPUT,
                        "eval: no SAMPLES given (or --checkpoint and --nll for a model's bound)");
    dg_eval_inputs in = {0};
    dg_compare_options how;
    bool full = false;
    DG_TRY(read_options(arguments, &how, &full));
    if (how.reference_cache && is_first()) DG_TRY(dg_description_cache_check(how.reference_cache));
    how.targets = option(arguments, "targets") || option(arguments, "asked");
    digress_status status = dg_eval_inputs_read(arguments, pool, &in);
    if (status == DIGRESS_OK) status = dg_eval_ask(option(arguments, "asked"), &in);
    status = dg_eval_inputs_agree(&in, status);
    if (status == DIGRESS_OK) status = compare_inputs(arguments, pool, &in, how, full);
    dg_eval_inputs_free(&in);
    return status;
}

/* ---- the bound ---- */

static json_t *json_number(double value) {
    return isfinite(value) ? json_real(value) : json_null();
}

static digress_status print_json(json_t *object) {
    char *text = NULL;
    digress_status status = dg_json_text(object, JSON_INDENT(2) | JSON_REAL_PRECISION(17), &text);
    json_decref(object);
    DG_TRY(status);
    printf("%s\n", text);
    free(text);
    return DIGRESS_OK;
}

static json_t *bound_json(const dg_arguments *arguments, size_t count, uint64_t repeats,
                          uint64_t seed, const dg_bound *bound) {
    return json_pack(
        "{s:o, s:o, s:I, s:I, s:I, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, "
        "s:o, s:o}",
        "checkpoint", dg_json_string(option(arguments, "checkpoint")), "data",
        dg_json_string(option(arguments, "nll")), "count", (json_int_t)count, "repeats",
        (json_int_t)repeats, "seed", (json_int_t)seed, "nll", json_number(bound->nll), "nll_exact",
        json_number(bound->nll_exact), "without_pn", json_number(bound->without_pn),
        "without_pn_exact", json_number(bound->without_pn_exact), "log_pn",
        json_number(bound->log_pn), "kl_prior", json_number(bound->kl_prior), "kl_prior_exact",
        json_number(bound->kl_prior_exact), "kl_X", json_number(bound->kl_X), "kl_E",
        json_number(bound->kl_E), "kl_X_exact", json_number(bound->kl_X_exact), "kl_E_exact",
        json_number(bound->kl_E_exact), "reconstruction", json_number(bound->reconstruction),
        "reconstruction_exact", json_number(bound->reconstruction_exact));
}

static void print_term(const char *label, double published, double exact) {
    const double smallest = 5e-5; /* anything smaller is printed as 0, without a sign */
    printf("%-28s %12.4f %12.4f\n", label, fabs(published) < smallest ? 0 : published,
           fabs(exact) < smallest ? 0 : exact);
}

static void print_bound(const dg_model *model, size_t count, const dg_bound *bound) {
    double steps = (double)model->config.model.diffusion_steps;
    printf("%zu graphs; nats a graph\n", count);
    printf("%-28s %12s %12s\n", "", "published", "exact");
    print_term("negative log-likelihood", bound->nll, bound->nll_exact);
    print_term("  without p(n)", bound->without_pn, bound->without_pn_exact);
    print_term("  -log p(n)", -bound->log_pn, -bound->log_pn);
    print_term("  prior KL", bound->kl_prior, bound->kl_prior_exact);
    print_term("  T KL of the nodes", steps * bound->kl_X, steps * bound->kl_X_exact);
    print_term("  T KL of the pairs", steps * bound->kl_E, steps * bound->kl_E_exact);
    print_term("  -log p(x | z_0)", -bound->reconstruction, -bound->reconstruction_exact);
    printf("%s\n", model->noise->operations->bound->note);
}

static digress_status bound_of_set(const dg_arguments *arguments, dg_pool *pool,
                                   const dg_model *model, const digress_graph_set *set) {
    const char *repeats_text = option(arguments, "repeats"), *seed_text = option(arguments, "seed");
    uint64_t repeats = DEFAULT_REPEATS, seed = 0;
    if (repeats_text) DG_TRY(dg_parse_u64("--repeats", repeats_text, 1, UINT32_MAX, &repeats));
    if (seed_text) DG_TRY(dg_parse_u64("--seed", seed_text, 0, INT64_MAX, &seed));
    dg_bound bound;
    digress_status status = dg_bound_of(model, pool, set, repeats, seed, &bound);
    if (status == DIGRESS_ERROR_INPUT) dg_error_prefix(status, "%s", option(arguments, "nll"));
    DG_TRY(status);
    size_t count = digress_graph_set_count(set);
    if (!is_first()) return DIGRESS_OK;
    if (option(arguments, "json"))
        return print_json(bound_json(arguments, count, repeats, seed, &bound));
    print_bound(model, count, &bound);
    return DIGRESS_OK;
}

/* With molecules whose atoms the model lacks: dropping them would give the bound of another set. */
static digress_status read_bounded(const dg_arguments *arguments, const dg_model *model,
                                   digress_graph_set **out) {
    const char *path = option(arguments, "nll");
    DG_TRY(dg_take_standard_input(&path));
    if (dg_holds_molecules(path)) return dg_sample_molecules(model, path, &dg_interrupt_watch, out);
    return dg_eval_read_part(arguments, path, "test", out);
}

static digress_status bound_of_model(const dg_arguments *arguments, dg_pool *pool,
                                     const dg_model *model) {
    dg_eval_inputs in = {0};
    digress_status status = read_bounded(arguments, model, &in.reference);
    status = dg_eval_inputs_agree(&in, status);
    if (status == DIGRESS_OK) status = bound_of_set(arguments, pool, model, in.reference);
    dg_eval_inputs_free(&in);
    return status;
}

static digress_status run_bound(const dg_arguments *arguments, dg_pool *pool) {
    const char *checkpoint = option(arguments, "checkpoint");
    if (!checkpoint || !option(arguments, "nll") || arguments->positional_count > 0)
        return dg_error(DIGRESS_ERROR_INPUT,
                        "eval: the bound needs --checkpoint FILE and --nll DATA, and no SAMPLES");
    dg_model *model = NULL;
    char *path = NULL;
    DG_TRY(dg_shipped_path(DG_SHIPPED_MODEL, checkpoint, &path));
    digress_status status =
        dg_model_open(path, option(arguments, "backend"), option(arguments, "precision"), &model);
    free(path);
    DG_TRY(status);
    status = bound_of_model(arguments, pool, model);
    dg_model_free(model);
    return status;
}

/* For a signal during work that cannot be interrupted. */
static void say_stopped(void *context) {
    (void)context;
    (void)dg_watch_ask(&dg_interrupt_watch);
    dg_print_failure();
}

static digress_status run_either(const dg_arguments *arguments, dg_pool *pool) {
    const bool bound = option(arguments, "checkpoint") || option(arguments, "nll");
    return bound ? run_bound(arguments, pool) : run_table(arguments, pool);
}

/* Ranks wait for each other, and do not end by themselves. */
static digress_status run_stoppable(const dg_arguments *arguments, dg_pool *pool) {
    dg_deadline deadline;
    dg_ranks *ranks = dg_ranks_joined();
    dg_interrupt_catch();
    dg_pool_watch(pool, &dg_interrupt_watch);
    const uint64_t known = dg_rank_failures(ranks);
    if (!ranks) DG_TRY(dg_deadline_begin(&deadline, say_stopped, NULL));
    digress_status status = run_either(arguments, pool);
    if (!ranks) dg_deadline_end(&deadline);
    return dg_ranks_settle(ranks, known, status);
}

static digress_status run_with_pool(const dg_arguments *arguments) {
    uint64_t threads = 0;
    const char *threads_text = option(arguments, "threads");
    if (threads_text) DG_TRY(dg_parse_u64("--threads", threads_text, 1, UINT16_MAX, &threads));
    dg_pool *pool = NULL;
    DG_TRY(dg_pool_create(threads, &pool));
    dg_pool_join(pool, dg_ranks_joined());
    digress_status status = run_stoppable(arguments, pool);
    dg_pool_free(pool);
    return status;
}

static digress_status run_eval(int argc, char **argv) {
    dg_arguments arguments;
    DG_TRY(dg_arguments_parse(&dg_command_eval, argc, argv, &arguments));
    digress_status status = arguments.help ? DIGRESS_OK : run_with_pool(&arguments);
    dg_arguments_free(&arguments);
    return status;
}
