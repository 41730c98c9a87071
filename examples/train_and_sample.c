/* Trains a small model on cycles of 5 to 9 nodes, samples ten graphs from it and writes them as
 * edge lists. Usage: train_and_sample FOLDER */
#include <digress/digress.h>
#include <stdio.h>

static digress_status add_cycle(digress_graph_set *set, size_t n) {
    uint8_t pairs[36] = {0};
    for (size_t i = 0; i + 1 < n; i++)
        pairs[digress_pair_index(n, i, i + 1)] = 1;
    pairs[digress_pair_index(n, 0, n - 1)] = 1;
    return digress_graph_set_append(set, n, NULL, pairs);
}

static digress_status show(void *context, const digress_train_progress *progress) {
    (void)context;
    if (progress->step % 10 == 0)
        printf("step %d: loss %.3f\n", (int)progress->step, progress->loss);
    return DIGRESS_OK;
}

static int fail(void) {
    fprintf(stderr, "%s\n", digress_last_error());
    return 1;
}

int main(int argc, char **argv) {
    if (argc != 2) return 2;
    char run[1024], best[1100], out[1024];
    snprintf(run, sizeof run, "%s/run", argv[1]);
    snprintf(best, sizeof best, "%s/checkpoints/best.safetensors", run);
    snprintf(out, sizeof out, "%s/samples", argv[1]);

    digress_graph_set *cycles = NULL, *samples = NULL;
    if (digress_graph_set_create(1, 2, &cycles)) return fail();
    for (size_t k = 0; k < 40; k++)
        if (add_cycle(cycles, 5 + k % 5)) return fail();

    const char *const keys[] = {"model.n_layers=2",       "model.hidden_dims.dx=32",
                                "model.hidden_dims.de=8", "model.diffusion_steps=20",
                                "train.n_epochs=20",      "train.batch_size=20",
                                "train.lr=0.002",         "general.sample_every_val=0"};
    digress_train_options training = {.run = run, .train = cycles, .val = cycles, .step = show};
    training.assignments = keys;
    training.assignment_count = sizeof keys / sizeof *keys;
    if (digress_train(&training)) return fail();

    digress_model *model = NULL;
    const digress_sample_options sampling = {.count = 10, .seed = 1};
    if (digress_model_load(best, &model)) return fail();
    if (digress_model_sample(model, &sampling, &samples)) return fail();
    if (digress_graph_set_write(samples, out, DIGRESS_FORMAT_EDGELIST, false, NULL)) return fail();
    printf("%d graphs in %s\n", (int)digress_graph_set_count(samples), out);

    digress_model_free(model);
    digress_graph_set_free(samples);
    digress_graph_set_free(cycles);
    return 0;
}
