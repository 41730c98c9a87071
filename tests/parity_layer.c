/* One layer of the denoiser against the reference's, with the gradients of its inputs. */
#include "parity.h"
#include "parity_network.h"
#include <string.h>

/* Rows of valid nodes, pairs and graphs against a padded golden tensor. */
static void check_rows(const network *net, const float *X, const float *E, const float *y,
                       const char *prefix, double of_largest, golden_tolerance tolerance) {
    const dg_denoiser_dims *d = &net->dims;
    const dg_tensor *golden_X = golden_tensor(net->file, "%sX", prefix);
    const dg_tensor *golden_E = golden_tensor(net->file, "%sE", prefix);
    const dg_tensor *golden_y = golden_tensor(net->file, "%sy", prefix);
    golden_tolerance of_X = tolerance, of_E = tolerance, of_y = tolerance;
    of_X.absolute += of_largest * largest(golden_X);
    of_E.absolute += of_largest * largest(golden_E);
    of_y.absolute += of_largest * largest(golden_y);
    for (size_t g = 0; g < net->pack.graphs; g++) {
        for (size_t k = 0; k < net->pack.n[g] * d->dx; k++)
            golden_check_at((double)X[net->pack.node_start[g] * d->dx + k], golden_X,
                            padded_node(net, g, 0) * d->dx + k, of_X);
        for (size_t i = 0; i < net->pack.n[g]; i++)
            for (size_t k = 0; k < net->pack.n[g] * d->de; k++)
                golden_check_at((double)E[ragged_pair(net, g, i, 0) * d->de + k], golden_E,
                                padded_pair(net, g, i, 0) * d->de + k, of_E);
        for (size_t k = 0; k < d->dy; k++)
            golden_check_at((double)y[g * d->dy + k], golden_y, g * d->dy + k, of_y);
    }
}

static size_t rows_of_tensor(const dg_tensor_file *file, const char *name) {
    return golden_tensor(file, "param/%s", name)->shape[0];
}

/* A network of one layer, whose parameters have no prefix in the file. */
static void open_layer(network *net) {
    net->file = golden_open("layer");
    net->dims = (dg_denoiser_dims){.n_layers = 1,
                                   .in_X = 1,
                                   .in_E = 1,
                                   .in_y = 1,
                                   .mlp_X = 1,
                                   .mlp_E = 1,
                                   .mlp_y = 1,
                                   .out_X = 1,
                                   .out_E = 1,
                                   .pooling = DG_POOLING_MAIN,
                                   .dx = rows_of_tensor(net->file, "self_attn.q.bias"),
                                   .de = rows_of_tensor(net->file, "self_attn.e_out.bias"),
                                   .dy = rows_of_tensor(net->file, "self_attn.y_y.bias"),
                                   .dim_ffX = rows_of_tensor(net->file, "linX1.bias"),
                                   .dim_ffE = rows_of_tensor(net->file, "linE1.bias"),
                                   .dim_ffy = rows_of_tensor(net->file, "lin_y1.bias"),
                                   .n_head = (size_t)golden_number(net->file, "n_head")};
    golden_ok(dg_denoiser_create(&net->dims, 1, &net->denoiser));
    golden_ok(dg_denoiser_use(net->denoiser, backend, DG_PRECISION_F32, true));
    golden_ok(dg_workspace_create(net->denoiser, &net->workspace));
    lay_out_graphs(net);
    net->gradient = floats(net->arena, dg_denoiser_parameter_count(net->denoiser));
}

static size_t for_each_layer_parameter(network *net, const char *prefix, bool check) {
    const char *const own = "tf_layers.0.";
    size_t found = 0;
    for (size_t k = 0; k < dg_denoiser_tensor_count(net->denoiser); k++) {
        const dg_parameter *parameter = dg_denoiser_tensor(net->denoiser, k);
        if (strncmp(parameter->name, own, strlen(own)) != 0) continue;
        const dg_tensor *tensor =
            golden_tensor(net->file, "%s%s", prefix, parameter->name + strlen(own));
        assert_int_equal(tensor->count, parameter->count);
        found++;
        if (!check) {
            memcpy(dg_denoiser_parameters(net->denoiser) + parameter->offset, golden_floats(tensor),
                   tensor->count * sizeof(float));
            continue;
        }
        golden_check_floats(
            net->gradient + parameter->offset, tensor,
            (golden_tolerance){GRADIENT_ABSOLUTE + GRADIENT_OF_LARGEST * largest(tensor), 0});
    }
    return found;
}

/* One layer of `main`, pooled over the padded tensors as the reference does it. */
static void test_layer(void **state) {
    (void)state;
    network net = {0};
    open_layer(&net);
    assert_true(for_each_layer_parameter(&net, "param/", false) > 40);
    dg_denoiser_weights_changed(net.denoiser, NULL);
    const dg_input_rows input = {.pack = &net.pack};
    workspace *space = workspace_of(net.workspace);
    pass p = {.net = transformer_of(net.denoiser),
              .space = space,
              .team = &ALONE,
              .input = &input,
              .pack = &net.pack,
              .kernels = DG_ISA_SELECT(dg_kernels_table),
              .attention = DG_ISA_SELECT(dg_attention_kernels_table),
              .gradients = &net.gradient};
    space->last_y = true;
    space->pool_nodes = net.padded_n;
    golden_ok(dg_pass_begin(&p, true));
    copy_nodes(&net, golden_tensor(net.file, "in/X"), net.dims.dx, space->layers[0].X);
    copy_pairs(&net, golden_tensor(net.file, "in/E"), net.dims.de, space->layers[0].E);
    const size_t y_bytes = net.pack.graphs * net.dims.dy * sizeof(float);
    memcpy(space->layers[0].y, golden_floats(golden_tensor(net.file, "in/y")), y_bytes);
    golden_ok(dg_layer_forward(&p));
    const layer_memory *out = &space->layers[1];
    check_rows(&net, out->X, out->E, out->y, "out/", 0.0, LOGITS);

    golden_ok(dg_pass_begin_backward(&p));
    copy_nodes(&net, golden_tensor(net.file, "cotangent/X"), net.dims.dx, space->dX);
    copy_pairs(&net, golden_tensor(net.file, "cotangent/E"), net.dims.de, space->dE);
    memcpy(space->dy, golden_floats(golden_tensor(net.file, "cotangent/y")), y_bytes);
    golden_ok(dg_layer_backward(&p));
    for_each_layer_parameter(&net, "grad/", true);
    check_rows(&net, space->dX, space->dE, space->dy, "grad_in/", GRADIENT_OF_LARGEST,
               (golden_tolerance){GRADIENT_ABSOLUTE, 0});
    close_network(&net);
}

int parity_layer(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_layer)};
    return run_by_each_backend("layer", tests, 1);
}
