#include "cli/info.h"
#include "cli/info_json.h"

#include "core/file.h"
#include "core/log.h"
#include "core/safetensors.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool dg_is_run(const char *path) {
    return dg_exists_in(path, "config.yaml") && dg_exists_in(path, "log.jsonl");
}

/* ---- its log ---- */

/* Keeps the last entry of each event, and the validation with the lowest bound, by name. */
static void note_entry(json_t **log, json_t *entry) {
    const char *event = json_string_value(json_object_get(entry, "event"));
    if (!event) return;
    dg_json_put(log, event, json_incref(entry));
    const json_t *bound = json_object_get(entry, "nll");
    const json_t *best = json_object_get(json_object_get(*log, "best_validation"), "nll");
    if (strcmp(event, "validation") == 0 && json_is_number(bound) &&
        (!best || json_number_value(bound) < json_number_value(best)))
        dg_json_put(log, "best_validation", json_incref(entry));
}

/* An incomplete last line is left out. */
static digress_status read_log(const char *folder, json_t **out) {
    char *path = dg_path_join(folder, "log.jsonl"), *text = NULL;
    size_t size = 0;
    digress_status status = path ? dg_file_read(path, &text, &size) : dg_out_of_memory();
    free(path);
    DG_TRY(status);
    *out = json_object();
    for (char *line = text, *end; *out && (end = strchr(line, '\n')); line = end + 1) {
        *end = '\0';
        json_t *entry = json_loads(line, 0, NULL);
        if (entry) note_entry(out, entry);
        json_decref(entry);
    }
    free(text);
    return *out ? DIGRESS_OK : dg_out_of_memory();
}

/* ---- its checkpoints ---- */

static digress_status read_checkpoint(const char *folder, const char *name, json_t **checkpoints) {
    char *path = dg_format("%s/checkpoints/%s.safetensors", folder, name);
    if (!path) return dg_out_of_memory();
    dg_tensor_file *file = NULL;
    digress_status status = dg_exists(path) ? dg_tensor_file_open(path, &file) : DIGRESS_OK;
    if (file) {
        const char *step = dg_tensor_file_metadata(file, "train.step");
        json_t *entry = json_object();
        dg_json_put(&entry, "path", dg_json_string(path));
        dg_json_put(&entry, "step", step ? json_integer(atoll(step)) : json_null());
        dg_json_put(checkpoints, name, entry);
    }
    dg_tensor_file_close(file);
    free(path);
    return status;
}

/* ---- the table ---- */

static void print_cell(const json_t *entry, const char *key, int width, int digits) {
    const json_t *value = json_object_get(entry, key);
    if (json_is_number(value))
        printf(" %*.*f", width, digits, json_number_value(value));
    else
        printf(" %*s", width, "");
}

static void print_row(const char *label, const json_t *entry) {
    static const struct {
        const char *key, *label;
    } shown[] = {{"loss", "loss"},
                 {"nll", "bound"},
                 {"vun", "V.U.N."},
                 {"ratio", "ratio"},
                 {"validity", "valid"},
                 {"uniqueness", "unique"},
                 {"mmd_degree", "MMD degree"},
                 {"mmd_orbit", "orbit"}};
    const char *comma = "  ";
    if (!entry) return;
    printf("%-16s", label);
    print_cell(entry, "epoch", 8, 0);
    print_cell(entry, "step", 9, 0);
    print_cell(entry, "minutes", 9, 1);
    for (size_t k = 0; k < sizeof shown / sizeof *shown; k++) {
        const json_t *value = json_object_get(entry, shown[k].key);
        if (!json_is_number(value)) continue;
        printf("%s%s %.5g", comma, shown[k].label, json_number_value(value));
        comma = ", ";
    }
    printf("\n");
}

static void print_run(const json_t *log, const json_t *checkpoints) {
    static const char *const rows[][2] = {{"last step", "step"},
                                          {"last epoch", "epoch"},
                                          {"validation", "validation"},
                                          {"best validation", "best_validation"},
                                          {"samples", "samples"}};
    const char *name = NULL;
    json_t *entry = NULL;
    if (json_object_size(log) == 0)
        printf("log           empty: nothing has been trained yet\n");
    else
        printf("\n%-16s %8s %9s %9s\n", "", "epoch", "step", "minutes");
    for (size_t k = 0; k < sizeof rows / sizeof *rows; k++)
        print_row(rows[k][0], json_object_get(log, rows[k][1]));
    json_object_foreach((json_t *)checkpoints, name, entry) {
        char label[32];
        snprintf(label, sizeof label, "%s checkpoint", name);
        printf("%-16s %8s", label, "");
        print_cell(entry, "step", 9, 0);
        dg_print(stdout, " %9s  %s\n", "", json_string_value(json_object_get(entry, "path")));
    }
}

/* ---- all ---- */

static digress_status tell_run(const char *folder, const dg_config *config, json_t *log,
                               json_t *checkpoints, json_t **json) {
    if (!json) {
        dg_print(stdout, "%s: run of '%s'\n", folder, config->general.name);
        dg_print_config(config);
        print_run(log, checkpoints);
        return DIGRESS_OK;
    }
    *json = json_object();
    dg_json_put(json, "what", json_string("run"));
    dg_json_put(json, "path", dg_json_string(folder));
    dg_json_put(json, "name", dg_json_string(config->general.name));
    dg_json_put(json, "config", dg_info_config_json(config));
    dg_json_put(json, "log", json_incref(log));
    dg_json_put(json, "checkpoints", json_incref(checkpoints));
    return DIGRESS_OK;
}

static digress_status read_parts(const char *folder, const dg_config *config, json_t **json) {
    json_t *log = NULL, *checkpoints = json_object();
    digress_status status = read_log(folder, &log);
    if (status == DIGRESS_OK) status = read_checkpoint(folder, "last", &checkpoints);
    if (status == DIGRESS_OK) status = read_checkpoint(folder, "best", &checkpoints);
    if (status == DIGRESS_OK) status = read_checkpoint(folder, "best-bound", &checkpoints);
    if (status == DIGRESS_OK) status = read_checkpoint(folder, "best-samples", &checkpoints);
    if (status == DIGRESS_OK && !checkpoints) status = dg_out_of_memory();
    if (status == DIGRESS_OK) status = tell_run(folder, config, log, checkpoints, json);
    json_decref(log);
    json_decref(checkpoints);
    return status;
}

digress_status dg_info_run(const char *path, json_t **json) {
    char *config_path = dg_path_join(path, "config.yaml");
    if (!config_path) return dg_out_of_memory();
    dg_config config = {0};
    digress_status status = dg_config_create(&config);
    if (status == DIGRESS_OK) status = dg_config_read(&config, config_path);
    if (status == DIGRESS_OK) status = read_parts(path, &config, json);
    dg_config_free(&config);
    free(config_path);
    return status;
}
