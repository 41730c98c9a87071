/* The parameters of a network by name: their list, their first values, and those in a file. */
#include "denoiser/operations.h"

#include "core/memory.h"
#include "math/finite.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

digress_status dg_parameters_add(dg_denoiser *denoiser, const char *name, size_t rows, size_t cols,
                                 bool unused) {
    DG_TRY(dg_grow(&denoiser->tensors, &denoiser->tensor_capacity, denoiser->tensor_count + 1,
                   sizeof *denoiser->tensors));
    dg_parameter *tensor = &denoiser->tensors[denoiser->tensor_count++];
    *tensor = (dg_parameter){.offset = denoiser->parameter_count,
                             .rows = rows,
                             .cols = cols,
                             .count = cols ? rows * cols : rows,
                             .unused = unused};
    snprintf(tensor->name, sizeof tensor->name, "%s", name);
    denoiser->parameter_count += tensor->count;
    return DIGRESS_OK;
}

void dg_parameters_draw(dg_denoiser *denoiser, uint64_t seed) {
    double bound = 0.0;
    for (size_t k = 0; k < denoiser->tensor_count; k++) {
        const dg_parameter *tensor = &denoiser->tensors[k];
        float *values = denoiser->values + tensor->offset;
        bool is_norm = strstr(tensor->name, "norm") != NULL;
        bool is_bias = tensor->cols == 0 && strstr(tensor->name, ".bias") != NULL;
        if (is_norm) {
            for (size_t c = 0; c < tensor->count; c++)
                values[c] = is_bias ? 0.0f : 1.0f;
            continue;
        }
        if (!is_bias) bound = 1.0 / sqrt((double)tensor->cols); /* its bias follows, same width */
        dg_rng key = {seed, DG_RNG_INITIALIZE, (uint32_t)k, 0};
        dg_rng_fill_uniform(&key, 0, tensor->count, values);
        for (size_t c = 0; c < tensor->count; c++)
            values[c] = (float)(bound * (2.0 * (double)values[c] - 1.0));
    }
}

const dg_denoiser_dims *dg_denoiser_get_dims(const dg_denoiser *denoiser) {
    return &denoiser->dims;
}

size_t dg_denoiser_parameter_count(const dg_denoiser *denoiser) {
    return denoiser->parameter_count;
}

float *dg_denoiser_parameters(dg_denoiser *denoiser) {
    return denoiser->values;
}

size_t dg_denoiser_tensor_count(const dg_denoiser *denoiser) {
    return denoiser->tensor_count;
}

const dg_parameter *dg_denoiser_tensor(const dg_denoiser *denoiser, size_t index) {
    return &denoiser->tensors[index];
}

const dg_parameter *dg_denoiser_find(const dg_denoiser *denoiser, const char *name) {
    for (size_t k = 0; k < denoiser->tensor_count; k++)
        if (strcmp(denoiser->tensors[k].name, name) == 0) return &denoiser->tensors[k];
    return NULL;
}

digress_status dg_denoiser_check_finite(const dg_denoiser *denoiser, const float *values) {
    for (size_t k = 0; k < denoiser->tensor_count; k++) {
        const dg_parameter *parameter = &denoiser->tensors[k];
        if (!dg_all_finite(parameter->count, values + parameter->offset))
            return dg_error(DIGRESS_ERROR_NUMERIC,
                            "the network's weights are not all finite numbers: the first tensor "
                            "with one that is not is '%s'",
                            parameter->name);
    }
    return DIGRESS_OK;
}

digress_status dg_denoiser_read(const dg_denoiser *denoiser, const dg_tensor_file *file,
                                const char *prefix, float *values) {
    char name[128];
    for (size_t k = 0; k < denoiser->tensor_count; k++) {
        const dg_parameter *parameter = &denoiser->tensors[k];
        if (parameter->count == 0) continue;
        const size_t shape[] = {parameter->rows, parameter->cols};
        const dg_tensor *tensor = NULL;
        snprintf(name, sizeof name, "%s%s", prefix, parameter->name);
        DG_TRY(dg_tensor_file_require(file, name, DG_F32, parameter->cols ? 2 : 1, shape, &tensor));
        if (!dg_all_finite(parameter->count, tensor->data))
            return dg_error(DIGRESS_ERROR_NUMERIC,
                            "%s: the weights are not all finite numbers: the first tensor with one "
                            "that is not is '%s'; take a checkpoint from before the training "
                            "diverged",
                            dg_tensor_file_path(file), name);
        memcpy(values + parameter->offset, tensor->data, parameter->count * sizeof *values);
    }
    return DIGRESS_OK;
}

digress_status dg_denoiser_write(const dg_denoiser *denoiser, dg_tensor_writer *writer,
                                 const char *prefix, const float *values) {
    char name[128];
    for (size_t k = 0; k < denoiser->tensor_count; k++) {
        const dg_parameter *parameter = &denoiser->tensors[k];
        const size_t shape[] = {parameter->rows, parameter->cols};
        snprintf(name, sizeof name, "%s%s", prefix, parameter->name);
        DG_TRY(dg_tensor_writer_add(writer, name, DG_F32, parameter->cols ? 2 : 1, shape,
                                    values + parameter->offset));
    }
    return DIGRESS_OK;
}
