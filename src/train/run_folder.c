#include "train/run_folder.h"

#include "core/file.h"
#include <stdlib.h>
#include <unistd.h>

static digress_status join(const char *folder, const char *name, char **out) {
    *out = dg_path_join(folder, name);
    return *out ? DIGRESS_OK : dg_out_of_memory();
}

static digress_status name_all(const char *folder, dg_run_folder *run) {
    run->folder = dg_format("%s", folder);
    if (!run->folder) return dg_out_of_memory();
    DG_TRY(join(folder, "config.yaml", &run->config));
    DG_TRY(join(folder, "checkpoints", &run->checkpoints));
    DG_TRY(join(folder, "samples", &run->samples));
    DG_TRY(join(run->checkpoints, "last.safetensors", &run->last));
    return join(run->checkpoints, "best.safetensors", &run->best);
}

digress_status dg_run_folder_name(const char *folder, dg_run_folder *out) {
    dg_run_folder run = {0};
    if (!*folder) return dg_error(DIGRESS_ERROR_INPUT, "the name of the run's folder is empty");
    digress_status status = name_all(folder, &run);
    if (status != DIGRESS_OK) {
        dg_run_folder_free(&run);
        return status;
    }
    *out = run;
    return DIGRESS_OK;
}

void dg_run_folder_free(dg_run_folder *run) {
    free(run->folder);
    free(run->config);
    free(run->checkpoints);
    free(run->samples);
    free(run->last);
    free(run->best);
    *run = (dg_run_folder){0};
}

digress_status dg_run_folder_check(const dg_run_folder *run, bool force) {
    if (!dg_exists(run->folder)) return DIGRESS_OK;
    if (!dg_is_folder(run->folder))
        return dg_error(DIGRESS_ERROR_INPUT, "%s: is there already and is no folder", run->folder);
    if (force || dg_is_empty_folder(run->folder)) return DIGRESS_OK;
    return dg_error(DIGRESS_ERROR_INPUT,
                    "%s: is there already; go on with it (the option 'resume'), replace it (the "
                    "option 'force'), or choose another folder",
                    run->folder);
}

static digress_status remove_entries(const dg_run_folder *run) {
    static const char *const logs[] = {"log.jsonl", "log.csv"};
    DG_TRY(dg_remove_tree(run->config));
    DG_TRY(dg_remove_tree(run->checkpoints));
    DG_TRY(dg_remove_tree(run->samples));
    for (size_t k = 0; k < 2; k++) {
        char *path = NULL;
        DG_TRY(join(run->folder, logs[k], &path));
        digress_status status = dg_remove_tree(path);
        free(path);
        DG_TRY(status);
    }
    return DIGRESS_OK;
}

digress_status dg_run_folder_make(dg_run_folder *run) {
    run->made = !dg_exists(run->folder);
    DG_TRY(remove_entries(run));
    DG_TRY(dg_make_folders(run->checkpoints));
    return dg_make_folders(run->samples);
}

void dg_run_folder_remove(const dg_run_folder *run) {
    (void)remove_entries(run);
    if (run->made) rmdir(run->folder);
}
