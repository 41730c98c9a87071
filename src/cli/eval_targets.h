/* What samples were asked for, from a table. */
#ifndef DG_CLI_EVAL_TARGETS_H
#define DG_CLI_EVAL_TARGETS_H

#include "cli/eval_inputs.h"

/* Gives the samples the targets in the table `path`, or keeps their own if it is NULL: sample k
 * those of row k, from the first again after the last. Errors: INPUT (samples that have no graph,
 * so that nobody knows their places), IO. */
digress_status dg_eval_ask(const char *path, dg_eval_inputs *in);

#endif
