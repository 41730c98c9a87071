#include "train/best.h"

#include <math.h>

static const char *path_of(const dg_session *s, dg_best_by kind) {
    if (dg_session_config(s)->train.best_by == kind) return s->run.best;
    return kind == DG_BEST_BY_BOUND ? s->run.best_bound : s->run.best_samples;
}

digress_status dg_best_by_bound(dg_session *s, const dg_bound *bound, bool *best) {
    dg_training *training = &s->training;
    *best = bound->nll < training->best_nll;
    if (!*best) return DIGRESS_OK;
    training->best_nll = bound->nll;
    return dg_session_save(s, path_of(s, DG_BEST_BY_BOUND));
}

static dg_score score_of(const dg_best_score *kept) {
    dg_score score = dg_score_none();
    if (kept->count == 0) return score;
    if (kept->vun >= 0) score.vun.share = kept->vun;
    if (kept->ratio >= 0) score.ratio = kept->ratio;
    return score;
}

static double or_none(double value) {
    return isnan(value) ? -1 : value;
}

digress_status dg_best_by_samples(dg_session *s, const dg_score *score, bool *best) {
    dg_training *training = &s->training;
    const dg_score before = score_of(&training->best_score);
    *best = dg_score_better(score, &before);
    if (!*best) return DIGRESS_OK;
    training->best_score =
        (dg_best_score){score->count, or_none(score->vun.share), or_none(score->ratio)};
    return dg_session_save(s, path_of(s, DG_BEST_BY_SAMPLES));
}
