#include "train/together.h"

#include "core/hash.h"
#include "graph/graph_set.h"
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>

/* What ranks tell each other between two steps. */
enum {
    SIGINT_CAME = 1 << 0,
    SIGTERM_CAME = 1 << 1,
    SIGHUP_CAME = 1 << 2,
    WATCH_STOPS = 1 << 3,
    SAVE_IS_DUE = 1 << 4,
    TIME_IS_UP = 1 << 5,
};

static uint32_t flag_of(int signal_number) {
    if (signal_number == 0) return 0;
    if (signal_number == SIGTERM) return SIGTERM_CAME;
    return signal_number == SIGHUP ? SIGHUP_CAME : SIGINT_CAME;
}

static int signal_of(uint32_t flags) {
    if (flags & SIGTERM_CAME) return SIGTERM;
    if (flags & SIGHUP_CAME) return SIGHUP;
    return flags & SIGINT_CAME ? SIGINT : 0;
}

digress_status dg_session_hear(dg_session *s) {
    dg_ranks *ranks = s->options->ranks;
    uint32_t flags = s->stopped ? WATCH_STOPS : 0;
    if (s->options->stop_signal) flags |= flag_of(s->options->stop_signal());
    if (dg_is_first_rank(ranks)) {
        if (dg_session_save_is_due(s)) flags |= SAVE_IS_DUE;
        if (dg_session_time_is_up(s)) flags |= TIME_IS_UP;
    }
    DG_TRY(dg_ranks_or(ranks, &flags));
    s->signal = signal_of(flags);
    s->stopped = flags & WATCH_STOPS;
    s->save_is_due = flags & SAVE_IS_DUE;
    s->time_is_up = flags & TIME_IS_UP;
    return DIGRESS_OK;
}

digress_status dg_session_listen(dg_session *s) {
    dg_ranks *ranks = s->options->ranks;
    digress_status own = dg_session_ask_for_stop(s);
    DG_TRY(dg_session_hear(s));
    if (!s->signal && !s->stopped) return own;
    if (ranks) ranks->told = true;
    if (own != DIGRESS_OK) return own;
    return dg_error(DIGRESS_INTERRUPTED, "stopped by %s",
                    s->signal ? dg_session_signal_name(s->signal) : "another rank");
}

digress_status dg_session_agree(dg_session *s, digress_status status) {
    return dg_ranks_agree(s->options->ranks, status);
}

digress_status dg_session_count_accumulators(dg_session *s) {
    dg_config *config = &s->training.model->config;
    dg_ranks *ranks = s->options->ranks;
    const size_t count = dg_rank_count(ranks);
    uint32_t threads = dg_is_first_rank(ranks) ? (uint32_t)dg_pool_threads(s->pool) : 0;
    if (config->train.accumulators == 0) {
        DG_TRY(dg_ranks_or(ranks, &threads));
        config->train.accumulators = threads * count;
    }
    if (config->train.accumulators < count && !s->options->quiet)
        dg_warn("train.accumulators is %" PRIu64 ": of %zu ranks, no more than that have a part of "
                "a batch to work on",
                config->train.accumulators, count);
    return DIGRESS_OK;
}

digress_status dg_session_divide(dg_session *s) {
    const dg_denoiser *denoiser = s->training.model->denoiser;
    dg_ranks *ranks = s->options->ranks;
    char text[256];
    if (dg_rank_count(ranks) == 1) return DIGRESS_OK;
    snprintf(text, sizeof text,
             "step %" PRIu64 ", a network of %zu parameters, products in %s/%s, a training set of "
             "%zu graphs (%016" PRIx64 ")",
             s->training.adamw.step, dg_denoiser_parameter_count(denoiser),
             dg_backend_name(dg_denoiser_backend(denoiser)),
             dg_precision_name(dg_denoiser_precision(denoiser)), s->graphs,
             dg_hash_set(DG_HASH_START, s->train));
    DG_TRY(dg_ranks_same(ranks, text));
    return dg_session_agree(s, dg_training_cut(&s->training, dg_stepper_slices(s->stepper)));
}

digress_status dg_session_complete_average(dg_session *s) {
    float *average = s->training.model->ema;
    return average ? dg_slices_share_out(dg_stepper_slices(s->stepper), average) : DIGRESS_OK;
}
