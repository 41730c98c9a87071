/* The MLPs at the network's two ends (DiGress, appendix B.1): input rows to hidden rows, hidden
 * rows to logits. Pairs are symmetrised before the first layer and after the last. */
#include "denoiser/graph_transformer/network.h"

#include <string.h>

/* x -> hidden = relu(first(x)) -> out = second(hidden) + bias, or relu of it */
static void mlp_forward(const pass *p, size_t thread, const mlp *net, size_t rows, bool relu_last,
                        const float *x, float *hidden, float *out) {
    dg_linear_forward(p, thread, &net->first, rows, x, hidden);
    p->kernels->relu(rows, net->first.out, weights(p, net->first.bias), NULL, hidden);
    dg_linear_forward(p, thread, &net->second, rows, hidden, out);
    if (relu_last)
        p->kernels->relu(rows, net->second.out, weights(p, net->second.bias), NULL, out);
    else
        p->kernels->add_bias(rows, net->second.out, weights(p, net->second.bias), out);
}

/* d_out -> d_hidden before its ReLU. `out` is the forward pass's output, or NULL if that did not
 * end in a ReLU. d_out is overwritten. */
static void second_backward(const pass *p, size_t thread, const mlp *net, size_t rows,
                            const float *hidden, const float *out, float *d_out, float *d_hidden,
                            float *gradient) {
    if (out)
        p->kernels->relu_backward(rows, net->second.out, out, 1.0f, d_out,
                                  gradient + net->second.bias);
    else
        p->kernels->column_sum(rows, net->second.out, d_out, gradient + net->second.bias);
    dg_linear_backward(p, thread, &net->second, rows, hidden, d_out, 0.0f, d_hidden, gradient);
    p->kernels->relu_backward(rows, net->first.out, hidden, 1.0f, d_hidden,
                              gradient + net->first.bias);
}

/* dx may be NULL. */
static void mlp_backward(const pass *p, size_t thread, const mlp *net, size_t rows, const float *x,
                         const float *hidden, const float *out, float *d_out, float *d_hidden,
                         float *dx, float *gradient) {
    second_backward(p, thread, net, rows, hidden, out, d_out, d_hidden, gradient);
    dg_linear_backward(p, thread, &net->first, rows, x, d_hidden, 0.0f, dx, gradient);
}

static size_t slot_pair_begin(const pass *p, size_t slot) {
    size_t node = p->space->slot_node[slot];
    return node < p->pack->nodes ? p->space->node_pairs[node] : p->space->pairs;
}

/* The b + 1 distinct rows that pair classes stand for: one-hot rows, and the zero row. */
static void make_class_rows(pass *p) {
    const size_t classes = pair_classes(&p->net->base.dims), in = p->net->base.dims.in_E;
    float *x = p->space->class_x;
    memset(x, 0, (classes + 1) * in * sizeof *x);
    for (size_t k = 0; k < classes; k++)
        x[k * in + k] = 1.0f;
}

static void embed_classes(pass *p) {
    const size_t classes = pair_classes(&p->net->base.dims);
    const float *x = p->space->class_x;
    mlp_forward(p, 0, &p->net->in_E, classes + 1, true, x, p->space->class_hidden,
                p->space->class_rows);
    dg_linear_forward(p, 0, &p->net->layers[0].e_film, classes + 1, p->space->class_rows,
                      p->space->class_film);
}

static digress_status gather_classes(void *context, size_t slot, size_t thread) {
    pass *p = context;
    (void)thread;
    const size_t de = p->net->base.dims.de, end = slot_pair_begin(p, slot + 1);
    for (size_t r = slot_pair_begin(p, slot); r < end; r++)
        memcpy(p->space->layers[0].E + r * de, p->space->class_rows + p->space->E_class[r] * de,
               de * sizeof(float));
    return DIGRESS_OK;
}

/* The first layer, without its bias, of pair rows from r on: a class picks its row of the weights,
 * and the dense inputs are added to it. */
static void first_of_pairs(const pass *p, size_t thread, size_t r, size_t rows, float *hidden) {
    const linear *first = &p->net->in_E.first, *dense = &p->net->dense_E;
    const workspace *space = p->space;
    if (!space->E_class) {
        dg_linear_forward(p, thread, first, rows, space->E_input + r * first->in, hidden);
        return;
    }
    dg_linear_forward(p, thread, dense, rows, space->E_dense + r * dense->in, hidden);
    for (size_t k = 0; k < rows; k++)
        p->kernels->add_bias(1, first->out,
                             space->class_hidden + space->E_class[r + k] * first->out,
                             hidden + k * first->out);
}

static void pairs_forward(const pass *p, size_t thread, size_t r, size_t rows, float *hidden,
                          float *out) {
    const mlp *net = &p->net->in_E;
    first_of_pairs(p, thread, r, rows, hidden);
    p->kernels->relu(rows, net->first.out, weights(p, net->first.bias), NULL, hidden);
    dg_linear_forward(p, thread, &net->second, rows, hidden, out);
    p->kernels->relu(rows, net->second.out, weights(p, net->second.bias), NULL, out);
}

/* E rows of one slot -> (not yet symmetric) hidden rows */
static digress_status embed_pairs(void *context, size_t slot, size_t thread) {
    pass *p = context;
    const size_t de = p->net->base.dims.de, end = slot_pair_begin(p, slot + 1);
    for (size_t r = slot_pair_begin(p, slot); r < end; r += PAIR_TILE) {
        DG_TRY(dg_pool_check(p->space->base.watched));
        size_t rows = end - r < PAIR_TILE ? end - r : PAIR_TILE;
        pairs_forward(p, thread, r, rows, p->space->tiles[thread].hidden,
                      p->space->layers[0].E + r * de);
    }
    return DIGRESS_OK;
}

/* E = (E + E') / 2 over the two node axes of each graph. It is its own backward. */
static void symmetrize(const dg_pack *pack, size_t width, float *E) {
    for (size_t g = 0; g < pack->graphs; g++) {
        size_t n = pack->n[g];
        float *rows = E + pack->pair_start[g] * width;
        for (size_t i = 0; i < n; i++)
            for (size_t j = i + 1; j < n; j++) {
                float *a = rows + (i * n + j) * width, *b = rows + (j * n + i) * width;
                for (size_t c = 0; c < width; c++)
                    a[c] = b[c] = 0.5f * (a[c] + b[c]);
            }
    }
}

static void take_inputs(const pass *p) {
    workspace *space = p->space;
    space->E_class = p->input->E_class;
    space->E_input = p->input->E;
    space->E_dense = p->input->E_dense;
    if (p->net->base.dims.symmetric) dg_halves_of_input(p);
}

digress_status dg_embed_forward(pass *p) {
    workspace *space = p->space;
    const dg_denoiser_dims *d = &p->net->base.dims;
    const size_t nodes = p->pack->nodes, graphs = p->pack->graphs;
    mlp_forward(p, 0, &p->net->in_X, nodes, true, p->input->X, space->X_hidden, space->layers[0].X);
    mlp_forward(p, 0, &p->net->in_y, graphs, true, p->input->y, space->y_hidden,
                space->layers[0].y);
    take_inputs(p);
    if (p->input->E_class) make_class_rows(p);
    if (film_is_by_class(p)) {
        embed_classes(p);
        return dg_team_run(p, gather_classes);
    }
    if (p->input->E_class)
        dg_linear_forward(p, 0, &p->net->in_E.first, pair_classes(d) + 1, space->class_x,
                          space->class_hidden);
    DG_TRY(dg_team_run(p, embed_pairs));
    if (!d->symmetric) symmetrize(p->pack, d->de, space->layers[0].E);
    return DIGRESS_OK;
}

/* dE rows of one slot -> d_classes of the slot, a source node's rows at a time */
static digress_status gather_backward(void *context, size_t slot, size_t thread) {
    pass *p = context;
    (void)thread;
    const workspace *space = p->space;
    const size_t de = p->net->base.dims.de, rows = pair_classes(&p->net->base.dims) + 1;
    float *total = space->slots[slot].d_classes, *sum = space->slots[slot].class_sum;
    memset(total, 0, rows * de * sizeof *total);
    for (size_t node = space->slot_node[slot]; node < space->slot_node[slot + 1]; node++) {
        size_t first = space->node_pairs[node];
        size_t n = p->pack->n[space->node_graph[node]] - first_target(p, node);
        memset(sum, 0, rows * de * sizeof *sum);
        for (size_t r = first; r < first + n; r++)
            p->kernels->column_sum(1, de, space->dE + r * de, sum + p->space->E_class[r] * de);
        p->kernels->column_sum(1, rows * de, sum, total);
    }
    return DIGRESS_OK;
}

static digress_status embed_classes_backward(pass *p) {
    const mlp *net = &p->net->in_E;
    const size_t rows = pair_classes(&p->net->base.dims) + 1, wide = net->first.out;
    float *d_hidden;
    DG_TRY(dg_arena_allocate(p->space->arena, rows * wide, sizeof *d_hidden, &d_hidden));
    DG_TRY(dg_team_run(p, gather_backward));
    float *d_rows = p->space->slots[0].d_classes;
    float *d_film = p->space->slots[0].d_class_film;
    const linear *film = &p->net->layers[0].e_film;
    for (size_t s = 1; s < p->team->slots; s++) {
        p->kernels->column_sum(1, rows * film->in, p->space->slots[s].d_classes, d_rows);
        p->kernels->column_sum(1, rows * film->out, p->space->slots[s].d_class_film, d_film);
    }
    dg_linear_backward(p, 0, film, rows, p->space->class_rows, d_film, 1.0f, d_rows,
                       p->gradients[0]);
    mlp_backward(p, 0, net, rows, p->space->class_x, p->space->class_hidden, p->space->class_rows,
                 d_rows, d_hidden, NULL, p->gradients[0]);
    return DIGRESS_OK;
}

/* d_hidden of pair rows -> the slot's sums, by class and for the dense inputs */
static void first_of_pairs_backward(const pass *p, size_t slot, size_t thread, size_t r,
                                    size_t rows, const float *d_hidden) {
    const linear *first = &p->net->in_E.first, *dense = &p->net->dense_E;
    const workspace *space = p->space;
    if (!space->E_class) {
        float *d_input = space->d_input ? space->d_input + r * first->in : NULL;
        dg_linear_backward(p, thread, first, rows, space->E_input + r * first->in, d_hidden, 0.0f,
                           d_input, p->gradients[slot]);
        return;
    }
    const slot_memory *sums = &p->space->slots[slot];
    const size_t wide = first->out, size = (pair_classes(&p->net->base.dims) + 1) * wide;
    dg_multiply_backward(p->net->linear_weights[dense->index], p->space->multipliers[thread], rows,
                         space->E_dense + r * dense->in, d_hidden, 0.0f, NULL, sums->d_dense);
    memset(sums->class_sum, 0, size * sizeof *sums->class_sum);
    for (size_t k = 0; k < rows; k++)
        p->kernels->column_sum(1, wide, d_hidden + k * wide,
                               sums->class_sum + space->E_class[r + k] * wide);
    p->kernels->column_sum(1, size, sums->class_sum, sums->d_classes);
}

static digress_status embed_pairs_backward(void *context, size_t slot, size_t thread) {
    pass *p = context;
    const mlp *net = &p->net->in_E;
    const slot_memory *sums = &p->space->slots[slot];
    tile_memory *memory = &p->space->tiles[thread];
    const size_t de = net->second.out, wide = net->first.out, end = slot_pair_begin(p, slot + 1);
    const size_t classes = pair_classes(&p->net->base.dims), dense = p->net->base.dims.dense_E;
    memset(sums->d_classes, 0, (classes + 1) * wide * sizeof *sums->d_classes);
    memset(sums->d_dense, 0, wide * dense * sizeof *sums->d_dense);
    for (size_t r = slot_pair_begin(p, slot); r < end; r += PAIR_TILE) {
        DG_TRY(dg_pool_check(p->space->base.watched));
        size_t rows = end - r < PAIR_TILE ? end - r : PAIR_TILE;
        pairs_forward(p, thread, r, rows, memory->hidden, memory->norm1.rows);
        second_backward(p, thread, net, rows, memory->hidden, memory->norm1.rows,
                        p->space->dE + r * de, memory->d_hidden, p->gradients[slot]);
        first_of_pairs_backward(p, slot, thread, r, rows, memory->d_hidden);
    }
    return DIGRESS_OK;
}

/* The sums of all slots -> the gradient of the first layer's weights */
static void collect_pairs_backward(const pass *p) {
    const linear *first = &p->net->in_E.first, *dense = &p->net->dense_E;
    const slot_memory *slots = p->space->slots;
    const size_t rows = pair_classes(&p->net->base.dims) + 1;
    for (size_t s = 1; s < p->team->slots; s++) {
        p->kernels->column_sum(1, rows * first->out, slots[s].d_classes, slots[0].d_classes);
        p->kernels->column_sum(1, dense->out * dense->in, slots[s].d_dense, slots[0].d_dense);
    }
    dg_linear_backward(p, 0, first, rows, p->space->class_x, slots[0].d_classes, 0.0f, NULL,
                       p->gradients[0]);
    for (size_t row = 0; row < dense->out; row++)
        p->kernels->column_sum(1, dense->in, slots[0].d_dense + row * dense->in,
                               p->gradients[0] + dense->weight + row * dense->stride);
}

digress_status dg_embed_backward(pass *p) {
    workspace *space = p->space;
    const dg_denoiser_dims *d = &p->net->base.dims;
    const size_t nodes = p->pack->nodes, graphs = p->pack->graphs;
    float *d_X, *d_y;
    DG_TRY(dg_arena_allocate(space->arena, nodes * d->mlp_X, sizeof *d_X, &d_X));
    DG_TRY(dg_arena_allocate(space->arena, graphs * d->mlp_y, sizeof *d_y, &d_y));
    mlp_backward(p, 0, &p->net->in_X, nodes, p->input->X, space->X_hidden, space->layers[0].X,
                 space->dX, d_X, p->to_input.X, p->gradients[0]);
    mlp_backward(p, 0, &p->net->in_y, graphs, p->input->y, space->y_hidden, space->layers[0].y,
                 space->dy, d_y, p->to_input.y, p->gradients[0]);
    if (film_is_by_class(p)) return embed_classes_backward(p);
    space->d_input = p->to_input.E;
    if (!d->symmetric)
        symmetrize(p->pack, d->de, space->dE);
    else if (p->to_input.E)
        DG_TRY(dg_arena_allocate(space->arena, space->pairs * d->in_E, sizeof(float),
                                 &space->d_input));
    DG_TRY(dg_team_run(p, embed_pairs_backward));
    if (d->symmetric && p->to_input.E) dg_halves_to_input(p, space->d_input);
    if (p->input->E_class) collect_pairs_backward(p);
    return DIGRESS_OK;
}

/* rows [count, in] += d_logits [count, out] in their first columns */
static void add_logits(size_t count, size_t in, size_t out, const float *d_logits, float *rows) {
    for (size_t r = 0; rows && r < count; r++)
        for (size_t c = 0; c < out; c++)
            rows[r * in + c] += d_logits[r * out + c];
}

void dg_skip_backward(const pass *p, const float *dX) {
    const dg_denoiser_dims *d = &p->net->base.dims;
    add_logits(p->pack->nodes, d->in_X, d->out_X, dX, p->to_input.X);
    if (d->symmetric && p->to_input.E)
        dg_halves_skip(p, p->space->d_E_logits);
    else
        add_logits(p->pack->pairs, d->in_E, d->out_E, p->space->d_E_logits, p->to_input.E);
}

static digress_status head_pairs(void *context, size_t slot, size_t thread) {
    pass *p = context;
    const mlp *net = &p->net->out_E;
    tile_memory *memory = &p->space->tiles[thread];
    const size_t de = net->first.in, out = net->second.out, end = slot_pair_begin(p, slot + 1);
    const float *E = p->space->layers[p->net->base.dims.n_layers].E;
    for (size_t r = slot_pair_begin(p, slot); r < end; r += PAIR_TILE) {
        DG_TRY(dg_pool_check(p->space->base.watched));
        size_t rows = end - r < PAIR_TILE ? end - r : PAIR_TILE;
        mlp_forward(p, thread, net, rows, false, E + r * de, memory->hidden,
                    p->space->E_logits + r * out);
    }
    return DIGRESS_OK;
}

/* Adds the network's own pair inputs, symmetrises, and clears the diagonal. */
static void finish_pairs(const pass *p, float *logits) {
    const size_t in = p->net->base.dims.in_E, out = p->net->base.dims.out_E;
    const dg_input_rows *input = p->input;
    for (size_t r = 0; r < p->pack->pairs; r++) {
        if (input->E_class && input->E_class[r] < out) logits[r * out + input->E_class[r]] += 1.0f;
        for (size_t c = 0; !input->E_class && c < out; c++)
            logits[r * out + c] += input->E[r * in + c];
    }
    symmetrize(p->pack, out, logits);
    for (size_t g = 0; g < p->pack->graphs; g++)
        for (size_t i = 0; i < p->pack->n[g]; i++)
            memset(logits + (p->pack->pair_start[g] + i * p->pack->n[g] + i) * out, 0,
                   out * sizeof *logits);
}

digress_status dg_head_forward(pass *p, float *X_logits, float *E_logits) {
    const dg_denoiser_dims *d = &p->net->base.dims;
    const size_t nodes = p->pack->nodes;
    mlp_forward(p, 0, &p->net->out_X, nodes, false, p->space->layers[d->n_layers].X,
                p->space->out_hidden, X_logits);
    for (size_t k = 0; k < nodes; k++)
        for (size_t c = 0; c < d->out_X; c++)
            X_logits[k * d->out_X + c] += p->input->X[k * d->in_X + c];
    p->space->E_logits = d->symmetric ? p->space->half_logits : E_logits;
    DG_TRY(dg_team_run(p, head_pairs));
    if (d->symmetric)
        dg_halves_to_logits(p, E_logits);
    else
        finish_pairs(p, E_logits);
    return DIGRESS_OK;
}

/* d logits (symmetrised, zero diagonal) -> dE */
static digress_status head_pairs_backward(void *context, size_t slot, size_t thread) {
    pass *p = context;
    const mlp *net = &p->net->out_E;
    tile_memory *memory = &p->space->tiles[thread];
    const size_t de = net->first.in, out = net->second.out, end = slot_pair_begin(p, slot + 1);
    const float *E = p->space->layers[p->net->base.dims.n_layers].E;
    for (size_t r = slot_pair_begin(p, slot); r < end; r += PAIR_TILE) {
        DG_TRY(dg_pool_check(p->space->base.watched));
        size_t rows = end - r < PAIR_TILE ? end - r : PAIR_TILE;
        dg_linear_forward(p, thread, &net->first, rows, E + r * de, memory->hidden);
        p->kernels->relu(rows, net->first.out, weights(p, net->first.bias), NULL, memory->hidden);
        mlp_backward(p, thread, net, rows, E + r * de, memory->hidden, NULL,
                     p->space->d_E_logits + r * out, memory->d_hidden, p->space->dE + r * de,
                     p->gradients[slot]);
    }
    return DIGRESS_OK;
}

static void symmetric_gradient(const dg_pack *pack, size_t out, const float *dE, float *d_logits) {
    memcpy(d_logits, dE, pack->pairs * out * sizeof *d_logits);
    symmetrize(pack, out, d_logits);
    for (size_t g = 0; g < pack->graphs; g++)
        for (size_t i = 0; i < pack->n[g]; i++)
            memset(d_logits + (pack->pair_start[g] + i * (pack->n[g] + 1)) * out, 0,
                   out * sizeof *d_logits);
}

digress_status dg_head_backward(pass *p, const float *dX, const float *dE) {
    const dg_denoiser_dims *d = &p->net->base.dims;
    const dg_pack *pack = p->pack;
    workspace *space = p->space;
    float *d_rows, *d_hidden;
    DG_TRY(dg_arena_allocate(space->arena, pack->nodes * d->out_X, sizeof *d_rows, &d_rows));
    DG_TRY(dg_arena_allocate(space->arena, pack->nodes * d->mlp_X, sizeof *d_hidden, &d_hidden));
    DG_TRY(dg_arena_allocate(space->arena, space->pairs * d->out_E, sizeof(float),
                             &space->d_E_logits));
    memcpy(d_rows, dX, pack->nodes * d->out_X * sizeof *d_rows);
    mlp_backward(p, 0, &p->net->out_X, pack->nodes, space->layers[d->n_layers].X, space->out_hidden,
                 NULL, d_rows, d_hidden, space->dX, p->gradients[0]);
    if (d->symmetric)
        dg_halves_of_gradient(p, dE, space->d_E_logits);
    else
        symmetric_gradient(pack, d->out_E, dE, space->d_E_logits);
    return dg_team_run(p, head_pairs_backward);
}
