/* digress train: trains a model as a config says, or goes on with a run. */
#include "cli/interrupt.h"
#include "cli/options.h"
#include "config/config.h"
#include "core/file.h"
#include "core/log.h"
#include "train/run_folder.h"
#include "train/trainer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static digress_status run(int argc, char **argv);

static const dg_option options[] = {
    {"out", 'o', "RUN", "the run folder (runs/NAME-SEED)"},
    {"resume", 0, "RUN", "go on with the run in this folder, bit for bit"},
    {"init", 0, "CHECKPOINT", "start from the weights of this checkpoint or run"},
    {"force", 0, NULL, "replace an existing run (nothing else, and no input)"},
    {"threads", 0, "K", "threads (train.threads)"},
    {0}};

const dg_command dg_command_train = {"train", "CONFIG.yaml [key=value ...] | --resume RUN",
                                     "Trains a model on a set of graphs.", options, run};

static const char *option(const dg_arguments *arguments, const char *name) {
    return dg_argument(&dg_command_train, arguments, name);
}

/* The words of the command line: at most one file, and overrides. */
static digress_status sort_words(const dg_arguments *arguments, const char **file, size_t *count,
                                 const char **overrides) {
    *file = NULL;
    *count = 0;
    for (size_t k = 0; k < arguments->positional_count; k++) {
        const char *word = arguments->positional[k];
        if (strchr(word, '='))
            overrides[(*count)++] = word;
        else if (*file)
            return dg_error(DIGRESS_ERROR_INPUT,
                            "'%s': one config is enough (%s); expected key=value", word, *file);
        else
            *file = word;
    }
    return DIGRESS_OK;
}

static digress_status print_next(const char *folder) {
    dg_run_folder run;
    DG_TRY(dg_run_folder_name(folder, &run));
    bool best = dg_exists(run.best);
    dg_print(stdout, "the run is in %s\n", run.folder);
    if (best) dg_print(stdout, "best checkpoint, by the validation bound: %s\n", run.best);
    dg_print(stdout, "last checkpoint: %s\n", run.last);
    dg_print(stdout, "sample from it: digress sample %s -n 100 --out samples\n",
             best ? run.best : run.last);
    dg_run_folder_free(&run);
    return DIGRESS_OK;
}

static digress_status train(const dg_config *config, dg_train_options *training, size_t count,
                            const char *const *overrides) {
    char *folder = NULL;
    if (!training->run) {
        folder = dg_default_run(config);
        if (!folder) return dg_out_of_memory();
        training->run = folder;
    }
    training->stop_signal = dg_interrupt_signal;
    dg_interrupt_catch();
    digress_status status = dg_train(config, training, count, overrides);
    if (status == DIGRESS_OK) status = print_next(training->run);
    free(folder);
    return status;
}

static digress_status start(dg_train_options *training, const char *file, size_t count,
                            const char *const *overrides) {
    if (!file && count == 0)
        return dg_error(
            DIGRESS_ERROR_INPUT,
            "no config given: digress train CONFIG.yaml, or digress train --resume RUN");
    if (file && dg_is_folder(file))
        return dg_error(DIGRESS_ERROR_INPUT,
                        "%s: a folder: expected a config file; graphs are given as "
                        "dataset.path=%s, a run to go on with as --resume %s",
                        file, file, file);
    dg_config config;
    training->config = file;
    DG_TRY(dg_config_create(&config));
    digress_status status = dg_config_read_all(&config, file, count, overrides);
    if (status == DIGRESS_OK) status = train(&config, training, 0, NULL);
    dg_config_free(&config);
    return status;
}

static digress_status check_resume(const dg_train_options *training, const char *file) {
    if (file)
        return dg_error(DIGRESS_ERROR_INPUT, "%s: a resumed run has its config already", file);
    if (training->run || training->init || training->force)
        return dg_error(DIGRESS_ERROR_INPUT, "--resume excludes --out, --init and --force");
    return DIGRESS_OK;
}

static digress_status run_words(const dg_arguments *arguments, const char **overrides) {
    const char *file = NULL, *threads = option(arguments, "threads");
    const char *resumed = option(arguments, "resume");
    size_t count = 0;
    uint64_t thread_count = 0;
    DG_TRY(sort_words(arguments, &file, &count, overrides));
    if (threads) DG_TRY(dg_parse_u64("--threads", threads, 0, 4096, &thread_count));
    dg_train_options training = {.run = option(arguments, "out"),
                                 .force = option(arguments, "force") != NULL,
                                 .init = option(arguments, "init"),
                                 .threads = (size_t)thread_count};
    if (!resumed) return start(&training, file, count, overrides);
    DG_TRY(check_resume(&training, file));
    training.resume = true;
    training.run = resumed;
    return train(NULL, &training, count, overrides);
}

static digress_status run(int argc, char **argv) {
    dg_arguments arguments;
    DG_TRY(dg_arguments_parse(&dg_command_train, argc, argv, &arguments));
    digress_status status = DIGRESS_OK;
    if (arguments.help) {
        printf("\nCtrl-C, SIGTERM and a lost terminal (SIGHUP) save first; the exit status is then "
               "130, 143 or 129,\nand --resume goes on as though nothing had been.\n");
        printf("\nKeys of CONFIG.yaml and of key=value, with their defaults:\n\n");
        dg_config_describe(stdout, false);
    } else {
        const char **overrides = calloc(arguments.positional_count + 1, sizeof *overrides);
        status = overrides ? run_words(&arguments, overrides) : dg_out_of_memory();
        free(overrides);
    }
    dg_arguments_free(&arguments);
    return status;
}
