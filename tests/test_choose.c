/* The config that is chosen for a set without one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "graph/dataset.h"
#include "train/choose.h"

/* `count` graphs of n nodes without edges; for molecules, of carbon and single bonds. */
static dg_dataset make(size_t count, size_t n, bool molecules) {
    dg_dataset made = {0};
    uint8_t *pairs = calloc(n * (n - 1) / 2 + 1, 1);
    assert_non_null(pairs);
    assert_int_equal(digress_graph_set_create(1, 2, &made.train), DIGRESS_OK);
    if (molecules) {
        assert_int_equal(digress_graph_set_name_node(made.train, 0, "C"), DIGRESS_OK);
        assert_int_equal(digress_graph_set_name_edge(made.train, 1, "single"), DIGRESS_OK);
    }
    for (size_t k = 0; k < count; k++)
        assert_int_equal(digress_graph_set_append(made.train, n, NULL, pairs), DIGRESS_OK);
    free(pairs);
    return made;
}

static dg_config choose(size_t count, size_t n, bool molecules) {
    dg_dataset data = make(count, n, molecules);
    dg_config config;
    assert_int_equal(dg_config_create(&config), DIGRESS_OK);
    assert_int_equal(dg_choose_config(data.train, &config), DIGRESS_OK);
    dg_dataset_free(&data);
    return config;
}

static void every_choice_is_a_right_config(void **state) {
    (void)state;
    static const size_t counts[] = {1, 2, 3, 4, 7, 100, 5000, 50000}, sizes[] = {1, 9, 30, 31, 200};
    for (size_t c = 0; c < sizeof counts / sizeof *counts; c++)
        for (size_t s = 0; s < sizeof sizes / sizeof *sizes && counts[c] * sizes[s] < 500000; s++) {
            dg_config config = choose(counts[c], sizes[s], c % 2);
            assert_int_equal(dg_config_check(&config), DIGRESS_OK);
            assert_true(config.train.batch_size >= 1 && config.train.batch_size <= counts[c]);
            assert_true(config.train.n_epochs >= 1);
            assert_true(config.general.check_val_every_n_epochs <= config.train.n_epochs);
            assert_true(config.train.max_minutes > 0);
            dg_config_free(&config);
        }
}

/* The training can get somewhere: thousands of steps, each on a part of the set, a validation now
 * and then, and a warm-up that ends long before the training does. */
static void every_choice_trains_for_long_enough(void **state) {
    (void)state;
    static const size_t counts[] = {1, 5, 26, 128, 1000, 5000, 50000};
    for (size_t c = 0; c < sizeof counts / sizeof *counts; c++)
        for (size_t n = 8; n <= 64 && counts[c] * n < 500000; n *= 8) {
            dg_config config = choose(counts[c], n, n == 8);
            const uint64_t batch = config.train.batch_size, steps = (counts[c] - 1) / batch + 1;
            const uint64_t all = steps * config.train.n_epochs;
            assert_true(batch == 1 || steps >= 4);
            assert_true(all >= 10000 && all <= 20000);
            assert_true(config.train.warmup_steps * 10 < all);
            assert_true(config.general.check_val_every_n_epochs * steps < 2 * 200 + steps);
            assert_true(config.train.max_steps == 0);
            assert_true(config.model.diffusion_steps >= 100);
            assert_true(config.train.lr >= 1e-3 && config.train.lr <= 4e-3);
            dg_config_free(&config);
        }
}

static void sizes_follow_the_set(void **state) {
    (void)state;
    dg_config small = choose(256, 20, false), large = choose(256, 64, false);
    dg_config molecules = choose(256, 20, true), many = choose(5000, 9, true);
    assert_true(small.model.rrwp_steps < large.model.rrwp_steps);
    assert_true(small.train.batch_size > large.train.batch_size);
    assert_true(small.train.lr > large.train.lr);
    assert_true(small.model.hidden_dims.dx < molecules.model.hidden_dims.dx);
    assert_true(molecules.train.batch_size < many.train.batch_size);
    assert_true(molecules.train.n_epochs > many.train.n_epochs);
    dg_config_free(&small);
    dg_config_free(&large);
    dg_config_free(&molecules);
    dg_config_free(&many);
}

/* What the comparisons of eval/RESULTS.md found best, at every size. */
static void every_choice_follows_the_recipe(void **state) {
    (void)state;
    static const size_t counts[] = {1, 100, 5000};
    for (size_t c = 0; c < sizeof counts / sizeof *counts; c++) {
        dg_config config = choose(counts[c], 9, c % 2);
        assert_int_equal(config.train.optimizer, DG_OPTIMIZER_MUON);
        assert_int_equal(config.train.times, DG_TIMES_SPREAD);
        assert_int_equal(config.train.distortion, DG_DISTORTION_POLYDEC);
        assert_int_equal(config.sample.distortion, DG_DISTORTION_POLYDEC);
        assert_int_equal(config.model.diffusion_noise_schedule, DG_SCHEDULE_LINEAR);
        assert_int_equal(config.model.extra_features, DG_FEATURES_RRWP);
        assert_true(config.model.symmetric);
        dg_config_free(&config);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_choice_is_a_right_config),
        cmocka_unit_test(every_choice_trains_for_long_enough),
        cmocka_unit_test(sizes_follow_the_set),
        cmocka_unit_test(every_choice_follows_the_recipe),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
