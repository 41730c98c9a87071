/* The denoiser phi_theta (DiGress, section 3): a network over (X, E, y), behind a table of
 * operations. Each architecture is a folder below this one and a row of the list in denoiser.c.
 *
 * Rows are ragged (graph/pack.h). Everything is float32. */
#ifndef DG_DENOISER_DENOISER_H
#define DG_DENOISER_DENOISER_H

#include "config/choices.h"
#include "core/rng.h"
#include "core/safetensors.h"
#include "core/threads.h"
#include "graph/input_rows.h"
#include "math/engine.h"
#include <stdbool.h>

typedef struct dg_denoiser_dims {
    dg_denoiser_kind kind;
    size_t n_layers;
    size_t in_X, in_E, in_y;    /* widths of the input rows */
    size_t dense_E;             /* how many of in_E, the last ones, are dense beside a class */
    size_t mlp_X, mlp_E, mlp_y; /* hidden_mlp_dims */
    size_t dx, de, dy, n_head;  /* hidden_dims */
    size_t dim_ffX, dim_ffE, dim_ffy;
    size_t out_X, out_E, out_y; /* widths of the logits; out_y is 0 in DiGress */
    dg_pooling pooling;
    bool symmetric; /* scores of a pair do not depend on the order of its nodes */
} dg_denoiser_dims;

/* One parameter tensor, by its name in the reference's state_dict. A bias has cols == 0. */
typedef struct dg_parameter {
    char name[64];
    size_t offset;     /* of its first element in the flat vectors */
    size_t rows, cols; /* weight: (out, in), row-major. bias and norm: (rows) */
    size_t count;
    bool hidden; /* a matrix from hidden states to hidden states */
    bool unused; /* affects neither X nor E logits (the last layer's y path): it has no gradient,
                    and the optimizer leaves it alone, as PyTorch does if grad is None */
} dg_parameter;

typedef struct dg_denoiser_operations dg_denoiser_operations; /* denoiser/operations.h */
typedef struct dg_denoiser dg_denoiser; /* dims, parameter table and the weights */

/* Weights are drawn as PyTorch's nn.Linear draws them (uniform +-1/sqrt(in)) from `seed`; norms are
 * 1 and 0. Products are float32, by whichever backend is fastest here, and forward only. Errors:
 * INPUT for dims that do not fit (dx % n_head != 0, a zero width). */
digress_status dg_denoiser_create(const dg_denoiser_dims *dims, uint64_t seed, dg_denoiser **out);
void dg_denoiser_free(dg_denoiser *denoiser);

/* Multiplies with another backend or precision from now on. backward: dg_denoiser_backward will be
 * called too (it needs the weights in a second layout). It must not have a workspace. Errors:
 * INPUT for what dg_engine_lacks; nothing has changed then. */
digress_status dg_denoiser_use(dg_denoiser *denoiser, dg_backend backend, dg_precision precision,
                               bool backward);
dg_backend dg_denoiser_backend(const dg_denoiser *denoiser);
dg_precision dg_denoiser_precision(const dg_denoiser *denoiser);
/* Bytes of the weights in the layouts that the products read. */
size_t dg_denoiser_laid_out_bytes(const dg_denoiser *denoiser);

const dg_denoiser_dims *dg_denoiser_get_dims(const dg_denoiser *denoiser);
size_t dg_denoiser_parameter_count(const dg_denoiser *denoiser); /* length of the flat vector */
float *dg_denoiser_parameters(dg_denoiser *denoiser);            /* flat, owned by the denoiser */
/* To be called after the parameters have been changed, before the next pass: products read the
 * weights in a layout of their own, which is updated here. pool may be NULL. Errors: INTERNAL. */
digress_status dg_denoiser_weights_changed(dg_denoiser *denoiser, dg_pool *pool);
size_t dg_denoiser_tensor_count(const dg_denoiser *denoiser);
const dg_parameter *dg_denoiser_tensor(const dg_denoiser *denoiser, size_t index);
const dg_parameter *dg_denoiser_find(const dg_denoiser *denoiser, const char *name); /* or NULL */

/* Reads the dims of a network of dims->kind off the tensors PREFIX + name of a file. What cannot be
 * seen there, such as n_head, pooling, symmetric and dense_E, stays as the caller has set it.
 * Errors: INPUT, naming what is missing. */
digress_status dg_denoiser_dims_of(const dg_tensor_file *file, const char *prefix,
                                   dg_denoiser_dims *dims);
/* Copies PREFIX + name of every parameter from the file into the flat vector `values`.
 * A parameter of zero elements may be missing. Errors: INPUT (missing, wrong shape); NUMERIC (a
 * value that is not finite). */
digress_status dg_denoiser_read(const dg_denoiser *denoiser, const dg_tensor_file *file,
                                const char *prefix, float *values);
/* Checks that every element of the flat vector `values` is finite. Errors: NUMERIC, naming the
 * first tensor with one that is not. */
digress_status dg_denoiser_check_finite(const dg_denoiser *denoiser, const float *values);
/* Adds every parameter of `values` as PREFIX + name to the writer (borrowed until it is saved). */
digress_status dg_denoiser_write(const dg_denoiser *denoiser, dg_tensor_writer *writer,
                                 const char *prefix, const float *values);

/* The memory of a pass: grows to the largest pack it has seen. One per thread. */
typedef struct dg_workspace dg_workspace;
digress_status dg_workspace_create(const dg_denoiser *denoiser, dg_workspace **out);
void dg_workspace_free(dg_workspace *workspace);
/* Passes in this workspace end between two tiles when the pool's watch (core/threads.h) says so. */
void dg_workspace_watch(dg_workspace *workspace, dg_pool *pool);
/* Bytes that a pass over the pack needs: laid out like the pass, but not touched. */
digress_status dg_workspace_need(const dg_denoiser *denoiser, const dg_pack *pack, bool backward,
                                 size_t *bytes);
/* Seconds that its threads have spent in matrix products so far, added up. */
double dg_workspace_product_seconds(const dg_workspace *workspace);

/* Dropout of one forward pass; its masks are recomputed from the key, never stored. */
typedef struct dg_dropout {
    float p; /* 0: none */
    uint64_t seed;
    uint32_t step;
    const uint32_t *graph_key; /* [graphs] the stream that each graph of the pack draws from */
} dg_dropout;

/* A team: the threads that work on one pack together. pool NULL: the calling thread alone. With a
 * pool, the calling thread must not be inside it. Forward results do not depend on the team;
 * backward's depend on `slots` only (slots sums of gradients, added in order). */
typedef struct dg_team {
    dg_pool *pool;
    size_t slots; /* >= 1 */
} dg_team;

/* Forward. X_logits: [nodes, out_X], E_logits: [pairs, out_E], symmetric, zero on the diagonal.
 * dropout NULL: evaluation mode. keep: store what backward needs. */
digress_status dg_denoiser_forward(const dg_denoiser *denoiser, dg_workspace *workspace,
                                   const dg_team *team, const dg_input_rows *input,
                                   const dg_dropout *dropout, bool keep, float *X_logits,
                                   float *E_logits);

/* Gradients of the loss w.r.t. what the network reads. Each may be NULL. */
typedef struct dg_input_gradients {
    float *X; /* [nodes, in_X] */
    float *E; /* [pairs, in_E] */
    float *y; /* [graphs, in_y] */
} dg_input_gradients;

/* Backward of the workspace's last forward with keep (input and dropout must still be alive). dX:
 * [nodes, out_X], dE: [pairs, out_E] gradients of the loss w.r.t. the logits (dE of the diagonal is
 * ignored). gradients[k], k < team->slots: flat vectors that the gradients of the parameters are
 * ADDED to. to_input: written, for example for a regressor's guidance (DiGress, section 3.4); NULL:
 * not wanted. Errors: INPUT for to_input->E if the pairs were given by class. */
digress_status dg_denoiser_backward(const dg_denoiser *denoiser, dg_workspace *workspace,
                                    const dg_team *team, const float *dX, const float *dE,
                                    float *const *gradients, const dg_input_gradients *to_input);

#endif
