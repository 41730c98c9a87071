#include "cli/standard_input.h"

#include "distributed/launch.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static digress_status failed(const char *what) {
    return dg_error(DIGRESS_ERROR_IO, "standard input: cannot %s: %s", what, strerror(errno));
}

static digress_status copy_standard_input(FILE *to) {
    char block[1 << 16];
    ssize_t got = 0;
    while ((got = read(STDIN_FILENO, block, sizeof block)) > 0)
        if (fwrite(block, 1, (size_t)got, to) != (size_t)got) return failed("keep it");
    if (got < 0) return failed("read");
    return fflush(to) == 0 ? DIGRESS_OK : failed("keep it");
}

static digress_status replace(FILE *with) {
    DG_TRY(copy_standard_input(with));
    rewind(with);
    return dup2(fileno(with), STDIN_FILENO) >= 0 ? DIGRESS_OK : failed("keep it");
}

digress_status dg_take_standard_input(const char **path) {
    struct stat about;
    if (strcmp(*path, "-") != 0) return DIGRESS_OK;
    if (dg_rank_count(dg_ranks_joined()) > 1) /* launchers give it to one, or to all */
        return dg_error(DIGRESS_ERROR_INPUT,
                        "-: several processes cannot share a standard input: name a file");
    *path = "/dev/stdin";
    if (fstat(STDIN_FILENO, &about) != 0) return failed("read");
    if (S_ISREG(about.st_mode) && lseek(STDIN_FILENO, 0, SEEK_CUR) == 0) return DIGRESS_OK;
    FILE *file = tmpfile();
    if (!file) return failed("keep it");
    digress_status status = replace(file);
    fclose(file);
    return status;
}
