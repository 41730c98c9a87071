/* A whole training through the public interface, with no key of the recipe at its default, against
 * an independent implementation of the same training: tests/golden/make/recipe.py. */
#include "golden.h"
#include "scratch.h"

#include "digress/graph.h"
#include "digress/model.h"
#include "digress/train.h"
#include <jansson.h>

enum { EPOCHS = 3, SAMPLES = 24, MOST_STEPS = 64, MOST_NODES = 16 };

/* Between processors, rounding changes the numbers by less than 1e-6, and a tensor by less than
 * 1e-5 of the distance that it has moved. */
static const golden_tolerance close_by = {2e-5, 2e-5};
static const double share_of_way = 2e-4;

/* The terms of the bound, by their names in the log. */
#define TERM(field)                                                                                \
    { #field, offsetof(digress_bound, field) }
static const struct {
    const char *name;
    size_t offset;
} terms[] = {TERM(nll),
             TERM(nll_exact),
             TERM(without_pn),
             TERM(without_pn_exact),
             TERM(log_pn),
             TERM(kl_prior),
             TERM(kl_prior_exact),
             TERM(kl_X),
             TERM(kl_X_exact),
             TERM(kl_E),
             TERM(kl_E_exact),
             TERM(reconstruction),
             TERM(reconstruction_exact)};
enum { TERMS = sizeof terms / sizeof *terms };

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

static void train(void **state, const dg_tensor_file *file, size_t assignments,
                  const char *const *assignment, curve *steps) {
    digress_graph_set *graphs = golden_set(file, "train"), *val = golden_set(file, "val");
    const digress_train_options options = {
        .run = scratch_path(state, "run"),
        .config = scratch_file(state, "config.yaml", golden_metadata(file, "config")),
        .assignments = assignment,
        .assignment_count = assignments,
        .train = graphs,
        .val = val,
        .threads = 1,
        .step = record,
        .step_context = steps};
    golden_ok(digress_train(&options));
    digress_graph_set_free(graphs);
    digress_graph_set_free(val);
}

/* ---- What must come out of it ---- */

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

/* Checks that each tensor under `prefix` is off by little of the distance that it has moved from
 * `from`. */
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

/* The means of the epoch's steps. */
static void check_epoch(const json_t *values, const curve *steps, size_t epoch) {
    static const char *const losses[] = {"loss", "loss_X", "loss_E"};
    size_t count = steps->count / EPOCHS;
    for (size_t k = 0; k < 3; k++) {
        double mean = 0;
        for (size_t step = epoch * count; step < (epoch + 1) * count; step++)
            mean += steps->steps[step][k] / (double)count;
        assert_close(json_number_value(json_object_get(values, losses[k])), mean, 1e-9);
    }
}

static void check_bound(const dg_tensor_file *golden, const json_t *values, size_t validation) {
    for (size_t k = 0; k < TERMS; k++)
        golden_check_at(json_number_value(json_object_get(values, terms[k].name)),
                        golden_tensor(golden, "bounds/%s", terms[k].name), validation, close_by);
}

/* Every term of every validation in the log, and each epoch's mean loss. */
static void check_log(void **state, const dg_tensor_file *golden, const curve *steps) {
    FILE *log = fopen(scratch_path(state, "run/log.jsonl"), "r");
    char line[2048];
    size_t validations = 0, epochs = 0;
    assert_non_null(log);
    while (fgets(line, sizeof line, log)) {
        json_t *values = json_loads(line, 0, NULL);
        if (strstr(line, "\"event\":\"validation\"")) check_bound(golden, values, validations++);
        if (strstr(line, "\"event\":\"epoch\"")) check_epoch(values, steps, epochs++);
        json_decref(values);
    }
    fclose(log);
    assert_int_equal(epochs, EPOCHS);
    assert_int_equal(validations, EPOCHS);
}

/* The second of three validations has the lowest bound. */
static void check_best(void **state, const curve *steps) {
    dg_tensor_file *best = checkpoint_of(state, "best");
    assert_close(golden_number(best, "train.step"), (double)(steps->count / EPOCHS * 2), 0);
    dg_tensor_file_close(best);
}

static void check_graphs(const digress_graph_set *actual, const digress_graph_set *expected,
                         size_t first) {
    for (size_t g = 0; g < digress_graph_set_count(actual); g++) {
        digress_graph a = digress_graph_set_get(actual, g);
        digress_graph b = digress_graph_set_get(expected, first + g);
        assert_int_equal(a.n, b.n);
        assert_memory_equal(a.node_class, b.node_class, a.n);
        assert_memory_equal(a.pair_class, b.pair_class, a.n * (a.n - 1) / 2);
    }
}

/* Drawn after the second epoch, with the average of the weights; also of sizes that only the
 * validation set has. */
static void check_chains(void **state, const dg_tensor_file *golden) {
    digress_graph_set *expected = golden_set(golden, "chains");
    for (size_t k = 0; k < SAMPLES; k++) {
        char path[64];
        digress_graph_set *chain = NULL;
        snprintf(path, sizeof path, "run/samples/epoch-000002-chain-%zu.safetensors", k);
        golden_ok(digress_graph_set_read(scratch_path(state, path), NULL, NULL, &chain));
        assert_int_equal(digress_graph_set_count(chain) * SAMPLES,
                         digress_graph_set_count(expected));
        check_graphs(chain, expected, k * digress_graph_set_count(chain));
        digress_graph_set_free(chain);
    }
    digress_graph_set_free(expected);
}

/* ---- What the trained model, the best one with its average, then computes ---- */

static void check_later_bound(const dg_tensor_file *golden, const digress_model *model,
                              uint32_t seed, uint32_t repeats) {
    digress_graph_set *val = golden_set(golden, "val");
    digress_bound bound;
    golden_ok(digress_model_bound(model, val, repeats, seed, 2, NULL, &bound));
    for (size_t k = 0; k < TERMS; k++)
        golden_check_at(*(const double *)((const char *)&bound + terms[k].offset),
                        golden_tensor(golden, "later/%s", terms[k].name), 0, close_by);
    digress_graph_set_free(val);
}

static void check_later(void **state, const dg_tensor_file *golden) {
    uint32_t how[3]; /* seed, reverse steps, repeats */
    digress_model *model = NULL;
    digress_graph_set *expected = golden_set(golden, "later"), *drawn = NULL;
    assert_int_equal(golden_sizes(golden, "later", 3, how), 3);
    golden_ok(digress_model_load(scratch_path(state, "run"), &model));
    const digress_sample_options options = {
        .count = SAMPLES - 2, .first = 2, .seed = how[0], .steps = how[1], .threads = 2};
    golden_ok(digress_model_sample(model, &options, &drawn));
    assert_int_equal(digress_graph_set_count(drawn), SAMPLES - 2);
    check_graphs(drawn, expected, 2);
    check_later_bound(golden, model, how[0], how[2]);
    digress_graph_set_free(expected);
    digress_graph_set_free(drawn);
    digress_model_free(model);
}

static void check_training(void **state, const char *backend) {
    dg_tensor_file *golden = golden_open("recipe");
    curve steps = {0};
    train(state, golden, 1, &backend, &steps);
    check_steps(golden, &steps);
    check_checkpoint(state, golden);
    check_log(state, golden, &steps);
    check_best(state, &steps);
    check_chains(state, golden);
    check_later(state, golden);
    dg_tensor_file_close(golden);
}

static void trains_as_the_recipe_says(void **state) {
    check_training(state, "train.backend=auto");
}

static void trains_by_openblas_too(void **state) {
    check_training(state, "train.backend=openblas");
}

/* The same problem with the assignments of another file. */
static void check_variant(void **state, const char *name) {
    enum { MOST = 4 };
    dg_tensor_file *problem = golden_open("recipe"), *golden = golden_open(name);
    const char *assignment[MOST];
    char text[128], *rest = NULL;
    size_t count = 0;
    curve steps = {0};
    snprintf(text, sizeof text, "%s", golden_metadata(golden, "assignments"));
    for (char *part = strtok_r(text, " ", &rest); part; part = strtok_r(NULL, " ", &rest)) {
        assert_in_range(count, 0, MOST - 1);
        assignment[count++] = part;
    }
    train(state, problem, count, assignment, &steps);
    check_steps(golden, &steps);
    dg_tensor_file *last = checkpoint_of(state, "last");
    check_tensors(golden, last, "model.", "initial.");
    check_tensors(golden, last, "exp_avg.", NULL);
    dg_tensor_file_close(last);
    dg_tensor_file_close(golden);
    dg_tensor_file_close(problem);
}

/* tests/golden/make/muon.py */
static void trains_by_muon_as_the_script_says(void **state) {
    check_variant(state, "muon");
}

/* tests/golden/make/symmetric.py */
static void trains_a_symmetric_network_as_the_script_says(void **state) {
    check_variant(state, "symmetric");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(trains_as_the_recipe_says),
        SCRATCH_TEST(trains_by_openblas_too),
        SCRATCH_TEST(trains_by_muon_as_the_script_says),
        SCRATCH_TEST(trains_a_symmetric_network_as_the_script_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
