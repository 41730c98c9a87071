/* A checkpoint has everything that sampling needs, and one that contradicts itself is refused. */
#include "sampling_fixture.h"

#include "core/file.h"

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

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_checkpoint_is_all_that_sampling_needs),
        cmocka_unit_test(a_continuous_checkpoint_samples_the_same),
        cmocka_unit_test(a_checkpoint_that_contradicts_itself_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
