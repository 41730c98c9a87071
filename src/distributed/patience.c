#include "distributed/patience.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

enum {
    LIMIT = 24 * 60 * 60, /* seconds: ranks that sample meet at the end only */
    TICK = 10,            /* seconds */
    INTERNAL = 1,
    INPUT_OR_IO = 2, /* exit status */
    APART = 2,       /* seconds between the ranks' giving up, for one to say it for all */
    MOST_APART = 30,
};

/* What the signal handler reads and writes. Ticks are counted, not time: a process that stands
 * still for an hour with all others has not waited for them. */
static volatile sig_atomic_t waited, limit, tick;
static char text[160];

static void count_tick(int signal_number) {
    (void)signal_number;
    waited = waited + tick;
    if (waited < limit) return;
    _exit(write(STDERR_FILENO, text, strlen(text)) > 0 ? INPUT_OR_IO : INTERNAL);
}

static digress_status read_limit(long *seconds) {
    const char *wanted = getenv("DIGRESS_RANK_TIMEOUT");
    char *end = NULL;
    *seconds = LIMIT;
    if (!wanted) return DIGRESS_OK;
    errno = 0;
    *seconds = strtol(wanted, &end, 10);
    if (errno == 0 && end != wanted && *end == '\0' && *seconds >= 0 && *seconds <= 1000 * LIMIT)
        return DIGRESS_OK;
    return dg_error(DIGRESS_ERROR_INPUT,
                    "DIGRESS_RANK_TIMEOUT: expected seconds (0: wait for ever), got '%s'", wanted);
}

digress_status dg_patience_set(size_t rank) {
    long seconds = 0;
    DG_TRY(read_limit(&seconds));
    if (seconds == 0) return DIGRESS_OK;
    snprintf(text, sizeof text,
             "digress: rank %zu: no answer from another rank for %ld s (DIGRESS_RANK_TIMEOUT): "
             "is a machine or the network down?\n",
             rank, seconds);
    const size_t later = APART * rank;
    tick = seconds < 4 * TICK ? (sig_atomic_t)(seconds + 3) / 4 : TICK;
    limit = (sig_atomic_t)seconds + (sig_atomic_t)(later < MOST_APART ? later : MOST_APART);
    struct sigaction action = {.sa_handler = count_tick, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    sigaction(SIGALRM, &action, NULL);
    return DIGRESS_OK;
}

static void set_timer(long seconds) {
    const struct itimerval timer = {{seconds, 0}, {seconds, 0}};
    if (tick > 0) setitimer(ITIMER_REAL, &timer, NULL);
}

void dg_patience_begin(void) {
    waited = 0;
    set_timer(tick);
}

void dg_patience_end(void) {
    set_timer(0);
}
