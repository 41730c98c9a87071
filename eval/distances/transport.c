#include "eval/distances/transport.h"

#include <math.h>
#include <stdlib.h>

static const double LONGEST_COST = 1e6;

/* Flow k: mass[k] goes from bin from[k] to bin to[k]. */
typedef struct plan {
    size_t count, capacity;
    int32_t *from, *to, *mass;
    const int32_t *cost; /* [length] by distance, rounded */
} plan;

static int32_t smaller(int32_t a, int32_t b) {
    return a < b ? a : b;
}

static void add_flow(plan *p, int32_t from, int32_t to, int32_t mass) {
    if (mass == 0 || p->count == p->capacity) return;
    p->from[p->count] = from;
    p->to[p->count] = to;
    p->mass[p->count++] = mass;
}

/* Sends the first surplus to the first bin that lacks mass, and so on. What is left over stays. */
static void first_come(plan *p, size_t length, const int32_t *surplus) {
    size_t from = 0, to = 0; /* one past the current bins */
    int32_t have = 0, want = 0;
    for (;;) {
        for (; have == 0 && from < length; from++)
            if (surplus[from] > 0) have = surplus[from];
        for (; want == 0 && to < length; to++)
            if (surplus[to] < 0) want = -surplus[to];
        if (have == 0 || want == 0) return;
        int32_t moved = smaller(have, want);
        add_flow(p, (int32_t)from - 1, (int32_t)to - 1, moved);
        have -= moved;
        want -= moved;
    }
}

static int32_t cost_of(const plan *p, int32_t from, int32_t to) {
    return p->cost[abs(from - to)];
}

/* Lets two flows exchange their destinations, for as much mass as the smaller one has, if that
 * costs less. */
static int exchange(plan *p, size_t a, size_t b) {
    int32_t apart = cost_of(p, p->from[a], p->to[a]) + cost_of(p, p->from[b], p->to[b]);
    int32_t crossed = cost_of(p, p->from[a], p->to[b]) + cost_of(p, p->from[b], p->to[a]);
    if (crossed >= apart || p->count + 2 > p->capacity) return 0;
    int32_t moved = smaller(p->mass[a], p->mass[b]), to_a = p->to[a], to_b = p->to[b];
    add_flow(p, p->from[a], to_a, p->mass[a] - moved);
    add_flow(p, p->from[b], to_b, p->mass[b] - moved);
    p->to[a] = to_b;
    p->to[b] = to_a;
    p->mass[a] = p->mass[b] = moved;
    return 1;
}

static void exchange_goals(plan *p) {
    enum { ROUNDS = 4 };
    int changed = 1;
    for (int round = 0; changed && round < ROUNDS; round++) {
        changed = 0;
        for (size_t a = 0; a < p->count; a++)
            for (size_t b = a + 1; b < p->count; b++)
                changed |= exchange(p, a, b);
    }
}

/* Both directions cost the same: chooses the one in which the first bin that differs gives mass. */
static void make_first_give(size_t length, int32_t *surplus) {
    size_t first = 0;
    while (first < length && surplus[first] == 0)
        first++;
    if (first == length || surplus[first] > 0) return;
    for (size_t c = first; c < length; c++)
        surplus[c] = -surplus[c];
}

double dg_transport_rounding(size_t length, const int32_t *a, const int32_t *b, int32_t *work) {
    enum { FLOWS = 4 }; /* for each bin: twice as many as first_come makes */
    if (length < 2) return 0.0;
    double unit = LONGEST_COST / (double)(length - 1), sum = 0.0;
    int32_t *surplus = work, *cost = work + length, *flows = work + 2 * length;
    plan p = {.capacity = FLOWS * length,
              .from = flows,
              .to = flows + FLOWS * length,
              .mass = flows + 2 * FLOWS * length,
              .cost = cost};
    for (size_t c = 0; c < length; c++) {
        surplus[c] = a[c] - b[c] - (c ? a[c - 1] - b[c - 1] : 0);
        cost[c] = (int32_t)floor(unit * (double)c + 0.5);
    }
    make_first_give(length, surplus);
    first_come(&p, length, surplus);
    exchange_goals(&p);
    for (size_t k = 0; k < p.count; k++)
        sum += p.mass[k] * (cost_of(&p, p.from[k], p.to[k]) - unit * abs(p.from[k] - p.to[k]));
    return sum / unit;
}
