/* Connected, and drawable without crossings. */
#include "eval/structure/planarity.h"
#include "eval/validity/rules/definition.h"

static digress_status is_planar(const dg_candidate *candidate, bool *out) {
    return dg_is_planar(&candidate->adjacency, out);
}

const dg_rule_definition dg_planar_rule = {.kind = "planar", .connected = true, .obeys = is_planar};
