#define _GNU_SOURCE /* realpath */
#include "core/folder_kind.h"

#include "core/file.h"
#include "core/temporary.h"
#include <ctype.h>
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char MARK[] = ".digress";
enum { DIGITS = 6 };

static digress_status refuse(const char *path, const char *what, const char *reason) {
    return dg_error(
        DIGRESS_ERROR_INPUT,
        "%s: exists already, and the option 'force' does not replace it: %s%s: name another "
        "folder, or remove it yourself",
        path, what, reason);
}

/* ---- the mark ---- */

digress_status dg_folder_mark(const char *folder, const dg_folder_kind *kind) {
    char *path = dg_path_join(folder, MARK), *line = dg_format("%s\n", kind->name);
    digress_status status =
        path && line ? dg_file_write(path, line, strlen(line)) : dg_out_of_memory();
    free(path);
    free(line);
    return status;
}

digress_status dg_folder_unmark(const char *folder) {
    char *path = dg_path_join(folder, MARK);
    if (!path) return dg_out_of_memory();
    digress_status status = dg_remove_tree(path);
    free(path);
    return status;
}

/* What the mark says; the caller frees it. NULL: no readable mark. */
static char *read_mark(const char *folder) {
    char *path = dg_path_join(folder, MARK), *text = NULL;
    size_t size = 0;
    if (path && dg_exists(path) && dg_file_read(path, &text, &size) == DIGRESS_OK)
        text[strcspn(text, "\n")] = '\0';
    free(path);
    return text;
}

static bool has_signs(const char *folder, const dg_folder_kind *kind) {
    for (const char *const *sign = kind->signs; sign && *sign; sign++)
        if (!dg_exists_in(folder, *sign)) return false;
    return kind->signs != NULL;
}

/* ---- what is in it ---- */

static bool matches(const char *pattern, const char *path) {
    for (; *pattern; pattern++) {
        if (*pattern == '*') {
            for (; *path && *path != '/'; path++)
                if (matches(pattern + 1, path)) return true;
            continue;
        }
        size_t length = 1;
        if (*pattern == '#')
            for (length = 0; isdigit((unsigned char)path[length]);)
                length++;
        if (*pattern == '#' ? length < DIGITS : *path != *pattern) return false;
        path += length;
    }
    return *path == '\0';
}

static bool is_content(const dg_folder_kind *kind, const char *path) {
    for (const char *const *pattern = kind->content; *pattern; pattern++)
        if (matches(*pattern, path)) return true;
    return strcmp(path, MARK) == 0;
}

typedef struct search {
    const char *folder;
    const dg_folder_kind *kind;
    bool skips_others; /* at the top */
    char *foreign;     /* the first one found */
} search;

static digress_status search_folder(search *s, const char *inner);

static digress_status search_entry(search *s, const char *inner, const char *name) {
    struct stat about;
    char *path = dg_format("%s/%s%s", s->folder, inner, name);
    if (!path) return dg_out_of_memory();
    bool there = lstat(path, &about) == 0, folder = there && S_ISDIR(about.st_mode);
    free(path);
    if (!there || dg_is_temporary(name)) return DIGRESS_OK;
    char *entry = dg_format("%s%s%s", inner, name, folder ? "/" : "");
    if (!entry) return dg_out_of_memory();
    digress_status status = DIGRESS_OK;
    bool own = (folder || S_ISREG(about.st_mode)) && is_content(s->kind, entry);
    if (own && folder) {
        status = search_folder(s, entry);
    } else if (!own && !(s->skips_others && !is_content(s->kind, entry) && !*inner)) {
        s->foreign = entry;
        return DIGRESS_OK;
    }
    free(entry);
    return status;
}

/* `inner`: "", or a path in the folder that ends with a slash. */
static digress_status search_folder(search *s, const char *inner) {
    char *path = dg_format("%s/%s", s->folder, inner);
    if (!path) return dg_out_of_memory();
    DIR *stream = opendir(path);
    free(path);
    if (!stream) { /* a folder that cannot be read cannot be judged */
        s->foreign = dg_format("%s", *inner ? inner : ".");
        return s->foreign ? DIGRESS_OK : dg_out_of_memory();
    }
    digress_status status = DIGRESS_OK;
    for (struct dirent *entry; !s->foreign && status == DIGRESS_OK && (entry = readdir(stream));)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            status = search_entry(s, inner, entry->d_name);
    closedir(stream);
    return status;
}

/* In a folder that is not known to be digress's, everything is foreign. */
static digress_status check_content(const char *path, const dg_folder_kind *kind, bool known) {
    static const char *const none[] = {NULL};
    static const dg_folder_kind unknown = {.content = none};
    search s = {.folder = path,
                .kind = known ? kind : &unknown,
                .skips_others = known && kind->keeps_others};
    digress_status status = search_folder(&s, "");
    if (status == DIGRESS_OK && s.foreign)
        status = refuse(path, s.foreign,
                        known ? " in it was not made by digress"
                              : " in it was not made by digress, as far as can be told (there is "
                                "no file .digress)");
    free(s.foreign);
    return status;
}

static bool is_link(const char *path) {
    struct stat about;
    return lstat(path, &about) == 0 && S_ISLNK(about.st_mode);
}

digress_status dg_folder_is_replaceable(const char *path, const dg_folder_kind *kind) {
    if (!kind->keeps_others && is_link(path)) return refuse(path, "it is a symbolic link", "");
    if (!dg_is_folder(path)) return refuse(path, "it is not a folder", "");
    char *mark = read_mark(path);
    digress_status status = DIGRESS_OK;
    if (mark && strcmp(mark, kind->name) != 0)
        status = dg_error(
            DIGRESS_ERROR_INPUT,
            "%s: exists already, and the option 'force' does not replace it: it holds digress's "
            "'%.20s', not '%s': name another folder, or remove it yourself",
            path, mark, kind->name);
    else
        status = check_content(path, kind, mark || has_signs(path, kind));
    free(mark);
    return status;
}

/* ---- inputs ---- */

/* Whether `path`, links followed, is the folder or lies in it. */
static bool lies_in(const char *path, const struct stat *folder) {
    char *real = realpath(path, NULL);
    bool found = false;
    for (char *slash = real; slash && !found && *real;) {
        struct stat about;
        found = stat(real, &about) == 0 && about.st_dev == folder->st_dev &&
                about.st_ino == folder->st_ino;
        slash = strrchr(real, '/');
        if (slash) *slash = '\0';
    }
    free(real);
    return found;
}

static bool has_link_into(const char *input, const struct stat *folder) {
    DIR *stream = opendir(input);
    bool found = false;
    for (struct dirent *entry; stream && !found && (entry = readdir(stream));) {
        char *path = dg_path_join(input, entry->d_name);
        found = path && is_link(path) && lies_in(path, folder);
        free(path);
    }
    if (stream) closedir(stream);
    return found;
}

static bool is_in_the_way(const char *input, const struct stat *folder) {
    char *path = dg_format("%s", input), *colon = path ? strrchr(path, ':') : NULL;
    if (colon && !dg_exists(path)) *colon = '\0';
    bool found = path && (lies_in(path, folder) || has_link_into(path, folder));
    free(path);
    return found;
}

digress_status dg_folder_holds_no_input(const char *path, size_t count, const char *const *inputs) {
    struct stat folder;
    if (stat(path, &folder) != 0) return DIGRESS_OK;
    for (size_t k = 0; k < count; k++)
        if (inputs[k] && is_in_the_way(inputs[k], &folder))
            return dg_error(DIGRESS_ERROR_INPUT,
                            "%s: exists already, and the option 'force' does not replace it: it "
                            "holds the input, %s: name another folder",
                            path, inputs[k]);
    return DIGRESS_OK;
}
