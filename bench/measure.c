#include "bench/measure.h"

#include "core/log.h"
#include "core/memory.h"
#include "core/threads.h"
#include "math/engine.h"
#include "model/predict.h"
#include "sample/sampler.h"
#include "train/adamw.h"
#include "train/step.h"
#include <stdlib.h>
#include <time.h>

enum { MAX_ROUNDS = 1000, SAMPLE_STEPS = 4, PEAK_SIZE = 1024 };

/* What all figures of a shape are measured with. */
typedef struct bench {
    const dg_bench_shape *shape;
    const dg_bench_options *options;
    dg_pool *pool;
    digress_graph_set *set; /* the batch */
    dg_model *model;
} bench;

typedef digress_status round_call(void *context);

/* Seconds by the wall clock, or those that the process has worked. */
static double seconds_of(bool cpu) {
    struct timespec now;
    if (!cpu) return dg_clock();
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static int compare_times(const void *left, const void *right) {
    const double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

/* A clock that advances while a task works on one part of it, in seconds of all threads; and what
 * share of their time that is. */
typedef struct timed_part {
    double (*clock)(const void *context);
    double *share;
} timed_part;

enum { MOST_PARTS = 2 };
typedef struct timed_task {
    round_call *call;
    void *context;
    const dg_bench_options *options;
    timed_part parts[MOST_PARTS]; /* those with a clock */
} timed_task;

/* At least `least` rounds, and more until the time is over. */
static digress_status time_rounds(const timed_task *task, double seconds, size_t least,
                                  double *times, size_t *rounds) {
    double before[MOST_PARTS] = {0};
    for (size_t k = 0; k < MOST_PARTS && task->parts[k].clock; k++)
        before[k] = task->parts[k].clock(task->context);
    const double begin = dg_clock();
    *rounds = 0;
    while (*rounds < MAX_ROUNDS && (*rounds < least || dg_clock() - begin < seconds)) {
        const double start = seconds_of(task->options->cpu);
        DG_TRY(task->call(task->context));
        times[(*rounds)++] = seconds_of(task->options->cpu) - start;
    }
    const double spent = (dg_clock() - begin) * (double)task->options->threads;
    for (size_t k = 0; k < MOST_PARTS && task->parts[k].clock; k++)
        *task->parts[k].share = (task->parts[k].clock(task->context) - before[k]) / spent;
    return DIGRESS_OK;
}

/* The median wall time of a round, after a first one that is counted only if there is no time for
 * another. */
static digress_status median_seconds(double seconds, const timed_task *task, double *out) {
    double times[MAX_ROUNDS];
    size_t rounds = 0;
    DG_TRY(time_rounds(task, 0, 1, times, &rounds));
    if (times[0] < seconds) DG_TRY(time_rounds(task, seconds - times[0], 2, times, &rounds));
    qsort(times, rounds, sizeof *times, compare_times);
    *out = (times[(rounds - 1) / 2] + times[rounds / 2]) / 2;
    return DIGRESS_OK;
}

static digress_status add_random_graph(const dg_bench_shape *shape, uint32_t index,
                                       uint8_t *node_class, uint8_t *pair_class,
                                       digress_graph_set *set) {
    const size_t pairs = (size_t)shape->n * (shape->n - 1) / 2;
    dg_stream stream = {.key = {.purpose = DG_RNG_GENERATE, .graph = index}};
    for (size_t i = 0; i < shape->n; i++)
        node_class[i] = (uint8_t)dg_stream_below(&stream, (uint32_t)shape->node_classes);
    for (size_t k = 0; k < pairs; k++) {
        const bool edge = dg_stream_uniform(&stream) < shape->density;
        const uint32_t edge_classes = (uint32_t)shape->edge_classes - 1;
        pair_class[k] = edge ? (uint8_t)(1 + dg_stream_below(&stream, edge_classes)) : 0;
    }
    return digress_graph_set_append(set, shape->n, node_class, pair_class);
}

static digress_status make_batch(const dg_bench_shape *shape, dg_arena *arena,
                                 digress_graph_set *set) {
    uint8_t *node_class, *pair_class;
    DG_TRY(dg_arena_allocate(arena, shape->n, 1, &node_class));
    DG_TRY(dg_arena_allocate(arena, (size_t)shape->n * shape->n, 1, &pair_class));
    for (uint32_t index = 0; index < shape->batch; index++)
        DG_TRY(add_random_graph(shape, index, node_class, pair_class, set));
    return DIGRESS_OK;
}

static digress_status make_model(const dg_bench_shape *shape, const digress_graph_set *set,
                                 dg_model **out) {
    dg_config config;
    DG_TRY(dg_config_create(&config));
    config.model.n_layers = shape->n_layers;
    digress_status status = dg_config_read_text(&config, shape->widths, shape->name);
    if (status == DIGRESS_OK) status = dg_config_check(&config);
    if (status == DIGRESS_OK) status = dg_model_create(&config, set, NULL, "", out);
    dg_config_free(&config);
    return status;
}

static digress_status set_up(bench *b, size_t threads) {
    dg_arena *arena;
    DG_TRY(dg_pool_create(threads, &b->pool));
    DG_TRY(digress_graph_set_create(b->shape->node_classes, b->shape->edge_classes, &b->set));
    DG_TRY(dg_arena_create(&arena));
    const digress_status status = make_batch(b->shape, arena, b->set);
    dg_arena_free(arena);
    DG_TRY(status);
    DG_TRY(make_model(b->shape, b->set, &b->model));
    return dg_denoiser_use(b->model->denoiser, b->options->backend, b->options->precision, true);
}

static void tear_down(bench *b) {
    dg_model_free(b->model);
    digress_graph_set_free(b->set);
    dg_pool_free(b->pool);
}

/* The batch in packs, halfway through the noise. */
typedef struct pack_bench {
    dg_state *noisy;
    double *t;
    dg_rng *keys;
    dg_input_rows input;
    float *X, *E; /* logits */
} pack_bench;

typedef struct forward_bench {
    const bench *b;
    dg_arena *arena, *inputs; /* what lasts; what one `input` allocates */
    size_t packs;
    pack_bench *pack;         /* [packs] */
    dg_predictor *predictors; /* [threads] */
} forward_bench;

static digress_status make_pack(forward_bench *f, pack_bench *pack, uint32_t first, uint32_t end) {
    const dg_noise_model *noise = f->b->model->noise;
    const size_t count = end - first;
    uint32_t *index;
    dg_state *clean;
    DG_TRY(dg_arena_allocate(f->arena, count, sizeof *index, &index));
    DG_TRY(dg_arena_allocate(f->arena, count, sizeof *pack->t, &pack->t));
    DG_TRY(dg_arena_allocate(f->arena, count, sizeof *pack->keys, &pack->keys));
    for (uint32_t g = 0; g < count; g++) {
        index[g] = first + g;
        pack->t[g] = (uint32_t)(noise->schedule.T / 2);
        pack->keys[g] = (dg_rng){.graph = first + g};
    }
    DG_TRY(noise->operations->encode(noise, f->arena, f->b->set, count, index, &clean));
    DG_TRY(noise->operations->corrupt(noise, f->arena, clean, pack->t, pack->keys,
                                      DG_RNG_NOISE_NODE, DG_RNG_NOISE_PAIR, &pack->noisy));
    DG_TRY(noise->operations->input(noise, f->arena, pack->noisy, pack->t, &pack->input));
    const dg_pack *rows = pack->input.pack;
    DG_TRY(dg_arena_allocate(f->arena, rows->nodes * noise->out_X, sizeof *pack->X, &pack->X));
    return dg_arena_allocate(f->arena, rows->pairs * noise->out_E, sizeof *pack->E, &pack->E);
}

static digress_status make_packs(forward_bench *f) {
    const size_t batch = f->b->shape->batch, threads = dg_pool_threads(f->b->pool);
    uint32_t *n;
    size_t *start;
    DG_TRY(dg_arena_allocate(f->arena, batch, sizeof *n, &n));
    DG_TRY(dg_arena_allocate(f->arena, batch + 1, sizeof *start, &start));
    for (size_t g = 0; g < batch; g++)
        n[g] = f->b->shape->n;
    f->packs = dg_pack_split_evenly(batch, n, batch, threads, start);
    DG_TRY(dg_arena_allocate(f->arena, f->packs, sizeof *f->pack, &f->pack));
    for (size_t k = 0; k < f->packs; k++)
        DG_TRY(make_pack(f, &f->pack[k], (uint32_t)start[k], (uint32_t)start[k + 1]));
    return DIGRESS_OK;
}

static digress_status forward_pack(void *context, size_t index, const dg_team *team,
                                   size_t thread) {
    const forward_bench *f = context;
    const pack_bench *pack = &f->pack[index];
    return dg_denoiser_forward(f->b->model->denoiser, f->predictors[thread].workspace, team,
                               &pack->input, NULL, false, pack->X, pack->E);
}

static digress_status forward_round(void *context) {
    forward_bench *f = context;
    return dg_run_teams(f->b->pool, f->packs, f->b->shape->n, false, forward_pack, f);
}

static double forward_products(const void *context) {
    const forward_bench *f = context;
    double seconds = 0;
    for (size_t k = 0; k < dg_pool_threads(f->b->pool); k++)
        seconds += dg_workspace_product_seconds(f->predictors[k].workspace);
    return seconds;
}

/* Computes what the network reads, for the whole batch on one thread. */
static digress_status features_round(void *context) {
    forward_bench *f = context;
    const dg_noise_model *noise = f->b->model->noise;
    for (size_t k = 0; k < f->packs; k++) {
        dg_input_rows input;
        DG_TRY(dg_arena_reset(f->inputs));
        DG_TRY(noise->operations->input(noise, f->inputs, f->pack[k].noisy, f->pack[k].t, &input));
    }
    return DIGRESS_OK;
}

/* One reverse step after the network, for the whole batch on one thread. */
static digress_status posterior_round(void *context) {
    forward_bench *f = context;
    const dg_noise_model *noise = f->b->model->noise;
    const uint32_t t = (uint32_t)noise->schedule.T / 2;
    for (size_t k = 0; k < f->packs; k++)
        DG_TRY(noise->operations->reverse(noise, f->pack[k].noisy, f->pack[k].X, f->pack[k].E,
                                          (dg_interval){t - 1, t, t}, f->pack[k].keys));
    return DIGRESS_OK;
}

/* Seconds per batch: of the network on all threads, of the other two on one. */
typedef struct forward_times {
    double forward, products, features, posterior;
} forward_times;

static digress_status time_parts(forward_bench *f, forward_times *times) {
    const double seconds = f->b->options->seconds;
    DG_TRY(make_packs(f));
    DG_TRY(dg_predictors_create(f->b->model, f->b->pool, &f->predictors));
    const timed_task forward = {
        forward_round, f, f->b->options, {{forward_products, &times->products}}};
    const timed_task features = {features_round, f, f->b->options, {{0}}};
    const timed_task posterior = {posterior_round, f, f->b->options, {{0}}};
    DG_TRY(median_seconds(seconds, &forward, &times->forward));
    DG_TRY(median_seconds(seconds / 4, &features, &times->features));
    return median_seconds(seconds / 4, &posterior, &times->posterior);
}

static digress_status time_forward(const bench *b, forward_times *times) {
    forward_bench f = {.b = b};
    digress_status status = dg_arena_create(&f.arena);
    if (status == DIGRESS_OK) status = dg_arena_create(&f.inputs);
    if (status == DIGRESS_OK) status = time_parts(&f, times);
    dg_predictors_free(f.predictors, b->pool);
    dg_arena_free(f.inputs);
    dg_arena_free(f.arena);
    return status;
}

/* One step of training on the batch. */
typedef struct train_bench {
    const bench *b;
    dg_stepper *stepper;
    dg_adamw adamw;
    dg_batch batch;
    double optimizer_seconds; /* wall time so far */
} train_bench;

static digress_status train_round(void *context) {
    train_bench *train = context;
    const dg_model *model = train->b->model;
    dg_batch_result result;
    train->batch.step++;
    DG_TRY(dg_stepper_run(train->stepper, &train->batch, &result));
    const double begin = dg_clock();
    DG_TRY(dg_adamw_step(&train->adamw, train->b->pool, model->config.train.lr, 1,
                         dg_stepper_gradient(train->stepper),
                         dg_denoiser_parameters(model->denoiser), 0, NULL));
    DG_TRY(dg_denoiser_weights_changed(model->denoiser, train->b->pool));
    train->optimizer_seconds += dg_clock() - begin;
    return DIGRESS_OK;
}

static double train_products(const void *context) {
    return dg_stepper_product_seconds(((const train_bench *)context)->stepper);
}

static double train_optimizer(const void *context) {
    const train_bench *train = context;
    return train->optimizer_seconds * (double)dg_pool_threads(train->b->pool);
}

static digress_status time_train(const bench *b, dg_bench_result *result, double *seconds) {
    const dg_adamw_options options = {.weight_decay = b->model->config.train.weight_decay,
                                      .beta1 = 0.9,
                                      .beta2 = 0.999,
                                      .epsilon = 1e-8,
                                      .amsgrad = b->model->config.train.amsgrad};
    train_bench train = {.b = b};
    const timed_task step = {
        train_round,
        &train,
        b->options,
        {{train_products, &result->train_products}, {train_optimizer, &result->train_optimizer}}};
    uint32_t *index;
    DG_TRY(dg_allocate(b->shape->batch, sizeof *index, &index));
    for (uint32_t g = 0; g < b->shape->batch; g++)
        index[g] = g;
    train.batch = (dg_batch){.set = b->set, .count = b->shape->batch, .index = index};
    digress_status status =
        dg_stepper_create(b->model, b->pool, dg_pool_threads(b->pool), &train.stepper);
    if (status == DIGRESS_OK)
        status = dg_adamw_create_for(b->model->denoiser, &options, &train.adamw);
    if (status == DIGRESS_OK) status = median_seconds(b->options->seconds, &step, seconds);
    dg_adamw_free(&train.adamw);
    dg_stepper_free(train.stepper);
    free(index);
    return status;
}

/* SAMPLE_STEPS sampling steps of as many graphs as the batch has. */
static digress_status sample_round(void *context) {
    const bench *b = context;
    const dg_sample_options options = {.count = b->shape->batch, .steps = SAMPLE_STEPS};
    digress_graph_set *samples;
    DG_TRY(digress_graph_set_create(b->shape->node_classes, b->shape->edge_classes, &samples));
    const digress_status status = dg_sample(b->model, b->pool, &options, samples, NULL);
    digress_graph_set_free(samples);
    return status;
}

static digress_status time_sample_step(bench *b, double *seconds) {
    const timed_task steps = {sample_round, b, b->options, {{0}}};
    DG_TRY(median_seconds(b->options->seconds, &steps, seconds));
    *seconds /= SAMPLE_STEPS;
    return DIGRESS_OK;
}

/* Large products, one per thread at a time. */
typedef struct peak_bench {
    dg_pool *pool;
    dg_engine *engine;
    dg_linear_weights *weights;
    dg_multiplier **multipliers; /* [threads] */
    float *matrices;             /* [threads, 2, PEAK_SIZE, PEAK_SIZE] */
} peak_bench;

static digress_status multiply_large(void *context, size_t index, size_t thread) {
    (void)thread;
    const peak_bench *peak = context;
    const size_t size = (size_t)PEAK_SIZE * PEAK_SIZE;
    float *x = peak->matrices + index * 2 * size;
    dg_multiply_forward(peak->weights, peak->multipliers[index], PEAK_SIZE, x, x + size);
    return dg_multiplier_status(peak->multipliers[index]);
}

static digress_status peak_round(void *context) {
    peak_bench *peak = context;
    return dg_pool_run(peak->pool, dg_pool_threads(peak->pool), multiply_large, peak);
}

static digress_status set_up_peak(const bench *b, peak_bench *peak) {
    const size_t threads = dg_pool_threads(b->pool);
    const size_t values = threads * 2 * PEAK_SIZE * PEAK_SIZE;
    DG_TRY(dg_engine_create(b->options->backend, b->options->precision, false, &peak->engine));
    DG_TRY(dg_linear_weights_create(peak->engine, PEAK_SIZE, PEAK_SIZE, PEAK_SIZE, &peak->weights));
    DG_TRY(dg_allocate(threads, sizeof *peak->multipliers, (void *)&peak->multipliers));
    for (size_t k = 0; k < threads; k++)
        DG_TRY(dg_multiplier_create(peak->engine, &peak->multipliers[k]));
    DG_TRY(dg_allocate(values, sizeof(float), &peak->matrices));
    for (size_t k = 0; k < values; k++)
        peak->matrices[k] = (float)(k % 7) - 3;
    return dg_linear_weights_set(peak->weights, peak->matrices);
}

static digress_status find_peak(const bench *b, double *gflops) {
    const size_t threads = dg_pool_threads(b->pool);
    peak_bench peak = {.pool = b->pool};
    double seconds = 0;
    const timed_task round = {peak_round, &peak, b->options, {{0}}};
    const double limit = b->options->seconds < 1 ? b->options->seconds : 1;
    digress_status status = set_up_peak(b, &peak);
    if (status == DIGRESS_OK) status = median_seconds(limit, &round, &seconds);
    for (size_t k = 0; peak.multipliers && k < threads; k++)
        dg_multiplier_free(peak.multipliers[k]);
    dg_linear_weights_free(peak.weights);
    dg_engine_free(peak.engine);
    free(peak.multipliers);
    free(peak.matrices);
    DG_TRY(status);
    *gflops = (double)threads * 2e-9 * PEAK_SIZE * PEAK_SIZE * PEAK_SIZE / seconds;
    return DIGRESS_OK;
}

/* Multiplications of the linear layers for one graph. */
static double multiplications(const dg_denoiser_dims *dims, double n) {
    const double dx = (double)dims->dx, de = (double)dims->de, dy = (double)dims->dy;
    const double mlp_X = (double)dims->mlp_X, mlp_E = (double)dims->mlp_E;
    const double node_layer = 4 * dx * dx + 2 * dx * (double)dims->dim_ffX;
    const double pair_layer = 3 * dx * de + 2 * de * (double)dims->dim_ffE;
    const double graph_layer =
        8 * dx * dy + 4 * de * dy + 3 * dy * dy + 2 * dy * (double)dims->dim_ffy;
    const double node_ends = mlp_X * (2 * dx + (double)(dims->in_X + dims->out_X));
    const double pair_ends = mlp_E * (2 * de + (double)(dims->in_E + dims->out_E));
    const double layers = (double)dims->n_layers, pairs = dims->symmetric ? (n + 1) / 2 * n : n * n;
    return n * (layers * node_layer + node_ends) + pairs * (layers * pair_layer + pair_ends) +
           layers * graph_layer;
}

static digress_status time_all(bench *b, dg_bench_result *out) {
    const double graphs = (double)b->shape->batch, threads = (double)dg_pool_threads(b->pool);
    double train = 0, sample_step = 0;
    forward_times times = {0};
    dg_bench_result result = {.parameters = dg_denoiser_parameter_count(b->model->denoiser)};
    DG_TRY(time_train(b, &result, &train)); /* first: the others reuse the memory that it frees */
    DG_TRY(time_forward(b, &times));
    DG_TRY(time_sample_step(b, &sample_step));
    DG_TRY(find_peak(b, &result.peak_gflops));
    result.forward_ms = 1000 * times.forward / graphs;
    result.sample_step_ms = 1000 * sample_step / graphs;
    result.train_ms = 1000 * train / graphs;
    const dg_denoiser_dims *dims = dg_denoiser_get_dims(b->model->denoiser);
    result.gflops = 2e-9 * multiplications(dims, b->shape->n) * graphs / times.forward;
    result.forward_products = times.products;
    result.train_features = times.features / (train * threads);
    result.sample_features = times.features / (sample_step * threads);
    result.sample_posterior = times.posterior / (sample_step * threads);
    *out = result;
    return DIGRESS_OK;
}

digress_status dg_bench_measure(const dg_bench_shape *shape, const dg_bench_options *options,
                                dg_bench_result *out) {
    bench b = {.shape = shape, .options = options};
    digress_status status = set_up(&b, options->threads);
    if (status == DIGRESS_OK) status = time_all(&b, out);
    tear_down(&b);
    return status;
}
