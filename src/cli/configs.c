#include "cli/configs.h"

#include "core/file.h"
#include "core/folder_names.h"
#include "core/memory.h"
#include "core/nearest.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PATH_SIZE = 4096 };
static const char ENDING[] = ".yaml";

/* The folder of the configs beside the program in a build tree, or where `cmake --install` puts
 * them; NULL if there is neither. The caller frees it. */
static char *configs_folder(void) {
    static const char *const places[] = {"configs", DIGRESS_CONFIGS};
    char program[PATH_SIZE];
    const ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
    if (length <= 0) return NULL;
    program[length] = '\0';
    char *slash = strrchr(program, '/');
    if (slash) *slash = '\0';
    for (size_t k = 0; k < sizeof places / sizeof *places; k++) {
        char *folder = dg_path_join(program, places[k]);
        if (folder && dg_is_folder(folder)) return folder;
        free(folder);
    }
    return NULL;
}

static bool has_ending(const char *name) {
    const char *dot = strrchr(name, '.');
    return dot && (strcmp(dot, ENDING) == 0 || strcmp(dot, ".yml") == 0);
}

/* The file of a config by its name; NULL if there is none. The caller frees it. */
static char *find_named(const char *word) {
    char *folder = strchr(word, '/') ? NULL : configs_folder();
    char *path = folder ? dg_format("%s/%s%s", folder, word, has_ending(word) ? "" : ENDING) : NULL;
    free(folder);
    if (path && dg_exists(path)) return path;
    free(path);
    return NULL;
}

bool dg_is_config(const char *word) {
    if (dg_exists(word)) return has_ending(word);
    char *path = find_named(word);
    const bool named = path != NULL;
    free(path);
    return named || has_ending(word);
}

/* The names of the configs, without .yaml; none if there is no folder. */
static digress_status read_names(dg_names *out) {
    char *folder = configs_folder();
    dg_names names = {0};
    digress_status status = folder ? dg_folder_names(folder, &names) : DIGRESS_OK;
    free(folder);
    DG_TRY(status);
    for (size_t k = 0; k < names.count; k++)
        if (has_ending(names.names[k])) *strrchr(names.names[k], '.') = '\0';
    *out = names;
    return DIGRESS_OK;
}

static digress_status not_found(const char *word) {
    dg_names names = {0};
    DG_TRY(read_names(&names));
    const char *nearest = dg_nearest(word, names.count, (const char *const *)names.names);
    if (nearest)
        dg_error(DIGRESS_ERROR_INPUT,
                 "%s: cannot read: there is no such file, nor a config of this name; did you mean "
                 "'%s'?",
                 word, nearest);
    else
        dg_error(DIGRESS_ERROR_INPUT,
                 "%s: cannot read: there is no such file, nor a config of this name ('digress help "
                 "--configs' lists them)",
                 word);
    dg_names_free(&names);
    return DIGRESS_ERROR_INPUT;
}

digress_status dg_config_path(const char *word, char **path) {
    char *found = dg_exists(word) ? dg_format("%s", word) : find_named(word);
    if (!found) return not_found(word);
    *path = found;
    return DIGRESS_OK;
}

digress_status dg_configs_list(FILE *stream) {
    dg_names names = {0};
    DG_TRY(read_names(&names));
    for (size_t k = 0; k < names.count; k++)
        fprintf(stream, "%s\n", names.names[k]);
    dg_names_free(&names);
    return DIGRESS_OK;
}
