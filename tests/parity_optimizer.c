/* Training steps against PyTorch's: train_step.safetensors, which starts from model_main. */
#include "golden.h"
#include "parity.h"

#include "train/adamw.h"
#include <string.h>

enum { STEPS = 3, MAX_TENSORS = 16 };
static const golden_tolerance LOSS = {1e-5, 1e-5}, UNIT = {2e-6, 0};
static const double GRADIENT_ABSOLUTE = 1e-6, GRADIENT_OF_LARGEST = 5e-5;
/* Adam moves by about lr whatever the size of a gradient, so where a gradient is nearly 0, its
 * rounding errors matter. */
static const double CLEAR_GRADIENT = 1e-5, CLEAR_MOVE = 3e-6, MOVE_1 = 4e-4, MOVE_3 = 1.2e-3;

static dg_adamw_options options_of(const dg_tensor_file *file, const char *weight_decay) {
    return (dg_adamw_options){.weight_decay = golden_number(file, weight_decay),
                              .beta1 = golden_number(file, "beta1"),
                              .beta2 = golden_number(file, "beta2"),
                              .epsilon = golden_number(file, "eps"),
                              .amsgrad = strcmp(golden_metadata(file, "amsgrad"), "true") == 0};
}

static float *floats(size_t count) {
    float *values = NULL;
    golden_ok(dg_allocate(count, sizeof *values, &values));
    return values;
}

/* Six steps with prescribed gradients. */
static void optimizer_alone(void **state) {
    (void)state;
    dg_tensor_file *file = golden_open("train_step");
    const dg_tensor *start = golden_tensor(file, "unit/param0");
    const dg_tensor *gradients = golden_tensor(file, "unit/grad");
    const dg_tensor *expected = golden_tensor(file, "unit/param");
    const dg_adamw_options options = options_of(file, "unit_weight_decay");
    const double lr = golden_number(file, "unit_lr");
    const size_t count = start->count;
    dg_pool *pool = NULL;
    dg_adamw adamw;
    golden_ok(dg_pool_create(1, &pool));
    golden_ok(dg_adamw_create(count, &options, 0, NULL, &adamw));
    float *parameters = floats(count), *gradient = floats(count);
    memcpy(parameters, golden_floats(start), count * sizeof *parameters);
    for (size_t step = 0; step < gradients->shape[0]; step++) {
        memcpy(gradient, golden_floats(gradients) + step * count, count * sizeof *gradient);
        golden_ok(dg_adamw_step(&adamw, pool, lr, 1, gradient, parameters, 0, NULL));
        for (size_t k = 0; k < count; k++)
            golden_check_at((double)parameters[k], expected, step * count + k, UNIT);
    }
    free(parameters);
    free(gradient);
    dg_adamw_free(&adamw);
    dg_pool_free(pool);
    dg_tensor_file_close(file);
}

/* The network of model_main under training. Its batch has no padding, so the rows of the golden
 * file are the same as ours. */
typedef struct training {
    dg_tensor_file *model, *steps;
    dg_denoiser *denoiser;
    dg_workspace *workspace;
    dg_arena *arena;
    dg_pack pack;
    dg_input_rows input;
    dg_denoiser_dims dims;
    dg_pool *pool;
    dg_adamw adamw;
    float *parameters, *start, *gradient, *X, *E, *dX, *dE;
} training;

static training open_training(void) {
    training t = {.model = golden_open("model_main"), .steps = golden_open("train_step")};
    t.dims.n_head = (size_t)golden_number(t.model, "n_head");
    t.dims.pooling = DG_POOLING_MAIN;
    golden_ok(dg_denoiser_dims_of(t.model, "param/", &t.dims));
    golden_ok(dg_denoiser_create(&t.dims, 1, &t.denoiser));
    golden_ok(dg_denoiser_use(t.denoiser, dg_denoiser_backend(t.denoiser), DG_PRECISION_F32, true));
    t.parameters = dg_denoiser_parameters(t.denoiser);
    golden_ok(dg_denoiser_read(t.denoiser, t.model, "param/", t.parameters));
    golden_ok(dg_workspace_create(t.denoiser, &t.workspace));

    const dg_tensor *mask = golden_tensor(t.model, "in/node_mask");
    uint32_t n[256];
    assert_in_range(mask->shape[0], 1, 256);
    for (size_t g = 0; g < mask->shape[0]; g++)
        n[g] = (uint32_t)mask->shape[1];
    for (size_t k = 0; k < mask->count; k++)
        assert_true(golden_at(mask, k) > 0.5);
    golden_ok(dg_arena_create(&t.arena));
    golden_ok(dg_pack_layout(t.arena, mask->shape[0], n, &t.pack));
    t.input = (dg_input_rows){.X = golden_floats(golden_tensor(t.model, "in/X")),
                              .E = golden_floats(golden_tensor(t.model, "in/E")),
                              .y = golden_floats(golden_tensor(t.model, "in/y"))};

    const dg_adamw_options options = options_of(t.steps, "weight_decay");
    const size_t count = dg_denoiser_parameter_count(t.denoiser);
    golden_ok(dg_pool_create(1, &t.pool));
    golden_ok(dg_adamw_create_for(t.denoiser, &options, &t.adamw));
    t.start = floats(count);
    memcpy(t.start, t.parameters, count * sizeof *t.start);
    t.gradient = floats(count);
    t.X = floats(t.pack.nodes * t.dims.out_X);
    t.dX = floats(t.pack.nodes * t.dims.out_X);
    t.E = floats(t.pack.pairs * t.dims.out_E);
    t.dE = floats(t.pack.pairs * t.dims.out_E);
    return t;
}

static void close_training(training *t) {
    float *all[] = {t->start, t->gradient, t->X, t->E, t->dX, t->dE};
    for (size_t k = 0; k < sizeof all / sizeof *all; k++)
        free(all[k]);
    dg_adamw_free(&t->adamw);
    dg_pool_free(t->pool);
    dg_arena_free(t->arena);
    dg_workspace_free(t->workspace);
    dg_denoiser_free(t->denoiser);
    dg_tensor_file_close(t->steps);
    dg_tensor_file_close(t->model);
}

/* weight * cross entropy of one row, and its gradient. */
static double cross_entropy(size_t width, const float *logits, const float *target, double weight,
                            double scale, float *gradient) {
    double top = -INFINITY, sum = 0, loss = 0;
    for (size_t c = 0; c < width; c++)
        top = fmax(top, (double)logits[c]);
    for (size_t c = 0; c < width; c++)
        sum += exp((double)logits[c] - top);
    for (size_t c = 0; c < width; c++) {
        double log_p = (double)logits[c] - top - log(sum);
        loss -= weight * (double)target[c] * log_p;
        gradient[c] = (float)(scale * weight * (exp(log_p) - (double)target[c]));
    }
    return loss;
}

/* Forward and the losses: [loss, loss_X, loss_E]. */
static void evaluate(training *t, bool keep, double losses[3]) {
    const dg_team alone = {NULL, 1};
    const float *target_X = golden_floats(golden_tensor(t->model, "target/X"));
    const float *target_E = golden_floats(golden_tensor(t->model, "target/E"));
    const size_t out_X = t->dims.out_X, out_E = t->dims.out_E;
    const double lambda_E = 5, nodes = (double)t->pack.nodes;
    const double ordered = (double)(t->pack.pairs - t->pack.nodes);
    t->input.pack = &t->pack;
    dg_denoiser_weights_changed(t->denoiser, NULL);
    golden_ok(
        dg_denoiser_forward(t->denoiser, t->workspace, &alone, &t->input, NULL, keep, t->X, t->E));
    losses[1] = losses[2] = 0;
    for (size_t k = 0; k < t->pack.nodes; k++)
        losses[1] += cross_entropy(out_X, t->X + k * out_X, target_X + k * out_X, 1 / nodes, 1,
                                   t->dX + k * out_X);
    for (size_t g = 0; g < t->pack.graphs; g++)
        for (size_t i = 0; i < t->pack.n[g]; i++)
            for (size_t j = 0; j < t->pack.n[g]; j++) {
                size_t at = (t->pack.pair_start[g] + i * t->pack.n[g] + j) * out_E;
                if (i == j) continue;
                losses[2] += cross_entropy(out_E, t->E + at, target_E + at, 1 / ordered, lambda_E,
                                           t->dE + at);
            }
    losses[0] = losses[1] + lambda_E * losses[2];
}

static double largest(const dg_tensor *tensor) {
    double most = 0;
    for (size_t k = 0; k < tensor->count; k++)
        most = fmax(most, fabs(golden_at(tensor, k)));
    return most;
}

/* The tensors that the file has numbers for. */
static size_t listed_tensors(const training *t, const dg_parameter *listed[MAX_TENSORS]) {
    char names[1024];
    size_t count = 0;
    snprintf(names, sizeof names, "%s", golden_metadata(t->steps, "tensors"));
    for (char *name = strtok(names, " "); name; name = strtok(NULL, " ")) {
        assert_true(count < MAX_TENSORS);
        listed[count] = dg_denoiser_find(t->denoiser, name);
        assert_non_null(listed[count]);
        count++;
    }
    return count;
}

static void check_gradient(const training *t, const dg_parameter *parameter, size_t step) {
    const dg_tensor *expected = golden_tensor(t->steps, "grad%zu/%s", step, parameter->name);
    const golden_tolerance tolerance = {GRADIENT_ABSOLUTE + GRADIENT_OF_LARGEST * largest(expected),
                                        0};
    golden_check_floats(t->gradient + parameter->offset, expected, tolerance);
}

static void check_parameters(const training *t, const dg_parameter *parameter, size_t step) {
    const dg_tensor *expected = golden_tensor(t->steps, "step%zu/%s", step, parameter->name);
    for (size_t k = 0; k < expected->count; k++) {
        bool clear = true;
        for (size_t s = 1; s <= step; s++)
            clear &= fabs(golden_at(golden_tensor(t->steps, "grad%zu/%s", s, parameter->name),
                                    k)) >= CLEAR_GRADIENT;
        const golden_tolerance tolerance = {clear ? CLEAR_MOVE : step == 1 ? MOVE_1 : MOVE_3, 0};
        golden_check_at((double)t->parameters[parameter->offset + k], expected, k, tolerance);
    }
}

/* A moment is a mean of gradients, or of their squares. */
static void check_moment(const training *t, const char *kind, const dg_parameter *parameter,
                         const float *moment) {
    const dg_tensor *expected = golden_tensor(t->steps, "%s/%s", kind, parameter->name);
    const golden_tolerance tolerance = {
        1e-6 * (moment == t->adamw.m ? 1 : 1e-3) + 2 * GRADIENT_OF_LARGEST * largest(expected), 0};
    golden_check_floats(moment + parameter->offset, expected, tolerance);
}

static void three_steps_of_the_network(void **state) {
    (void)state;
    training t = open_training();
    const dg_team alone = {NULL, 1};
    const dg_tensor *losses = golden_tensor(t.steps, "losses");
    const double lr = golden_number(t.steps, "lr");
    const dg_parameter *listed[MAX_TENSORS];
    const size_t listed_count = listed_tensors(&t, listed);
    double loss[3];
    for (size_t step = 1; step <= STEPS; step++) {
        evaluate(&t, true, loss);
        for (size_t k = 0; k < 3; k++)
            golden_check_at(loss[k], losses, 3 * (step - 1) + k, LOSS);
        golden_ok(
            dg_denoiser_backward(t.denoiser, t.workspace, &alone, t.dX, t.dE, &t.gradient, NULL));
        for (size_t k = 0; k < listed_count; k++)
            check_gradient(&t, listed[k], step);
        golden_ok(dg_adamw_step(&t.adamw, t.pool, lr, 1, t.gradient, t.parameters, 0, NULL));
        for (size_t k = 0; k < listed_count && step != 2; k++)
            check_parameters(&t, listed[k], step);
    }
    for (size_t k = 0; k < listed_count; k++) {
        check_moment(&t, "exp_avg", listed[k], t.adamw.m);
        check_moment(&t, "exp_avg_sq", listed[k], t.adamw.v);
        check_moment(&t, "max_exp_avg_sq", listed[k], t.adamw.v_max);
    }
    evaluate(&t, false, loss);
    for (size_t k = 0; k < 3; k++)
        golden_check_at(loss[k], losses, 3 * STEPS + k, LOSS);
    const golden_tolerance logits = {2e-4, 2e-4}; /* three steps of rounding */
    golden_check_floats(t.X, golden_tensor(t.steps, "final/out_X"), logits);
    golden_check_floats(t.E, golden_tensor(t.steps, "final/out_E"), logits);
    close_training(&t);
}

/* The reference's optimizer gets no gradient for these, so not even weight decay changes them. */
static void unused_parameters_stay(void **state) {
    (void)state;
    training t = open_training();
    char names[4096];
    size_t count = dg_denoiser_parameter_count(t.denoiser), unused = 0;
    t.adamw.options.weight_decay = 0.5;
    for (size_t k = 0; k < count; k++)
        t.gradient[k] = 1;
    golden_ok(dg_adamw_step(&t.adamw, t.pool, 0.1, 1, t.gradient, t.parameters, 0, NULL));
    snprintf(names, sizeof names, "%s", golden_metadata(t.model, "zero_gradient_parameters"));
    for (char *name = strtok(names, " "); name; name = strtok(NULL, " ")) {
        const dg_parameter *parameter = dg_denoiser_find(t.denoiser, name);
        assert_non_null(parameter);
        assert_memory_equal(t.parameters + parameter->offset, t.start + parameter->offset,
                            parameter->count * sizeof *t.start);
        unused += parameter->count;
    }
    size_t same = 0;
    for (size_t k = 0; k < count; k++)
        same += t.parameters[k] == t.start[k];
    assert_int_equal(same, unused);
    close_training(&t);
}

int parity_optimizer(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(optimizer_alone),
        cmocka_unit_test(three_steps_of_the_network),
        cmocka_unit_test(unused_parameters_stay),
    };
    return cmocka_run_group_tests_name("parity: optimizer", tests, NULL, NULL);
}
