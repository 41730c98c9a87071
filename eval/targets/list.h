/* The list of what is computed of a graph as a target.
 *
 * A new one is a row here, and a function in graph_targets.c or a case in src/chem's
 * dg_molecule_value. `--target-computed`, `eval --targets` and their help take their names from
 * here. */
#ifndef DG_EVAL_TARGETS_LIST_H
#define DG_EVAL_TARGETS_LIST_H

/* ROW(name, text) for each, with BETWEEN in between; text is what users call it. */
/* clang-format off */
#define DG_GRAPH_TARGET_ROWS(ROW, BETWEEN)      \
    ROW(edges, "edges")                         \
    BETWEEN ROW(density, "density")             \
    BETWEEN ROW(clustering, "clustering")       \
    BETWEEN ROW(triangles, "triangles")         \
    BETWEEN ROW(max_degree, "max_degree")       \
    BETWEEN ROW(diameter, "diameter")           \
    BETWEEN ROW(components, "components")

/* The same of molecules: ROW(DG_VALUE_..., text). */
#define DG_MOLECULE_TARGET_ROWS(ROW, BETWEEN)                       \
    ROW(DG_VALUE_LOGP, "logP")                                 \
    BETWEEN ROW(DG_VALUE_TPSA, "TPSA")                         \
    BETWEEN ROW(DG_VALUE_WEIGHT, "weight")                     \
    BETWEEN ROW(DG_VALUE_RINGS, "rings")                       \
    BETWEEN ROW(DG_VALUE_AROMATIC_RINGS, "aromatic_rings")     \
    BETWEEN ROW(DG_VALUE_FRACTION_SP3, "fraction_sp3")         \
    BETWEEN ROW(DG_VALUE_DONORS, "donors")                     \
    BETWEEN ROW(DG_VALUE_ACCEPTORS, "acceptors")               \
    BETWEEN ROW(DG_VALUE_ROTATABLE, "rotatable_bonds")
/* clang-format on */

#define DG_TARGET_TEXT(name, text) text
/* For help texts: all names with `between` in between. */
#define DG_TARGET_NAMES(between)                                                                   \
    DG_MOLECULE_TARGET_ROWS(DG_TARGET_TEXT, between)                                               \
    between DG_GRAPH_TARGET_ROWS(DG_TARGET_TEXT, between)

#endif
