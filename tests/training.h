/* Small trainings: a folder for the runs, a problem, and what they leave behind. Include after
 * cmocka.h; run the group with make_folder and remove_folder. */
#ifndef DG_TESTS_TRAINING_H
#define DG_TESTS_TRAINING_H

#include "core/file.h"
#include "core/memory.h"
#include "core/rng.h"
#include "train/checkpoint.h"
#include "train/run_folder.h"
#include "train/trainer.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static inline void ok(digress_status status) {
    if (status != DIGRESS_OK) fail_msg("%s", digress_last_error());
}

/* ---- A folder for the runs, and a small problem ---- */

static char folder[256];

static inline int make_folder(void **state) {
    (void)state;
    const char *place = getenv("TMPDIR");
    snprintf(folder, sizeof folder, "%s/digress-trainer-XXXXXX", place ? place : "/tmp");
    return mkdtemp(folder) ? 0 : -1;
}

static inline int remove_folder(void **state) {
    (void)state;
    return dg_remove_tree(folder) == DIGRESS_OK ? 0 : -1;
}

/* Valid until the next call. */
static inline const char *place(const char *name) {
    static char path[512];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static inline void append_random(digress_graph_set *set, size_t n, uint32_t key) {
    size_t pairs = n * (n - 1) / 2;
    uint8_t *nodes = NULL, *classes = NULL;
    ok(dg_allocate(n, 1, &nodes));
    ok(dg_allocate(pairs, 1, &classes));
    dg_stream stream = {.key = {.seed = 1, .purpose = DG_RNG_TEST, .graph = key}};
    for (size_t k = 0; k < n; k++)
        nodes[k] = (uint8_t)dg_stream_below(&stream, 3);
    for (size_t k = 0; k < pairs; k++)
        classes[k] = dg_stream_below(&stream, 3) == 0;
    ok(digress_graph_set_append(set, n, nodes, classes));
    free(nodes);
    free(classes);
}

/* Graphs of `first` to first + count - 1 nodes. */
static inline digress_graph_set *random_set(size_t first, size_t count) {
    digress_graph_set *set = NULL;
    ok(digress_graph_set_create(3, 2, &set));
    for (size_t k = 0; k < count; k++)
        append_random(set, first + k, (uint32_t)k);
    return set;
}

static const char small_config[] = "general:\n"
                                   "  name: small\n"
                                   "  check_val_every_n_epochs: 1\n"
                                   "  sample_every_val: 2\n"
                                   "  samples_to_generate: 2\n"
                                   "  chains_to_save: 1\n"
                                   "  number_chain_steps: 2\n"
                                   "  log_every_steps: 1\n"
                                   "model:\n"
                                   "  diffusion_steps: 4\n"
                                   "  n_layers: 2\n"
                                   "  extra_features: cycles\n"
                                   "  hidden_mlp_dims: {X: 8, E: 6, y: 6}\n"
                                   "  hidden_dims: {dx: 8, de: 4, dy: 4, n_head: 2, dim_ffX: 8, "
                                   "dim_ffE: 4, dim_ffy: 4}\n"
                                   "train:\n"
                                   "  batch_size: 4\n"
                                   "  ema_decay: 0.9\n"
                                   "  clip_grad: 1\n"
                                   "  lr: 0.001\n"
                                   "  accumulators: 2\n"
                                   "  n_epochs: 5\n"
                                   "dataset:\n"
                                   "  path: in-memory\n";

typedef struct problem {
    dg_config config;
    digress_graph_set *train, *val;
    dg_train_options options;
} problem;

static inline problem small_problem(void) {
    problem p = {.train = random_set(3, 10), .val = random_set(4, 3)};
    ok(dg_config_create(&p.config));
    ok(dg_config_read_text(&p.config, small_config, "small"));
    p.options = (dg_train_options){.quiet = true, .threads = 1, .train = p.train, .val = p.val};
    return p;
}

static inline void free_problem(problem *p) {
    dg_config_free(&p->config);
    digress_graph_set_free(p->train);
    digress_graph_set_free(p->val);
}

static inline digress_status start(problem *p, const char *run, size_t threads,
                                   const char *assignment) {
    if (assignment) ok(dg_config_override(&p->config, assignment));
    p->options.run = run;
    p->options.resume = false;
    p->options.threads = threads;
    return dg_train(&p->config, &p->options, 0, NULL);
}

static inline digress_status go_on(problem *p, const char *run, size_t threads,
                                   const char *assignment) {
    p->options.run = run;
    p->options.resume = true;
    p->options.threads = threads;
    return dg_train(NULL, &p->options, assignment ? 1 : 0, &assignment);
}

static inline dg_training last_of(const char *run) {
    dg_run_folder names;
    dg_training training;
    ok(dg_run_folder_name(run, &names));
    ok(dg_training_load(names.last, &training));
    dg_run_folder_free(&names);
    return training;
}

static inline void assert_same_training(const char *left, const char *right) {
    dg_training a = last_of(left), b = last_of(right);
    size_t bytes = dg_denoiser_parameter_count(a.model->denoiser) * sizeof(float);
    assert_int_equal(a.adamw.step, b.adamw.step);
    assert_int_equal(a.epoch, b.epoch);
    assert_int_equal(a.batch, b.batch);
    assert_true(a.best_nll == b.best_nll);
    assert_memory_equal(dg_denoiser_parameters(a.model->denoiser),
                        dg_denoiser_parameters(b.model->denoiser), bytes);
    assert_memory_equal(a.model->ema, b.model->ema, bytes);
    assert_memory_equal(a.adamw.m, b.adamw.m, bytes);
    assert_memory_equal(a.adamw.v, b.adamw.v, bytes);
    assert_memory_equal(a.adamw.v_max, b.adamw.v_max, bytes);
    dg_training_free(&a);
    dg_training_free(&b);
}

static inline char *text_of(const char *run, const char *file) {
    char *path = dg_path_join(run, file), *text = NULL;
    size_t size = 0;
    ok(dg_file_read(path, &text, &size));
    free(path);
    return text;
}

static inline size_t count_of(const char *text, const char *what) {
    size_t count = 0;
    while ((text = strstr(text, what))) {
        count++;
        text++;
    }
    return count;
}

#endif
