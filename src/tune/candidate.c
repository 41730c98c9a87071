#include "tune/candidate.h"

#include <math.h>

bool dg_candidate_same(const dg_candidate *a, const dg_candidate *b) {
    return a->sampler == b->sampler && a->steps == b->steps && a->eta == b->eta &&
           a->omega == b->omega && a->distortion == b->distortion;
}

digress_status dg_candidate_use(const dg_candidate *candidate, dg_model *model) {
    dg_config *config = &model->config;
    config->sample.sampler = candidate->sampler;
    config->sample.steps = candidate->steps;
    config->sample.omega = candidate->omega;
    config->sample.distortion = candidate->distortion;
    if (dg_is_continuous(config))
        config->model.eta = candidate->eta;
    else
        config->sample.eta = candidate->eta;
    return dg_model_use_sampler(model);
}

/* ---- as JSON ---- */

static json_t *number(double value) {
    return isfinite(value) ? json_real(value) : json_null();
}

json_t *dg_trial_to_json(const dg_trial *trial) {
    const dg_candidate *candidate = &trial->candidate;
    const dg_share *vun = &trial->score.vun;
    json_t *json = json_object();
    dg_json_put(&json, "sampler",
                json_string(dg_config_choice_name("sample.sampler", (unsigned)candidate->sampler)));
    dg_json_put(&json, "steps", json_integer((json_int_t)candidate->steps));
    dg_json_put(&json, "eta", json_real(candidate->eta));
    dg_json_put(&json, "omega", json_real(candidate->omega));
    dg_json_put(
        &json, "distortion",
        json_string(dg_config_choice_name("sample.distortion", (unsigned)candidate->distortion)));
    dg_json_put(&json, "samples", json_integer((json_int_t)trial->score.count));
    dg_json_put(&json, "good",
                isnan(vun->share) ? json_null() : json_integer((json_int_t)vun->count));
    dg_json_put(&json, "ratio", number(trial->score.ratio));
    dg_json_put(&json, "seconds", json_real(trial->seconds));
    return json;
}

static digress_status choice(const json_t *json, const char *member, const char *key,
                             unsigned *out) {
    const char *name = json_string_value(json_object_get(json, member));
    if (!name) return dg_error(DIGRESS_ERROR_INPUT, "'%s' is missing", member);
    return dg_config_choice(key, name, out);
}

static digress_status required(const json_t *json, const char *member, double *out) {
    const json_t *value = json_object_get(json, member);
    *out = json_number_value(value);
    if (json_is_number(value) && *out >= 0 && *out <= 1e9) return DIGRESS_OK;
    return dg_error(DIGRESS_ERROR_INPUT, "'%s' is missing or out of range", member);
}

static digress_status read_score(const json_t *json, dg_score *out) {
    const json_t *good = json_object_get(json, "good"), *ratio = json_object_get(json, "ratio");
    double samples = 0;
    *out = dg_score_none();
    DG_TRY(required(json, "samples", &samples));
    out->count = (size_t)samples;
    if (json_is_integer(good) && json_integer_value(good) >= 0 &&
        json_integer_value(good) <= (json_int_t)out->count)
        out->vun = dg_share_of((size_t)json_integer_value(good), out->count);
    if (json_is_number(ratio)) out->ratio = json_number_value(ratio);
    return DIGRESS_OK;
}

digress_status dg_trial_from_json(const json_t *json, dg_trial *out) {
    unsigned sampler = 0, distortion = 0;
    double steps = 0;
    dg_trial trial = {0};
    DG_TRY(choice(json, "sampler", "sample.sampler", &sampler));
    DG_TRY(choice(json, "distortion", "sample.distortion", &distortion));
    DG_TRY(required(json, "steps", &steps));
    DG_TRY(required(json, "eta", &trial.candidate.eta));
    DG_TRY(required(json, "omega", &trial.candidate.omega));
    DG_TRY(required(json, "seconds", &trial.seconds));
    DG_TRY(read_score(json, &trial.score));
    trial.candidate.sampler = (dg_sampler_kind)sampler;
    trial.candidate.steps = (size_t)steps;
    trial.candidate.distortion = (dg_distortion)distortion;
    *out = trial;
    return DIGRESS_OK;
}
