#include "sample/sampler.h"

#include "core/memory_limit.h"
#include "diffusion/transition.h"
#include "model/need.h"
#include "model/predict.h"
#include "sample/asked.h"
#include "sample/share.h"
#include "sample/steering.h"
#include "sample/tilting.h"
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One call of dg_sample. */
typedef struct sampling {
    const dg_model *model;
    const dg_sample_options *options;
    size_t steps, frames;
    size_t count;     /* how many samples are to be drawn, by this rank */
    uint32_t *number; /* [count] of each */
    uint32_t *n;      /* [count] */
    size_t *start;    /* [packs + 1] first sample of each pack */
    size_t packs, largest_n;
    const double *histogram;    /* [max_n + 1] weights of the numbers of nodes */
    size_t least_n, max_n;      /* of them, the least to draw */
    double weight;              /* their sum */
    bool shared;                /* one pack after another: there is no memory for one per thread */
    dg_predictor *predictors;   /* [threads] */
    dg_arena **arenas;          /* [threads] states of the current pack */
    dg_store *store, own;       /* what has been drawn; `own` if the caller gave none */
    digress_graph_set **chains; /* [options->chains], the caller's */
    dg_steering steering;
    dg_asked asked;
    dg_tilting tilting;
    pthread_mutex_t mutex; /* guards the store, interventions, the two below and the progress
                              callback */
    size_t done, total;    /* reverse steps */
    digress_status stopped;
    digress_interventions interventions;
} sampling;

/* ---- which samples, and their numbers of nodes ---- */

/* Numbers those samples that the store lacks, and the first ones, whose chains are wanted, in any
 * case. */
static digress_status number_samples(sampling *run, const dg_ranks *ranks) {
    const dg_sample_options *options = run->options;
    digress_graph graph;
    DG_TRY(dg_allocate(options->count, sizeof *run->number, &run->number));
    for (size_t k = 0; k < options->count; k++) {
        uint32_t number = (uint32_t)(options->first + k);
        if (k < options->chains || !dg_store_find(run->store, number, &graph))
            run->number[run->count++] = number;
    }
    run->done = (options->count - run->count) * run->steps;
    run->count = dg_share_numbers(ranks, options->chains, run->count, run->number);
    run->total = run->done + run->count * run->steps;
    return DIGRESS_OK;
}

static digress_status choose_histogram(sampling *run) {
    const double *given = run->options->n_histogram;
    run->histogram = given ? given : run->model->sizes.n_histogram;
    run->max_n = given ? run->options->max_n : run->model->sizes.max_n;
    /* Of the model's own sizes, those that a fixed part leaves room for. */
    run->least_n = given || run->steering.fixed.n == 0 ? 1 : run->steering.fixed.n;
    for (size_t n = run->least_n; n <= run->max_n; n++) {
        if (!(run->histogram[n] >= 0) || !isfinite(run->histogram[n]))
            return dg_error(DIGRESS_ERROR_INPUT,
                            "number of nodes: the weight of %zu is not a finite number >= 0", n);
        run->weight += run->histogram[n];
    }
    while (run->least_n < run->max_n && !(run->histogram[run->least_n] > 0))
        run->least_n++;
    if (run->least_n > run->max_n)
        return dg_error(DIGRESS_ERROR_INPUT,
                        "a fixed part of %zu nodes is larger than the model's graphs, of up to "
                        "%zu: say by the option 'nodes' how large samples are to be",
                        run->steering.fixed.n, run->max_n);
    if (!(run->weight > 0))
        return dg_error(DIGRESS_ERROR_INPUT, "number of nodes: no size has a positive weight");
    return dg_steering_check_sizes(&run->steering, run->least_n, run->max_n);
}

/* Whether the samples fit into memory twice: in the store, and in the caller's set. */
static digress_status check_room(const sampling *run) {
    char what[64];
    double bytes = 0;
    for (size_t n = run->least_n; n <= run->max_n; n++)
        bytes += run->histogram[n] / run->weight * (double)(n + n * (n - 1) / 2);
    snprintf(what, sizeof what, "%zu samples", run->options->count);
    return dg_require_memory(what, 2 * bytes * (double)run->options->count);
}

/* p(n) of sample `number`: by the targets that it is asked for, unless the sizes are given. */
static digress_status weigh_sizes(const sampling *run, uint32_t number, double *p) {
    const double *asked = run->options->n_histogram ? NULL : dg_asked_row(&run->asked, number);
    double total = 0;
    for (size_t n = 0; n <= run->max_n; n++)
        p[n] = n < run->least_n ? 0 : run->histogram[n] / run->weight;
    if (!asked) return DIGRESS_OK;
    DG_TRY(dg_conditions_weigh_sizes(&run->model->conditions, asked, run->max_n, p));
    for (size_t n = 0; n <= run->max_n; n++)
        total += p[n];
    for (size_t n = 0; n <= run->max_n; n++)
        p[n] /= total;
    return DIGRESS_OK;
}

static digress_status draw_sizes(sampling *run) {
    double *p = NULL;
    DG_TRY(dg_allocate(run->max_n + 1, sizeof *p, &p));
    digress_status status = weigh_sizes(run, 0, p);
    for (size_t k = 0; k < run->count && status == DIGRESS_OK; k++) {
        dg_rng key = {
            .seed = run->options->seed, .purpose = DG_RNG_SAMPLE_SIZE, .graph = run->number[k]};
        if (run->asked.rows > 0) status = weigh_sizes(run, run->number[k], p);
        run->n[k] = (uint32_t)dg_draw_class(run->max_n + 1, p, dg_rng_u32(&key, 0));
        if (run->n[k] > run->largest_n) run->largest_n = run->n[k];
    }
    free(p);
    return status;
}

/* ---- one pack ---- */

/* Whether the state after `step` reverse steps is one of the frames, which are spread evenly over 0
 * .. steps. */
static bool is_frame(const sampling *run, size_t step) {
    size_t gaps = run->frames - 1;
    if (gaps == 0) return step == run->steps;
    size_t frame = (step * gaps + run->steps - 1) / run->steps;
    return frame * run->steps / gaps == step;
}

static digress_status keep_frames(sampling *run, const dg_state *state, size_t pack, size_t step) {
    const dg_noise_model *noise = run->model->noise;
    if (run->frames == 0 || !is_frame(run, step)) return DIGRESS_OK;
    for (size_t k = run->start[pack]; k < run->start[pack + 1] && k < run->options->chains; k++)
        DG_TRY(noise->operations->decode(noise, state, k - run->start[pack], run->chains[k]));
    return DIGRESS_OK;
}

static digress_status report_steps(sampling *run, size_t graphs) {
    const dg_sample_options *options = run->options;
    pthread_mutex_lock(&run->mutex);
    run->done += graphs;
    if (run->stopped != DIGRESS_OK)
        dg_error(run->stopped, "sampling was stopped");
    else if (options->progress)
        run->stopped = options->progress(options->progress_context, run->done, run->total);
    digress_status status = run->stopped;
    pthread_mutex_unlock(&run->mutex);
    return status;
}

/* The network's output for all graphs of a pack at time t[0 .. graphs-1] = time. */
static digress_status predict_at(sampling *run, const dg_state *state, double time,
                                 const dg_team *team, size_t thread, double *t, float **X,
                                 float **E) {
    for (size_t g = 0; g < state->pack.graphs; g++)
        t[g] = time;
    return dg_predict(&run->predictors[thread], team, state, t, X, E);
}

/* One pack under way. */
typedef struct drawing {
    size_t pack, thread;
    const dg_team *team;
    dg_rng *keys; /* [graphs] */
    double *t;    /* [graphs] */
    dg_state *state;
    dg_steered steered; /* if the steering is active */
    dg_asked_pack asked;
    dg_tilted tilted;
} drawing;

/* What the network says without targets, where samples are guided away from it. */
static digress_status predict_free(sampling *run, drawing *now, double time) {
    const dg_noise_model *noise = run->model->noise;
    const dg_pack *pack = &now->state->pack;
    float *X = NULL, *E = NULL;
    if (!run->asked.guided) return DIGRESS_OK;
    now->state->targets = NULL;
    DG_TRY(predict_at(run, now->state, time, now->team, now->thread, now->t, &X, &E));
    memcpy(now->asked.X, X, pack->nodes * noise->out_X * sizeof *X);
    memcpy(now->asked.E, E, pack->pairs * noise->out_E * sizeof *E);
    now->state->targets = now->asked.targets;
    now->state->free = &now->asked.free;
    return DIGRESS_OK;
}

/* z_s ~ p(z_s | z_t), as it is steered. */
static digress_status draw_step(sampling *run, drawing *now, dg_interval interval, float *X,
                                float *E, bool last) {
    const dg_noise_model *noise = run->model->noise;
    if (run->steering.active) DG_TRY(dg_steer_before(&now->steered, now->state, X, E));
    if (run->steering.active && now->state->free)
        DG_TRY(dg_steer_before(&now->steered, now->state, now->asked.X, now->asked.E));
    DG_TRY(noise->operations->reverse(noise, now->state, X, E, interval, now->keys));
    if (!run->steering.active) return DIGRESS_OK;
    return dg_steer_after(&now->steered, now->state, X, E, last);
}

/* The step number `again` from the same t: with random numbers of its own. */
static dg_interval taken_again(dg_interval interval, size_t again) {
    enum { BITS_OF_STEPS = 20 };
    interval.key += (uint32_t)again << BITS_OF_STEPS;
    return interval;
}

/* z_s from z_t; and from z_0, if that is not the graph yet, x ~ p(x | z_0). */
static digress_status reverse_step(sampling *run, size_t step, drawing *now) {
    const dg_noise_model *noise = run->model->noise;
    float *X = NULL, *E = NULL;
    const size_t times = run->steering.active ? run->steering.fixed.resample : 1;
    const dg_interval interval =
        dg_interval_of(noise->schedule.T, run->model->config.sample.distortion, run->steps, step);
    for (size_t k = 0; k < times; k++) {
        const dg_interval taken = taken_again(interval, k);
        const bool last = step + 1 == run->steps && k + 1 == times;
        DG_TRY(predict_free(run, now, interval.t));
        DG_TRY(predict_at(run, now->state, interval.t, now->team, now->thread, now->t, &X, &E));
        if (run->tilting.regressor)
            DG_TRY(dg_tilting_step(&run->tilting, now->thread, &run->steering.fixed, now->t,
                                   &now->tilted, now->state));
        DG_TRY(draw_step(run, now, taken, X, E, last));
        if (k + 1 < times) DG_TRY(dg_steer_back(&now->steered, now->state, taken));
    }
    if (step + 1 < run->steps || !noise->operations->finish) return DIGRESS_OK;
    DG_TRY(predict_at(run, now->state, 0, now->team, now->thread, now->t, &X, &E));
    return noise->operations->finish(noise, now->state, X, E, now->keys);
}

/* z_T ~ limit, as it is steered. */
static digress_status draw_noise(sampling *run, drawing *now) {
    const dg_noise_model *noise = run->model->noise;
    dg_arena *arena = run->arenas[now->thread];
    const size_t first = run->start[now->pack], graphs = run->start[now->pack + 1] - first;
    DG_TRY(noise->operations->prior(noise, arena, graphs, run->n + first, now->keys, &now->state));
    DG_TRY(dg_asked_begin(&run->asked, run->model, arena, &now->state->pack, run->number + first,
                          &now->asked));
    now->state->targets = now->asked.targets;
    DG_TRY(dg_tilting_begin(&run->tilting, run->model, arena, &now->state->pack,
                            run->number + first, &now->tilted));
    if (!run->steering.active) return DIGRESS_OK;
    return dg_steer_noise(&run->steering, now->thread, arena, now->keys, now->state, &now->steered);
}

/* Algorithm 2 of DiGress: z_T ~ limit; z_s ~ p(z_s | z_t), until s = 0. */
static digress_status denoise_pack(sampling *run, drawing *now) {
    DG_TRY(draw_noise(run, now));
    DG_TRY(keep_frames(run, now->state, now->pack, 0));
    for (size_t step = 0; step < run->steps; step++) {
        DG_TRY(reverse_step(run, step, now));
        DG_TRY(keep_frames(run, now->state, now->pack, step + 1));
        DG_TRY(report_steps(run, now->state->pack.graphs));
    }
    return DIGRESS_OK;
}

/* What the constraints did to a finished pack. */
static digress_status count_interventions(sampling *run, drawing *now) {
    if (!run->steering.active) return DIGRESS_OK;
    pthread_mutex_lock(&run->mutex);
    digress_status status = dg_steer_count(&now->steered, now->state, &run->interventions);
    pthread_mutex_unlock(&run->mutex);
    return status;
}

/* Puts the graphs of a finished pack into the store. */
static digress_status keep_pack(sampling *run, const dg_state *state, size_t first) {
    const dg_noise_model *noise = run->model->noise;
    digress_graph_set *drawn = NULL;
    DG_TRY(digress_graph_set_create(noise->out_X, noise->out_E, &drawn));
    digress_status status = DIGRESS_OK;
    for (size_t g = 0; g < state->pack.graphs && status == DIGRESS_OK; g++)
        status = noise->operations->decode(noise, state, g, drawn);
    pthread_mutex_lock(&run->mutex);
    for (size_t g = 0; g < state->pack.graphs && status == DIGRESS_OK; g++) {
        digress_graph graph = digress_graph_set_get(drawn, g);
        status = dg_store_add(run->store, run->number[first + g], &graph);
    }
    pthread_mutex_unlock(&run->mutex);
    digress_graph_set_free(drawn);
    return status;
}

static digress_status sample_pack(void *context, size_t pack, const dg_team *team, size_t thread) {
    sampling *run = context;
    size_t first = run->start[pack], graphs = run->start[pack + 1] - first;
    dg_arena *arena = run->arenas[thread];
    drawing now = {.pack = pack, .thread = thread, .team = team};
    DG_TRY(dg_arena_reset(arena));
    DG_TRY(dg_arena_allocate(arena, graphs, sizeof *now.keys, &now.keys));
    DG_TRY(dg_arena_allocate(arena, graphs, sizeof *now.t, &now.t));
    for (size_t g = 0; g < graphs; g++)
        now.keys[g] = (dg_rng){.seed = run->options->seed, .graph = run->number[first + g]};
    DG_TRY(denoise_pack(run, &now));
    DG_TRY(count_interventions(run, &now));
    return keep_pack(run, now.state, first);
}

/* ---- all packs ---- */

static digress_status check_options(const dg_sample_options *options) {
    enum { MOST_STEPS = 1000000 };
    if (options->steps > MOST_STEPS)
        return dg_error(DIGRESS_ERROR_INPUT, "the option 'steps': expected at most %d, got %zu",
                        MOST_STEPS, options->steps);
    if (options->first > UINT32_MAX || options->count > UINT32_MAX - options->first)
        return dg_error(DIGRESS_ERROR_INPUT, "samples are numbered from 0 to %u", UINT32_MAX);
    return DIGRESS_OK;
}

/* Checked before anything is allocated: memory grows with the square of a graph's nodes. */
static digress_status check_memory(sampling *run, size_t threads) {
    enum { LARGE_N = 1024 }; /* a smaller graph fits anywhere */
    const double giga = 1e9;
    size_t need = 0, limit = dg_memory_limit();
    if (run->largest_n < LARGE_N) return DIGRESS_OK;
    DG_TRY(dg_pack_need(run->model, run->largest_n, 1, false, &need));
    if (need > limit)
        return dg_error(DIGRESS_ERROR_INPUT,
                        "a graph of %zu nodes takes about %.3g GB of memory to sample, and %.3g GB "
                        "is all there is: ask for smaller ones",
                        run->largest_n, (double)need / giga, (double)limit / giga);
    run->shared = need > limit / threads;
    return DIGRESS_OK;
}

/* So that no more than `batch` graphs are in progress at once. */
static size_t graphs_in_pack(const sampling *run, size_t threads) {
    size_t batch = run->options->batch,
           under_way = batch && batch < run->count ? batch : run->count;
    return under_way > threads ? under_way / threads : 1;
}

static digress_status append_results(const sampling *run, digress_graph_set *out) {
    for (size_t k = 0; k < run->options->count; k++) {
        digress_graph graph;
        if (!dg_store_find(run->store, (uint32_t)(run->options->first + k), &graph))
            return dg_error(DIGRESS_ERROR_INTERNAL, "sample %zu was not drawn", k);
        DG_TRY(digress_graph_set_append(out, graph.n, graph.node_class, graph.pair_class));
    }
    if (run->tilting.regressor)
        return dg_asked_give(&run->tilting.asked, run->tilting.regressor, run->options->first, out);
    return dg_asked_give(&run->asked, run->model, run->options->first, out);
}

/* A regressor leads to the targets in place of the model's own reading of them. */
static digress_status prepare_targets(sampling *run, dg_pool *pool) {
    const dg_sample_options *options = run->options;
    if (dg_is_regression(run->model))
        return dg_error(DIGRESS_ERROR_INPUT,
                        "the model is a regressor: it predicts targets, and draws no graphs");
    if (!options->regressor) return dg_asked_of(&options->targets, run->model, &run->asked);
    return dg_tilting_create(run->model, options->regressor, options->regressor_scale,
                             &options->targets, pool, &run->tilting);
}

static digress_status prepare_sampling(sampling *run, dg_pool *pool) {
    size_t threads = dg_pool_threads(pool);
    DG_TRY(dg_steering_create(run->model, &run->options->fixed, &run->options->constraints, threads,
                              &run->steering));
    DG_TRY(prepare_targets(run, pool));
    DG_TRY(choose_histogram(run));
    DG_TRY(check_room(run));
    if (!run->store) DG_TRY(dg_store_create(run->model->classes, &run->own));
    if (!run->store) run->store = &run->own;
    DG_TRY(number_samples(run, dg_pool_ranks(pool)));
    DG_TRY(dg_allocate(run->count, sizeof *run->n, &run->n));
    DG_TRY(dg_allocate(run->count + 1, sizeof *run->start, &run->start));
    DG_TRY(dg_allocate(threads, sizeof *run->arenas, &run->arenas));
    for (size_t k = 0; k < threads; k++)
        DG_TRY(dg_arena_create(&run->arenas[k]));
    DG_TRY(dg_predictors_create(run->model, pool, &run->predictors));
    DG_TRY(draw_sizes(run));
    DG_TRY(check_memory(run, threads));
    run->packs =
        dg_pack_split_evenly(run->count, run->n, graphs_in_pack(run, threads), threads, run->start);
    return DIGRESS_OK;
}

/* What the ranks have drawn reaches all of them, even if one was stopped. */
static digress_status share_drawn(sampling *run, dg_ranks *ranks, digress_status status) {
    digress_interventions *total = run->options->interventions;
    status = dg_ranks_agree(ranks, status);
    if (status != DIGRESS_OK && status != DIGRESS_INTERRUPTED) return status;
    if (total) DG_TRY(dg_share_interventions(ranks, &run->interventions, total));
    DG_TRY(dg_share_samples(ranks, run->store, run->count, run->number));
    return status;
}

static void release_sampling(sampling *run, dg_pool *pool) {
    for (size_t k = 0; run->arenas && k < dg_pool_threads(pool); k++)
        dg_arena_free(run->arenas[k]);
    dg_predictors_free(run->predictors, pool);
    free(run->arenas);
    dg_steering_free(&run->steering);
    dg_asked_free(&run->asked);
    dg_tilting_free(&run->tilting, pool);
    dg_store_free(&run->own);
    free(run->number);
    free(run->start);
    free(run->n);
    pthread_mutex_destroy(&run->mutex);
}

size_t dg_sample_steps(const dg_model *model, const dg_sample_options *options) {
    if (options->steps) return options->steps;
    return model->config.sample.steps ? model->config.sample.steps : model->noise->schedule.T;
}

digress_status dg_sample(const dg_model *model, dg_pool *pool, const dg_sample_options *options,
                         digress_graph_set *out, digress_graph_set **chain_out) {
    DG_TRY(check_options(options));
    size_t steps = dg_sample_steps(model, options);
    size_t frames = options->chain_frames < steps + 1 ? options->chain_frames : steps + 1;
    sampling run = {.model = model,
                    .options = options,
                    .steps = steps,
                    .frames = options->chains ? frames : 0,
                    .store = options->store,
                    .chains = chain_out};
    pthread_mutex_init(&run.mutex, NULL);
    dg_ranks *ranks = dg_pool_ranks(pool);
    digress_status status = dg_ranks_agree(ranks, prepare_sampling(&run, pool));
    if (status == DIGRESS_OK) {
        status = dg_run_teams(pool, run.packs, run.largest_n, run.shared, sample_pack, &run);
        status = share_drawn(&run, ranks, status);
    }
    if (status == DIGRESS_OK) status = append_results(&run, out);
    release_sampling(&run, pool);
    return status;
}
