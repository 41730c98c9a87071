#include "train/choose.h"

#include "chem/alphabet.h"
#include "graph/statistics.h"

/* What counts as a large set or graph, and how long to train. */
enum { LARGE_GRAPH = 30, LARGE_SET = 5000, LARGEST_SET = 50000 };
enum { STEPS = 16000, STEPS_BETWEEN_VALIDATIONS = 200 };

static uint64_t at_least_one(uint64_t value) {
    return value > 0 ? value : 1;
}

/* Of large graphs a step takes fewer, as each has many pairs; even a small set takes several steps
 * an epoch. */
static uint64_t batch_size(size_t graphs, size_t max_n) {
    const uint64_t wanted = max_n > LARGE_GRAPH ? 16 : graphs >= LARGE_SET ? 128 : 32;
    return wanted <= graphs / 4 ? wanted : at_least_one(graphs / 4);
}

/* The recipe of the -small configs (eval/RESULTS.md): random walks, symmetric pairs, the linear
 * schedule. The more graphs there are, the larger a network can be before it memorises them; large
 * graphs, of which each is thousands of pairs to learn from, need depth and no dropout, and steps
 * that reconsider. */
static void choose_network(size_t graphs, size_t max_n, bool molecules, dg_config *config) {
    const uint64_t dx = graphs >= LARGEST_SET ? 128 : graphs >= LARGE_SET || molecules ? 96 : 64;
    const bool large = max_n > LARGE_GRAPH;
    config->model.n_layers = large ? 8 : 5;
    config->model.dropout = large || graphs >= LARGE_SET ? 0 : 0.1;
    config->model.diffusion_steps = 500;
    config->model.diffusion_noise_schedule = DG_SCHEDULE_LINEAR;
    config->model.symmetric = true;
    config->model.extra_features = DG_FEATURES_RRWP;
    config->model.rrwp_steps = molecules ? 8 : large ? 16 : 12;
    config->model.hidden_mlp_dims.X = config->model.hidden_mlp_dims.y = 64;
    config->model.hidden_mlp_dims.E = 32;
    config->model.hidden_dims.dx = config->model.hidden_dims.dim_ffX = dx;
    config->model.hidden_dims.de = config->model.hidden_dims.dy = 32;
    config->model.hidden_dims.n_head = 4;
    config->model.hidden_dims.dim_ffE = 32;
    config->model.hidden_dims.dim_ffy = 64;
    config->sample.steps = large ? 500 : 100;
    config->sample.eta = large ? 0.1 : 0;
    config->sample.distortion = DG_DISTORTION_POLYDEC;
}

static void choose_training(size_t graphs, size_t max_n, dg_config *config) {
    const uint64_t batch = batch_size(graphs, max_n), steps = (graphs + batch - 1) / batch;
    config->train.batch_size = batch;
    config->train.optimizer = DG_OPTIMIZER_MUON;
    config->train.lr = max_n > LARGE_GRAPH ? 3e-3 : 4e-3;
    config->train.lr_schedule = DG_LR_COSINE;
    config->train.warmup_steps = 100;
    config->train.times = DG_TIMES_SPREAD;
    config->train.distortion = DG_DISTORTION_POLYDEC;
    config->train.clip_grad = 1;
    config->train.ema_decay = 0.999;
    config->train.n_epochs = at_least_one(STEPS / steps);
    config->train.max_minutes = max_n > LARGE_GRAPH || graphs >= LARGE_SET ? 90 : 30;
    config->general.check_val_every_n_epochs = at_least_one(STEPS_BETWEEN_VALIDATIONS / steps);
    config->general.sample_every_val = 0;
    config->general.log_every_steps = 10;
}

digress_status dg_choose_config(const digress_graph_set *train, dg_config *config) {
    dg_alphabet alphabet;
    dg_statistics statistics;
    DG_TRY(dg_statistics_of(train, &statistics));
    const size_t graphs = statistics.graphs, max_n = statistics.max_n;
    dg_statistics_free(&statistics);
    choose_network(graphs, max_n, dg_alphabet_of(train, &alphabet), config);
    choose_training(graphs, max_n, config);
    return DIGRESS_OK;
}
