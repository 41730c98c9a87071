/* The denoiser against the reference's: model_main, model_fixed, model_paper. */
#include "parity.h"
#include "parity_network.h"
#include <string.h>

static void read_inputs(network *net) {
    const dg_denoiser_dims *d = &net->dims;
    net->X = floats(net->arena, net->pack.nodes * d->in_X);
    net->E = floats(net->arena, net->pack.pairs * d->in_E);
    net->y = floats(net->arena, net->pack.graphs * d->in_y);
    copy_nodes(net, golden_tensor(net->file, "in/X"), d->in_X, net->X);
    copy_pairs(net, golden_tensor(net->file, "in/E"), d->in_E, net->E);
    memcpy(net->y, golden_floats(golden_tensor(net->file, "in/y")),
           net->pack.graphs * d->in_y * sizeof *net->y);
    net->X_logits = floats(net->arena, net->pack.nodes * d->out_X);
    net->E_logits = floats(net->arena, net->pack.pairs * d->out_E);
}

static network open_network(const char *name) {
    network net = {.file = golden_open(name)};
    net.dims.n_head = (size_t)golden_number(net.file, "n_head");
    net.dims.pooling = strcmp(golden_metadata(net.file, "branch"), "main") == 0 ? DG_POOLING_MAIN
                                                                                : DG_POOLING_FIXED;
    golden_ok(dg_denoiser_dims_of(net.file, "param/", &net.dims));
    golden_ok(dg_denoiser_create(&net.dims, 1, &net.denoiser));
    golden_ok(
        dg_denoiser_read(net.denoiser, net.file, "param/", dg_denoiser_parameters(net.denoiser)));
    golden_ok(dg_denoiser_use(net.denoiser, backend, DG_PRECISION_F32, true));
    golden_ok(dg_workspace_create(net.denoiser, &net.workspace));
    lay_out_graphs(&net);
    read_inputs(&net);
    net.gradient = floats(net.arena, dg_denoiser_parameter_count(net.denoiser));
    return net;
}

static void forward(network *net, bool keep) {
    dg_input_rows input = {.pack = &net->pack,
                           .X = net->X,
                           .E = net->E_class ? NULL : net->E,
                           .y = net->y,
                           .E_class = net->E_class};
    workspace_of(net->workspace)->last_y = true;
    golden_ok(dg_denoiser_forward(net->denoiser, net->workspace, &ALONE, &input, NULL, keep,
                                  net->X_logits, net->E_logits));
}

/* Compares the logits of the graphs that fill the padded tensor (all, if nothing is padded). */
static void check_padded_logits(const network *net, const char *X_name, const char *E_name) {
    const dg_tensor *X = golden_tensor(net->file, "%s", X_name);
    const dg_tensor *E = golden_tensor(net->file, "%s", E_name);
    const size_t out_X = net->dims.out_X, out_E = net->dims.out_E;
    size_t checked = 0;
    for (size_t g = 0; g < net->pack.graphs; g++) {
        size_t n = net->pack.n[g];
        if (n != net->padded_n) continue;
        checked++;
        for (size_t k = 0; k < n * out_X; k++)
            golden_check_at((double)net->X_logits[net->pack.node_start[g] * out_X + k], X,
                            padded_node(net, g, 0) * out_X + k, LOGITS);
        for (size_t k = 0; k < n * n * out_E; k++)
            golden_check_at((double)net->E_logits[net->pack.pair_start[g] * out_E + k], E,
                            padded_pair(net, g, 0, 0) * out_E + k, LOGITS);
    }
    assert_true(checked > 0);
}

/* E after layer k - 1, from the sums that a forward pass with kept intermediates leaves. */
static const float *E_of_layer(const network *net, size_t k) {
    const layer_memory *m = &workspace_of(net->workspace)->layers[k - 1];
    const layer_norm *norm = &transformer_of(net->denoiser)->layers[k - 1].E.norm2;
    const float *w = net->denoiser->values;
    float *E = NULL;
    golden_ok(dg_arena_allocate(net->arena, net->pack.pairs * net->dims.de, sizeof *E, &E));
    DG_ISA_SELECT(dg_kernels_table)
        ->norm_again(net->pack.pairs, net->dims.de, m->E_norm2.rows, w + norm->weight,
                     w + norm->bias, E);
    return E;
}

static void check_mids(const network *net) {
    const dg_denoiser_dims *d = &net->dims;
    char where[64];
    for (size_t k = 0; k <= d->n_layers; k++) {
        const layer_memory *m = &workspace_of(net->workspace)->layers[k];
        if (k == 0)
            snprintf(where, sizeof where, "mid/in");
        else
            snprintf(where, sizeof where, "mid/layer%zu", k - 1);
        char name[80];
        snprintf(name, sizeof name, "%s/X", where);
        const dg_tensor *X = dg_tensor_file_find(net->file, name);
        snprintf(name, sizeof name, "%s/E", where);
        const dg_tensor *E = dg_tensor_file_find(net->file, name);
        snprintf(name, sizeof name, "%s/y", where);
        const dg_tensor *y = dg_tensor_file_find(net->file, name);
        if (X) golden_check_floats(m->X, X, MID);
        if (E) golden_check_floats(k == 0 ? m->E : E_of_layer(net, k), E, MID);
        if (y) golden_check_floats(m->y, y, MID);
        if (k == d->n_layers) assert_non_null(y);
    }
}

/* Mean cross-entropy of rows of logits, and its gradient times `factor`. */
static double cross_entropy(size_t rows, size_t width, const float *logits, const float *target,
                            double count, double factor, float *gradient) {
    double sum = 0.0;
    for (size_t r = 0; r < rows; r++, logits += width, target += width, gradient += width) {
        double total = 0.0, weight = 0.0;
        for (size_t c = 0; c < width; c++) {
            total += exp((double)logits[c]);
            weight += (double)target[c];
        }
        for (size_t c = 0; c < width; c++) {
            double p = exp((double)logits[c]) / total;
            sum -= (double)target[c] * log(p);
            gradient[c] = (float)(factor / count * weight * (p - (double)target[c]));
        }
    }
    return sum / count;
}

/* loss = X + 5 E over all graphs; the gradients w.r.t. the logits */
static void loss(const network *net, double *loss_X, double *loss_E, float *dX, float *dE) {
    const dg_denoiser_dims *d = &net->dims;
    float *X = floats(net->arena, net->pack.nodes * d->out_X);
    float *E = floats(net->arena, net->pack.pairs * d->out_E);
    copy_nodes(net, golden_tensor(net->file, "target/X"), d->out_X, X);
    copy_pairs(net, golden_tensor(net->file, "target/E"), d->out_E, E);
    double pairs = (double)(net->pack.pairs - net->pack.nodes);
    *loss_X = cross_entropy(net->pack.nodes, d->out_X, net->X_logits, X, (double)net->pack.nodes,
                            1.0, dX);
    *loss_E = cross_entropy(net->pack.pairs, d->out_E, net->E_logits, E, pairs, 5.0, dE);
}

/* Compares each tensor PREFIX + parameter of the file with the flat gradient. */
static void check_gradients(const network *net, const char *prefix) {
    size_t checked = 0;
    for (size_t k = 0; k < dg_denoiser_tensor_count(net->denoiser); k++) {
        const dg_parameter *parameter = dg_denoiser_tensor(net->denoiser, k);
        char name[128];
        snprintf(name, sizeof name, "%s%s", prefix, parameter->name);
        const dg_tensor *expected = dg_tensor_file_find(net->file, name);
        if (!expected || parameter->count == 0) continue;
        assert_int_equal(expected->count, parameter->count);
        const golden_tolerance tolerance = {
            GRADIENT_ABSOLUTE + GRADIENT_OF_LARGEST * largest(expected), 0};
        golden_check_floats(net->gradient + parameter->offset, expected, tolerance);
        checked++;
    }
    assert_true(checked > 40 * net->dims.n_layers / 2);
}

static void check_loss_and_gradients(network *net, const char *prefix, const char *grad_prefix) {
    float *dX = floats(net->arena, net->pack.nodes * net->dims.out_X);
    float *dE = floats(net->arena, net->pack.pairs * net->dims.out_E);
    double loss_X, loss_E;
    loss(net, &loss_X, &loss_E, dX, dE);
    golden_check_at(loss_X, golden_tensor(net->file, "%sloss_X", prefix), 0, LOSS);
    golden_check_at(loss_E, golden_tensor(net->file, "%sloss_E", prefix), 0, LOSS);
    golden_check_at(loss_X + 5.0 * loss_E, golden_tensor(net->file, "%sloss", prefix), 0, LOSS);
    workspace_of(net->workspace)->last_y = false;
    golden_ok(
        dg_denoiser_backward(net->denoiser, net->workspace, &ALONE, dX, dE, &net->gradient, NULL));
    check_gradients(net, grad_prefix);
}

static void test_model_main(void **state) {
    (void)state;
    network net = open_network("model_main");
    assert_int_equal(net.pack.nodes, net.pack.graphs * net.padded_n);
    forward(&net, true);
    check_padded_logits(&net, "out/X", "out/E");
    check_mids(&net);
    check_loss_and_gradients(&net, "out/", "grad/");
    close_network(&net);
}

static void test_model_paper(void **state) {
    (void)state;
    network net = open_network("model_paper");
    forward(&net, true);
    check_padded_logits(&net, "out/X", "out/E");
    check_mids(&net);
    close_network(&net);
}

static void check_alone(const network *net) {
    for (size_t g = 0; g < net->pack.graphs; g++) {
        const dg_tensor *X = golden_tensor(net->file, "alone/%zu/X", g);
        const dg_tensor *E = golden_tensor(net->file, "alone/%zu/E", g);
        assert_int_equal(X->count, net->pack.n[g] * net->dims.out_X);
        assert_int_equal(E->count, net->pack.n[g] * net->pack.n[g] * net->dims.out_E);
        golden_check_floats(net->X_logits + net->pack.node_start[g] * net->dims.out_X, X, LOGITS);
        golden_check_floats(net->E_logits + net->pack.pair_start[g] * net->dims.out_E, E, LOGITS);
    }
}

static void test_model_fixed(void **state) {
    (void)state;
    network net = open_network("model_fixed");
    forward(&net, true);
    check_alone(&net);
    check_padded_logits(&net, "out/X", "out/E");
    check_loss_and_gradients(&net, "alone/", "alone/grad/");
    close_network(&net);
}

/* Class of each one-hot pair row; in_E for a row of zeros. */
static void classify_pairs(network *net) {
    const size_t in_E = net->dims.in_E;
    golden_ok(dg_arena_allocate(net->arena, net->pack.pairs, 1, &net->E_class));
    for (size_t r = 0; r < net->pack.pairs; r++) {
        net->E_class[r] = (uint8_t)in_E;
        for (size_t c = 0; c < in_E; c++)
            if (net->E[r * in_E + c] > 0.5f) net->E_class[r] = (uint8_t)c;
    }
}

static void test_class_path(void **state) {
    (void)state;
    network net = open_network("model_fixed");
    classify_pairs(&net);
    forward(&net, true);
    check_alone(&net);
    check_loss_and_gradients(&net, "alone/", "alone/grad/");
    close_network(&net);
}

static void test_main_branch(void **state) {
    (void)state;
    network net = open_network("model_fixed");
    net.denoiser->dims.pooling = DG_POOLING_MAIN;
    forward(&net, false);
    check_padded_logits(&net, "main_branch/X", "main_branch/E");
    close_network(&net);
}

int parity_denoiser(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_model_main),  cmocka_unit_test(test_model_paper),
        cmocka_unit_test(test_model_fixed), cmocka_unit_test(test_class_path),
        cmocka_unit_test(test_main_branch),
    };
    return run_by_each_backend("denoiser", tests, sizeof tests / sizeof *tests);
}
