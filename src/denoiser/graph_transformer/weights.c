/* The weights as products read them: packed for a backend and a precision. */
#include "denoiser/graph_transformer/network.h"

#include <stdlib.h>
#include <string.h>

static void free_packed(const graph_transformer *net, dg_packed **packed) {
    for (size_t k = 0; packed && k < net->linear_count; k++)
        dg_packed_free(packed[k]);
    free(packed);
}

void dg_weights_free(graph_transformer *net) {
    free_packed(net, net->packed);
    dg_engine_free(net->engine);
}

static digress_status create_packed(const graph_transformer *net, dg_engine *engine,
                                    dg_packed ***out) {
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
static bool is_repeated(const graph_transformer *net, size_t index) {
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
static digress_status check_products(const graph_transformer *net, const dg_engine *engine,
                                     dg_packed **packed) {
    dg_desk *desk = NULL;
    DG_TRY(dg_desk_create(engine, &desk));
    digress_status status = DIGRESS_OK;
    for (size_t k = 0; k < net->linear_count && status == DIGRESS_OK; k++)
        if (packed[k] && !is_repeated(net, k)) status = dg_packed_check(packed[k], desk);
    dg_desk_free(desk);
    return status;
}

digress_status dg_weights_use(dg_denoiser *denoiser, dg_backend backend, dg_precision precision,
                              bool backward) {
    graph_transformer *net = (graph_transformer *)(void *)denoiser;
    dg_engine *engine = NULL;
    dg_packed **packed = NULL;
    if (net->engine && dg_engine_backend(net->engine) == backend &&
        dg_engine_precision(net->engine) == precision &&
        dg_engine_backward(net->engine) == backward)
        return DIGRESS_OK;
    DG_TRY(dg_engine_create(backend, precision, backward, &engine));
    digress_status status = create_packed(net, engine, &packed);
    if (status == DIGRESS_OK) status = check_products(net, engine, packed);
    if (status != DIGRESS_OK) {
        free_packed(net, packed);
        dg_engine_free(engine);
        return status;
    }
    dg_weights_free(net);
    net->engine = engine;
    net->packed = packed;
    return dg_weights_pack(denoiser, NULL);
}

dg_backend dg_weights_backend(const dg_denoiser *denoiser) {
    return dg_engine_backend(transformer_of(denoiser)->engine);
}

dg_precision dg_weights_precision(const dg_denoiser *denoiser) {
    return dg_engine_precision(transformer_of(denoiser)->engine);
}

size_t dg_weights_bytes(const dg_denoiser *denoiser) {
    const graph_transformer *net = transformer_of(denoiser);
    size_t bytes = 0;
    for (size_t k = 0; k < net->linear_count; k++)
        if (net->packed[k]) bytes += dg_packed_bytes(net->packed[k]);
    return bytes;
}

static digress_status pack(void *context, size_t index, size_t thread) {
    const graph_transformer *net = context;
    const linear *layer = &net->linears[index];
    const float *weights = net->base.values + layer->weight;
    (void)thread;
    if (!net->packed[index]) return DIGRESS_OK;
    if (layer->stride == layer->in) return dg_pack_weights(net->packed[index], weights);
    for (size_t row = 0; row < layer->out; row++)
        memcpy(net->dense_weights + row * layer->in, weights + row * layer->stride,
               layer->in * sizeof *weights);
    return dg_pack_weights(net->packed[index], net->dense_weights);
}

digress_status dg_weights_pack(dg_denoiser *denoiser, dg_pool *pool) {
    graph_transformer *net = (graph_transformer *)(void *)denoiser;
    if (pool) return dg_pool_run(pool, net->linear_count, pack, net);
    for (size_t k = 0; k < net->linear_count; k++)
        DG_TRY(pack(net, k, 0));
    return DIGRESS_OK;
}
