/* digress eval: how samples compare with a test set, and the bound of a model on a set. */
#include "cli/options.h"

#include "core/file.h"
#include "core/memory.h"
#include "eval/compare.h"
#include "sample/bound.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static digress_status run(int argc, char **argv);

static const dg_option options[] = {
    {"ref", 0, "DATA", "the test set to compare with; of a set folder, its test part"},
    {"train", 0, "DATA", "the training set, compared too; of a set folder, its train part"},
    {"json", 0, NULL, "print JSON alone on standard output"},
    {"threads", 0, "K", "threads (all processors)"},
    {"checkpoint", 0, "FILE", "a trained model, whose bound on --nll is computed"},
    {"nll", 0, "DATA", "the set for the bound; of a set folder, its test part"},
    {"repeats", 0, "R", "draws of the time step a graph for the bound (10)"},
    {"seed", 0, "S", "key of the bound's noise (0)"},
    {0}};

const dg_command dg_command_eval = {
    "eval", "[--ref DATA] [--train DATA] [--json] SAMPLES... | --checkpoint FILE --nll DATA",
    "Measures how close sampled graphs are to a test set, or a model's bound on a set.", options,
    run};

enum { DEFAULT_REPEATS = 10 };

static const char *option(const dg_arguments *arguments, const char *name) {
    return dg_argument(&dg_command_eval, arguments, name);
}

/* Reads DATA; of a set folder without ":split", the given part. */
static digress_status read_part(const char *path, const char *part, digress_graph_set **out) {
    char *mark = dg_path_join(path, "dataset.json");
    char *chosen = dg_format("%s:%s", path, part);
    digress_status status = dg_error(DIGRESS_ERROR_MEMORY, "out of memory");
    if (mark && chosen)
        status = digress_graph_set_read(dg_exists(mark) ? chosen : path, NULL, NULL, out);
    free(mark);
    free(chosen);
    return status;
}

/* ---- the table ---- */

static json_t *number(double value) {
    return isfinite(value) ? json_real(value) : json_null();
}

static json_t *by_descriptor(const double *values) {
    json_t *object = json_object();
    for (size_t d = 0; d < DG_DESCRIPTOR_COUNT; d++)
        json_object_set_new(object, dg_descriptors[d].name, number(values[d]));
    return object;
}

static json_t *set_json(const char *path, const dg_compared_set *set) {
    json_t *object = json_object();
    if (path) json_object_set_new(object, "path", json_string(path));
    json_object_set_new(object, "count", json_integer((json_int_t)set->count));
    json_object_set_new(object, "mean",
                        json_pack("{s:o, s:o, s:o, s:o, s:o}", "n", number(set->nodes), "edges",
                                  number(set->edges), "degree", number(set->degree), "clustering",
                                  number(set->clustering), "triangles", number(set->triangles)));
    json_object_set_new(object, "mmd", by_descriptor(set->mmd));
    return object;
}

static digress_status print_json(json_t *object) {
    int failed = json_dumpf(object, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(17));
    json_decref(object);
    printf("\n");
    if (failed) return dg_error(DIGRESS_ERROR_IO, "cannot write JSON to standard output");
    return DIGRESS_OK;
}

static digress_status print_comparison_json(const dg_arguments *arguments,
                                            const dg_comparison *comparison) {
    json_t *samples = json_array();
    for (size_t k = 0; k < comparison->sample_sets; k++) {
        json_t *set = set_json(arguments->positional[k], &comparison->samples[k]);
        json_object_set_new(set, "share", by_descriptor(comparison->samples[k].share));
        json_array_append_new(samples, set);
    }
    bool has_reference = comparison->has_reference;
    return print_json(json_pack(
        "{s:o, s:o, s:o, s:o}", "reference",
        has_reference ? set_json(option(arguments, "ref"), &comparison->reference) : json_null(),
        "train",
        comparison->has_train ? set_json(option(arguments, "train"), &comparison->train)
                              : json_null(),
        "er", has_reference ? set_json(NULL, &comparison->baseline) : json_null(), "samples",
        samples));
}

enum { LABEL_WIDTH = 28 };

/* A number, or "-" where it is not defined, right-aligned. */
static void print_cell(double value, int width, int precision) {
    if (isfinite(value)) {
        printf(" %*.*f", width, precision, value);
    } else {
        printf(" %*s", width, "-");
    }
}

static void print_row(const char *label, const dg_compared_set *set) {
    size_t length = strlen(label);
    printf("%-*s %7zu", LABEL_WIDTH, length > LABEL_WIDTH ? label + length - LABEL_WIDTH : label,
           set->count);
    print_cell(set->nodes, 7, 2);
    print_cell(set->edges, 8, 2);
    print_cell(set->degree, 7, 3);
    print_cell(set->clustering, 10, 4);
    print_cell(set->triangles, 9, 2);
    for (size_t d = 0; d < DG_DESCRIPTOR_COUNT; d++)
        print_cell(set->mmd[d], 14, 6);
    printf("\n");
}

static void print_shares(const char *label, const dg_compared_set *set) {
    printf("%s:", label);
    for (size_t d = 0; d < DG_DESCRIPTOR_COUNT; d++) {
        printf("%s %s", d ? "," : "", dg_descriptors[d].name);
        print_cell(set->share[d], 0, 3);
    }
    printf(" of the way from Erdos-Renyi to train\n");
}

/* Two sets of a and b graphs are up to 1/a + 1/b apart for their size alone. */
static void print_caution(const dg_comparison *comparison) {
    for (size_t k = 0; k < comparison->sample_sets; k++) {
        if (comparison->samples[k].count == comparison->train.count) continue;
        printf("The fewer the graphs, the larger a squared MMD: take as many samples as train has "
               "(%zu) to compare the two.\n",
               comparison->train.count);
        return;
    }
}

static void print_table(const dg_arguments *arguments, const dg_comparison *comparison) {
    printf("%-*s %7s %7s %8s %7s %10s %9s", LABEL_WIDTH, "", "graphs", "n", "edges", "degree",
           "clustering", "triangles");
    for (size_t d = 0; d < DG_DESCRIPTOR_COUNT; d++) {
        char title[32];
        snprintf(title, sizeof title, "MMD %s", dg_descriptors[d].name);
        printf(" %14s", title);
    }
    printf("\n");
    if (comparison->has_reference) print_row("test set", &comparison->reference);
    if (comparison->has_train) print_row("train", &comparison->train);
    for (size_t k = 0; k < comparison->sample_sets; k++)
        print_row(arguments->positional[k], &comparison->samples[k]);
    if (comparison->has_reference) print_row("Erdos-Renyi", &comparison->baseline);
    if (!comparison->has_reference || !comparison->has_train) return;
    for (size_t k = 0; k < comparison->sample_sets; k++)
        print_shares(arguments->positional[k], &comparison->samples[k]);
    print_caution(comparison);
}

/* What a comparison reads. */
typedef struct inputs {
    digress_graph_set *reference, *train;
    size_t sample_sets;
    digress_graph_set **samples; /* [sample_sets] */
} inputs;

static digress_status read_inputs(const dg_arguments *arguments, inputs *in) {
    const char *reference = option(arguments, "ref"), *train = option(arguments, "train");
    if (reference) DG_TRY(read_part(reference, "test", &in->reference));
    if (train) DG_TRY(read_part(train, "train", &in->train));
    DG_TRY(dg_allocate(arguments->positional_count, sizeof *in->samples, &in->samples));
    in->sample_sets = arguments->positional_count;
    for (size_t k = 0; k < in->sample_sets; k++)
        DG_TRY(digress_graph_set_read(arguments->positional[k], NULL, NULL, &in->samples[k]));
    return DIGRESS_OK;
}

static void free_inputs(inputs *in) {
    for (size_t k = 0; k < in->sample_sets; k++)
        digress_graph_set_free(in->samples[k]);
    free(in->samples);
    digress_graph_set_free(in->reference);
    digress_graph_set_free(in->train);
}

static digress_status compare(const dg_arguments *arguments, dg_pool *pool, const inputs *in) {
    dg_comparison comparison;
    DG_TRY(dg_compare(pool, in->reference, in->train, in->sample_sets,
                      (const digress_graph_set *const *)in->samples, &comparison));
    digress_status status = DIGRESS_OK;
    if (option(arguments, "json")) {
        status = print_comparison_json(arguments, &comparison);
    } else {
        print_table(arguments, &comparison);
    }
    dg_comparison_free(&comparison);
    return status;
}

static digress_status run_table(const dg_arguments *arguments, dg_pool *pool) {
    if (arguments->positional_count == 0)
        return dg_error(DIGRESS_ERROR_INPUT,
                        "eval: no SAMPLES given (or --checkpoint and --nll for a model's bound)");
    inputs in = {0};
    digress_status status = read_inputs(arguments, &in);
    if (status == DIGRESS_OK) status = compare(arguments, pool, &in);
    free_inputs(&in);
    return status;
}

/* ---- the bound ---- */

static json_t *bound_json(const dg_arguments *arguments, size_t count, uint64_t repeats,
                          uint64_t seed, const dg_bound *bound) {
    return json_pack(
        "{s:s, s:s, s:I, s:I, s:I, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, "
        "s:o}",
        "checkpoint", option(arguments, "checkpoint"), "data", option(arguments, "nll"), "count",
        (json_int_t)count, "repeats", (json_int_t)repeats, "seed", (json_int_t)seed, "nll",
        number(bound->nll), "nll_exact", number(bound->nll_exact), "without_pn",
        number(bound->without_pn), "without_pn_exact", number(bound->without_pn_exact), "log_pn",
        number(bound->log_pn), "kl_prior", number(bound->kl_prior), "kl_X", number(bound->kl_X),
        "kl_E", number(bound->kl_E), "kl_X_exact", number(bound->kl_X_exact), "kl_E_exact",
        number(bound->kl_E_exact), "reconstruction", number(bound->reconstruction));
}

static void print_bound(const dg_model *model, size_t count, const dg_bound *bound) {
    double steps = (double)model->config.model.diffusion_steps;
    printf("%zu graphs; nats a graph\n", count);
    printf("%-28s %12s %12s\n", "", "published", "exact");
    printf("%-28s %12.4f %12.4f\n", "negative log-likelihood", bound->nll, bound->nll_exact);
    printf("%-28s %12.4f %12.4f\n", "  without p(n)", bound->without_pn, bound->without_pn_exact);
    printf("%-28s %12.4f %12.4f\n", "  -log p(n)", -bound->log_pn, -bound->log_pn);
    printf("%-28s %12.4f %12.4f\n", "  prior KL", bound->kl_prior, bound->kl_prior);
    printf("%-28s %12.4f %12.4f\n", "  T KL of the nodes", steps * bound->kl_X,
           steps * bound->kl_X_exact);
    printf("%-28s %12.4f %12.4f\n", "  T KL of the pairs", steps * bound->kl_E,
           steps * bound->kl_E_exact);
    printf("%-28s %12.4f %12.4f\n", "  -log p(x | z_0)", -bound->reconstruction,
           -bound->reconstruction);
    printf("published: DiGress's own figure; exact: with the KL to what is sampled from\n");
}

static digress_status bound_of_set(const dg_arguments *arguments, dg_pool *pool,
                                   const dg_model *model, const digress_graph_set *set) {
    const char *repeats_text = option(arguments, "repeats"), *seed_text = option(arguments, "seed");
    uint64_t repeats = DEFAULT_REPEATS, seed = 0;
    if (repeats_text) DG_TRY(dg_parse_u64("--repeats", repeats_text, 1, UINT32_MAX, &repeats));
    if (seed_text) DG_TRY(dg_parse_u64("--seed", seed_text, 0, INT64_MAX, &seed));
    dg_bound bound;
    DG_TRY(dg_bound_of(model, pool, set, repeats, seed, &bound));
    size_t count = digress_graph_set_count(set);
    if (option(arguments, "json"))
        return print_json(bound_json(arguments, count, repeats, seed, &bound));
    print_bound(model, count, &bound);
    return DIGRESS_OK;
}

static digress_status bound_of_model(const dg_arguments *arguments, dg_pool *pool,
                                     const dg_model *model) {
    digress_graph_set *set = NULL;
    DG_TRY(read_part(option(arguments, "nll"), "test", &set));
    digress_status status = bound_of_set(arguments, pool, model, set);
    digress_graph_set_free(set);
    return status;
}

static digress_status run_bound(const dg_arguments *arguments, dg_pool *pool) {
    const char *checkpoint = option(arguments, "checkpoint");
    if (!checkpoint || !option(arguments, "nll") || arguments->positional_count > 0)
        return dg_error(DIGRESS_ERROR_INPUT,
                        "eval: the bound needs --checkpoint FILE and --nll DATA, and no SAMPLES");
    dg_model *model = NULL;
    DG_TRY(dg_model_load(checkpoint, &model));
    dg_model_use_ema(model);
    digress_status status = bound_of_model(arguments, pool, model);
    dg_model_free(model);
    return status;
}

static digress_status run_with(const dg_arguments *arguments) {
    uint64_t threads = 0;
    const char *threads_text = option(arguments, "threads");
    if (threads_text) DG_TRY(dg_parse_u64("--threads", threads_text, 1, UINT16_MAX, &threads));
    dg_pool *pool = NULL;
    DG_TRY(dg_pool_create(threads, &pool));
    bool bound = option(arguments, "checkpoint") || option(arguments, "nll");
    digress_status status = bound ? run_bound(arguments, pool) : run_table(arguments, pool);
    dg_pool_free(pool);
    return status;
}

static digress_status run(int argc, char **argv) {
    dg_arguments arguments;
    DG_TRY(dg_arguments_parse(&dg_command_eval, argc, argv, &arguments));
    digress_status status = arguments.help ? DIGRESS_OK : run_with(&arguments);
    dg_arguments_free(&arguments);
    return status;
}
