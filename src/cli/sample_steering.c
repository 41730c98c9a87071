#include "cli/sample_steering.h"

#include "core/log.h"
#include "digress/graph.h"

digress_status dg_sample_constraints_parse(const dg_command *command, const dg_arguments *arguments,
                                           digress_constraints *out) {
    uint64_t degree = 0;
    DG_TRY(dg_argument_number(arguments, "max-degree", 1, DIGRESS_MAX_NODES, &degree));
    *out = (digress_constraints){
        .connected = dg_argument(command, arguments, "connected") != NULL,
        .acyclic = dg_argument(command, arguments, "acyclic") != NULL,
        .planar = dg_argument(command, arguments, "planar") != NULL,
        .valences = dg_argument(command, arguments, "valences") != NULL,
        .max_degree = degree,
    };
    return DIGRESS_OK;
}

static double percent(size_t part, size_t whole) {
    return whole ? 100.0 * (double)part / (double)whole : 0;
}

void dg_print_interventions(const digress_constraints *asked, const digress_interventions *done) {
    const bool is_asked[DIGRESS_CONSTRAINTS] = {[DIGRESS_ACYCLIC] = asked->acyclic,
                                                [DIGRESS_PLANAR] = asked->planar,
                                                [DIGRESS_MAX_DEGREE] = asked->max_degree > 0,
                                                [DIGRESS_VALENCES] = asked->valences,
                                                [DIGRESS_CONNECTED] = asked->connected};
    for (size_t k = 0; k < DIGRESS_CONSTRAINTS; k++) {
        if (!is_asked[k]) continue;
        printf("%s: ", digress_constraint_name((digress_constraint)k));
        if (k == DIGRESS_CONNECTED)
            printf("%zu changes made", done->made[k]);
        else
            printf("%zu of %zu changes refused (%.2g%%)", done->refused[k], done->changes,
                   percent(done->refused[k], done->changes));
        printf(", in %zu of %zu graphs drawn\n", done->touched[k], done->graphs);
    }
    if (done->unmet > 0)
        dg_warn("--connected: %zu graphs are in several pieces: no change that the other "
                "constraints allow joins them",
                done->unmet);
}
