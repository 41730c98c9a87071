#include "cli/eval_targets.h"

#include "cli/sample_steering.h"

static digress_status give(const digress_asked_targets *asked, digress_graph_set *set) {
    for (size_t k = 0; k < asked->count; k++) {
        size_t target = 0;
        DG_TRY(digress_graph_set_add_target(set, asked->names[k], &target));
        for (size_t g = 0; g < digress_graph_set_count(set); g++)
            DG_TRY(digress_graph_set_set_target(set, g, target,
                                                asked->values[g % asked->rows * asked->count + k]));
    }
    return DIGRESS_OK;
}

/* One row is the same for all. */
static digress_status give_all(const digress_asked_targets *asked, const char *path,
                               dg_eval_inputs *in) {
    for (size_t k = 0; k < in->sample_sets; k++) {
        const size_t lost = in->unread[k].invalid + in->unread[k].valid;
        if (lost > 0 && asked->rows > 1)
            return dg_error(DIGRESS_ERROR_INPUT,
                            "%s: %zu of the samples have no graph, so the others' rows are not "
                            "known: sample --format safetensors keeps what each was asked for",
                            path, lost);
        DG_TRY(give(asked, in->samples[k]));
    }
    return DIGRESS_OK;
}

digress_status dg_eval_ask(const char *path, dg_eval_inputs *in) {
    dg_given_targets given = {0};
    if (!path) return DIGRESS_OK;
    digress_status status = dg_given_targets_read(path, &given);
    if (status == DIGRESS_OK) status = give_all(&given.asked, path, in);
    dg_given_targets_free(&given);
    return status;
}
