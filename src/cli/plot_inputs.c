#include "cli/plot_inputs.h"

#include "cli/eval_inputs.h"
#include "cli/info.h"
#include "cli/interrupt.h"
#include "cli/read_options.h"
#include "core/file.h"
#include "core/folder_names.h"
#include "core/log.h"
#include "datasets/molecules.h"
#include "graph/dataset.h"
#include "graph/io/skipped.h"

#include <stdlib.h>
#include <string.h>

/* How digress names chains: DIR/chains/000000, epoch-000100-chain-0.safetensors. */
static const char CHAINS[] = "chains", IN_NAME[] = "-chain-", FIRST[] = "-chain-0.safetensors";

static bool is_chain(const char *path) {
    const char *slash = strrchr(path, '/'), *found = strstr(path, CHAINS);
    const char *name = slash ? slash + 1 : path;
    const bool in_folder = found && (found == path || found[-1] == '/') &&
                           found[sizeof CHAINS - 1] == '/' && found[sizeof CHAINS] != '\0';
    return in_folder || strstr(name, IN_NAME);
}

dg_plot_what dg_plot_default(const char *path) {
    if (dg_is_run(path)) return DG_PLOT_CURVES;
    return is_chain(path) ? DG_PLOT_CHAIN : DG_PLOT_GRAPHS;
}

static bool is_first_chain(const char *name) {
    const size_t length = strlen(name), end = sizeof FIRST - 1;
    return length > end && strcmp(name + length - end, FIRST) == 0;
}

/* The last samples of a run: their names begin with the number of the epoch. */
static digress_status find_in_run(const char *run, bool chain, char **out) {
    dg_names names = {0};
    const char *last = NULL;
    char *folder = dg_path_join(run, "samples");
    digress_status status = folder ? DIGRESS_OK : dg_out_of_memory();
    if (status == DIGRESS_OK && dg_is_folder(folder)) status = dg_folder_names(folder, &names);
    for (size_t k = 0; k < names.count; k++)
        if (chain ? is_first_chain(names.names[k]) : !strstr(names.names[k], IN_NAME))
            last = names.names[k];
    if (status == DIGRESS_OK && !last)
        status = dg_error(DIGRESS_ERROR_INPUT, "%s: the run has drawn no %s yet", run,
                          chain ? "chain" : "samples");
    if (status == DIGRESS_OK && !(*out = dg_path_join(folder, last))) status = dg_out_of_memory();
    dg_names_free(&names);
    free(folder);
    return status;
}

digress_status dg_plot_find(const char *path, bool chain, char **out) {
    if (dg_is_run(path)) return find_in_run(path, chain, out);
    const bool inside = chain && dg_exists_in(path, CHAINS);
    *out = inside ? dg_format("%s/%s/000000", path, CHAINS) : dg_format("%s", path);
    return *out ? DIGRESS_OK : dg_out_of_memory();
}

static digress_status read_molecules(const dg_arguments *arguments, dg_pool *pool, const char *path,
                                     digress_graph_set **out) {
    const dg_import_options how = {.charges = true, .samples = true};
    dg_import_report report;
    char list[DG_LIST_SIZE];
    const char *name = dg_read_option_given(arguments->command, arguments);
    if (name) dg_warn("%s: a file of molecules: --%s is not for it", path, name);
    DG_TRY(dg_import_molecules(pool, &how, 1, &path, out, &report));
    dg_list_dropped(report.dropped, list);
    if (*list)
        dg_warn("%s: %zu of %zu molecules are drawn; left out: %s", path, report.kept, report.read,
                list);
    return DIGRESS_OK;
}

static digress_status read_graphs(const dg_arguments *arguments, const char *path,
                                  digress_graph_set **out) {
    const char *atoms = dg_argument(arguments->command, arguments, "atoms");
    digress_read_options how = {.node_names = atoms,
                                .edge_names = atoms ? dg_bonds_by_place : NULL};
    digress_read_report report = {0};
    DG_TRY(dg_read_options_parse(arguments->command, arguments, &how));
    DG_TRY(dg_dataset_read_part(path, "test", &how, &dg_interrupt_watch, &report, out));
    dg_say_dropped(&report);
    return DIGRESS_OK;
}

digress_status dg_plot_read(const dg_arguments *arguments, dg_pool *pool, const char *path,
                            digress_graph_set **out) {
    if (dg_holds_molecules(path)) return read_molecules(arguments, pool, path, out);
    return read_graphs(arguments, path, out);
}
