/* The node part of XEyTransformerLayer (DiGress, appendix B.1): Q, K, V before the attention; after
 * it FiLM by y, the output projection, residual, norm and feed-forward. */
#include "denoiser/graph_transformer/network.h"

#include <math.h>
#include <string.h>

/* Node rows that are processed together: the weights' gradients are added once for all of them. */
enum { NODE_ROWS = 4 * PRODUCT_ROWS };

static float attention_scale(const pass *p) {
    const dg_denoiser_dims *d = &p->net->base.dims;
    return 1.0f / sqrtf((float)(d->dx / d->n_head));
}

/* X: [nodes, dx] -> qkv: [nodes, 3 dx] */
static digress_status project_forward(void *context, size_t slot, size_t thread) {
    pass *p = context;
    const linear *qkv = &p->net->layers[p->layer].qkv;
    layer_memory *m = &p->space->layers[p->layer];
    const size_t dx = p->net->base.dims.dx;
    const float scale = attention_scale(p);
    size_t begin, end;
    dg_slot_node_rows(p, slot, &begin, &end);
    float *rows = m->qkv + begin * 3 * dx;
    dg_linear_forward(p, thread, qkv, end - begin, m->X + begin * dx, rows);
    p->kernels->add_bias(end - begin, 3 * dx, weights(p, qkv->bias), rows);
    for (size_t r = 0; r < end - begin; r++)
        for (size_t c = 0; c < dx; c++)
            rows[r * 3 * dx + c] *= scale;
    return DIGRESS_OK;
}

digress_status dg_node_project_forward(pass *p) {
    return dg_team_run(p, project_forward);
}

/* dQ, dK, dV -> added to dX */
static digress_status project_backward(void *context, size_t slot, size_t thread) {
    pass *p = context;
    const linear *qkv = &p->net->layers[p->layer].qkv;
    workspace *space = p->space;
    const size_t dx = p->net->base.dims.dx;
    const float scale = attention_scale(p);
    size_t begin, end;
    dg_slot_node_rows(p, slot, &begin, &end);
    for (size_t r = begin; r < end; r++) {
        float *row = space->scratch + r * 3 * dx;
        for (size_t c = 0; c < dx; c++)
            row[c] = scale * space->slots[0].dQ[r * dx + c];
        for (size_t s = 1; p->net->base.dims.symmetric && s < p->team->slots; s++)
            for (size_t c = 0; c < dx; c++)
                row[c] += scale * space->slots[s].dQ[r * dx + c];
        memcpy(row + dx, space->slots[0].d_kv + r * 2 * dx, 2 * dx * sizeof *row);
        for (size_t s = 1; s < p->team->slots; s++) {
            const float *d_kv = space->slots[s].d_kv + r * 2 * dx;
            for (size_t c = 0; c < 2 * dx; c++)
                row[dx + c] += d_kv[c];
        }
    }
    const float *d_qkv = space->scratch + begin * 3 * dx;
    p->kernels->column_sum(end - begin, 3 * dx, d_qkv, p->gradients[slot] + qkv->bias);
    dg_linear_backward(p, thread, qkv, end - begin, space->layers[p->layer].X + begin * dx, d_qkv,
                       1.0f, space->dX + begin * dx, p->gradients[slot]);
    return DIGRESS_OK;
}

digress_status dg_node_project_backward(pass *p) {
    return dg_team_run(p, project_backward);
}

/* The graph of node row `begin`: its rows, up to `end` at most, end at the returned row. */
static size_t graph_rows(const pass *p, size_t begin, size_t end, const float **film) {
    size_t graph = p->space->node_graph[begin], stop = p->pack->node_start[graph + 1];
    *film = p->space->layers[p->layer].y_film + graph * 4 * p->net->base.dims.dx;
    return stop < end ? stop : end;
}

/* out = y_x_add(y) + (y_x_mul(y) + 1) attended */
static void film_by_y(const pass *p, size_t begin, size_t end, float *out) {
    const size_t dx = p->net->base.dims.dx;
    const layer_memory *m = &p->space->layers[p->layer];
    for (size_t r = begin; r < end;) {
        const float *film;
        size_t stop = graph_rows(p, r, end, &film);
        p->kernels->film(stop - r, dx, film + 2 * dx, film + 3 * dx, m->attended + r * dx,
                         out + (r - begin) * dx);
        r = stop;
    }
}

/* attended: [nodes, dx], X -> X of the next layer. The sums before both norms, and the hidden rows,
 * are kept for backward. */
static digress_status update_forward(void *context, size_t slot, size_t thread) {
    pass *p = context;
    const layer_parameters *layer = &p->net->layers[p->layer];
    const feed_forward *ff = &layer->X;
    const dg_kernels *kernels = p->kernels;
    layer_memory *m = &p->space->layers[p->layer];
    const size_t dx = p->net->base.dims.dx, hidden = p->net->base.dims.dim_ffX;
    float *next = p->space->layers[p->layer + 1].X;
    size_t begin, end;
    dg_slot_node_rows(p, slot, &begin, &end);
    uint32_t keys[NODE_ROWS];
    for (size_t r = begin; r < end; r += NODE_ROWS) {
        size_t rows = end - r < NODE_ROWS ? end - r : NODE_ROWS;
        float *filmed = p->space->scratch + r * 3 * dx, *X1 = filmed + rows * dx;
        float *h = m->X_hidden + r * hidden;
        const normed_rows norm1 = normed_at(m->X_norm1, r, dx),
                          norm2 = normed_at(m->X_norm2, r, dx);
        film_by_y(p, r, r + rows, filmed);
        dg_linear_forward(p, thread, &layer->x_out, rows, filmed, norm1.rows);
        dg_mask mask = dg_node_mask(p, DROP_X1, r, rows, keys);
        kernels->residual_norm(rows, dx, m->X + r * dx, weights(p, layer->x_out.bias), &mask,
                               weights(p, ff->norm1.weight), weights(p, ff->norm1.bias), norm1.rows,
                               norm1.inverse, X1);
        dg_linear_forward(p, thread, &ff->first, rows, X1, h);
        mask = dg_node_mask(p, DROP_X2, r, rows, keys);
        kernels->relu(rows, hidden, weights(p, ff->first.bias), &mask, h);
        dg_linear_forward(p, thread, &ff->second, rows, h, norm2.rows);
        mask = dg_node_mask(p, DROP_X3, r, rows, keys);
        kernels->residual_norm(rows, dx, X1, weights(p, ff->second.bias), &mask,
                               weights(p, ff->norm2.weight), weights(p, ff->norm2.bias), norm2.rows,
                               norm2.inverse, next + r * dx);
    }
    return DIGRESS_OK;
}

digress_status dg_node_update_forward(pass *p) {
    return dg_team_run(p, update_forward);
}

static void film_by_y_backward(const pass *p, size_t slot, size_t begin, size_t end,
                               const float *dout, float *dx_rows) {
    const size_t dx = p->net->base.dims.dx;
    const layer_memory *m = &p->space->layers[p->layer];
    for (size_t r = begin; r < end;) {
        const float *film;
        size_t stop = graph_rows(p, r, end, &film);
        float *d_film = p->space->slots[slot].d_y_film + p->space->node_graph[r] * 4 * dx;
        p->kernels->film_backward(stop - r, dx, film + 2 * dx, m->attended + r * dx,
                                  dout + (r - begin) * dx, dx_rows + r * dx, d_film + 2 * dx,
                                  d_film + 3 * dx);
        r = stop;
    }
}

/* dX: gradient w.r.t. the next layer's X -> w.r.t. this layer's X through the residual;
 * d_attended */
static digress_status update_backward(void *context, size_t slot, size_t thread) {
    pass *p = context;
    const layer_parameters *layer = &p->net->layers[p->layer];
    const feed_forward *ff = &layer->X;
    const dg_kernels *kernels = p->kernels;
    layer_memory *m = &p->space->layers[p->layer];
    float *gradient = p->gradients[slot];
    const size_t dx = p->net->base.dims.dx, hidden = p->net->base.dims.dim_ffX;
    const size_t widest = hidden > dx ? hidden : dx;
    size_t begin, end;
    dg_slot_node_rows(p, slot, &begin, &end);
    uint32_t keys[NODE_ROWS];
    for (size_t r = begin; r < end; r += NODE_ROWS) {
        size_t rows = end - r < NODE_ROWS ? end - r : NODE_ROWS;
        float *dX = p->space->dX + r * dx;
        float *d_branch = p->space->scratch + r * (3 * widest), *d_wide = d_branch + rows * dx,
              *recomputed = d_wide + rows * widest;
        const float *h = m->X_hidden + r * hidden;
        const normed_rows norm1 = normed_at(m->X_norm1, r, dx),
                          norm2 = normed_at(m->X_norm2, r, dx);

        kernels->norm_backward(rows, dx, norm2.rows, norm2.inverse, weights(p, ff->norm2.weight),
                               dX, dX, gradient + ff->norm2.weight, gradient + ff->norm2.bias);
        dg_mask mask = dg_node_mask(p, DROP_X3, r, rows, keys);
        kernels->dropout_backward(rows, dx, &mask, dX, d_branch, gradient + ff->second.bias);
        dg_linear_backward(p, thread, &ff->second, rows, h, d_branch, 0.0f, d_wide, gradient);
        kernels->relu_backward(rows, hidden, h, mask.scale, d_wide, gradient + ff->first.bias);
        kernels->norm_again(rows, dx, norm1.rows, weights(p, ff->norm1.weight),
                            weights(p, ff->norm1.bias), recomputed);
        dg_linear_backward(p, thread, &ff->first, rows, recomputed, d_wide, 1.0f, dX, gradient);

        kernels->norm_backward(rows, dx, norm1.rows, norm1.inverse, weights(p, ff->norm1.weight),
                               dX, dX, gradient + ff->norm1.weight, gradient + ff->norm1.bias);
        mask = dg_node_mask(p, DROP_X1, r, rows, keys);
        kernels->dropout_backward(rows, dx, &mask, dX, d_branch, gradient + layer->x_out.bias);
        film_by_y(p, r, r + rows, recomputed);
        dg_linear_backward(p, thread, &layer->x_out, rows, recomputed, d_branch, 0.0f, d_wide,
                           gradient);
        film_by_y_backward(p, slot, r, r + rows, d_wide, p->space->d_attended);
    }
    return DIGRESS_OK;
}

digress_status dg_node_update_backward(pass *p) {
    return dg_team_run(p, update_backward);
}
