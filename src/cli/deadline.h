/* A signal is answered within about a second, also by what cannot be asked to stop: the spectrum of
 * a large graph is one call of LAPACK, which may take minutes. */
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

/* From now on, where a caught signal has not led to dg_deadline_end within a second, another thread
 * calls last(context) and ends the program with 128 + signal. */
digress_status dg_deadline_begin(dg_deadline *deadline, void (*last)(void *context), void *context);
/* Does not return once `last` has begun. */
void dg_deadline_end(dg_deadline *deadline);

#endif
