/* The pair part of XEyTransformerLayer (DiGress, appendix B.1), a tile of PAIR_TILE pair rows at a
 * time: FiLM of E into the scores Y[i,j] = Q_i K_j, the softmax over j carried from tile to tile,
 * FiLM by y, the output projection, residual, norm and feed-forward. Nothing of width dx is ever
 * stored for all pairs; backward computes the tile again. */
#include "denoiser/network.h"

#include <string.h>

/* Where a tile begins: source node (in the pack) and target j. */
typedef struct tile {
    size_t node, j, first, rows; /* first: pair row */
} tile;

/* The next tile of a slot, or false. Start with {.node = slot_node[slot]}, rows 0. */
static bool next_tile(const pass *p, size_t slot, tile *t) {
    const dg_workspace *space = p->space;
    size_t left = t->rows;
    while (left > 0) {
        size_t n = p->pack->n[space->node_graph[t->node]];
        size_t step = n - t->j < left ? n - t->j : left;
        t->j += step;
        left -= step;
        if (t->j < n) continue;
        t->node++;
        t->j = 0;
    }
    if (t->node >= space->slot_node[slot + 1]) return false;
    size_t last = space->slot_node[slot + 1] - 1;
    size_t end = space->node_pairs[last] + p->pack->n[space->node_graph[last]];
    t->first = space->node_pairs[t->node] + t->j;
    t->rows = end - t->first < PAIR_TILE ? end - t->first : PAIR_TILE;
    return true;
}

/* A run of a tile's rows with one source node. */
typedef struct segment {
    size_t row;         /* of the tile */
    size_t node, graph; /* the source node, and its graph */
    size_t j, n;        /* the first target, and the graph's size */
    size_t first;       /* the graph's first node */
} segment;

typedef void visit_segment(pass *p, size_t slot, tile_memory *memory, const segment *run,
                           dg_attention *attention);

/* Calls visit for each segment of a tile. */

static void for_each_segment(pass *p, size_t slot, tile_memory *memory, const tile *t,
                             visit_segment *visit) {
    const dg_workspace *space = p->space;
    const layer_memory *m = &space->layers[p->layer];
    const size_t dx = p->net->dims.dx;
    const float *bias = weights(p, p->net->layers[p->layer].e_film.bias);
    size_t node = t->node, j = t->j;
    for (size_t row = 0; row < t->rows; node++, j = 0) {
        size_t graph = space->node_graph[node], n = p->pack->n[graph];
        size_t count = n - j < t->rows - row ? n - j : t->rows - row;
        const float *target = m->qkv + (p->pack->node_start[graph] + j) * 3 * dx;
        const float *y_film = m->y_film + graph * 4 * dx;
        dg_attention attention = {.count = count,
                                  .dx = dx,
                                  .Q = m->qkv + node * 3 * dx,
                                  .K = target + dx,
                                  .V = target + 2 * dx,
                                  .kv_stride = 3 * dx,
                                  .film = memory->film + row * 2 * dx,
                                  .mul_bias = bias,
                                  .add_bias = bias + dx,
                                  .y_e_mul = y_film,
                                  .y_e_add = y_film + dx,
                                  .maximum = m->maximum + node * dx,
                                  .inverse = m->inverse + node * dx,
                                  .attended = m->attended + node * dx};
        const segment run = {row, node, graph, j, n, p->pack->node_start[graph]};
        visit(p, slot, memory, &run, &attention);
        row += count;
    }
}

static void attend_segment(pass *p, size_t slot, tile_memory *memory, const segment *run,
                           dg_attention *a) {
    (void)slot;
    if (run->j == 0) p->kernels->attend_begin(a->dx, a->maximum, a->inverse, a->attended);
    p->kernels->attend(a, memory->Z + run->row * a->dx);
    if (run->j + a->count == run->n) p->kernels->attend_end(a->dx, a->inverse, a->attended);
}

static void scores_segment(pass *p, size_t slot, tile_memory *memory, const segment *run,
                           dg_attention *a) {
    (void)slot;
    p->kernels->attend_scores(a, memory->Z + run->row * a->dx);
}

/* E rows -> sum2, the sum before the last norm; film, Z, sum1, X1, hidden on the way. */
static void tile_forward(pass *p, size_t slot, size_t thread, const tile *t,
                         visit_segment *attention) {
    tile_memory *memory = &p->space->tiles[thread];
    const layer_parameters *layer = &p->net->layers[p->layer];
    const feed_forward *ff = &layer->E;
    const dg_kernels *kernels = p->kernels;
    const size_t de = p->net->dims.de, hidden = p->net->dims.dim_ffE;
    const float *E = p->space->layers[p->layer].E + t->first * de;
    dg_linear_forward(p, thread, &layer->e_film, t->rows, E, memory->film);
    for_each_segment(p, slot, memory, t, attention);
    dg_linear_forward(p, thread, &layer->e_out, t->rows, memory->Z, memory->sum1);
    dg_mask mask = dg_pair_mask(p, DROP_E1, t->node, t->j, t->rows, memory->keys[0]);
    kernels->residual_norm(t->rows, de, E, weights(p, layer->e_out.bias), &mask,
                           weights(p, ff->norm1.weight), weights(p, ff->norm1.bias), memory->sum1,
                           memory->X1);
    dg_linear_forward(p, thread, &ff->first, t->rows, memory->X1, memory->hidden);
    mask = dg_pair_mask(p, DROP_E2, t->node, t->j, t->rows, memory->keys[1]);
    kernels->relu(t->rows, hidden, weights(p, ff->first.bias), &mask, memory->hidden);
    dg_linear_forward(p, thread, &ff->second, t->rows, memory->hidden, memory->sum2);
}

/* Pools the rows of E that begin at source nodes of this slot; global_update.c combines them. */
static void pool_sources(pass *p, size_t slot) {
    dg_workspace *space = p->space;
    const size_t de = p->net->dims.de;
    for (size_t node = space->slot_node[slot]; node < space->slot_node[slot + 1]; node++) {
        float *partial = space->pool_partial + node * 4 * de;
        p->kernels->pool(p->pack->n[space->node_graph[node]], de,
                         space->layers[p->layer].E + space->node_pairs[node] * de, partial,
                         partial + de, partial + 2 * de, partial + 3 * de);
    }
}

/* E, Q, K, V, y -> E of the next layer (which may be the same buffer), attended */
static digress_status update_forward(void *context, size_t slot, size_t thread) {
    pass *p = context;
    tile_memory *memory = &p->space->tiles[thread];
    const feed_forward *ff = &p->net->layers[p->layer].E;
    const size_t de = p->net->dims.de;
    float *next = p->space->layers[p->layer + 1].E;
    pool_sources(p, slot);
    tile t = {.node = p->space->slot_node[slot]};
    while (next_tile(p, slot, &t)) {
        tile_forward(p, slot, thread, &t, attend_segment);
        dg_mask mask = dg_pair_mask(p, DROP_E3, t.node, t.j, t.rows, memory->keys[2]);
        p->kernels->residual_norm(t.rows, de, memory->X1, weights(p, ff->second.bias), &mask,
                                  weights(p, ff->norm2.weight), weights(p, ff->norm2.bias),
                                  memory->sum2, next + t.first * de);
    }
    return DIGRESS_OK;
}

digress_status dg_pair_update_forward(pass *p) {
    return dg_team_run(p, update_forward);
}

static void attend_segment_backward(pass *p, size_t slot, tile_memory *memory, const segment *run,
                                    dg_attention *a) {
    const size_t dx = a->dx;
    slot_memory *sums = &p->space->slots[slot];
    float *d_film = sums->d_y_film + run->graph * 4 * dx;
    float *d_bias = p->gradients[slot] + p->net->layers[p->layer].e_film.bias;
    float *d_target = sums->d_kv + (run->first + run->j) * 2 * dx;
    dg_attention_gradient gradient = {.d_attended = p->space->d_attended + run->node * dx,
                                      .dZ = memory->dZ + run->row * dx,
                                      .dQ = p->space->dQ + run->node * dx,
                                      .dK = d_target,
                                      .dV = d_target + dx,
                                      .kv_stride = 2 * dx,
                                      .d_y_e_mul = d_film,
                                      .d_y_e_add = d_film + dx,
                                      .d_mul_bias = d_bias,
                                      .d_add_bias = d_bias + dx};
    p->kernels->attend_backward(a, &gradient);
}

/* Adds the gradient of the pooled E, in dE, to the rows of one slot's source nodes. */
static void pool_sources_backward(pass *p, size_t slot, float *d_min, float *d_max) {
    dg_workspace *space = p->space;
    const layer_memory *m = &space->layers[p->layer];
    const size_t de = p->net->dims.de;
    for (size_t node = space->slot_node[slot]; node < space->slot_node[slot + 1]; node++) {
        size_t graph = space->node_graph[node];
        const float *pooled = m->pool_E + graph * 4 * de, *d = space->d_pool_E + graph * 4 * de;
        const uint32_t *owner = m->owner_E + graph * 2 * de;
        for (size_t c = 0; c < de; c++) {
            d_min[c] = owner[c] == node ? d[de + c] : 0.0f;
            d_max[c] = owner[de + c] == node ? d[2 * de + c] : 0.0f;
        }
        size_t first = space->node_pairs[node] * de;
        p->kernels->pool_backward(p->pack->n[graph], de, m->E + first, d, d + 3 * de, pooled + de,
                                  pooled + 2 * de, d_min, d_max, space->dE + first);
    }
}

/* dE, d_attended -> dE in place, dQ, d_kv, d_y_film */
static digress_status update_backward(void *context, size_t slot, size_t thread) {
    pass *p = context;
    tile_memory *memory = &p->space->tiles[thread];
    const layer_parameters *layer = &p->net->layers[p->layer];
    const feed_forward *ff = &layer->E;
    const dg_kernels *kernels = p->kernels;
    float *gradient = p->gradients[slot];
    const size_t de = p->net->dims.de, hidden = p->net->dims.dim_ffE;
    tile t = {.node = p->space->slot_node[slot]};
    while (next_tile(p, slot, &t)) {
        float *dE = p->space->dE + t.first * de, *d_sum = memory->d_sum;
        const float *E = p->space->layers[p->layer].E + t.first * de;
        tile_forward(p, slot, thread, &t, scores_segment);
        dg_mask mask = dg_pair_mask(p, DROP_E3, t.node, t.j, t.rows, memory->keys[2]);
        kernels->residual_norm(t.rows, de, memory->X1, weights(p, ff->second.bias), &mask,
                               weights(p, ff->norm2.weight), weights(p, ff->norm2.bias),
                               memory->sum2, memory->rows);

        kernels->norm_backward(t.rows, de, memory->sum2, weights(p, ff->norm2.weight), dE, d_sum,
                               gradient + ff->norm2.weight, gradient + ff->norm2.bias);
        kernels->dropout_backward(t.rows, de, &mask, d_sum, memory->d_branch,
                                  gradient + ff->second.bias);
        dg_linear_backward(p, thread, &ff->second, t.rows, memory->hidden, memory->d_branch, 0.0f,
                           memory->d_hidden, gradient);
        kernels->relu_backward(t.rows, hidden, memory->hidden, mask.scale, memory->d_hidden,
                               gradient + ff->first.bias);
        dg_linear_backward(p, thread, &ff->first, t.rows, memory->X1, memory->d_hidden, 1.0f, d_sum,
                           gradient);

        kernels->norm_backward(t.rows, de, memory->sum1, weights(p, ff->norm1.weight), d_sum, dE,
                               gradient + ff->norm1.weight, gradient + ff->norm1.bias);
        mask = dg_pair_mask(p, DROP_E1, t.node, t.j, t.rows, memory->keys[0]);
        kernels->dropout_backward(t.rows, de, &mask, dE, memory->d_branch,
                                  gradient + layer->e_out.bias);
        dg_linear_backward(p, thread, &layer->e_out, t.rows, memory->Z, memory->d_branch, 0.0f,
                           memory->dZ, gradient);
        for_each_segment(p, slot, memory, &t, attend_segment_backward);
        dg_linear_backward(p, thread, &layer->e_film, t.rows, E, memory->film, 1.0f, dE, gradient);
    }
    if (p->space->d_pool_E) pool_sources_backward(p, slot, memory->d_sum, memory->d_sum + de);
    return DIGRESS_OK;
}

digress_status dg_pair_update_backward(pass *p) {
    return dg_team_run(p, update_backward);
}
