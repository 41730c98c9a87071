#include "eval/targets/targets.h"

#include "chem/molecule.h"
#include "digress/eval.h"
#include "distributed/divided.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define GRAPH_ROW(name, text) {text, dg_target_##name, DG_VALUES},
#define MOLECULE_ROW(number, text) {text, NULL, number},

/* Either of any graph or of molecules. */
typedef struct computed {
    const char *name;
    dg_graph_target *of_graph; /* NULL: of molecules */
    dg_value descriptor;
} computed;

static const computed table[] = {DG_MOLECULE_TARGET_ROWS(MOLECULE_ROW, )
                                     DG_GRAPH_TARGET_ROWS(GRAPH_ROW, )};

static const computed *find(const char *name) {
    for (size_t k = 0; k < sizeof table / sizeof *table; k++)
        if (strcmp(table[k].name, name) == 0) return &table[k];
    return NULL;
}

bool dg_target_is_computed(const char *name, bool *of_molecules) {
    const computed *found = find(name);
    if (found) *of_molecules = !found->of_graph;
    return found != NULL;
}

typedef struct measuring {
    const digress_graph_set *set;
    const computed *what;
    dg_alphabet alphabet; /* of molecules */
    double *out;
} measuring;

static digress_status describe(const measuring *with, dg_molecule *molecule, double *out) {
    dg_verdict verdict;
    DG_TRY(dg_molecule_judge(molecule, &verdict));
    *out = (double)NAN;
    if (verdict.complaint != DG_COMPLAINT_NONE) return DIGRESS_OK;
    return dg_molecule_value(molecule, with->what->descriptor, out);
}

static digress_status measure_molecule(const measuring *with, const digress_graph *graph,
                                       double *out) {
    dg_molecule *molecule = NULL;
    DG_TRY(dg_molecule_build(&with->alphabet, graph, false, &molecule));
    digress_status status = describe(with, molecule, out);
    dg_molecule_free(molecule);
    return status;
}

static digress_status measure_graph(const measuring *with, const digress_graph *graph,
                                    double *out) {
    dg_arena *arena = NULL;
    dg_adjacency adjacency;
    DG_TRY(dg_arena_create(&arena));
    digress_status status = dg_adjacency_of(graph, arena, &adjacency);
    if (status == DIGRESS_OK) status = with->what->of_graph(&adjacency, arena, out);
    dg_arena_free(arena);
    return status;
}

static digress_status measure_one(void *context, size_t index, size_t thread) {
    const measuring *with = context;
    const digress_graph graph = digress_graph_set_get(with->set, index);
    (void)thread;
    return with->what->of_graph ? measure_graph(with, &graph, &with->out[index])
                                : measure_molecule(with, &graph, &with->out[index]);
}

static digress_status carry_one(void *context, size_t index, dg_parcel *parcel) {
    const measuring *with = context;
    return dg_parcel_bytes(parcel, &with->out[index], sizeof *with->out);
}

digress_status dg_target_measure(dg_pool *pool, const digress_graph_set *set, const char *name,
                                 double *out) {
    measuring with = {.set = set, .what = find(name), .out = out};
    if (!with.what)
        return dg_error(DIGRESS_ERROR_INPUT,
                        "target '%s' is not computed: expected one of " DG_TARGET_NAMES(", "),
                        name);
    if (!with.what->of_graph) {
        digress_status status = dg_rdkit_require();
        if (status == DIGRESS_OK) status = dg_alphabet_require(set, &with.alphabet);
        if (status != DIGRESS_OK) return dg_error_prefix(status, "target '%s'", name);
    }
    const dg_divided loop = {.count = digress_graph_set_count(set),
                             .job = measure_one,
                             .carry = carry_one,
                             .context = &with};
    return dg_run_divided(pool, &loop);
}

static digress_status compute(dg_pool *pool, digress_graph_set *set, const char *name) {
    const size_t count = digress_graph_set_count(set);
    double *values = NULL;
    size_t target = 0;
    DG_TRY(dg_allocate(count, sizeof *values, &values));
    digress_status status = dg_target_measure(pool, set, name, values);
    if (status == DIGRESS_OK) status = digress_graph_set_add_target(set, name, &target);
    for (size_t k = 0; k < count && status == DIGRESS_OK; k++)
        status = digress_graph_set_set_target(set, k, target, values[k]);
    free(values);
    return status;
}

digress_status dg_targets_compute(dg_pool *pool, digress_graph_set *set, const char *list) {
    for (const char *from = list;; from++) {
        const size_t length = strcspn(from, ",");
        char *name = strndup(from, length);
        digress_status status = name ? compute(pool, set, name) : dg_out_of_memory();
        free(name);
        DG_TRY(status);
        from += length;
        if (!*from) return DIGRESS_OK;
    }
}

digress_status digress_graph_set_compute_targets(digress_graph_set *set, const char *names,
                                                 size_t threads) {
    dg_pool *pool = NULL;
    DG_NEED(set);
    DG_NEED(names);
    DG_TRY(dg_pool_create(threads, &pool));
    digress_status status = dg_targets_compute(pool, set, names);
    dg_pool_free(pool);
    return status;
}
