/* What an architecture implements, and what its structs begin with. For the files of src/denoiser
 * alone: everything else calls the functions of denoiser.h. */
#ifndef DG_DENOISER_OPERATIONS_H
#define DG_DENOISER_OPERATIONS_H

#include "denoiser/denoiser.h"

/* Each is the function of denoiser.h of the same name. */
struct dg_denoiser_operations {
    digress_status (*create)(const dg_denoiser_dims *dims, uint64_t seed, dg_denoiser **out);
    void (*free)(dg_denoiser *denoiser);
    digress_status (*dims_of)(const dg_tensor_file *file, const char *prefix,
                              dg_denoiser_dims *dims);
    digress_status (*use)(dg_denoiser *denoiser, dg_backend backend, dg_precision precision,
                          bool backward);
    dg_backend (*backend)(const dg_denoiser *denoiser);
    dg_precision (*precision)(const dg_denoiser *denoiser);
    size_t (*laid_out_bytes)(const dg_denoiser *denoiser);
    digress_status (*weights_changed)(dg_denoiser *denoiser, dg_pool *pool);
    digress_status (*workspace_create)(const dg_denoiser *denoiser, dg_workspace **out);
    void (*workspace_free)(dg_workspace *workspace);
    digress_status (*workspace_need)(const dg_denoiser *denoiser, const dg_pack *pack,
                                     bool backward, size_t *bytes);
    double (*product_seconds)(const dg_workspace *workspace);
    digress_status (*forward)(const dg_denoiser *denoiser, dg_workspace *workspace,
                              const dg_team *team, const dg_input_rows *input,
                              const dg_dropout *dropout, bool keep, float *X_logits,
                              float *E_logits);
    digress_status (*backward)(const dg_denoiser *denoiser, dg_workspace *workspace,
                               const dg_team *team, const float *dX, const float *dE,
                               float *const *gradients, const dg_input_gradients *to_input);
};

/* What every architecture's network begins with. It fills and frees the list of tensors and their
 * values. */
struct dg_denoiser {
    const dg_denoiser_operations *operations;
    dg_denoiser_dims dims;
    dg_parameter *tensors;
    size_t tensor_count, tensor_capacity, parameter_count;
    float *values; /* [parameter_count] */
};

/* Appends a parameter to the list (denoiser.h has what its fields mean); denoiser->values is to be
 * allocated when all are in. Errors: MEMORY. */
digress_status dg_parameters_add(dg_denoiser *denoiser, const char *name, size_t rows, size_t cols,
                                 bool unused);
/* First values, as PyTorch draws them: weights, and biases, which follow theirs, uniform in
 * +-1/sqrt(in); of a layer norm, whose names have "norm" in them, 1 and 0. */
void dg_parameters_draw(dg_denoiser *denoiser, uint64_t seed);

/* What every architecture's workspace begins with. */
struct dg_workspace {
    const dg_denoiser_operations *operations;
    dg_pool *watched; /* NULL: nothing ends a pass early */
};

extern const dg_denoiser_operations dg_graph_transformer;

#endif
