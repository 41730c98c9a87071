/* digress train: trains a model as a config says, or continues a run. */
#include "chem/alphabet.h"
#include "cli/interrupt.h"
#include "cli/page.h"
#include "cli/shipped.h"
#include "cli/train_pictures.h"
#include "config/schema.h"
#include "core/file.h"
#include "core/log.h"
#include "distributed/launch.h"
#include "train/choose.h"
#include "train/data.h"
#include "train/run_folder.h"
#include "train/trainer.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static digress_status run_train(int argc, char **argv);

static const dg_option options[] = {
    {"out", 'o', "RUN", "the run folder (runs/NAME-SEED)"},
    {"data", 0, "DATA",
     "the graphs: a set folder, a folder or file of graphs, or a file of molecules; without a "
     "CONFIG, sizes are chosen to fit them (dataset.path)"},
    {"resume", 0, "RUN", "go on with the run in this folder, bit for bit (start a new run)"},
    {"init", 0, "CHECKPOINT",
     "start from the weights of this checkpoint or run (drawn by the seed)"},
    {"force", 0, NULL, "replace an existing run, but nothing else, and never the input (refused)"},
    {"threads", 0, "K", "threads (train.threads)"},
    {0}};

static void print_key(const dg_page *page, const dg_key *key) {
    char term[256];
    snprintf(term, sizeof term, "%s=%s", key->name, dg_key_type_name(key->type));
    for (size_t k = 0; key->names[k]; k++) {
        const size_t used = strlen(term);
        snprintf(term + used, sizeof term - used, "%s%s", k ? "|" : "", key->names[k]);
    }
    char *text = dg_format("%s (%s)", key->help, key->standard);
    dg_page_item(page, term, text ? text : key->help);
    free(text);
}

static void print_keys(const dg_page *page) {
    dg_page_paragraph(page, "CONFIG is a .yaml file, or the name of a config that came with "
                            "digress: 'digress help --configs' lists them.");
    dg_page_paragraph(page,
                      "Ctrl-C, SIGTERM and a lost terminal (SIGHUP) save first; the exit status is "
                      "then 130, 143 or 129, and --resume goes on as if nothing had happened.");
    dg_page_heading(page, "Keys of a config and of key=value, with their values (and defaults)");
    for (const dg_key *key = dg_keys; key->name; key++)
        print_key(page, key);
}

const dg_command dg_command_train = {
    "train",
    "CONFIG [key=value ...] | --data DATA [key=value ...] | --resume RUN",
    "Trains a model on a set of graphs.",
    options,
    run_train,
    NULL,
    print_keys};

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
    if (best)
        dg_print(stdout, "best checkpoint, by %s: %s\n",
                 dg_exists(run.best_bound) ? "its samples" : "the validation bound", run.best);
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
    training->ranks = dg_ranks_joined();
    training->quiet = !dg_is_first_rank(training->ranks);
    training->stop_signal = dg_interrupt_signal;
    training->draw = dg_train_pictures;
    digress_status status = dg_train(config, training, count, overrides);
    if (status == DIGRESS_OK && !training->quiet) status = print_next(training->run);
    free(folder);
    return status;
}

/* The name of a run on DATA: the last part of its path, up to a dot or colon. */
static digress_status name_run(const char *data, dg_config *config) {
    size_t end = strlen(data), begin;
    while (end > 0 && data[end - 1] == '/')
        end--;
    for (begin = end; begin > 0 && data[begin - 1] != '/';)
        begin--;
    const size_t length = strcspn(data + begin, ".:/");
    if (length == 0 || begin + length > end) return DIGRESS_OK;
    char *name = strndup(data + begin, length);
    if (!name) return dg_out_of_memory();
    free(config->general.name);
    config->general.name = name;
    return DIGRESS_OK;
}

static void say_choice(const char *data, const dg_dataset *set, const dg_config *config) {
    dg_alphabet alphabet;
    dg_log("%s: for %zu %s chosen: %" PRIu64 " layers, dx %" PRIu64 ", de %" PRIu64 ", %" PRIu64
           " diffusion steps, batch %" PRIu64 ", lr %g, at most %" PRIu64
           " epochs or %g minutes; key=value changes any",
           data, digress_graph_set_count(set->train),
           dg_alphabet_of(set->train, &alphabet) ? "training molecules" : "training graphs",
           config->model.n_layers, config->model.hidden_dims.dx, config->model.hidden_dims.de,
           config->model.diffusion_steps, config->train.batch_size, config->train.lr,
           config->train.n_epochs, config->train.max_minutes);
}

/* What --data adds to the config: its path, and, without a CONFIG, sizes that fit the set, for
 * which *set is read. */
static digress_status take_data(const char *data, bool choose, dg_config *config, dg_dataset *set) {
    char *assignment = dg_format("dataset.path=%s", data);
    digress_status status =
        assignment ? dg_config_override(config, assignment) : dg_out_of_memory();
    free(assignment);
    if (!choose) return status;
    if (status == DIGRESS_OK) status = name_run(data, config);
    if (status == DIGRESS_OK)
        status = dg_training_data_once(config, dg_ranks_joined(), &dg_interrupt_watch, set);
    if (status == DIGRESS_OK) status = dg_choose_config(set->train, config);
    if (status == DIGRESS_OK) say_choice(data, set, config);
    if (status == DIGRESS_INTERRUPTED)
        return dg_error(status, "%s before the training began: nothing was written",
                        digress_last_error());
    return status;
}

/* The set that was read to choose the sizes is trained on, unless a key names another one. */
static digress_status read_config(const char *data, size_t count, const char *const *overrides,
                                  dg_train_options *training, dg_config *config) {
    if (training->config) DG_TRY(dg_config_read(config, training->config));
    if (data) DG_TRY(take_data(data, !training->config, config, training->data));
    DG_TRY(dg_config_read_all(config, NULL, count, overrides));
    const char *path = config->dataset.path;
    if (!training->data->train || !path || strcmp(path, data) != 0) training->data = NULL;
    return DIGRESS_OK;
}

static digress_status start_run(dg_train_options *training, const char *file, const char *data,
                                size_t count, const char *const *overrides) {
    if (!file && !data && count == 0)
        return dg_error(DIGRESS_ERROR_INPUT,
                        "no config given: digress train CONFIG, digress train --data DATA, or "
                        "digress train --resume RUN");
    char *path = NULL;
    if (file && dg_is_folder(file))
        return dg_error(DIGRESS_ERROR_INPUT,
                        "%s: a folder: expected a config file; graphs are given as "
                        "--data %s, a run to go on with as --resume %s",
                        file, file, file);
    if (file) DG_TRY(dg_shipped_path(DG_SHIPPED_CONFIG, file, &path));
    training->config = path;
    dg_config config = {0};
    dg_dataset set = {0};
    training->data = &set;
    digress_status status = dg_config_create(&config);
    if (status == DIGRESS_OK)
        status = dg_ranks_agree(dg_ranks_joined(),
                                read_config(data, count, overrides, training, &config));
    if (status == DIGRESS_OK) status = train(&config, training, 0, NULL);
    dg_dataset_free(&set);
    dg_config_free(&config);
    free(path);
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
    dg_interrupt_catch();
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
    if (!resumed) return start_run(&training, file, option(arguments, "data"), count, overrides);
    if (option(arguments, "data"))
        return dg_error(DIGRESS_ERROR_INPUT, "--resume excludes --data: if the set has moved, give "
                                             "dataset.path=DATA");
    DG_TRY(check_resume(&training, file));
    training.resume = true;
    training.run = resumed;
    return train(NULL, &training, count, overrides);
}

static digress_status run_train(int argc, char **argv) {
    dg_arguments arguments;
    DG_TRY(dg_arguments_parse(&dg_command_train, argc, argv, &arguments));
    digress_status status = DIGRESS_OK;
    if (!arguments.help) {
        const char **overrides = calloc(arguments.positional_count + 1, sizeof *overrides);
        status = overrides ? run_words(&arguments, overrides) : dg_out_of_memory();
        free(overrides);
    }
    dg_arguments_free(&arguments);
    return status;
}
