/* digress: discrete graph diffusion on the command line. */
#include "chem/molecule.h"
#include "cli/help.h"
#include "cli/interrupt.h"
#include "cli/options.h"
#include "config/config.h"
#include "core/log.h"
#include "distributed/launch.h"
#include "math/engine.h"
#include "math/gemm.h"
#include "math/isa.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static digress_status print_version(void) {
    printf("digress %s (instruction set %s; matrix products:", digress_version(),
           dg_isa_name(dg_isa_choose()));
    for (int backend = 0; backend < DG_BACKENDS; backend++)
        for (int precision = 0; precision < DG_PRECISIONS; precision++)
            if (!dg_engine_lacks((dg_backend)backend, (dg_precision)precision))
                printf(" %s/%s", dg_backend_name((dg_backend)backend),
                       dg_precision_name((dg_precision)precision));
    printf("; LAPACK: OpenBLAS for %s; molecules: ", dg_gemm_processor());
    if (dg_rdkit_version())
        printf("RDKit %s)\n", dg_rdkit_version());
    else
        printf("not built in)\n");
    return DIGRESS_OK;
}

/* Ranks that do not compute alike would never agree on a bit; those that are told different things
 * were not meant to work together (srun --mpi=none). */
static digress_status compare_ranks(int argc, char **argv) {
    char *text = NULL;
    size_t size = 0;
    if (dg_rank_count(dg_ranks_joined()) == 1) return DIGRESS_OK;
    FILE *stream = open_memstream(&text, &size);
    if (!stream) return dg_out_of_memory();
    fprintf(stream, "digress %s for %s and %s, '", digress_version(), dg_isa_name(dg_isa_choose()),
            dg_gemm_processor());
    for (int k = 1; k < argc; k++)
        fprintf(stream, "%s%s", k > 1 ? " " : "", argv[k]);
    fputc('\'', stream);
    digress_status status =
        fclose(stream) == 0 ? dg_ranks_same(dg_ranks_joined(), text) : dg_out_of_memory();
    free(text);
    return status;
}

/* Any other command would do the same on each rank, and write over itself. */
static digress_status check_divided(const dg_command *command, bool imports) {
    const size_t count = dg_rank_count(dg_ranks_joined());
    const dg_command *const divided[] = {&dg_command_train, &dg_command_sample, &dg_command_eval,
                                         &dg_command_tune};
    if (count == 1 || imports) return DIGRESS_OK;
    for (size_t k = 0; k < sizeof divided / sizeof *divided; k++)
        if (command == divided[k]) return DIGRESS_OK;
    return dg_error(DIGRESS_ERROR_INPUT,
                    "%zu processes were started together, but '%s' works as one: only train, "
                    "sample, eval, tune and data import are divided among them",
                    count, command->name);
}

static digress_status run_command(int argc, char **argv) {
    if (argc < 2) {
        dg_overview_page(&(dg_page){stderr, false});
        return dg_error(DIGRESS_ERROR_INPUT, "no command given");
    }
    const char *name = argv[1];
    if (strcmp(name, "--version") == 0) return print_version();
    if (strcmp(name, "--config-keys") == 0) {
        dg_config_describe(stdout);
        return DIGRESS_OK;
    }
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0) {
        dg_overview_page(&(dg_page){stdout, false});
        return DIGRESS_OK;
    }
    const dg_command *command = NULL;
    DG_TRY(dg_command_find(name, &command));
    const bool imports = command == &dg_command_data && argc > 2 && strcmp(argv[2], "import") == 0;
    DG_TRY(check_divided(command, imports));
    return command->run(argc - 1, argv + 1);
}

/* Results that did not reach stdout (a full disk, say) are a failure too. */
static digress_status finish_output(void) {
    if (fflush(stdout) == 0 && !ferror(stdout)) return DIGRESS_OK;
    return dg_error(DIGRESS_ERROR_IO, "cannot write to standard output: %s", strerror(errno));
}

static int exit_status(digress_status status) {
    switch (status) {
    case DIGRESS_OK:
        return 0;
    case DIGRESS_ERROR_INPUT:
    case DIGRESS_ERROR_IO:
        return 2;
    case DIGRESS_INTERRUPTED:
        return 128 + (dg_interrupt_signal() ? dg_interrupt_signal() : SIGINT);
    default:
        return 1;
    }
}

static void warn_of_instruction_set(void) {
    const char *wanted = getenv("DIGRESS_ISA"), *used = dg_isa_name(dg_isa_choose());
    const char *dash = strrchr(used, '-'); /* "v3" of "x86-64-v3" */
    if (wanted && strcmp(wanted, dash ? dash + 1 : used) != 0)
        dg_warn("DIGRESS_ISA=%s: expected v2, v3 or v4, if the processor has it: using %s", wanted,
                used);
}

/* When it is loaded, OpenBLAS starts a thread for each processor, none of which is used here. Each
 * waits for 128 MB of address space, for ever if that is limited. So under a limit the program
 * starts itself again without them. */
static void spare_address_space(char **argv) {
    static const char name[] = "OPENBLAS_NUM_THREADS";
    const char *threads = getenv(name);
    struct rlimit limit;
    if (getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return;
    if (threads && strcmp(threads, "1") == 0) return;
    if (setenv(name, "1", 1) == 0) execv("/proc/self/exe", argv); /* if that fails, goes on */
}

/* If a standard stream is closed, a file that is opened later must not get its number. Writing to a
 * closed stdout is still an error; messages to a closed stderr are lost. */
static digress_status open_closed_streams(void) {
    const int modes[] = {O_RDONLY, O_RDONLY, O_WRONLY};
    for (int descriptor = 0; descriptor < 3; descriptor++) {
        if (fcntl(descriptor, F_GETFD) != -1) continue;
        if (open("/dev/null", modes[descriptor]) != descriptor)
            return dg_error(DIGRESS_ERROR_IO, "/dev/null: cannot open: %s", strerror(errno));
    }
    return DIGRESS_OK;
}

/* A pipe that nobody reads any more, or a file that may not grow, then makes the write fail instead
 * of ending the program. */
static void ignore_signals_of_writes(void) {
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
}

static void say_nothing(char *text) {
    *text = '\0';
}

/* What all ranks know of, the first one says. A rank that fails alone says it itself. */
static void report_failure(digress_status status) {
    const dg_ranks *ranks = dg_ranks_joined();
    if (ranks && ranks->told && !dg_is_first_rank(ranks)) return;
    dg_log_edit(dg_name_flags);
    if (dg_rank_count(ranks) > 1 && !ranks->told)
        dg_error_prefix(status, "rank %zu", dg_rank_number(ranks));
    dg_print_failure();
}

/* As long as nothing was exchanged, what fails on one rank has most likely failed on all, and they
 * can still agree on it. */
static digress_status run_joined(int argc, char **argv) {
    dg_ranks *ranks = dg_ranks_joined();
    if (!dg_is_first_rank(ranks)) dg_log_edit(say_nothing);
    DG_TRY(compare_ranks(argc, argv));
    const uint64_t before = ranks ? ranks->exchanges : 0;
    warn_of_instruction_set();
    digress_status status = run_command(argc, argv);
    if (status != DIGRESS_OK && ranks && ranks->exchanges == before)
        status = dg_ranks_agree(ranks, status);
    return status;
}

int main(int argc, char **argv) {
    spare_address_space(argv);
    ignore_signals_of_writes();
    dg_log_edit(dg_name_flags);
    digress_status status = open_closed_streams();
    if (status == DIGRESS_OK) status = dg_ranks_join();
    if (status == DIGRESS_OK) status = run_joined(argc, argv);
    if (status == DIGRESS_OK) status = finish_output();
    if (status != DIGRESS_OK) report_failure(status);
    return dg_ranks_leave(exit_status(status));
}
