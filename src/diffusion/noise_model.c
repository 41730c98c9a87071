#include "diffusion/noise_model.h"

#include <math.h>

void dg_noise_model_free(dg_noise_model *model) {
    if (model) model->operations->free(model);
}

/* The limit is far above anything useful, and far below what would make a rate infinite. */
static digress_status check_weight(const char *name, double weight) {
    if (weight >= 0 && weight <= 1e9) return DIGRESS_OK;
    return dg_error(DIGRESS_ERROR_INPUT, "%s: expected a number from 0 to 1e9, got %g", name,
                    weight);
}

digress_status dg_noise_model_set_sampler(dg_noise_model *model, const dg_sampler *sampler) {
    DG_TRY(check_weight("eta", sampler->eta));
    DG_TRY(check_weight("omega", sampler->omega));
    DG_TRY(model->operations->check_sampler(sampler));
    model->sampler = *sampler;
    return DIGRESS_OK;
}

digress_status dg_noise_model_set_targets(dg_noise_model *model, size_t targets) {
    if (targets > 0 && !model->operations->classes)
        return dg_error(DIGRESS_ERROR_INPUT,
                        "model.targets: a continuous model reads none: it needs model.type: "
                        "discrete");
    model->in_y += 2 * (targets - model->targets);
    model->targets = targets;
    return DIGRESS_OK;
}

digress_status dg_noise_model_set_inputs(dg_noise_model *model, dg_time_input time,
                                         dg_diagonal diagonal) {
    const bool standard = time == DG_TIME_PLAIN && diagonal == DG_DIAGONAL_ZEROS;
    if (!standard && !model->operations->classes)
        return dg_error(
            DIGRESS_ERROR_INPUT, "%s: a continuous model reads none: it needs model.type: discrete",
            time == DG_TIME_PLAIN ? "model.diagonal: no_edge" : "model.time_input: embedded");
    model->in_y += dg_time_width(time) - dg_time_width(model->time_input);
    model->time_input = time;
    model->diagonal = diagonal;
    return DIGRESS_OK;
}

double dg_log_p_n(const dg_statistics *statistics, size_t n) {
    double total = 0;
    for (size_t k = 0; k <= statistics->max_n; k++)
        total += statistics->n_histogram[k];
    double count = n <= statistics->max_n ? statistics->n_histogram[n] : 0;
    return log((total > 0 ? count / total : 0) + 1e-30);
}
