/* What a session writes: rank 0 does. */
#include "train/together.h"

#include "core/file.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static digress_status check_weights(const dg_session *s) {
    digress_status finite = dg_model_check_weights(s->training.model);
    if (finite == DIGRESS_OK) return finite;
    return dg_error_prefix(finite, "step %" PRIu64 " is not saved (the last good checkpoint is %s)",
                           s->training.adamw.step, s->run.last);
}

static digress_status write_checkpoint(dg_session *s, const char *path, dg_training *whole) {
    dg_training *training = &s->training;
    if (!dg_is_first_rank(s->options->ranks)) return DIGRESS_OK;
    DG_TRY(dg_run_log_sync(&s->log, &training->jsonl_bytes, &training->csv_bytes));
    training->minutes = dg_session_minutes(s);
    whole->jsonl_bytes = training->jsonl_bytes;
    whole->csv_bytes = training->csv_bytes;
    whole->minutes = training->minutes;
    return dg_training_save(whole, path);
}

digress_status dg_session_save(dg_session *s, const char *path) {
    dg_training whole;
    DG_TRY(dg_session_complete_average(s));
    DG_TRY(dg_session_agree(s, check_weights(s)));
    DG_TRY(dg_training_collect(&s->training, dg_stepper_slices(s->stepper), &whole));
    digress_status status = write_checkpoint(s, path, &whole);
    dg_training_release(&s->training, &whole);
    return dg_session_agree(s, status);
}

digress_status dg_session_save_last(dg_session *s) {
    DG_TRY(dg_session_save(s, s->run.last));
    s->last_save = dg_clock();
    s->saved_step = s->training.adamw.step;
    s->unsaved = false;
    return DIGRESS_OK;
}

digress_status dg_session_save_due(dg_session *s) {
    const bool alone = dg_rank_count(s->options->ranks) == 1;
    const bool due = alone ? dg_session_save_is_due(s) : s->save_is_due;
    return s->unsaved && due ? dg_session_save_last(s) : DIGRESS_OK;
}

digress_status dg_session_write_config(const dg_session *s) {
    char *text = NULL;
    if (!dg_is_first_rank(s->options->ranks)) return DIGRESS_OK;
    DG_TRY(dg_config_text(dg_session_config(s), &text));
    digress_status status = dg_file_write(s->run.config, text, strlen(text));
    free(text);
    return status;
}

digress_status dg_session_open_log(dg_session *s) {
    if (!dg_is_first_rank(s->options->ranks)) return DIGRESS_OK;
    return dg_run_log_open(s->run.folder, s->training.jsonl_bytes, s->training.csv_bytes, &s->log);
}

/* Several ranks save between two steps only. */
static digress_status ask(void *context) {
    const dg_session *s = context;
    DG_TRY(dg_session_ask_for_stop(context));
    return dg_rank_count(s->options->ranks) > 1 ? DIGRESS_OK : dg_session_save_due(context);
}

void dg_session_watch(dg_session *s, bool on) {
    s->watch = (dg_watch){ask, s};
    dg_pool_watch(s->pool, on ? &s->watch : NULL);
}
