/* The pair part of XEyTransformerLayer (DiGress, appendix B.1), a tile of PAIR_TILE pair rows at a
 * time: FiLM of E into the scores Y[i,j] = Q_i K_j, the softmax over j carried from tile to tile,
 * FiLM by y, the output projection, residual, norm and feed-forward. Nothing of width dx is ever
 * stored for all pairs: backward has the sums before both norms and recomputes the rest. */
#include "denoiser/graph_transformer/network.h"

/* Where a tile begins: source node (in the pack) and target j. */
typedef struct tile {
    size_t node, j, first, rows; /* first: pair row */
} tile;

/* The next tile of a slot, or false. Start with {.node = slot_node[slot]}, rows 0. */
static bool next_tile(const pass *p, size_t slot, tile *t) {
    const workspace *space = p->space;
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
    const workspace *space = p->space;
    const layer_memory *m = &space->layers[p->layer];
    const size_t dx = p->net->base.dims.dx;
    const float *bias = weights(p, p->net->layers[p->layer].e_film.bias);
    const bool by_class = film_is_by_class(p);
    size_t node = t->node, j = t->j;
    for (size_t row = 0; row < t->rows; node++, j = 0) {
        size_t graph = space->node_graph[node], n = p->pack->n[graph];
        size_t count = n - j < t->rows - row ? n - j : t->rows - row;
        const float *target = m->qkv + (p->pack->node_start[graph] + j) * 3 * dx;
        const float *y_film = m->y_film + graph * 4 * dx;
        dg_attention attention = {
            .count = count,
            .dx = dx,
            .Q = m->qkv + node * 3 * dx,
            .K = target + dx,
            .V = target + 2 * dx,
            .kv_stride = 3 * dx,
            .film = by_class ? space->class_film : memory->film + row * 2 * dx,
            .film_class = by_class ? p->input->E_class + t->first + row : NULL,
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
    if (run->j == 0) p->attention->begin(a->dx, a->maximum, a->inverse, a->attended);
    p->attention->forward(a, memory->Z + run->row * a->dx);
    if (run->j + a->count == run->n) p->attention->end(a->dx, a->inverse, a->attended);
}

static void scores_segment(pass *p, size_t slot, tile_memory *memory, const segment *run,
                           dg_attention *a) {
    (void)slot;
    p->attention->scores(a, memory->Z + run->row * a->dx);
}

/* E rows -> film -> Z */
static void attend_tile(pass *p, size_t slot, size_t thread, const tile *t, const float *E,
                        visit_segment *attention) {
    tile_memory *memory = &p->space->tiles[thread];
    if (!film_is_by_class(p))
        dg_linear_forward(p, thread, &p->net->layers[p->layer].e_film, t->rows, E, memory->film);
    for_each_segment(p, slot, memory, t, attention);
}

/* X1 -> hidden */
static void expand_tile(pass *p, size_t thread, const tile *t) {
    tile_memory *memory = &p->space->tiles[thread];
    const feed_forward *ff = &p->net->layers[p->layer].E;
    const dg_mask mask = dg_pair_mask(p, DROP_E2, t->node, t->j, t->rows, memory->keys);
    dg_linear_forward(p, thread, &ff->first, t->rows, memory->X1, memory->hidden);
    p->kernels->relu(t->rows, ff->first.out, weights(p, ff->first.bias), &mask, memory->hidden);
}

/* E rows -> E rows of the next layer, which may be in the same place. The sums before both norms
 * are kept if there is a backward pass. */
static void tile_forward(pass *p, size_t slot, size_t thread, const tile *t) {
    const layer_parameters *layer = &p->net->layers[p->layer];
    const layer_memory *m = &p->space->layers[p->layer];
    tile_memory *memory = &p->space->tiles[thread];
    const feed_forward *ff = &layer->E;
    const size_t de = p->net->base.dims.de;
    const float *E = m->E + t->first * de;
    float *sum1 = m->E_sum1 ? m->E_sum1 + t->first * de : memory->sum1;
    float *sum2 = m->E_sum2 ? m->E_sum2 + t->first * de : memory->sum2;
    attend_tile(p, slot, thread, t, E, attend_segment);
    dg_linear_forward(p, thread, &layer->e_out, t->rows, memory->Z, sum1);
    dg_mask mask = dg_pair_mask(p, DROP_E1, t->node, t->j, t->rows, memory->keys);
    p->kernels->residual_norm(t->rows, de, E, weights(p, layer->e_out.bias), &mask,
                              weights(p, ff->norm1.weight), weights(p, ff->norm1.bias), sum1,
                              memory->X1);
    expand_tile(p, thread, t);
    dg_linear_forward(p, thread, &ff->second, t->rows, memory->hidden, sum2);
    mask = dg_pair_mask(p, DROP_E3, t->node, t->j, t->rows, memory->keys);
    p->kernels->residual_norm(t->rows, de, memory->X1, weights(p, ff->second.bias), &mask,
                              weights(p, ff->norm2.weight), weights(p, ff->norm2.bias), sum2,
                              p->space->layers[p->layer + 1].E + t->first * de);
}

/* Pools the rows of E that begin at source nodes of this slot; global_update.c combines them. */
static void pool_sources(pass *p, size_t slot) {
    workspace *space = p->space;
    const size_t de = p->net->base.dims.de;
    for (size_t node = space->slot_node[slot]; node < space->slot_node[slot + 1]; node++) {
        float *partial = space->pool_partial + node * 4 * de;
        p->kernels->pool(p->pack->n[space->node_graph[node]], de,
                         space->layers[p->layer].E + space->node_pairs[node] * de, partial,
                         partial + de, partial + 2 * de, partial + 3 * de);
    }
}

/* E, Q, K, V, y -> E of the next layer, attended */
static digress_status update_forward(void *context, size_t slot, size_t thread) {
    pass *p = context;
    if (y_is_used(p)) pool_sources(p, slot);
    tile t = {.node = p->space->slot_node[slot]};
    while (next_tile(p, slot, &t)) {
        DG_TRY(dg_pool_check(p->space->base.watched));
        tile_forward(p, slot, thread, &t);
    }
    return DIGRESS_OK;
}

digress_status dg_pair_update_forward(pass *p) {
    return dg_team_run(p, update_forward);
}

/* Recomputes what the forward pass did not keep of a tile: E_rows, film, Z, X1, hidden */
static void recompute_tile(pass *p, size_t slot, size_t thread, const tile *t) {
    tile_memory *memory = &p->space->tiles[thread];
    const layer_memory *m = &p->space->layers[p->layer];
    const layer_norm *norm1 = &p->net->layers[p->layer].E.norm1;
    const size_t de = p->net->base.dims.de;
    memory->E_rows = p->space->layers[0].E + t->first * de;
    if (p->layer > 0) {
        const layer_norm *last = &p->net->layers[p->layer - 1].E.norm2;
        const float *sum2 = p->space->layers[p->layer - 1].E_sum2 + t->first * de;
        p->kernels->norm(t->rows, de, sum2, weights(p, last->weight), weights(p, last->bias),
                         memory->E);
        memory->E_rows = memory->E;
    }
    attend_tile(p, slot, thread, t, memory->E_rows, scores_segment);
    p->kernels->norm(t->rows, de, m->E_sum1 + t->first * de, weights(p, norm1->weight),
                     weights(p, norm1->bias), memory->X1);
    expand_tile(p, thread, t);
}

static void attend_segment_backward(pass *p, size_t slot, tile_memory *memory, const segment *run,
                                    dg_attention *a) {
    const size_t dx = a->dx;
    slot_memory *sums = &p->space->slots[slot];
    float *d_y_film = sums->d_y_film + run->graph * 4 * dx;
    float *d_bias = p->gradients[slot] + p->net->layers[p->layer].e_film.bias;
    float *d_target = sums->d_kv + (run->first + run->j) * 2 * dx;
    dg_attention_gradient gradient = {.d_attended = p->space->d_attended + run->node * dx,
                                      .dZ = memory->dZ + run->row * dx,
                                      .dQ = p->space->dQ + run->node * dx,
                                      .dK = d_target,
                                      .dV = d_target + dx,
                                      .kv_stride = 2 * dx,
                                      .d_y_e_mul = d_y_film,
                                      .d_y_e_add = d_y_film + dx,
                                      .d_mul_bias = d_bias,
                                      .d_add_bias = d_bias + dx,
                                      .d_film = a->film_class ? sums->d_class_film : a->film};
    p->attention->backward(a, &gradient);
}

/* Adds the gradient of the pooled E to dE. Each extreme of a source node's rows passes it on
 * once. */
static void pool_segment_backward(pass *p, size_t slot, tile_memory *memory, const segment *run,
                                  dg_attention *a) {
    (void)slot;
    const workspace *space = p->space;
    const layer_memory *m = &space->layers[p->layer];
    const size_t de = p->net->base.dims.de;
    const float *pooled = m->pool_E + run->graph * 4 * de;
    const float *d = space->d_pool_E + run->graph * 4 * de;
    const uint32_t *owner = m->owner_E + run->graph * 2 * de;
    for (size_t c = 0; run->j == 0 && c < de; c++) {
        memory->d_min[c] = owner[c] == run->node ? d[de + c] : 0.0f;
        memory->d_max[c] = owner[de + c] == run->node ? d[2 * de + c] : 0.0f;
    }
    p->kernels->pool_backward(a->count, de, memory->E_rows + run->row * de, d, d + 3 * de,
                              pooled + de, pooled + 2 * de, memory->d_min, memory->d_max,
                              space->dE + (space->node_pairs[run->node] + run->j) * de);
}

/* dE, d_attended -> dE in place, dQ, d_kv, d_y_film */
static digress_status update_backward(void *context, size_t slot, size_t thread) {
    pass *p = context;
    tile_memory *memory = &p->space->tiles[thread];
    const layer_parameters *layer = &p->net->layers[p->layer];
    const layer_memory *m = &p->space->layers[p->layer];
    const feed_forward *ff = &layer->E;
    const dg_kernels *kernels = p->kernels;
    float *gradient = p->gradients[slot];
    const size_t de = p->net->base.dims.de, hidden = p->net->base.dims.dim_ffE;
    tile t = {.node = p->space->slot_node[slot]};
    while (next_tile(p, slot, &t)) {
        DG_TRY(dg_pool_check(p->space->base.watched));
        float *dE = p->space->dE + t.first * de, *d_sum = memory->d_sum;
        recompute_tile(p, slot, thread, &t);

        kernels->norm_backward(t.rows, de, m->E_sum2 + t.first * de, weights(p, ff->norm2.weight),
                               dE, d_sum, gradient + ff->norm2.weight, gradient + ff->norm2.bias);
        dg_mask mask = dg_pair_mask(p, DROP_E3, t.node, t.j, t.rows, memory->keys);
        kernels->dropout_backward(t.rows, de, &mask, d_sum, memory->d_branch,
                                  gradient + ff->second.bias);
        dg_linear_backward(p, thread, &ff->second, t.rows, memory->hidden, memory->d_branch, 0.0f,
                           memory->d_hidden, gradient);
        kernels->relu_backward(t.rows, hidden, memory->hidden, mask.scale, memory->d_hidden,
                               gradient + ff->first.bias);
        dg_linear_backward(p, thread, &ff->first, t.rows, memory->X1, memory->d_hidden, 1.0f, d_sum,
                           gradient);

        kernels->norm_backward(t.rows, de, m->E_sum1 + t.first * de, weights(p, ff->norm1.weight),
                               d_sum, dE, gradient + ff->norm1.weight, gradient + ff->norm1.bias);
        mask = dg_pair_mask(p, DROP_E1, t.node, t.j, t.rows, memory->keys);
        kernels->dropout_backward(t.rows, de, &mask, dE, memory->d_branch,
                                  gradient + layer->e_out.bias);
        dg_linear_backward(p, thread, &layer->e_out, t.rows, memory->Z, memory->d_branch, 0.0f,
                           memory->dZ, gradient);
        for_each_segment(p, slot, memory, &t, attend_segment_backward);
        if (!film_is_by_class(p))
            dg_linear_backward(p, thread, &layer->e_film, t.rows, memory->E_rows, memory->film,
                               1.0f, dE, gradient);
        if (p->space->d_pool_E) for_each_segment(p, slot, memory, &t, pool_segment_backward);
    }
    return DIGRESS_OK;
}

digress_status dg_pair_update_backward(pass *p) {
    return dg_team_run(p, update_backward);
}
