/* A model's file: the checkpoint format, a safetensors file whose metadata has the config. */
#include "model/parts.h"

#include "core/file.h"
#include "core/json.h"
#include "model/numbers.h"
#include <stdlib.h>
#include <string.h>

static const char FORMAT_VERSION[] = "1";

/* ---- to a checkpoint ---- */

/* The text {"node": [names], "edge": [names]}; the caller frees it. */
static digress_status classes_text(const digress_graph_set *set, char **out) {
    json_t *nodes = json_array(), *edges = json_array();
    for (size_t k = 0; k < digress_graph_set_node_classes(set); k++)
        dg_json_append(&nodes, json_string(digress_graph_set_node_name(set, k)));
    for (size_t k = 0; k < digress_graph_set_edge_classes(set); k++)
        dg_json_append(&edges, json_string(digress_graph_set_edge_name(set, k)));
    json_t *classes = json_pack("{s:o, s:o}", "node", nodes, "edge", edges);
    digress_status status = dg_json_text(classes, JSON_COMPACT, out);
    json_decref(classes);
    return status;
}

static digress_status add_metadata(const dg_model *model, const dg_config *written,
                                   dg_tensor_writer *writer) {
    char *config = NULL, *classes = NULL;
    digress_status status = classes_text(model->classes, &classes);
    if (status == DIGRESS_OK) status = dg_config_text(written, &config);
    if (status == DIGRESS_OK)
        status = dg_tensor_writer_metadata(writer, "digress.format", FORMAT_VERSION);
    if (status == DIGRESS_OK) status = dg_tensor_writer_metadata(writer, "digress.config", config);
    if (status == DIGRESS_OK)
        status = dg_tensor_writer_metadata(writer, "digress.classes", classes);
    if (status == DIGRESS_OK)
        status = dg_tensor_writer_metadata(writer, "digress.kind", model->kind);
    free(config);
    free(classes);
    return status;
}

static digress_status add_vector(dg_tensor_writer *writer, const char *name, size_t count,
                                 const double *values) {
    return dg_tensor_writer_add(writer, name, DG_F64, 1, &count, values);
}

static digress_status add_statistics(const dg_model *model, dg_tensor_writer *writer) {
    const dg_statistics *statistics = &model->statistics;
    DG_TRY(add_vector(writer, "statistics.n_histogram", statistics->max_n + 1,
                      statistics->n_histogram));
    DG_TRY(add_vector(writer, "statistics.node_marginals", statistics->node_classes,
                      statistics->node_marginals));
    DG_TRY(add_vector(writer, "statistics.edge_marginals", statistics->edge_classes,
                      statistics->edge_marginals));
    DG_TRY(add_vector(writer, "statistics.mean_n", 1, &statistics->mean_n));
    DG_TRY(add_vector(writer, "statistics.mean_edges", 1, &statistics->mean_edges));
    return add_vector(writer, "sizes.n_histogram", model->sizes.max_n + 1,
                      model->sizes.n_histogram);
}

digress_status dg_model_add_to(const dg_model *model, dg_tensor_writer *writer) {
    DG_TRY(add_metadata(model, &model->config, writer));
    DG_TRY(add_statistics(model, writer));
    DG_TRY(dg_conditions_write(&model->conditions, writer));
    const float *parameters = dg_denoiser_parameters(model->denoiser), *ema = model->ema;
    if (model->exchanged) {
        ema = parameters;
        parameters = model->ema;
    }
    DG_TRY(dg_denoiser_write(model->denoiser, writer, "model.", parameters));
    return ema ? dg_denoiser_write(model->denoiser, writer, "ema.", ema) : DIGRESS_OK;
}

/* Says that a file has one kind of weights, whatever ema_decay its training had. */
static const char WEIGHTS[] = "digress.weights";

/* The path of the training set means nothing elsewhere. */
static digress_status add_weights(const dg_model *model, dg_tensor_writer *writer) {
    dg_config config = model->config;
    config.dataset.path = NULL;
    DG_TRY(add_metadata(model, &config, writer));
    DG_TRY(dg_tensor_writer_metadata(writer, WEIGHTS, "one"));
    DG_TRY(add_statistics(model, writer));
    return dg_denoiser_write(model->denoiser, writer, "model.",
                             dg_denoiser_parameters(model->denoiser));
}

digress_status dg_model_save_weights(const dg_model *model, const char *path) {
    dg_tensor_writer *writer = NULL;
    DG_TRY(dg_tensor_writer_create(&writer));
    digress_status status = add_weights(model, writer);
    if (status == DIGRESS_OK) status = dg_tensor_writer_save(writer, path);
    dg_tensor_writer_free(writer);
    return status;
}

/* ---- from a checkpoint ---- */

/* Puts the file's name in front of an error that does not have it yet. */
static digress_status in_file(const dg_tensor_file *file, digress_status status) {
    if (status == DIGRESS_OK) return status;
    return dg_error_prefix(status, "%s", dg_tensor_file_path(file));
}

static digress_status require_metadata(const dg_tensor_file *file, const char *key,
                                       const char **out) {
    *out = dg_tensor_file_metadata(file, key);
    if (*out) return DIGRESS_OK;
    return dg_error(DIGRESS_ERROR_INPUT, "%s: not a digress checkpoint: no metadata '%s'",
                    dg_tensor_file_path(file), key);
}

static digress_status check_format(const dg_tensor_file *file) {
    const char *version = NULL;
    DG_TRY(require_metadata(file, "digress.format", &version));
    if (strcmp(version, FORMAT_VERSION) == 0) return DIGRESS_OK;
    return dg_error(DIGRESS_ERROR_INPUT,
                    "%s: checkpoint format %s: digress %s reads format %s only; update digress",
                    dg_tensor_file_path(file), version, digress_version(), FORMAT_VERSION);
}

static digress_status read_config(const dg_tensor_file *file, dg_config *out) {
    const char *text = NULL;
    DG_TRY(require_metadata(file, "digress.config", &text));
    DG_TRY(dg_config_create(out));
    DG_TRY(dg_config_read_text(out, text, dg_tensor_file_path(file)));
    return in_file(file, dg_config_check(out));
}

static digress_status name_classes(digress_graph_set *set, json_t *names,
                                   digress_status (*name)(digress_graph_set *, size_t,
                                                          const char *)) {
    for (size_t k = 0; k < json_array_size(names); k++) {
        const char *text = json_string_value(json_array_get(names, k));
        if (!text) return dg_error(DIGRESS_ERROR_INPUT, "class name %zu is not a string", k);
        DG_TRY(name(set, k, text));
    }
    return DIGRESS_OK;
}

static digress_status fill_classes(json_t *classes, digress_graph_set **out) {
    json_t *nodes = json_object_get(classes, "node"), *edges = json_object_get(classes, "edge");
    if (!json_is_array(nodes) || !json_is_array(edges))
        return dg_error(DIGRESS_ERROR_INPUT, "metadata 'digress.classes' is not a list of names");
    DG_TRY(digress_graph_set_create(json_array_size(nodes), json_array_size(edges), out));
    DG_TRY(name_classes(*out, nodes, digress_graph_set_name_node));
    return name_classes(*out, edges, digress_graph_set_name_edge);
}

static digress_status read_classes(const dg_tensor_file *file, digress_graph_set **out) {
    const char *text = NULL;
    DG_TRY(require_metadata(file, "digress.classes", &text));
    json_t *classes = NULL;
    digress_status status =
        dg_json_parse("metadata 'digress.classes'", text, strlen(text), &classes);
    if (status == DIGRESS_OK) status = fill_classes(classes, out);
    status = in_file(file, status);
    json_decref(classes);
    return status;
}

static digress_status require_vector(const dg_tensor_file *file, const char *name, size_t count,
                                     const dg_tensor **out) {
    return dg_tensor_file_require(file, name, DG_F64, 1, &count, out);
}

/* Statistics with the histogram `name` only; the rest is zero. */
static digress_status read_histogram(const dg_tensor_file *file, const char *name,
                                     const digress_graph_set *classes, dg_statistics *out) {
    const dg_tensor *histogram = NULL;
    DG_TRY(require_vector(file, name, SIZE_MAX, &histogram));
    if (histogram->count < 2 || histogram->count > DIGRESS_MAX_NODES + 1)
        return dg_error(DIGRESS_ERROR_INPUT,
                        "%s: tensor '%s' has %zu entries: expected 2 to %d, for 0 nodes and up",
                        dg_tensor_file_path(file), name, histogram->count, DIGRESS_MAX_NODES + 1);
    DG_TRY(dg_statistics_create(histogram->count - 1, digress_graph_set_node_classes(classes),
                                digress_graph_set_edge_classes(classes), out));
    return in_file(file, dg_copy_counts(histogram, out->n_histogram, &out->graphs));
}

static digress_status read_statistics(const dg_tensor_file *file, dg_model *model) {
    dg_statistics *statistics = &model->statistics;
    const dg_tensor *tensor = NULL;
    DG_TRY(read_histogram(file, "sizes.n_histogram", model->classes, &model->sizes));
    DG_TRY(read_histogram(file, "statistics.n_histogram", model->classes, statistics));
    DG_TRY(require_vector(file, "statistics.node_marginals", statistics->node_classes, &tensor));
    DG_TRY(in_file(file, dg_copy_shares(tensor, statistics->node_marginals)));
    DG_TRY(require_vector(file, "statistics.edge_marginals", statistics->edge_classes, &tensor));
    DG_TRY(in_file(file, dg_copy_shares(tensor, statistics->edge_marginals)));
    DG_TRY(require_vector(file, "statistics.mean_n", 1, &tensor));
    const double most = (double)statistics->max_n;
    DG_TRY(in_file(file, dg_copy_mean(tensor, most, &statistics->mean_n)));
    DG_TRY(require_vector(file, "statistics.mean_edges", 1, &tensor));
    return in_file(file, dg_copy_mean(tensor, most * (most - 1) / 2, &statistics->mean_edges));
}

static digress_status expect_width(const char *name, size_t tensors, size_t config) {
    if (tensors == config) return DIGRESS_OK;
    return dg_error(
        DIGRESS_ERROR_INPUT,
        "its tensors contradict its config: %s is %zu in the tensors, %zu by the config", name,
        tensors, config);
}

/* The feed-forward widths are not compared but taken from the tensors: weights of the reference
 * have 2048 for y whatever its config says. */
static digress_status check_dims(const dg_denoiser_dims *tensors, const dg_denoiser_dims *config) {
    DG_TRY(expect_width("the number of layers", tensors->n_layers, config->n_layers));
    DG_TRY(expect_width("the input width of X", tensors->in_X, config->in_X));
    DG_TRY(expect_width("the input width of E", tensors->in_E, config->in_E));
    DG_TRY(expect_width("the input width of y", tensors->in_y, config->in_y));
    DG_TRY(expect_width("hidden_mlp_dims.X", tensors->mlp_X, config->mlp_X));
    DG_TRY(expect_width("hidden_mlp_dims.E", tensors->mlp_E, config->mlp_E));
    DG_TRY(expect_width("hidden_mlp_dims.y", tensors->mlp_y, config->mlp_y));
    DG_TRY(expect_width("hidden_dims.dx", tensors->dx, config->dx));
    DG_TRY(expect_width("hidden_dims.de", tensors->de, config->de));
    DG_TRY(expect_width("hidden_dims.dy", tensors->dy, config->dy));
    DG_TRY(expect_width("the number of node classes", tensors->out_X, config->out_X));
    return expect_width("the number of edge classes", tensors->out_E, config->out_E);
}

static digress_status read_denoiser(const dg_tensor_file *file, dg_model *model) {
    const dg_denoiser_dims config = dg_model_dims(model);
    dg_denoiser_dims dims = config;
    DG_TRY(dg_denoiser_dims_of(file, "model.", &dims));
    DG_TRY(in_file(file, check_dims(&dims, &config)));
    DG_TRY(dg_denoiser_create(&dims, model->config.train.seed, &model->denoiser));
    DG_TRY(
        dg_denoiser_read(model->denoiser, file, "model.", dg_denoiser_parameters(model->denoiser)));
    DG_TRY(dg_denoiser_weights_changed(model->denoiser, NULL));
    if (!(model->config.train.ema_decay > 0) || dg_tensor_file_metadata(file, WEIGHTS))
        return DIGRESS_OK;
    DG_TRY(dg_model_allocate_ema(model));
    return dg_denoiser_read(model->denoiser, file, "ema.", model->ema);
}

static digress_status fill_from_file(dg_model *model, const dg_tensor_file *file) {
    const char *kind = NULL;
    DG_TRY(check_format(file));
    DG_TRY(read_config(file, &model->config));
    DG_TRY(read_classes(file, &model->classes));
    DG_TRY(read_statistics(file, model));
    DG_TRY(dg_conditions_read(model->config.model.targets, model->statistics.max_n, file,
                              &model->conditions));
    DG_TRY(require_metadata(file, "digress.kind", &kind));
    model->kind = dg_format("%s", kind);
    if (!model->kind) return dg_out_of_memory();
    DG_TRY(in_file(file, dg_model_create_noise(model)));
    return read_denoiser(file, model);
}

digress_status dg_model_load_file(const dg_tensor_file *file, dg_model **out) {
    dg_model *model = NULL;
    DG_TRY(dg_allocate(1, sizeof *model, &model));
    digress_status status = fill_from_file(model, file);
    if (status != DIGRESS_OK) {
        dg_model_free(model);
        return status;
    }
    *out = model;
    return DIGRESS_OK;
}

digress_status dg_model_find(const char *path, char **out) {
    static const char *const names[] = {"best", "last"};
    if (!dg_is_folder(path)) {
        *out = dg_format("%s", path);
        return *out ? DIGRESS_OK : dg_out_of_memory();
    }
    for (size_t k = 0; k < sizeof names / sizeof *names; k++) {
        char *file = dg_format("%s/checkpoints/%s.safetensors", path, names[k]);
        if (!file) return dg_out_of_memory();
        if (dg_exists(file)) {
            *out = file;
            return DIGRESS_OK;
        }
        free(file);
    }
    return dg_error(DIGRESS_ERROR_INPUT,
                    "%s: no checkpoint in it: expected a checkpoint or a run folder", path);
}

digress_status dg_model_load(const char *path, dg_model **out) {
    char *chosen = NULL;
    dg_tensor_file *file = NULL;
    DG_TRY(dg_model_find(path, &chosen));
    digress_status status = dg_tensor_file_open(chosen, &file);
    free(chosen);
    DG_TRY(status);
    status = dg_model_load_file(file, out);
    dg_tensor_file_close(file);
    return status;
}

digress_status dg_model_open(const char *path, const char *backend, const char *precision,
                             dg_model **out) {
    dg_model *model = NULL;
    DG_TRY(dg_model_load(path, &model));
    digress_status status = dg_model_use_ema(model);
    if (status == DIGRESS_OK) status = dg_model_use_named(model, backend, precision);
    if (status != DIGRESS_OK) {
        dg_model_free(model);
        return status;
    }
    *out = model;
    return DIGRESS_OK;
}

/* The file's own config, but with the sampling keys of the model's. */
static digress_status merge_sampling(const dg_tensor_file *file, const dg_config *from,
                                     dg_tensor_writer *writer) {
    dg_config config;
    char *text = NULL;
    DG_TRY(read_config(file, &config));
    config.sample = from->sample;
    config.model.eta = from->model.eta;
    digress_status status = dg_config_text(&config, &text);
    if (status == DIGRESS_OK) status = dg_tensor_writer_metadata(writer, "digress.config", text);
    free(text);
    dg_config_free(&config);
    return status;
}

static digress_status rewrite(const dg_model *model, const dg_tensor_file *file,
                              dg_tensor_writer *writer) {
    DG_TRY(dg_tensor_writer_copy(writer, file));
    DG_TRY(merge_sampling(file, &model->config, writer));
    return dg_tensor_writer_save(writer, dg_tensor_file_path(file));
}

digress_status dg_model_save_sampling(const dg_model *model, const char *path) {
    dg_tensor_file *file = NULL;
    dg_tensor_writer *writer = NULL;
    DG_TRY(dg_tensor_file_open(path, &file));
    digress_status status = dg_tensor_writer_create(&writer);
    if (status == DIGRESS_OK) status = rewrite(model, file, writer);
    dg_tensor_writer_free(writer);
    dg_tensor_file_close(file);
    return status;
}
