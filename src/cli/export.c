/* digress export: a trained model as one small file, to keep or to give away. */
#include "cli/options.h"
#include "core/file.h"
#include "core/log.h"
#include "model/model.h"
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

static digress_status run(int argc, char **argv);

static const dg_option options[] = {
    {"out", 'o', "FILE", "where the model goes: a name in .safetensors (must be given)"},
    {"force", 'f', NULL, "replace a model that is there (refused)"},
    {0}};

const dg_command dg_command_export = {
    "export",
    "CHECKPOINT --out FILE.safetensors",
    "Writes a checkpoint's model without what only its training needs.\n"
    "CHECKPOINT may be a run folder: its best one is taken. The file has a fifth of the size; "
    "'sample', 'eval --checkpoint' and 'train --init' take it as they take checkpoints.",
    options,
    run,
    NULL,
    NULL};

/* Whatever else has this name is not to be lost. */
static digress_status check_out(const char *out, const char *checkpoint, bool force) {
    struct stat one, other;
    dg_model *there = NULL;
    if (stat(out, &one) != 0) return DIGRESS_OK;
    if (stat(checkpoint, &other) == 0 && one.st_dev == other.st_dev && one.st_ino == other.st_ino)
        return dg_error(DIGRESS_ERROR_INPUT, "%s: is the checkpoint itself: name another file",
                        out);
    if (!force)
        return dg_error(DIGRESS_ERROR_INPUT, "%s: exists already: give --force to replace it", out);
    if (dg_model_load(out, &there) != DIGRESS_OK)
        return dg_error(DIGRESS_ERROR_INPUT,
                        "%s: exists already, and is no model: name another file", out);
    dg_model_free(there);
    return DIGRESS_OK;
}

static digress_status export_to(const char *checkpoint, const char *out, bool force) {
    dg_model *model = NULL;
    struct stat about;
    DG_TRY(check_out(out, checkpoint, force));
    DG_TRY(dg_model_open(checkpoint, NULL, NULL, &model));
    digress_status status = dg_model_save_weights(model, out);
    if (status == DIGRESS_OK && stat(out, &about) == 0)
        dg_print(stdout, "%s: %zu parameters%s, %.1f MB\n", out,
                 dg_denoiser_parameter_count(model->denoiser),
                 model->ema ? ", the average over the training's steps" : "",
                 (double)about.st_size / 1e6);
    dg_model_free(model);
    return status;
}

static digress_status run_arguments(const dg_arguments *arguments) {
    char *checkpoint = NULL;
    const char *out = dg_argument(&dg_command_export, arguments, "out");
    if (arguments->positional_count != 1)
        return dg_error(DIGRESS_ERROR_INPUT, "export: expected one CHECKPOINT, got %zu",
                        arguments->positional_count);
    if (!out) return dg_error(DIGRESS_ERROR_INPUT, "export: no --out FILE given to write to");
    DG_TRY(dg_model_find(arguments->positional[0], &checkpoint));
    digress_status status =
        export_to(checkpoint, out, dg_argument(&dg_command_export, arguments, "force") != NULL);
    free(checkpoint);
    return status;
}

static digress_status run(int argc, char **argv) {
    dg_arguments arguments;
    DG_TRY(dg_arguments_parse(&dg_command_export, argc, argv, &arguments));
    digress_status status = arguments.help ? DIGRESS_OK : run_arguments(&arguments);
    dg_arguments_free(&arguments);
    return status;
}
