#define _GNU_SOURCE /* MAP_ANONYMOUS */
#include "math/gemm.h"

#include "core/memory.h"
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

void openblas_set_num_threads(int threads);
char *openblas_get_config(void);
char *openblas_get_corename(void);
/* OpenBLAS's own allocator. Weak: another library of that name may lack it. */
__attribute__((weak)) void *blas_memory_alloc(int kind);
__attribute__((weak)) void blas_memory_free(void *buffer);

/* What OpenBLAS maps for a thread, rounded up. */
enum { BUFFER_BYTES = 129 << 20 };

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static size_t reserved; /* buffers that OpenBLAS has and never gives back; guarded by the mutex */

static bool can_map(size_t bytes) {
    void *place = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (place == MAP_FAILED) return false;
    munmap(place, bytes);
    return true;
}

/* Holds `threads` buffers at once, in `held`, so that OpenBLAS maps those that are missing. */
static digress_status hold_buffers(size_t threads, void **held) {
    size_t count = 0;
    for (; count < threads && (count < reserved || can_map(BUFFER_BYTES)); count++)
        if (!(held[count] = blas_memory_alloc(0))) break;
    for (size_t k = 0; k < count; k++)
        blas_memory_free(held[k]);
    if (count > reserved) reserved = count;
    if (count == threads) return DIGRESS_OK;
    return dg_error(DIGRESS_ERROR_INPUT,
                    "OpenBLAS needs %d MB of address space per thread, and has room for %zu of %zu "
                    "threads: use fewer threads, raise the limit (ulimit -v), or set "
                    "OPENBLAS_NUM_THREADS=1 in the environment",
                    BUFFER_BYTES >> 20, count, threads);
}

static digress_status reserve_buffers(size_t threads) {
    void **held = NULL;
    DG_TRY(dg_allocate(threads, sizeof *held, &held));
    pthread_mutex_lock(&mutex);
    digress_status status = threads > reserved ? hold_buffers(threads, held) : DIGRESS_OK;
    pthread_mutex_unlock(&mutex);
    free(held);
    return status;
}

/* OpenBLAS has room for two buffers for each thread that it is built for, and fails badly beyond
 * that. dg_default_threads knows the usual number. */
static digress_status check_threads(size_t threads) {
    static const char key[] = "MAX_THREADS=";
    const char *config = openblas_get_config(), *found = config ? strstr(config, key) : NULL;
    const size_t most = found ? 2 * strtoul(found + sizeof key - 1, NULL, 10) : 0;
    if (most == 0 || threads <= most) return DIGRESS_OK;
    return dg_error(DIGRESS_ERROR_INPUT,
                    "%zu threads: this OpenBLAS has room for %zu: use fewer threads", threads,
                    most);
}

digress_status dg_gemm_initialize(size_t threads) {
    openblas_set_num_threads(1);
    DG_TRY(check_threads(threads));
    return blas_memory_alloc && blas_memory_free ? reserve_buffers(threads) : DIGRESS_OK;
}

const char *dg_gemm_processor(void) {
    return openblas_get_corename();
}
