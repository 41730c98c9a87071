/* The parameter table: the names of the reference's state_dict, and offsets in the flat vector. */
#include "denoiser/graph_transformer/network.h"

#include <stdio.h>
#include <string.h>

static digress_status add_tensor(graph_transformer *net, const char *prefix, const char *name,
                                 const char *suffix, size_t rows, size_t cols, bool unused) {
    char full[sizeof net->base.tensors->name];
    snprintf(full, sizeof full, "%s%s.%s", prefix, name, suffix);
    DG_TRY(dg_parameters_add(&net->base, full, rows, cols, unused));
    net->base.tensors[net->base.tensor_count - 1].hidden = cols && prefix[0];
    return DIGRESS_OK;
}

static digress_status list_linear(graph_transformer *net, linear *layer) {
    layer->index = net->linear_count;
    DG_TRY(
        dg_grow(&net->linears, &net->linear_capacity, net->linear_count + 1, sizeof *net->linears));
    net->linears[net->linear_count++] = *layer;
    return DIGRESS_OK;
}

/* `names` ("q k v") are linear layers in -> out each, side by side in one product. */
static digress_status add_linear(graph_transformer *net, const char *prefix, const char *names,
                                 size_t in, size_t out, size_t product_rows, bool unused,
                                 linear *layer) {
    char copy[128], *rest = NULL;
    size_t parts = 0;
    layer->in = layer->stride = in;
    layer->weight = net->base.parameter_count;
    snprintf(copy, sizeof copy, "%s", names);
    for (char *name = strtok_r(copy, " ", &rest); name; name = strtok_r(NULL, " ", &rest), parts++)
        DG_TRY(add_tensor(net, prefix, name, "weight", out, in, unused));
    layer->bias = net->base.parameter_count;
    snprintf(copy, sizeof copy, "%s", names);
    for (char *name = strtok_r(copy, " ", &rest); name; name = strtok_r(NULL, " ", &rest))
        DG_TRY(add_tensor(net, prefix, name, "bias", out, 0, unused));
    layer->out = out * parts;
    layer->product_rows = product_rows;
    return list_linear(net, layer);
}

/* The dense columns of mlp_in_E's first layer, as a product of their own. */
static digress_status add_dense_pairs(graph_transformer *net) {
    const dg_denoiser_dims *d = &net->base.dims;
    if (d->dense_E == 0) return DIGRESS_OK;
    net->dense_E = net->in_E.first;
    net->dense_E.in = d->dense_E;
    net->dense_E.weight += d->in_E - d->dense_E;
    DG_TRY(dg_allocate(d->mlp_E * d->dense_E, sizeof *net->dense_weights, &net->dense_weights));
    return list_linear(net, &net->dense_E);
}

static digress_status add_norm(graph_transformer *net, const char *prefix, const char *name,
                               size_t width, bool unused, layer_norm *norm) {
    norm->width = width;
    norm->weight = net->base.parameter_count;
    DG_TRY(add_tensor(net, prefix, name, "weight", width, 0, unused));
    norm->bias = net->base.parameter_count;
    return add_tensor(net, prefix, name, "bias", width, 0, unused);
}

static digress_status add_mlp(graph_transformer *net, const char *name, size_t in, size_t hidden,
                              size_t out, size_t product_rows, bool unused, mlp *net_part) {
    char first[32], second[32];
    snprintf(first, sizeof first, "%s.0", name);
    snprintf(second, sizeof second, "%s.2", name);
    DG_TRY(add_linear(net, "", first, in, hidden, product_rows, unused, &net_part->first));
    return add_linear(net, "", second, hidden, out, product_rows, unused, &net_part->second);
}

static digress_status add_feed_forward(graph_transformer *net, const char *prefix, const char *part,
                                       size_t width, size_t hidden, size_t product_rows,
                                       bool unused, feed_forward *ff) {
    char name[32];
    snprintf(name, sizeof name, "lin%s1", part);
    DG_TRY(add_linear(net, prefix, name, width, hidden, product_rows, unused, &ff->first));
    snprintf(name, sizeof name, "lin%s2", part);
    DG_TRY(add_linear(net, prefix, name, hidden, width, product_rows, unused, &ff->second));
    snprintf(name, sizeof name, "norm%s1", part);
    DG_TRY(add_norm(net, prefix, name, width, unused, &ff->norm1));
    snprintf(name, sizeof name, "norm%s2", part);
    return add_norm(net, prefix, name, width, unused, &ff->norm2);
}

static digress_status add_layer(graph_transformer *net, size_t index, layer_parameters *layer) {
    const dg_denoiser_dims *d = &net->base.dims;
    const bool last = index + 1 == d->n_layers;
    char prefix[48], attention[64];
    snprintf(prefix, sizeof prefix, "tf_layers.%zu.", index);
    snprintf(attention, sizeof attention, "%sself_attn.", prefix);
    DG_TRY(add_linear(net, attention, "q k v", d->dx, d->dx, PRODUCT_ROWS, false, &layer->qkv));
    DG_TRY(add_linear(net, attention, "e_mul e_add", d->de, d->dx, PRODUCT_ROWS, false,
                      &layer->e_film));
    DG_TRY(add_linear(net, attention, "y_e_mul y_e_add y_x_mul y_x_add", d->dy, d->dx,
                      GRAPH_PRODUCT_ROWS, false, &layer->y_film));
    DG_TRY(add_linear(net, attention, "x_out", d->dx, d->dx, PRODUCT_ROWS, false, &layer->x_out));
    DG_TRY(add_linear(net, attention, "e_out", d->dx, d->de, PRODUCT_ROWS, false, &layer->e_out));
    DG_TRY(add_linear(net, attention, "y_y", d->dy, d->dy, GRAPH_PRODUCT_ROWS, last, &layer->y_y));
    DG_TRY(add_linear(net, attention, "x_y.lin", 4 * d->dx, d->dy, GRAPH_PRODUCT_ROWS, last,
                      &layer->x_y));
    DG_TRY(add_linear(net, attention, "e_y.lin", 4 * d->de, d->dy, GRAPH_PRODUCT_ROWS, last,
                      &layer->e_y));
    DG_TRY(add_linear(net, attention, "y_out.0", d->dy, d->dy, GRAPH_PRODUCT_ROWS, last,
                      &layer->y_out.first));
    DG_TRY(add_linear(net, attention, "y_out.2", d->dy, d->dy, GRAPH_PRODUCT_ROWS, last,
                      &layer->y_out.second));
    DG_TRY(add_feed_forward(net, prefix, "X", d->dx, d->dim_ffX, PRODUCT_ROWS, false, &layer->X));
    DG_TRY(add_feed_forward(net, prefix, "E", d->de, d->dim_ffE, PRODUCT_ROWS, false, &layer->E));
    return add_feed_forward(net, prefix, "_y", d->dy, d->dim_ffy, GRAPH_PRODUCT_ROWS, last,
                            &layer->y);
}

digress_status dg_layout_add_all(graph_transformer *net) {
    const dg_denoiser_dims *d = &net->base.dims;
    DG_TRY(add_mlp(net, "mlp_in_X", d->in_X, d->mlp_X, d->dx, PRODUCT_ROWS, false, &net->in_X));
    DG_TRY(add_mlp(net, "mlp_in_E", d->in_E, d->mlp_E, d->de, PRODUCT_ROWS, false, &net->in_E));
    DG_TRY(add_dense_pairs(net));
    DG_TRY(
        add_mlp(net, "mlp_in_y", d->in_y, d->mlp_y, d->dy, GRAPH_PRODUCT_ROWS, false, &net->in_y));
    for (size_t k = 0; k < d->n_layers; k++)
        DG_TRY(add_layer(net, k, &net->layers[k]));
    DG_TRY(add_mlp(net, "mlp_out_X", d->dx, d->mlp_X, d->out_X, PRODUCT_ROWS, false, &net->out_X));
    DG_TRY(add_mlp(net, "mlp_out_E", d->de, d->mlp_E, d->out_E, PRODUCT_ROWS, false, &net->out_E));
    return add_mlp(net, "mlp_out_y", d->dy, d->mlp_y, d->out_y, GRAPH_PRODUCT_ROWS, true,
                   &net->out_y);
}

/* *in, *out from the shape (out, in) of the weight PREFIX + name. */
static digress_status weight_shape(const dg_tensor_file *file, const char *prefix, const char *name,
                                   size_t *out, size_t *in) {
    char full[128];
    const dg_tensor *tensor = NULL;
    const size_t any[] = {SIZE_MAX, SIZE_MAX};
    snprintf(full, sizeof full, "%s%s.weight", prefix, name);
    DG_TRY(dg_tensor_file_require(file, full, DG_F32, 2, any, &tensor));
    *out = tensor->shape[0];
    *in = tensor->shape[1];
    return DIGRESS_OK;
}

static size_t count_layers(const dg_tensor_file *file, const char *prefix) {
    char name[128];
    for (size_t layers = 0;; layers++) {
        snprintf(name, sizeof name, "%stf_layers.%zu.self_attn.q.weight", prefix, layers);
        if (!dg_tensor_file_find(file, name)) return layers;
    }
}

digress_status dg_layout_of_file(const dg_tensor_file *file, const char *prefix,
                                 dg_denoiser_dims *dims) {
    dg_denoiser_dims d = *dims;
    size_t ignored = 0;
    char name[128];
    d.n_layers = count_layers(file, prefix);
    DG_TRY(weight_shape(file, prefix, "mlp_in_X.0", &d.mlp_X, &d.in_X));
    DG_TRY(weight_shape(file, prefix, "mlp_in_E.0", &d.mlp_E, &d.in_E));
    DG_TRY(weight_shape(file, prefix, "mlp_in_y.0", &d.mlp_y, &d.in_y));
    DG_TRY(weight_shape(file, prefix, "mlp_in_X.2", &d.dx, &ignored));
    DG_TRY(weight_shape(file, prefix, "mlp_in_E.2", &d.de, &ignored));
    DG_TRY(weight_shape(file, prefix, "mlp_in_y.2", &d.dy, &ignored));
    DG_TRY(weight_shape(file, prefix, "mlp_out_X.2", &d.out_X, &ignored));
    DG_TRY(weight_shape(file, prefix, "mlp_out_E.2", &d.out_E, &ignored));
    DG_TRY(weight_shape(file, prefix, "tf_layers.0.linX1", &d.dim_ffX, &ignored));
    DG_TRY(weight_shape(file, prefix, "tf_layers.0.linE1", &d.dim_ffE, &ignored));
    DG_TRY(weight_shape(file, prefix, "tf_layers.0.lin_y1", &d.dim_ffy, &ignored));
    snprintf(name, sizeof name, "%smlp_out_y.2.weight", prefix);
    const dg_tensor *out_y = dg_tensor_file_find(file, name);
    d.out_y = out_y && out_y->rank == 2 ? out_y->shape[0] : 0;
    *dims = d;
    return DIGRESS_OK;
}
