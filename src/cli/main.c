/* digress: discrete graph diffusion on the command line. */
#include "chem/molecule.h"
#include "cli/help.h"
#include "cli/interrupt.h"
#include "config/config.h"
#include "core/log.h"
#include "math/engine.h"
#include "math/gemm.h"
#include "math/isa.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

static digress_status run(int argc, char **argv) {
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
    const char *dash = strrchr(used, '-'); /* of x86-64-v3 */
    if (wanted && strcmp(wanted, dash ? dash + 1 : used) != 0)
        dg_warn("DIGRESS_ISA=%s: expected v2, v3 or v4, as far as this processor has it: using %s",
                wanted, used);
}

int main(int argc, char **argv) {
    dg_gemm_initialize();
    warn_of_instruction_set();
    digress_status status = run(argc, argv);
    if (status == DIGRESS_OK) status = finish_output();
    if (status != DIGRESS_OK) {
        fputs("digress: ", stderr);
        dg_print_message(stderr, digress_last_error());
        fputc('\n', stderr);
    }
    return exit_status(status);
}
