#include "config/schema.h"

#include "core/file.h"

#include <stdlib.h>
#include <string.h>

static bool is_string(const dg_key *key) {
    return key->type == DG_KEY_TEXT || key->type == DG_KEY_NAMES;
}

static char **string_place(dg_config *config, const dg_key *key) {
    return (char **)((char *)config + key->offset);
}

void dg_config_free(dg_config *config) {
    for (const dg_key *key = dg_keys; key->name; key++)
        if (is_string(key)) free(*string_place(config, key));
    *config = (dg_config){0};
}

digress_status dg_config_create(dg_config *out) {
    dg_config config = {0};
    for (const dg_key *key = dg_keys; key->name; key++) {
        digress_status status = dg_config_read_yaml(&config, key->standard, strlen(key->standard),
                                                    "default", key->name);
        if (status != DIGRESS_OK) {
            dg_config_free(&config);
            return status;
        }
    }
    *out = config;
    return DIGRESS_OK;
}

digress_status dg_config_copy(const dg_config *config, dg_config *out) {
    dg_config copy = *config;
    bool failed = false;
    for (const dg_key *key = dg_keys; key->name; key++) {
        if (!is_string(key)) continue;
        char **place = string_place(&copy, key);
        if (!*place) continue;
        *place = strdup(*place);
        if (!*place) failed = true;
    }
    if (failed) {
        dg_config_free(&copy);
        return dg_error(DIGRESS_ERROR_MEMORY, "out of memory while copying a config");
    }
    *out = copy;
    return DIGRESS_OK;
}

/* Replaces the config by `changed` if that was made without an error; frees the other. */
static digress_status replace_if(digress_status status, dg_config *config, dg_config *changed) {
    dg_config_free(status == DIGRESS_OK ? config : changed);
    if (status == DIGRESS_OK) *config = *changed;
    return status;
}

static digress_status read_bytes(dg_config *config, const char *bytes, size_t size,
                                 const char *name) {
    dg_config changed;
    DG_TRY(dg_config_copy(config, &changed));
    return replace_if(dg_config_read_yaml(&changed, bytes, size, name, ""), config, &changed);
}

digress_status dg_config_read_text(dg_config *config, const char *text, const char *name) {
    return read_bytes(config, text, strlen(text), name);
}

digress_status dg_config_read(dg_config *config, const char *path) {
    char *bytes = NULL;
    size_t size = 0;
    DG_TRY(dg_file_read(path, &bytes, &size));
    digress_status status = read_bytes(config, bytes, size, path);
    free(bytes);
    return status;
}

/* dataset.path and dataset.generate exclude each other: giving one clears the other, unless it is
 * given as null. */
static void drop_rival(dg_config *config, const char *name, const char *value) {
    if (strcmp(value, "null") == 0) return;
    if (strcmp(name, "dataset.path") == 0) config->dataset.generate.kind = DG_FAMILY_NONE;
    if (strncmp(name, "dataset.generate", strlen("dataset.generate")) != 0) return;
    free(config->dataset.path);
    config->dataset.path = NULL;
}

/* A text is taken literally, everything else is read as YAML. */
static digress_status override_value(dg_config *config, const char *name, const char *value) {
    const dg_key *key = dg_key_find(name);
    if (!key || key->type != DG_KEY_TEXT || strcmp(value, "null") == 0)
        return dg_config_read_yaml(config, value, strlen(value), NULL, name);
    dg_text text = {0};
    char *quoted = NULL;
    dg_yaml_quote(&text, value);
    DG_TRY(dg_text_take(&text, &quoted));
    digress_status status = dg_config_read_yaml(config, quoted, strlen(quoted), NULL, name);
    free(quoted);
    return status;
}

digress_status dg_config_override(dg_config *config, const char *assignment) {
    const char *equals = strchr(assignment, '=');
    if (!equals || equals == assignment || equals[1] == '\0')
        return dg_error(DIGRESS_ERROR_INPUT, "command line: expected KEY=VALUE, got '%s'",
                        assignment);
    char *name = dg_format("%.*s", (int)(equals - assignment), assignment);
    if (!name) return dg_error(DIGRESS_ERROR_MEMORY, "out of memory while reading an override");
    dg_config changed;
    digress_status status = dg_config_copy(config, &changed);
    if (status == DIGRESS_OK) {
        drop_rival(&changed, name, equals + 1);
        status = replace_if(override_value(&changed, name, equals + 1), config, &changed);
    }
    free(name);
    return status;
}

digress_status dg_config_check(const dg_config *config) {
    for (const dg_key *key = dg_keys; key->name; key++)
        DG_TRY(dg_key_check(config, key));
    if (config->model.model == DG_DENOISER_GRAPH_TRANSFORMER &&
        config->model.hidden_dims.dx % config->model.hidden_dims.n_head != 0)
        return dg_error(
            DIGRESS_ERROR_INPUT, "model.hidden_dims.dx (%zu) must be a multiple of n_head (%zu)",
            (size_t)config->model.hidden_dims.dx, (size_t)config->model.hidden_dims.n_head);
    if (config->dataset.path && config->dataset.generate.kind != DG_FAMILY_NONE)
        return dg_error(
            DIGRESS_ERROR_INPUT,
            "dataset.path (%s) and dataset.generate.kind (%s) exclude each other: give one of them",
            config->dataset.path,
            dg_config_choice_name("dataset.generate.kind", config->dataset.generate.kind));
    if (config->model.task == DG_TASK_REGRESSION && !config->model.targets)
        return dg_error(DIGRESS_ERROR_INPUT,
                        "model.task: a regression needs targets to predict: give "
                        "model.targets=[logP], say");
    const char *name = config->general.name;
    if (!name || !name[0] || strchr(name, '/'))
        return dg_error(DIGRESS_ERROR_INPUT, "general.name: expected a name for a folder, got '%s'",
                        name ? name : "");
    return DIGRESS_OK;
}

digress_status dg_config_read_all(dg_config *config, const char *path, size_t count,
                                  const char *const *overrides) {
    if (path) DG_TRY(dg_config_read(config, path));
    for (size_t k = 0; k < count; k++)
        DG_TRY(dg_config_override(config, overrides[k]));
    return dg_config_check(config);
}
