#include "cli/deadline.h"

#include "cli/interrupt.h"
#include "core/log.h"
#include <time.h>
#include <unistd.h>

static const double PATIENCE = 1; /* seconds after the signal */

/* Waits a moment, or less if the command ends. */
static void wait_a_moment(dg_deadline *deadline) {
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += 50 * 1000 * 1000;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    pthread_cond_timedwait(&deadline->ended, &deadline->mutex, &until);
}

static void *keep_watch(void *argument) {
    dg_deadline *deadline = argument;
    double caught = 0;
    pthread_mutex_lock(&deadline->mutex);
    while (!deadline->over && !deadline->passed) {
        wait_a_moment(deadline);
        if (!dg_interrupt_signal()) continue;
        if (caught == 0) caught = dg_clock();
        deadline->passed = !deadline->over && dg_clock() - caught > PATIENCE;
    }
    pthread_mutex_unlock(&deadline->mutex);
    if (!deadline->passed) return NULL;
    deadline->last(deadline->context);
    _exit(128 + dg_interrupt_signal());
}

digress_status dg_deadline_begin(dg_deadline *deadline, void (*last)(void *context),
                                 void *context) {
    *deadline = (dg_deadline){.last = last, .context = context};
    pthread_mutex_init(&deadline->mutex, NULL);
    pthread_cond_init(&deadline->ended, NULL);
    if (pthread_create(&deadline->thread, NULL, keep_watch, deadline) == 0) return DIGRESS_OK;
    return dg_error(DIGRESS_ERROR_INTERNAL,
                    "could not start a thread: out of memory or of threads; use fewer --threads");
}

void dg_deadline_end(dg_deadline *deadline) {
    pthread_mutex_lock(&deadline->mutex);
    deadline->over = true;
    bool passed = deadline->passed;
    pthread_cond_signal(&deadline->ended);
    pthread_mutex_unlock(&deadline->mutex);
    while (passed)
        pause();
    pthread_join(deadline->thread, NULL);
    pthread_cond_destroy(&deadline->ended);
    pthread_mutex_destroy(&deadline->mutex);
}
