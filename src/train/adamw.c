#include "train/adamw.h"

#include "core/memory.h"
#include "train/adamw_kernels.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

digress_status dg_adamw_create(size_t count, const dg_adamw_options *options, size_t skips,
                               const dg_span *skip, dg_adamw *out) {
    dg_adamw adamw = {.options = *options, .count = count, .skips = skips};
    digress_status status = dg_allocate(count, sizeof *adamw.m, &adamw.m);
    if (status == DIGRESS_OK) status = dg_allocate(count, sizeof *adamw.v, &adamw.v);
    if (status == DIGRESS_OK && options->amsgrad)
        status = dg_allocate(count, sizeof *adamw.v_max, &adamw.v_max);
    if (status == DIGRESS_OK) status = dg_allocate(skips, sizeof *skip, &adamw.skip);
    if (status != DIGRESS_OK) {
        dg_adamw_free(&adamw);
        return status;
    }
    if (skips) memcpy(adamw.skip, skip, skips * sizeof *skip);
    *out = adamw;
    return DIGRESS_OK;
}

digress_status dg_adamw_create_for(const dg_denoiser *denoiser, const dg_adamw_options *options,
                                   dg_adamw *out) {
    size_t tensors = dg_denoiser_tensor_count(denoiser), skips = 0;
    dg_span *skip = NULL;
    DG_TRY(dg_allocate(tensors, sizeof *skip, &skip));
    for (size_t k = 0; k < tensors; k++) {
        const dg_parameter *tensor = dg_denoiser_tensor(denoiser, k);
        const bool other = options->without_hidden && tensor->hidden;
        if ((!tensor->unused && !other) || tensor->count == 0) continue;
        skip[skips++] = (dg_span){tensor->offset, tensor->offset + tensor->count};
    }
    digress_status status =
        dg_adamw_create(dg_denoiser_parameter_count(denoiser), options, skips, skip, out);
    free(skip);
    return status;
}

void dg_adamw_free(dg_adamw *adamw) {
    free(adamw->m);
    free(adamw->v);
    free(adamw->v_max);
    free(adamw->skip);
    *adamw = (dg_adamw){0};
}

/* The rest of the array, `count` elements from `first` on. */
static digress_status cut_array(float **array, size_t first, size_t count) {
    float *kept = NULL;
    if (!*array) return DIGRESS_OK;
    DG_TRY(dg_allocate(count, sizeof *kept, &kept));
    memcpy(kept, *array + first, count * sizeof *kept);
    free(*array);
    *array = kept;
    return DIGRESS_OK;
}

digress_status dg_adamw_cut(dg_adamw *adamw, dg_span span) {
    const size_t count = span.end - span.first;
    size_t kept = 0;
    DG_TRY(cut_array(&adamw->m, span.first, count));
    DG_TRY(cut_array(&adamw->v, span.first, count));
    DG_TRY(cut_array(&adamw->v_max, span.first, count));
    for (size_t k = 0; k < adamw->skips; k++) {
        const dg_span skip = adamw->skip[k];
        if (skip.end <= span.first || skip.first >= span.end) continue;
        adamw->skip[kept++] = (dg_span){skip.first - span.first, skip.end - span.first};
    }
    adamw->skips = kept;
    adamw->count = count;
    return DIGRESS_OK;
}

double dg_clip_scale(double norm, double max_norm) {
    if (max_norm <= 0) return 1;
    double scale = max_norm / (norm + 1e-6);
    return scale < 1 ? scale : 1;
}

typedef struct step_job {
    const dg_adamw_kernels *kernels;
    const dg_adamw *adamw;
    dg_adamw_scalars scalars;
    float *gradient, *parameters;
    float rate, *average;
} step_job;

static void update_span(const step_job *job, size_t first, size_t end) {
    const dg_adamw *adamw = job->adamw;
    if (first >= end) return;
    job->kernels->update(&job->scalars, end - first, job->gradient + first, job->parameters + first,
                         adamw->m + first, adamw->v + first,
                         adamw->v_max ? adamw->v_max + first : NULL);
}

static digress_status step_chunk(void *context, size_t index, size_t thread) {
    (void)thread;
    const step_job *job = context;
    const dg_adamw *adamw = job->adamw;
    dg_span span = dg_chunk_span(adamw->count, index);
    size_t at = span.first;
    for (size_t k = 0; k < adamw->skips && adamw->skip[k].first < span.end; k++) {
        if (adamw->skip[k].end <= at) continue;
        update_span(job, at, adamw->skip[k].first);
        at = adamw->skip[k].end;
    }
    update_span(job, at, span.end);
    size_t length = span.end - span.first;
    memset(job->gradient + span.first, 0, length * sizeof *job->gradient);
    if (job->average)
        job->kernels->average(length, job->rate, job->parameters + span.first,
                              job->average + span.first);
    return DIGRESS_OK;
}

double dg_average_rate(double decay, uint64_t step) {
    double early = (1.0 + (double)step) / (10.0 + (double)step);
    return 1 - (early < decay ? early : decay);
}

digress_status dg_adamw_step(dg_adamw *adamw, dg_pool *pool, double lr, double scale,
                             float *gradient, float *parameters, double decay, float *average) {
    const dg_adamw_options *options = &adamw->options;
    double k = (double)++adamw->step;
    step_job job = {
        .kernels = DG_ISA_SELECT(dg_adamw_kernels_table),
        .adamw = adamw,
        .scalars = {.gradient_scale = (float)scale,
                    .decay = (float)(1 - lr * options->weight_decay),
                    .beta1 = (float)options->beta1,
                    .beta2 = (float)options->beta2,
                    .rest1 = (float)(1 - options->beta1),
                    .rest2 = (float)(1 - options->beta2),
                    .step_size = (float)(lr / (1 - pow(options->beta1, k))),
                    .correction2 = (float)sqrt(1 - pow(options->beta2, k)),
                    .epsilon = (float)options->epsilon},
        .gradient = gradient,
        .parameters = parameters,
        .rate = (float)dg_average_rate(decay, adamw->step),
        .average = average,
    };
    return dg_pool_run(pool, dg_chunk_count(adamw->count), step_chunk, &job);
}

double dg_learning_rate(dg_lr_kind kind, double base, uint64_t warmup, uint64_t total, uint64_t k) {
    const double pi = 3.14159265358979323846;
    if (kind == DG_LR_CONSTANT) return base;
    if (k < warmup) return base * (double)(k + 1) / (double)warmup;
    if (k >= total) return 0;
    return base * 0.5 * (1 + cos(pi * (double)(k - warmup) / (double)(total - warmup)));
}
