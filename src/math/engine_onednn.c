/* oneDNN behind math/engine.h: its matmul primitive, compiled at run time for the processor, with
 * weights in the layout that it asks for. bfloat16 if the processor multiplies it. */
#include "core/memory.h"
#include "math/convert.h"
#include "math/engine_backend.h"

#include <dnnl.h>
#include <omp.h>
#include <stdlib.h>

/* C[m,n] = A[m,k] B[k,n] + beta C for one shape. */
typedef struct product {
    dnnl_primitive_t primitive;
    dnnl_dim_t m, n, k;
    bool transposed; /* A is stored as [k,m] */
    bool own_layout; /* B is stored in the layout given by `B`; if that is empty, in one of oneDNN's
                        choice */
    float beta;
    dnnl_memory_desc_t A, B, C, scratch;
} product;

/* The products of a layer, by their index in the engine. */
typedef struct layer_products {
    size_t forward;
    size_t input[2];                  /* by beta */
    size_t weight[DG_BACKWARD_TILES]; /* by the number of tiles, less one */
} layer_products;

typedef struct onednn_engine {
    dg_engine base;
    dnnl_engine_t engine;
    product *products; /* no two alike */
    size_t count, capacity;
    size_t scratch_bytes; /* the most that a product needs */
} onednn_engine;

/* A weight matrix in the layout of its product, and oneDNN's handles for it. */
typedef struct laid_out_matrix {
    void *values;
    dnnl_memory_t from, to;
    dnnl_primitive_t reorder;
} laid_out_matrix;

typedef struct onednn_weights {
    dg_linear_weights base;
    layer_products products;
    laid_out_matrix forward, input; /* W' [in, out], W [out, in] */
    dnnl_stream_t stream;           /* of the reorders */
} onednn_weights;

/* oneDNN's handles for the rows of a product; their addresses change from call to call. */
typedef struct arguments {
    dnnl_memory_t A, B, C, scratch;
} arguments;

typedef struct onednn_multiplier {
    dg_multiplier base;
    dnnl_stream_t stream;
    arguments *arguments; /* [engine's count] created at first use */
    void *scratch;
    uint16_t *x, *dy; /* bfloat16 rows */
} onednn_multiplier;

static digress_status check_onednn(dnnl_status_t status) {
    if (status == dnnl_success) return DIGRESS_OK;
    if (status == dnnl_out_of_memory) return dg_out_of_memory();
    return dg_error(DIGRESS_ERROR_INTERNAL, "oneDNN failed (status %d)", (int)status);
}

static bool has_isa(dnnl_cpu_isa_t isa) {
    return ((unsigned)dnnl_get_effective_cpu_isa() & (unsigned)isa) == (unsigned)isa;
}

const char *dg_onednn_lacks(dg_precision precision) {
    if (precision == DG_PRECISION_F32 || has_isa(dnnl_cpu_isa_avx512_core_bf16)) return NULL;
    return "this processor has no bfloat16 products (AVX512-BF16 or AMX)";
}

/* ---- products ---- */

static digress_status describe_matrices(product *p, dnnl_data_type_t type) {
    const dnnl_dims_t A = {p->m, p->k}, B = {p->k, p->n}, C = {p->m, p->n};
    DG_TRY(check_onednn(
        dnnl_memory_desc_init_by_tag(&p->A, 2, A, type, p->transposed ? dnnl_ba : dnnl_ab)));
    if (p->B.ndims == 0)
        DG_TRY(check_onednn(dnnl_memory_desc_init_by_tag(
            &p->B, 2, B, type, p->own_layout ? dnnl_format_tag_any : dnnl_ab)));
    return check_onednn(dnnl_memory_desc_init_by_tag(&p->C, 2, C, dnnl_f32, dnnl_ab));
}

static digress_status set_attributes(const product *p, dnnl_primitive_attr_t attributes,
                                     dnnl_post_ops_t after) {
    DG_TRY(check_onednn(
        dnnl_primitive_attr_set_scratchpad_mode(attributes, dnnl_scratchpad_mode_user)));
    if (p->beta == 0.0f) return DIGRESS_OK;
    DG_TRY(check_onednn(dnnl_post_ops_append_sum(after, p->beta)));
    return check_onednn(dnnl_primitive_attr_set_post_ops(attributes, after));
}

static digress_status compile_product(dnnl_engine_t engine, product *p,
                                      const_dnnl_primitive_attr_t attributes) {
    dnnl_matmul_desc_t operation;
    dnnl_primitive_desc_t description;
    DG_TRY(check_onednn(dnnl_matmul_desc_init(&operation, &p->A, &p->B, NULL, &p->C)));
    DG_TRY(check_onednn(
        dnnl_primitive_desc_create(&description, &operation, attributes, engine, NULL)));
    p->B = *dnnl_primitive_desc_query_md(description, dnnl_query_weights_md, 0);
    p->scratch = *dnnl_primitive_desc_query_md(description, dnnl_query_scratchpad_md, 0);
    const digress_status status = check_onednn(dnnl_primitive_create(&p->primitive, description));
    dnnl_primitive_desc_destroy(description);
    return status;
}

/* oneDNN fixes the number of its threads when a primitive is created: one, since our own threads
 * share the work. */
static digress_status compile_for_one_thread(dnnl_engine_t engine, product *p) {
    const int threads = omp_get_max_threads();
    dnnl_primitive_attr_t attributes;
    dnnl_post_ops_t after;
    DG_TRY(check_onednn(dnnl_primitive_attr_create(&attributes)));
    digress_status status = check_onednn(dnnl_post_ops_create(&after));
    if (status == DIGRESS_OK) {
        omp_set_num_threads(1);
        status = set_attributes(p, attributes, after);
        if (status == DIGRESS_OK) status = compile_product(engine, p, attributes);
        omp_set_num_threads(threads);
        dnnl_post_ops_destroy(after);
    }
    dnnl_primitive_attr_destroy(attributes);
    return status;
}

/* The index of the wanted product, which is created unless an earlier layer needed it, too. */
static digress_status need_product(onednn_engine *engine, product wanted, size_t *number) {
    for (size_t k = 0; k < engine->count; k++) {
        const product *p = &engine->products[k];
        if (p->m != wanted.m || p->n != wanted.n || p->k != wanted.k || p->beta != wanted.beta ||
            p->transposed != wanted.transposed || p->own_layout != wanted.own_layout)
            continue;
        *number = k;
        return DIGRESS_OK;
    }
    DG_TRY(
        dg_grow(&engine->products, &engine->capacity, engine->count + 1, sizeof *engine->products));
    DG_TRY(describe_matrices(&wanted,
                             engine->base.precision == DG_PRECISION_BF16 ? dnnl_bf16 : dnnl_f32));
    DG_TRY(compile_for_one_thread(engine->engine, &wanted));
    const size_t bytes = dnnl_memory_desc_get_size(&wanted.scratch);
    if (bytes > engine->scratch_bytes) engine->scratch_bytes = bytes;
    *number = engine->count;
    engine->products[engine->count++] = wanted;
    return DIGRESS_OK;
}

static digress_status need_products(onednn_engine *engine, size_t out, size_t in, size_t tile,
                                    layer_products *products) {
    const dnnl_dim_t o = (dnnl_dim_t)out, i = (dnnl_dim_t)in, t = (dnnl_dim_t)tile;
    DG_TRY(need_product(engine, (product){.m = t, .n = o, .k = i, .own_layout = true},
                        &products->forward));
    if (!engine->base.backward) return DIGRESS_OK;
    product input = {.m = t, .n = i, .k = o, .own_layout = true};
    DG_TRY(need_product(engine, input, &products->input[0]));
    input.B = engine->products[products->input[0]].B; /* both read the same weights */
    input.beta = 1.0f;
    DG_TRY(need_product(engine, input, &products->input[1]));
    for (dnnl_dim_t tiles = 1; tiles <= DG_BACKWARD_TILES; tiles++)
        DG_TRY(need_product(
            engine, (product){.m = o, .n = i, .k = tiles * t, .transposed = true, .beta = 1.0f},
            &products->weight[tiles - 1]));
    return DIGRESS_OK;
}

static digress_status onednn_create_engine(dg_precision precision, bool backward, dg_engine **out) {
    onednn_engine *self = NULL;
    DG_TRY(dg_allocate(1, sizeof *self, &self));
    self->base.precision = precision;
    self->base.backward = backward;
    const digress_status status = check_onednn(dnnl_engine_create(&self->engine, dnnl_cpu, 0));
    if (status != DIGRESS_OK) {
        free(self);
        return status;
    }
    *out = &self->base;
    return DIGRESS_OK;
}

static void onednn_free_engine(dg_engine *engine) {
    onednn_engine *self = (onednn_engine *)engine;
    for (size_t k = 0; k < self->count; k++)
        dnnl_primitive_destroy(self->products[k].primitive);
    free(self->products);
    dnnl_engine_destroy(self->engine);
    free(self);
}

/* ---- weights ---- */

/* W [out, in] -> the layout of the product's B: [in, out] for the forward product. */
static digress_status make_reorder(dnnl_engine_t engine, const product *p, bool transposed,
                                   laid_out_matrix *weights) {
    const int threads = omp_get_max_threads();
    dnnl_memory_desc_t plain;
    dnnl_primitive_desc_t description;
    const dnnl_dims_t dims = {p->k, p->n};
    DG_TRY(dg_allocate(dnnl_memory_desc_get_size(&p->B), 1, &weights->values));
    DG_TRY(check_onednn(
        dnnl_memory_desc_init_by_tag(&plain, 2, dims, dnnl_f32, transposed ? dnnl_ba : dnnl_ab)));
    DG_TRY(check_onednn(dnnl_memory_create(&weights->from, &plain, engine, DNNL_MEMORY_NONE)));
    DG_TRY(check_onednn(dnnl_memory_create(&weights->to, &p->B, engine, weights->values)));
    omp_set_num_threads(1);
    digress_status status = check_onednn(
        dnnl_reorder_primitive_desc_create(&description, &plain, engine, &p->B, engine, NULL));
    if (status == DIGRESS_OK) {
        status = check_onednn(dnnl_primitive_create(&weights->reorder, description));
        dnnl_primitive_desc_destroy(description);
    }
    omp_set_num_threads(threads);
    return status;
}

static void free_matrix(laid_out_matrix *weights) {
    if (weights->reorder) dnnl_primitive_destroy(weights->reorder);
    if (weights->from) dnnl_memory_destroy(weights->from);
    if (weights->to) dnnl_memory_destroy(weights->to);
    free(weights->values);
}

static void onednn_free_weights(dg_linear_weights *weights) {
    onednn_weights *self = (onednn_weights *)weights;
    free_matrix(&self->forward);
    free_matrix(&self->input);
    if (self->stream) dnnl_stream_destroy(self->stream);
    free(self);
}

static digress_status fill_weights(onednn_engine *engine, size_t out, size_t in, size_t tile,
                                   onednn_weights *self) {
    DG_TRY(need_products(engine, out, in, tile, &self->products));
    DG_TRY(
        check_onednn(dnnl_stream_create(&self->stream, engine->engine, dnnl_stream_default_flags)));
    DG_TRY(make_reorder(engine->engine, &engine->products[self->products.forward], true,
                        &self->forward));
    if (!engine->base.backward) return DIGRESS_OK;
    return make_reorder(engine->engine, &engine->products[self->products.input[0]], false,
                        &self->input);
}

static digress_status onednn_create_weights(dg_engine *engine, size_t out, size_t in, size_t tile,
                                            dg_linear_weights **weights) {
    onednn_weights *self = NULL;
    DG_TRY(dg_allocate(1, sizeof *self, &self));
    const digress_status status = fill_weights((onednn_engine *)engine, out, in, tile, self);
    if (status != DIGRESS_OK) {
        onednn_free_weights(&self->base);
        return status;
    }
    *weights = &self->base;
    return DIGRESS_OK;
}

static size_t onednn_weights_bytes(const dg_linear_weights *weights) {
    const onednn_weights *self = (const onednn_weights *)weights;
    const onednn_engine *engine = (const onednn_engine *)weights->engine;
    size_t bytes = dnnl_memory_desc_get_size(&engine->products[self->products.forward].B);
    if (weights->engine->backward)
        bytes += dnnl_memory_desc_get_size(&engine->products[self->products.input[0]].B);
    return bytes;
}

static digress_status reorder_weights(const laid_out_matrix *weights, dnnl_stream_t stream,
                                      const float *W) {
    if (!weights->reorder) return DIGRESS_OK;
    const dnnl_exec_arg_t list[] = {{DNNL_ARG_FROM, weights->from}, {DNNL_ARG_TO, weights->to}};
    DG_TRY(check_onednn(dnnl_memory_set_data_handle(weights->from, (void *)(uintptr_t)W)));
    return check_onednn(dnnl_primitive_execute(weights->reorder, stream, 2, list));
}

static digress_status onednn_set_weights(dg_linear_weights *weights, const float *W) {
    const onednn_weights *self = (const onednn_weights *)weights;
    DG_TRY(reorder_weights(&self->forward, self->stream, W));
    return reorder_weights(&self->input, self->stream, W);
}

/* ---- multipliers ---- */

static void onednn_free_multiplier(dg_multiplier *multiplier) {
    onednn_multiplier *self = (onednn_multiplier *)multiplier;
    const onednn_engine *engine = (const onednn_engine *)multiplier->engine;
    for (size_t k = 0; self->arguments && k < engine->count; k++) {
        const dnnl_memory_t all[] = {self->arguments[k].A, self->arguments[k].B,
                                     self->arguments[k].C, self->arguments[k].scratch};
        for (size_t m = 0; m < sizeof all / sizeof *all; m++)
            if (all[m]) dnnl_memory_destroy(all[m]);
    }
    free(self->arguments);
    free(self->scratch);
    free(self->x);
    free(self->dy);
    if (self->stream) dnnl_stream_destroy(self->stream);
    free(self);
}

static digress_status fill_multiplier(const onednn_engine *engine, onednn_multiplier *self) {
    DG_TRY(
        check_onednn(dnnl_stream_create(&self->stream, engine->engine, dnnl_stream_default_flags)));
    DG_TRY(dg_allocate(engine->count, sizeof *self->arguments, &self->arguments));
    DG_TRY(dg_allocate(engine->scratch_bytes, 1, &self->scratch));
    if (engine->base.precision == DG_PRECISION_F32) return DIGRESS_OK;
    const size_t tiles = engine->base.backward ? DG_BACKWARD_TILES : 1;
    DG_TRY(dg_allocate(tiles * engine->base.largest_in, sizeof *self->x, &self->x));
    const size_t dy = engine->base.backward ? tiles * engine->base.largest_out : 0;
    return dg_allocate(dy, sizeof *self->dy, &self->dy);
}

static digress_status onednn_create_multiplier(const dg_engine *engine, dg_multiplier **out) {
    onednn_multiplier *self = NULL;
    DG_TRY(dg_allocate(1, sizeof *self, &self));
    self->base.engine = engine;
    const digress_status status = fill_multiplier((const onednn_engine *)engine, self);
    if (status != DIGRESS_OK) {
        onednn_free_multiplier(&self->base);
        return status;
    }
    *out = &self->base;
    return DIGRESS_OK;
}

static digress_status name_rows(const onednn_engine *engine, const product *p, void *scratch,
                                arguments *names) {
    DG_TRY(check_onednn(dnnl_memory_create(&names->A, &p->A, engine->engine, DNNL_MEMORY_NONE)));
    if (!p->own_layout)
        DG_TRY(
            check_onednn(dnnl_memory_create(&names->B, &p->B, engine->engine, DNNL_MEMORY_NONE)));
    DG_TRY(check_onednn(dnnl_memory_create(&names->C, &p->C, engine->engine, DNNL_MEMORY_NONE)));
    return check_onednn(dnnl_memory_create(&names->scratch, &p->scratch, engine->engine, scratch));
}

/* ---- the three products ---- */

/* C = A B + beta C; B is `laid_out`, unless that is NULL. */
static digress_status execute_product(const onednn_engine *engine, onednn_multiplier *multiplier,
                                      size_t number, const void *A, const laid_out_matrix *laid_out,
                                      const void *B, float *C) {
    const product *p = &engine->products[number];
    arguments *names = &multiplier->arguments[number];
    if (!names->scratch) DG_TRY(name_rows(engine, p, multiplier->scratch, names));
    DG_TRY(check_onednn(dnnl_memory_set_data_handle(names->A, (void *)(uintptr_t)A)));
    if (!laid_out)
        DG_TRY(check_onednn(dnnl_memory_set_data_handle(names->B, (void *)(uintptr_t)B)));
    DG_TRY(check_onednn(dnnl_memory_set_data_handle(names->C, C)));
    const dnnl_exec_arg_t list[] = {{DNNL_ARG_SRC, names->A},
                                    {DNNL_ARG_WEIGHTS, laid_out ? laid_out->to : names->B},
                                    {DNNL_ARG_DST, names->C},
                                    {DNNL_ARG_SCRATCHPAD, names->scratch}};
    return check_onednn(dnnl_primitive_execute(p->primitive, multiplier->stream, 4, list));
}

/* Rows as the products read them: themselves, or rounded to bfloat16 at `place`. */
static const void *factor_of(const onednn_multiplier *multiplier, size_t count, const float *rows,
                             uint16_t *place) {
    if (multiplier->base.engine->precision == DG_PRECISION_F32) return rows;
    dg_to_bf16(count, rows, place);
    return place;
}

static digress_status onednn_forward(const dg_linear_weights *weights, dg_multiplier *base,
                                     size_t rows, const float *x, float *y) {
    const onednn_weights *self = (const onednn_weights *)weights;
    onednn_multiplier *multiplier = (onednn_multiplier *)base;
    return execute_product(
        (const onednn_engine *)weights->engine, multiplier, self->products.forward,
        factor_of(multiplier, rows * weights->in, x, multiplier->x), &self->forward, NULL, y);
}

static digress_status onednn_backward(const dg_linear_weights *weights, dg_multiplier *base,
                                      size_t rows, const float *x, const float *dy, float beta,
                                      float *dx, float *dW) {
    const onednn_weights *self = (const onednn_weights *)weights;
    const onednn_engine *engine = (const onednn_engine *)weights->engine;
    onednn_multiplier *multiplier = (onednn_multiplier *)base;
    const size_t tile = weights->tile, in = weights->in, out = weights->out, tiles = rows / tile;
    const size_t size =
        engine->base.precision == DG_PRECISION_BF16 ? sizeof(uint16_t) : sizeof(float);
    const void *factor_x = factor_of(multiplier, rows * in, x, multiplier->x);
    const char *factor_dy = factor_of(multiplier, rows * out, dy, multiplier->dy);
    DG_TRY(execute_product(engine, multiplier, self->products.weight[tiles - 1], factor_dy, NULL,
                           factor_x, dW));
    for (size_t k = 0; dx && k < tiles; k++)
        DG_TRY(execute_product(engine, multiplier, self->products.input[beta != 0.0f],
                               factor_dy + k * tile * out * size, &self->input, NULL,
                               dx + k * tile * in));
    return DIGRESS_OK;
}

const dg_engine_operations dg_onednn_operations = {
    .backend = DG_BACKEND_ONEDNN,
    .create_engine = onednn_create_engine,
    .free_engine = onednn_free_engine,
    .create_weights = onednn_create_weights,
    .free_weights = onednn_free_weights,
    .weights_bytes = onednn_weights_bytes,
    .set_weights = onednn_set_weights,
    .create_multiplier = onednn_create_multiplier,
    .free_multiplier = onednn_free_multiplier,
    .forward = onednn_forward,
    .backward = onednn_backward,
};
