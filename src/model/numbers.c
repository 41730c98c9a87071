#include "model/numbers.h"

#include <math.h>
#include <stdint.h>

digress_status dg_copy_shares(const dg_tensor *tensor, double *out) {
    const double *values = tensor->data, tolerance = 1e-6;
    double sum = 0;
    for (size_t k = 0; k < tensor->count; k++) {
        if (!(values[k] >= 0 && values[k] <= 1 + tolerance))
            return dg_error(DIGRESS_ERROR_INPUT, "tensor '%s' holds %g: expected a share, 0 to 1",
                            tensor->name, values[k]);
        sum += out[k] = values[k];
    }
    if (fabs(sum - 1) <= tolerance) return DIGRESS_OK;
    return dg_error(DIGRESS_ERROR_INPUT, "tensor '%s' sums to %.9g: expected 1", tensor->name, sum);
}

digress_status dg_copy_counts(const dg_tensor *tensor, double *out, size_t *total) {
    const double *values = tensor->data, most = UINT32_MAX;
    double sum = 0;
    for (size_t k = 0; k < tensor->count; k++) {
        if (!(values[k] >= 0 && values[k] <= most) || values[k] != floor(values[k]))
            return dg_error(
                DIGRESS_ERROR_INPUT,
                "tensor '%s' holds %g for %zu nodes: expected a whole number of graphs up to %.0f",
                tensor->name, values[k], k, most);
        sum += out[k] = values[k];
    }
    if (values[0] > 0)
        return dg_error(DIGRESS_ERROR_INPUT, "tensor '%s' counts graphs without nodes",
                        tensor->name);
    if (!(sum > 0))
        return dg_error(DIGRESS_ERROR_INPUT, "tensor '%s' counts no graph", tensor->name);
    *total = (size_t)sum;
    return DIGRESS_OK;
}

digress_status dg_copy_mean(const dg_tensor *tensor, double most, double *out) {
    *out = *(const double *)tensor->data;
    if (*out >= 0 && *out <= most) return DIGRESS_OK;
    return dg_error(DIGRESS_ERROR_INPUT, "tensor '%s' is %g: expected a mean from 0 to %.15g",
                    tensor->name, *out, most);
}
