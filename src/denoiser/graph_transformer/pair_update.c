/* The pair part of XEyTransformerLayer (DiGress, appendix B.1), a tile of PAIR_TILE pair rows at a
 * time: FiLM of E into the scores Y[i,j] = Q_i K_j, the softmax over j carried from tile to tile,
 * FiLM by y, the output projection, residual, norm and feed-forward. Nothing of width dx is ever
 * stored for all pairs: backward has the sums before both norms and recomputes the rest. */
#include "denoiser/graph_transformer/network.h"

/* Where a tile begins: source node (in the pack) and target j. */
typedef struct tile {
    size_t node, j, first, rows; /* first: pair row */
} tile;

static tile before_first_tile(const pass *p, size_t slot) {
    const size_t node = p->space->slot_node[slot];
    return (tile){.node = node, .j = node < p->pack->nodes ? first_target(p, node) : 0};
}

/* The next tile of a slot, or false. Start before the first one. */
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
        t->j = t->node < p->pack->nodes ? first_target(p, t->node) : 0;
    }
    if (t->node >= space->slot_node[slot + 1]) return false;
    size_t last = space->slot_node[slot + 1] - 1;
    size_t end = space->node_pairs[last] + p->pack->n[space->node_graph[last]];
    end -= first_target(p, last);
    t->first = space->node_pairs[t->node] + t->j - first_target(p, t->node);
    t->rows = end - t->first < PAIR_TILE ? end - t->first : PAIR_TILE;
    return true;
}

/* A run of a tile's rows with one source node. */
typedef struct segment {
    size_t row;         /* of the tile */
    size_t node, graph; /* the source node, and its graph */
    size_t i, j, n;     /* the source, the first target, and the graph's size */
    size_t first;       /* the graph's first node */
    bool begins;        /* with the source node's first target */
} segment;

typedef void visit_segment(pass *p, size_t slot, tile_memory *memory, const segment *run,
                           dg_attention *attention);

/* What a row of both orders of a pair needs of its target. */
static void make_symmetric(const pass *p, const segment *run, dg_attention *a) {
    const layer_memory *m = &p->space->layers[p->layer];
    const size_t dx = a->dx, target = run->first + run->j;
    a->own_K = a->Q + dx;
    a->own_V = a->Q + 2 * dx;
    a->diagonal = run->i == run->j;
    a->targets_Q = m->qkv + target * 3 * dx;
    a->targets_maximum = m->maximum + target * dx;
    a->targets_inverse = m->inverse + target * dx;
    a->targets_attended = m->attended + target * dx;
}

/* Calls visit for each segment of a tile. */
static void for_each_segment(pass *p, size_t slot, tile_memory *memory, const tile *t,
                             visit_segment *visit) {
    const workspace *space = p->space;
    const layer_memory *m = &space->layers[p->layer];
    const size_t dx = p->net->base.dims.dx;
    const float *bias = weights(p, p->net->layers[p->layer].e_film.bias);
    const bool by_class = film_is_by_class(p);
    size_t node = t->node, j = t->j;
    for (size_t row = 0; row < t->rows; node++) {
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
                                  .film =
                                      by_class ? space->class_film : memory->film + row * 2 * dx,
                                  .film_class = by_class ? space->E_class + t->first + row : NULL,
                                  .mul_bias = bias,
                                  .add_bias = bias + dx,
                                  .y_e_mul = y_film,
                                  .y_e_add = y_film + dx,
                                  .maximum = m->maximum + node * dx,
                                  .inverse = m->inverse + node * dx,
                                  .attended = m->attended + node * dx};
        const size_t first = p->pack->node_start[graph], begin = first_target(p, node);
        const segment run = {row, node, graph, node - first, j, n, first, j == begin};
        if (p->net->base.dims.symmetric) make_symmetric(p, &run, &attention);
        visit(p, slot, memory, &run, &attention);
        row += count;
        if (row < t->rows) j = first_target(p, node + 1);
    }
}

/* The softmaxes so far are those of the source node's part (halves.c). */
static void use_shares(const pass *p, const segment *run, dg_attention *a) {
    const workspace *space = p->space;
    const size_t own = dg_share_place(p, run->node, run->i) * a->dx;
    const size_t target = dg_share_place(p, run->node, run->j) * a->dx;
    a->maximum = space->maximum + own;
    a->inverse = space->inverse + own;
    a->attended = space->attended + own;
    a->targets_maximum = space->maximum + target;
    a->targets_inverse = space->inverse + target;
    a->targets_attended = space->attended + target;
}

static void attend_segment(pass *p, size_t slot, tile_memory *memory, const segment *run,
                           dg_attention *a) {
    const bool symmetric = p->net->base.dims.symmetric; /* then begun and ended elsewhere */
    (void)slot;
    if (symmetric) use_shares(p, run, a);
    if (run->begins && !symmetric) p->attention->begin(a->dx, a->maximum, a->inverse, a->attended);
    p->attention->forward(a, memory->Z + run->row * a->dx);
    if (run->j + a->count == run->n && !symmetric)
        p->attention->end(a->dx, a->inverse, a->attended);
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
    const bool keep = m->E_norm1.rows;
    const normed_rows norm1 = keep ? normed_at(m->E_norm1, t->first, de) : memory->norm1;
    const normed_rows norm2 = keep ? normed_at(m->E_norm2, t->first, de) : memory->norm2;
    attend_tile(p, slot, thread, t, E, attend_segment);
    dg_linear_forward(p, thread, &layer->e_out, t->rows, memory->Z, norm1.rows);
    dg_mask mask = dg_pair_mask(p, DROP_E1, t->node, t->j, t->rows, memory->keys);
    p->kernels->residual_norm(t->rows, de, E, weights(p, layer->e_out.bias), &mask,
                              weights(p, ff->norm1.weight), weights(p, ff->norm1.bias), norm1.rows,
                              norm1.inverse, memory->X1);
    expand_tile(p, thread, t);
    dg_linear_forward(p, thread, &ff->second, t->rows, memory->hidden, norm2.rows);
    mask = dg_pair_mask(p, DROP_E3, t->node, t->j, t->rows, memory->keys);
    p->kernels->residual_norm(t->rows, de, memory->X1, weights(p, ff->second.bias), &mask,
                              weights(p, ff->norm2.weight), weights(p, ff->norm2.bias), norm2.rows,
                              norm2.inverse, p->space->layers[p->layer + 1].E + t->first * de);
}

/* Pools the rows of E that begin at source nodes of this slot; global_update.c combines them. */
static void pool_sources(pass *p, size_t slot) {
    workspace *space = p->space;
    const size_t de = p->net->base.dims.de;
    void (*pool)(size_t, size_t, const float *, float *, float *, float *, float *) =
        p->net->base.dims.symmetric ? p->kernels->pool_twice : p->kernels->pool;
    for (size_t node = space->slot_node[slot]; node < space->slot_node[slot + 1]; node++) {
        float *partial = space->pool_partial + node * 4 * de;
        const size_t rows = p->pack->n[space->node_graph[node]] - first_target(p, node);
        pool(rows, de, space->layers[p->layer].E + space->node_pairs[node] * de, partial,
             partial + de, partial + 2 * de, partial + 3 * de);
    }
}

/* E, Q, K, V, y -> E of the next layer, attended */
static digress_status update_forward(void *context, size_t slot, size_t thread) {
    pass *p = context;
    if (y_is_used(p)) pool_sources(p, slot);
    if (p->net->base.dims.symmetric) dg_shares_begin(p, slot);
    tile t = before_first_tile(p, slot);
    while (next_tile(p, slot, &t)) {
        DG_TRY(dg_pool_check(p->space->base.watched));
        tile_forward(p, slot, thread, &t);
    }
    return DIGRESS_OK;
}

digress_status dg_pair_update_forward(pass *p) {
    DG_TRY(dg_team_run(p, update_forward));
    if (p->net->base.dims.symmetric) dg_shares_join(p);
    return DIGRESS_OK;
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
        const normed_rows norm2 = normed_at(p->space->layers[p->layer - 1].E_norm2, t->first, de);
        p->kernels->norm_again(t->rows, de, norm2.rows, weights(p, last->weight),
                               weights(p, last->bias), memory->E);
        memory->E_rows = memory->E;
    }
    attend_tile(p, slot, thread, t, memory->E_rows, scores_segment);
    p->kernels->norm_again(t->rows, de, m->E_norm1.rows + t->first * de, weights(p, norm1->weight),
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
                                      .dQ = sums->dQ + run->node * dx,
                                      .dK = d_target,
                                      .dV = d_target + dx,
                                      .kv_stride = 2 * dx,
                                      .d_y_e_mul = d_y_film,
                                      .d_y_e_add = d_y_film + dx,
                                      .d_mul_bias = d_bias,
                                      .d_add_bias = d_bias + dx,
                                      .d_film = a->film_class ? sums->d_class_film : a->film};
    if (a->own_K) {
        gradient.own_dK = sums->d_kv + run->node * 2 * dx;
        gradient.own_dV = gradient.own_dK + dx;
        gradient.targets_d_attended = p->space->d_attended + (run->first + run->j) * dx;
        gradient.targets_dQ = sums->dQ + (run->first + run->j) * dx;
    }
    p->attention->backward(a, &gradient);
}

typedef struct pooled_gradient {
    const float *shift, *slope, *min, *max; /* [de] as pool_backward has them */
} pooled_gradient;

static void pool_rows_backward(const pass *p, tile_memory *memory, size_t row, size_t rows,
                               const pooled_gradient *d) {
    const size_t de = p->net->base.dims.de;
    p->kernels->pool_backward(rows, de, memory->E_rows + row * de, d->shift, d->slope, d->min,
                              d->max, memory->d_min, memory->d_max, memory->dE + row * de);
}

/* A row of both orders of a pair counts twice, but for the extremes. */
static void double_gradient(size_t de, float *twice, pooled_gradient *d) {
    for (size_t c = 0; c < de; c++) {
        twice[c] = 2.0f * d->shift[c];
        twice[de + c] = 2.0f * d->slope[c];
    }
    d->shift = twice;
    d->slope = twice + de;
}

/* Adds the gradient of the pooled E to dE. A source node's extremes pass it on once. */
static void pool_segment_backward(pass *p, size_t slot, tile_memory *memory, const segment *run,
                                  dg_attention *a) {
    (void)slot;
    const workspace *space = p->space;
    const layer_memory *m = &space->layers[p->layer];
    const size_t de = p->net->base.dims.de;
    const float *pooled = m->pool_E + run->graph * 4 * de;
    const float *d = space->d_pool_E + run->graph * 4 * de;
    const uint32_t *owner = m->owner_E + run->graph * 2 * de;
    for (size_t c = 0; run->begins && c < de; c++) {
        memory->d_min[c] = owner[c] == run->node ? d[de + c] : 0.0f;
        memory->d_max[c] = owner[de + c] == run->node ? d[2 * de + c] : 0.0f;
    }
    pooled_gradient gradient = {d, d + 3 * de, pooled + de, pooled + 2 * de};
    const size_t single = p->net->base.dims.symmetric ? a->diagonal : a->count;
    pool_rows_backward(p, memory, run->row, single, &gradient);
    if (single == a->count) return;
    double_gradient(de, memory->twice, &gradient);
    pool_rows_backward(p, memory, run->row + single, a->count - single, &gradient);
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
    tile t = before_first_tile(p, slot);
    while (next_tile(p, slot, &t)) {
        DG_TRY(dg_pool_check(p->space->base.watched));
        float *dE = p->space->dE + t.first * de, *d_sum = memory->d_sum;
        memory->dE = dE;
        recompute_tile(p, slot, thread, &t);

        const normed_rows norm1 = normed_at(m->E_norm1, t.first, de),
                          norm2 = normed_at(m->E_norm2, t.first, de);
        kernels->norm_backward(t.rows, de, norm2.rows, norm2.inverse, weights(p, ff->norm2.weight),
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

        kernels->norm_backward(t.rows, de, norm1.rows, norm1.inverse, weights(p, ff->norm1.weight),
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
