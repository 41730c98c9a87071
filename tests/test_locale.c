/* In a program whose locale writes 0,5 for 0.5, checkpoints, configs, sets, reports, logs and
 * molecules are written and read as in any other program. The locale, de_DE.UTF-8, is built into a
 * temporary folder; if it cannot be built, each test is skipped. */
#include "chem/molecule_file.h"
#include "core/file.h"
#include "core/number.h"
#include "datasets/molecules.h"
#include "eval/report/report.h"
#include "golden.h"
#include "scratch.h"
#include "train/checkpoint.h"
#include "train/run_log.h"

#include <math.h>
#include <string.h>

#ifdef DIGRESS_CXX
bool set_global_locale(const char *name); /* global_locale.cc */
#else
static bool set_global_locale(const char *name) {
    (void)name;
    return true;
}
#endif

/* glibc's setlocale keeps the folders of LOCPATH, and LeakSanitizer calls that a leak. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void) {
    return "leak:__argz_add_sep";
}

static void *locales; /* the folder */
static bool is_german;

static int make_locale(void **state) {
    (void)state;
    if (scratch_setup(&locales) != 0) return -1;
    char *command = dg_format("localedef -i de_DE -f UTF-8 '%s/de_DE.UTF-8' >/dev/null 2>&1",
                              (const char *)locales);
    setenv("LOCPATH", locales, 1);
    is_german = command && system(command) == 0 && set_global_locale("de_DE.UTF-8") &&
                setlocale(LC_ALL, "de_DE.UTF-8") && strcmp(localeconv()->decimal_point, ",") == 0;
    if (!is_german) print_message("skipped: no locale de_DE.UTF-8 (Debian: locales)\n");
    free(command);
    return 0;
}

static int remove_locale(void **state) {
    (void)state;
    setlocale(LC_ALL, "C");
    return scratch_teardown(&locales);
}

static void need_locale(void) {
    if (!is_german) skip();
}

static void expect_text(const char *path, const char *text) {
    char *bytes = NULL;
    size_t size = 0;
    golden_ok(dg_file_read(path, &bytes, &size));
    if (!strstr(bytes, text)) fail_msg("'%s' is not in:\n%s", text, bytes);
    free(bytes);
}

static void numbers(void **state) {
    (void)state;
    need_locale();
    char text[32], *end = NULL;
    assert_true(dg_number_of("-2.5e1,5", &end) == -25);
    assert_string_equal(end, ",5");
    dg_number_text(0.1, 17, text, sizeof text);
    assert_string_equal(text, "0.10000000000000001");
    snprintf(text, sizeof text, "%.1f", 0.5); /* the program's own locale stays */
    assert_string_equal(text, "0,5");
}

static dg_config small_config(void) {
    static const char *const keys[] = {
        "model.n_layers=1",        "model.hidden_mlp_dims.X=4",  "model.hidden_mlp_dims.E=4",
        "model.hidden_dims.dx=4",  "model.hidden_dims.n_head=2", "model.hidden_dims.dim_ffX=4",
        "model.diffusion_steps=5", "train.lr=0.000123",          "model.lambda_train=[2.5, 0.25]"};
    dg_config config;
    golden_ok(dg_config_create(&config));
    golden_ok(dg_config_read_all(&config, NULL, sizeof keys / sizeof *keys, keys));
    return config;
}

static void configs(void **state) {
    (void)state;
    need_locale();
    dg_config config = small_config(), again;
    char *text = NULL;
    golden_ok(dg_config_text(&config, &text));
    assert_non_null(strstr(text, "  lr: 0.000123\n"));
    assert_non_null(strstr(text, "[2.5, 0.25]"));
    golden_ok(dg_config_create(&again));
    golden_ok(dg_config_read_text(&again, text, "text"));
    assert_true(again.train.lr == 0.000123 && again.model.lambda_train[1] == 0.25);
    free(text);
    dg_config_free(&config);
    dg_config_free(&again);
}

static digress_graph_set *path_graph(void) {
    digress_graph_set *set = NULL;
    golden_ok(digress_graph_set_create(2, 2, &set));
    golden_ok(
        digress_graph_set_append(set, 3, (const uint8_t[]){0, 1, 0}, (const uint8_t[]){1, 0, 1}));
    return set;
}

static void checkpoints(void **state) {
    need_locale();
    dg_config config = small_config();
    digress_graph_set *set = path_graph();
    dg_model *model = NULL;
    dg_training training, again;
    const char *path = scratch_path(state, "last.safetensors");
    golden_ok(dg_model_create(&config, set, NULL, "", &model));
    golden_ok(dg_training_create(model, &training));
    training.minutes = 1.5;
    training.best_nll = 0.1;
    golden_ok(dg_training_save(&training, path));
    golden_ok(dg_training_load(path, &again));
    assert_true(again.minutes == 1.5 && again.best_nll == 0.1);
    assert_true(again.model->config.train.lr == 0.000123);
    setlocale(LC_ALL, "C");
    dg_training_free(&again);
    golden_ok(dg_training_load(path, &again));
    assert_true(again.best_nll == 0.1);
    setlocale(LC_ALL, "de_DE.UTF-8");
    dg_training_free(&again);
    dg_training_free(&training);
    digress_graph_set_free(set);
    dg_config_free(&config);
}

static void sets(void **state) {
    need_locale();
    static const digress_format formats[] = {DIGRESS_FORMAT_EDGELIST,    DIGRESS_FORMAT_GRAPH6,
                                             DIGRESS_FORMAT_GRAPHML,     DIGRESS_FORMAT_TU,
                                             DIGRESS_FORMAT_SAFETENSORS, DIGRESS_FORMAT_TEXT};
    digress_graph_set *set = path_graph(), *again = NULL;
    for (size_t k = 0; k < sizeof formats / sizeof *formats; k++) {
        char name[16];
        snprintf(name, sizeof name, "set-%zu", k);
        const char *path = scratch_path(state, name);
        golden_ok(digress_graph_set_write(set, path, formats[k], false, NULL));
        golden_ok(digress_graph_set_read(path, NULL, NULL, &again));
        digress_graph graph = digress_graph_set_get(again, 0);
        assert_int_equal(graph.n, 3);
        assert_int_equal(graph.node_class[1], formats[k] != DIGRESS_FORMAT_GRAPH6);
        assert_memory_equal(graph.pair_class, ((const uint8_t[]){1, 0, 1}), 3);
        digress_graph_set_free(again);
    }
    digress_graph_set_free(set);
}

static void reports(void **state) {
    need_locale();
    dg_compared_set samples = {.count = 1, .nodes = 2.5, .edges = 0.125};
    const dg_comparison comparison = {.sample_sets = 1, .samples = &samples};
    const dg_report_names names = {.samples = (const char *const[]){"samples"}};
    const char *csv = scratch_path(state, "r.csv"), *json = scratch_path(state, "r.json");
    FILE *stream = fopen(csv, "w");
    golden_ok(dg_report_csv(stream, &comparison, &names));
    fclose(stream);
    stream = fopen(json, "w");
    golden_ok(dg_report_json(stream, &comparison, &names));
    fclose(stream);
    expect_text(csv, ",2.5,");
    expect_text(json, ": 0.125");
}

static void run_logs(void **state) {
    need_locale();
    dg_run_log log;
    golden_ok(dg_run_log_open(*state, 0, 0, &log));
    golden_ok(
        dg_run_log_write(&log, "step", 2, (const dg_log_value[]){{"step", 1}, {"loss", 0.5}}));
    dg_run_log_close(&log);
    expect_text(scratch_path(state, "log.jsonl"), "\"loss\":0.5}");
    expect_text(scratch_path(state, "log.csv"), "step,,1,,,0.5,");
}

static const char extended_block[] =
    "\n\n\n  0  0  0     0  0            999 V3000\nM  V30 BEGIN CTAB\nM  V30 COUNTS 2 1 0 0 0\n"
    "M  V30 BEGIN ATOM\nM  V30 1 C 1.5 0.25 0 0\nM  V30 2 O 2.5 0 0 0\nM  V30 END ATOM\n"
    "M  V30 BEGIN BOND\nM  V30 1 2 1 2\nM  V30 END BOND\nM  V30 END CTAB\nM  END\n$$$$\n";

static digress_graph_set *import(const char *path) {
    const dg_import_options plain = {0};
    dg_import_report report;
    digress_graph_set *set = NULL;
    dg_pool *pool = NULL;
    golden_ok(dg_pool_create(1, &pool));
    golden_ok(dg_import_molecules(pool, &plain, 1, &path, &set, &report));
    dg_pool_free(pool);
    return set;
}

static void molecules(void **state) {
    need_locale();
    if (!dg_rdkit_version()) skip();
    const char *sdf = scratch_path(state, "m.sdf");
    digress_graph_set *set = import(scratch_file(state, "m.smi", "CC(=O)N\n"));
    size_t invalid = 0;
    golden_ok(dg_molecules_write(set, DG_MOLECULES_SDF, sdf, &invalid));
    expect_text(sdf, "    1.2990    0.7500    0.0000 C");
    digress_graph_set *again = import(sdf);
    digress_graph before = digress_graph_set_get(set, 0), after = digress_graph_set_get(again, 0);
    assert_int_equal(after.n, 4);
    assert_memory_equal(after.pair_class, before.pair_class, 6);
    digress_graph_set_free(again);
    digress_graph_set_free(set);
    set = import(scratch_file(state, "v.sdf", extended_block));
    assert_int_equal(digress_graph_set_get(set, 0).pair_class[0], DG_BOND_DOUBLE);
    digress_graph_set_free(set);
}

/* RDKit's streams would write 1.100 for 1100, and 0,5. */
static void what_would_be_garbled_is_refused(void **state) {
    enum { ATOMS = 1000 };
    char chain[ATOMS + 2];
    need_locale();
    if (!dg_rdkit_version()) skip();
    memset(chain, 'C', ATOMS);
    strcpy(chain + ATOMS, "\n");
    digress_graph_set *set = import(scratch_file(state, "l.smi", chain));
    const char *path = scratch_path(state, "out");
    size_t invalid = 0;
    for (int format = DG_MOLECULES_SDF; format <= DG_MOLECULES_SVG; format++) {
        assert_int_equal(dg_molecules_write(set, (dg_molecule_format)format, path, &invalid),
                         DIGRESS_ERROR_INPUT);
        assert_non_null(strstr(digress_last_error(), "under the C++ locale de_DE.UTF-8"));
    }
    digress_graph_set_free(set);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers), cmocka_unit_test(configs),
        SCRATCH_TEST(checkpoints), SCRATCH_TEST(sets),
        SCRATCH_TEST(reports),     SCRATCH_TEST(run_logs),
        SCRATCH_TEST(molecules),   SCRATCH_TEST(what_would_be_garbled_is_refused),
    };
    return cmocka_run_group_tests(tests, make_locale, remove_locale);
}
