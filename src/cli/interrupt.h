/* Ctrl-C and kill, remembered instead of deadly, so that a command can save first. */
#ifndef DG_CLI_INTERRUPT_H
#define DG_CLI_INTERRUPT_H

/* From now on the first SIGINT or SIGTERM is only noted; a second one kills as usual. */
void dg_interrupt_catch(void);
/* The signal that was caught, or 0. */
int dg_interrupt_signal(void);

#endif
