/* Answers a signal within about a second, even during work that cannot be interrupted: the spectrum
 * of a large graph is one call of LAPACK, which may take minutes. */
#ifndef DG_CLI_DEADLINE_H
#define DG_CLI_DEADLINE_H

#include "core/status.h"
#include <pthread.h>
#include <stdbool.h>

typedef struct dg_deadline {
    void (*last)(void *context);
    void *context;
    pthread_t thread;
    pthread_mutex_t mutex; /* guards the two below */
    pthread_cond_t ended;
    bool over, passed;
} dg_deadline;

/* From now on, if dg_deadline_end does not follow a caught signal within a second, another thread
 * calls last(context) and ends the program with 128 + signal. */
digress_status dg_deadline_begin(dg_deadline *deadline, void (*last)(void *context), void *context);
/* Does not return once `last` has begun. */
void dg_deadline_end(dg_deadline *deadline);

#endif
