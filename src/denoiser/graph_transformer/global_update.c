/* The graph-level part of XEyTransformerLayer (DiGress, appendix B.1): y's FiLM rows for X and E,
 * and the update of y from y and the pooled X and E. One row per graph; the calling thread does all
 * of it. */
#include "denoiser/graph_transformer/network.h"

#include <math.h>
#include <string.h>

/* y: [graphs, dy] -> y_film: [graphs, 4 dx] */
digress_status dg_global_film_forward(pass *p) {
    const linear *film = &p->net->layers[p->layer].y_film;
    layer_memory *m = &p->space->layers[p->layer];
    dg_linear_forward(p, 0, film, p->pack->graphs, m->y, m->y_film);
    p->kernels->add_bias(p->pack->graphs, film->out, weights(p, film->bias), m->y_film);
    return DIGRESS_OK;
}

/* Slots' d_y_film -> added to dy */
digress_status dg_global_film_backward(pass *p) {
    const linear *film = &p->net->layers[p->layer].y_film;
    workspace *space = p->space;
    const size_t graphs = p->pack->graphs;
    float *d_film = space->slots[0].d_y_film;
    for (size_t s = 1; s < p->team->slots; s++)
        for (size_t k = 0; k < graphs * film->out; k++)
            d_film[k] += space->slots[s].d_y_film[k];
    p->kernels->column_sum(graphs, film->out, d_film, p->gradients[0] + film->bias);
    dg_linear_backward(p, 0, film, graphs, space->layers[p->layer].y, d_film, 1.0f, space->dy,
                       p->gradients[0]);
    return DIGRESS_OK;
}

/* How a graph's rows are pooled: from `groups` partial results of `group_rows` rows each. */
typedef struct pooled_rows {
    size_t groups, group_rows; /* as many rows in each; or */
    bool halves;               /* symmetric: of node i its pairs with later nodes, twice, and with
                                  itself */
    size_t zeros;              /* rows of zeros besides, where the reference's padding is copied */
} pooled_rows;

static pooled_rows rows_of(const pass *p, size_t n, bool pairs) {
    size_t padded = p->space->pool_nodes > n ? p->space->pool_nodes : n;
    if (pairs) return (pooled_rows){n, n, p->net->base.dims.symmetric, padded * padded - n * n};
    return (pooled_rows){1, n, false, padded - n};
}

/* What a group counts, of the mean of all groups. */
static double weight_of(pooled_rows rows, size_t group) {
    if (!rows.halves) return 1.0;
    return (double)(2 * (rows.groups - group) - 1) / (double)rows.groups;
}

/* partial: [groups, 4 width] mean|min|max|deviation -> pooled: [4 width] mean|min|max|spread.
 * owner: [2 width] the group (from first_group on) of the first min and max; UINT32_MAX: padding.
 */
static void combine(dg_pooling pooling, pooled_rows rows, size_t width, const float *partial,
                    uint32_t first_group, float *pooled, uint32_t *owner) {
    const double count = (double)(rows.groups * rows.group_rows), zeros = (double)rows.zeros;
    const double total = count + zeros;
    for (size_t c = 0; c < width; c++) {
        double mean = 0.0, deviation = 0.0;
        float min = partial[width + c], max = partial[2 * width + c];
        uint32_t min_group = 0, max_group = 0;
        for (size_t k = 0; k < rows.groups; k++) {
            const float *group = partial + k * 4 * width;
            mean += weight_of(rows, k) * (double)group[c];
            if (group[width + c] < min) min = group[width + c], min_group = (uint32_t)k;
            if (group[2 * width + c] > max) max = group[2 * width + c], max_group = (uint32_t)k;
        }
        mean /= (double)rows.groups;
        for (size_t k = 0; k < rows.groups; k++) {
            double away = (double)partial[k * 4 * width + c] - mean;
            deviation += (double)partial[(k * 4 + 3) * width + c];
            deviation += weight_of(rows, k) * (double)rows.group_rows * away * away;
        }
        deviation += mean * mean * count * zeros / total;
        bool zero_min = rows.zeros > 0 && min > 0.0f, zero_max = rows.zeros > 0 && max < 0.0f;
        pooled[c] = (float)(mean * count / total);
        pooled[width + c] = zero_min ? 0.0f : min;
        pooled[2 * width + c] = zero_max ? 0.0f : max;
        if (pooling == DG_POOLING_FIXED)
            pooled[3 * width + c] = (float)(deviation / total);
        else
            pooled[3 * width + c] = total > 1.0 ? (float)sqrt(deviation / (total - 1.0)) : 0.0f;
        owner[c] = zero_min ? UINT32_MAX : first_group + min_group;
        owner[width + c] = zero_max ? UINT32_MAX : first_group + max_group;
    }
}

/* d pooled -> in place shift | d_min | d_max | slope, so that dx = shift + slope x (+ d_min, d_max
 * at the first min, max). The spread's gradient is 0 where a standard deviation is 0. */
static void combine_backward(dg_pooling pooling, pooled_rows rows, size_t width,
                             const float *pooled, float *d) {
    const double total = (double)(rows.groups * rows.group_rows + rows.zeros);
    for (size_t c = 0; c < width; c++) {
        double spread = (double)pooled[3 * width + c], slope = (double)d[3 * width + c];
        if (pooling == DG_POOLING_FIXED)
            slope *= 2.0 / total;
        else
            slope = spread > 0.0 ? slope / ((total - 1.0) * spread) : 0.0;
        d[c] = (float)((double)d[c] / total - slope * (double)pooled[c]);
        d[3 * width + c] = (float)slope;
    }
}

/* X: [nodes, dx] -> pool_X: [graphs, 4 dx]. Runs before X may be overwritten. */
digress_status dg_global_pool_forward(pass *p) {
    const layer_memory *m = &p->space->layers[p->layer];
    const size_t dx = p->net->base.dims.dx;
    float *partial;
    uint32_t *owner; /* all one group: not needed */
    DG_TRY(dg_arena_allocate(p->space->arena, 4 * dx, sizeof *partial, &partial));
    DG_TRY(dg_arena_allocate(p->space->arena, 2 * dx, sizeof *owner, &owner));
    for (size_t g = 0; g < p->pack->graphs; g++) {
        size_t n = p->pack->n[g];
        p->kernels->pool(n, dx, m->X + p->pack->node_start[g] * dx, partial, partial + dx,
                         partial + 2 * dx, partial + 3 * dx);
        combine(p->net->base.dims.pooling, rows_of(p, n, false), dx, partial, 0,
                m->pool_X + g * 4 * dx, owner);
    }
    return DIGRESS_OK;
}

/* pool_partial: [nodes, 4 de], as pair_update.c left it -> pool_E: [graphs, 4 de] */
static void pool_E(pass *p) {
    const layer_memory *m = &p->space->layers[p->layer];
    const size_t de = p->net->base.dims.de;
    for (size_t g = 0; g < p->pack->graphs; g++) {
        size_t start = p->pack->node_start[g];
        combine(p->net->base.dims.pooling, rows_of(p, p->pack->n[g], true), de,
                p->space->pool_partial + start * 4 * de, (uint32_t)start, m->pool_E + g * 4 * de,
                m->owner_E + g * 2 * de);
    }
}

/* X, E (pooled rows), y -> y of the next layer */
digress_status dg_global_update_forward(pass *p) {
    const layer_parameters *layer = &p->net->layers[p->layer];
    const feed_forward *ff = &layer->y;
    const dg_kernels *kernels = p->kernels;
    const dg_denoiser_dims *d = &p->net->base.dims;
    layer_memory *m = &p->space->layers[p->layer];
    const size_t graphs = p->pack->graphs;
    float *part, *y1;
    uint32_t *keys;
    DG_TRY(dg_arena_allocate(p->space->arena, graphs * d->dy, sizeof *part, &part));
    DG_TRY(dg_arena_allocate(p->space->arena, graphs * d->dy, sizeof *y1, &y1));
    DG_TRY(dg_arena_allocate(p->space->arena, graphs, sizeof *keys, &keys));
    pool_E(p);
    const linear *sources[] = {&layer->y_y, &layer->x_y, &layer->e_y};
    const float *inputs[] = {m->y, m->pool_X, m->pool_E};
    memset(m->y_mixed, 0, graphs * d->dy * sizeof *m->y_mixed);
    for (size_t k = 0; k < 3; k++) {
        dg_linear_forward(p, 0, sources[k], graphs, inputs[k], part);
        kernels->add_bias(graphs, d->dy, weights(p, sources[k]->bias), part);
        for (size_t c = 0; c < graphs * d->dy; c++)
            m->y_mixed[c] += part[c];
    }
    dg_linear_forward(p, 0, &layer->y_out.first, graphs, m->y_mixed, m->y_mixed_hidden);
    kernels->relu(graphs, d->dy, weights(p, layer->y_out.first.bias), NULL, m->y_mixed_hidden);
    dg_linear_forward(p, 0, &layer->y_out.second, graphs, m->y_mixed_hidden, m->y_norm1.rows);
    dg_mask mask = dg_graph_mask(p, DROP_Y1, keys);
    kernels->residual_norm(graphs, d->dy, m->y, weights(p, layer->y_out.second.bias), &mask,
                           weights(p, ff->norm1.weight), weights(p, ff->norm1.bias),
                           m->y_norm1.rows, m->y_norm1.inverse, y1);
    dg_linear_forward(p, 0, &ff->first, graphs, y1, m->y_hidden);
    mask = dg_graph_mask(p, DROP_Y2, keys);
    kernels->relu(graphs, d->dim_ffy, weights(p, ff->first.bias), &mask, m->y_hidden);
    dg_linear_forward(p, 0, &ff->second, graphs, m->y_hidden, m->y_norm2.rows);
    mask = dg_graph_mask(p, DROP_Y3, keys);
    kernels->residual_norm(graphs, d->dy, y1, weights(p, ff->second.bias), &mask,
                           weights(p, ff->norm2.weight), weights(p, ff->norm2.bias),
                           m->y_norm2.rows, m->y_norm2.inverse, p->space->layers[p->layer + 1].y);
    return DIGRESS_OK;
}

/* d_mixed: gradient w.r.t. y_mixed -> w.r.t. y (added to dy); d_pool_X, d_pool_E */
static void sources_backward(pass *p, const float *d_mixed) {
    const layer_parameters *layer = &p->net->layers[p->layer];
    const dg_denoiser_dims *d = &p->net->base.dims;
    const layer_memory *m = &p->space->layers[p->layer];
    const size_t graphs = p->pack->graphs;
    float *gradient = p->gradients[0];
    const linear *sources[] = {&layer->y_y, &layer->x_y, &layer->e_y};
    const float *inputs[] = {m->y, m->pool_X, m->pool_E};
    float *d_inputs[] = {p->space->dy, p->space->d_pool_X, p->space->d_pool_E};
    for (size_t k = 0; k < 3; k++) {
        p->kernels->column_sum(graphs, d->dy, d_mixed, gradient + sources[k]->bias);
        dg_linear_backward(p, 0, sources[k], graphs, inputs[k], d_mixed, k == 0 ? 1.0f : 0.0f,
                           d_inputs[k], gradient);
    }
    for (size_t g = 0; g < graphs; g++)
        combine_backward(d->pooling, rows_of(p, p->pack->n[g], true), d->de,
                         m->pool_E + g * 4 * d->de, p->space->d_pool_E + g * 4 * d->de);
}

/* dy: gradient w.r.t. the next layer's y -> w.r.t. this layer's; d_pool_X, d_pool_E */
digress_status dg_global_update_backward(pass *p) {
    const layer_parameters *layer = &p->net->layers[p->layer];
    const feed_forward *ff = &layer->y;
    const dg_kernels *kernels = p->kernels;
    const dg_denoiser_dims *d = &p->net->base.dims;
    const layer_memory *m = &p->space->layers[p->layer];
    float *gradient = p->gradients[0], *dy = p->space->dy;
    const size_t graphs = p->pack->graphs;
    const size_t hidden = d->dim_ffy > d->dy ? d->dim_ffy : d->dy; /* of two parts, in turn */
    float *d_branch, *d_hidden, *recomputed;
    uint32_t *keys;
    DG_TRY(dg_arena_allocate(p->space->arena, graphs * d->dy, sizeof *d_branch, &d_branch));
    DG_TRY(dg_arena_allocate(p->space->arena, graphs * hidden, sizeof *d_hidden, &d_hidden));
    DG_TRY(dg_arena_allocate(p->space->arena, graphs * d->dy, sizeof *recomputed, &recomputed));
    DG_TRY(dg_arena_allocate(p->space->arena, graphs, sizeof *keys, &keys));

    kernels->norm_backward(graphs, d->dy, m->y_norm2.rows, m->y_norm2.inverse,
                           weights(p, ff->norm2.weight), dy, dy, gradient + ff->norm2.weight,
                           gradient + ff->norm2.bias);
    dg_mask mask = dg_graph_mask(p, DROP_Y3, keys);
    kernels->dropout_backward(graphs, d->dy, &mask, dy, d_branch, gradient + ff->second.bias);
    dg_linear_backward(p, 0, &ff->second, graphs, m->y_hidden, d_branch, 0.0f, d_hidden, gradient);
    kernels->relu_backward(graphs, d->dim_ffy, m->y_hidden, mask.scale, d_hidden,
                           gradient + ff->first.bias);
    kernels->norm_again(graphs, d->dy, m->y_norm1.rows, weights(p, ff->norm1.weight),
                        weights(p, ff->norm1.bias), recomputed);
    dg_linear_backward(p, 0, &ff->first, graphs, recomputed, d_hidden, 1.0f, dy, gradient);

    kernels->norm_backward(graphs, d->dy, m->y_norm1.rows, m->y_norm1.inverse,
                           weights(p, ff->norm1.weight), dy, dy, gradient + ff->norm1.weight,
                           gradient + ff->norm1.bias);
    mask = dg_graph_mask(p, DROP_Y1, keys);
    kernels->dropout_backward(graphs, d->dy, &mask, dy, d_branch,
                              gradient + layer->y_out.second.bias);
    float *d_mixed = recomputed, *d_mixed_hidden = d_hidden;
    dg_linear_backward(p, 0, &layer->y_out.second, graphs, m->y_mixed_hidden, d_branch, 0.0f,
                       d_mixed_hidden, gradient);
    kernels->relu_backward(graphs, d->dy, m->y_mixed_hidden, 1.0f, d_mixed_hidden,
                           gradient + layer->y_out.first.bias);
    dg_linear_backward(p, 0, &layer->y_out.first, graphs, m->y_mixed, d_mixed_hidden, 0.0f, d_mixed,
                       gradient);
    sources_backward(p, d_mixed);
    return DIGRESS_OK;
}

/* d_pool_X -> added to dX, once that is the gradient w.r.t. this layer's X */
void dg_global_pool_backward(pass *p) {
    const layer_memory *m = &p->space->layers[p->layer];
    const size_t dx = p->net->base.dims.dx;
    for (size_t g = 0; g < p->pack->graphs; g++) {
        size_t n = p->pack->n[g], first = p->pack->node_start[g] * dx;
        const float *pooled = m->pool_X + g * 4 * dx;
        float *d = p->space->d_pool_X + g * 4 * dx;
        combine_backward(p->net->base.dims.pooling, rows_of(p, n, false), dx, pooled, d);
        p->kernels->pool_backward(n, dx, m->X + first, d, d + 3 * dx, pooled + dx, pooled + 2 * dx,
                                  d + dx, d + 2 * dx, p->space->dX + first);
    }
}
