/* Connected. A single node is. */
#include "eval/validity/rules/definition.h"

const dg_rule_definition dg_connected_rule = {.kind = "community", .connected = true};
