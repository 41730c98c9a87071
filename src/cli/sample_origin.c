#include "cli/sample_origin.h"

#include "core/file.h"
#include "core/memory.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* FNV-1a (Fowler, Noll, Vo): tells files apart, guards against nobody. */
static uint64_t hash(uint64_t seed, const void *bytes, size_t size) {
    const unsigned char *byte = bytes;
    for (size_t k = 0; k < size; k++)
        seed = (seed ^ byte[k]) * UINT64_C(0x100000001b3);
    return seed;
}

/* Nothing without any, as before there were some. */
static void name_constraints(const digress_constraints *asked, char *out, size_t size) {
    if (!asked->connected && !asked->acyclic && !asked->planar && !asked->valences &&
        !asked->max_degree)
        return;
    snprintf(out, size, ", constraints %d%d%d%d %zu", asked->connected, asked->acyclic,
             asked->planar, asked->valences, asked->max_degree);
}

digress_status dg_sample_origin(const dg_model *model, const dg_sample_options *options,
                                char **out) {
    const uint64_t start = UINT64_C(0xcbf29ce484222325);
    const double *sizes = options->n_histogram ? options->n_histogram : model->sizes.n_histogram;
    size_t max_n = options->n_histogram ? options->max_n : model->sizes.max_n;
    char *config = NULL;
    DG_TRY(dg_config_text(&model->config, &config));
    uint64_t weights = hash(start, config, strlen(config));
    free(config);
    weights = hash(weights, dg_denoiser_parameters(model->denoiser),
                   dg_denoiser_parameter_count(model->denoiser) * sizeof(float));
    char constraints[64] = "";
    name_constraints(&options->constraints, constraints, sizeof constraints);
    *out =
        dg_format("seed %" PRIu64 ", steps %zu, sizes %08" PRIx32 ", %s %s, model %016" PRIx64 "%s",
                  options->seed, dg_sample_steps(model, options),
                  (uint32_t)hash(start, sizes, (max_n + 1) * sizeof *sizes),
                  dg_backend_name(dg_denoiser_backend(model->denoiser)),
                  dg_precision_name(dg_denoiser_precision(model->denoiser)), weights, constraints);
    return *out ? DIGRESS_OK : dg_out_of_memory();
}
