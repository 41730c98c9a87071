#include "train/memory_need.h"

#include "core/memory.h"
#include "model/need.h"
#include "train/muon.h"
#include "train/step.h"

/* Resident memory of the program, its libraries and the products that oneDNN compiles. */
enum { PROGRAM = 40 << 20 };

/* How many of a thread's `share` of graphs, of n nodes each, fit into one pack. */
static size_t graphs_in_pack(size_t n, size_t share) {
    const size_t by_nodes = DG_PACK_MAX_NODES / n, by_pairs = DG_PACK_MAX_PAIRS / (n * n);
    const size_t fit = by_nodes < by_pairs ? by_nodes : by_pairs;
    if (fit < 1 || share < 1) return 1;
    return fit < share ? fit : share;
}

static size_t set_bytes(const digress_graph_set *set) {
    size_t bytes = 0;
    for (size_t g = 0; set && g < digress_graph_set_count(set); g++) {
        const size_t n = digress_graph_set_get(set, g).n;
        bytes += n + n * (n - 1) / 2 + 2 * sizeof(size_t);
    }
    return bytes;
}

/* The vectors that a rank lacks for its teams to add to, once it has added up for all but one of
 * its accumulators. */
static size_t team_vectors(size_t n, size_t accumulators, size_t own, size_t batch) {
    if (n < DG_TEAM_ALWAYS_NODES) return 0;
    const size_t sums = dg_smaller(dg_smaller(own, batch), DG_TEAM_MOST_SUMS);
    const size_t used = dg_smaller(accumulators, DG_TEAM_MOST_VECTORS) + sums - 1;
    return used > own ? used - own : 0;
}

digress_status dg_memory_need_of(const dg_model *model, const digress_graph_set *train,
                                 const digress_graph_set *val, size_t threads, size_t ranks,
                                 dg_memory_need *out) {
    const dg_config *config = &model->config;
    const size_t weights = dg_denoiser_parameter_count(model->denoiser) * sizeof(float);
    const size_t n = model->statistics.max_n;
    const size_t accumulators =
        config->train.accumulators ? config->train.accumulators : threads * ranks;
    const size_t own = (accumulators + ranks - 1) / ranks, received = ranks > 1;
    const size_t share = (config->train.batch_size + accumulators - 1) / accumulators;
    dg_memory_need need = {.threads = threads, .program = PROGRAM};
    need.parameters = weights * (model->ema ? 2 : 1) + dg_denoiser_laid_out_bytes(model->denoiser);
    /* One of several ranks has all moments too, while it loads or saves them. */
    need.optimizer = weights * (own + received + 2 + (config->train.amsgrad ? 1 : 0));
    need.optimizer += weights * team_vectors(n, accumulators, own, config->train.batch_size);
    if (config->train.optimizer == DG_OPTIMIZER_MUON)
        need.optimizer += threads * dg_muon_room(model->denoiser) * sizeof(float);
    need.sets = set_bytes(train) + set_bytes(val);
    DG_TRY(dg_pack_need(model, n, graphs_in_pack(n, share), true, &need.train_pack));
    DG_TRY(dg_pack_need(model, n, graphs_in_pack(n, DG_PACK_MAX_NODES), false, &need.sample_pack));
    need.train_packs = n < DG_TEAM_ALWAYS_NODES ? threads : 1;
    *out = need;
    return DIGRESS_OK;
}

size_t dg_training_bytes(const dg_memory_need *need) {
    return need->parameters + need->optimizer + need->train_packs * need->train_pack + need->sets +
           need->program;
}

size_t dg_sampling_bytes(const dg_memory_need *need) {
    return need->parameters + need->threads * need->sample_pack + need->program;
}
