#include "graph/set_folder.h"

#include "core/file.h"
#include "core/folder_names.h"
#include "core/json.h"
#include "graph/io/skipped.h"
#include <stdlib.h>
#include <string.h>

const char *const dg_part_names[DG_PARTS] = {"train", "val", "test"};

static const char *const set_content[] = {"dataset.json", "train.safetensors", "val.safetensors",
                                          "test.safetensors", NULL};
const dg_folder_kind dg_set_folder = {.name = "set", .content = set_content, .signs = set_content};

bool dg_is_set_folder(const char *path) {
    return dg_exists_in(path, "dataset.json");
}

char *dg_set_part_path(const char *folder, size_t part) {
    return dg_format("%s/%s.safetensors", folder, dg_part_names[part]);
}

static bool is_of_set(const char *folder, const char *name, const void *context) {
    (void)folder;
    (void)context;
    for (const char *const *own = set_content; *own; own++)
        if (strcmp(*own, name) == 0) return true;
    return false;
}

digress_status dg_set_folder_say_skipped(const char *folder) {
    return dg_say_skipped(folder, is_of_set, NULL);
}

/* ---- folders that were split elsewhere ---- */

static bool is_called(const char *name, const char *part) {
    const size_t length = strlen(part);
    return strncmp(name, part, length) == 0 && (name[length] == '.' || name[length] == '\0');
}

/* DG_PARTS if it is none. */
static size_t part_of(const char *name) {
    static const char *const spellings[][3] = {{"train"}, {"val", "valid", "validation"}, {"test"}};
    for (size_t k = 0; k < DG_PARTS; k++)
        for (size_t s = 0; s < 3 && spellings[k][s]; s++)
            if (is_called(name, spellings[k][s])) return k;
    return DG_PARTS;
}

static bool is_of_split(const char *folder, const char *name, const void *context) {
    (void)folder;
    (void)context;
    return part_of(name) < DG_PARTS || strcmp(name, set_content[0]) == 0;
}

static digress_status join_parts(const char *path, const char *const names[DG_PARTS],
                                 char *parts[DG_PARTS]) {
    for (size_t k = 0; k < DG_PARTS; k++) {
        if (!names[k]) continue;
        parts[k] = dg_path_join(path, names[k]);
        if (!parts[k]) return dg_out_of_memory();
    }
    return dg_say_skipped(path, is_of_split, NULL);
}

digress_status dg_split_folder(const char *path, char *parts[DG_PARTS]) {
    const char *found[DG_PARTS] = {NULL};
    bool once = true;
    dg_names names = {0};
    for (size_t k = 0; k < DG_PARTS; k++)
        parts[k] = NULL;
    if (!dg_is_folder(path)) return DIGRESS_OK;
    DG_TRY(dg_folder_names(path, &names));
    for (size_t k = 0; k < names.count; k++) {
        const size_t part = part_of(names.names[k]);
        if (part == DG_PARTS) continue;
        once = once && !found[part];
        found[part] = names.names[k];
    }
    digress_status status = DIGRESS_OK;
    if (once && found[0] && found[2]) status = join_parts(path, found, parts);
    dg_names_free(&names);
    if (status != DIGRESS_OK) dg_split_folder_free(parts);
    return status;
}

void dg_split_folder_free(char *parts[DG_PARTS]) {
    for (size_t k = 0; k < DG_PARTS; k++) {
        free(parts[k]);
        parts[k] = NULL;
    }
}

/* ---- dataset.json ---- */

void dg_set_description_free(dg_set_description *description) {
    free(description->name);
    free(description->kind);
    *description = (dg_set_description){0};
}

/* Whether dataset.json names a validation part: if its file is lost, that is an error. */
static bool has_val(const json_t *description) {
    const json_t *count = json_object_get(json_object_get(description, "graphs"), "val");
    return !json_is_integer(count) || json_integer_value(count) != 0;
}

static digress_status take_description(const char *path, const json_t *description,
                                       dg_set_description *out) {
    const char *name = json_string_value(json_object_get(description, "name"));
    const char *kind = json_string_value(json_object_get(description, "kind"));
    const json_t *format = json_object_get(description, "format");
    if (!name || !kind || !json_is_integer(format))
        return dg_error(DIGRESS_ERROR_INPUT, "%s: expected format, name and kind", path);
    if (json_integer_value(format) > DG_SET_FORMAT)
        return dg_error(DIGRESS_ERROR_INPUT,
                        "%s: written in a later format: read it with a newer digress", path);
    *out = (dg_set_description){strdup(name), strdup(kind), has_val(description)};
    if (out->name && out->kind) return DIGRESS_OK;
    dg_set_description_free(out);
    return dg_out_of_memory();
}

static digress_status parse_description(const char *path, dg_set_description *out) {
    char *bytes = NULL;
    size_t size = 0;
    json_t *description = NULL;
    DG_TRY(dg_file_read(path, &bytes, &size));
    digress_status status = dg_json_parse(path, bytes, size, &description);
    free(bytes);
    DG_TRY(status);
    status = take_description(path, description, out);
    json_decref(description);
    return status;
}

digress_status dg_set_folder_describe(const char *folder, dg_set_description *out) {
    char *path = dg_path_join(folder, "dataset.json");
    if (!path) return dg_out_of_memory();
    digress_status status = parse_description(path, out);
    free(path);
    return status;
}

static digress_status kind_of_folder(const char *folder, char **out) {
    dg_set_description description;
    if (!dg_is_set_folder(folder)) return DIGRESS_OK;
    DG_TRY(dg_set_folder_describe(folder, &description));
    *out = description.kind;
    description.kind = NULL;
    dg_set_description_free(&description);
    return DIGRESS_OK;
}

digress_status dg_set_kind(const char *path, char **out) {
    *out = NULL;
    if (dg_is_folder(path)) return kind_of_folder(path, out);
    const char *colon = strrchr(path, ':');
    if (!colon) return DIGRESS_OK;
    char *folder = dg_format("%.*s", (int)(colon - path), path);
    if (!folder) return dg_out_of_memory();
    digress_status status = dg_is_folder(folder) ? kind_of_folder(folder, out) : DIGRESS_OK;
    free(folder);
    return status;
}
