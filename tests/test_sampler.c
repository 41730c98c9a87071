/* Sampling: the same graphs on any number of threads, their sizes, chains, steps, times. */
#include "sampling_fixture.h"

#include "core/file.h"
#include "model/predict.h"
#include <unistd.h>

static digress_status set_eta(dg_noise_model *model, double eta) {
    const dg_sampler sampler = {.eta = eta};
    return dg_noise_model_set_sampler(model, &sampler);
}

static void check_threads_and_batches_of(fixture *f, dg_sample_options options) {
    digress_graph_set *one = sampled(f->model, 1, options);
    assert_int_equal(digress_graph_set_count(one), COUNT);
    const size_t threads[] = {1, 2, 5}, batches[] = {1, 3, 7, 100};
    for (size_t k = 0; k < 3; k++) {
        for (size_t b = 0; b < 4; b++) {
            options.batch = batches[b];
            digress_graph_set *other = sampled(f->model, threads[k], options);
            assert_true(is_part_of(one, other, 0));
            digress_graph_set_free(other);
        }
    }
    options.seed = 4;
    digress_graph_set *another = sampled(f->model, 1, options);
    assert_false(is_part_of(one, another, 0));
    digress_graph_set_free(another);
    digress_graph_set_free(one);
}

static void check_threads_and_batches(const char *extra) {
    fixture f;
    begin_with(&f, extra);
    check_threads_and_batches_of(&f, (dg_sample_options){.count = COUNT, .seed = 3});
    end(&f);
}

static void threads_and_batches_do_not_change_samples(void **state) {
    (void)state;
    check_threads_and_batches(NULL);
    check_threads_and_batches(continuous);
}

static void check_index(const fixture *f, dg_sample_options options) {
    digress_graph_set *all = sampled(f->model, 2, options);
    options.count = 4;
    options.first = COUNT - 4;
    digress_graph_set *tail = sampled(f->model, 2, options);
    assert_true(is_part_of(tail, all, COUNT - 4));
    digress_graph_set_free(tail);
    digress_graph_set_free(all);
}

static void a_sample_depends_on_its_index(void **state) {
    (void)state;
    fixture f;
    begin(&f);
    check_index(&f, (dg_sample_options){.count = COUNT, .seed = 3});
    end(&f);
}

/* Each with different steps: distorted, fewer than T, and more. */
static void renoise_and_flow_keep_the_same_promises(void **state) {
    (void)state;
    static const dg_sampler samplers[] = {{.kind = DG_SAMPLER_RENOISE},
                                          {.kind = DG_SAMPLER_FLOW, .eta = 5, .omega = 0.1}};
    static const dg_sample_options options[] = {
        {.count = COUNT, .seed = 3, .steps = 5, .distortion = DG_DISTORTION_POLYDEC},
        {.count = COUNT, .seed = 3, .steps = 11}};
    fixture f;
    begin(&f);
    digress_graph_set *posterior = sampled(f.model, 1, options[0]);
    for (size_t k = 0; k < 2; k++) {
        golden_ok(dg_noise_model_set_sampler(f.model->noise, &samplers[k]));
        check_threads_and_batches_of(&f, options[k]);
        check_index(&f, options[k]);
        digress_graph_set *other = sampled(f.model, 1, options[0]);
        assert_false(is_part_of(other, posterior, 0));
        digress_graph_set_free(other);
    }
    digress_graph_set_free(posterior);
    end(&f);
}

static void a_team_samples_what_one_thread_does(void **state) {
    (void)state;
    fixture f;
    begin(&f);
    double *histogram = NULL;
    dg_sample_options options = {.count = 1, .seed = 3, .steps = 2};
    golden_ok(dg_parse_nodes("140", &histogram, &options.max_n));
    options.n_histogram = histogram;
    digress_graph_set *one = sampled(f.model, 1, options);
    digress_graph_set *team = sampled(f.model, 3, options);
    assert_int_equal(digress_graph_set_get(one, 0).n, 140);
    assert_true(is_part_of(one, team, 0));
    digress_graph_set_free(team);
    digress_graph_set_free(one);
    free(histogram);
    end(&f);
}

static void sizes_follow_the_histogram(void **state) {
    (void)state;
    fixture f;
    begin(&f);
    double *histogram = NULL;
    dg_sample_options options = {.count = 200, .seed = 1, .steps = 1};
    golden_ok(dg_parse_nodes("1:4", &histogram, &options.max_n));
    options.n_histogram = histogram;
    digress_graph_set *set = sampled(f.model, 2, options);
    size_t counts[5] = {0};
    for (size_t k = 0; k < 200; k++) {
        size_t n = digress_graph_set_get(set, k).n;
        assert_in_range(n, 1, 4);
        counts[n]++;
    }
    for (size_t n = 1; n <= 4; n++)
        assert_in_range(counts[n], 30, 70);
    digress_graph_set_free(set);
    free(histogram);
    end(&f);
}

static void check_chains(const char *extra) {
    fixture f;
    begin_with(&f, extra);
    const size_t frames[] = {1, 4, 9, 100}, kept[] = {1, 4, 9, f.model->noise->schedule.T + 1};
    for (size_t k = 0; k < 4; k++) {
        dg_pool *pool = NULL;
        digress_graph_set *out = NULL, *chains[2] = {NULL};
        dg_sample_options options = {.count = 3, .seed = 5, .chains = 2, .chain_frames = frames[k]};
        golden_ok(dg_pool_create(2, &pool));
        golden_ok(digress_graph_set_create_like(f.model->classes, &out));
        golden_ok(digress_graph_set_create_like(f.model->classes, &chains[0]));
        golden_ok(digress_graph_set_create_like(f.model->classes, &chains[1]));
        golden_ok(dg_sample(f.model, pool, &options, out, chains));
        for (size_t c = 0; c < 2; c++) {
            assert_int_equal(digress_graph_set_count(chains[c]), kept[k]);
            assert_true(equal_graphs(digress_graph_set_get(chains[c], kept[k] - 1),
                                     digress_graph_set_get(out, c)));
            digress_graph_set_free(chains[c]);
        }
        digress_graph_set_free(out);
        dg_pool_free(pool);
    }
    end(&f);
}

static void chains_end_in_the_sample(void **state) {
    (void)state;
    check_chains(NULL);
    check_chains(continuous);
}

/* Without noise in its steps, a continuous model draws other graphs, as reproducibly. */
static void eta_chooses_the_noise_of_a_step(void **state) {
    (void)state;
    fixture f;
    begin_with(&f, "model={type: continuous, diffusion_steps: 40, prediction: x0}");
    const dg_sample_options options = {.count = COUNT, .seed = 3, .steps = 10};
    digress_graph_set *ancestral = sampled(f.model, 1, options);
    golden_ok(set_eta(f.model->noise, 0));
    digress_graph_set *one = sampled(f.model, 1, options), *two = sampled(f.model, 2, options);
    assert_true(is_part_of(one, two, 0));
    assert_false(is_part_of(one, ancestral, 0));
    digress_graph_set_free(ancestral);
    digress_graph_set_free(one);
    digress_graph_set_free(two);
    end(&f);
}

static digress_status stop_at_once(void *context, size_t done, size_t total) {
    size_t *calls = context;
    assert_in_range(done, 1, total);
    ++*calls;
    return dg_error(DIGRESS_INTERRUPTED, "enough");
}

static void progress_can_stop_it(void **state) {
    (void)state;
    fixture f;
    begin(&f);
    size_t calls = 0;
    dg_pool *pool = NULL;
    digress_graph_set *out = NULL;
    dg_sample_options options = {
        .count = COUNT, .progress = stop_at_once, .progress_context = &calls};
    golden_ok(dg_pool_create(2, &pool));
    golden_ok(digress_graph_set_create_like(f.model->classes, &out));
    assert_int_equal(dg_sample(f.model, pool, &options, out, NULL), DIGRESS_INTERRUPTED);
    assert_int_equal(calls, 1);
    assert_int_equal(digress_graph_set_count(out), 0);
    digress_graph_set_free(out);
    dg_pool_free(pool);
    end(&f);
}

/* 19 steps of a model with T = 8 go through times in between, which the schedule has. */
static void more_steps_than_T_are_taken(void **state) {
    (void)state;
    fixture f;
    begin(&f);
    dg_pool *pool = NULL;
    dg_sample_options options = {.count = 2, .steps = 19};
    digress_graph_set *out = NULL;
    golden_ok(dg_pool_create(1, &pool));
    golden_ok(digress_graph_set_create_like(f.train, &out));
    golden_ok(dg_sample(f.model, pool, &options, out, NULL));
    assert_int_equal(digress_graph_set_count(out), 2);
    options.steps = 1000001;
    assert_int_equal(dg_sample(f.model, pool, &options, out, NULL), DIGRESS_ERROR_INPUT);
    digress_graph_set_free(out);
    dg_pool_free(pool);
    end(&f);
}

static void nodes_are_parsed(void **state) {
    (void)state;
    static const char *const bad[] = {"0",  "40:20",   "-3",    "5:", "x",
                                      "5x", "1000000", "1:2:3", "",   "/no/such/file"};
    double *histogram = NULL;
    size_t max_n = 0;
    for (size_t k = 0; k < sizeof bad / sizeof *bad; k++)
        assert_int_equal(dg_parse_nodes(bad[k], &histogram, &max_n), DIGRESS_ERROR_INPUT);
    char path[] = "/tmp/digress-nodes-XXXXXX";
    int file = mkstemp(path);
    assert_true(file >= 0);
    static const char text[] = "# sizes\n 7 2.5\n\n9\t1 \r\n12 0\n";
    assert_int_equal(write(file, text, sizeof text - 1), sizeof text - 1);
    close(file);
    golden_ok(dg_parse_nodes(path, &histogram, &max_n));
    assert_int_equal(max_n, 9);
    assert_close(histogram[7], 2.5, 0);
    assert_close(histogram[9], 1, 0);
    assert_close(histogram[8], 0, 0);
    free(histogram);
    golden_ok(dg_file_write(path, "7 2\n8 heavy\n", 12));
    assert_int_equal(dg_parse_nodes(path, &histogram, &max_n), DIGRESS_ERROR_INPUT);
    assert_non_null(strstr(digress_last_error(), ":2:"));
    unlink(path);
}

/* What one step from T to 0 makes of the prior, when the network is told the time `told`. */
static digress_graph_set *one_step(const dg_model *model, const digress_graph_set *like,
                                   double told) {
    const dg_noise_model *noise = model->noise;
    const dg_team alone = {NULL, 1};
    dg_pool *pool = NULL;
    dg_predictor *predictor = NULL;
    dg_arena *arena = NULL;
    digress_graph_set *out = NULL;
    golden_ok(dg_pool_create(1, &pool));
    golden_ok(dg_predictors_create(model, pool, &predictor));
    golden_ok(dg_arena_create(&arena));
    golden_ok(digress_graph_set_create_like(like, &out));
    const uint32_t T = (uint32_t)noise->schedule.T;
    for (uint32_t k = 0; k < COUNT; k++) {
        const uint32_t n = (uint32_t)digress_graph_set_get(like, k).n;
        const dg_rng key = {.seed = 3, .graph = k};
        float *X = NULL, *E = NULL;
        dg_state *state = NULL;
        golden_ok(noise->operations->prior(noise, arena, 1, &n, &key, &state));
        golden_ok(dg_predict(predictor, &alone, state, &told, &X, &E));
        golden_ok(noise->operations->reverse(noise, state, X, E,
                                             (dg_interval){.s = 0, .t = T, .key = T}, &key));
        golden_ok(noise->operations->decode(noise, state, 0, out));
    }
    dg_arena_free(arena);
    dg_predictors_free(predictor, pool);
    dg_pool_free(pool);
    return out;
}

static void the_network_is_told_the_time(void **state) {
    (void)state;
    fixture f;
    begin(&f);
    const dg_parameter *y_in = dg_denoiser_find(f.model->denoiser, "mlp_in_y.0.weight");
    float *weights = dg_denoiser_parameters(f.model->denoiser) + y_in->offset;
    for (size_t k = 0; k < y_in->count; k++)
        weights[k] *= 100; /* so that time matters */
    golden_ok(dg_denoiser_weights_changed(f.model->denoiser, NULL));
    digress_graph_set *actual =
        sampled(f.model, 1, (dg_sample_options){.count = COUNT, .seed = 3, .steps = 1});
    digress_graph_set *told = one_step(f.model, actual, (double)f.model->noise->schedule.T);
    digress_graph_set *mistold = one_step(f.model, actual, 0);
    assert_true(is_part_of(actual, told, 0));
    assert_false(is_part_of(actual, mistold, 0));
    digress_graph_set_free(actual);
    digress_graph_set_free(told);
    digress_graph_set_free(mistold);
    end(&f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(threads_and_batches_do_not_change_samples),
        cmocka_unit_test(a_sample_depends_on_its_index),
        cmocka_unit_test(renoise_and_flow_keep_the_same_promises),
        cmocka_unit_test(a_team_samples_what_one_thread_does),
        cmocka_unit_test(sizes_follow_the_histogram),
        cmocka_unit_test(chains_end_in_the_sample),
        cmocka_unit_test(eta_chooses_the_noise_of_a_step),
        cmocka_unit_test(the_network_is_told_the_time),
        cmocka_unit_test(progress_can_stop_it),
        cmocka_unit_test(more_steps_than_T_are_taken),
        cmocka_unit_test(nodes_are_parsed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
