#include "cli/sample_steering.h"

#include "cli/sample_train.h"
#include "core/log.h"
#include "datasets/molecules.h"
#include "digress/graph.h"
#include "graph/io/skipped.h"

digress_status dg_sample_fixed_parse(const dg_command *command, const dg_arguments *arguments,
                                     const char **path, digress_fixed_part *out) {
    static const char *const for_fix[] = {"fix-edges-only", "resample"};
    uint64_t times = 1;
    *path = dg_argument(command, arguments, "fix");
    for (size_t k = 0; k < 2 && !*path; k++)
        if (dg_argument(command, arguments, for_fix[k]))
            return dg_error(DIGRESS_ERROR_INPUT, "--%s has no use without --fix", for_fix[k]);
    DG_TRY(dg_argument_number(arguments, "resample", 1, UINT16_MAX, &times));
    *out = (digress_fixed_part){
        .edges_only = dg_argument(command, arguments, "fix-edges-only") != NULL, .resample = times};
    return DIGRESS_OK;
}

digress_status dg_sample_fixed_read(const dg_model *model, const char *path, const dg_watch *watch,
                                    digress_graph_set **set) {
    digress_read_report report = {0};
    if (dg_holds_molecules(path)) return dg_sample_molecules(model, path, watch, set);
    DG_TRY(digress_graph_set_read(path, NULL, &report, set));
    dg_say_dropped(&report);
    return DIGRESS_OK;
}

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
