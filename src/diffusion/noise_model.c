#include "diffusion/noise_model.h"

#include <math.h>

void dg_noise_model_free(dg_noise_model *model) {
    if (model) model->operations->free(model);
}

double dg_log_p_n(const dg_statistics *statistics, size_t n) {
    double total = 0;
    for (size_t k = 0; k <= statistics->max_n; k++)
        total += statistics->n_histogram[k];
    double count = n <= statistics->max_n ? statistics->n_histogram[n] : 0;
    return log((total > 0 ? count / total : 0) + 1e-30);
}
