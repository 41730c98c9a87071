/* One component. Components are joined by the most probable absent pairs that nothing else forbids.
 * Where every such pair is forbidden, because all atoms are saturated or all nodes have the largest
 * degree, other changes make room first: an edge of a cycle goes, a double bond becomes single, a
 * node takes another class; the most probable ones again. */
#include "sample/constraints/project.h"
#include "sample/constraints/reach.h"

#include <stdlib.h>

static bool is_asked(const digress_constraints *asked) {
    return asked->connected;
}

/* Entry (i, j) as class `to`. */
typedef struct move {
    uint32_t i, j;
    uint8_t to;
    double score;
} move;

typedef struct joining {
    dg_projection *projection;
    uint32_t *component, *queue; /* [n] */
    size_t components;
    move *joins, *moves;
    size_t join_count, move_count;
} joining;

static void label(joining *of) {
    of->components = dg_label_components(&of->projection->graph, of->component, of->queue);
}

static int by_score(const void *a, const void *b) {
    const move *one = a, *other = b;
    if (one->score != other->score) return one->score > other->score ? -1 : 1;
    if (one->i != other->i) return one->i < other->i ? -1 : 1;
    if (one->j != other->j) return one->j < other->j ? -1 : 1;
    return one->to < other->to ? -1 : one->to > other->to;
}

/* ---- edges between components ---- */

static digress_status list_joins(joining *of) {
    const dg_projection *p = of->projection;
    const size_t n = p->graph.n, classes = p->constraints->edge_classes;
    DG_TRY(dg_arena_allocate(p->arena, n * (n - 1) / 2 * (classes - 1), sizeof *of->joins,
                             &of->joins));
    of->join_count = 0;
    for (size_t i = 0; i < n; i++)
        for (size_t j = i + 1; j < n; j++) {
            if (of->component[i] == of->component[j] || dg_is_known(&p->known, n, i, j)) continue;
            for (size_t k = 1; k < classes; k++)
                of->joins[of->join_count++] = (move){(uint32_t)i, (uint32_t)j, (uint8_t)k,
                                                     dg_entry_score(p, i, j, (uint8_t)k)};
        }
    qsort(of->joins, of->join_count, sizeof *of->joins, by_score);
    return DIGRESS_OK;
}

static bool meets(const move *join, const move *moved) {
    return join->i == moved->i || join->i == moved->j || join->j == moved->i || join->j == moved->j;
}

/* The most probable joins that are allowed, until none is left: those that meet both moves, as no
 * others are allowed that were not before. NULL: any. */
static digress_status join(joining *of, const move *one, const move *other, bool *joined) {
    digress_constraint by;
    for (size_t k = 0; k < of->join_count && of->components > 1; k++) {
        const move *m = &of->joins[k];
        bool done = false;
        if (of->component[m->i] == of->component[m->j]) continue;
        if ((one && !meets(m, one)) || (other && !meets(m, other))) continue;
        DG_TRY(dg_try_entry(of->projection, m->i, m->j, m->to, &done, &by));
        if (!done) continue;
        *joined = true;
        of->projection->made[DIGRESS_CONNECTED]++;
        label(of);
    }
    return DIGRESS_OK;
}

/* ---- making room ---- */

static digress_status list_moves(joining *of) {
    const dg_projection *p = of->projection;
    const size_t n = p->graph.n, edges = p->constraints->edge_classes;
    const size_t nodes = p->constraints->node_classes;
    DG_TRY(dg_arena_allocate(p->arena, n * nodes + n * (n - 1) / 2 * edges, sizeof *of->moves,
                             &of->moves));
    of->move_count = 0;
    for (size_t i = 0; i < n; i++)
        for (size_t j = i; j < n; j++) {
            const uint8_t present = dg_entry(&p->graph, i, j);
            if (dg_is_known(&p->known, n, i, j) || (i != j && present == 0)) continue;
            for (size_t k = 0; k < (i == j ? nodes : edges); k++)
                if (k != present)
                    of->moves[of->move_count++] = (move){(uint32_t)i, (uint32_t)j, (uint8_t)k,
                                                         dg_entry_score(p, i, j, (uint8_t)k)};
        }
    qsort(of->moves, of->move_count, sizeof *of->moves, by_score);
    return DIGRESS_OK;
}

/* Makes a move if it is allowed and leaves its component in one piece. */
static digress_status try_move(joining *of, const move *m, bool *done) {
    dg_projection *p = of->projection;
    const uint8_t present = dg_entry(&p->graph, m->i, m->j);
    const size_t components = of->components;
    digress_constraint by;
    DG_TRY(dg_try_entry(p, m->i, m->j, m->to, done, &by));
    if (!*done || m->i == m->j || m->to != 0) return DIGRESS_OK;
    label(of);
    if (of->components == components) return DIGRESS_OK;
    dg_set_entry(&p->graph, m->i, m->j, present);
    label(of);
    *done = false;
    return DIGRESS_OK;
}

/* Makes a move, and joins what can be joined then; otherwise, takes it back. A move `before` it, in
 * another component, has been made, or is NULL. */
static digress_status join_after(joining *of, const move *before, const move *m, bool *joined) {
    dg_projection *p = of->projection;
    const uint8_t present = dg_entry(&p->graph, m->i, m->j);
    bool done = false;
    DG_TRY(try_move(of, m, &done));
    if (!done) return DIGRESS_OK;
    DG_TRY(join(of, m, before, joined));
    if (*joined)
        p->made[DIGRESS_CONNECTED]++;
    else
        dg_set_entry(&p->graph, m->i, m->j, present);
    return DIGRESS_OK;
}

/* Where one move is not enough: one in each of two components. */
static digress_status join_after_two(joining *of, const move *first, bool *joined) {
    dg_projection *p = of->projection;
    const uint8_t present = dg_entry(&p->graph, first->i, first->j);
    bool done = false;
    DG_TRY(try_move(of, first, &done));
    if (!done) return DIGRESS_OK;
    for (size_t k = 0; k < of->move_count && !*joined; k++)
        if (of->component[of->moves[k].i] != of->component[first->i])
            DG_TRY(join_after(of, first, &of->moves[k], joined));
    if (*joined)
        p->made[DIGRESS_CONNECTED]++;
    else
        dg_set_entry(&p->graph, first->i, first->j, present);
    return DIGRESS_OK;
}

static digress_status make_room(joining *of, bool *joined) {
    DG_TRY(list_moves(of));
    for (size_t k = 0; k < of->move_count && !*joined; k++)
        DG_TRY(join_after(of, NULL, &of->moves[k], joined));
    for (size_t k = 0; k < of->move_count && !*joined; k++)
        DG_TRY(join_after_two(of, &of->moves[k], joined));
    return DIGRESS_OK;
}

static digress_status mend(dg_projection *p) {
    joining of = {.projection = p};
    bool joined = true;
    DG_TRY(dg_arena_allocate(p->arena, p->graph.n, sizeof *of.component, &of.component));
    DG_TRY(dg_arena_allocate(p->arena, p->graph.n, sizeof *of.queue, &of.queue));
    label(&of);
    while (of.components > 1 && joined) {
        joined = false;
        DG_TRY(list_joins(&of));
        DG_TRY(join(&of, NULL, NULL, &joined));
        if (of.components > 1 && !joined) DG_TRY(make_room(&of, &joined));
    }
    return DIGRESS_OK;
}

const dg_constraint dg_connected_constraint = {.is_asked = is_asked, .mend = mend};
