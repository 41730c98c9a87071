#include "cli/shipped.h"

#include "core/file.h"
#include "core/folder_names.h"
#include "core/log.h"
#include "core/memory.h"
#include "core/nearest.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PATH_SIZE = 4096 };

typedef struct kind {
    const char *places[2]; /* folders, from that of the program: in a build tree, and installed */
    const char *ending, *noun, *listed_by;
} kind;

static const kind kinds[] = {
    [DG_SHIPPED_CONFIG] = {{"configs", DIGRESS_DATA "/configs"}, ".yaml", "config", "--configs"},
    [DG_SHIPPED_MODEL] = {{"models", DIGRESS_DATA "/models"}, ".safetensors", "model", "--models"}};

/* The folder beside the program in a build tree, or where `cmake --install` puts it; NULL if there
 * is neither. The caller frees it. */
static char *folder_of(const kind *of) {
    char program[PATH_SIZE];
    const ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
    if (length <= 0) return NULL;
    program[length] = '\0';
    char *slash = strrchr(program, '/');
    if (slash) *slash = '\0';
    for (size_t k = 0; k < sizeof of->places / sizeof *of->places; k++) {
        char *folder = dg_path_join(program, of->places[k]);
        if (folder && dg_is_folder(folder)) return folder;
        free(folder);
    }
    return NULL;
}

static bool has_ending(const kind *of, const char *name) {
    const char *dot = strrchr(name, '.');
    if (!dot) return false;
    return strcmp(dot, of->ending) == 0 ||
           (of == &kinds[DG_SHIPPED_CONFIG] && strcmp(dot, ".yml") == 0);
}

/* The file of this name; NULL if there is none. The caller frees it. */
static char *find_named(const kind *of, const char *word) {
    char *folder = strchr(word, '/') ? NULL : folder_of(of);
    char *path =
        folder ? dg_format("%s/%s%s", folder, word, has_ending(of, word) ? "" : of->ending) : NULL;
    free(folder);
    if (path && dg_exists(path)) return path;
    free(path);
    return NULL;
}

bool dg_is_config(const char *word) {
    const kind *config = &kinds[DG_SHIPPED_CONFIG];
    if (dg_exists(word)) return has_ending(config, word);
    char *path = find_named(config, word);
    const bool named = path != NULL;
    free(path);
    return named || has_ending(config, word);
}

/* The names in the folder without their endings; none if there is no folder. */
static digress_status read_names(const kind *of, dg_names *out) {
    char *folder = folder_of(of);
    dg_names names = {0};
    size_t kept = 0;
    digress_status status = folder ? dg_folder_names(folder, &names) : DIGRESS_OK;
    free(folder);
    DG_TRY(status);
    for (size_t k = 0; k < names.count; k++) {
        char *name = names.names[k];
        names.names[k] = NULL;
        if (has_ending(of, name)) {
            *strrchr(name, '.') = '\0';
            names.names[kept++] = name;
        } else {
            free(name);
        }
    }
    names.count = kept;
    *out = names;
    return DIGRESS_OK;
}

static digress_status not_found(const kind *of, const char *word) {
    dg_names names = {0};
    DG_TRY(read_names(of, &names));
    const char *nearest = dg_nearest(word, names.count, (const char *const *)names.names);
    if (nearest)
        dg_error(
            DIGRESS_ERROR_INPUT,
            "%s: cannot read: there is neither such a file nor a %s of this name; did you mean "
            "'%s'?",
            word, of->noun, nearest);
    else
        dg_error(
            DIGRESS_ERROR_INPUT,
            "%s: cannot read: there is neither such a file nor a %s of this name ('digress help "
            "%s' lists them)",
            word, of->noun, of->listed_by);
    dg_names_free(&names);
    return DIGRESS_ERROR_INPUT;
}

digress_status dg_shipped_path(dg_shipped which, const char *word, char **path) {
    const kind *of = &kinds[which];
    char *named = find_named(of, word);
    if (!dg_exists(word)) {
        *path = named;
        return named ? DIGRESS_OK : not_found(of, word);
    }
    if (named)
        dg_warn("%s: what lies here is read, not the %s of this name that comes with digress", word,
                of->noun);
    free(named);
    *path = dg_format("%s", word);
    return *path ? DIGRESS_OK : dg_out_of_memory();
}

digress_status dg_shipped_list(dg_shipped which, FILE *stream) {
    dg_names names = {0};
    DG_TRY(read_names(&kinds[which], &names));
    for (size_t k = 0; k < names.count; k++)
        fprintf(stream, "%s\n", names.names[k]);
    dg_names_free(&names);
    return DIGRESS_OK;
}
