#include "sample/bound.h"

#include "distributed/ranks.h"
#include "graph/classes.h"
#include "model/predict.h"
#include "model/regression.h"
#include <math.h>
#include <stdlib.h>

/* The bound's terms for one graph, from one draw of t and of the noise. */
typedef struct estimate {
    dg_bound_terms kl;
    dg_prior_terms prior;
    dg_reconstruction_terms reconstruction;
} estimate;

typedef struct bounding {
    const dg_model *model;
    const digress_graph_set *set;
    size_t count, repeats;
    uint64_t seed;
    uint32_t *n;     /* [count] */
    uint32_t *place; /* [repeats * count] stratum of each graph in each repeat */
    dg_ranks *ranks;
    dg_part own;   /* of the graphs, those that this rank computes */
    size_t *start; /* [packs + 1] of them */
    size_t packs, largest_n;
    dg_predictor *predictors; /* [threads] */
    dg_arena **arenas;        /* [threads] */
    estimate *estimates;      /* [repeats * count] */
} bounding;

/* t in 1 .. T for one graph: the times are cut into as many equal parts as there are repeats, and
 * repeat r draws from part r, over which it spreads the graphs evenly in shuffled order. */
static double stratified_time(const bounding *run, size_t repeat, size_t graph) {
    dg_rng key = {.seed = run->seed,
                  .purpose = DG_RNG_VALIDATE_TIME,
                  .graph = (uint32_t)graph,
                  .step = (uint32_t)repeat};
    size_t T = run->model->noise->schedule.T, at = repeat * run->count;
    double place = (double)(at + run->place[at + graph]) + (double)dg_rng_uniform(&key, 0);
    size_t t = 1 + (size_t)((double)T * place / (double)(run->count * run->repeats));
    return (double)(t < T ? t : T);
}

static void shuffle_places(bounding *run) {
    for (size_t repeat = 0; repeat < run->repeats; repeat++) {
        dg_stream stream = {.key = {.seed = run->seed,
                                    .purpose = DG_RNG_VALIDATE_TIME,
                                    .graph = UINT32_MAX,
                                    .step = (uint32_t)repeat}};
        uint32_t *place = run->place + repeat * run->count;
        for (size_t g = 0; g < run->count; g++)
            place[g] = (uint32_t)g;
        dg_stream_shuffle(&stream, run->count, place);
    }
}

/* The graphs of one pack in one repeat, and what is computed for each of them. */
typedef struct pack_job {
    size_t graphs;
    uint32_t *index;
    double *t;
    dg_rng *keys;
    dg_bound_terms *kl;
    dg_prior_terms *prior;
    dg_reconstruction_terms *reconstruction;
} pack_job;

static digress_status allocate_job(dg_arena *arena, size_t graphs, pack_job *job) {
    job->graphs = graphs;
    DG_TRY(dg_arena_allocate(arena, graphs, sizeof *job->index, &job->index));
    DG_TRY(dg_arena_allocate(arena, graphs, sizeof *job->t, &job->t));
    DG_TRY(dg_arena_allocate(arena, graphs, sizeof *job->keys, &job->keys));
    DG_TRY(dg_arena_allocate(arena, graphs, sizeof *job->kl, &job->kl));
    DG_TRY(dg_arena_allocate(arena, graphs, sizeof *job->prior, &job->prior));
    return dg_arena_allocate(arena, graphs, sizeof *job->reconstruction, &job->reconstruction);
}

/* z_t ~ q(z_t | x), with the noise of draw number `draw`. */
static digress_status corrupt_pack(const bounding *run, pack_job *job, const dg_state *clean,
                                   size_t draw, size_t thread, dg_state **noisy) {
    const dg_noise_model *noise = run->model->noise;
    for (size_t g = 0; g < job->graphs; g++)
        job->keys[g] = (dg_rng){.seed = run->seed, .graph = job->index[g], .step = (uint32_t)draw};
    DG_TRY(noise->operations->corrupt(noise, run->arenas[thread], clean, job->t, job->keys,
                                      DG_RNG_VALIDATE_NODE, DG_RNG_VALIDATE_PAIR, noisy));
    float *targets = NULL;
    DG_TRY(dg_conditions_rows(&run->model->conditions, run->arenas[thread], run->set, job->graphs,
                              job->index, &targets));
    (*noisy)->targets = targets;
    return DIGRESS_OK;
}

static digress_status estimate_terms(const bounding *run, pack_job *job, size_t repeat,
                                     const dg_team *team, size_t thread) {
    const dg_noise_model *noise = run->model->noise;
    dg_predictor *predictor = &run->predictors[thread];
    dg_state *clean = NULL, *noisy = NULL;
    float *X = NULL, *E = NULL;
    DG_TRY(noise->operations->encode(noise, run->arenas[thread], run->set, job->graphs, job->index,
                                     &clean));
    DG_TRY(noise->operations->bound->kl_prior(noise, clean, job->prior));
    for (size_t g = 0; g < job->graphs; g++)
        job->t[g] = stratified_time(run, repeat, job->index[g]);
    DG_TRY(corrupt_pack(run, job, clean, 2 * repeat, thread, &noisy));
    DG_TRY(dg_predict(predictor, team, noisy, job->t, &X, &E));
    DG_TRY(noise->operations->bound->kl_t(noise, clean, noisy, X, E, job->t, job->kl));
    for (size_t g = 0; g < job->graphs; g++)
        job->t[g] = 0;
    DG_TRY(corrupt_pack(run, job, clean, 2 * repeat + 1, thread, &noisy));
    if (!noise->operations->bound->z_0_shows_classes)
        DG_TRY(dg_predict(predictor, team, noisy, job->t, &X, &E));
    return noise->operations->bound->reconstruction(noise, clean, noisy, X, E, job->reconstruction);
}

static digress_status bound_pack(void *context, size_t index, const dg_team *team, size_t thread) {
    bounding *run = context;
    size_t pack = index % run->packs, repeat = index / run->packs;
    size_t first = run->own.first + run->start[pack];
    pack_job job;
    DG_TRY(dg_arena_reset(run->arenas[thread]));
    DG_TRY(allocate_job(run->arenas[thread], run->start[pack + 1] - run->start[pack], &job));
    for (size_t g = 0; g < job.graphs; g++)
        job.index[g] = (uint32_t)(first + g);
    DG_TRY(estimate_terms(run, &job, repeat, team, thread));
    for (size_t g = 0; g < job.graphs; g++)
        run->estimates[repeat * run->count + first + g] =
            (estimate){job.kl[g], job.prior[g], job.reconstruction[g]};
    return DIGRESS_OK;
}

/* Averages over graphs and repeats, always summing in the same order. */
static digress_status summarize_terms(const bounding *run, dg_bound *out) {
    dg_bound sum = {0};
    size_t draws = run->repeats * run->count;
    for (size_t k = 0; k < draws; k++) {
        const estimate *one = &run->estimates[k];
        sum.log_pn += dg_log_p_n(&run->model->sizes, run->n[k % run->count]) / (double)draws;
        sum.kl_prior += one->prior.kl / (double)draws;
        sum.kl_prior_exact += one->prior.kl_exact / (double)draws;
        sum.kl_X += one->kl.kl_X / (double)draws;
        sum.kl_E += one->kl.kl_E / (double)draws;
        sum.kl_X_exact += one->kl.kl_X_exact / (double)draws;
        sum.kl_E_exact += one->kl.kl_E_exact / (double)draws;
        sum.reconstruction += one->reconstruction.log_p / (double)draws;
        sum.reconstruction_exact += one->reconstruction.log_p_exact / (double)draws;
    }
    double T = (double)run->model->noise->schedule.T;
    sum.without_pn = sum.kl_prior + T * (sum.kl_X + sum.kl_E) - sum.reconstruction;
    sum.without_pn_exact =
        sum.kl_prior_exact + T * (sum.kl_X_exact + sum.kl_E_exact) - sum.reconstruction_exact;
    sum.nll = sum.without_pn - sum.log_pn;
    sum.nll_exact = sum.without_pn_exact - sum.log_pn;
    if (!isfinite(sum.nll) || !isfinite(sum.nll_exact))
        return dg_error(DIGRESS_ERROR_NUMERIC, "the bound is %g (exact: %g), not a finite number",
                        sum.nll, sum.nll_exact);
    *out = sum;
    return DIGRESS_OK;
}

static digress_status check_set(const dg_model *model, const digress_graph_set *set,
                                size_t repeats) {
    if (!model->noise->operations->bound)
        return dg_error(DIGRESS_ERROR_INPUT, "a %s model has no bound",
                        model->noise->operations->name);
    if (digress_graph_set_count(set) == 0)
        return dg_error(DIGRESS_ERROR_INPUT, "the set holds no graph: there is nothing to bound");
    if (repeats == 0) return dg_error(DIGRESS_ERROR_INPUT, "repeats: expected at least 1, got 0");
    return DIGRESS_OK;
}

static digress_status prepare_bound(bounding *run, dg_pool *pool) {
    size_t threads = dg_pool_threads(pool), draws = 0;
    DG_TRY(dg_multiply(run->count, run->repeats, &draws));
    DG_TRY(dg_allocate(run->count, sizeof *run->n, &run->n));
    DG_TRY(dg_allocate(draws, sizeof *run->place, &run->place));
    DG_TRY(dg_allocate(run->count + 1, sizeof *run->start, &run->start));
    DG_TRY(dg_allocate(draws, sizeof *run->estimates, &run->estimates));
    DG_TRY(dg_allocate(threads, sizeof *run->arenas, &run->arenas));
    for (size_t k = 0; k < threads; k++)
        DG_TRY(dg_arena_create(&run->arenas[k]));
    DG_TRY(dg_predictors_create(run->model, pool, &run->predictors));
    for (size_t g = 0; g < run->count; g++) {
        run->n[g] = (uint32_t)digress_graph_set_get(run->set, g).n;
        if (run->n[g] > run->largest_n) run->largest_n = run->n[g];
    }
    shuffle_places(run);
    run->own = dg_rank_share(run->ranks, run->count, dg_rank_number(run->ranks));
    run->packs = dg_pack_split_evenly(run->own.size, run->n + run->own.first, run->own.size,
                                      threads, run->start);
    return DIGRESS_OK;
}

/* What a rank has estimated reaches all. */
static digress_status share_estimates(bounding *run, digress_status status) {
    dg_ranks *ranks = run->ranks;
    if (!ranks) return status;
    DG_TRY(dg_ranks_agree(ranks, status));
    for (size_t r = 0; r < ranks->count; r++) {
        const dg_part share = dg_rank_share(ranks, run->count, r);
        ranks->receive[r] =
            (dg_part){share.first * sizeof(estimate), share.size * sizeof(estimate)};
    }
    for (size_t repeat = 0; repeat < run->repeats; repeat++)
        DG_TRY(dg_ranks_share_out(ranks, run->estimates + repeat * run->count, ranks->receive));
    return DIGRESS_OK;
}

static void release_bound(bounding *run, dg_pool *pool) {
    for (size_t k = 0; run->arenas && k < dg_pool_threads(pool); k++)
        dg_arena_free(run->arenas[k]);
    dg_predictors_free(run->predictors, pool);
    free(run->arenas);
    free(run->estimates);
    free(run->start);
    free(run->place);
    free(run->n);
}

static digress_status bound_set(const dg_model *model, dg_pool *pool, const digress_graph_set *set,
                                size_t repeats, uint64_t seed, dg_bound *out) {
    bounding run = {.model = model,
                    .set = set,
                    .ranks = dg_pool_ranks(pool),
                    .count = digress_graph_set_count(set),
                    .repeats = repeats,
                    .seed = seed};
    digress_status status = prepare_bound(&run, pool);
    if (status == DIGRESS_OK)
        status = dg_run_teams(pool, run.packs * repeats, run.largest_n, false, bound_pack, &run);
    status = share_estimates(&run, status);
    if (status == DIGRESS_OK) status = summarize_terms(&run, out);
    release_bound(&run, pool);
    return status;
}

digress_status dg_bound_of(const dg_model *model, dg_pool *pool, const digress_graph_set *set,
                           size_t repeats, uint64_t seed, dg_bound *out) {
    digress_graph_set *mapped = NULL;
    if (dg_is_regression(model))
        return dg_error(DIGRESS_ERROR_INPUT,
                        "the model is a regressor: it predicts targets, and has no bound");
    DG_TRY(check_set(model, set, repeats));
    if (dg_same_classes(set, model->classes))
        return bound_set(model, pool, set, repeats, seed, out);
    DG_TRY(dg_classes_require(set, model->classes, "the model"));
    DG_TRY(dg_graph_set_copy(set, model->classes, &mapped));
    digress_status status = bound_set(model, pool, mapped, repeats, seed, out);
    digress_graph_set_free(mapped);
    return status;
}
