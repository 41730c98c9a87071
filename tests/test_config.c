/* Configs: defaults, DiGress's files, errors, overrides, and the text that reads back equal. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>

#include "config/schema.h"
#include "core/file.h"

static dg_config config;

static int create(void **state) {
    (void)state;
    return dg_config_create(&config) != DIGRESS_OK;
}

static int destroy(void **state) {
    (void)state;
    dg_config_free(&config);
    return 0;
}

static char *text_of(const dg_config *of) {
    char *text = NULL;
    assert_int_equal(dg_config_text(of, &text), DIGRESS_OK);
    return text;
}

static void assert_refused(digress_status status, const char *expected) {
    assert_int_equal(status, DIGRESS_ERROR_INPUT);
    assert_string_equal(digress_last_error(), expected);
}

static void defaults_are_those_of_digress(void **state) {
    (void)state;
    assert_int_equal(config.model.n_layers, 5);
    assert_int_equal(config.model.diffusion_steps, 500);
    assert_int_equal(config.model.extra_features, DG_FEATURES_ALL);
    assert_int_equal(config.model.hidden_dims.dx, 256);
    assert_true(config.model.lambda_train[0] == 5 && config.model.lambda_train[1] == 0);
    assert_true(config.train.lr == 2e-4 && config.train.weight_decay == 1e-12);
    assert_true(config.train.amsgrad);
    assert_true(config.model.normalize_factors[0] == 2 && config.model.normalize_factors[1] == 1);
    assert_true(config.model.norm_biases[0] == 0 && config.model.norm_biases[2] == 0);
    assert_null(config.dataset.path);
    assert_int_equal(config.dataset.generate.kind, DG_FAMILY_NONE);
    assert_int_equal(dg_config_check(&config), DIGRESS_OK);
}

static const char in_the_style_of_digress[] = "# @package _global_\n"
                                              "general:\n"
                                              "    name : 'mine'\n"
                                              "    gpus : 1\n"
                                              "    wandb: 'online'\n"
                                              "    test_only: null\n"
                                              "    final_model_samples_to_save:\n"
                                              "train:\n"
                                              "    clip_grad: null      # off\n"
                                              "    save_model: True\n"
                                              "    lr: 3e-4\n"
                                              "    amsgrad: False\n"
                                              "model:\n"
                                              "    extra_features: null\n"
                                              "    lambda_train: [2, 0.5]\n"
                                              "    hidden_mlp_dims: {'X': 17, 'E': 18, 'y': 19}\n"
                                              "    hidden_dims: {'dx': 20, 'n_head': 5}\n"
                                              "dataset:\n"
                                              "    remove_h: null\n"
                                              "    datadir: 'data/sbm/'\n";

static void reads_the_files_of_digress(void **state) {
    (void)state;
    assert_int_equal(dg_config_read_text(&config, in_the_style_of_digress, "x.yaml"), DIGRESS_OK);
    assert_string_equal(config.general.name, "mine");
    assert_true(config.train.clip_grad == 0 && config.train.lr == 3e-4);
    assert_false(config.train.amsgrad);
    assert_int_equal(config.model.extra_features, DG_FEATURES_NONE);
    assert_true(config.model.lambda_train[0] == 2 && config.model.lambda_train[1] == 0.5);
    assert_int_equal(config.model.hidden_mlp_dims.E, 18);
    assert_int_equal(config.model.hidden_dims.dx, 20);
    assert_int_equal(config.model.hidden_dims.de, 64);
    assert_int_equal(dg_config_check(&config), DIGRESS_OK);
}

static void an_empty_file_changes_nothing(void **state) {
    (void)state;
    char *before = text_of(&config);
    assert_int_equal(dg_config_read_text(&config, "# nothing\n", "x.yaml"), DIGRESS_OK);
    assert_int_equal(dg_config_read_text(&config, "train:\nmodel: {}\n", "x.yaml"), DIGRESS_OK);
    char *after = text_of(&config);
    assert_string_equal(before, after);
    free(before);
    free(after);
}

static const char *const wrong_texts[][2] = {
    {"model:\n  n_layer: 3\n",
     "x.yaml:2: unknown key 'model.n_layer'; did you mean 'model.n_layers'?"},
    {"\nlr: 3\n", "x.yaml:2: unknown key 'lr'; did you mean 'train.lr'?"},
    {"quite_other:\n  thing: 3\n",
     "x.yaml:1: unknown key 'quite_other'; 'digress help train' lists all keys"},
    {"model:\n  n_layers: five\n", "x.yaml:2: model.n_layers: expected a whole number, got 'five'"},
    {"model:\n  n_layers: '5'\n",
     "x.yaml:2: model.n_layers: expected a whole number without quotes, got '5'"},
    {"model:\n  n_layers: 0\n",
     "x.yaml:2: model.n_layers: expected a whole number from 1 to 1000, got '0'"},
    {"model:\n  n_layers: -1\n", "x.yaml:2: model.n_layers: expected a whole number, got '-1'"},
    {"model:\n  n_layers: [1, 2]\n",
     "x.yaml:2: model.n_layers: expected a single value, got 'a list'"},
    {"model:\n  n_layers: {a: 1}\n", "x.yaml:2: model.n_layers: expected a value, got a section"},
    {"model:\n  n_layers: null\n", "x.yaml:2: model.n_layers: expected a whole number, got 'null'"},
    {"model: {dropout: 1}\n", "x.yaml:1: model.dropout: expected a number from 0 to 0.99, got '1'"},
    {"train:\n  lr: .nan\n", "x.yaml:2: train.lr: expected a number, got '.nan'"},
    {"train:\n  amsgrad: 1\n", "x.yaml:2: train.amsgrad: expected true or false, got '1'"},
    {"model:\n  transition: marginl\n",
     "x.yaml:2: model.transition: expected marginal | uniform | absorbing, got 'marginl'; did "
     "you mean 'marginal'?"},
    {"model:\n  lambda_train: [5]\n",
     "x.yaml:2: model.lambda_train: expected a list of two numbers, got '5'"},
    {"model:\n  normalize_factors: [1, 2]\n",
     "x.yaml:2: model.normalize_factors: expected a list of three numbers, got '1'"},
    {"model:\n  normalize_factors: [1, 0, 1]\n",
     "x.yaml:2: model.normalize_factors: expected a number from 0.001 to 1000, got '0'"},
    {"model:\n  prediction: x\n",
     "x.yaml:2: model.prediction: expected eps | x0 | v, got 'x'; did you mean 'x0'?"},
    {"model: {eta: 2}\n", "x.yaml:1: model.eta: expected a number from 0 to 1, got '2'"},
    {"model: 5\n", "x.yaml:1: model: expected a section with keys below it"},
    {"- 5\n", "x.yaml:1: expected a section with keys below it"},
    {"train:\n  lr: 1\n  lr: 2\n", "x.yaml:3: 'train.lr' is given twice (first on line 2)"},
    {"train: {}\n---\nmodel: {}\n", "x.yaml:3: expected one YAML document, got a second"},
    {"train:\n  [1]: 2\n", "x.yaml:2: expected a key, got a list or a map"},
    {"train: {lr: 1\n", "x.yaml:2: not YAML: did not find expected ',' or '}'"},
};

static void errors_name_file_line_and_remedy(void **state) {
    (void)state;
    char *before = text_of(&config);
    for (size_t k = 0; k < sizeof wrong_texts / sizeof *wrong_texts; k++)
        assert_refused(dg_config_read_text(&config, wrong_texts[k][0], "x.yaml"),
                       wrong_texts[k][1]);
    char *after = text_of(&config);
    assert_string_equal(before, after);
    free(before);
    free(after);
}

/* What was read before the faulty line must not stay. */
static void a_failure_changes_nothing(void **state) {
    (void)state;
    assert_int_equal(dg_config_read_text(&config, "train: {lr: 1, seed: x}", "x.yaml"),
                     DIGRESS_ERROR_INPUT);
    assert_true(config.train.lr == 2e-4);
    assert_int_equal(dg_config_override(&config, "model.hidden_dims={dx: 8, n_head: 0}"),
                     DIGRESS_ERROR_INPUT);
    assert_int_equal(config.model.hidden_dims.dx, 256);
}

static void override(const char *assignment) {
    assert_int_equal(dg_config_override(&config, assignment), DIGRESS_OK);
}

/* libyaml would spend minutes on them. */
static void monsters_are_refused(void **state) {
    (void)state;
    enum { SIZE = 1 << 17 };
    static char text[SIZE];
    memset(text, ' ', SIZE - 1);
    assert_refused(dg_config_read_text(&config, text, "x.yaml"),
                   "x.yaml: not a config: it has 131071 bytes, more than 65536");
    memset(text, '[', 2000);
    text[2000] = 0;
    assert_refused(dg_config_read_text(&config, text, "x.yaml"),
                   "x.yaml: not a config: it has 2000 lists or maps in brackets, more than 1000");
}

static void overrides_are_checked_alike(void **state) {
    (void)state;
    override("model.n_layers=3");
    override("model.hidden_dims={dx: 30, n_head: 3}");
    override("model.lambda_train=[1,2]");
    override("model.extra_features=null");
    override("general.name=a: \"b\" \\ #c");
    assert_int_equal(config.model.n_layers, 3);
    assert_int_equal(config.model.hidden_dims.dx, 30);
    assert_true(config.model.lambda_train[1] == 2);
    assert_int_equal(config.model.extra_features, DG_FEATURES_NONE);
    assert_string_equal(config.general.name, "a: \"b\" \\ #c");

    assert_refused(dg_config_override(&config, "model.n_layer=3"),
                   "command line: unknown key 'model.n_layer'; did you mean 'model.n_layers'?");
    assert_refused(dg_config_override(&config, "model.n_layers=x"),
                   "command line: model.n_layers: expected a whole number, got 'x'");
    assert_refused(dg_config_override(&config, "model.n_layers"),
                   "command line: expected KEY=VALUE, got 'model.n_layers'");
    assert_refused(dg_config_override(&config, "model.n_layers="),
                   "command line: expected KEY=VALUE, got 'model.n_layers='");
    assert_int_equal(dg_config_override(&config, "general.name=\xff"), DIGRESS_ERROR_INPUT);
    assert_int_equal(dg_config_override(&config, "general.name=null"), DIGRESS_ERROR_INPUT);
}

static void rivals_replace_each_other(void **state) {
    (void)state;
    override("dataset.generate.kind=planar");
    override("dataset.path=some/folder:train");
    assert_int_equal(config.dataset.generate.kind, DG_FAMILY_NONE);
    assert_string_equal(config.dataset.path, "some/folder:train");
    override("dataset.generate={kind: sbm, graphs: 30}");
    assert_null(config.dataset.path);
    assert_int_equal(config.dataset.generate.kind, DG_FAMILY_SBM);
    override("dataset.path=null");
    assert_int_equal(config.dataset.generate.kind, DG_FAMILY_SBM);
    override("dataset.generate.kind=null");
    assert_int_equal(config.dataset.generate.kind, DG_FAMILY_NONE);
    override("dataset.path=folder");
    override("dataset.generate.kind=null");
    assert_string_equal(config.dataset.path, "folder");

    assert_int_equal(
        dg_config_read_text(&config, "dataset: {path: a, generate: {kind: sbm}}", "x.yaml"),
        DIGRESS_OK);
    assert_refused(
        dg_config_check(&config),
        "dataset.path (a) and dataset.generate.kind (sbm) exclude each other: give one of them");
}

/* Each name of each key is the choice with its index, and comes back from the text. */
static void names_are_choices(void **state) {
    (void)state;
    size_t names = 0;
    for (const dg_key *key = dg_keys; key->name; key++) {
        unsigned choice = 0;
        if (key->type != DG_KEY_NAME) continue;
        for (unsigned k = 0; key->names[k]; k++, names++) {
            char assignment[128], *text = NULL;
            dg_config again;
            snprintf(assignment, sizeof assignment, "%s=%s", key->name, key->names[k]);
            override(assignment);
            assert_int_equal(dg_config_choice(key->name, key->names[k], &choice), DIGRESS_OK);
            assert_int_equal(choice, k);
            assert_string_equal(dg_key_name_of(&config, key), key->names[k]);
            assert_string_equal(dg_config_choice_name(key->name, k), key->names[k]);
            assert_int_equal(dg_config_text(&config, &text), DIGRESS_OK);
            assert_int_equal(dg_config_create(&again), DIGRESS_OK);
            assert_int_equal(dg_config_read_text(&again, text, "again"), DIGRESS_OK);
            assert_string_equal(dg_key_name_of(&again, key), key->names[k]);
            dg_config_free(&again);
            free(text);
        }
        assert_refused(dg_config_choice("model.transition", "gaussian", &choice),
                       "transition: expected marginal | uniform | absorbing, got 'gaussian'");
    }
    assert_true(names > 30);
    config.model.extra_features = (dg_feature_kind)99;
    assert_int_equal(dg_config_check(&config), DIGRESS_ERROR_INPUT);
}

static void check_looks_between_keys(void **state) {
    (void)state;
    override("model.hidden_dims.dx=30");
    assert_refused(dg_config_check(&config),
                   "model.hidden_dims.dx (30) must be a multiple of n_head (8)");
    override("model.hidden_dims.dx=32");
    override("general.name=a/b");
    assert_int_equal(dg_config_check(&config), DIGRESS_ERROR_INPUT);
    override("general.name=ab");
    assert_refused(dg_config_override(&config, "model.rrwp_steps=0"),
                   "command line: model.rrwp_steps: expected a whole number from 1 to 64, got '0'");
    assert_int_equal(dg_config_override(&config, "model.rrwp_steps=1000"), DIGRESS_ERROR_INPUT);
    config.model.dropout = 2;
    assert_refused(dg_config_check(&config),
                   "model.dropout: expected a number from 0 to 0.99, got '2'");
}

static void the_text_reads_back_equal(void **state) {
    (void)state;
    override("general.name=it's \"x\" \\ \t: #");
    override("train.lr=0.1");
    override("model.norm_biases=[-0.5, 0.25, 1]");
    override("train.clip_grad=0.3333333333333333");
    override("train.seed=18446744073709551615");
    override("train.amsgrad=no");
    override("dataset.path=/somewhere else");
    char *text = text_of(&config);
    assert_non_null(strstr(text, "\n  hidden_mlp_dims:\n    X: 256\n"));
    dg_config again, copy;
    assert_int_equal(dg_config_create(&again), DIGRESS_OK);
    assert_int_equal(dg_config_read_text(&again, text, "text"), DIGRESS_OK);
    assert_int_equal(dg_config_copy(&again, &copy), DIGRESS_OK);
    assert_true(again.train.clip_grad == 0.3333333333333333);
    assert_true(again.train.seed == UINT64_MAX);
    assert_true(again.model.norm_biases[0] == -0.5 && again.model.norm_biases[2] == 1);
    assert_string_equal(again.general.name, config.general.name);
    dg_config_free(&again);
    char *copied = text_of(&copy);
    assert_string_equal(text, copied);
    dg_config_free(&copy);
    free(text);
    free(copied);
}

static void every_key_is_described(void **state) {
    (void)state;
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);
    assert_non_null(stream);
    dg_config_describe(stream);
    fclose(stream);
    for (const dg_key *key = dg_keys; key->name; key++) {
        assert_non_null(strstr(text, key->name));
        assert_non_null(strstr(text, key->help));
    }
    free(text);
}

static void the_documentation_has_the_table(void **state) {
    (void)state;
    char *table = NULL, *page = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&table, &size);
    assert_non_null(stream);
    dg_config_describe(stream);
    fclose(stream);
    assert_int_equal(dg_file_read(TESTS_FOLDER "/../docs/configuration.md", &page, &size),
                     DIGRESS_OK);
    if (!strstr(page, table))
        fail_msg("docs/configuration.md's table of keys should be:\n%s", table);
    free(table);
    free(page);
}

static void shipped_configs_are_right(void **state) {
    (void)state;
    glob_t found;
    assert_int_equal(glob(TESTS_FOLDER "/../configs/*.yaml", 0, NULL, &found), 0);
    assert_true(found.gl_pathc >= 9);
    for (size_t k = 0; k < found.gl_pathc; k++) {
        dg_config shipped;
        assert_int_equal(dg_config_create(&shipped), DIGRESS_OK);
        if (dg_config_read(&shipped, found.gl_pathv[k]) != DIGRESS_OK ||
            dg_config_check(&shipped) != DIGRESS_OK)
            fail_msg("%s: %s", found.gl_pathv[k], digress_last_error());
        assert_true(shipped.dataset.generate.kind != DG_FAMILY_NONE || shipped.dataset.path);
        dg_config_free(&shipped);
    }
    globfree(&found);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, create, destroy)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(monsters_are_refused),
        TEST(defaults_are_those_of_digress),
        TEST(reads_the_files_of_digress),
        TEST(an_empty_file_changes_nothing),
        TEST(errors_name_file_line_and_remedy),
        TEST(a_failure_changes_nothing),
        TEST(overrides_are_checked_alike),
        TEST(rivals_replace_each_other),
        TEST(names_are_choices),
        TEST(check_looks_between_keys),
        TEST(the_text_reads_back_equal),
        TEST(every_key_is_described),
        TEST(shipped_configs_are_right),
        TEST(the_documentation_has_the_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
