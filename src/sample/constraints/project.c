#include "sample/constraints/project.h"

#include "diffusion/class_logits.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* In which order changes are made: what is known, then edges that were there, then the rest. */
typedef enum rank { KNOWN, KEPT, NEW } rank;

typedef struct change {
    uint32_t i, j;
    uint8_t wanted;
    bool made;
    rank rank;
    double score;
    digress_constraint by; /* that refused it */
} change;

typedef struct changes {
    change *list;
    size_t count;
} changes;

double dg_entry_score(const dg_projection *p, size_t i, size_t j, uint8_t k) {
    double probability[DIGRESS_MAX_CLASSES];
    const size_t classes = i == j ? p->constraints->node_classes : p->constraints->edge_classes;
    const float *logits = i == j ? p->X + i * classes : p->E + (i * p->graph.n + j) * classes;
    dg_softmax(classes, logits, probability);
    return log(fmax(probability[k], 1e-300));
}

digress_status dg_try_entry(dg_projection *p, size_t i, size_t j, uint8_t wanted, bool *done,
                            digress_constraint *by) {
    const dg_trial trial = {p->constraints, p->graph, p->trial_arena};
    const uint8_t present = dg_entry(&p->graph, i, j);
    dg_set_entry(&p->graph, i, j, wanted);
    DG_TRY(dg_constraints_allow(&trial, i, j, done, by));
    if (!*done) dg_set_entry(&p->graph, i, j, present);
    return DIGRESS_OK;
}

/* ---- what there is to change ---- */

static uint8_t before_of(const dg_projection *p, size_t i, size_t j) {
    const dg_class_rows before = {p->graph.n, (uint8_t *)(uintptr_t)p->before_node,
                                  (uint8_t *)(uintptr_t)p->before_pair};
    return dg_entry(&before, i, j);
}

/* Of noise, only edges count as changes. */
static size_t count_changes(const dg_projection *p) {
    const size_t n = p->graph.n;
    size_t count = 0;
    for (size_t i = 0; i < n; i++)
        for (size_t j = i + (p->before_node == NULL); j < n; j++)
            count += dg_entry(&p->graph, i, j) != (p->before_node ? before_of(p, i, j) : 0);
    return count;
}

static int by_order(const void *a, const void *b) {
    const change *one = a, *other = b;
    if (one->rank != other->rank) return one->rank < other->rank ? -1 : 1;
    if (one->score != other->score) return one->score > other->score ? -1 : 1;
    if (one->i != other->i) return one->i < other->i ? -1 : 1;
    return one->j < other->j ? -1 : one->j > other->j;
}

/* The class from which on entry (i, j) is changed. What is known and what was there before could
 * be at odds: then all edges are built anew. */
static uint8_t base_of(const dg_projection *p, bool anew, size_t i, size_t j) {
    const uint8_t wanted = dg_entry(&p->graph, i, j);
    if (i == j) {
        if (!p->before_node || dg_is_known(&p->known, p->graph.n, i, i)) return wanted;
        return before_of(p, i, i);
    }
    return anew || wanted == 0 ? 0 : before_of(p, i, j);
}

static void add_change(const dg_projection *p, dg_stream *order, size_t i, size_t j, changes *out) {
    const uint8_t wanted = dg_entry(&p->graph, i, j);
    const bool known = dg_is_known(&p->known, p->graph.n, i, j);
    const bool kept = p->before_node && i != j && before_of(p, i, j) == wanted;
    out->list[out->count++] =
        (change){.i = (uint32_t)i,
                 .j = (uint32_t)j,
                 .wanted = wanted,
                 .rank = known  ? KNOWN
                         : kept ? KEPT
                                : NEW,
                 .score = p->X ? dg_entry_score(p, i, j, wanted) : dg_stream_uniform(order)};
}

/* Takes the graph back to what every change starts from, and lists the changes in their order. */
static digress_status undo(dg_projection *p, changes *out) {
    const size_t n = p->graph.n;
    const bool anew = !p->before_node || p->known.pair;
    dg_stream order = {.key = p->key};
    *out = (changes){0};
    DG_TRY(dg_arena_allocate(p->arena, n * (n + 1) / 2, sizeof *out->list, &out->list));
    for (size_t i = 0; i < n; i++)
        for (size_t j = i; j < n; j++) {
            const uint8_t base = base_of(p, anew, i, j);
            if (base == dg_entry(&p->graph, i, j)) continue;
            add_change(p, &order, i, j, out);
            dg_set_entry(&p->graph, i, j, base);
        }
    qsort(out->list, out->count, sizeof *out->list, by_order);
    return DIGRESS_OK;
}

/* ---- making them ---- */

static digress_status make_change(dg_projection *p, change *c) {
    digress_constraint ignored;
    bool done = false;
    DG_TRY(dg_try_entry(p, c->i, c->j, c->wanted, &c->made, &c->by));
    if (c->made || c->i == c->j || !p->before_node || c->rank != NEW) return DIGRESS_OK;
    const uint8_t before = before_of(p, c->i, c->j); /* an edge of another class, built anew */
    if (before == 0 || before == dg_entry(&p->graph, c->i, c->j)) return DIGRESS_OK;
    return dg_try_entry(p, c->i, c->j, before, &done, &ignored);
}

/* What one change forbids, a later one may allow: a double bond that becomes single makes room. */
static digress_status make_changes(dg_projection *p, changes *all) {
    for (bool progress = true; progress;) {
        progress = false;
        for (size_t k = 0; k < all->count; k++) {
            if (all->list[k].made) continue;
            DG_TRY(make_change(p, &all->list[k]));
            progress |= all->list[k].made;
        }
    }
    for (size_t k = 0; k < all->count; k++)
        if (!all->list[k].made) p->refused[all->list[k].by]++;
    return DIGRESS_OK;
}

digress_status dg_project(dg_projection *p) {
    const dg_trial trial = {p->constraints, p->graph, p->trial_arena};
    digress_constraint by;
    changes all;
    bool holds = false;
    p->changes += count_changes(p);
    DG_TRY(dg_constraints_hold(&trial, &holds, &by));
    if (holds) return DIGRESS_OK;
    DG_TRY(undo(p, &all));
    return make_changes(p, &all);
}

digress_status dg_mend(dg_projection *p) {
    for (size_t k = 0; k < DIGRESS_CONSTRAINTS; k++) {
        const dg_constraint *constraint = dg_constraint_asked(p->constraints, k);
        if (constraint && constraint->mend) DG_TRY(constraint->mend(p));
    }
    return DIGRESS_OK;
}
