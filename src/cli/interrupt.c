#include "cli/interrupt.h"

#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>

/* All that a signal handler writes to. It is part of the program, never of the library. */
static atomic_int caught;

static void handle(int signal_number) {
    caught = signal_number;
}

static void catch (int signal_number, int flags) {
    struct sigaction action = {.sa_handler = handle, .sa_flags = flags | SA_RESTART};
    sigemptyset(&action.sa_mask);
    sigaction(signal_number, &action, NULL);
}

/* A second Ctrl-C ends the program at once. The loss of a terminal is often signalled twice, by the
 * system and by the shell, and so is the end of a batch job's time: a second SIGHUP or SIGTERM must
 * not end the saving. Under nohup SIGHUP stays ignored. */
void dg_interrupt_catch(void) {
    struct sigaction before;
    catch (SIGINT, (int)SA_RESETHAND);
    catch (SIGTERM, 0);
    if (sigaction(SIGHUP, NULL, &before) == 0 && before.sa_handler != SIG_IGN) catch (SIGHUP, 0);
}

int dg_interrupt_signal(void) {
    return caught;
}

const char *dg_interrupt_name(void) {
    if (caught == SIGTERM) return "SIGTERM";
    return caught == SIGHUP ? "SIGHUP" : "SIGINT";
}

static digress_status ask_for_stop(void *context) {
    (void)context;
    if (!caught) return DIGRESS_OK;
    return dg_error(DIGRESS_INTERRUPTED, "stopped by %s", dg_interrupt_name());
}

const dg_watch dg_interrupt_watch = {ask_for_stop, NULL};
