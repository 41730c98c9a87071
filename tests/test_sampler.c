#include "golden.h"

#include "core/file.h"
#include "graph/graph_set.h"
#include "model/model.h"
#include "model/predict.h"
#include "sample/bound.h"
#include "sample/keep.h"
#include "sample/sampler.h"
#include <string.h>
#include <unistd.h>

static digress_status set_eta(dg_noise_model *model, double eta) {
    const dg_sampler sampler = {.eta = eta};
    return dg_noise_model_set_sampler(model, &sampler);
}

enum { COUNT = 12, TRAIN = 30 };

/* Random graphs of 1 to 14 nodes, 2 node and 3 edge classes. */
static digress_graph_set *random_set(void) {
    digress_graph_set *set = NULL;
    golden_ok(digress_graph_set_create(2, 3, &set));
    golden_ok(digress_graph_set_name_node(set, 1, "red"));
    dg_stream stream = {.key = {.seed = 11, .purpose = DG_RNG_TEST}};
    for (size_t g = 0; g < TRAIN; g++) {
        uint8_t node_class[14], pair_class[14 * 13 / 2];
        uint32_t n = 1 + dg_stream_below(&stream, 14);
        for (uint32_t i = 0; i < n; i++)
            node_class[i] = (uint8_t)dg_stream_below(&stream, 2);
        for (uint32_t pair = 0; pair < n * (n - 1) / 2; pair++)
            pair_class[pair] = dg_stream_below(&stream, 4) ? 0 : 1 + (uint8_t)(pair % 2);
        golden_ok(digress_graph_set_append(set, n, node_class, pair_class));
    }
    return set;
}

static void override(dg_config *config, const char *assignment) {
    golden_ok(dg_config_override(config, assignment));
}

/* extra: one assignment more, or NULL. */
static dg_model *tiny_model(const digress_graph_set *train, const char *extra) {
    static const char *const assignments[] = {
        "model.diffusion_steps=8",      "model.n_layers=2",
        "model.extra_features=all",     "model.hidden_mlp_dims.X=8",
        "model.hidden_mlp_dims.E=8",    "model.hidden_mlp_dims.y=8",
        "model.hidden_dims.dx=8",       "model.hidden_dims.de=4",
        "model.hidden_dims.dy=4",       "model.hidden_dims.n_head=2",
        "model.hidden_dims.dim_ffX=8",  "model.hidden_dims.dim_ffE=4",
        "model.hidden_dims.dim_ffy=4",  "train.ema_decay=0.9",
        "general.number_chain_steps=4",
    };
    dg_config config;
    dg_model *model = NULL;
    golden_ok(dg_config_create(&config));
    for (size_t k = 0; k < sizeof assignments / sizeof *assignments; k++)
        override(&config, assignments[k]);
    if (extra) override(&config, extra);
    golden_ok(dg_model_create(&config, train, NULL, "test", &model));
    dg_config_free(&config);
    return model;
}

typedef struct fixture {
    digress_graph_set *train;
    dg_model *model;
} fixture;

static void begin_with(fixture *f, const char *extra) {
    f->train = random_set();
    f->model = tiny_model(f->train, extra);
}

static void begin(fixture *f) {
    begin_with(f, NULL);
}

/* The same widths and T = 40 in the continuous mode. */
static const char continuous[] = "model={type: continuous, diffusion_steps: 40}";

static void end(fixture *f) {
    dg_model_free(f->model);
    digress_graph_set_free(f->train);
}

static digress_graph_set *sampled(const dg_model *model, size_t threads,
                                  dg_sample_options options) {
    dg_pool *pool = NULL;
    digress_graph_set *out = NULL;
    golden_ok(dg_pool_create(threads, &pool));
    golden_ok(digress_graph_set_create_like(model->classes, &out));
    golden_ok(dg_sample(model, pool, &options, out, NULL));
    dg_pool_free(pool);
    return out;
}

static bool equal_graphs(digress_graph a, digress_graph b) {
    return a.n == b.n && memcmp(a.node_class, b.node_class, a.n) == 0 &&
           memcmp(a.pair_class, b.pair_class, a.n * (a.n - 1) / 2) == 0;
}

/* Graph k of `a` is graph offset + k of `b`, for all of `a`. */
static bool is_part_of(const digress_graph_set *a, const digress_graph_set *b, size_t offset) {
    for (size_t k = 0; k < digress_graph_set_count(a); k++)
        if (!equal_graphs(digress_graph_set_get(a, k), digress_graph_set_get(b, offset + k)))
            return false;
    return true;
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

/* Each with steps of its own: distorted, fewer than T and more. */
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

/* Without noise in its steps a continuous model goes another way, and as surely. */
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

/* 19 steps of a model of T = 8 go over times in between; the schedule has them. */
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

/* ---- the bound ---- */

static void check_bound(const char *extra) {
    fixture f;
    begin_with(&f, extra);
    dg_bound bounds[2];
    const size_t threads[2] = {1, 3};
    for (size_t k = 0; k < 2; k++) {
        dg_pool *pool = NULL;
        golden_ok(dg_pool_create(threads[k], &pool));
        golden_ok(dg_bound_of(f.model, pool, f.train, 3, 1, &bounds[k]));
        dg_pool_free(pool);
    }
    assert_memory_equal(&bounds[0], &bounds[1], sizeof bounds[0]);
    const dg_bound *b = &bounds[0];
    assert_true(isfinite(b->nll) && isfinite(b->nll_exact));
    assert_true(b->kl_X_exact > 0 && b->kl_E_exact > 0 && b->reconstruction < 0 && b->log_pn < 0);
    double T = (double)f.model->noise->schedule.T;
    assert_close(b->nll, -b->log_pn + b->kl_prior + T * (b->kl_X + b->kl_E) - b->reconstruction,
                 1e-9);
    assert_close(b->without_pn_exact,
                 b->kl_prior_exact + T * (b->kl_X_exact + b->kl_E_exact) - b->reconstruction, 1e-9);
    assert_close(b->nll_exact - b->without_pn_exact, -b->log_pn, 1e-9);
    end(&f);
}

static void the_bound_does_not_depend_on_threads(void **state) {
    (void)state;
    check_bound(NULL);
    check_bound(continuous);
}

static void name_classes(digress_graph_set *set, const char *const nodes[2],
                         const char *const edges[2]) {
    for (size_t k = 0; k < 2; k++) {
        golden_ok(digress_graph_set_name_node(set, k, nodes[k]));
        golden_ok(digress_graph_set_name_edge(set, k + 1, edges[k]));
    }
}

/* The same graphs under other numbers have the same bound. */
static void the_bound_matches_classes_by_name(void **state) {
    (void)state;
    static const char *const nodes[] = {"up", "down"}, *const edges[] = {"thin", "thick"},
                             *const reversed_nodes[] = {"down", "up"},
                             *const reversed_edges[] = {"thick", "thin"};
    const uint8_t node_map[DIGRESS_MAX_CLASSES] = {1, 0}, edge_map[DIGRESS_MAX_CLASSES] = {0, 2, 1};
    fixture f = {.train = random_set()};
    dg_pool *pool = NULL;
    dg_bound bound, mapped;
    name_classes(f.train, nodes, edges);
    f.model = tiny_model(f.train, NULL);
    golden_ok(dg_pool_create(1, &pool));
    golden_ok(dg_bound_of(f.model, pool, f.train, 2, 1, &bound));
    dg_graph_set_recode(f.train, node_map, edge_map);
    name_classes(f.train, reversed_nodes, reversed_edges);
    golden_ok(dg_bound_of(f.model, pool, f.train, 2, 1, &mapped));
    assert_memory_equal(&bound, &mapped, sizeof bound);
    dg_pool_free(pool);
    end(&f);
}

static void the_bound_refuses_another_kind_of_set(void **state) {
    (void)state;
    fixture f;
    begin(&f);
    dg_pool *pool = NULL;
    dg_bound bound;
    digress_graph_set *other = NULL;
    golden_ok(dg_pool_create(1, &pool));
    golden_ok(digress_graph_set_create(2, 3, &other));
    assert_int_equal(dg_bound_of(f.model, pool, other, 1, 0, &bound), DIGRESS_ERROR_INPUT);
    digress_graph_set_free(other);
    golden_ok(digress_graph_set_create(5, 2, &other));
    golden_ok(digress_graph_set_append(other, 1, (const uint8_t[]){3}, (const uint8_t *)""));
    assert_int_equal(dg_bound_of(f.model, pool, other, 1, 0, &bound), DIGRESS_ERROR_INPUT);
    assert_string_equal(digress_last_error(), "node class 3, which the model lacks: it has 0, red");
    digress_graph_set_free(other);
    dg_pool_free(pool);
    end(&f);
}

/* ---- checkpoints ---- */

static void save(const dg_model *model, const char *path) {
    dg_tensor_writer *writer = NULL;
    golden_ok(dg_tensor_writer_create(&writer));
    golden_ok(dg_model_add_to(model, writer));
    golden_ok(dg_tensor_writer_save(writer, path));
    dg_tensor_writer_free(writer);
}

static char *temporary_folder(void) {
    static char folder[64];
    snprintf(folder, sizeof folder, "/tmp/digress-test-XXXXXX");
    assert_non_null(mkdtemp(folder));
    return folder;
}

static void a_checkpoint_is_all_that_sampling_needs(void **state) {
    (void)state;
    fixture f;
    begin(&f);
    char *folder = temporary_folder();
    char *checkpoints = dg_path_join(folder, "checkpoints");
    char *path = dg_path_join(folder, "checkpoints/last.safetensors");
    golden_ok(dg_make_folders(checkpoints));
    f.model->ema[0] += 1;
    save(f.model, path);
    dg_model *loaded = NULL;
    golden_ok(dg_model_load(folder, &loaded)); /* a run folder */
    assert_string_equal(loaded->kind, "test");
    assert_string_equal(digress_graph_set_node_name(loaded->classes, 1), "red");
    assert_int_equal(loaded->statistics.max_n, f.model->statistics.max_n);
    assert_close(loaded->statistics.mean_edges, f.model->statistics.mean_edges, 0);
    size_t count = dg_denoiser_parameter_count(f.model->denoiser);
    assert_int_equal(dg_denoiser_parameter_count(loaded->denoiser), count);
    assert_memory_equal(loaded->ema, f.model->ema, count * sizeof(float));
    dg_sample_options options = {.count = COUNT, .seed = 3};
    digress_graph_set *before = sampled(f.model, 1, options), *after = sampled(loaded, 1, options);
    assert_true(is_part_of(before, after, 0));
    dg_model_use_ema(loaded);
    assert_memory_equal(dg_denoiser_parameters(loaded->denoiser), f.model->ema,
                        count * sizeof(float));
    digress_graph_set_free(before);
    digress_graph_set_free(after);
    dg_model_free(loaded);
    golden_ok(dg_remove_tree(folder));
    free(path);
    free(checkpoints);
    end(&f);
}

static void assert_refused(const char *path, const char *text) {
    dg_model *model = NULL;
    assert_int_equal(dg_model_load(path, &model), DIGRESS_ERROR_INPUT);
    if (!strstr(digress_last_error(), text) || !strstr(digress_last_error(), path))
        fail_msg("unclear error: %s", digress_last_error());
}

/* The type, what is predicted and the scaling come back with a continuous model. */
static void a_continuous_checkpoint_samples_the_same(void **state) {
    (void)state;
    fixture f;
    begin_with(&f, "model={type: continuous, diffusion_steps: 60, prediction: v, eta: 0.5, "
                   "normalize_factors: [3, 0.5, 1], norm_biases: [0.2, -1, 0]}");
    assert_int_equal(f.model->config.model.extra_features,
                     DG_FEATURES_NONE); /* all was asked for */
    char *folder = temporary_folder(), *path = dg_path_join(folder, "model.safetensors");
    dg_model *loaded = NULL;
    save(f.model, path);
    golden_ok(dg_model_load(path, &loaded));
    assert_close(loaded->noise->sampler.eta, 0.5, 0);
    dg_sample_options options = {.count = COUNT, .seed = 3};
    digress_graph_set *before = sampled(f.model, 1, options), *after = sampled(loaded, 1, options);
    assert_true(is_part_of(before, after, 0));
    digress_graph_set_free(before);
    digress_graph_set_free(after);
    dg_model_free(loaded);
    golden_ok(dg_remove_tree(folder));
    free(path);
    end(&f);
}

static void a_checkpoint_that_contradicts_itself_is_refused(void **state) {
    (void)state;
    fixture f;
    begin(&f);
    char *folder = temporary_folder(), *path = dg_path_join(folder, "model.safetensors");
    f.model->config.model.n_layers = 3;
    save(f.model, path);
    assert_refused(path, "number of layers");
    f.model->config.model.n_layers = 2;
    f.model->statistics.node_marginals[0] = -1;
    save(f.model, path);
    assert_refused(path, "node_marginals");
    dg_tensor_writer *writer = NULL;
    golden_ok(dg_tensor_writer_create(&writer));
    golden_ok(dg_tensor_writer_save(writer, path));
    assert_refused(path, "not a digress checkpoint");
    golden_ok(dg_tensor_writer_metadata(writer, "digress.format", "99"));
    golden_ok(dg_tensor_writer_save(writer, path));
    assert_refused(path, "format 99");
    dg_tensor_writer_free(writer);
    golden_ok(dg_remove_tree(folder));
    free(path);
    end(&f);
}

/* The first graphs of `set` that pass. */
static digress_graph_set *first_passing(const digress_graph_set *set, const dg_quality *quality,
                                        size_t count) {
    digress_graph_set *out = NULL;
    golden_ok(digress_graph_set_create_like(set, &out));
    for (size_t k = 0; k < quality->count && digress_graph_set_count(out) < count; k++) {
        if (!quality->valid[k] || !quality->unique[k] || !quality->novel[k]) continue;
        digress_graph graph = digress_graph_set_get(set, k);
        golden_ok(digress_graph_set_append(out, graph.n, graph.node_class, graph.pair_class));
    }
    return out;
}

/* Graphs of one to three nodes, so that some of each sort fail. */
static void kept_samples_are_the_first_that_pass(void **state) {
    (void)state;
    fixture f;
    begin(&f);
    double *sizes = NULL;
    size_t max_n = 0;
    golden_ok(dg_parse_nodes("1:3", &sizes, &max_n));
    enum { WANTED = 10, MAX_DRAWS = 200 };
    dg_sample_options options = {
        .count = MAX_DRAWS, .seed = 8, .n_histogram = sizes, .max_n = max_n};
    digress_graph_set *all = sampled(f.model, 2, options);
    dg_pool *pool = NULL;
    dg_quality quality;
    golden_ok(dg_pool_create(2, &pool));
    golden_ok(dg_judge(pool, DG_RULE_CONNECTED, all, f.train, &quality));
    digress_graph_set *expected = first_passing(all, &quality, WANTED);
    assert_int_equal(digress_graph_set_count(expected), WANTED);
    assert_false(is_part_of(expected, all, 0));
    dg_keep_options keep = {.valid = true,
                            .unique = true,
                            .novel = true,
                            .rule = DG_RULE_CONNECTED,
                            .train = f.train,
                            .max_draws = MAX_DRAWS};
    const size_t wanted[] = {WANTED, MAX_DRAWS};
    for (size_t k = 0; k < 2; k++) {
        digress_graph_set *kept = NULL;
        dg_keep_report report;
        options.count = wanted[k];
        golden_ok(digress_graph_set_create_like(f.model->classes, &kept));
        golden_ok(dg_sample_and_keep(f.model, pool, &options, &keep, kept, &report));
        assert_int_equal(report.kept, digress_graph_set_count(kept));
        assert_true(is_part_of(expected, kept, 0));
        if (k == 0) assert_int_equal(report.kept, WANTED);
        if (k == 1) assert_int_equal(report.kept, quality.share_vun.count);
        if (k == 1) assert_int_equal(report.drawn, MAX_DRAWS);
        if (k == 1) assert_int_equal(report.unique, quality.share_unique.count);
        digress_graph_set_free(kept);
    }
    dg_quality_free(&quality);
    digress_graph_set_free(expected);
    digress_graph_set_free(all);
    free(sizes);
    dg_pool_free(pool);
    end(&f);
}

static void what_to_keep_is_parsed(void **state) {
    (void)state;
    dg_keep_options keep = {0};
    golden_ok(dg_keep_parse("novel,valid", &keep));
    assert_true(keep.valid && keep.novel && !keep.unique);
    static const char *const wrong[] = {"", "nov", "valid,", ",valid", "valid unique", "novelty"};
    for (size_t k = 0; k < sizeof wrong / sizeof *wrong; k++)
        assert_int_equal(dg_keep_parse(wrong[k], &keep), DIGRESS_ERROR_INPUT);
}

/* What one step from T to 0 makes of the prior, with the network's output for time `told`. */
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
        const float *X = NULL, *E = NULL;
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
        cmocka_unit_test(kept_samples_are_the_first_that_pass),
        cmocka_unit_test(what_to_keep_is_parsed),
        cmocka_unit_test(the_bound_does_not_depend_on_threads),
        cmocka_unit_test(the_bound_matches_classes_by_name),
        cmocka_unit_test(the_bound_refuses_another_kind_of_set),
        cmocka_unit_test(a_checkpoint_is_all_that_sampling_needs),
        cmocka_unit_test(a_continuous_checkpoint_samples_the_same),
        cmocka_unit_test(a_checkpoint_that_contradicts_itself_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
