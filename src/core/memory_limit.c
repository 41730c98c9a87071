#include "core/memory_limit.h"

#include <stdint.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

static void lower(size_t *limit, double bytes) {
    if (bytes > 0 && bytes < (double)*limit) *limit = (size_t)bytes;
}

/* A number in a file of its own; 0 where there is none ("max"). */
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
    if (getrlimit(RLIMIT_AS, &space) == 0 && space.rlim_cur != RLIM_INFINITY)
        lower(&limit, (double)space.rlim_cur);
    return limit;
}
