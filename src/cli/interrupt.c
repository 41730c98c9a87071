#include "cli/interrupt.h"

#include <signal.h>
#include <stddef.h>

/* A handler reaches nothing but this; only the program has it, never the library. */
static volatile sig_atomic_t caught;

static void handle(int signal_number) {
    caught = signal_number;
}

void dg_interrupt_catch(void) {
    struct sigaction action = {.sa_handler = handle, .sa_flags = (int)SA_RESETHAND | SA_RESTART};
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

int dg_interrupt_signal(void) {
    return caught;
}
