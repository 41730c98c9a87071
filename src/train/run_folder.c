#include "train/run_folder.h"

#include "core/file.h"
#include "core/folder_kind.h"
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
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
    DG_TRY(join(run->checkpoints, "best.safetensors", &run->best));
    DG_TRY(join(run->checkpoints, "best-bound.safetensors", &run->best_bound));
    return join(run->checkpoints, "best-samples.safetensors", &run->best_samples);
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
    dg_run_lock_release(&run->lock);
    free(run->folder);
    free(run->config);
    free(run->checkpoints);
    free(run->samples);
    free(run->last);
    free(run->best);
    free(run->best_bound);
    free(run->best_samples);
    *run = (dg_run_folder){0};
}

/* Whether the folder holds nothing, or only a lock. */
static bool is_vacant(const dg_run_folder *run) {
    DIR *folder = opendir(run->folder);
    if (!folder) return false;
    bool vacant = true;
    for (struct dirent *entry; (entry = readdir(folder));)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0 &&
            strcmp(entry->d_name, "lock") != 0)
            vacant = false;
    closedir(folder);
    return vacant;
}

static const char *const content[] = {"config.yaml",
                                      "log.jsonl",
                                      "log.csv",
                                      "lock",
                                      "tune.jsonl",
                                      "checkpoints/",
                                      "checkpoints/last.safetensors",
                                      "checkpoints/best-bound.safetensors",
                                      "checkpoints/best-samples.safetensors",
                                      "checkpoints/best.safetensors",
                                      "samples/",
                                      "samples/epoch-#.safetensors",
                                      "samples/epoch-#-chain-*.safetensors",
                                      "curves.svg",
                                      "samples/epoch-#.svg",
                                      "samples/epoch-#-chain-*.gif",
                                      NULL};
static const char *const signs[] = {"config.yaml", "log.jsonl", "log.csv",
                                    "checkpoints/last.safetensors", NULL};
static const dg_folder_kind kind = {
    .name = "run", .content = content, .signs = signs, .keeps_others = true};

digress_status dg_run_folder_check(const dg_run_folder *run, bool force, size_t count,
                                   const char *const *inputs) {
    if (!dg_exists(run->folder)) return DIGRESS_OK;
    if (!dg_is_folder(run->folder))
        return dg_error(DIGRESS_ERROR_INPUT, "%s: exists already and is not a folder", run->folder);
    if (is_vacant(run)) return DIGRESS_OK;
    DG_TRY(dg_folder_is_replaceable(run->folder, &kind));
    if (force) return dg_folder_holds_no_input(run->folder, count, inputs);
    return dg_error(DIGRESS_ERROR_INPUT,
                    "%s: exists already; go on with it (the option 'resume'), replace it "
                    "(the option 'force'), or choose another folder",
                    run->folder);
}

static digress_status remove_entries(const dg_run_folder *run) {
    static const char *const files[] = {"log.jsonl", "log.csv", "curves.svg", "tune.jsonl"};
    DG_TRY(dg_remove_tree(run->config));
    DG_TRY(dg_remove_tree(run->checkpoints));
    DG_TRY(dg_remove_tree(run->samples));
    for (size_t k = 0; k < sizeof files / sizeof *files; k++) {
        char *path = NULL;
        DG_TRY(join(run->folder, files[k], &path));
        digress_status status = dg_remove_tree(path);
        free(path);
        DG_TRY(status);
    }
    return DIGRESS_OK;
}

digress_status dg_run_folder_lock(dg_run_folder *run) {
    if (run->lock.path) return DIGRESS_OK;
    run->made = !dg_exists(run->folder);
    DG_TRY(dg_make_folders(run->folder));
    digress_status status = dg_run_lock_take(run->folder, &run->lock);
    if (status != DIGRESS_OK && run->made) rmdir(run->folder);
    return status;
}

/* First marks the folder as a run's: should the process die, the next one knows what it is. */
digress_status dg_run_folder_make(dg_run_folder *run) {
    DG_TRY(dg_folder_mark(run->folder, &kind));
    DG_TRY(remove_entries(run));
    DG_TRY(dg_make_folders(run->checkpoints));
    return dg_make_folders(run->samples);
}

void dg_run_folder_remove(dg_run_folder *run) {
    if (remove_entries(run) == DIGRESS_OK) (void)dg_folder_unmark(run->folder);
    dg_run_lock_release(&run->lock);
    if (run->made) rmdir(run->folder);
}
