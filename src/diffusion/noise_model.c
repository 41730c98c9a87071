#include "diffusion/noise_model.h"

#include <math.h>

void dg_noise_model_free(dg_noise_model *model) {
    if (model) model->operations->free(model);
}

digress_status dg_noise_model_set_eta(dg_noise_model *model, double eta) {
    if (!(eta >= 0 && eta <= 1))
        return dg_error(DIGRESS_ERROR_INPUT, "eta: expected a number from 0 to 1, got %g", eta);
    if (eta < 1 && !model->operations->has_eta)
        return dg_error(DIGRESS_ERROR_INPUT,
                        "eta: a %s model always draws all of a step's noise; eta is for those of "
                        "model.type continuous",
                        model->operations->name);
    model->eta = eta;
    return DIGRESS_OK;
}

double dg_log_p_n(const dg_statistics *statistics, size_t n) {
    double total = 0;
    for (size_t k = 0; k <= statistics->max_n; k++)
        total += statistics->n_histogram[k];
    double count = n <= statistics->max_n ? statistics->n_histogram[n] : 0;
    return log((total > 0 ? count / total : 0) + 1e-30);
}
