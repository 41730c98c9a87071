/* The weights as products read them: laid out for a backend and a precision. */
#include "denoiser/graph_transformer/network.h"

#include <stdlib.h>
#include <string.h>

static void free_laid_out(const graph_transformer *net, dg_linear_weights **laid_out) {
    for (size_t k = 0; laid_out && k < net->linear_count; k++)
        dg_linear_weights_free(laid_out[k]);
    free(laid_out);
}

void dg_weights_free(graph_transformer *net) {
    free_laid_out(net, net->linear_weights);
    dg_engine_free(net->engine);
}

static digress_status create_laid_out(const graph_transformer *net, dg_engine *engine,
                                      dg_linear_weights ***out) {
    dg_linear_weights **laid_out = NULL;
    DG_TRY(dg_allocate(net->linear_count, sizeof *laid_out, (void *)&laid_out));
    for (size_t k = 0; k < net->linear_count; k++) {
        const linear *layer = &net->linears[k];
        if (layer->out == 0) continue;
        const digress_status status = dg_linear_weights_create(engine, layer->out, layer->in,
                                                               layer->product_rows, &laid_out[k]);
        if (status == DIGRESS_OK) continue;
        free_laid_out(net, laid_out);
        return status;
    }
    *out = laid_out;
    return DIGRESS_OK;
}

/* Whether an earlier layer has the same products. */
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

/* Tries each kind of product once; see dg_linear_weights_check. */
static digress_status check_products(const graph_transformer *net, const dg_engine *engine,
                                     dg_linear_weights **laid_out) {
    dg_multiplier *multiplier = NULL;
    DG_TRY(dg_multiplier_create(engine, &multiplier));
    digress_status status = DIGRESS_OK;
    for (size_t k = 0; k < net->linear_count && status == DIGRESS_OK; k++)
        if (laid_out[k] && !is_repeated(net, k))
            status = dg_linear_weights_check(laid_out[k], multiplier);
    dg_multiplier_free(multiplier);
    return status;
}

digress_status dg_weights_use(dg_denoiser *denoiser, dg_backend backend, dg_precision precision,
                              bool backward) {
    graph_transformer *net = (graph_transformer *)(void *)denoiser;
    dg_engine *engine = NULL;
    dg_linear_weights **laid_out = NULL;
    if (net->engine && dg_engine_backend(net->engine) == backend &&
        dg_engine_precision(net->engine) == precision &&
        dg_engine_backward(net->engine) == backward)
        return DIGRESS_OK;
    DG_TRY(dg_engine_create(backend, precision, backward, &engine));
    digress_status status = create_laid_out(net, engine, &laid_out);
    if (status == DIGRESS_OK) status = check_products(net, engine, laid_out);
    if (status != DIGRESS_OK) {
        free_laid_out(net, laid_out);
        dg_engine_free(engine);
        return status;
    }
    dg_weights_free(net);
    net->engine = engine;
    net->linear_weights = laid_out;
    return dg_weights_lay_out(denoiser, NULL);
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
        if (net->linear_weights[k]) bytes += dg_linear_weights_bytes(net->linear_weights[k]);
    return bytes;
}

static digress_status lay_out_linear(void *context, size_t index, size_t thread) {
    const graph_transformer *net = context;
    const linear *layer = &net->linears[index];
    const float *weights = net->base.values + layer->weight;
    (void)thread;
    if (!net->linear_weights[index]) return DIGRESS_OK;
    if (layer->stride == layer->in)
        return dg_linear_weights_set(net->linear_weights[index], weights);
    for (size_t row = 0; row < layer->out; row++)
        memcpy(net->dense_weights + row * layer->in, weights + row * layer->stride,
               layer->in * sizeof *weights);
    return dg_linear_weights_set(net->linear_weights[index], net->dense_weights);
}

digress_status dg_weights_lay_out(dg_denoiser *denoiser, dg_pool *pool) {
    graph_transformer *net = (graph_transformer *)(void *)denoiser;
    if (pool) return dg_pool_run(pool, net->linear_count, lay_out_linear, net);
    for (size_t k = 0; k < net->linear_count; k++)
        DG_TRY(lay_out_linear(net, k, 0));
    return DIGRESS_OK;
}
