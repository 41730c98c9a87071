/* A build without MPI: each process is alone. */
#include "distributed/launch.h"

#include <stdlib.h>

/* Processes of such a build, started together, would all do the same, and write over each other. */
digress_status dg_ranks_join(void) {
    static const char *const sizes[] = {"OMPI_COMM_WORLD_SIZE", "PMI_SIZE"};
    for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++) {
        const char *size = getenv(sizes[k]);
        if (size && atoi(size) > 1)
            return dg_error(DIGRESS_ERROR_INPUT,
                            "%s processes were started together, but digress was built without "
                            "MPI: install it (libopenmpi-dev, say) and build again",
                            size);
    }
    return DIGRESS_OK;
}

dg_ranks *dg_ranks_joined(void) {
    return NULL;
}

int dg_ranks_leave(int exit_status) {
    return exit_status;
}
