/* The graph transformer (DiGress, appendix B.1): the order of its parts, and the memory of a pass.
 */
#include "denoiser/network.h"

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
    float **narrow[] = {&tile->sum1,  &tile->X1,       &tile->sum2,
                        &tile->d_sum, &tile->d_branch, &tile->E};
    for (size_t k = 0; k < sizeof narrow / sizeof *narrow; k++)
        DG_TRY(dg_allocate(PAIR_TILE * d->de, sizeof(float), narrow[k]));
    DG_TRY(dg_allocate(PAIR_TILE * hidden, sizeof(float), &tile->hidden));
    DG_TRY(dg_allocate(PAIR_TILE * hidden, sizeof(float), &tile->d_hidden));
    DG_TRY(dg_allocate(d->de, sizeof(float), &tile->d_min));
    DG_TRY(dg_allocate(d->de, sizeof(float), &tile->d_max));
    return dg_allocate(PAIR_TILE, sizeof(uint32_t), &tile->keys);
}

static void free_tiles(dg_workspace *workspace) {
    for (size_t k = 0; workspace->tiles && k < workspace->threads; k++) {
        tile_memory *tile = &workspace->tiles[k];
        float *buffers[] = {tile->film,   tile->Z,     tile->dZ,    tile->sum1,     tile->X1,
                            tile->hidden, tile->sum2,  tile->d_sum, tile->d_branch, tile->d_hidden,
                            tile->E,      tile->d_min, tile->d_max};
        for (size_t b = 0; b < sizeof buffers / sizeof *buffers; b++)
            free(buffers[b]);
        free(tile->keys);
    }
    for (size_t k = 0; workspace->desks && k < workspace->threads; k++)
        dg_desk_free(workspace->desks[k]);
    free(workspace->desks);
    free(workspace->tiles);
    workspace->desks = NULL;
    workspace->tiles = NULL;
    workspace->threads = 0;
}

/* A tile's memory and a desk for each of `threads` threads. */
static digress_status need_tiles(dg_workspace *workspace, const dg_denoiser *net, size_t threads) {
    if (workspace->threads >= threads) return DIGRESS_OK;
    free_tiles(workspace);
    DG_TRY(dg_allocate(threads, sizeof *workspace->tiles, &workspace->tiles));
    workspace->threads = threads;
    DG_TRY(dg_allocate(threads, sizeof *workspace->desks, (void *)&workspace->desks));
    for (size_t k = 0; k < threads; k++) {
        DG_TRY(allocate_tile(&net->dims, &workspace->tiles[k]));
        DG_TRY(dg_desk_create(net->engine, &workspace->desks[k]));
    }
    return DIGRESS_OK;
}

digress_status dg_workspace_create(const dg_denoiser *denoiser, dg_workspace **out) {
    dg_workspace *workspace = NULL;
    DG_TRY(dg_allocate(1, sizeof *workspace, &workspace));
    digress_status status = dg_arena_create(&workspace->arena);
    if (status == DIGRESS_OK)
        status =
            dg_allocate(denoiser->dims.n_layers + 1, sizeof *workspace->layers, &workspace->layers);
    if (status == DIGRESS_OK) status = need_tiles(workspace, denoiser, 1);
    if (status != DIGRESS_OK) {
        dg_workspace_free(workspace);
        return status;
    }
    *out = workspace;
    return DIGRESS_OK;
}

void dg_workspace_free(dg_workspace *workspace) {
    if (!workspace) return;
    free_tiles(workspace);
    dg_arena_free(workspace->arena);
    free(workspace->layers);
    free(workspace);
}

void dg_workspace_watch(dg_workspace *workspace, dg_pool *pool) {
    workspace->watched = pool;
}

static digress_status allocate_rows(dg_arena *arena, size_t rows, size_t width, float **out) {
    return dg_arena_allocate(arena, rows, width * sizeof(float), out);
}

/* A layer's input. The first layer's E lasts till the end; later ones overwrite each other. */
static digress_status allocate_state(pass *p, size_t layer, layer_memory *m) {
    const dg_denoiser_dims *d = &p->net->dims;
    dg_arena *arena = p->space->arena;
    DG_TRY(allocate_rows(arena, p->pack->nodes, d->dx, &m->X));
    DG_TRY(allocate_rows(arena, p->pack->graphs, d->dy, &m->y));
    m->E = layer > 1 ? p->space->layers[1].E : NULL;
    return m->E ? DIGRESS_OK : allocate_rows(arena, p->pack->pairs, d->de, &m->E);
}

static digress_status allocate_sums(pass *p, layer_memory *m) {
    const size_t pairs = p->pack->pairs, de = p->net->dims.de;
    DG_TRY(allocate_rows(p->space->arena, pairs, de, &m->E_sum1));
    return allocate_rows(p->space->arena, pairs, de, &m->E_sum2);
}

static digress_status allocate_layer(pass *p, layer_memory *m) {
    const dg_denoiser_dims *d = &p->net->dims;
    dg_arena *arena = p->space->arena;
    const size_t nodes = p->pack->nodes, graphs = p->pack->graphs;
    struct {
        float **place;
        size_t width;
    } const node_rows[] = {{&m->qkv, 3 * d->dx},  {&m->maximum, d->dx}, {&m->inverse, d->dx},
                           {&m->attended, d->dx}, {&m->X_sum1, d->dx},  {&m->X_hidden, d->dim_ffX},
                           {&m->X_sum2, d->dx}},
            graph_rows[] = {{&m->y_film, 4 * d->dx},     {&m->pool_X, 4 * d->dx},
                            {&m->pool_E, 4 * d->de},     {&m->y_mixed, d->dy},
                            {&m->y_mixed_hidden, d->dy}, {&m->y_sum1, d->dy},
                            {&m->y_hidden, d->dim_ffy},  {&m->y_sum2, d->dy}};
    for (size_t k = 0; k < sizeof node_rows / sizeof *node_rows; k++)
        DG_TRY(allocate_rows(arena, nodes, node_rows[k].width, node_rows[k].place));
    for (size_t k = 0; k < sizeof graph_rows / sizeof *graph_rows; k++)
        DG_TRY(allocate_rows(arena, graphs, graph_rows[k].width, graph_rows[k].place));
    return dg_arena_allocate(arena, graphs * 2 * d->de, sizeof *m->owner_E, &m->owner_E);
}

/* node_graph, node_pairs, and source nodes for each slot so that slots share the pair rows evenly
 */
static digress_status index_rows(pass *p) {
    const dg_pack *pack = p->pack;
    dg_workspace *space = p->space;
    const size_t slots = p->team->slots;
    DG_TRY(dg_arena_allocate(space->arena, pack->nodes, sizeof(uint32_t), &space->node_graph));
    DG_TRY(dg_arena_allocate(space->arena, pack->nodes, sizeof(size_t), &space->node_pairs));
    DG_TRY(dg_arena_allocate(space->arena, slots + 1, sizeof(size_t), &space->slot_node));
    for (size_t g = 0; g < pack->graphs; g++)
        for (size_t i = 0; i < pack->n[g]; i++) {
            space->node_graph[pack->node_start[g] + i] = (uint32_t)g;
            space->node_pairs[pack->node_start[g] + i] = pack->pair_start[g] + i * pack->n[g];
        }
    size_t node = 0;
    for (size_t slot = 0; slot <= slots; slot++) {
        while (node < pack->nodes && space->node_pairs[node] * slots < pack->pairs * slot)
            node++;
        space->slot_node[slot] = slot == slots ? pack->nodes : node;
    }
    return DIGRESS_OK;
}

digress_status dg_pass_begin(pass *p, bool keep) {
    const dg_denoiser_dims *d = &p->net->dims;
    dg_workspace *space = p->space;
    const size_t nodes = p->pack->nodes;
    space->kept_slots = 0;
    DG_TRY(dg_arena_reset(space->arena));
    DG_TRY(need_tiles(space, p->net, p->team->pool ? dg_pool_threads(p->team->pool) : 1));
    DG_TRY(index_rows(p));
    for (size_t k = 0; k <= d->n_layers; k++) {
        layer_memory *m = &space->layers[k];
        if (k > 0 && !keep) {
            *m = space->layers[0];
            continue;
        }
        *m = (layer_memory){0};
        DG_TRY(allocate_state(p, k, m));
        if (k < d->n_layers) DG_TRY(allocate_layer(p, m));
        if (k < d->n_layers && keep) DG_TRY(allocate_sums(p, m));
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
    const dg_denoiser_dims *d = &p->net->dims;
    dg_workspace *space = p->space;
    dg_arena *arena = space->arena;
    const size_t nodes = p->pack->nodes, graphs = p->pack->graphs, slots = p->team->slots;
    DG_TRY(dg_arena_allocate(arena, nodes * d->dx, sizeof(float), &space->dX));
    DG_TRY(dg_arena_allocate(arena, p->pack->pairs * d->de, sizeof(float), &space->dE));
    DG_TRY(dg_arena_allocate(arena, graphs * d->dy, sizeof(float), &space->dy));
    DG_TRY(dg_arena_allocate(arena, graphs * 4 * d->dx, sizeof(float), &space->d_pool_X));
    DG_TRY(dg_arena_allocate(arena, nodes * d->dx, sizeof(float), &space->d_attended));
    DG_TRY(dg_arena_allocate(arena, nodes * d->dx, sizeof(float), &space->dQ));
    DG_TRY(dg_arena_allocate(arena, slots, sizeof *space->slots, &space->slots));
    for (size_t s = 0; s < slots; s++) {
        slot_memory *slot = &space->slots[s];
        DG_TRY(dg_arena_allocate(arena, nodes * 2 * d->dx, sizeof(float), &slot->d_kv));
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

digress_status dg_layer_forward(pass *p) {
    DG_TRY(dg_node_project_forward(p));
    DG_TRY(dg_global_film_forward(p));
    if (y_is_used(p)) DG_TRY(dg_global_pool_forward(p));
    DG_TRY(dg_pair_update_forward(p));
    DG_TRY(dg_node_update_forward(p));
    return y_is_used(p) ? dg_global_update_forward(p) : DIGRESS_OK;
}

digress_status dg_layer_backward(pass *p) {
    dg_workspace *space = p->space;
    const dg_denoiser_dims *d = &p->net->dims;
    const size_t nodes = p->pack->nodes, graphs = p->pack->graphs;
    space->d_pool_E = NULL;
    if (y_is_used(p)) {
        DG_TRY(
            dg_arena_allocate(space->arena, graphs * 4 * d->de, sizeof(float), &space->d_pool_E));
        DG_TRY(dg_global_update_backward(p));
    }
    memset(space->dQ, 0, nodes * d->dx * sizeof(float));
    for (size_t s = 0; s < p->team->slots; s++) {
        memset(space->slots[s].d_kv, 0, nodes * 2 * d->dx * sizeof(float));
        memset(space->slots[s].d_y_film, 0, graphs * 4 * d->dx * sizeof(float));
    }
    DG_TRY(dg_node_update_backward(p));
    DG_TRY(dg_pair_update_backward(p));
    DG_TRY(dg_node_project_backward(p));
    if (y_is_used(p)) dg_global_pool_backward(p);
    return dg_global_film_backward(p);
}

static pass make_pass(const dg_denoiser *denoiser, dg_workspace *workspace, const dg_team *team) {
    return (pass){.net = denoiser,
                  .space = workspace,
                  .team = team,
                  .input = &workspace->input,
                  .dropout = workspace->dropout.p > 0.0f ? &workspace->dropout : NULL,
                  .pack = workspace->input.pack,
                  .kernels = DG_ISA_SELECT(dg_kernels_table),
                  .attention = DG_ISA_SELECT(dg_attention_kernels_table)};
}

/* Lays a pass out as it runs; `bytes` without the tile's memory. */
static digress_status lay_out(const dg_denoiser *denoiser, dg_workspace *workspace,
                              const dg_pack *pack, bool backward, size_t *bytes) {
    const dg_team alone = {NULL, 1};
    workspace->input = (dg_denoiser_input){.pack = pack};
    pass p = make_pass(denoiser, workspace, &alone);
    DG_TRY(dg_pass_begin(&p, backward));
    if (backward) DG_TRY(dg_pass_begin_backward(&p));
    *bytes = dg_arena_used(workspace->arena);
    return DIGRESS_OK;
}

digress_status dg_workspace_need(const dg_denoiser *denoiser, const dg_pack *pack, bool backward,
                                 size_t *bytes) {
    const dg_denoiser_dims *d = &denoiser->dims;
    const size_t tile_widths = 4 * d->dx + 6 * d->de + 2 * larger(d->dim_ffE, d->mlp_E);
    dg_workspace *workspace = NULL;
    DG_TRY(dg_workspace_create(denoiser, &workspace));
    const digress_status status = lay_out(denoiser, workspace, pack, backward, bytes);
    dg_workspace_free(workspace);
    *bytes += PAIR_TILE * tile_widths * sizeof(float);
    return status;
}

double dg_workspace_product_seconds(const dg_workspace *workspace) {
    double seconds = 0;
    for (size_t k = 0; k < workspace->threads; k++)
        seconds += dg_desk_seconds(workspace->desks[k]);
    return seconds;
}

/* What went wrong in a product of the pass, if anything. */
static digress_status check_desks(dg_workspace *workspace) {
    for (size_t k = 0; k < workspace->threads; k++)
        DG_TRY(dg_desk_status(workspace->desks[k]));
    return DIGRESS_OK;
}

static digress_status check_input(const dg_denoiser *net, const dg_denoiser_input *input) {
    if (input->pack->graphs == 0) return dg_error(DIGRESS_ERROR_INPUT, "an empty pack of graphs");
    for (size_t g = 0; g < input->pack->graphs; g++)
        if (input->pack->n[g] == 0) return dg_error(DIGRESS_ERROR_INPUT, "a graph without nodes");
    const size_t classes = pair_classes(&net->dims);
    for (size_t r = 0; input->E_class && r < input->pack->pairs; r++)
        if (input->E_class[r] > classes)
            return dg_error(DIGRESS_ERROR_INPUT, "pair class %u is not below %zu",
                            input->E_class[r], classes);
    if (input->E_class && net->dims.dense_E && !input->E_dense)
        return dg_error(DIGRESS_ERROR_INPUT, "pairs without the dense inputs beside their class");
    return DIGRESS_OK;
}

digress_status dg_denoiser_forward(const dg_denoiser *denoiser, dg_workspace *workspace,
                                   const dg_team *team, const dg_denoiser_input *input,
                                   const dg_dropout *dropout, bool keep, float *X_logits,
                                   float *E_logits) {
    DG_TRY(check_input(denoiser, input));
    workspace->input = *input;
    workspace->dropout = dropout ? *dropout : (dg_dropout){0};
    pass p = make_pass(denoiser, workspace, team);
    DG_TRY(dg_pass_begin(&p, keep));
    DG_TRY(dg_embed_forward(&p));
    for (p.layer = 0; p.layer < denoiser->dims.n_layers; p.layer++)
        DG_TRY(dg_layer_forward(&p));
    DG_TRY(dg_head_forward(&p, X_logits, E_logits));
    return check_desks(workspace);
}

digress_status dg_denoiser_backward(const dg_denoiser *denoiser, dg_workspace *workspace,
                                    const dg_team *team, const float *dX, const float *dE,
                                    float *const *gradients) {
    if (!dg_engine_backward(denoiser->engine))
        return dg_error(DIGRESS_ERROR_INTERNAL, "this network was not set to train");
    if (workspace->kept_slots != team->slots)
        return dg_error(DIGRESS_ERROR_INTERNAL, "backward needs a forward pass kept by this team");
    pass p = make_pass(denoiser, workspace, team);
    p.gradients = gradients;
    DG_TRY(dg_pass_begin_backward(&p));
    DG_TRY(dg_head_backward(&p, dX, dE));
    for (p.layer = denoiser->dims.n_layers; p.layer-- > 0;)
        DG_TRY(dg_layer_backward(&p));
    p.layer = 0;
    DG_TRY(dg_embed_backward(&p));
    return check_desks(workspace);
}
