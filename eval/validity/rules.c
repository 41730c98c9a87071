#include "eval/validity/rules.h"

#include "core/memory.h"
#include "distributed/divided.h"
#include "eval/validity/rules/definition.h"
#include "graph/graph_set.h"
#include <string.h>

#define TABLE_ROW(number, name, text) [number] = {text, &dg_##name##_rule},
static const struct {
    const char *name;
    const dg_rule_definition *definition;
} table[DG_RULE_COUNT] = {[DG_RULE_NONE] = {"none", NULL}, DG_RULE_ROWS(TABLE_ROW, )};

const char *dg_rule_name(dg_rule rule) {
    return table[rule].name;
}

digress_status dg_rule_parse(const char *name, dg_rule *out) {
    for (size_t k = 0; k < DG_RULE_COUNT; k++) {
        if (strcmp(table[k].name, name) != 0) continue;
        *out = (dg_rule)k;
        return DIGRESS_OK;
    }
    return dg_error(
        DIGRESS_ERROR_INPUT,
        "unknown rule of validity '%s': expected " DG_RULE_ROWS(DG_RULE_TEXT, ", ") " or none",
        name);
}

dg_rule dg_rule_of_kind(const char *kind) {
    for (size_t k = 0; k < DG_RULE_COUNT; k++) {
        const dg_rule_definition *rule = table[k].definition;
        if (!rule || !rule->kind || strcmp(rule->kind, kind) != 0) continue;
        return !rule->is_available || rule->is_available() ? (dg_rule)k : DG_RULE_NONE;
    }
    return DG_RULE_NONE;
}

/* ---- judging ---- */

typedef struct judgement {
    const digress_graph_set *set;
    const dg_rule_definition *rule;
    void *prepared;
    bool *valid;
} judgement;

static digress_status judge_candidate(const dg_rule_definition *rule, dg_candidate *candidate,
                                      bool *out) {
    *out = true;
    DG_TRY(dg_adjacency_of(candidate->graph, candidate->arena, &candidate->adjacency));
    if (rule->connected) {
        size_t components = 0;
        DG_TRY(dg_count_components(&candidate->adjacency, candidate->arena, &components));
        *out = components == 1;
    }
    return *out && rule->obeys ? rule->obeys(candidate, out) : DIGRESS_OK;
}

static digress_status judge_graph(const dg_rule_definition *rule, const digress_graph *graph,
                                  const void *prepared, bool *out) {
    dg_candidate candidate = {.graph = graph, .prepared = prepared};
    DG_TRY(dg_arena_create(&candidate.arena));
    digress_status status = judge_candidate(rule, &candidate, out);
    dg_arena_free(candidate.arena);
    return status;
}

static digress_status judge_one(void *context, size_t index, size_t thread) {
    const judgement *j = context;
    digress_graph graph = digress_graph_set_get(j->set, index);
    (void)thread;
    return judge_graph(j->rule, &graph, j->prepared, &j->valid[index]);
}

static digress_status carry_one(void *context, size_t index, dg_parcel *parcel) {
    const judgement *j = context;
    return dg_parcel_bytes(parcel, &j->valid[index], sizeof *j->valid);
}

static digress_status prepare(const dg_rule_definition *rule, size_t most_edges, void **out) {
    return rule->prepare ? rule->prepare(most_edges, out) : DIGRESS_OK;
}

static void release(const dg_rule_definition *rule, void *prepared) {
    if (rule->release) rule->release(prepared);
}

digress_status dg_is_valid(dg_rule rule, const digress_graph *graph, bool *out) {
    const dg_rule_definition *definition = table[rule].definition;
    void *prepared = NULL;
    *out = true;
    if (!definition) return DIGRESS_OK;
    if (definition->judge_set)
        return dg_error(
            DIGRESS_ERROR_INPUT,
            "validity '%s' cannot be judged from a graph alone: its classes have no names",
            table[rule].name);
    DG_TRY(prepare(definition, dg_count_edges(graph), &prepared));
    digress_status status = judge_graph(definition, graph, prepared, out);
    release(definition, prepared);
    return status;
}

static size_t most_edges(const digress_graph_set *set) {
    size_t most = 0;
    for (size_t k = 0; k < digress_graph_set_count(set); k++) {
        digress_graph graph = digress_graph_set_get(set, k);
        size_t edges = dg_count_edges(&graph);
        if (edges > most) most = edges;
    }
    return most;
}

digress_status dg_judge_validity(dg_pool *pool, dg_rule rule, const digress_graph_set *set,
                                 bool **out) {
    const dg_rule_definition *definition = table[rule].definition;
    if (definition->judge_set) return definition->judge_set(pool, set, out);
    size_t count = digress_graph_set_count(set);
    judgement j = {.set = set, .rule = definition};
    const dg_divided loop = {.count = count, .job = judge_one, .carry = carry_one, .context = &j};
    DG_TRY(dg_allocate(count, sizeof *j.valid, &j.valid));
    *out = j.valid;
    DG_TRY(prepare(definition, most_edges(set), &j.prepared));
    digress_status status = dg_run_divided(pool, &loop);
    release(definition, j.prepared);
    return status;
}
