/* Inside the denoiser: the parameter layout, the memory of a pass, and the parts of a layer. */
#ifndef DG_GRAPH_TRANSFORMER_NETWORK_H
#define DG_GRAPH_TRANSFORMER_NETWORK_H

#include "denoiser/graph_transformer/attention.h"
#include "denoiser/graph_transformer/kernels.h"
#include "denoiser/operations.h"
#include "math/engine.h"

/* Pair rows that go through a layer together, and rows that a product takes at a time. */
enum { PAIR_TILE = 128, PRODUCT_ROWS = 64, GRAPH_PRODUCT_ROWS = 16 };

/* Symmetric: the source nodes of a graph of SHARED_NODES or more are cut into SHARES parts of about
 * as many pairs, each with a softmax of its own of every node, which are joined in order. So the
 * bits do not depend on which slots the parts go to. */
enum { SHARED_NODES = 128, SHARES = 16 };

/* Offsets in the flat parameter vector. Layers that read the same rows stand behind each other, so
 * that one product serves them: "q | k | v". */
typedef struct linear {
    size_t weight, bias, in, out;
    size_t stride; /* of the weight's rows: in, or more if the layer has only some of the columns */
    size_t index;  /* in the network's list of them */
    size_t product_rows; /* that a product takes at a time */
} linear;

typedef struct layer_norm {
    size_t weight, bias, width;
} layer_norm;

typedef struct feed_forward {
    linear first, second;
    layer_norm norm1, norm2;
} feed_forward;

typedef struct mlp {
    linear first, second;
} mlp;

typedef struct layer_parameters {
    linear qkv;    /* q | k | v */
    linear e_film; /* e_mul | e_add */
    linear y_film; /* y_e_mul | y_e_add | y_x_mul | y_x_add */
    linear x_out, e_out, y_y, x_y, e_y;
    mlp y_out;
    feed_forward X, E, y;
} layer_parameters;

typedef struct graph_transformer {
    dg_denoiser base;
    mlp in_X, in_E, in_y, out_X, out_E, out_y;
    linear dense_E;           /* the dense columns of in_E.first */
    float *dense_weights;     /* [mlp_E, dense_E] those, side by side; NULL where there are none */
    layer_parameters *layers; /* [n_layers] */
    linear *linears;          /* all of them */
    size_t linear_count, linear_capacity;
    dg_engine *engine;
    dg_linear_weights **linear_weights; /* [linear_count] */
} graph_transformer;

/* A layer norm's rows before gamma and beta, and 1 / the deviation of what they were made of. */
typedef struct normed_rows {
    float *rows, *inverse; /* [count, width], [count] */
} normed_rows;

/* What a layer leaves for its backward pass, all rows of the pack. */
typedef struct layer_memory {
    float *X, *E, *y; /* the layer's input; all layers but the first share one buffer for E:
                         backward recomputes it from E_norm2 */
    normed_rows E_norm1, E_norm2;        /* [pairs, de]; NULLs if not kept */
    float *qkv;                          /* [nodes, 3 dx], Q divided by sqrt(dx / n_head) */
    float *y_film;                       /* [graphs, 4 dx] */
    float *maximum, *inverse, *attended; /* [nodes, dx] softmax over j, and its value */
    normed_rows X_norm1, X_norm2;        /* [nodes, dx] */
    float *X_hidden;                     /* [nodes, dim_ffX] after ReLU */
    float *pool_X, *pool_E;              /* [graphs, 4 dx], [graphs, 4 de] mean|min|max|spread */
    uint32_t *owner_E;                   /* [graphs, 2 de] node of the first min, max */
    float *y_mixed, *y_mixed_hidden;     /* [graphs, dy] input of y_out, after its ReLU */
    normed_rows y_norm1, y_norm2;        /* [graphs, dy] */
    float *y_hidden;                     /* [graphs, dim_ffy] */
} layer_memory;

/* One thread's memory for a tile of pairs. */
typedef struct tile_memory {
    float *film, *Z, *dZ;     /* [PAIR_TILE, 2 dx], [.., dx] */
    normed_rows norm1, norm2; /* E's feed-forward */
    float *X1, *hidden;
    float *d_sum, *d_branch, *d_hidden;
    float *E;             /* the layer's input, computed again */
    float *dE;            /* its gradient, in the workspace's dE */
    const float *E_rows;  /* where that is: in E, or as the first layer has it */
    float *d_min, *d_max; /* [de] gradients of the extremes that lie in a source node's rows */
    float *twice;         /* [2 de] the gradient of a row that stands for both orders of a pair */
    uint32_t *keys;       /* [PAIR_TILE] dropout's row keys */
} tile_memory;

/* One slot's sums in backward. */
typedef struct slot_memory {
    float *d_kv;                  /* [nodes, 2 dx] */
    float *dQ;                    /* [nodes, dx]; symmetric: of its own, else the workspace's */
    float *d_y_film;              /* [graphs, 4 dx] */
    float *d_classes, *class_sum; /* [classes + 1, de or mlp_E]; of a few pair rows */
    float *d_class_film;          /* [classes + 1, 2 dx] */
    float *d_dense;               /* [mlp_E, dense_E] */
} slot_memory;

typedef struct workspace {
    dg_workspace base;
    dg_arena *arena;             /* reset by each forward pass */
    tile_memory *tiles;          /* [threads] */
    dg_multiplier **multipliers; /* [threads] */
    slot_memory *slots;          /* [slots], in backward */
    size_t threads, slot_count;
    size_t *slot_node;    /* [slots + 1] first source node of each slot's pairs */
    layer_memory *layers; /* [n_layers + 1]; the last holds only the output X, E, y */
    float *class_x, *class_hidden, *class_rows; /* pair classes as rows, and their embeddings:
                                                   [classes + 1, in_E / mlp_E / de] */
    float *class_film;          /* [classes + 1, 2 dx] the first layer's e_film of those */
    float *X_hidden, *y_hidden; /* [nodes, mlp_X], [graphs, mlp_y] after the first ReLU */
    float *out_hidden;          /* [nodes, mlp_X] */
    float *pool_partial;        /* [nodes, 4 de]: mean, min, max, deviation of a row of E */
    uint32_t *node_graph;       /* [nodes] */
    size_t *node_pairs;         /* [nodes] first pair row */
    size_t pairs;               /* rows of pairs: the pack's, or symmetric, those with i <= j */
    const uint8_t *E_class;     /* the inputs of those rows, as dg_input_rows has them */
    const float *E_input, *E_dense;
    float *halves;         /* symmetric: [pairs, ..] E_input or E_dense, and */
    uint8_t *half_classes; /* [pairs] E_class, */
    float *half_logits;    /* [pairs, out_E] */
    uint32_t *node_share;  /* [nodes] the part of a source node, */
    size_t *share_start;   /* [graphs + 1] where the parts' softmaxes begin, in nodes */
    float *maximum, *inverse, *attended; /* [share_start[graphs], dx] and those */
    float *scratch;                      /* [nodes, 3 max(dx, dim_ffX)] */
    float *E_logits, *d_E_logits;        /* [pairs, out_E] */
    float *d_input;                      /* [pairs, in_E] gradient of E_input; NULL: not wanted */
    float *dX, *dE, *dy;                 /* gradients w.r.t. a layer's output, then its input */
    float *d_pool_X, *d_pool_E;          /* [graphs, 4 dx], [graphs, 4 de]; d_pool_E is NULL where
                                            the layer's y is not used */
    float *d_attended, *dQ;              /* [nodes, dx] */
    dg_input_rows input;                 /* of the last forward pass, for backward */
    dg_dropout dropout;                  /* p 0: none */
    size_t kept_slots;                   /* slots of the forward pass that was kept; 0: none was */
    bool last_y;       /* compute the last layer's y too: for tests, nothing reads it */
    size_t pool_nodes; /* not 0: pool as though graphs were padded with zeros to this many nodes,
                          as the reference does; for tests */
} workspace;

/* A pass through the network: what every part needs. */
typedef struct pass {
    const graph_transformer *net;
    workspace *space;
    const dg_team *team;
    const dg_input_rows *input;
    const dg_dropout *dropout; /* NULL: none */
    const dg_pack *pack;
    const dg_kernels *kernels;
    const dg_attention_kernels *attention;
    size_t layer;
    float *const *gradients;     /* [slots] */
    dg_input_gradients to_input; /* NULLs: not wanted */
} pass;

static inline normed_rows normed_at(normed_rows norm, size_t row, size_t width) {
    return (normed_rows){norm.rows + row * width, norm.inverse + row};
}

static inline const graph_transformer *transformer_of(const dg_denoiser *denoiser) {
    return (const graph_transformer *)(const void *)denoiser;
}

static inline workspace *workspace_of(dg_workspace *base) {
    return (workspace *)(void *)base;
}

/* The places of dropout in a layer. */
enum dropout_site {
    DROP_X1,
    DROP_X2,
    DROP_X3,
    DROP_E1,
    DROP_E2,
    DROP_E3,
    DROP_Y1,
    DROP_Y2,
    DROP_Y3
};

static inline const float *weights(const pass *p, size_t offset) {
    return p->net->base.values + offset;
}

/* job(p, slot, thread) for each slot, by the team. */
digress_status dg_team_run(pass *p, dg_job *job);
/* The node rows of a slot: a whole number of products, except for the last slot. */
void dg_slot_node_rows(const pass *p, size_t slot, size_t *begin, size_t *end);

/* y: [rows, out] = x W', x: [rows, in], by the multiplier of one thread. The bias is up to the
 * caller. */
void dg_linear_forward(const pass *p, size_t thread, const linear *layer, size_t rows,
                       const float *x, float *y);
/* dW += dy' x; dx = dy W + beta dx (dx may be NULL). */
void dg_linear_backward(const pass *p, size_t thread, const linear *layer, size_t rows,
                        const float *x, const float *dy, float beta, float *dx, float *gradient);

/* Row keys of dropout at a site: of whole graphs, of nodes from `first`, of pair rows from `first`.
 * Returns the mask, which points at `keys`. */
dg_mask dg_graph_mask(const pass *p, enum dropout_site site, uint32_t *keys);
dg_mask dg_node_mask(const pass *p, enum dropout_site site, size_t first, size_t rows,
                     uint32_t *keys);
dg_mask dg_pair_mask(const pass *p, enum dropout_site site, size_t first_node, size_t first_j,
                     size_t rows, uint32_t *keys);

/* mlp.c: the MLPs at the network's two ends. */
digress_status dg_embed_forward(pass *p);
digress_status dg_embed_backward(pass *p);
digress_status dg_head_forward(pass *p, float *X_logits, float *E_logits);
digress_status dg_head_backward(pass *p, const float *dX, const float *dE);
/* The network's inputs are added to its logits: this adds the logits' gradients to the inputs'. */
void dg_skip_backward(const pass *p, const float *dX);

/* The parts of one XEyTransformerLayer, in their order. */
digress_status dg_node_project_forward(pass *p);  /* node_update.c: X -> Q, K, V */
digress_status dg_pair_update_forward(pass *p);   /* pair_update.c: E -> E', attention */
digress_status dg_node_update_forward(pass *p);   /* node_update.c: attention -> X' */
digress_status dg_global_film_forward(pass *p);   /* global_update.c: y -> FiLM rows */
digress_status dg_global_pool_forward(pass *p);   /* global_update.c: X -> pooled X */
digress_status dg_global_update_forward(pass *p); /* global_update.c: X, E, y -> y' */

digress_status dg_global_update_backward(pass *p);
digress_status dg_node_update_backward(pass *p);
digress_status dg_pair_update_backward(pass *p);
digress_status dg_node_project_backward(pass *p);
digress_status dg_global_film_backward(pass *p);
void dg_global_pool_backward(pass *p);

/* layout.c: the table of tensors, and the dims of those in a file. */
digress_status dg_layout_add_all(graph_transformer *net);
digress_status dg_layout_of_file(const dg_tensor_file *file, const char *prefix,
                                 dg_denoiser_dims *dims);

/* weights.c */
digress_status dg_weights_use(dg_denoiser *denoiser, dg_backend backend, dg_precision precision,
                              bool backward);
digress_status dg_weights_lay_out(dg_denoiser *denoiser, dg_pool *pool);
dg_backend dg_weights_backend(const dg_denoiser *denoiser);
dg_precision dg_weights_precision(const dg_denoiser *denoiser);
size_t dg_weights_bytes(const dg_denoiser *denoiser);
void dg_weights_free(graph_transformer *net);

/* halves.c: the rows of pairs with i <= j, of a symmetric network. */
void dg_halves_of_input(const pass *p);
/* logits of those rows, the inputs added -> logits of all */
void dg_halves_to_logits(const pass *p, float *logits);
/* gradient of all logits -> of those rows */
void dg_halves_of_gradient(const pass *p, const float *dE, float *d_logits);
/* gradient of the rows' inputs [pairs, in_E] -> of all */
void dg_halves_to_input(const pass *p, const float *d_halves);
/* gradient of the rows' logits -> added to that of all inputs */
void dg_halves_skip(const pass *p, const float *d_logits);
/* Where the softmax of target j of a source node's part stands. */
size_t dg_share_place(const pass *p, size_t node, size_t j);
void dg_shares_begin(const pass *p, size_t slot);
void dg_shares_join(const pass *p);

/* memory.c */
digress_status dg_transformer_workspace_create(const dg_denoiser *denoiser, dg_workspace **out);
void dg_transformer_workspace_free(dg_workspace *base);
digress_status dg_transformer_workspace_need(const dg_denoiser *denoiser, const dg_pack *pack,
                                             bool backward, size_t *bytes);
double dg_transformer_product_seconds(const dg_workspace *base);
/* A pass over the input that the workspace holds. */
pass dg_pass_of(const dg_denoiser *denoiser, workspace *space, const dg_team *team);
/* What went wrong in a product of the pass, if anything. */
digress_status dg_workspace_check(const workspace *space);

/* graph_transformer.c, for the tests of a single layer. */
digress_status dg_layer_forward(pass *p);
digress_status dg_layer_backward(pass *p);
/* Lays out the workspace for a pass; `keep`: a memory for each layer. */
digress_status dg_pass_begin(pass *p, bool keep);
digress_status dg_pass_begin_backward(pass *p);
/* Whether the first layer's E has only one row per class of pairs: its FiLM is then computed for
 * those alone. */
static inline bool film_is_by_class(const pass *p) {
    return p->layer == 0 && p->input->E_class && !p->input->E_dense;
}
/* The number of pair classes, if pairs are read by class; the zero row is one more. */
static inline size_t pair_classes(const dg_denoiser_dims *dims) {
    return dims->in_E - dims->dense_E;
}
/* The first target of a source node: its pairs with earlier nodes are rows of those. */
static inline size_t first_target(const pass *p, size_t node) {
    if (!p->net->base.dims.symmetric) return 0;
    return node - p->pack->node_start[p->space->node_graph[node]];
}
/* Does something read this layer's y? */
static inline bool y_is_used(const pass *p) {
    return p->layer + 1 < p->net->base.dims.n_layers || p->space->last_y;
}

#endif
