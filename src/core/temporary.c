#include "core/temporary.h"

#include "core/path.h"
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static const char mark[] = ".tmp-";
enum { TRIES = 1000 };

static const char *skip_digits(const char *text) {
    while (isdigit((unsigned char)*text))
        text++;
    return text;
}

/* Reads ".tmp-PID-K", or ".tmp-PID-K.old" for what a new folder replaced. */
static bool parse_mark(const char *text, long *pid, bool *old) {
    if (strncmp(text, mark, sizeof mark - 1) != 0) return false;
    const char *number = text + sizeof mark - 1, *dash = skip_digits(number);
    const char *end = *dash == '-' ? skip_digits(dash + 1) : dash;
    if (dash == number || *dash != '-' || end == dash + 1) return false;
    *pid = strtol(number, NULL, 10);
    *old = strcmp(end, ".old") == 0;
    return *old || *end == '\0';
}

bool dg_is_temporary(const char *name) {
    long pid = 0;
    bool old = false;
    for (const char *at = strstr(name, mark); at; at = strstr(at + 1, mark))
        if (at != name && parse_mark(at, &pid, &old)) return true;
    return false;
}

/* Whether there is a process with this id; whether it made the file, only the lock can tell. */
static bool runs(long pid) {
    return pid != (long)getpid() && (kill((pid_t)pid, 0) == 0 || errno != ESRCH);
}

/* On a file system without locks this fails, and nothing is removed. */
static void remove_unlocked(const char *path) {
    int descriptor = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (descriptor < 0) return;
    if (flock(descriptor, LOCK_EX | LOCK_NB) == 0) (void)dg_remove_tree(path);
    close(descriptor);
}

/* While there is nothing at `path`, what was moved aside may be the only copy. */
static bool is_left_over(const char *path, const char *base, const char *entry) {
    long pid = 0;
    bool old = false;
    size_t length = strlen(base);
    return strncmp(entry, base, length) == 0 && parse_mark(entry + length, &pid, &old) &&
           !runs(pid) && (!old || dg_exists(path));
}

static void remove_left_over(const char *path) {
    const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path;
    char *parent = slash ? dg_format("%.*s", (int)(base - path), path) : dg_format(".");
    DIR *folder = parent ? opendir(parent) : NULL;
    const struct dirent *entry = NULL;
    while (folder && (entry = readdir(folder))) {
        if (!is_left_over(path, base, entry->d_name)) continue;
        char *name = dg_path_join(parent, entry->d_name);
        if (name) remove_unlocked(name);
        free(name);
    }
    if (folder) closedir(folder);
    free(parent);
}

/* False if another process took it for a leftover and is removing it. */
static bool is_held(int descriptor) {
    struct stat about;
    if (flock(descriptor, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) return false;
    return fstat(descriptor, &about) != 0 || about.st_nlink > 0;
}

static int make_file(const char *name) {
    return open(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
}

static int make_folder(const char *name) {
    if (mkdir(name, 0777) != 0) return -1;
    int descriptor = open(name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (descriptor >= 0) return descriptor;
    int reason = errno;
    rmdir(name);
    errno = reason;
    return -1;
}

static char *make_temporary(const char *path, int (*make)(const char *), int *descriptor) {
    remove_left_over(path);
    for (int k = 0; k < TRIES; k++) {
        char *name = dg_format("%s%s%ld-%d", path, mark, (long)getpid(), k);
        if (!name) return NULL;
        *descriptor = make(name);
        if (*descriptor >= 0 && is_held(*descriptor)) return name;
        bool taken = *descriptor >= 0 || errno == EEXIST;
        int reason = errno;
        if (*descriptor >= 0) close(*descriptor);
        free(name);
        errno = reason;
        if (!taken) break;
    }
    return NULL;
}

char *dg_temporary_file(const char *path, int *descriptor) {
    return make_temporary(path, make_file, descriptor);
}

char *dg_temporary_folder(const char *path, int *descriptor) {
    return make_temporary(path, make_folder, descriptor);
}
