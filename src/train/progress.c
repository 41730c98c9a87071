/* How far a session is, and whether it is time for something else. */
#include "train/session.h"

#include <signal.h>

const dg_config *dg_session_config(const dg_session *s) {
    return &s->training.model->config;
}

uint64_t dg_session_epoch(const dg_session *s) {
    return s->training.epoch + (s->training.batch > 0);
}

double dg_session_minutes(const dg_session *s) {
    return s->minutes_before + (dg_clock() - s->started) / 60;
}

bool dg_session_save_is_due(const dg_session *s) {
    return dg_clock() - s->last_save >= 60 * dg_session_config(s)->train.save_every_minutes;
}

bool dg_session_time_is_up(const dg_session *s) {
    const double minutes = dg_session_config(s)->train.max_minutes;
    return minutes > 0 && dg_session_minutes(s) >= minutes;
}

const char *dg_session_signal_name(int signal_number) {
    if (signal_number == SIGTERM) return "SIGTERM";
    return signal_number == SIGHUP ? "SIGHUP" : "SIGINT";
}

digress_status dg_session_ask_for_stop(dg_session *s) {
    const int signal_number = s->options->stop_signal ? s->options->stop_signal() : 0;
    if (signal_number)
        return dg_error(DIGRESS_INTERRUPTED, "stopped by %s",
                        dg_session_signal_name(signal_number));
    digress_status status = dg_watch_ask(s->options->watch);
    s->stopped = status != DIGRESS_OK;
    return status;
}
