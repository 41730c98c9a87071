/* A whole training by the public interface, no key of the recipe at its default, against the same
 * training written down a second time: tests/golden/make/recipe.py. */
#include "golden.h"
#include "scratch.h"

#include "digress/graph.h"
#include "digress/train.h"
#include <jansson.h>

enum { MOST_STEPS = 64, MOST_NODES = 16 };

/* On every processor rounding moves the numbers by less than 1e-6, and a tensor by less than 1e-5
 * of its way. */
static const golden_tolerance close_by = {2e-5, 2e-5};
static const double share_of_way = 2e-4;

/* ---- The training ---- */

typedef struct curve {
    size_t count;
    double steps[MOST_STEPS][5]; /* loss, loss_X, loss_E, gradient norm, learning rate */
} curve;

static digress_status record(void *context, const digress_train_progress *now) {
    curve *steps = context;
    const double row[] = {now->loss, now->loss_X, now->loss_E, now->gradient_norm,
                          now->learning_rate};
    assert_in_range(steps->count, 0, MOST_STEPS - 1);
    memcpy(steps->steps[steps->count++], row, sizeof row);
    return DIGRESS_OK;
}

static digress_graph_set *golden_set(const dg_tensor_file *file, const char *name) {
    const dg_tensor *n = golden_tensor(file, "%s/n", name);
    const dg_tensor *nodes = golden_tensor(file, "%s/nodes", name);
    const dg_tensor *pairs = golden_tensor(file, "%s/pairs", name);
    digress_graph_set *set = NULL;
    golden_ok(digress_graph_set_create(3, 3, &set));
    for (size_t g = 0, node = 0, pair = 0; g < n->count; g++) {
        uint8_t node_class[MOST_NODES], pair_class[MOST_NODES * MOST_NODES];
        size_t size = (size_t)golden_at(n, g);
        for (size_t k = 0; k < size; k++)
            node_class[k] = (uint8_t)golden_at(nodes, node++);
        for (size_t k = 0; k < size * (size - 1) / 2; k++)
            pair_class[k] = (uint8_t)golden_at(pairs, pair++);
        golden_ok(digress_graph_set_append(set, size, node_class, pair_class));
    }
    return set;
}

static void train(void **state, const dg_tensor_file *file, curve *steps) {
    digress_graph_set *graphs = golden_set(file, "train"), *val = golden_set(file, "val");
    const digress_train_options options = {
        .run = scratch_path(state, "run"),
        .config = scratch_file(state, "config.yaml", golden_metadata(file, "config")),
        .train = graphs,
        .val = val,
        .threads = 1,
        .step = record,
        .step_context = steps};
    golden_ok(digress_train(&options));
    digress_graph_set_free(graphs);
    digress_graph_set_free(val);
}

/* ---- What it must have come to ---- */

static void check_steps(const dg_tensor_file *file, const curve *steps) {
    const dg_tensor *expected = golden_tensor(file, "steps");
    assert_int_equal(steps->count * 5, expected->count);
    golden_check(&steps->steps[0][0], expected, close_by);
}

static double length_between(const dg_tensor *a, const dg_tensor *b) {
    double sum = 0;
    for (size_t k = 0; k < a->count; k++) {
        double away = golden_at(a, k) - (b ? golden_at(b, k) : 0);
        sum += away * away;
    }
    return sqrt(sum);
}

/* Each tensor under `prefix` differs by little of the way that it has gone from `from`. */
static void check_tensors(const dg_tensor_file *golden, const dg_tensor_file *checkpoint,
                          const char *prefix, const char *from) {
    size_t checked = 0;
    for (size_t k = 0; k < dg_tensor_file_count(golden); k++) {
        const dg_tensor *expected = dg_tensor_file_at(golden, k);
        if (strncmp(expected->name, prefix, strlen(prefix)) != 0) continue;
        const char *name = expected->name + strlen(prefix);
        const dg_tensor *start = from ? golden_tensor(golden, "%s%s", from, name) : NULL;
        const dg_tensor *actual = golden_tensor(checkpoint, "%s", expected->name);
        assert_int_equal(actual->count, expected->count);
        double away = length_between(actual, expected);
        double allowed = 1e-7 + share_of_way * length_between(expected, start);
        if (!(away <= allowed))
            fail_msg("'%s': off by %.3g, allowed %.3g", expected->name, away, allowed);
        checked++;
    }
    assert_in_range(checked, 50, 200);
}

static dg_tensor_file *checkpoint_of(void **state, const char *name) {
    char path[64];
    dg_tensor_file *file = NULL;
    snprintf(path, sizeof path, "run/checkpoints/%s.safetensors", name);
    golden_ok(dg_tensor_file_open(scratch_path(state, path), &file));
    return file;
}

static void check_checkpoint(void **state, const dg_tensor_file *golden) {
    dg_tensor_file *last = checkpoint_of(state, "last");
    check_tensors(golden, last, "model.", "initial.");
    check_tensors(golden, last, "ema.", "initial.");
    check_tensors(golden, last, "exp_avg.", NULL);
    check_tensors(golden, last, "exp_avg_sq.", NULL);
    check_tensors(golden, last, "max_exp_avg_sq.", NULL);
    dg_tensor_file_close(last);
}

/* Every term of every validation in the log. */
static void check_bounds(void **state, const dg_tensor_file *golden) {
    static const char *const terms[] = {
        "nll",        "nll_exact", "without_pn",     "without_pn_exact",
        "log_pn",     "kl_prior",  "kl_prior_exact", "kl_X",
        "kl_X_exact", "kl_E",      "kl_E_exact",     "reconstruction"};
    FILE *log = fopen(scratch_path(state, "run/log.jsonl"), "r");
    char line[2048];
    size_t validations = 0;
    assert_non_null(log);
    while (fgets(line, sizeof line, log)) {
        if (!strstr(line, "\"event\":\"validation\"")) continue;
        json_t *values = json_loads(line, 0, NULL);
        for (size_t k = 0; k < sizeof terms / sizeof *terms; k++)
            golden_check_at(json_number_value(json_object_get(values, terms[k])),
                            golden_tensor(golden, "bounds/%s", terms[k]), validations, close_by);
        json_decref(values);
        validations++;
    }
    fclose(log);
    assert_int_equal(validations, golden_tensor(golden, "bounds/nll")->count);
}

/* The second of three validations has the lowest bound. */
static void check_best(void **state, const dg_tensor_file *golden) {
    const dg_tensor *bounds = golden_tensor(golden, "bounds/nll");
    assert_true(golden_at(bounds, 1) < golden_at(bounds, 0) - 0.1);
    assert_true(golden_at(bounds, 1) < golden_at(bounds, 2) - 0.1);
    size_t steps = golden_tensor(golden, "steps")->count / 5;
    dg_tensor_file *best = checkpoint_of(state, "best");
    assert_close(golden_number(best, "train.step"), (double)(steps * 2 / 3), 0);
    dg_tensor_file_close(best);
}

/* Drawn after the second epoch, with the average; of sizes that only the validation set has too. */
static void check_samples(void **state, const dg_tensor_file *golden) {
    digress_graph_set *expected = golden_set(golden, "samples"), *drawn = NULL;
    golden_ok(digress_graph_set_read(scratch_path(state, "run/samples/epoch-000002.safetensors"),
                                     NULL, NULL, &drawn));
    assert_int_equal(digress_graph_set_count(drawn), digress_graph_set_count(expected));
    for (size_t g = 0; g < digress_graph_set_count(expected); g++) {
        digress_graph a = digress_graph_set_get(drawn, g), b = digress_graph_set_get(expected, g);
        assert_int_equal(a.n, b.n);
        assert_memory_equal(a.node_class, b.node_class, a.n);
        assert_memory_equal(a.pair_class, b.pair_class, a.n * (a.n - 1) / 2);
    }
    digress_graph_set_free(drawn);
    digress_graph_set_free(expected);
}

static void trains_as_the_recipe_says(void **state) {
    dg_tensor_file *golden = golden_open("recipe");
    curve steps = {0};
    train(state, golden, &steps);
    check_steps(golden, &steps);
    check_checkpoint(state, golden);
    check_bounds(state, golden);
    check_best(state, golden);
    check_samples(state, golden);
    dg_tensor_file_close(golden);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(trains_as_the_recipe_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
