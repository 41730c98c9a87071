#include "cli/sample_origin.h"

#include "core/file.h"
#include "core/hash.h"
#include "core/memory.h"
#include "graph/graph_set.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* ", steered ..."; "" where nothing steers, as before anything could. */
static void name_steering(const dg_sample_options *options, char *out, size_t size) {
    const digress_constraints *constraints = &options->constraints;
    const bool held = constraints->connected || constraints->acyclic || constraints->planar ||
                      constraints->valences;
    uint64_t part = 0;
    uint64_t asked = 0;
    *out = 0;
    if (options->targets.count > 0) {
        const digress_asked_targets *targets = &options->targets;
        asked = dg_hash(1, targets->values, targets->rows * targets->count * sizeof(double));
        for (size_t k = 0; k < targets->count; k++)
            asked = dg_hash(asked, targets->names[k], strlen(targets->names[k]) + 1);
        if (options->regressor)
            asked =
                dg_hash(dg_hash(asked, &options->regressor_scale, sizeof(double)),
                        dg_denoiser_parameters(options->regressor->denoiser),
                        dg_denoiser_parameter_count(options->regressor->denoiser) * sizeof(float));
    }
    if (options->fixed.part) {
        const digress_graph graph = digress_graph_set_get(options->fixed.part, 0);
        part = dg_hash_graph(1, &graph);
    }
    if (held || constraints->max_degree || part || asked)
        snprintf(out, size,
                 ", targets %016" PRIx64
                 " guidance %.17g, constraints %d%d%d%d %zu, fixed %016" PRIx64 " %d %zu",
                 asked, options->targets.guidance, constraints->connected, constraints->acyclic,
                 constraints->planar, constraints->valences, constraints->max_degree, part,
                 options->fixed.edges_only, options->fixed.resample);
}

digress_status dg_sample_origin(const dg_model *model, const dg_sample_options *options,
                                char **out) {
    const uint64_t start = DG_HASH_START;
    const double *sizes = options->n_histogram ? options->n_histogram : model->sizes.n_histogram;
    size_t max_n = options->n_histogram ? options->max_n : model->sizes.max_n;
    char *config = NULL;
    DG_TRY(dg_config_text(&model->config, &config));
    uint64_t weights = dg_hash(start, config, strlen(config));
    free(config);
    weights = dg_hash(weights, dg_denoiser_parameters(model->denoiser),
                      dg_denoiser_parameter_count(model->denoiser) * sizeof(float));
    char steering[256];
    name_steering(options, steering, sizeof steering);
    *out =
        dg_format("seed %" PRIu64 ", steps %zu, sizes %08" PRIx32 ", %s %s, model %016" PRIx64 "%s",
                  options->seed, dg_sample_steps(model, options),
                  (uint32_t)dg_hash(start, sizes, (max_n + 1) * sizeof *sizes),
                  dg_backend_name(dg_denoiser_backend(model->denoiser)),
                  dg_precision_name(dg_denoiser_precision(model->denoiser)), weights, steering);
    return *out ? DIGRESS_OK : dg_out_of_memory();
}
