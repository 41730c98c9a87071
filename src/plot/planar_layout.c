#include "plot/planar_layout.h"

#include "core/memory.h"
#include <math.h>
#include <planarity/graph.h>
#include <stdlib.h>
#include <string.h>

static digress_status no_memory(void) {
    return dg_error(DIGRESS_ERROR_MEMORY, "out of memory in libplanarity");
}

/* ---- the outer face ---- */

typedef struct face {
    size_t length;
    uint32_t *nodes; /* [2 edges] room for any face */
} face;

/* Walks around the face beside the arc `first`. `seen` marks the arcs of all faces so far. */
static void walk(graphP embedding, int first, bool *seen, face *out) {
    const int base = gp_GetFirstVertex(embedding);
    int arc = first;
    out->length = 0;
    do {
        seen[arc] = true;
        out->nodes[out->length++] = (uint32_t)(gp_GetNeighbor(embedding, arc) - base);
        const int back = gp_GetTwinArc(embedding, arc);
        arc = gp_GetNextArcCircular(embedding, back);
    } while (!seen[arc]);
}

static bool is_cycle(size_t n, const face *f, bool *met) {
    memset(met, 0, n * sizeof *met);
    for (size_t k = 0; k < f->length; k++) {
        if (met[f->nodes[k]]) return false;
        met[f->nodes[k]] = true;
    }
    return true;
}

/* *out: the longest face that passes no node twice; of length 0 if there is none. */
static void find_longest(size_t n, graphP embedding, bool *seen, bool *met, face *under_way,
                         face *out) {
    const int base = gp_GetFirstVertex(embedding);
    for (int u = base; u < base + (int)n; u++)
        for (int arc = gp_GetFirstArc(embedding, u); gp_IsArc(arc);
             arc = gp_GetNextArc(embedding, arc)) {
            if (seen[arc]) continue;
            walk(embedding, arc, seen, under_way);
            if (under_way->length <= out->length || !is_cycle(n, under_way, met)) continue;
            const face longest = *under_way;
            *under_way = *out;
            *out = longest;
        }
}

static digress_status longest_face(size_t n, size_t edges, graphP embedding, face *out) {
    const size_t arcs = 2 * edges + (size_t)gp_GetFirstEdge(embedding);
    face under_way = {0};
    bool *seen = NULL, *met = NULL;
    digress_status status = dg_allocate(arcs, sizeof *seen, &seen);
    if (status == DIGRESS_OK) status = dg_allocate(n, sizeof *met, &met);
    if (status == DIGRESS_OK) status = dg_allocate(arcs, sizeof *under_way.nodes, &under_way.nodes);
    if (status == DIGRESS_OK) status = dg_allocate(arcs, sizeof *out->nodes, &out->nodes);
    if (status == DIGRESS_OK) find_longest(n, embedding, seen, met, &under_way, out);
    free(under_way.nodes);
    free(seen);
    free(met);
    return status;
}

static digress_status embed(size_t n, size_t edges, const uint32_t *ends, graphP embedding,
                            face *out) {
    const int base = gp_GetFirstVertex(embedding);
    for (size_t e = 0; e < edges; e++)
        if (gp_AddEdge(embedding, (int)ends[2 * e] + base, 0, (int)ends[2 * e + 1] + base, 0) != OK)
            return no_memory();
    const int result = gp_Embed(embedding, EMBEDFLAGS_PLANAR);
    if (result == NONEMBEDDABLE) return DIGRESS_OK;
    if (result != OK || gp_SortVertices(embedding) != OK) return no_memory();
    return longest_face(n, edges, embedding, out);
}

/* out->length is 0 if the graph is not planar. */
static digress_status find_outer_face(size_t n, size_t edges, const uint32_t *ends, face *out) {
    graphP embedding = gp_New();
    if (!embedding || gp_InitGraph(embedding, (int)n) != OK) {
        free(embedding); /* gp_InitGraph has freed the parts, and gp_Free would do it again */
        return no_memory();
    }
    digress_status status = embed(n, edges, ends, embedding, out);
    gp_Free(&embedding);
    return status;
}

/* ---- places ---- */

typedef struct drawing {
    size_t n, edges;
    const uint32_t *ends;
    bool *fixed;         /* [n] of the outer face */
    uint32_t *start;     /* [n + 1] node u's neighbours are neighbour[start[u]] ... */
    uint32_t *neighbour; /* [2 edges] */
    double *at;
    double ideal; /* the length of an edge if all were equally long */
} drawing;

static digress_status make_drawing(drawing *d) {
    DG_TRY(dg_allocate(d->n, sizeof *d->fixed, &d->fixed));
    DG_TRY(dg_allocate(d->n + 2, sizeof *d->start, &d->start));
    DG_TRY(dg_allocate(2 * d->edges, sizeof *d->neighbour, &d->neighbour));
    for (size_t k = 0; k < 2 * d->edges; k++)
        d->start[d->ends[k] + 2]++;
    for (size_t u = 0; u < d->n; u++)
        d->start[u + 2] += d->start[u + 1];
    for (size_t k = 0; k < 2 * d->edges; k++)
        d->neighbour[d->start[d->ends[k] + 1]++] = d->ends[k ^ 1];
    return DIGRESS_OK;
}

static void free_drawing(drawing *d) {
    free(d->fixed);
    free(d->start);
    free(d->neighbour);
}

static void pin(drawing *d, const face *outer) {
    const double turn = 6.283185307179586 / (double)outer->length;
    for (size_t k = 0; k < outer->length; k++) {
        const uint32_t u = outer->nodes[k];
        d->fixed[u] = true;
        d->at[2 * u] = cos(turn * (double)k);
        d->at[2 * u + 1] = sin(turn * (double)k);
    }
}

/* Repeatedly moves each node that is not fixed to the centre of its neighbours. */
static void centre(drawing *d) {
    enum { ROUNDS = 1000 };
    for (size_t round = 0; round < ROUNDS; round++)
        for (size_t u = 0; u < d->n; u++) {
            const double count = d->start[u + 1] - d->start[u];
            double x = 0.0, y = 0.0;
            for (uint32_t k = d->start[u]; k < d->start[u + 1]; k++) {
                x += d->at[2 * d->neighbour[k]];
                y += d->at[2 * d->neighbour[k] + 1];
            }
            if (d->fixed[u]) continue;
            d->at[2 * u] = x / count;
            d->at[2 * u + 1] = y / count;
        }
}

/* ---- crossings ---- */

static double side_of(const double a[2], const double b[2], const double c[2]) {
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]);
}

static bool cross(const double a[2], const double b[2], const double c[2], const double d[2]) {
    for (size_t k = 0; k < 2; k++)
        if (fmax(a[k], b[k]) < fmin(c[k], d[k]) || fmax(c[k], d[k]) < fmin(a[k], b[k]))
            return false;
    return side_of(a, b, c) * side_of(a, b, d) <= 0.0 && side_of(c, d, a) * side_of(c, d, b) <= 0.0;
}

/* Whether an edge of node u, moved to `place`, would cross another. */
static bool would_cross(const drawing *d, uint32_t u, const double place[2]) {
    for (uint32_t k = d->start[u]; k < d->start[u + 1]; k++) {
        const uint32_t v = d->neighbour[k];
        for (size_t e = 0; e < d->edges; e++) {
            const uint32_t a = d->ends[2 * e], b = d->ends[2 * e + 1];
            if (a == u || a == v || b == u || b == v) continue;
            if (cross(place, d->at + 2 * v, d->at + 2 * a, d->at + 2 * b)) return true;
        }
    }
    return false;
}

/* ---- forces, as those of Fruchterman and Reingold, but with a shorter reach ---- */

/* The energy of node u at `place`, and the force on it. */
static double energy_of(const drawing *d, uint32_t u, const double place[2], double force[2]) {
    const double square = d->ideal * d->ideal;
    double energy = 0.0;
    force[0] = force[1] = 0.0;
    for (size_t v = 0; v < d->n; v++) {
        const double x = place[0] - d->at[2 * v], y = place[1] - d->at[2 * v + 1];
        const double distance = fmax(x * x + y * y, 1e-6 * square);
        if (v == u) continue;
        energy += square * square / (2.0 * distance);
        force[0] += square * square / (distance * distance) * x;
        force[1] += square * square / (distance * distance) * y;
    }
    for (uint32_t k = d->start[u]; k < d->start[u + 1]; k++) {
        const double *other = d->at + 2 * d->neighbour[k];
        const double x = place[0] - other[0], y = place[1] - other[1], length = hypot(x, y);
        energy += length * length * length / (3.0 * d->ideal);
        force[0] -= length / d->ideal * x;
        force[1] -= length / d->ideal * y;
    }
    return energy;
}

/* Moves node u along its force, by at most `most`, if that lowers the energy without a crossing. */
static void move(drawing *d, uint32_t u, double most) {
    double force[2], unused[2], place[2];
    const double *now = d->at + 2 * u;
    const double energy = energy_of(d, u, now, force), strength = hypot(force[0], force[1]);
    double step = strength > 0.0 ? fmin(most, strength) / strength : 0.0;
    for (int tries = 0; tries < 4; tries++, step *= 0.4) {
        place[0] = now[0] + step * force[0];
        place[1] = now[1] + step * force[1];
        if (!(energy_of(d, u, place, unused) < energy) || would_cross(d, u, place)) continue;
        d->at[2 * u] = place[0];
        d->at[2 * u + 1] = place[1];
        return;
    }
}

static void spread(drawing *d) {
    const double work = 12.0 * (double)d->n * (double)d->edges;
    const size_t rounds = (size_t)fmin(200.0, 2e8 / work);
    for (size_t round = 0; round < rounds; round++) {
        const double most = d->ideal * (0.6 - 0.55 * (double)round / (double)rounds);
        for (size_t u = 0; u < d->n; u++)
            move(d, (uint32_t)u, most);
    }
}

/* Whether all nodes are far enough apart to be told from each other. */
static bool is_clear(const drawing *d) {
    for (size_t u = 0; u < d->n; u++)
        for (size_t v = u + 1; v < d->n; v++)
            if (hypot(d->at[2 * u] - d->at[2 * v], d->at[2 * u + 1] - d->at[2 * v + 1]) <
                0.15 * d->ideal)
                return false;
    return true;
}

digress_status dg_planar_layout(size_t n, size_t edges, const uint32_t *ends, double *at,
                                bool *found) {
    face outer = {0};
    drawing d = {.n = n, .edges = edges, .ends = ends, .at = at, .ideal = 1.6 / sqrt((double)n)};
    *found = false;
    memset(at, 0, 2 * n * sizeof *at);
    digress_status status = find_outer_face(n, edges, ends, &outer);
    if (status == DIGRESS_OK) status = make_drawing(&d);
    if (status == DIGRESS_OK && outer.length > 2) {
        pin(&d, &outer);
        centre(&d);
        spread(&d);
        *found = is_clear(&d);
    }
    free_drawing(&d);
    free(outer.nodes);
    return status;
}
