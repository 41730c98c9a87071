/* The memory that a pass through the network computes in. */
#include "denoiser/graph_transformer/network.h"

#include <stdlib.h>
#include <string.h>

static size_t larger(size_t a, size_t b) {
    return a > b ? a : b;
}

static digress_status allocate_tile(const dg_denoiser_dims *d, tile_memory *tile) {
    const size_t hidden = larger(d->dim_ffE, d->mlp_E);
    DG_TRY(dg_allocate(PAIR_TILE * 2 * d->dx, sizeof(float), &tile->film));
    DG_TRY(dg_allocate(PAIR_TILE * d->dx, sizeof(float), &tile->Z));
    DG_TRY(dg_allocate(PAIR_TILE * d->dx, sizeof(float), &tile->dZ));
    float **narrow[] = {&tile->norm1.rows, &tile->X1,       &tile->norm2.rows,
                        &tile->d_sum,      &tile->d_branch, &tile->E};
    for (size_t k = 0; k < sizeof narrow / sizeof *narrow; k++)
        DG_TRY(dg_allocate(PAIR_TILE * d->de, sizeof(float), narrow[k]));
    DG_TRY(dg_allocate(PAIR_TILE * hidden, sizeof(float), &tile->hidden));
    DG_TRY(dg_allocate(PAIR_TILE * hidden, sizeof(float), &tile->d_hidden));
    DG_TRY(dg_allocate(PAIR_TILE, sizeof(float), &tile->norm1.inverse));
    DG_TRY(dg_allocate(PAIR_TILE, sizeof(float), &tile->norm2.inverse));
    DG_TRY(dg_allocate(d->de, sizeof(float), &tile->d_min));
    DG_TRY(dg_allocate(d->de, sizeof(float), &tile->d_max));
    DG_TRY(dg_allocate(2 * d->de, sizeof(float), &tile->twice));
    return dg_allocate(PAIR_TILE, sizeof(uint32_t), &tile->keys);
}

static void free_tiles(workspace *space) {
    for (size_t k = 0; space->tiles && k < space->threads; k++) {
        tile_memory *tile = &space->tiles[k];
        float *buffers[] = {tile->film,
                            tile->Z,
                            tile->dZ,
                            tile->norm1.rows,
                            tile->norm1.inverse,
                            tile->X1,
                            tile->hidden,
                            tile->norm2.rows,
                            tile->norm2.inverse,
                            tile->d_sum,
                            tile->d_branch,
                            tile->d_hidden,
                            tile->E,
                            tile->d_min,
                            tile->d_max,
                            tile->twice};
        for (size_t b = 0; b < sizeof buffers / sizeof *buffers; b++)
            free(buffers[b]);
        free(tile->keys);
    }
    for (size_t k = 0; space->multipliers && k < space->threads; k++)
        dg_multiplier_free(space->multipliers[k]);
    free(space->multipliers);
    free(space->tiles);
    space->multipliers = NULL;
    space->tiles = NULL;
    space->threads = 0;
}

/* A tile's memory and a multiplier for each of `threads` threads. */
static digress_status need_tiles(workspace *space, const graph_transformer *net, size_t threads) {
    if (space->threads >= threads) return DIGRESS_OK;
    free_tiles(space);
    DG_TRY(dg_allocate(threads, sizeof *space->tiles, &space->tiles));
    space->threads = threads;
    DG_TRY(dg_allocate(threads, sizeof *space->multipliers, (void *)&space->multipliers));
    for (size_t k = 0; k < threads; k++) {
        DG_TRY(allocate_tile(&net->base.dims, &space->tiles[k]));
        DG_TRY(dg_multiplier_create(net->engine, &space->multipliers[k]));
    }
    return DIGRESS_OK;
}

digress_status dg_transformer_workspace_create(const dg_denoiser *denoiser, dg_workspace **out) {
    workspace *space = NULL;
    DG_TRY(dg_allocate(1, sizeof *space, &space));
    space->base.operations = denoiser->operations;
    digress_status status = dg_arena_create(&space->arena);
    if (status == DIGRESS_OK)
        status = dg_allocate(denoiser->dims.n_layers + 1, sizeof *space->layers, &space->layers);
    if (status == DIGRESS_OK) status = need_tiles(space, transformer_of(denoiser), 1);
    if (status != DIGRESS_OK) {
        dg_transformer_workspace_free(&space->base);
        return status;
    }
    *out = &space->base;
    return DIGRESS_OK;
}

void dg_transformer_workspace_free(dg_workspace *base) {
    workspace *space = workspace_of(base);
    free_tiles(space);
    dg_arena_free(space->arena);
    free(space->layers);
    free(space);
}

static digress_status allocate_rows(dg_arena *arena, size_t rows, size_t width, float **out) {
    return dg_arena_allocate(arena, rows, width * sizeof(float), out);
}

/* A layer's input. The first layer's E is kept to the end; later ones overwrite each other. */
static digress_status allocate_state(pass *p, size_t layer, layer_memory *m) {
    const dg_denoiser_dims *d = &p->net->base.dims;
    dg_arena *arena = p->space->arena;
    DG_TRY(allocate_rows(arena, p->pack->nodes, d->dx, &m->X));
    DG_TRY(allocate_rows(arena, p->pack->graphs, d->dy, &m->y));
    m->E = layer > 1 ? p->space->layers[1].E : NULL;
    return m->E ? DIGRESS_OK : allocate_rows(arena, p->space->pairs, d->de, &m->E);
}

static digress_status allocate_normed(dg_arena *arena, size_t rows, size_t width,
                                      normed_rows *norm1, normed_rows *norm2) {
    DG_TRY(allocate_rows(arena, rows, width, &norm1->rows));
    DG_TRY(allocate_rows(arena, rows, 1, &norm1->inverse));
    DG_TRY(allocate_rows(arena, rows, width, &norm2->rows));
    return allocate_rows(arena, rows, 1, &norm2->inverse);
}

static digress_status allocate_layer(pass *p, layer_memory *m) {
    const dg_denoiser_dims *d = &p->net->base.dims;
    dg_arena *arena = p->space->arena;
    const size_t nodes = p->pack->nodes, graphs = p->pack->graphs;
    struct {
        float **place;
        size_t width;
    } const node_rows[] = {{&m->qkv, 3 * d->dx},
                           {&m->maximum, d->dx},
                           {&m->inverse, d->dx},
                           {&m->attended, d->dx},
                           {&m->X_hidden, d->dim_ffX}},
            graph_rows[] = {{&m->y_film, 4 * d->dx},     {&m->pool_X, 4 * d->dx},
                            {&m->pool_E, 4 * d->de},     {&m->y_mixed, d->dy},
                            {&m->y_mixed_hidden, d->dy}, {&m->y_hidden, d->dim_ffy}};
    for (size_t k = 0; k < sizeof node_rows / sizeof *node_rows; k++)
        DG_TRY(allocate_rows(arena, nodes, node_rows[k].width, node_rows[k].place));
    for (size_t k = 0; k < sizeof graph_rows / sizeof *graph_rows; k++)
        DG_TRY(allocate_rows(arena, graphs, graph_rows[k].width, graph_rows[k].place));
    DG_TRY(allocate_normed(arena, nodes, d->dx, &m->X_norm1, &m->X_norm2));
    DG_TRY(allocate_normed(arena, graphs, d->dy, &m->y_norm1, &m->y_norm2));
    return dg_arena_allocate(arena, graphs * 2 * d->de, sizeof *m->owner_E, &m->owner_E);
}

/* Has the source node before this one the same softmaxes? */
static bool is_inside_share(const pass *p, size_t node) {
    const workspace *space = p->space;
    if (!p->net->base.dims.symmetric || node == 0) return false;
    return space->node_graph[node] == space->node_graph[node - 1] &&
           space->node_share[node] == space->node_share[node - 1];
}

/* node_share, share_start, and the softmaxes themselves */
static digress_status index_shares(pass *p) {
    const dg_pack *pack = p->pack;
    workspace *space = p->space;
    dg_arena *arena = space->arena;
    const size_t dx = p->net->base.dims.dx;
    DG_TRY(dg_arena_allocate(arena, pack->nodes, sizeof(uint32_t), &space->node_share));
    DG_TRY(dg_arena_allocate(arena, pack->graphs + 1, sizeof(size_t), &space->share_start));
    space->share_start[0] = 0;
    for (size_t g = 0; g < pack->graphs; g++) {
        const size_t n = pack->n[g], first = pack->node_start[g];
        const size_t shares = n < SHARED_NODES ? 1 : SHARES, pairs = n * (n + 1) / 2;
        for (size_t i = 0; i < n; i++) {
            const size_t before = space->node_pairs[first + i] - space->node_pairs[first];
            space->node_share[first + i] = (uint32_t)(before * shares / pairs);
        }
        space->share_start[g + 1] = space->share_start[g] + shares * n;
    }
    const size_t places = space->share_start[pack->graphs];
    DG_TRY(allocate_rows(arena, places, dx, &space->maximum));
    DG_TRY(allocate_rows(arena, places, dx, &space->inverse));
    return allocate_rows(arena, places, dx, &space->attended);
}

/* node_graph, node_pairs, and source nodes for each slot so that slots share the pair rows evenly
 */
static digress_status index_rows(pass *p) {
    const dg_pack *pack = p->pack;
    workspace *space = p->space;
    const size_t slots = p->team->slots;
    DG_TRY(dg_arena_allocate(space->arena, pack->nodes, sizeof(uint32_t), &space->node_graph));
    DG_TRY(dg_arena_allocate(space->arena, pack->nodes, sizeof(size_t), &space->node_pairs));
    DG_TRY(dg_arena_allocate(space->arena, slots + 1, sizeof(size_t), &space->slot_node));
    space->pairs = 0;
    for (size_t g = 0; g < pack->graphs; g++)
        for (size_t i = 0; i < pack->n[g]; i++) {
            const size_t node = pack->node_start[g] + i;
            space->node_graph[node] = (uint32_t)g;
            space->node_pairs[node] = space->pairs;
            space->pairs += pack->n[g] - first_target(p, node);
        }
    if (p->net->base.dims.symmetric) DG_TRY(index_shares(p));
    size_t node = 0;
    for (size_t slot = 0; slot <= slots; slot++) {
        while (node < pack->nodes &&
               (space->node_pairs[node] * slots < space->pairs * slot || is_inside_share(p, node)))
            node++;
        space->slot_node[slot] = slot == slots ? pack->nodes : node;
    }
    return DIGRESS_OK;
}

static digress_status allocate_halves(pass *p) {
    const dg_denoiser_dims *d = &p->net->base.dims;
    workspace *space = p->space;
    const size_t width = p->input->E ? d->in_E : d->dense_E;
    DG_TRY(allocate_rows(space->arena, space->pairs, width, &space->halves));
    DG_TRY(dg_arena_allocate(space->arena, space->pairs, 1, &space->half_classes));
    return allocate_rows(space->arena, space->pairs, d->out_E, &space->half_logits);
}

digress_status dg_pass_begin(pass *p, bool keep) {
    const dg_denoiser_dims *d = &p->net->base.dims;
    workspace *space = p->space;
    const size_t nodes = p->pack->nodes;
    space->kept_slots = 0;
    DG_TRY(dg_arena_reset(space->arena));
    DG_TRY(need_tiles(space, p->net, p->team->pool ? dg_pool_threads(p->team->pool) : 1));
    DG_TRY(index_rows(p));
    if (d->symmetric) DG_TRY(allocate_halves(p));
    for (size_t k = 0; k <= d->n_layers; k++) {
        layer_memory *m = &space->layers[k];
        if (k > 0 && !keep) {
            *m = space->layers[0];
            continue;
        }
        *m = (layer_memory){0};
        DG_TRY(allocate_state(p, k, m));
        if (k < d->n_layers) DG_TRY(allocate_layer(p, m));
        if (k < d->n_layers && keep)
            DG_TRY(allocate_normed(space->arena, space->pairs, d->de, &m->E_norm1, &m->E_norm2));
    }
    dg_arena *arena = space->arena;
    const size_t classes = pair_classes(d) + 1;
    DG_TRY(dg_arena_allocate(arena, classes * d->in_E, sizeof(float), &space->class_x));
    DG_TRY(dg_arena_allocate(arena, classes * d->mlp_E, sizeof(float), &space->class_hidden));
    DG_TRY(dg_arena_allocate(arena, classes * d->de, sizeof(float), &space->class_rows));
    DG_TRY(dg_arena_allocate(arena, classes * 2 * d->dx, sizeof(float), &space->class_film));
    DG_TRY(allocate_rows(arena, nodes, d->mlp_X, &space->X_hidden));
    DG_TRY(allocate_rows(arena, nodes, d->mlp_X, &space->out_hidden));
    DG_TRY(allocate_rows(arena, p->pack->graphs, d->mlp_y, &space->y_hidden));
    DG_TRY(allocate_rows(arena, nodes, 3 * larger(d->dx, d->dim_ffX), &space->scratch));
    DG_TRY(dg_arena_allocate(arena, nodes * 4 * d->de, sizeof(float), &space->pool_partial));
    if (keep) space->kept_slots = p->team->slots;
    return DIGRESS_OK;
}

digress_status dg_pass_begin_backward(pass *p) {
    const dg_denoiser_dims *d = &p->net->base.dims;
    workspace *space = p->space;
    dg_arena *arena = space->arena;
    const size_t nodes = p->pack->nodes, graphs = p->pack->graphs, slots = p->team->slots;
    DG_TRY(dg_arena_allocate(arena, nodes * d->dx, sizeof(float), &space->dX));
    DG_TRY(dg_arena_allocate(arena, space->pairs * d->de, sizeof(float), &space->dE));
    DG_TRY(dg_arena_allocate(arena, graphs * d->dy, sizeof(float), &space->dy));
    DG_TRY(dg_arena_allocate(arena, graphs * 4 * d->dx, sizeof(float), &space->d_pool_X));
    DG_TRY(dg_arena_allocate(arena, nodes * d->dx, sizeof(float), &space->d_attended));
    DG_TRY(dg_arena_allocate(arena, nodes * d->dx, sizeof(float), &space->dQ));
    DG_TRY(dg_arena_allocate(arena, slots, sizeof *space->slots, &space->slots));
    for (size_t s = 0; s < slots; s++) {
        slot_memory *slot = &space->slots[s];
        DG_TRY(dg_arena_allocate(arena, nodes * 2 * d->dx, sizeof(float), &slot->d_kv));
        slot->dQ = space->dQ;
        if (d->symmetric) DG_TRY(dg_arena_allocate(arena, nodes * d->dx, sizeof(float), &slot->dQ));
        DG_TRY(dg_arena_allocate(arena, graphs * 4 * d->dx, sizeof(float), &slot->d_y_film));
        const size_t classes = pair_classes(d) + 1, width = larger(d->de, d->mlp_E);
        DG_TRY(dg_arena_allocate(arena, classes * width, sizeof(float), &slot->d_classes));
        DG_TRY(dg_arena_allocate(arena, classes * width, sizeof(float), &slot->class_sum));
        DG_TRY(dg_arena_allocate(arena, d->mlp_E * d->dense_E, sizeof(float), &slot->d_dense));
        DG_TRY(dg_arena_allocate(arena, classes * 2 * d->dx, sizeof(float), &slot->d_class_film));
        memset(slot->d_class_film, 0, classes * 2 * d->dx * sizeof(float));
    }
    memset(space->dy, 0, graphs * d->dy * sizeof(float));
    return DIGRESS_OK;
}

pass dg_pass_of(const dg_denoiser *denoiser, workspace *space, const dg_team *team) {
    return (pass){.net = transformer_of(denoiser),
                  .space = space,
                  .team = team,
                  .input = &space->input,
                  .dropout = space->dropout.p > 0.0f ? &space->dropout : NULL,
                  .pack = space->input.pack,
                  .kernels = DG_ISA_SELECT(dg_kernels_table),
                  .attention = DG_ISA_SELECT(dg_attention_kernels_table)};
}

/* Lays out the memory as a pass does; `bytes` does not count the tile's memory. */
static digress_status lay_out(const dg_denoiser *denoiser, workspace *space, const dg_pack *pack,
                              bool backward, size_t *bytes) {
    const dg_team alone = {NULL, 1};
    space->input = (dg_input_rows){.pack = pack};
    pass p = dg_pass_of(denoiser, space, &alone);
    DG_TRY(dg_pass_begin(&p, backward));
    if (backward) DG_TRY(dg_pass_begin_backward(&p));
    *bytes = dg_arena_used(space->arena);
    return DIGRESS_OK;
}

digress_status dg_transformer_workspace_need(const dg_denoiser *denoiser, const dg_pack *pack,
                                             bool backward, size_t *bytes) {
    const dg_denoiser_dims *d = &denoiser->dims;
    const size_t tile_widths = 4 * d->dx + 6 * d->de + 2 * larger(d->dim_ffE, d->mlp_E) + 2;
    dg_workspace *space = NULL;
    DG_TRY(dg_transformer_workspace_create(denoiser, &space));
    const digress_status status = lay_out(denoiser, workspace_of(space), pack, backward, bytes);
    dg_transformer_workspace_free(space);
    *bytes += PAIR_TILE * tile_widths * sizeof(float);
    return status;
}

double dg_transformer_product_seconds(const dg_workspace *base) {
    const workspace *space = (const workspace *)(const void *)base;
    double seconds = 0;
    for (size_t k = 0; k < space->threads; k++)
        seconds += dg_multiplier_seconds(space->multipliers[k]);
    return seconds;
}

digress_status dg_workspace_check(const workspace *space) {
    for (size_t k = 0; k < space->threads; k++)
        DG_TRY(dg_multiplier_status(space->multipliers[k]));
    return DIGRESS_OK;
}
