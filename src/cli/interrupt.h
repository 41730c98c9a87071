/* Ctrl-C, kill and a lost terminal are remembered instead of ending the program at once, so that a
 * command can save first. */
#ifndef DG_CLI_INTERRUPT_H
#define DG_CLI_INTERRUPT_H

#include "core/threads.h"

/* From now on the first SIGINT or SIGTERM is only noted, a second one kills as usual; SIGHUP is
 * noted each time, unless it was ignored before. */
void dg_interrupt_catch(void);
/* The signal that was caught, or 0; and its name. */
int dg_interrupt_signal(void);
const char *dg_interrupt_name(void);

/* Once a signal has been caught, ends work that asks it with INTERRUPTED, "stopped by SIGTERM". */
extern const dg_watch dg_interrupt_watch;

#endif
