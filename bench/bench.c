#define _DEFAULT_SOURCE /* wait4 */
#include "bench/bench.h"

#include "bench/measure.h"
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static const char wide[] = "model:\n"
                           "  hidden_mlp_dims: {X: 256, E: 128, y: 128}\n"
                           "  hidden_dims: {dx: 256, de: 64, dy: 64, n_head: 8, dim_ffX: 256,\n"
                           "                dim_ffE: 128, dim_ffy: 2048}\n";
static const char narrow[] = "model:\n"
                             "  hidden_mlp_dims: {X: 128, E: 64, y: 128}\n"
                             "  hidden_dims: {dx: 256, de: 64, dy: 64, n_head: 8, dim_ffX: 256,\n"
                             "                dim_ffE: 64, dim_ffy: 2048}\n";
static const char narrow_walks[] =
    "model:\n"
    "  extra_features: rrwp\n"
    "  hidden_mlp_dims: {X: 128, E: 64, y: 128}\n"
    "  hidden_dims: {dx: 256, de: 64, dy: 64, n_head: 8, dim_ffX: 256,\n"
    "                dim_ffE: 64, dim_ffy: 2048}\n";

static const char narrow_symmetric[] =
    "model:\n"
    "  extra_features: rrwp\n"
    "  symmetric: true\n"
    "  hidden_mlp_dims: {X: 128, E: 64, y: 128}\n"
    "  hidden_dims: {dx: 256, de: 64, dy: 64, n_head: 8, dim_ffX: 256,\n"
    "                dim_ffE: 64, dim_ffy: 2048}\n";

static const char continuous[] =
    "model:\n"
    "  type: continuous\n"
    "  extra_features: null\n"
    "  hidden_mlp_dims: {X: 256, E: 128, y: 128}\n"
    "  hidden_dims: {dx: 256, de: 64, dy: 64, n_head: 8, dim_ffX: 256,\n"
    "                dim_ffE: 128, dim_ffy: 2048}\n";

/* From the configs for a laptop. */
static const char small_molecules[] =
    "model:\n"
    "  hidden_mlp_dims: {X: 64, E: 32, y: 64}\n"
    "  hidden_dims: {dx: 96, de: 32, dy: 32, n_head: 4, dim_ffX: 96, dim_ffE: 32, dim_ffy: 64}\n";
static const char small_graphs[] =
    "model:\n"
    "  hidden_mlp_dims: {X: 64, E: 32, y: 64}\n"
    "  hidden_dims: {dx: 64, de: 32, dy: 32, n_head: 4, dim_ffX: 128, dim_ffE: 32, dim_ffy: 64}\n";

const dg_bench_shape dg_bench_shapes[] = {
    {"qm9", 9, 256, 4, 5, 0.26, 9, wide},
    {"gauss", 9, 256, 4, 5, 0.26, 9, continuous},
    {"comm20", 20, 64, 1, 2, 0.25, 8, wide},
    {"planar", 64, 4, 1, 2, 0.09, 10, narrow},
    {"planar", 64, 64, 1, 2, 0.09, 10, narrow},
    {"planar-rrwp", 64, 64, 1, 2, 0.09, 10, narrow_walks},
    {"planar-symmetric", 64, 64, 1, 2, 0.09, 10, narrow_symmetric},
    {"sbm", 187, 1, 1, 2, 0.08, 8, narrow},
    {"n500", 500, 1, 1, 2, 0.02, 10, narrow},
    {"qm9-small", 9, 128, 4, 5, 0.26, 5, small_molecules},
    {"planar-small", 64, 16, 1, 2, 0.09, 8, small_graphs},
    {"tree-small", 64, 16, 1, 2, 0.03, 5, small_graphs},
    {0},
};

/* What a child tells its parent. */
typedef struct report {
    digress_status status;
    dg_bench_result result;
    char error[512];
} report;

static void run_child(const dg_bench_shape *shape, const dg_bench_options *options, int out) {
    report said = {.status = DIGRESS_OK};
    said.status = dg_bench_measure(shape, options, &said.result);
    if (said.status != DIGRESS_OK)
        snprintf(said.error, sizeof said.error, "%s", digress_last_error());
    const ssize_t written = write(out, &said, sizeof said);
    _exit(written == (ssize_t)sizeof said ? 0 : 1);
}

/* Waits for the child that is to write a report to `in`. */
static digress_status hear_child(const char *shape, pid_t child, int in, report *said,
                                 struct rusage *usage) {
    size_t heard = 0;
    ssize_t got = 0;
    while (heard < sizeof *said) {
        got = read(in, (char *)said + heard, sizeof *said - heard);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) break;
        heard += (size_t)got;
    }
    int ended = 0;
    while (wait4(child, &ended, 0, usage) < 0)
        if (errno != EINTR)
            return dg_error(DIGRESS_ERROR_INTERNAL, "%s: lost its process: %s", shape,
                            strerror(errno));
    if (WIFSIGNALED(ended))
        return dg_error(DIGRESS_ERROR_INTERNAL, "%s: its process died of signal %d%s", shape,
                        WTERMSIG(ended),
                        WTERMSIG(ended) == SIGKILL ? " (out of memory, perhaps)" : "");
    if (heard < sizeof *said)
        return dg_error(DIGRESS_ERROR_INTERNAL, "%s: its process ended without a result", shape);
    return DIGRESS_OK;
}

digress_status dg_bench_run(const dg_bench_shape *shape, const dg_bench_options *options,
                            dg_bench_result *out) {
    int ends[2];
    if (pipe(ends) != 0)
        return dg_error(DIGRESS_ERROR_IO, "cannot make a pipe: %s", strerror(errno));
    fflush(NULL);
    const pid_t child = fork();
    if (child == 0) {
        close(ends[0]);
        run_child(shape, options, ends[1]);
    }
    const int fork_error = errno;
    close(ends[1]);
    if (child < 0) {
        close(ends[0]);
        return dg_error(DIGRESS_ERROR_IO, "cannot start a process: %s", strerror(fork_error));
    }
    report said = {.status = DIGRESS_OK};
    struct rusage usage = {0};
    const digress_status status = hear_child(shape->name, child, ends[0], &said, &usage);
    close(ends[0]);
    DG_TRY(status);
    if (said.status != DIGRESS_OK) return dg_error(said.status, "%s: %s", shape->name, said.error);
    *out = said.result;
    out->peak_rss_mb = (double)usage.ru_maxrss / 1024;
    return DIGRESS_OK;
}
