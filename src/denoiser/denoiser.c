#include "denoiser/operations.h"

/* A row for each dg_denoiser_kind. */
static const dg_denoiser_operations *const architectures[] = {
    [DG_DENOISER_GRAPH_TRANSFORMER] = &dg_graph_transformer,
};

digress_status dg_denoiser_create(const dg_denoiser_dims *dims, uint64_t seed, dg_denoiser **out) {
    return architectures[dims->kind]->create(dims, seed, out);
}

void dg_denoiser_free(dg_denoiser *denoiser) {
    if (denoiser) denoiser->operations->free(denoiser);
}

digress_status dg_denoiser_dims_of(const dg_tensor_file *file, const char *prefix,
                                   dg_denoiser_dims *dims) {
    return architectures[dims->kind]->dims_of(file, prefix, dims);
}

digress_status dg_denoiser_use(dg_denoiser *denoiser, dg_backend backend, dg_precision precision,
                               bool backward) {
    return denoiser->operations->use(denoiser, backend, precision, backward);
}

dg_backend dg_denoiser_backend(const dg_denoiser *denoiser) {
    return denoiser->operations->backend(denoiser);
}

dg_precision dg_denoiser_precision(const dg_denoiser *denoiser) {
    return denoiser->operations->precision(denoiser);
}

size_t dg_denoiser_laid_out_bytes(const dg_denoiser *denoiser) {
    return denoiser->operations->laid_out_bytes(denoiser);
}

digress_status dg_denoiser_weights_changed(dg_denoiser *denoiser, dg_pool *pool) {
    return denoiser->operations->weights_changed(denoiser, pool);
}

digress_status dg_workspace_create(const dg_denoiser *denoiser, dg_workspace **out) {
    return denoiser->operations->workspace_create(denoiser, out);
}

void dg_workspace_free(dg_workspace *workspace) {
    if (workspace) workspace->operations->workspace_free(workspace);
}

void dg_workspace_watch(dg_workspace *workspace, dg_pool *pool) {
    workspace->watched = pool;
}

digress_status dg_workspace_need(const dg_denoiser *denoiser, const dg_pack *pack, bool backward,
                                 size_t *bytes) {
    return denoiser->operations->workspace_need(denoiser, pack, backward, bytes);
}

double dg_workspace_product_seconds(const dg_workspace *workspace) {
    return workspace->operations->product_seconds(workspace);
}

digress_status dg_denoiser_forward(const dg_denoiser *denoiser, dg_workspace *workspace,
                                   const dg_team *team, const dg_input_rows *input,
                                   const dg_dropout *dropout, bool keep, float *X_logits,
                                   float *E_logits) {
    return denoiser->operations->forward(denoiser, workspace, team, input, dropout, keep, X_logits,
                                         E_logits);
}

digress_status dg_denoiser_backward(const dg_denoiser *denoiser, dg_workspace *workspace,
                                    const dg_team *team, const float *dX, const float *dE,
                                    float *const *gradients, const dg_input_gradients *to_input) {
    return denoiser->operations->backward(denoiser, workspace, team, dX, dE, gradients, to_input);
}
