#include "train/step.h"

#include "core/memory.h"
#include "math/gemm.h"
#include "model/regression.h"
#include "train/gradients.h"
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* The smallest graph that a team may work on. */
enum { TEAM_MIN_NODES = 128 };

/* The cost of a graph, in pair rows; a node row costs about as much as eight of them. */
static size_t graph_cost(uint32_t n) {
    return (size_t)n * (n + 8);
}

typedef struct sized {
    uint32_t n;
    size_t position;
} sized;

static int largest_first(const void *left, const void *right) {
    const sized *a = left, *b = right;
    if (a->n != b->n) return a->n < b->n ? 1 : -1;
    return a->position < b->position ? -1 : 1;
}

static int in_order(const void *left, const void *right) {
    const sized *a = left, *b = right;
    return a->position < b->position ? -1 : 1;
}

/* Longest processing time first: owner[position] for each graph, of `owners` accumulators that are
 * evenly spaced. Returns whether the busiest of them has at most 6/5 of the mean load. */
static bool assign(size_t graphs, const sized *sorted, size_t owners, size_t accumulators,
                   size_t *load, size_t *owner) {
    size_t total = 0, most = 0;
    memset(load, 0, owners * sizeof *load);
    for (size_t g = 0; g < graphs; g++) {
        size_t idlest = 0;
        for (size_t k = 1; k < owners; k++)
            if (load[k] < load[idlest]) idlest = k;
        owner[sorted[g].position] = idlest * accumulators / owners;
        load[idlest] += graph_cost(sorted[g].n);
        total += graph_cost(sorted[g].n);
        if (load[idlest] > most) most = load[idlest];
    }
    return 5 * most * owners <= 6 * total;
}

/* Assigns the graphs, unless the first of them has to go to a team. */
static bool goes_to_team(size_t graphs, const sized *sorted, size_t accumulators, size_t *load,
                         size_t *owner) {
    if (graphs > 0 && sorted[0].n >= DG_TEAM_ALWAYS_NODES) return true;
    return !assign(graphs, sorted, accumulators, accumulators, load, owner) &&
           sorted[0].n >= TEAM_MIN_NODES;
}

/* Assigns all graphs. Returns how many go to a team: the first ones. */
static size_t assign_all(size_t graphs, const sized *sorted, size_t accumulators, size_t *load,
                         size_t *owner) {
    size_t teams = 0;
    while (goes_to_team(graphs - teams, sorted + teams, accumulators, load, owner))
        teams++;
    const size_t sums = dg_smaller(dg_smaller(teams, accumulators), DG_TEAM_MOST_SUMS);
    if (teams > 0) assign(teams, sorted, sums, accumulators, load, owner);
    return teams;
}

digress_status dg_plan_batch(dg_arena *arena, size_t graphs, const uint32_t *n, size_t accumulators,
                             dg_plan *out) {
    sized *sorted = NULL;
    size_t *load = NULL, *owner = NULL, filled = 0;
    dg_plan plan = {0};
    DG_TRY(dg_arena_allocate(arena, graphs, sizeof *sorted, &sorted));
    DG_TRY(dg_arena_allocate(arena, accumulators, sizeof *load, &load));
    DG_TRY(dg_arena_allocate(arena, graphs, sizeof *owner, &owner));
    DG_TRY(dg_arena_allocate(arena, graphs, sizeof *plan.order, &plan.order));
    DG_TRY(dg_arena_allocate(arena, accumulators + 1, sizeof *plan.start, &plan.start));
    DG_TRY(dg_arena_allocate(arena, accumulators, sizeof *plan.teams, &plan.teams));
    for (size_t g = 0; g < graphs; g++)
        sorted[g] = (sized){n[g], g};
    qsort(sorted, graphs, sizeof *sorted, largest_first);
    const size_t teams = assign_all(graphs, sorted, accumulators, load, owner);
    qsort(sorted + teams, graphs - teams, sizeof *sorted, in_order);
    for (size_t k = 0; k < accumulators; k++) {
        plan.start[k] = filled;
        plan.teams[k] = 0;
        for (size_t g = 0; g < graphs; g++) {
            if (owner[sorted[g].position] != k) continue;
            plan.order[filled++] = sorted[g].position;
            plan.teams[k] += g < teams;
        }
    }
    plan.start[accumulators] = filled;
    *out = plan;
    return DIGRESS_OK;
}

/* The memory in which a thread computes. */
typedef struct worker_memory {
    dg_arena *arena;
    dg_workspace *workspace;
} worker_memory;

struct dg_stepper {
    const dg_model *model;
    dg_pool *pool;
    size_t accumulators, threads;
    dg_slices slices;
    dg_gradients *gradients;
    dg_loss *losses;        /* [accumulators] */
    worker_memory *workers; /* [threads] */
    dg_arena *plans;
};

/* What the accumulators' jobs share. */
typedef struct batch_job {
    dg_stepper *stepper;
    const dg_batch *batch;
    dg_plan plan;
    const uint32_t *n; /* [batch->count] in the plan's order */
    size_t *cuts;      /* [batch->count + accumulators] room for each accumulator's packs */
    double weight_X, weight_E, weight_graph;
} batch_job;

static digress_status allocate_parts(dg_stepper *stepper) {
    dg_ranks *ranks = dg_pool_ranks(stepper->pool);
    DG_TRY(dg_slices_create(stepper->model->denoiser, ranks, &stepper->slices));
    DG_TRY(dg_gradients_create(&stepper->slices, stepper->accumulators, &stepper->gradients));
    DG_TRY(dg_allocate(stepper->accumulators, sizeof *stepper->losses, &stepper->losses));
    DG_TRY(dg_allocate(stepper->threads, sizeof *stepper->workers, &stepper->workers));
    for (size_t k = 0; k < stepper->threads; k++) {
        DG_TRY(dg_arena_create(&stepper->workers[k].arena));
        DG_TRY(dg_workspace_create(stepper->model->denoiser, &stepper->workers[k].workspace));
        dg_workspace_watch(stepper->workers[k].workspace, stepper->pool);
    }
    return dg_arena_create(&stepper->plans);
}

digress_status dg_stepper_create(const dg_model *model, dg_pool *pool, size_t accumulators,
                                 dg_stepper **out) {
    dg_stepper *stepper = NULL;
    if (dg_features_use_spectrum(&model->noise->features))
        DG_TRY(dg_gemm_initialize(dg_pool_threads(pool)));
    DG_TRY(dg_allocate(1, sizeof *stepper, &stepper));
    *stepper = (dg_stepper){.model = model,
                            .pool = pool,
                            .accumulators = accumulators,
                            .threads = dg_pool_threads(pool)};
    digress_status status = allocate_parts(stepper);
    if (status != DIGRESS_OK) {
        dg_stepper_free(stepper);
        return status;
    }
    *out = stepper;
    return DIGRESS_OK;
}

void dg_stepper_free(dg_stepper *stepper) {
    if (!stepper) return;
    for (size_t k = 0; stepper->workers && k < stepper->threads; k++) {
        dg_arena_free(stepper->workers[k].arena);
        dg_workspace_free(stepper->workers[k].workspace);
    }
    dg_gradients_free(stepper->gradients);
    dg_slices_free(&stepper->slices);
    free(stepper->losses);
    free(stepper->workers);
    dg_arena_free(stepper->plans);
    free(stepper);
}

double dg_stepper_product_seconds(const dg_stepper *stepper) {
    double seconds = 0;
    for (size_t k = 0; k < stepper->threads; k++)
        seconds += dg_workspace_product_seconds(stepper->workers[k].workspace);
    return seconds;
}

float *dg_stepper_gradient(dg_stepper *stepper) {
    return dg_gradients_total(stepper->gradients);
}

const dg_slices *dg_stepper_slices(const dg_stepper *stepper) {
    return &stepper->slices;
}

/* One pack's graphs, their times, and the keys of their random numbers. */
typedef struct pack_graphs {
    size_t count;
    uint32_t *index;
    double *t;
    dg_rng *keys;
} pack_graphs;

/* The training time of the graph at `position` of the batch. */
static double draw_time(const batch_job *job, size_t position) {
    const dg_model *model = job->stepper->model;
    const size_t T = model->noise->schedule.T;
    const dg_distortion distortion = model->config.train.distortion;
    dg_rng key = {model->config.train.seed, DG_RNG_TIME, job->batch->index[position],
                  job->batch->step};
    if (model->config.train.times == DG_TIMES_INDEPENDENT) return dg_draw_time(T, distortion, &key);
    key.graph = UINT32_MAX;
    return dg_spread_time(T, distortion, &key, position, job->batch->count);
}

static digress_status gather(const batch_job *job, dg_arena *arena, size_t count,
                             const size_t *positions, pack_graphs *out) {
    const dg_model *model = job->stepper->model;
    uint64_t seed = model->config.train.seed;
    pack_graphs graphs = {.count = count};
    DG_TRY(dg_arena_allocate(arena, count, sizeof *graphs.index, &graphs.index));
    DG_TRY(dg_arena_allocate(arena, count, sizeof *graphs.t, &graphs.t));
    DG_TRY(dg_arena_allocate(arena, count, sizeof *graphs.keys, &graphs.keys));
    for (size_t g = 0; g < count; g++) {
        uint32_t index = job->batch->index[positions[g]];
        graphs.index[g] = index;
        graphs.t[g] = draw_time(job, positions[g]);
        graphs.keys[g] = (dg_rng){.seed = seed, .graph = index, .step = job->batch->step};
    }
    *out = graphs;
    return DIGRESS_OK;
}

/* The targets of a pack's graphs, without those that are dropped: of some graphs all, and of the
 * others, where there are several, each on its own. */
static digress_status give_targets(const batch_job *job, dg_arena *arena, const pack_graphs *graphs,
                                   dg_state *noisy) {
    const dg_model *model = job->stepper->model;
    const size_t count = model->conditions.count;
    const double p = dg_is_regression(model) ? 0 : model->config.train.target_dropout;
    float *rows = NULL;
    DG_TRY(dg_conditions_rows(&model->conditions, arena, job->batch->set, graphs->count,
                              graphs->index, &rows));
    for (size_t g = 0; g < graphs->count; g++) {
        const dg_rng key = dg_rng_with_purpose(graphs->keys[g], DG_RNG_TARGET_DROPOUT);
        const bool all = count > 0 && (double)dg_rng_uniform(&key, 0) < p;
        for (size_t k = 0; k < count; k++) {
            const bool alone = count > 1 && (double)dg_rng_uniform(&key, (uint32_t)k + 1) < p;
            if (all || alone) rows[g * count + k] = NAN;
        }
    }
    noisy->targets = rows;
    return DIGRESS_OK;
}

/* A regression's mean squared error of a target counts as the loss of the nodes. */
static digress_status loss_of(const batch_job *job, const dg_state *clean, const dg_state *noisy,
                              const double *t, const float *X, const float *E, dg_loss *loss,
                              float *dX, float *dE) {
    const dg_model *model = job->stepper->model;
    const dg_noise_model *noise = model->noise;
    if (!dg_is_regression(model))
        return noise->operations->loss(noise, clean, noisy, t, X, E, job->weight_X, job->weight_E,
                                       model->config.model.lambda_train[0], loss, dX, dE);
    dg_regression_loss(&noisy->pack, model->conditions.count, X, noisy->targets, job->weight_graph,
                       &loss->X, dX);
    memset(dE, 0, noisy->pack.pairs * noise->out_E * sizeof *dE);
    return DIGRESS_OK;
}

/* Noise, forward, loss and backward of the graphs at `positions` of the batch, as one pack. */
static digress_status run_pack(const batch_job *job, const worker_memory *worker,
                               const dg_team *team, size_t count, const size_t *positions,
                               dg_loss *loss, float *const *gradients) {
    const dg_model *model = job->stepper->model;
    const dg_noise_model *noise = model->noise;
    dg_arena *arena = worker->arena;
    dg_state *clean = NULL, *noisy = NULL;
    dg_input_rows input;
    pack_graphs graphs;
    DG_TRY(dg_arena_reset(arena));
    DG_TRY(gather(job, arena, count, positions, &graphs));
    DG_TRY(noise->operations->encode(noise, arena, job->batch->set, count, graphs.index, &clean));
    DG_TRY(noise->operations->corrupt(noise, arena, clean, graphs.t, graphs.keys, DG_RNG_NOISE_NODE,
                                      DG_RNG_NOISE_PAIR, &noisy));
    DG_TRY(give_targets(job, arena, &graphs, noisy));
    DG_TRY(noise->operations->input(noise, arena, noisy, graphs.t, &input));

    const size_t out_X = dg_denoiser_get_dims(model->denoiser)->out_X;
    size_t X_size = input.pack->nodes * out_X, E_size = input.pack->pairs * noise->out_E;
    float *X = NULL, *E = NULL, *dX = NULL, *dE = NULL;
    DG_TRY(dg_arena_allocate(arena, X_size, sizeof *X, &X));
    DG_TRY(dg_arena_allocate(arena, E_size, sizeof *E, &E));
    DG_TRY(dg_arena_allocate(arena, X_size, sizeof *dX, &dX));
    DG_TRY(dg_arena_allocate(arena, E_size, sizeof *dE, &dE));
    dg_dropout dropout = {(float)model->config.model.dropout, model->config.train.seed,
                          job->batch->step, graphs.index};
    DG_TRY(dg_denoiser_forward(model->denoiser, worker->workspace, team, &input, &dropout, true, X,
                               E));
    DG_TRY(loss_of(job, clean, noisy, graphs.t, X, E, loss, dX, dE));
    return dg_denoiser_backward(model->denoiser, worker->workspace, team, dX, dE, gradients, NULL);
}

/* All packs of one of this rank's accumulators, but for the graphs of teams. */
static digress_status run_accumulator(void *context, size_t job_index, size_t thread) {
    const batch_job *job = context;
    dg_stepper *stepper = job->stepper;
    const size_t index = dg_gradients_own(stepper->gradients).first + job_index;
    const dg_team alone = {NULL, 1};
    const size_t first = job->plan.start[index] + job->plan.teams[index];
    const size_t count = job->plan.start[index + 1] - first;
    size_t *cut = job->cuts + first + index;
    size_t packs = dg_pack_split(count, job->n + first, count, cut);
    for (size_t k = 0; k < packs; k++)
        DG_TRY(run_pack(job, &stepper->workers[thread], &alone, cut[k + 1] - cut[k],
                        job->plan.order + first + cut[k], &stepper->losses[index],
                        dg_gradients_slots(stepper->gradients) + index));
    return DIGRESS_OK;
}

/* The graphs that teams work on for one of this rank's accumulators. */
static digress_status run_teams(const batch_job *job, size_t index) {
    dg_stepper *stepper = job->stepper;
    const dg_team team = {stepper->pool, dg_smaller(stepper->accumulators, DG_TEAM_MOST_VECTORS)};
    float *vectors[DG_TEAM_MOST_VECTORS];
    if (job->plan.teams[index] == 0) return DIGRESS_OK;
    DG_TRY(dg_gradients_lend(stepper->gradients, index, team.slots, vectors));
    for (size_t k = 0; k < job->plan.teams[index]; k++)
        DG_TRY(run_pack(job, &stepper->workers[0], &team, 1,
                        &job->plan.order[job->plan.start[index] + k], &stepper->losses[index],
                        vectors));
    return dg_gradients_gather(stepper->gradients, stepper->pool, index);
}

static double inverse(double count) {
    return count > 0 ? 1 / count : 0;
}

/* Fills in the sizes, the weights, and who works on what. */
static digress_status plan_batch(dg_stepper *stepper, const dg_batch *batch, batch_job *out) {
    batch_job job = {.stepper = stepper, .batch = batch};
    dg_arena *arena = stepper->plans;
    uint32_t *n = NULL, *ordered = NULL;
    double nodes = 0, pairs = 0;
    DG_TRY(dg_arena_reset(arena));
    DG_TRY(dg_arena_allocate(arena, batch->count, sizeof *n, &n));
    DG_TRY(dg_arena_allocate(arena, batch->count, sizeof *ordered, &ordered));
    DG_TRY(dg_arena_allocate(arena, batch->count + stepper->accumulators, sizeof *job.cuts,
                             &job.cuts));
    for (size_t g = 0; g < batch->count; g++) {
        size_t size = digress_graph_set_get(batch->set, batch->index[g]).n;
        n[g] = (uint32_t)size;
        nodes += (double)size;
        pairs += (double)size * (double)(size - 1);
    }
    DG_TRY(dg_plan_batch(arena, batch->count, n, stepper->accumulators, &job.plan));
    for (size_t g = 0; g < batch->count; g++)
        ordered[g] = n[job.plan.order[g]];
    job.n = ordered;
    job.weight_X = inverse(nodes);
    job.weight_E = inverse(pairs);
    job.weight_graph = inverse((double)batch->count * (double)stepper->model->conditions.count);
    *out = job;
    return DIGRESS_OK;
}

static digress_status run_batch(dg_stepper *stepper, const dg_batch *batch) {
    batch_job job;
    DG_TRY(plan_batch(stepper, batch, &job));
    const dg_part own = dg_gradients_own(stepper->gradients);
    memset(stepper->losses, 0, stepper->accumulators * sizeof *stepper->losses);
    for (size_t k = own.first; k < own.first + own.size; k++)
        DG_TRY(run_teams(&job, k));
    return dg_pool_run(stepper->pool, own.size, run_accumulator, &job);
}

static digress_status share_losses(dg_stepper *stepper) {
    dg_ranks *ranks = stepper->slices.ranks;
    if (!ranks) return DIGRESS_OK;
    for (size_t r = 0; r < ranks->count; r++) {
        const dg_part own = dg_rank_share(ranks, stepper->accumulators, r);
        ranks->receive[r] = (dg_part){own.first * sizeof(dg_loss), own.size * sizeof(dg_loss)};
    }
    return dg_ranks_share_out(ranks, stepper->losses, ranks->receive);
}

/* From here on all ranks wait for each other: no watch may end the work of one of them. */
static digress_status sum_gradients(dg_stepper *stepper, double *norm) {
    const dg_watch *watch = dg_pool_watch(stepper->pool, NULL);
    digress_status status = share_losses(stepper);
    if (status == DIGRESS_OK) status = dg_gradients_sum(stepper->gradients, stepper->pool, norm);
    dg_pool_watch(stepper->pool, watch);
    return status;
}

digress_status dg_stepper_run(dg_stepper *stepper, const dg_batch *batch, dg_batch_result *out) {
    dg_batch_result result = {0};
    DG_TRY(dg_ranks_agree(stepper->slices.ranks, run_batch(stepper, batch)));
    DG_TRY(sum_gradients(stepper, &result.gradient_norm));
    for (size_t k = 0; k < stepper->accumulators; k++) {
        result.loss_X += stepper->losses[k].X;
        result.loss_E += stepper->losses[k].E;
    }
    result.loss = result.loss_X + stepper->model->config.model.lambda_train[0] * result.loss_E;
    *out = result;
    return DIGRESS_OK;
}
