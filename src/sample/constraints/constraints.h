/* The constraints of one sampling: what is asked for, and whether a model can have it. */
#ifndef DG_SAMPLE_CONSTRAINTS_CONSTRAINTS_H
#define DG_SAMPLE_CONSTRAINTS_CONSTRAINTS_H

#include "sample/constraints/constraint.h"

/* `classes`: the model's; by_classes: whether its noisy graphs have classes. Errors: INPUT (asked
 * of a model that cannot have them). */
digress_status dg_constraints_of(const digress_constraints *asked, const digress_graph_set *classes,
                                 bool by_classes, dg_constraints *out);
/* Errors: INPUT (no graph of so many nodes can have all of them). */
digress_status dg_constraints_check_size(const dg_constraints *constraints, size_t n);

/* Row `number` of the list, if it is asked for; else NULL. */
const dg_constraint *dg_constraint_asked(const dg_constraints *constraints, size_t number);

/* Whether all that can tell are satisfied; *by is the first that is not. `trial`'s arena is reset
 * for each. */
digress_status dg_constraints_hold(const dg_trial *trial, bool *out, digress_constraint *by);
/* The same after a change of entry (i, j). */
digress_status dg_constraints_allow(const dg_trial *trial, size_t i, size_t j, bool *out,
                                    digress_constraint *by);

#endif
