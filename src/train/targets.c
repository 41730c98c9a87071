#include "train/targets.h"

#include "core/log.h"
#include "eval/targets/targets.h"
#include "graph/classes.h"
#include <stdlib.h>
#include <string.h>

static digress_status compute(digress_graph_set *set, const char *name) {
    dg_pool *pool = NULL;
    DG_TRY(dg_pool_create(0, &pool));
    digress_status status = dg_targets_compute(pool, set, name);
    dg_pool_free(pool);
    return status;
}

/* A set may be the caller's, which stays as it is. */
static digress_status complete(const digress_graph_set **set, digress_graph_set **own,
                               const char *name) {
    size_t target = 0;
    bool of_molecules = false;
    if (!*set || digress_graph_set_find_target(*set, name, &target)) return DIGRESS_OK;
    if (!dg_target_is_computed(name, &of_molecules)) return DIGRESS_OK; /* the model says so */
    if (!*own) DG_TRY(dg_graph_set_copy(*set, *set, own));
    *set = *own;
    return compute(*own, name);
}

static digress_status complete_all(dg_session *s, const char *name) {
    DG_TRY(complete(&s->train, &s->data.train, name));
    return complete(&s->val, &s->data.val, name);
}

digress_status dg_complete_targets(dg_session *s, const dg_config *config) {
    for (const char *at = config->model.targets; at && *at; at += *at == ',') {
        const size_t length = strcspn(at, ",");
        char *name = strndup(at, length);
        digress_status status = name ? complete_all(s, name) : dg_out_of_memory();
        free(name);
        DG_TRY(status);
        at += length;
    }
    return DIGRESS_OK;
}
