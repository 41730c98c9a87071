/* digress bench: how fast this machine trains and samples. */
#include "bench/bench.h"
#include "cli/options.h"
#include "core/log.h"
#include "core/threads.h"
#include "math/isa.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const dg_option bench_options[] = {
    {"shape", 0,
     "qm9|gauss|comm20|planar|planar-rrwp|planar-symmetric|sbm|n500|qm9-small|planar-small|"
     "tree-small",
     "the network and its graphs (all)"},
    {"threads", 't', "K", "threads (all processors)"},
    {"backend", 0, "native|onednn", "what multiplies matrices (all that there are)"},
    {"precision", 0, "f32|bf16",
     "precision of the factors of matrix products (all that there are)"},
    {"isa", 0, "v2|v3|v4", "the instruction set: SSE4, AVX2 or AVX-512 (the best that there is)"},
    {"seconds", 0, "T", "seconds for each figure, or one round where that takes longer (3)"},
    {"cpu", 0, NULL, "count the time that the process works, on one thread (the time that passes)"},
    {"json", 0, NULL, "JSON on standard output (a table)"},
    {0},
};

static digress_status run_bench(int argc, char **argv);

const dg_command dg_command_bench = {
    "bench",       "[OPTIONS]", "Measures speed and memory on the paper's network shapes.",
    bench_options, run_bench,   NULL,
    NULL};

/* Whether `name` is wanted; `one` NULL: all are. */
static bool is_name(const char *name, const char *one) {
    return !one || strcmp(name, one) == 0;
}

static digress_status check_shape(const char *wanted) {
    for (const dg_bench_shape *shape = dg_bench_shapes; shape->name; shape++)
        if (is_name(shape->name, wanted)) return DIGRESS_OK;
    return dg_error(
        DIGRESS_ERROR_INPUT, "--shape: no shape '%s'; there are %s", wanted,
        "qm9, gauss, comm20, planar, planar-rrwp, planar-symmetric, sbm, n500, qm9-small, "
        "planar-small and tree-small");
}

/* The kernels of this process and of its children choose by the environment, and so does oneDNN. */
static digress_status use_isa(const char *wanted) {
    static const struct {
        const char *name, *onednn;
    } sets[] = {{"v2", "SSE41"}, {"v3", "AVX2"}, {"v4", "DEFAULT"}};
    for (size_t k = 0; k < sizeof sets / sizeof *sets; k++) {
        if (strcmp(wanted, sets[k].name) != 0) continue;
        setenv("DIGRESS_ISA", wanted, 1);
        setenv("ONEDNN_MAX_CPU_ISA", sets[k].onednn, 1);
        const char *used = dg_isa_name(dg_isa_choose());
        if (strcmp(used + strlen(used) - strlen(wanted), wanted) == 0) return DIGRESS_OK;
        return dg_error(DIGRESS_ERROR_INPUT,
                        "--isa: this processor has no x86-64-%s: the best is %s", wanted, used);
    }
    return dg_error(DIGRESS_ERROR_INPUT, "--isa: expected v2, v3 or v4, got '%s'", wanted);
}

static digress_status read_options(const dg_arguments *arguments, dg_bench_options *out) {
    const char *threads = dg_argument(&dg_command_bench, arguments, "threads");
    const char *seconds = dg_argument(&dg_command_bench, arguments, "seconds");
    uint64_t thread_count = dg_default_threads();
    *out = (dg_bench_options){.seconds = 3};
    if (threads) DG_TRY(dg_parse_u64("--threads", threads, 1, 1024, &thread_count));
    if (seconds) DG_TRY(dg_parse_double("--seconds", seconds, &out->seconds));
    if (out->seconds < 0)
        return dg_error(DIGRESS_ERROR_INPUT, "--seconds: expected 0 or more, got '%s'", seconds);
    out->threads = (size_t)thread_count;
    out->cpu = dg_argument(&dg_command_bench, arguments, "cpu");
    if (out->cpu && threads && thread_count > 1)
        return dg_error(DIGRESS_ERROR_INPUT, "--cpu goes with one thread, not with --threads %s",
                        threads);
    if (out->cpu) out->threads = 1;
    return DIGRESS_OK;
}

/* Which shapes and engines are wanted. */
typedef struct bench_filter {
    const char *shape, *backend, *precision; /* NULL: all */
} bench_filter;

static void print_heading(const dg_bench_options *options) {
    printf(
        "milliseconds %sa graph on %zu thread%s, %s\n%-12s %5s %-6s %-4s %8s %8s %8s %7s %6s %7s\n",
        options->cpu ? "of CPU " : "", options->threads, options->threads == 1 ? "" : "s",
        dg_isa_name(dg_isa_choose()), "shape", "batch", "with", "", "forward", "train", "sample",
        "GFLOP/s", "peak", "memory");
}

static void print_row(const dg_bench_shape *shape, const dg_bench_options *options,
                      const dg_bench_result *result) {
    printf("%-12s %5zu %-6s %-4s %8.3f %8.3f %8.3f %7.0f %5.0f%% %4.0f MB\n", shape->name,
           shape->batch, dg_backend_name(options->backend), dg_precision_name(options->precision),
           result->forward_ms, result->train_ms, result->sample_step_ms, result->gflops,
           100 * result->gflops / result->peak_gflops, result->peak_rss_mb);
    printf("       %%: products %.0f of forward, %.0f of train; features %.1f, optimizer %.1f of "
           "train;\n          features %.1f, posterior %.1f of sample\n",
           100 * result->forward_products, 100 * result->train_products,
           100 * result->train_features, 100 * result->train_optimizer,
           100 * result->sample_features, 100 * result->sample_posterior);
    fflush(stdout);
}

static digress_status add_row(json_t *rows, const dg_bench_shape *shape,
                              const dg_bench_options *options, const dg_bench_result *result) {
    const char *backend = dg_backend_name(options->backend);
    const char *precision = dg_precision_name(options->precision);
    json_t *shares = json_pack("{sf sf sf sf sf sf}", "forward_products", result->forward_products,
                               "train_products", result->train_products, "train_features",
                               result->train_features, "train_optimizer", result->train_optimizer,
                               "sample_features", result->sample_features, "sample_posterior",
                               result->sample_posterior);
    json_t *row = json_pack(
        "{ss ss ss ss sI sI sI sf sf sf sf sf sf so}", "shape", shape->name, "backend", backend,
        "precision", precision, "isa", dg_isa_name(dg_isa_choose()), "threads",
        (json_int_t)options->threads, "batch", (json_int_t)shape->batch, "parameters",
        (json_int_t)result->parameters, "forward_ms", result->forward_ms, "train_ms",
        result->train_ms, "sample_step_ms", result->sample_step_ms, "gflops", result->gflops,
        "peak_gflops", result->peak_gflops, "peak_rss_mb", result->peak_rss_mb, "shares", shares);
    if (!row || json_array_append_new(rows, row) != 0) return dg_out_of_memory();
    return DIGRESS_OK;
}

static digress_status run_shape(const dg_bench_shape *shape, const dg_bench_options *options,
                                json_t *rows) {
    dg_bench_result result;
    const digress_status status = dg_bench_run(shape, options, &result);
    if (status == DIGRESS_ERROR_INTERNAL && options->backend != DG_BACKEND_NATIVE) {
        dg_warn("left out: %s", digress_last_error()); /* its bits do not hold here */
        return DIGRESS_OK;
    }
    DG_TRY(status);
    if (rows) return add_row(rows, shape, options, &result);
    print_row(shape, options, &result);
    return DIGRESS_OK;
}

/* Runs each wanted shape in each wanted backend and precision that this machine has. */
static digress_status run_shapes(const bench_filter *wanted, const dg_bench_options *options,
                                 json_t *rows) {
    if (!rows) print_heading(options);
    for (const dg_bench_shape *shape = dg_bench_shapes; shape->name; shape++)
        for (int backend = 0; backend < DG_BACKENDS; backend++)
            for (int precision = 0; precision < DG_PRECISIONS; precision++) {
                dg_bench_options one = *options;
                one.backend = (dg_backend)backend;
                one.precision = (dg_precision)precision;
                if (!is_name(shape->name, wanted->shape) ||
                    !is_name(dg_backend_name(one.backend), wanted->backend) ||
                    !is_name(dg_precision_name(one.precision), wanted->precision) ||
                    dg_engine_lacks(one.backend, one.precision))
                    continue;
                DG_TRY(run_shape(shape, &one, rows));
            }
    return DIGRESS_OK;
}

/* Fails if there is nothing to run. */
static digress_status check_wanted(const bench_filter *wanted) {
    const char *lacks = "a backend is native or onednn, a precision f32 or bf16";
    for (int backend = 0; backend < DG_BACKENDS; backend++)
        for (int precision = 0; precision < DG_PRECISIONS; precision++) {
            if (!is_name(dg_backend_name((dg_backend)backend), wanted->backend) ||
                !is_name(dg_precision_name((dg_precision)precision), wanted->precision))
                continue;
            lacks = dg_engine_lacks((dg_backend)backend, (dg_precision)precision);
            if (!lacks) return check_shape(wanted->shape);
        }
    return dg_error(DIGRESS_ERROR_INPUT, "bench: no such matrix products: %s", lacks);
}

static digress_status print_json(const bench_filter *wanted, const dg_bench_options *options) {
    json_t *rows = json_array();
    json_t *all = json_pack("{so}", "shapes", rows);
    if (!all) return dg_out_of_memory();
    digress_status status = run_shapes(wanted, options, rows);
    if (status == DIGRESS_OK && json_dumpf(all, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(6)))
        status = dg_error(DIGRESS_ERROR_IO, "cannot write to standard output");
    if (status == DIGRESS_OK) putchar('\n');
    json_decref(all);
    return status;
}

static digress_status bench(const dg_arguments *arguments) {
    const bench_filter wanted = {dg_argument(&dg_command_bench, arguments, "shape"),
                                 dg_argument(&dg_command_bench, arguments, "backend"),
                                 dg_argument(&dg_command_bench, arguments, "precision")};
    dg_bench_options options;
    if (arguments->positional_count > 0)
        return dg_error(DIGRESS_ERROR_INPUT, "bench: unexpected '%s'", arguments->positional[0]);
    const char *isa = dg_argument(&dg_command_bench, arguments, "isa");
    if (isa) DG_TRY(use_isa(isa)); /* before anything asks what there is */
    DG_TRY(check_wanted(&wanted));
    DG_TRY(read_options(arguments, &options));
    if (dg_argument(&dg_command_bench, arguments, "json")) return print_json(&wanted, &options);
    return run_shapes(&wanted, &options, NULL);
}

static digress_status run_bench(int argc, char **argv) {
    dg_arguments arguments;
    DG_TRY(dg_arguments_parse(&dg_command_bench, argc, argv, &arguments));
    const digress_status status = arguments.help ? DIGRESS_OK : bench(&arguments);
    dg_arguments_free(&arguments);
    return status;
}
