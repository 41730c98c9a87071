/* The parameter table: names of the reference's state_dict, places in the flat vector, files. */
#include "denoiser/network.h"

#include "math/finite.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static digress_status add_tensor(dg_denoiser *net, const char *prefix, const char *name,
                                 const char *suffix, size_t rows, size_t cols, bool unused) {
    DG_TRY(
        dg_grow(&net->tensors, &net->tensor_capacity, net->tensor_count + 1, sizeof *net->tensors));
    dg_parameter *tensor = &net->tensors[net->tensor_count++];
    *tensor = (dg_parameter){.offset = net->parameter_count,
                             .rows = rows,
                             .cols = cols,
                             .count = cols ? rows * cols : rows,
                             .unused = unused};
    snprintf(tensor->name, sizeof tensor->name, "%s%s.%s", prefix, name, suffix);
    net->parameter_count += tensor->count;
    return DIGRESS_OK;
}

static digress_status list_linear(dg_denoiser *net, linear *layer) {
    layer->index = net->linear_count;
    DG_TRY(
        dg_grow(&net->linears, &net->linear_capacity, net->linear_count + 1, sizeof *net->linears));
    net->linears[net->linear_count++] = *layer;
    return DIGRESS_OK;
}

/* `names` ("q k v") are linear layers in -> out each, side by side in one product. */
static digress_status add_linear(dg_denoiser *net, const char *prefix, const char *names, size_t in,
                                 size_t out, size_t product_rows, bool unused, linear *layer) {
    char copy[128], *rest = NULL;
    size_t parts = 0;
    layer->in = layer->stride = in;
    layer->weight = net->parameter_count;
    snprintf(copy, sizeof copy, "%s", names);
    for (char *name = strtok_r(copy, " ", &rest); name; name = strtok_r(NULL, " ", &rest), parts++)
        DG_TRY(add_tensor(net, prefix, name, "weight", out, in, unused));
    layer->bias = net->parameter_count;
    snprintf(copy, sizeof copy, "%s", names);
    for (char *name = strtok_r(copy, " ", &rest); name; name = strtok_r(NULL, " ", &rest))
        DG_TRY(add_tensor(net, prefix, name, "bias", out, 0, unused));
    layer->out = out * parts;
    layer->product_rows = product_rows;
    return list_linear(net, layer);
}

/* The dense columns of mlp_in_E's first layer, as a product of their own. */
static digress_status add_dense_pairs(dg_denoiser *net) {
    const dg_denoiser_dims *d = &net->dims;
    if (d->dense_E == 0) return DIGRESS_OK;
    net->dense_E = net->in_E.first;
    net->dense_E.in = d->dense_E;
    net->dense_E.weight += d->in_E - d->dense_E;
    DG_TRY(dg_allocate(d->mlp_E * d->dense_E, sizeof *net->dense_weights, &net->dense_weights));
    return list_linear(net, &net->dense_E);
}

static digress_status add_norm(dg_denoiser *net, const char *prefix, const char *name, size_t width,
                               bool unused, layer_norm *norm) {
    norm->width = width;
    norm->weight = net->parameter_count;
    DG_TRY(add_tensor(net, prefix, name, "weight", width, 0, unused));
    norm->bias = net->parameter_count;
    return add_tensor(net, prefix, name, "bias", width, 0, unused);
}

static digress_status add_mlp(dg_denoiser *net, const char *name, size_t in, size_t hidden,
                              size_t out, size_t product_rows, bool unused, mlp *net_part) {
    char first[32], second[32];
    snprintf(first, sizeof first, "%s.0", name);
    snprintf(second, sizeof second, "%s.2", name);
    DG_TRY(add_linear(net, "", first, in, hidden, product_rows, unused, &net_part->first));
    return add_linear(net, "", second, hidden, out, product_rows, unused, &net_part->second);
}

static digress_status add_feed_forward(dg_denoiser *net, const char *prefix, const char *part,
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

static digress_status add_layer(dg_denoiser *net, size_t index, layer_parameters *layer) {
    const dg_denoiser_dims *d = &net->dims;
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

static digress_status add_all(dg_denoiser *net) {
    const dg_denoiser_dims *d = &net->dims;
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

/* PyTorch's nn.Linear: weight and bias uniform in +-1/sqrt(in); nn.LayerNorm: 1 and 0. */
static void initialize(dg_denoiser *net, uint64_t seed) {
    double bound = 0.0;
    for (size_t k = 0; k < net->tensor_count; k++) {
        const dg_parameter *tensor = &net->tensors[k];
        float *values = net->values + tensor->offset;
        bool is_norm = strstr(tensor->name, "norm") != NULL;
        bool is_bias = tensor->cols == 0 && strstr(tensor->name, ".bias") != NULL;
        if (is_norm) {
            for (size_t c = 0; c < tensor->count; c++)
                values[c] = is_bias ? 0.0f : 1.0f;
            continue;
        }
        if (!is_bias) bound = 1.0 / sqrt((double)tensor->cols); /* its bias follows, same width */
        dg_rng key = {seed, DG_RNG_INITIALIZE, (uint32_t)k, 0};
        dg_rng_fill_uniform(&key, 0, tensor->count, values);
        for (size_t c = 0; c < tensor->count; c++)
            values[c] = (float)(bound * (2.0 * (double)values[c] - 1.0));
    }
}

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

digress_status dg_denoiser_create(const dg_denoiser_dims *dims, uint64_t seed, dg_denoiser **out) {
    DG_TRY(check_dims(dims));
    dg_denoiser *net = NULL;
    DG_TRY(dg_allocate(1, sizeof *net, &net));
    net->dims = *dims;
    digress_status status = dg_allocate(dims->n_layers, sizeof *net->layers, &net->layers);
    if (status == DIGRESS_OK) status = add_all(net);
    if (status == DIGRESS_OK)
        status = dg_allocate(net->parameter_count, sizeof *net->values, &net->values);
    if (status == DIGRESS_OK) {
        initialize(net, seed);
        status = dg_denoiser_use(net, dg_engine_fastest(DG_PRECISION_F32), DG_PRECISION_F32, false);
    }
    if (status != DIGRESS_OK) {
        dg_denoiser_free(net);
        return status;
    }
    *out = net;
    return DIGRESS_OK;
}

/* ---- the weights as products read them ---- */

static void free_packed(const dg_denoiser *net, dg_packed **packed) {
    for (size_t k = 0; packed && k < net->linear_count; k++)
        dg_packed_free(packed[k]);
    free(packed);
}

static digress_status create_packed(const dg_denoiser *net, dg_engine *engine, dg_packed ***out) {
    dg_packed **packed = NULL;
    DG_TRY(dg_allocate(net->linear_count, sizeof *packed, (void *)&packed));
    for (size_t k = 0; k < net->linear_count; k++) {
        const linear *layer = &net->linears[k];
        if (layer->out == 0) continue;
        const digress_status status =
            dg_packed_create(engine, layer->out, layer->in, layer->product_rows, &packed[k]);
        if (status == DIGRESS_OK) continue;
        free_packed(net, packed);
        return status;
    }
    *out = packed;
    return DIGRESS_OK;
}

/* Does an earlier layer have the same products? */
static bool is_repeated(const dg_denoiser *net, size_t index) {
    const linear *layer = &net->linears[index];
    for (size_t k = 0; k < index; k++) {
        const linear *other = &net->linears[k];
        if (other->out == layer->out && other->in == layer->in &&
            other->product_rows == layer->product_rows)
            return true;
    }
    return false;
}

/* Tries each kind of product once; see dg_packed_check. */
static digress_status check_products(const dg_denoiser *net, const dg_engine *engine,
                                     dg_packed **packed) {
    dg_desk *desk = NULL;
    DG_TRY(dg_desk_create(engine, &desk));
    digress_status status = DIGRESS_OK;
    for (size_t k = 0; k < net->linear_count && status == DIGRESS_OK; k++)
        if (packed[k] && !is_repeated(net, k)) status = dg_packed_check(packed[k], desk);
    dg_desk_free(desk);
    return status;
}

digress_status dg_denoiser_use(dg_denoiser *denoiser, dg_backend backend, dg_precision precision,
                               bool backward) {
    const dg_engine *now = denoiser->engine;
    dg_engine *engine = NULL;
    dg_packed **packed = NULL;
    if (now && dg_engine_backend(now) == backend && dg_engine_precision(now) == precision &&
        dg_engine_backward(now) == backward)
        return DIGRESS_OK;
    DG_TRY(dg_engine_create(backend, precision, backward, &engine));
    digress_status status = create_packed(denoiser, engine, &packed);
    if (status == DIGRESS_OK) status = check_products(denoiser, engine, packed);
    if (status != DIGRESS_OK) {
        free_packed(denoiser, packed);
        dg_engine_free(engine);
        return status;
    }
    free_packed(denoiser, denoiser->packed);
    dg_engine_free(denoiser->engine);
    denoiser->engine = engine;
    denoiser->packed = packed;
    return dg_denoiser_weights_changed(denoiser, NULL);
}

dg_backend dg_denoiser_backend(const dg_denoiser *denoiser) {
    return dg_engine_backend(denoiser->engine);
}

dg_precision dg_denoiser_precision(const dg_denoiser *denoiser) {
    return dg_engine_precision(denoiser->engine);
}

size_t dg_denoiser_packed_bytes(const dg_denoiser *denoiser) {
    size_t bytes = 0;
    for (size_t k = 0; k < denoiser->linear_count; k++)
        if (denoiser->packed[k]) bytes += dg_packed_bytes(denoiser->packed[k]);
    return bytes;
}

static digress_status pack(void *context, size_t index, size_t thread) {
    const dg_denoiser *net = context;
    const linear *layer = &net->linears[index];
    const float *weights = net->values + layer->weight;
    (void)thread;
    if (!net->packed[index]) return DIGRESS_OK;
    if (layer->stride == layer->in) return dg_pack_weights(net->packed[index], weights);
    for (size_t row = 0; row < layer->out; row++)
        memcpy(net->dense_weights + row * layer->in, weights + row * layer->stride,
               layer->in * sizeof *weights);
    return dg_pack_weights(net->packed[index], net->dense_weights);
}

digress_status dg_denoiser_weights_changed(dg_denoiser *denoiser, dg_pool *pool) {
    if (pool) return dg_pool_run(pool, denoiser->linear_count, pack, denoiser);
    for (size_t k = 0; k < denoiser->linear_count; k++)
        DG_TRY(pack(denoiser, k, 0));
    return DIGRESS_OK;
}

void dg_denoiser_free(dg_denoiser *denoiser) {
    if (!denoiser) return;
    free_packed(denoiser, denoiser->packed);
    dg_engine_free(denoiser->engine);
    free(denoiser->layers);
    free(denoiser->tensors);
    free(denoiser->linears);
    free(denoiser->dense_weights);
    free(denoiser->values);
    free(denoiser);
}

const dg_denoiser_dims *dg_denoiser_get_dims(const dg_denoiser *denoiser) {
    return &denoiser->dims;
}

size_t dg_denoiser_parameter_count(const dg_denoiser *denoiser) {
    return denoiser->parameter_count;
}

float *dg_denoiser_parameters(dg_denoiser *denoiser) {
    return denoiser->values;
}

size_t dg_denoiser_tensor_count(const dg_denoiser *denoiser) {
    return denoiser->tensor_count;
}

const dg_parameter *dg_denoiser_tensor(const dg_denoiser *denoiser, size_t index) {
    return &denoiser->tensors[index];
}

const dg_parameter *dg_denoiser_find(const dg_denoiser *denoiser, const char *name) {
    for (size_t k = 0; k < denoiser->tensor_count; k++)
        if (strcmp(denoiser->tensors[k].name, name) == 0) return &denoiser->tensors[k];
    return NULL;
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

digress_status dg_denoiser_dims_of(const dg_tensor_file *file, const char *prefix,
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

digress_status dg_denoiser_check_finite(const dg_denoiser *denoiser, const float *values) {
    for (size_t k = 0; k < denoiser->tensor_count; k++) {
        const dg_parameter *parameter = &denoiser->tensors[k];
        if (!dg_all_finite(parameter->count, values + parameter->offset))
            return dg_error(DIGRESS_ERROR_NUMERIC,
                            "the network's weights are not all finite numbers: the first tensor "
                            "with one that is not is '%s'",
                            parameter->name);
    }
    return DIGRESS_OK;
}

digress_status dg_denoiser_read(const dg_denoiser *denoiser, const dg_tensor_file *file,
                                const char *prefix, float *values) {
    char name[128];
    for (size_t k = 0; k < denoiser->tensor_count; k++) {
        const dg_parameter *parameter = &denoiser->tensors[k];
        if (parameter->count == 0) continue;
        const size_t shape[] = {parameter->rows, parameter->cols};
        const dg_tensor *tensor = NULL;
        snprintf(name, sizeof name, "%s%s", prefix, parameter->name);
        DG_TRY(dg_tensor_file_require(file, name, DG_F32, parameter->cols ? 2 : 1, shape, &tensor));
        if (!dg_all_finite(parameter->count, tensor->data))
            return dg_error(DIGRESS_ERROR_NUMERIC,
                            "%s: the weights are not all finite numbers: the first tensor with one "
                            "that is not is '%s'; take a checkpoint from before the training "
                            "diverged",
                            dg_tensor_file_path(file), name);
        memcpy(values + parameter->offset, tensor->data, parameter->count * sizeof *values);
    }
    return DIGRESS_OK;
}

digress_status dg_denoiser_write(const dg_denoiser *denoiser, dg_tensor_writer *writer,
                                 const char *prefix, const float *values) {
    char name[128];
    for (size_t k = 0; k < denoiser->tensor_count; k++) {
        const dg_parameter *parameter = &denoiser->tensors[k];
        const size_t shape[] = {parameter->rows, parameter->cols};
        snprintf(name, sizeof name, "%s%s", prefix, parameter->name);
        DG_TRY(dg_tensor_writer_add(writer, name, DG_F32, parameter->cols ? 2 : 1, shape,
                                    values + parameter->offset));
    }
    return DIGRESS_OK;
}
