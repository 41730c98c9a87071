#include "core/memory_limit.h"

#include <stdint.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

static void lower(size_t *limit, double bytes) {
    if (bytes > 0 && bytes < (double)*limit) *limit = (size_t)bytes;
}

/* The number that a file holds; 0 if it holds none ("max"). */
static double number_in(const char *path) {
    FILE *stream = fopen(path, "r");
    double number = 0;
    if (!stream) return 0;
    if (fscanf(stream, "%lf", &number) != 1) number = 0;
    fclose(stream);
    return number;
}

size_t dg_memory_limit(void) {
    size_t limit = SIZE_MAX;
    struct rlimit space;
    lower(&limit, (double)sysconf(_SC_PHYS_PAGES) * (double)sysconf(_SC_PAGESIZE));
    lower(&limit, number_in("/sys/fs/cgroup/memory.max"));
    lower(&limit, number_in("/sys/fs/cgroup/memory/memory.limit_in_bytes"));
    if (getrlimit(RLIMIT_AS, &space) == 0 && space.rlim_cur != RLIM_INFINITY)
        lower(&limit, (double)space.rlim_cur);
    return limit;
}

digress_status dg_require_memory(const char *what, double bytes) {
    const double giga = 1e9;
    if (bytes < DG_MEMORY_LARGE) return DIGRESS_OK;
    const double limit = (double)dg_memory_limit();
    if (bytes <= limit) return DIGRESS_OK;
    return dg_error(DIGRESS_ERROR_INPUT,
                    "%s: that takes about %.3g GB of memory, and %.3g GB is all there is", what,
                    bytes / giga, limit / giga);
}
