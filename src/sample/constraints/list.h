/* The list of constraints on samples.
 *
 * A new one is a row here, with its number and its setting in include/digress/steering.h, and a
 * file beside it, which defines dg_NAME_constraint (constraint.h). */
#ifndef DG_SAMPLE_CONSTRAINTS_LIST_H
#define DG_SAMPLE_CONSTRAINTS_LIST_H

/* ROW(number, name, text) for each constraint; text is what users call it. */
#define DG_CONSTRAINT_ROWS(ROW)                                                                    \
    ROW(DIGRESS_ACYCLIC, acyclic, "acyclic")                                                       \
    ROW(DIGRESS_PLANAR, planar, "planar")                                                          \
    ROW(DIGRESS_MAX_DEGREE, max_degree, "max-degree")                                              \
    ROW(DIGRESS_VALENCES, valences, "valences")                                                    \
    ROW(DIGRESS_CONNECTED, connected, "connected")

#endif
