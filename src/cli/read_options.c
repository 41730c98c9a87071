#include "cli/read_options.h"

#include <string.h>

/* *out: which of the two words is given; unchanged if neither is. */
static digress_status choose_value(const dg_command *command, const dg_arguments *arguments,
                                   const char *name, const char *const words[2], int *out) {
    const char *value = dg_argument(command, arguments, name);
    if (!value) return DIGRESS_OK;
    for (int k = 0; k < 2; k++) {
        if (strcmp(value, words[k]) != 0) continue;
        *out = k;
        return DIGRESS_OK;
    }
    return dg_error(DIGRESS_ERROR_INPUT, "--%s: expected %s or %s, got '%s'", name, words[0],
                    words[1], value);
}

digress_status dg_read_options_parse(const dg_command *command, const dg_arguments *arguments,
                                     digress_read_options *out) {
    int ids = -1, weights = -1;
    DG_TRY(
        choose_value(command, arguments, "ids", (const char *const[]){"literal", "compact"}, &ids));
    DG_TRY(choose_value(command, arguments, "weights", (const char *const[]){"class", "ignore"},
                        &weights));
    if (ids >= 0) out->ids = ids ? DIGRESS_IDS_COMPACT : DIGRESS_IDS_LITERAL;
    out->ignore_weights = weights == 1;
    out->node_attribute = dg_argument(command, arguments, "node-attribute");
    out->edge_attribute = dg_argument(command, arguments, "edge-attribute");
    return DIGRESS_OK;
}

const char *dg_read_option_given(const dg_command *command, const dg_arguments *arguments) {
    static const char *const names[] = {"ids", "weights", "node-attribute", "edge-attribute"};
    for (size_t k = 0; k < sizeof names / sizeof *names; k++)
        if (dg_argument(command, arguments, names[k])) return names[k];
    return NULL;
}
