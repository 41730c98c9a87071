/* digress bench: how fast this machine trains and samples. */
#include "bench/bench.h"
#include "cli/options.h"
#include "core/threads.h"
#include "math/gemm.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

static const dg_option bench_options[] = {
    {"shape", 0, "NAME", "qm9, comm20, planar or sbm (default: all)"},
    {"threads", 't', "K", "threads (default: all processors)"},
    {"backend", 0, "NAME", "openblas or onednn (default: the fastest there is)"},
    {"precision", 0, "NAME", "f32 or bf16 (default: f32)"},
    {"seconds", 0, "T", "time for each figure (default: 3)"},
    {"json", 0, NULL, "JSON on standard output instead of a table"},
    {0},
};

static digress_status run_bench(int argc, char **argv);

const dg_command dg_command_bench = {"bench", "[OPTIONS]",
                                     "Measures speed and memory on the paper's network shapes.",
                                     bench_options, run_bench};

static bool is_wanted(const dg_bench_shape *shape, const char *wanted) {
    return !wanted || strcmp(shape->name, wanted) == 0;
}

static digress_status check_shape(const char *wanted) {
    for (const dg_bench_shape *shape = dg_bench_shapes; shape->name; shape++)
        if (is_wanted(shape, wanted)) return DIGRESS_OK;
    return dg_error(DIGRESS_ERROR_INPUT, "--shape: no shape '%s'; there are %s", wanted,
                    "qm9, comm20, planar and sbm");
}

static digress_status read_options(const dg_arguments *arguments, dg_bench_options *out) {
    const char *threads = dg_argument(&dg_command_bench, arguments, "threads");
    const char *seconds = dg_argument(&dg_command_bench, arguments, "seconds");
    uint64_t thread_count = dg_processor_count();
    *out = (dg_bench_options){.seconds = 3};
    if (threads) DG_TRY(dg_parse_u64("--threads", threads, 1, 1024, &thread_count));
    if (seconds) DG_TRY(dg_parse_double("--seconds", seconds, &out->seconds));
    if (out->seconds < 0)
        return dg_error(DIGRESS_ERROR_INPUT, "--seconds: expected 0 or more, got '%s'", seconds);
    out->threads = (size_t)thread_count;
    const char *backend = dg_argument(&dg_command_bench, arguments, "backend");
    const char *precision = dg_argument(&dg_command_bench, arguments, "precision");
    return dg_engine_choose(backend ? backend : "auto", precision ? precision : "f32",
                            &out->backend, &out->precision);
}

static void print_heading(void) {
    printf("%-8s %6s %8s %11s %11s %11s %11s %8s %8s %9s\n", "shape", "batch", "threads",
           "parameters", "forward", "train", "sample step", "GFLOP/s", "peak", "memory");
}

/* Times are milliseconds a graph. */
static void print_row(const dg_bench_shape *shape, const dg_bench_options *options,
                      const dg_bench_result *result) {
    printf("%-8s %6zu %8zu %11zu %8.3f ms %8.3f ms %8.3f ms %8.0f %8.0f %6.0f MB\n", shape->name,
           shape->batch, options->threads, result->parameters, result->forward_ms, result->train_ms,
           result->sample_step_ms, result->gflops, result->peak_gflops, result->peak_rss_mb);
    fflush(stdout);
}

static digress_status add_row(json_t *rows, const dg_bench_shape *shape,
                              const dg_bench_options *options, const dg_bench_result *result) {
    json_t *row = json_pack(
        "{ss ss ss sI sI sI sf sf sf sf sf sf}", "shape", shape->name, "backend",
        dg_backend_name(options->backend), "precision", dg_precision_name(options->precision),
        "threads", (json_int_t)options->threads, "batch", (json_int_t)shape->batch, "parameters",
        (json_int_t)result->parameters, "forward_ms", result->forward_ms, "train_ms",
        result->train_ms, "sample_step_ms", result->sample_step_ms, "gflops", result->gflops,
        "peak_gflops", result->peak_gflops, "peak_rss_mb", result->peak_rss_mb);
    if (!row || json_array_append_new(rows, row) != 0) return dg_out_of_memory();
    return DIGRESS_OK;
}

static digress_status run_shapes(const char *wanted, const dg_bench_options *options,
                                 json_t *rows) {
    if (!rows) print_heading();
    for (const dg_bench_shape *shape = dg_bench_shapes; shape->name; shape++) {
        if (!is_wanted(shape, wanted)) continue;
        dg_bench_result result;
        DG_TRY(dg_bench_run(shape, options, &result));
        if (rows)
            DG_TRY(add_row(rows, shape, options, &result));
        else
            print_row(shape, options, &result);
    }
    return DIGRESS_OK;
}

static digress_status print_json(const char *wanted, const dg_bench_options *options) {
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
    const char *shape = dg_argument(&dg_command_bench, arguments, "shape");
    dg_bench_options options;
    if (arguments->positional_count > 0)
        return dg_error(DIGRESS_ERROR_INPUT, "bench: unexpected '%s'", arguments->positional[0]);
    DG_TRY(check_shape(shape));
    DG_TRY(read_options(arguments, &options));
    if (dg_argument(&dg_command_bench, arguments, "json")) return print_json(shape, &options);
    return run_shapes(shape, &options, NULL);
}

static digress_status run_bench(int argc, char **argv) {
    dg_arguments arguments;
    DG_TRY(dg_arguments_parse(&dg_command_bench, argc, argv, &arguments));
    const digress_status status = arguments.help ? DIGRESS_OK : bench(&arguments);
    dg_arguments_free(&arguments);
    return status;
}
