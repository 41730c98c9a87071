#include "train/checkpoint.h"

#include "core/memory.h"
#include "core/number.h"
#include <errno.h>
#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The counters, kept as metadata: whole numbers, and doubles with all their digits. */
typedef struct counter_entry {
    const char *key;
    size_t offset; /* in dg_training */
    bool real;
    double minimum, maximum; /* inclusive */
    bool optional;           /* older versions did not write it: then 0 */
} counter_entry;

#define WHOLE(key, field, maximum)                                                                 \
    { "train." key, offsetof(dg_training, field), false, 0, maximum, false }
#define REAL(key, field, minimum, maximum)                                                         \
    { "train." key, offsetof(dg_training, field), true, minimum, maximum, false }
static const counter_entry counters[] = {
    WHOLE("step", adamw.step, UINT32_MAX), /* a key of random numbers */
    WHOLE("epoch", epoch, UINT32_MAX),
    WHOLE("batch", batch, UINT32_MAX),
    {"train.ended", offsetof(dg_training, ended), false, 0, DG_EPOCH_VALIDATED, true},
    WHOLE("validated", validated, UINT32_MAX),
    WHOLE("jsonl_bytes", jsonl_bytes, 0x1p53),
    WHOLE("csv_bytes", csv_bytes, 0x1p53),
    REAL("minutes", minutes, 0, 1e9),
    REAL("best_nll", best_nll, -DBL_MAX, (double)INFINITY),
    {"train.best_samples", offsetof(dg_training, best_score.count), false, 0, UINT32_MAX, true},
    {"train.best_vun", offsetof(dg_training, best_score.vun), true, -1, 1, true},
    {"train.best_ratio", offsetof(dg_training, best_score.ratio), true, -1, DBL_MAX, true},
    REAL("epoch_loss_X", epoch_loss_X, 0, DBL_MAX),
    REAL("epoch_loss_E", epoch_loss_E, 0, DBL_MAX),
    REAL("epoch_seconds", epoch_seconds, 0, 1e12),
};
enum { COUNTERS = sizeof counters / sizeof *counters, COUNTER_TEXT = 32 };

static void counter_text(const dg_training *training, const counter_entry *counter,
                         char text[COUNTER_TEXT]) {
    const char *field = (const char *)training + counter->offset;
    uint64_t whole;
    double real;
    memcpy(&whole, field, sizeof whole);
    memcpy(&real, field, sizeof real);
    if (counter->real)
        dg_number_text(real, 17, text, COUNTER_TEXT);
    else
        snprintf(text, COUNTER_TEXT, "%" PRIu64, whole);
}

static digress_status read_counter(const dg_tensor_file *file, const counter_entry *counter,
                                   dg_training *training) {
    const char *text = dg_tensor_file_metadata(file, counter->key);
    if (!text && counter->optional) return DIGRESS_OK;
    if (!text)
        return dg_error(DIGRESS_ERROR_INPUT,
                        "%s: no '%s': this is a model without the state of its training; start "
                        "a new training from it with the option 'init'",
                        dg_tensor_file_path(file), counter->key);
    char *field = (char *)training + counter->offset, *end = NULL;
    uint64_t whole = 0;
    double real = 0;
    errno = 0;
    if (counter->real)
        real = dg_number_of(text, &end);
    else
        real = (double)(whole = strtoull(text, &end, 10));
    bool number = end != text && !*end && (counter->real || (errno == 0 && *text != '-'));
    if (!number || !(real >= counter->minimum && real <= counter->maximum))
        return dg_error(DIGRESS_ERROR_INPUT, "%s: '%s' is '%s': expected a %s from %.15g to %.15g",
                        dg_tensor_file_path(file), counter->key, text,
                        counter->real ? "number" : "whole number", counter->minimum,
                        counter->maximum);
    memcpy(field, counter->real ? (void *)&real : (void *)&whole, sizeof whole);
    return DIGRESS_OK;
}

digress_status dg_training_create(dg_model *model, dg_training *out) {
    dg_training training = {.model = model, .best_nll = INFINITY};
    const bool muon = model->config.train.optimizer == DG_OPTIMIZER_MUON;
    const dg_adamw_options options = {.weight_decay = model->config.train.weight_decay,
                                      .beta1 = 0.9,
                                      .beta2 = 0.999,
                                      .epsilon = 1e-8,
                                      .amsgrad = model->config.train.amsgrad,
                                      .without_hidden = muon};
    digress_status status = dg_adamw_create_for(model->denoiser, &options, &training.adamw);
    if (status == DIGRESS_OK && muon) status = dg_muon_create(model->denoiser, &training.muon);
    if (status != DIGRESS_OK) {
        dg_training_free(&training);
        return status;
    }
    *out = training;
    return DIGRESS_OK;
}

void dg_training_free(dg_training *training) {
    dg_model_free(training->model);
    dg_adamw_free(&training->adamw);
    dg_muon_free(training->muon);
    *training = (dg_training){0};
}

digress_status dg_training_cut(dg_training *training, const dg_slices *slices) {
    if (dg_rank_count(slices->ranks) == 1) return DIGRESS_OK;
    if (training->muon) dg_muon_cut(training->muon, dg_slices_own(slices));
    return dg_adamw_cut(&training->adamw, dg_slices_own(slices));
}

static digress_status collect_moments(const dg_slices *slices, const float *mine, float **whole) {
    *whole = NULL;
    if (!mine) return DIGRESS_OK;
    if (dg_is_first_rank(slices->ranks)) DG_TRY(dg_allocate(slices->count, sizeof **whole, whole));
    return dg_slices_collect(slices, mine, *whole);
}

digress_status dg_training_collect(const dg_training *training, const dg_slices *slices,
                                   dg_training *whole) {
    const dg_adamw *mine = &training->adamw;
    *whole = *training;
    if (dg_rank_count(slices->ranks) == 1) return DIGRESS_OK;
    dg_adamw *all = &whole->adamw;
    all->m = all->v = all->v_max = NULL;
    digress_status status = collect_moments(slices, mine->m, &all->m);
    if (status == DIGRESS_OK) status = collect_moments(slices, mine->v, &all->v);
    if (status == DIGRESS_OK) status = collect_moments(slices, mine->v_max, &all->v_max);
    if (status != DIGRESS_OK) dg_training_release(training, whole);
    return status;
}

void dg_training_release(const dg_training *training, dg_training *whole) {
    if (whole->adamw.m == training->adamw.m) return;
    free(whole->adamw.m);
    free(whole->adamw.v);
    free(whole->adamw.v_max);
}

/* The moments under the names that PyTorch's optimizer gives them. */
static digress_status add_moments(const dg_training *training, dg_tensor_writer *writer) {
    const dg_denoiser *denoiser = training->model->denoiser;
    const dg_adamw *adamw = &training->adamw;
    DG_TRY(dg_denoiser_write(denoiser, writer, "exp_avg.", adamw->m));
    DG_TRY(dg_denoiser_write(denoiser, writer, "exp_avg_sq.", adamw->v));
    if (!adamw->v_max) return DIGRESS_OK;
    return dg_denoiser_write(denoiser, writer, "max_exp_avg_sq.", adamw->v_max);
}

static digress_status add_training(const dg_training *training, dg_tensor_writer *writer) {
    DG_TRY(dg_model_add_to(training->model, writer));
    DG_TRY(add_moments(training, writer));
    for (size_t k = 0; k < COUNTERS; k++) {
        char text[COUNTER_TEXT];
        counter_text(training, &counters[k], text);
        DG_TRY(dg_tensor_writer_metadata(writer, counters[k].key, text));
    }
    return DIGRESS_OK;
}

digress_status dg_training_save(const dg_training *training, const char *path) {
    dg_tensor_writer *writer = NULL;
    DG_TRY(dg_tensor_writer_create(&writer));
    digress_status status = add_training(training, writer);
    if (status == DIGRESS_OK) status = dg_tensor_writer_save(writer, path);
    dg_tensor_writer_free(writer);
    return status;
}

/* Reads means of squares, from the tensors PREFIX.... */
static digress_status read_squares(const dg_denoiser *denoiser, const dg_tensor_file *file,
                                   const char *prefix, float *values) {
    DG_TRY(dg_denoiser_read(denoiser, file, prefix, values));
    for (size_t k = 0; k < dg_denoiser_parameter_count(denoiser); k++)
        if (values[k] < 0)
            return dg_error(DIGRESS_ERROR_INPUT,
                            "%s: a tensor '%s...' holds %g: expected no less "
                            "than 0",
                            dg_tensor_file_path(file), prefix, (double)values[k]);
    return DIGRESS_OK;
}

static digress_status read_training(const dg_tensor_file *file, dg_training *training) {
    const dg_denoiser *denoiser = training->model->denoiser;
    dg_adamw *adamw = &training->adamw;
    for (size_t k = 0; k < COUNTERS; k++)
        DG_TRY(read_counter(file, &counters[k], training));
    if (training->validated > adamw->step)
        return dg_error(DIGRESS_ERROR_INPUT,
                        "%s: 'train.validated' is %" PRIu64 ": expected at most 'train.step', "
                        "%" PRIu64,
                        dg_tensor_file_path(file), training->validated, adamw->step);
    DG_TRY(dg_denoiser_read(denoiser, file, "exp_avg.", adamw->m));
    DG_TRY(read_squares(denoiser, file, "exp_avg_sq.", adamw->v));
    if (!adamw->v_max) return DIGRESS_OK;
    return read_squares(denoiser, file, "max_exp_avg_sq.", adamw->v_max);
}

static digress_status load_training(const dg_tensor_file *file, dg_training *out) {
    dg_model *model = NULL;
    dg_training training;
    DG_TRY(dg_model_load_file(file, &model));
    DG_TRY(dg_training_create(model, &training));
    digress_status status = read_training(file, &training);
    if (status != DIGRESS_OK) {
        dg_training_free(&training);
        return status;
    }
    *out = training;
    return DIGRESS_OK;
}

digress_status dg_training_load(const char *path, dg_training *out) {
    dg_tensor_file *file = NULL;
    DG_TRY(dg_tensor_file_open(path, &file));
    digress_status status = load_training(file, out);
    dg_tensor_file_close(file);
    return status;
}
