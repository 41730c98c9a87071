#include "cli/rest.h"

#include "core/file.h"
#include "core/log.h"
#include "core/memory.h"
#include <stdlib.h>
#include <string.h>

static const double SAVE_SECONDS = 60;

static digress_status name_file(const char *out, char **path) {
    size_t length = strlen(out);
    while (length > 1 && out[length - 1] == '/')
        length--;
    *path = dg_format("%.*s.partial", (int)length, out);
    return *path ? DIGRESS_OK : dg_out_of_memory();
}

digress_status dg_rest_open(const digress_graph_set *classes, const char *origin, const char *out,
                            bool resume, bool force, dg_rest *rest) {
    *rest = (dg_rest){.last_save = dg_clock(), .origin = strdup(origin)};
    if (!rest->origin) return dg_out_of_memory();
    DG_TRY(name_file(out, &rest->path));
    DG_TRY(dg_store_create(classes, &rest->store));
    if (!dg_exists(rest->path)) {
        if (resume) dg_log("%s: does not exist: nothing has been drawn so far", rest->path);
        return DIGRESS_OK;
    }
    if (!resume && force) { /* it is replaced later, when there is something to replace it by */
        digress_status status = dg_store_recognise(rest->path);
        return status == DIGRESS_OK
                   ? status
                   : dg_error_prefix(status, "--force does not replace it: move it away");
    }
    if (!resume)
        return dg_error(DIGRESS_ERROR_INPUT,
                        "%s: holds the graphs of a command that was stopped: draw the rest with "
                        "--resume, or start over with --force",
                        rest->path);
    DG_TRY(dg_store_load(&rest->store, rest->origin, rest->path));
    rest->saved = dg_store_count(&rest->store);
    dg_log("%s: %zu graphs have been drawn already", rest->path, rest->saved);
    return DIGRESS_OK;
}

void dg_rest_free(dg_rest *rest) {
    dg_store_free(&rest->store);
    free(rest->origin);
    free(rest->path);
}

static digress_status save_rest(dg_rest *rest) {
    size_t count = dg_store_count(&rest->store);
    rest->last_save = dg_clock();
    if (count == rest->saved) return DIGRESS_OK;
    DG_TRY(dg_store_save(&rest->store, rest->origin, rest->path));
    rest->saved = count;
    return DIGRESS_OK;
}

void dg_rest_save_now_and_then(dg_rest *rest) {
    if (dg_clock() - rest->last_save < SAVE_SECONDS) return;
    if (save_rest(rest) != DIGRESS_OK)
        dg_warn("the graphs drawn so far could not be saved: %s", digress_last_error());
}

digress_status dg_rest_keep(dg_rest *rest, size_t wanted, digress_status status) {
    size_t drawn = dg_store_count(&rest->store);
    if (status != DIGRESS_INTERRUPTED && status != DIGRESS_ERROR_IO) return status;
    if (drawn == 0)
        return dg_error(status, "%s; no graph is finished, nothing was written",
                        digress_last_error());
    char *reason = dg_format("%s", digress_last_error());
    if (!reason) return dg_out_of_memory();
    if (save_rest(rest) != DIGRESS_OK)
        dg_error(status, "%s; %zu finished graphs are lost: %s", reason, drawn - rest->saved,
                 digress_last_error());
    else
        dg_error(status,
                 "%s; %zu of %zu graphs are finished and kept in %s: go on with the same "
                 "command and --resume",
                 reason, drawn, wanted, rest->path);
    free(reason);
    return status;
}

digress_status dg_rest_remove(dg_rest *rest) {
    return dg_remove_tree(rest->path);
}
