/* The list of validity rules: what a graph must be.
 *
 * A new rule is a row here and a file beside it, which defines dg_NAME_rule (definition.h).
 * `--valid`, the errors and the reports take their names from here. */
#ifndef DG_EVAL_RULES_LIST_H
#define DG_EVAL_RULES_LIST_H

/* ROW(number, name, text) for each rule, with BETWEEN between two rows; users see `text`. */
/* clang-format off */
#define DG_RULE_ROWS(ROW, BETWEEN)                                           \
    ROW(DG_RULE_PLANAR, planar, "planar")                                    \
    BETWEEN ROW(DG_RULE_TREE, tree, "tree")                                  \
    BETWEEN ROW(DG_RULE_LOBSTER, lobster, "lobster")                         \
    BETWEEN ROW(DG_RULE_GRID, grid, "grid")                                  \
    BETWEEN ROW(DG_RULE_SBM, sbm, "sbm")                                     \
    BETWEEN ROW(DG_RULE_SBM_ELEMENTWISE, sbm_elementwise, "sbm-elementwise") \
    BETWEEN ROW(DG_RULE_CONNECTED, connected, "connected")                   \
    BETWEEN ROW(DG_RULE_MOLECULE, molecule, "molecule")
/* clang-format on */

#define DG_RULE_NUMBER(number, name, text) number,
#define DG_RULE_TEXT(number, name, text) text

/* NONE: no rule; validity is undefined. */
typedef enum dg_rule { DG_RULE_NONE, DG_RULE_ROWS(DG_RULE_NUMBER, ) DG_RULE_COUNT } dg_rule;

#endif
