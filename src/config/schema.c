#include "config/schema.h"

#include "core/nearest.h"
#include "core/number.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A key's name is its field's path. */
#define KEY(field) .name = #field, .offset = offsetof(dg_config, field)
enum { WIDEST = 65536 };
#define MOST_COUNTED                                                                               \
    UINT32_MAX /* for steps and samples, whose numbers are keys of random numbers */

const dg_key dg_keys[] = {
    {KEY(general.name), DG_KEY_TEXT, .standard = "graph-tf-model",
     .help = "name of the run; its folder is runs/NAME-SEED"},
    {KEY(general.check_val_every_n_epochs), DG_KEY_WHOLE, .minimum = 1, .maximum = MOST_COUNTED,
     .standard = "5", .help = "epochs between two validations"},
    {KEY(general.sample_every_val), DG_KEY_WHOLE, .minimum = 0, .maximum = MOST_COUNTED,
     .standard = "4", .null_is = "0", .help = "validations between two samplings; 0: never"},
    {KEY(general.samples_to_generate), DG_KEY_WHOLE, .minimum = 1, .maximum = MOST_COUNTED,
     .standard = "512", .help = "graphs drawn at each sampling"},
    {KEY(general.chains_to_save), DG_KEY_WHOLE, .minimum = 0, .maximum = MOST_COUNTED,
     .standard = "1", .help = "chains of intermediate graphs kept at each sampling"},
    {KEY(general.number_chain_steps), DG_KEY_WHOLE, .minimum = 1, .maximum = MOST_COUNTED,
     .standard = "50", .help = "frames of a chain"},
    {KEY(general.pictures), DG_KEY_BOOLEAN, .standard = "false",
     .help = "draw the samples, the chains and the curves so far at each sampling (`digress train` "
             "alone)"},
    {KEY(general.log_every_steps), DG_KEY_WHOLE, .minimum = 1, .maximum = MOST_COUNTED,
     .standard = "50", .help = "steps between two lines of the log"},

    {KEY(model.type), DG_KEY_NAME, .standard = "discrete", .names = DG_MODEL_NAMES,
     .help = "noise on classes, or Gaussian noise, which has no transition and no extra features"},
    {KEY(model.transition), DG_KEY_NAME, .standard = "marginal", .names = DG_TRANSITION_NAMES,
     .help = "what the noise ends in: the training set's class marginals, the uniform "
             "distribution, or one class"},
    {KEY(model.absorbing), DG_KEY_WHOLE, .minimum = 0, .maximum = 254, .standard = "0",
     .help = "the class that an absorbing transition ends in"},
    {KEY(model.model), DG_KEY_NAME, .standard = "graph_tf", .names = DG_DENOISER_NAMES,
     .help = "denoising network"},
    {KEY(model.diffusion_steps), DG_KEY_WHOLE, .minimum = 1, .maximum = 1000000, .standard = "500",
     .help = "diffusion steps T"},
    {KEY(model.diffusion_noise_schedule), DG_KEY_NAME, .standard = "cosine",
     .names = DG_SCHEDULE_NAMES, .help = "noise schedule"},
    {KEY(model.n_layers), DG_KEY_WHOLE, .minimum = 1, .maximum = 1000, .standard = "5",
     .help = "layers of the network"},
    {KEY(model.extra_features), DG_KEY_NAME, .standard = "all", .null_is = "none",
     .names = DG_FEATURE_NAMES,
     .help = "inputs computed from the noisy graph: numbers of cycles; these and eigenvalues; "
             "eigenvectors too (all); or cycles and random walks (rrwp); null: none"},
    {KEY(model.rrwp_steps), DG_KEY_WHOLE, .minimum = 1, .maximum = 64, .standard = "12",
     .help = "rrwp: probabilities of random walks of 0, 1, ... steps, fewer than this, between "
             "any two nodes"},
    {KEY(model.cycles), DG_KEY_NAME, .standard = "corrected", .names = DG_CYCLES_NAMES,
     .help = "how 5-cycles are counted: correctly, or as the published code did (too many)"},
    {KEY(model.molecular_features), DG_KEY_NAME, .standard = "corrected", .null_is = "none",
     .names = DG_MOLECULAR_NAMES,
     .help = "inputs computed from the atoms of molecules: charge, valency, weight; as "
             "they are meant, or as the published code computes them"},
    {KEY(model.max_weight), DG_KEY_NUMBER, .standard = "0",
     .help = "daltons that the molecule's weight is divided by; 0: the heaviest of the training "
             "set (the published code uses 150 for QM9, 390 with hydrogens)"},
    {KEY(model.pooling), DG_KEY_NAME, .standard = "fixed", .names = DG_POOLING_NAMES,
     .help = "spread that is pooled into y: the variance (branch fixed_bug) or the standard "
             "deviation (branch main)"},
    {KEY(model.symmetric), DG_KEY_BOOLEAN, .standard = "false",
     .help =
         "scores (Q_i K_j + Q_j K_i) / 2, so that each pair is computed once instead of in both "
         "orders; another network, which no published weights fit"},
    {KEY(model.time_input), DG_KEY_NAME, .standard = "plain", .names = DG_TIME_INPUT_NAMES,
     .help = "what the network reads of the time: t / T; or, as DeFoG, 1 - t / T and 64 cosines "
             "and sines of it (embedded)"},
    {KEY(model.diagonal), DG_KEY_NAME, .standard = "zeros", .names = DG_DIAGONAL_NAMES,
     .help = "what the network reads as the class of a node's pair with itself: none, or, as "
             "DeFoG, that of no edge"},
    {KEY(model.dropout), DG_KEY_NUMBER, .maximum = 0.99, .standard = "0.1",
     .help = "dropout in training"},
    {KEY(model.hidden_mlp_dims.X), DG_KEY_WHOLE, .minimum = 1, .maximum = WIDEST, .standard = "256",
     .help = "hidden width of the input and output MLPs of the nodes"},
    {KEY(model.hidden_mlp_dims.E), DG_KEY_WHOLE, .minimum = 1, .maximum = WIDEST, .standard = "128",
     .help = "the same, of the pairs"},
    {KEY(model.hidden_mlp_dims.y), DG_KEY_WHOLE, .minimum = 1, .maximum = WIDEST, .standard = "128",
     .help = "the same, of the graph"},
    {KEY(model.hidden_dims.dx), DG_KEY_WHOLE, .minimum = 1, .maximum = WIDEST, .standard = "256",
     .help = "width of a node's state; a multiple of n_head"},
    {KEY(model.hidden_dims.de), DG_KEY_WHOLE, .minimum = 1, .maximum = WIDEST, .standard = "64",
     .help = "width of a pair's state"},
    {KEY(model.hidden_dims.dy), DG_KEY_WHOLE, .minimum = 1, .maximum = WIDEST, .standard = "64",
     .help = "width of the graph's state"},
    {KEY(model.hidden_dims.n_head), DG_KEY_WHOLE, .minimum = 1, .maximum = WIDEST, .standard = "8",
     .help = "attention heads (they only scale the scores: attention is per channel)"},
    {KEY(model.hidden_dims.dim_ffX), DG_KEY_WHOLE, .minimum = 1, .maximum = WIDEST,
     .standard = "256", .help = "feed-forward width of the nodes"},
    {KEY(model.hidden_dims.dim_ffE), DG_KEY_WHOLE, .minimum = 1, .maximum = WIDEST,
     .standard = "128", .help = "feed-forward width of the pairs"},
    {KEY(model.hidden_dims.dim_ffy), DG_KEY_WHOLE, .minimum = 1, .maximum = WIDEST,
     .standard = "128",
     .help = "feed-forward width of the graph (the published code always runs 2048)"},
    {KEY(model.prediction), DG_KEY_NAME, .standard = "eps", .names = DG_PREDICTION_NAMES,
     .help =
         "continuous: what the network predicts: the noise, the clean graph, or v = alpha eps - "
         "sigma x"},
    {KEY(model.eta), DG_KEY_NUMBER, .maximum = 1, .standard = "1",
     .help = "continuous: share of a sampling step's noise that is drawn: 1 ancestral, 0 "
             "deterministic (DDIM)"},
    {KEY(model.normalize_factors), DG_KEY_TRIPLE, .minimum = 1e-3, .maximum = 1e3,
     .standard = "[2, 1, 1]",
     .help = "continuous: one-hot rows of nodes and pairs are divided by these; the third, of the "
             "graph, must be 1"},
    {KEY(model.norm_biases), DG_KEY_TRIPLE, .minimum = -1e3, .maximum = 1e3,
     .standard = "[0, 0, 0]",
     .help = "continuous: what is subtracted from the rows before they are divided; the third must "
             "be 0"},
    {KEY(model.lambda_train), DG_KEY_PAIR, .standard = "[5, 0]",
     .help =
         "weights of the pair loss and the graph loss relative to the node loss; graphs have no "
         "target of their own, so the second must be 0"},

    {KEY(model.task), DG_KEY_NAME, .standard = "generation", .names = DG_TASK_NAMES,
     .help = "what the network learns: graphs, or to predict model.targets of noisy ones"},
    {KEY(model.targets), DG_KEY_NAMES, .standard = "null", .null_is = "null",
     .help = "targets of the set that the network reads, such as [logP, weight], so that samples "
             "can be asked for by them; those that the set lacks are computed where they can be"},

    {KEY(train.n_epochs), DG_KEY_WHOLE, .minimum = 1, .maximum = MOST_COUNTED, .standard = "1000",
     .help = "passes over the training set"},
    {KEY(train.batch_size), DG_KEY_WHOLE, .minimum = 1, .maximum = 1000000, .standard = "512",
     .help = "graphs a step"},
    {KEY(train.optimizer), DG_KEY_NAME, .standard = "adamw", .names = DG_OPTIMIZER_NAMES,
     .help =
         "adamw, or muon: orthogonalised momentum for the matrices between hidden states, AdamW "
         "for the rest"},
    {KEY(train.lr), DG_KEY_NUMBER, .standard = "2e-4", .help = "learning rate"},
    {KEY(train.weight_decay), DG_KEY_NUMBER, .standard = "1e-12", .help = "decoupled weight decay"},
    {KEY(train.amsgrad), DG_KEY_BOOLEAN, .standard = "true", .help = "AMSGrad variant of AdamW"},
    {KEY(train.clip_grad), DG_KEY_NUMBER, .standard = "0", .null_is = "0",
     .help = "largest L2 norm of the gradient; 0: no clipping"},
    {KEY(train.ema_decay), DG_KEY_NUMBER, .maximum = 0.999999, .standard = "0", .null_is = "0",
     .help = "decay of the moving average of the weights, such as 0.999; 0: none"},
    {KEY(train.target_dropout), DG_KEY_NUMBER, .maximum = 1, .standard = "0.1",
     .help =
         "share of the graphs, and then of each target, that the network is not told in a step"},
    {KEY(train.lr_schedule), DG_KEY_NAME, .standard = "constant", .names = DG_LR_NAMES,
     .help = "constant, or warm-up and then half a cosine down to 0 at the end of n_epochs"},
    {KEY(train.warmup_steps), DG_KEY_WHOLE, .minimum = 0, .maximum = MOST_COUNTED, .standard = "0",
     .help = "steps of the warm-up of train.lr_schedule"},
    {KEY(train.best_by), DG_KEY_NAME, .standard = "bound", .names = DG_BEST_BY_NAMES,
     .help =
         "what best.safetensors is chosen by: the validation bound, or the samples drawn during "
         "training (the share of valid, unique, novel ones, then the mean ratio of their MMDs)"},
    {KEY(train.times), DG_KEY_NAME, .standard = "independent", .names = DG_TIMES_NAMES,
     .help =
         "diffusion times of the graphs of a batch: each drawn by itself, or evenly spaced from "
         "one random start"},
    {KEY(train.distortion), DG_KEY_NAME, .standard = "identity", .names = DG_DISTORTION_NAMES,
     .help = "where training times are dense: nowhere, near noise (polyinc), near data (polydec), "
             "at both ends (cos), or in the middle (revcos)"},
    {KEY(train.seed), DG_KEY_WHOLE, .minimum = 0, .standard = "0",
     .help = "seed of all random numbers of the training"},
    {KEY(train.max_steps), DG_KEY_WHOLE, .minimum = 0, .maximum = MOST_COUNTED, .standard = "0",
     .null_is = "0", .help = "stop after so many steps; 0: no limit"},
    {KEY(train.max_minutes), DG_KEY_NUMBER, .standard = "0", .null_is = "0",
     .help = "stop after so many minutes, including those before a resumption; 0: no limit"},
    {KEY(train.save_every_minutes), DG_KEY_NUMBER, .standard = "5",
     .help = "minutes between two checkpoints, the most that a crash can cost"},
    {KEY(train.threads), DG_KEY_WHOLE, .minimum = 0, .maximum = 4096, .standard = "0",
     .help = "threads; 0: all processors, up to 128"},
    {KEY(train.backend), DG_KEY_NAME, .standard = "auto", .names = DG_USE_NAMES,
     .help = "what multiplies matrices: digress's own kernels, or oneDNN; auto: the fastest there "
             "is (openblas: an older name for native)"},
    {KEY(train.precision), DG_KEY_NAME, .standard = "f32", .names = DG_PRECISION_NAMES,
     .help = "factors of products: float32, or rounded to bfloat16 (sums, weights and optimizer "
             "stay float32)"},
    {KEY(train.accumulators), DG_KEY_WHOLE, .minimum = 0, .maximum = 4096, .standard = "0",
     .help = "partial sums of the gradient; 0: as many as threads when the run begins"},

    {KEY(sample.sampler), DG_KEY_NAME, .standard = "posterior", .names = DG_SAMPLER_NAMES,
     .help =
         "reverse steps: from the posterior (DiGress), by noising the predicted clean graph "
         "again, or by the rates of discrete flow matching (DeFoG); a continuous model has only "
         "the first"},
    {KEY(sample.steps), DG_KEY_WHOLE, .minimum = 0, .maximum = 1000000, .standard = "0",
     .null_is = "0", .help = "reverse steps, fewer or more than T; 0: T"},
    {KEY(sample.eta), DG_KEY_NUMBER, .maximum = 1e6, .standard = "0",
     .help = "posterior: the share of nodes and pairs that each step noises anew, 0 to 1; flow: "
             "stochasticity, the weight of jumps in detailed balance"},
    {KEY(sample.omega), DG_KEY_NUMBER, .maximum = 1e6, .standard = "0",
     .help = "flow: target guidance, the weight of jumps towards the predicted graph"},
    {KEY(sample.distortion), DG_KEY_NAME, .standard = "identity", .names = DG_DISTORTION_NAMES,
     .help = "how the steps are spread: evenly, or more of them near noise (polyinc), near data "
             "(polydec), at both ends (cos), in the middle (revcos)"},

    {KEY(dataset.path), DG_KEY_TEXT, .standard = "null", .null_is = "null",
     .help = "set folder, or any file of graphs, to train on"},
    {KEY(dataset.generate.kind), DG_KEY_NAME, .standard = "null", .null_is = "null",
     .names = DG_FAMILY_NAMES, .help = "family to generate a set from, instead of dataset.path"},
    {KEY(dataset.generate.graphs), DG_KEY_WHOLE, .minimum = 3, .maximum = 1e9, .standard = "200",
     .help = "graphs to generate, split 64/16/20 into train, val, test"},
    {KEY(dataset.generate.seed), DG_KEY_WHOLE, .minimum = 0, .standard = "0",
     .help = "seed of the generated set"},
    {0},
};

static const char *last_part(const char *name) {
    const char *dot = strrchr(name, '.');
    return dot ? dot + 1 : name;
}

const char *dg_key_type_name(dg_key_type type) {
    static const char *const names[] = {
        "text",          "",     "whole number", "number", "true or false", "two numbers",
        "three numbers", "names"};
    return names[type];
}

const dg_key *dg_key_find(const char *name) {
    for (const dg_key *key = dg_keys; key->name; key++)
        if (strcmp(key->name, name) == 0) return key;
    return NULL;
}

bool dg_key_is_section(const char *name) {
    size_t length = strlen(name);
    for (const dg_key *key = dg_keys; key->name; key++)
        if (strncmp(key->name, name, length) == 0 && key->name[length] == '.') return true;
    return false;
}

const char *dg_key_nearest(const char *name) {
    enum { KEYS = sizeof dg_keys / sizeof *dg_keys - 1 };
    const char *names[KEYS];
    for (size_t k = 0; k < KEYS; k++) {
        names[k] = dg_keys[k].name;
        if (strcmp(last_part(names[k]), last_part(name)) == 0) return names[k];
    }
    return dg_nearest(name, KEYS, names);
}

static bool is_null(dg_scalar value) {
    static const char *const spellings[] = {"", "~", "null", "Null", "NULL"};
    if (!value.plain) return false;
    for (size_t k = 0; k < sizeof spellings / sizeof *spellings; k++)
        if (strcmp(value.text, spellings[k]) == 0) return true;
    return false;
}

static digress_status expected(const dg_key *key, const char *what, const char *got) {
    return dg_error(DIGRESS_ERROR_INPUT, "%s: expected %s, got '%.80s'", key->name, what, got);
}

static digress_status out_of_bounds(const dg_key *key, const char *what, const char *got) {
    char text[96];
    if (key->maximum == 0)
        snprintf(text, sizeof text, "%s of at least %.15g", what, key->minimum);
    else
        snprintf(text, sizeof text, "%s from %.15g to %.15g", what, key->minimum, key->maximum);
    return expected(key, text, got);
}

static bool in_bounds(const dg_key *key, double value) {
    return value >= key->minimum && (key->maximum == 0 || value <= key->maximum);
}

static digress_status parse_whole(const dg_key *key, dg_scalar value, uint64_t *out) {
    char *end = NULL;
    errno = 0;
    uint64_t number = strtoull(value.text, &end, 10);
    if (!value.plain || !isdigit((unsigned char)value.text[0]) || *end)
        return expected(key, value.plain ? "a whole number" : "a whole number without quotes",
                        value.text);
    if (errno || !in_bounds(key, (double)number))
        return out_of_bounds(key, "a whole number", value.text);
    *out = number;
    return DIGRESS_OK;
}

static digress_status parse_number(const dg_key *key, dg_scalar value, double *out) {
    char *end = NULL;
    double number = dg_number_of(value.text, &end);
    if (!value.plain || end == value.text || *end || !isfinite(number))
        return expected(key, value.plain ? "a number" : "a number without quotes", value.text);
    if (!in_bounds(key, number)) return out_of_bounds(key, "a number", value.text);
    *out = number;
    return DIGRESS_OK;
}

static digress_status parse_boolean(const dg_key *key, dg_scalar value, bool *out) {
    static const char *const spellings[2][7] = {
        {"false", "False", "FALSE", "no", "No", "off", "Off"},
        {"true", "True", "TRUE", "yes", "Yes", "on", "On"}};
    for (int truth = 0; truth < 2; truth++)
        for (size_t k = 0; k < 7; k++)
            if (value.plain && strcmp(value.text, spellings[truth][k]) == 0) {
                *out = truth != 0;
                return DIGRESS_OK;
            }
    return expected(key, "true or false", value.text);
}

/* Which of the key's names `text` is. */
static digress_status parse_name(const dg_key *key, const char *text, unsigned *out) {
    char list[128] = "";
    unsigned count = 0;
    for (; key->names[count]; count++) {
        if (strcmp(key->names[count], text) == 0) return *out = count, DIGRESS_OK;
        size_t used = strlen(list);
        snprintf(list + used, sizeof list - used, "%s%s", count ? " | " : "", key->names[count]);
    }
    const char *nearest = dg_nearest(text, count, key->names);
    if (!nearest) return expected(key, list, text);
    return dg_error(DIGRESS_ERROR_INPUT, "%s: expected %s, got '%.80s'; did you mean '%s'?",
                    key->name, list, text, nearest);
}

digress_status dg_config_choice(const char *key, const char *name, unsigned *out) {
    dg_key alone = *dg_key_find(key);
    alone.name = last_part(key); /* a command's option is named like the last part of its key */
    return parse_name(&alone, name, out);
}

const char *dg_config_choice_name(const char *key, unsigned choice) {
    return dg_key_find(key)->names[choice];
}

/* All enumerations of choices.h are stored through a pointer to unsigned. */
_Static_assert(sizeof(dg_family) == sizeof(unsigned), "an enumeration is an unsigned int");

static unsigned choice_of(const dg_config *config, const dg_key *key) {
    unsigned choice = 0;
    memcpy(&choice, (const char *)config + key->offset, sizeof choice);
    return choice;
}

const char *dg_key_name_of(const dg_config *config, const dg_key *key) {
    return key->names[choice_of(config, key)];
}

static digress_status store_name(const dg_key *key, const char *text, void *place) {
    unsigned choice = 0;
    DG_TRY(parse_name(key, text, &choice));
    memcpy(place, &choice, sizeof choice);
    return DIGRESS_OK;
}

static digress_status store_text(char **place, const char *text) {
    char *copy = NULL;
    if (text && !(copy = strdup(text)))
        return dg_error(DIGRESS_ERROR_MEMORY, "out of memory (%zu bytes asked for)", strlen(text));
    free(*place);
    *place = copy;
    return DIGRESS_OK;
}

static bool is_list(const dg_key *key) {
    return key->type == DG_KEY_PAIR || key->type == DG_KEY_TRIPLE;
}

static digress_status store_list(const dg_key *key, size_t count, const dg_scalar *values,
                                 double *place) {
    char what[32];
    double numbers[3];
    size_t wanted = key->type == DG_KEY_PAIR ? 2 : 3;
    snprintf(what, sizeof what, "a list of %s", dg_key_type_name(key->type));
    if (count != wanted) return expected(key, what, count ? values[0].text : "");
    for (size_t k = 0; k < wanted; k++)
        DG_TRY(parse_number(key, values[k], &numbers[k]));
    memcpy(place, numbers, wanted * sizeof *place);
    return DIGRESS_OK;
}

digress_status dg_key_store(dg_config *config, const dg_key *key, size_t count,
                            const dg_scalar *values) {
    void *place = (char *)config + key->offset;
    if (is_list(key)) return store_list(key, count, values, place);
    if (count != 1) return expected(key, "a single value", "a list");

    dg_scalar value = values[0];
    if (is_null(value) && key->null_is) {
        value.text = key->null_is;
        if (is_null(value) && (key->type == DG_KEY_TEXT || key->type == DG_KEY_NAMES))
            return store_text(place, NULL);
    }
    switch (key->type) {
    case DG_KEY_WHOLE:
        return parse_whole(key, value, place);
    case DG_KEY_NUMBER:
        return parse_number(key, value, place);
    case DG_KEY_BOOLEAN:
        return parse_boolean(key, value, place);
    case DG_KEY_NAME:
        return store_name(key, value.text, place);
    default:
        if (is_null(value)) return expected(key, "a text", value.text);
    }
    return store_text(place, value.text);
}

digress_status dg_key_check(const dg_config *config, const dg_key *key) {
    const void *place = (const char *)config + key->offset;
    double value = 0;
    if (key->type == DG_KEY_NAME) {
        for (unsigned k = 0; key->names[k]; k++)
            if (k == choice_of(config, key)) return DIGRESS_OK;
        return expected(key, "one of its names", "a number");
    }
    if (key->type == DG_KEY_WHOLE)
        value = (double)*(const uint64_t *)place;
    else if (key->type == DG_KEY_NUMBER)
        value = *(const double *)place;
    else
        return DIGRESS_OK;
    if (in_bounds(key, value)) return DIGRESS_OK;
    char text[32];
    snprintf(text, sizeof text, "%.15g", value);
    return out_of_bounds(key, "a number", text);
}
