/* Every key of the schema does something: a training that differs in one key only has other
 * weights, another log or other samples. A key that is neither tried nor excused fails. */
#include "golden.h"
#include "scratch.h"

#include "config/schema.h"
#include "core/rng.h"
#include "train/checkpoint.h"
#include "train/trainer.h"

/* Keys that change no result, or only within rounding: what is computed with, and names. */
static const char *const excused[] = {
    "general.name",             /* of the folder */
    "general.pictures",         /* drawn by the program: test_cli_plot.sh */
    "model.model",              /* has but one value */
    "train.save_every_minutes", /* when checkpoints are written, not what is in them */
    "train.threads",            /* same bits on any number: test_trainer.c */
    "train.backend",            /* same products: test_engine.c */
    "train.precision",          /* bf16 where the processor has it: test_trainer.c */
};

/* All of `values`, and the key's value in the base below, lead to different results. */
typedef struct trial {
    const char *key;
    const char *values[4]; /* ended by NULL */
    const char *with[2];   /* assignments that the key needs to mean anything */
} trial;

static const trial trials[] = {
    {"general.check_val_every_n_epochs", {"2"}, {"general.sample_every_val=0"}},
    {"general.sample_every_val", {"1", "0"}, {0}},
    {"general.samples_to_generate", {"3"}, {0}},
    {"general.chains_to_save", {"0", "2"}, {0}},
    {"general.number_chain_steps", {"2"}, {0}},
    {"general.log_every_steps", {"2"}, {0}},

    {"model.type", {"continuous"}, {"model.extra_features=none", "model.diffusion_steps=40"}},
    {"model.transition", {"marginal", "absorbing"}, {0}},
    {"model.absorbing", {"1"}, {"model.transition=absorbing"}},
    {"model.diffusion_steps", {"6"}, {0}},
    {"model.diffusion_noise_schedule",
     {"cosine", "polynomial_2", "linear"},
     {"model.diffusion_steps=300",
      "general.sample_every_val=0"}}, /* few steps are far from the floor of "custom" */
    {"model.n_layers", {"1"}, {0}},
    {"model.extra_features", {"null", "cycles", "eigenvalues", "rrwp"}, {0}},
    {"model.rrwp_steps", {"1", "3"}, {"model.extra_features=rrwp"}},
    {"model.cycles", {"published"}, {0}},
    {"model.molecular_features", {"none", "published"}, {0}},
    {"model.max_weight", {"300"}, {0}},
    {"model.pooling", {"main"}, {0}},
    {"model.symmetric", {"true"}, {0}},
    {"model.time_input", {"embedded"}, {0}},
    {"model.diagonal", {"no_edge"}, {0}},
    {"model.dropout", {"0.4", "0"}, {0}},
    {"model.hidden_mlp_dims.X", {"9"}, {0}},
    {"model.hidden_mlp_dims.E", {"9"}, {0}},
    {"model.hidden_mlp_dims.y", {"9"}, {0}},
    {"model.hidden_dims.dx", {"10"}, {0}},
    {"model.hidden_dims.de", {"9"}, {0}},
    {"model.hidden_dims.dy", {"9"}, {0}},
    {"model.hidden_dims.n_head", {"4"}, {0}},
    {"model.hidden_dims.dim_ffX", {"9"}, {0}},
    {"model.hidden_dims.dim_ffE", {"9"}, {0}},
    {"model.hidden_dims.dim_ffy", {"9"}, {0}},
    {"model.prediction",
     {"x0", "v"},
     {"model={type: continuous, diffusion_steps: 40, extra_features: null}",
      "general.samples_to_generate=20"}},
    {"model.eta",
     {"0.5", "0"},
     {"model={type: continuous, diffusion_steps: 40, extra_features: null}",
      "general.samples_to_generate=20"}},
    {"model.normalize_factors",
     {"[1, 1, 1]", "[2, 2, 1]"},
     {"model={type: continuous, diffusion_steps: 40, extra_features: null}",
      "general.samples_to_generate=20"}},
    {"model.norm_biases",
     {"[0.5, 0, 0]", "[0, 0.5, 0]"},
     {"model={type: continuous, diffusion_steps: 40, extra_features: null}",
      "general.samples_to_generate=20"}},
    {"model.lambda_train", {"[2, 0]"}, {0}},

    {"model.task", {"regression"}, {"model.targets=edges"}},
    {"model.targets", {"edges", "[density, edges]"}, {0}},

    {"train.n_epochs", {"3"}, {"train.lr_schedule=constant"}},
    {"train.batch_size", {"4"}, {0}},
    {"train.optimizer", {"muon"}, {0}},
    {"train.lr", {"0.02"}, {0}},
    {"train.weight_decay", {"0.1"}, {0}},
    {"train.amsgrad", {"false"}, {0}},
    {"train.clip_grad", {"0.5", "0"}, {0}},
    {"train.ema_decay", {"0.4", "0"}, {0}},
    {"train.target_dropout", {"0.9", "0"}, {"model.targets=edges"}},
    {"train.lr_schedule", {"constant"}, {0}},
    {"train.warmup_steps", {"1"}, {0}},
    {"train.best_by", {"samples"}, {"general.sample_every_val=1"}},
    {"train.times", {"spread"}, {0}},
    {"train.distortion", {"polyinc", "polydec", "cos", "revcos"}, {0}},
    {"train.seed", {"1", "4294967296"}, {0}},
    {"train.max_steps", {"3"}, {0}},
    {"train.max_minutes", {"1e-9"}, {0}},
    {"train.accumulators", {"1"}, {0}},

    {"sample.sampler", {"renoise", "flow"}, {"general.samples_to_generate=20"}},
    {"sample.steps", {"3", "11"}, {"general.samples_to_generate=20"}},
    {"sample.eta", {"5"}, {"sample.sampler=flow", "general.samples_to_generate=20"}},
    {"sample.omega", {"3"}, {"sample.sampler=flow", "general.samples_to_generate=20"}},
    {"sample.distortion",
     {"polyinc", "polydec", "cos"},
     {"sample.sampler=renoise", "general.samples_to_generate=40"}},

    {"dataset.path", {"%s/c.g6"}, {"dataset.path=%s/b.g6"}},
    {"dataset.generate.kind", {"tree", "lobster"}, {"dataset.generate.kind=community"}},
    {"dataset.generate.graphs", {"12"}, {"dataset.generate.kind=tree"}},
    {"dataset.generate.seed", {"1"}, {"dataset.generate.kind=tree"}},
};

static const char base_config[] =
    "general: {check_val_every_n_epochs: 1, sample_every_val: 2, samples_to_generate: 4,\n"
    "  chains_to_save: 1, number_chain_steps: 3, log_every_steps: 1}\n"
    "model:\n"
    "  {diffusion_steps: 5, transition: uniform, diffusion_noise_schedule: custom, n_layers: 2,\n"
    "   hidden_mlp_dims: {X: 8, E: 8, y: 8}, hidden_dims: {dx: 8, de: 8, dy: 8, n_head: 2,\n"
    "   dim_ffX: 8, dim_ffE: 8, dim_ffy: 8}, lambda_train: [3, 0]}\n"
    "train: {n_epochs: 2, batch_size: 3, lr: 0.01, weight_decay: 0.5, clip_grad: 1,\n"
    "  ema_decay: 0.2, lr_schedule: cosine, warmup_steps: 2, accumulators: 2, threads: 1}\n"
    "dataset: {generate: {graphs: 9}}\n";

/* ---- Molecules without RDKit ---- */

static digress_graph_set *random_set(size_t count, uint32_t key) {
    static const char *const atoms[] = {"C", "N", "O"}, *const bonds[] = {"none", "single",
                                                                          "double"};
    digress_graph_set *set = NULL;
    golden_ok(digress_graph_set_create(3, 3, &set));
    for (size_t k = 0; k < 3; k++) {
        golden_ok(digress_graph_set_name_node(set, k, atoms[k]));
        golden_ok(digress_graph_set_name_edge(set, k, bonds[k]));
    }
    dg_stream stream = {.key = {.seed = 5, .purpose = DG_RNG_TEST, .graph = key}};
    for (size_t g = 0; g < count; g++) {
        uint8_t nodes[8], pairs[28];
        size_t n = 5 + g % 4;
        for (size_t k = 0; k < n; k++)
            nodes[k] = (uint8_t)dg_stream_below(&stream, 3);
        for (size_t k = 0; k < n * (n - 1) / 2; k++)
            pairs[k] = (uint8_t)dg_stream_below(&stream, 3);
        golden_ok(digress_graph_set_append(set, n, nodes, pairs));
    }
    return set;
}

/* ---- The results of a training, as one number (FNV-1a) ---- */

static uint64_t add_bytes(uint64_t hash, const void *bytes, size_t size) {
    for (size_t k = 0; k < size; k++)
        hash = (hash ^ ((const uint8_t *)bytes)[k]) * 0x100000001B3u;
    return hash;
}

/* The log without times. */
static uint64_t add_log(uint64_t hash, void **state) {
    char *text = NULL, *rest = NULL;
    size_t size = 0;
    golden_ok(dg_file_read(scratch_path(state, "run/log.jsonl"), &text, &size));
    for (char *part = strtok_r(text, ",", &rest); part; part = strtok_r(NULL, ",", &rest))
        if (!strstr(part, "minutes") && !strstr(part, "graphs_per_second"))
            hash = add_bytes(hash, part, strlen(part));
    free(text);
    return hash;
}

static uint64_t add_weights(uint64_t hash, void **state) {
    dg_training last;
    golden_ok(dg_training_load(scratch_path(state, "run/checkpoints/last.safetensors"), &last));
    size_t bytes = dg_denoiser_parameter_count(last.model->denoiser) * sizeof(float);
    hash = add_bytes(hash, dg_denoiser_parameters(last.model->denoiser), bytes);
    if (last.model->ema) hash = add_bytes(hash, last.model->ema, bytes);
    dg_training_free(&last);
    return hash;
}

static uint64_t add_samples(uint64_t hash, void **state) {
    digress_graph_set *set = NULL;
    if (digress_graph_set_read(scratch_path(state, "run/samples"), NULL, NULL, &set) != DIGRESS_OK)
        return hash; /* none were drawn */
    for (size_t g = 0; g < digress_graph_set_count(set); g++) {
        digress_graph graph = digress_graph_set_get(set, g);
        hash = add_bytes(hash, graph.node_class, graph.n);
        hash = add_bytes(hash, graph.pair_class, graph.n * (graph.n - 1) / 2);
    }
    digress_graph_set_free(set);
    return hash;
}

static void assign(void **state, dg_config *config, const char *assignment) {
    char text[512];
    const char *place = strstr(assignment, "%s");
    if (place)
        snprintf(text, sizeof text, "%.*s%s%s", (int)(place - assignment), assignment,
                 (const char *)*state, place + 2);
    else
        snprintf(text, sizeof text, "%s", assignment);
    golden_ok(dg_config_override(config, text));
}

/* Which kind of best the best checkpoint is not. */
static uint64_t add_best(uint64_t hash, void **state) {
    const bool other[] = {
        dg_exists(scratch_path(state, "run/checkpoints/best-bound.safetensors")),
        dg_exists(scratch_path(state, "run/checkpoints/best-samples.safetensors"))};
    return add_bytes(hash, other, sizeof other);
}

/* Trains with `value` for the key (NULL: as in the base). */
static uint64_t outcome(void **state, const trial *of, const char *value) {
    dg_config config;
    char assignment[256];
    bool own_data = strncmp(of->key, "dataset.", 8) == 0;
    digress_graph_set *train = random_set(8, 1), *val = random_set(3, 2);
    golden_ok(dg_config_create(&config));
    golden_ok(dg_config_read_text(&config, base_config, "base"));
    for (size_t k = 0; k < 2 && of->with[k]; k++)
        assign(state, &config, of->with[k]);
    snprintf(assignment, sizeof assignment, "%s=%s", of->key, value ? value : "");
    if (value) assign(state, &config, assignment);
    const dg_train_options options = {.run = scratch_path(state, "run"),
                                      .force = true,
                                      .quiet = true,
                                      .train = own_data ? NULL : train,
                                      .val = own_data ? NULL : val};
    golden_ok(dg_train(&config, &options, 0, NULL));
    dg_config_free(&config);
    digress_graph_set_free(train);
    digress_graph_set_free(val);
    return add_best(add_samples(add_weights(add_log(0xCBF29CE484222325u, state), state), state),
                    state);
}

/* ---- Every key ---- */

static void each_value_makes_a_difference(void **state) {
    digress_graph_set *b = random_set(8, 3), *c = random_set(8, 4);
    golden_ok(digress_graph_set_write(b, scratch_path(state, "b.g6"), DIGRESS_FORMAT_GRAPH6, false,
                                      NULL));
    golden_ok(digress_graph_set_write(c, scratch_path(state, "c.g6"), DIGRESS_FORMAT_GRAPH6, false,
                                      NULL));
    digress_graph_set_free(b);
    digress_graph_set_free(c);
    for (size_t k = 0; k < sizeof trials / sizeof *trials; k++) {
        uint64_t seen[5] = {outcome(state, &trials[k], NULL)};
        for (size_t v = 0; v < 4 && trials[k].values[v]; v++) {
            seen[v + 1] = outcome(state, &trials[k], trials[k].values[v]);
            for (size_t other = 0; other <= v; other++)
                if (seen[other] == seen[v + 1])
                    fail_msg("%s=%s changes nothing", trials[k].key, trials[k].values[v]);
        }
    }
}

/* Otherwise the test above could not fail. */
static void the_same_values_end_the_same(void **state) {
    assert_true(outcome(state, &trials[0], NULL) == outcome(state, &trials[0], NULL));
}

static size_t count_of(const char *key) {
    size_t count = 0;
    for (size_t k = 0; k < sizeof trials / sizeof *trials; k++)
        count += strcmp(trials[k].key, key) == 0;
    for (size_t k = 0; k < sizeof excused / sizeof *excused; k++)
        count += strcmp(excused[k], key) == 0;
    return count;
}

static void every_key_is_tried_or_excused(void **state) {
    (void)state;
    size_t keys = 0;
    for (; dg_keys[keys].name; keys++)
        if (count_of(dg_keys[keys].name) != 1)
            fail_msg("%s: a new key? It belongs in `trials` or in `excused`", dg_keys[keys].name);
    assert_int_equal(keys, sizeof trials / sizeof *trials + sizeof excused / sizeof *excused);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_key_is_tried_or_excused),
        SCRATCH_TEST(the_same_values_end_the_same),
        SCRATCH_TEST(each_value_makes_a_difference),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
