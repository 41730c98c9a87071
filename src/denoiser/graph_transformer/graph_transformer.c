/* The graph transformer (DiGress, appendix B.1): the order of its parts, and its row of operations.
 */
#include "denoiser/graph_transformer/network.h"

#include <stdlib.h>
#include <string.h>

static digress_status check_dims(const dg_denoiser_dims *d) {
    const size_t widths[] = {d->n_layers, d->in_X,    d->in_E,  d->in_y, d->mlp_X,  d->mlp_E,
                             d->mlp_y,    d->dx,      d->de,    d->dy,   d->n_head, d->dim_ffX,
                             d->dim_ffE,  d->dim_ffy, d->out_X, d->out_E};
    for (size_t k = 0; k < sizeof widths / sizeof *widths; k++)
        if (widths[k] == 0 || widths[k] > 65536)
            return dg_error(DIGRESS_ERROR_INPUT,
                            "every width of the network must be between 1 and 65536");
    if (d->dx % d->n_head != 0)
        return dg_error(DIGRESS_ERROR_INPUT, "dx (%zu) must be a multiple of n_head (%zu)", d->dx,
                        d->n_head);
    if (d->out_X > d->in_X || d->dense_E >= d->in_E || d->out_E > d->in_E - d->dense_E)
        return dg_error(DIGRESS_ERROR_INPUT, "the network's inputs must begin with its outputs");
    return DIGRESS_OK;
}

static digress_status create_parameters(graph_transformer *net, uint64_t seed) {
    DG_TRY(dg_allocate(net->base.dims.n_layers, sizeof *net->layers, &net->layers));
    DG_TRY(dg_layout_add_all(net));
    DG_TRY(dg_allocate(net->base.parameter_count, sizeof *net->base.values, &net->base.values));
    dg_parameters_draw(&net->base, seed);
    return dg_weights_use(&net->base, dg_engine_fastest(DG_PRECISION_F32), DG_PRECISION_F32, false);
}

static void free_transformer(dg_denoiser *denoiser) {
    graph_transformer *net = (graph_transformer *)(void *)denoiser;
    dg_weights_free(net);
    free(net->layers);
    free(net->linears);
    free(net->dense_weights);
    free(net->base.tensors);
    free(net->base.values);
    free(net);
}

static digress_status create_transformer(const dg_denoiser_dims *dims, uint64_t seed,
                                         dg_denoiser **out) {
    DG_TRY(check_dims(dims));
    graph_transformer *net = NULL;
    DG_TRY(dg_allocate(1, sizeof *net, &net));
    net->base.operations = &dg_graph_transformer;
    net->base.dims = *dims;
    const digress_status status = create_parameters(net, seed);
    if (status != DIGRESS_OK) {
        free_transformer(&net->base);
        return status;
    }
    *out = &net->base;
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
    workspace *space = p->space;
    const dg_denoiser_dims *d = &p->net->base.dims;
    const size_t nodes = p->pack->nodes, graphs = p->pack->graphs;
    space->d_pool_E = NULL;
    if (y_is_used(p)) {
        DG_TRY(
            dg_arena_allocate(space->arena, graphs * 4 * d->de, sizeof(float), &space->d_pool_E));
        DG_TRY(dg_global_update_backward(p));
    }
    for (size_t s = 0; s < p->team->slots; s++) {
        memset(space->slots[s].dQ, 0, nodes * d->dx * sizeof(float));
        memset(space->slots[s].d_kv, 0, nodes * 2 * d->dx * sizeof(float));
        memset(space->slots[s].d_y_film, 0, graphs * 4 * d->dx * sizeof(float));
    }
    DG_TRY(dg_node_update_backward(p));
    DG_TRY(dg_pair_update_backward(p));
    DG_TRY(dg_node_project_backward(p));
    if (y_is_used(p)) dg_global_pool_backward(p);
    return dg_global_film_backward(p);
}

static digress_status check_input(const dg_denoiser *denoiser, const dg_input_rows *input) {
    if (input->pack->graphs == 0) return dg_error(DIGRESS_ERROR_INPUT, "an empty pack of graphs");
    for (size_t g = 0; g < input->pack->graphs; g++)
        if (input->pack->n[g] == 0) return dg_error(DIGRESS_ERROR_INPUT, "a graph without nodes");
    const size_t classes = pair_classes(&denoiser->dims);
    for (size_t r = 0; input->E_class && r < input->pack->pairs; r++)
        if (input->E_class[r] > classes)
            return dg_error(DIGRESS_ERROR_INPUT, "pair class %u is not below %zu",
                            input->E_class[r], classes);
    if (input->E_class && denoiser->dims.dense_E && !input->E_dense)
        return dg_error(DIGRESS_ERROR_INPUT, "pairs without the dense inputs beside their class");
    return DIGRESS_OK;
}

static digress_status transformer_forward(const dg_denoiser *denoiser, dg_workspace *base,
                                          const dg_team *team, const dg_input_rows *input,
                                          const dg_dropout *dropout, bool keep, float *X_logits,
                                          float *E_logits) {
    workspace *space = workspace_of(base);
    DG_TRY(check_input(denoiser, input));
    space->input = *input;
    space->dropout = dropout ? *dropout : (dg_dropout){0};
    pass p = dg_pass_of(denoiser, space, team);
    DG_TRY(dg_pass_begin(&p, keep));
    DG_TRY(dg_embed_forward(&p));
    for (p.layer = 0; p.layer < denoiser->dims.n_layers; p.layer++)
        DG_TRY(dg_layer_forward(&p));
    DG_TRY(dg_head_forward(&p, X_logits, E_logits));
    return dg_workspace_check(space);
}

static digress_status check_kept(const graph_transformer *net, const workspace *space,
                                 const dg_team *team, const dg_input_gradients *to_input) {
    if (!dg_engine_backward(net->engine))
        return dg_error(DIGRESS_ERROR_INTERNAL, "this network was not set to train");
    if (space->kept_slots != team->slots)
        return dg_error(DIGRESS_ERROR_INTERNAL, "backward needs a forward pass kept by this team");
    if (to_input && to_input->E && space->input.E_class)
        return dg_error(DIGRESS_ERROR_INPUT,
                        "the gradient w.r.t. pair inputs needs them as rows, not by class");
    return DIGRESS_OK;
}

static digress_status transformer_backward(const dg_denoiser *denoiser, dg_workspace *base,
                                           const dg_team *team, const float *dX, const float *dE,
                                           float *const *gradients,
                                           const dg_input_gradients *to_input) {
    workspace *space = workspace_of(base);
    DG_TRY(check_kept(transformer_of(denoiser), space, team, to_input));
    pass p = dg_pass_of(denoiser, space, team);
    p.gradients = gradients;
    if (to_input) p.to_input = *to_input;
    DG_TRY(dg_pass_begin_backward(&p));
    DG_TRY(dg_head_backward(&p, dX, dE));
    for (p.layer = denoiser->dims.n_layers; p.layer-- > 0;)
        DG_TRY(dg_layer_backward(&p));
    p.layer = 0;
    DG_TRY(dg_embed_backward(&p));
    dg_skip_backward(&p, dX);
    return dg_workspace_check(space);
}

const dg_denoiser_operations dg_graph_transformer = {
    .create = create_transformer,
    .free = free_transformer,
    .dims_of = dg_layout_of_file,
    .use = dg_weights_use,
    .backend = dg_weights_backend,
    .precision = dg_weights_precision,
    .laid_out_bytes = dg_weights_bytes,
    .weights_changed = dg_weights_lay_out,
    .workspace_create = dg_transformer_workspace_create,
    .workspace_free = dg_transformer_workspace_free,
    .workspace_need = dg_transformer_workspace_need,
    .product_seconds = dg_transformer_product_seconds,
    .forward = transformer_forward,
    .backward = transformer_backward,
};
