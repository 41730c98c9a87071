/* Samplers without a network: all graphs of two or three nodes are listed, each with a probability,
 * and p(x_0 of an entry | z_t) by Bayes' rule stands for the network's output. Files that include
 * this use all of it. */
#ifndef DG_TESTS_SMALL_WORLD_H
#define DG_TESTS_SMALL_WORLD_H

#include "golden.h"

#include "diffusion/categorical.h"
#include "diffusion/time.h"
#include <string.h>

enum { MOST_ENTRIES = 6, MOST_STATES = 64, MOST_CLASSES = 3, T = 30 };

/* ---- a distribution over all graphs of n nodes ---- */

typedef struct world {
    size_t n, classes[2];   /* of nodes and of pairs */
    size_t entries, states; /* nodes, then pairs i < j; graphs */
    uint8_t entry[MOST_STATES][MOST_ENTRIES];
    double p[MOST_STATES];
} world;

static bool is_pair(const world *w, size_t entry) {
    return entry >= w->n;
}

static size_t classes_of(const world *w, size_t entry) {
    return w->classes[is_pair(w, entry)];
}

static size_t number_of(const world *w, const uint8_t *entry) {
    size_t number = 0;
    for (size_t e = w->entries; e-- > 0;)
        number = number * classes_of(w, e) + entry[e];
    return number;
}

static void list_graphs(world *w, size_t n, size_t node_classes, size_t pair_classes) {
    *w = (world){.n = n,
                 .classes = {node_classes, pair_classes},
                 .entries = n + n * (n - 1) / 2,
                 .states = 1};
    for (size_t e = 0; e < w->entries; e++)
        w->states *= classes_of(w, e);
    assert_in_range(w->states, 1, MOST_STATES);
    for (size_t z = 0; z < w->states; z++)
        for (size_t e = 0, rest = z; e < w->entries; rest /= classes_of(w, e++))
            w->entry[z][e] = (uint8_t)(rest % classes_of(w, e));
}

static void scale(size_t count, double *p) {
    double sum = 0;
    for (size_t k = 0; k < count; k++)
        sum += p[k];
    for (size_t k = 0; k < count; k++)
        p[k] /= sum;
}

/* Some graphs are far likelier than others, but none is impossible. */
static void tie_entries(world *w, uint32_t seed) {
    dg_stream stream = {.key = {.seed = seed, .purpose = DG_RNG_TEST}};
    for (size_t z = 0; z < w->states; z++)
        w->p[z] = 0.01 + pow(dg_stream_uniform(&stream), 6);
    scale(w->states, w->p);
}

static void free_entries(world *w, uint32_t seed) {
    dg_stream stream = {.key = {.seed = seed, .purpose = DG_RNG_TEST}};
    double p[MOST_ENTRIES][MOST_CLASSES];
    for (size_t e = 0; e < w->entries; e++) {
        for (size_t k = 0; k < classes_of(w, e); k++)
            p[e][k] = 0.1 + dg_stream_uniform(&stream);
        scale(classes_of(w, e), p[e]);
    }
    for (size_t z = 0; z < w->states; z++) {
        w->p[z] = 1;
        for (size_t e = 0; e < w->entries; e++)
            w->p[z] *= p[e][w->entry[z][e]];
    }
}

static void know_the_graph(world *w, size_t graph) {
    memset(w->p, 0, sizeof w->p);
    w->p[graph] = 1;
}

/* ---- a process over it ---- */

typedef struct process {
    const world *w;
    dg_noise_model *model;
    const dg_noise_operations *operations;
    const double *limit[2]; /* of nodes and of pairs */
    size_t count;
    dg_arena *arena, *inputs;
    dg_state *state;
    dg_rng *keys;
    double *t;
    float *X, *E;    /* predictions */
    uint32_t *drawn; /* number of each graph of the state */
} process;

static void begin(process *p, const world *w, dg_schedule_kind schedule,
                  dg_transition_kind transition, size_t count, uint64_t seed) {
    static double sizes[4] = {1, 1, 1, 1}, nodes[2][MOST_CLASSES] = {{0.6, 0.4}, {0.5, 0.3, 0.2}},
                  pairs[2][MOST_CLASSES] = {{0.55, 0.45}, {0.3, 0.3, 0.4}};
    const dg_statistics statistics = {.max_n = 3,
                                      .node_classes = w->classes[0],
                                      .edge_classes = w->classes[1],
                                      .n_histogram = sizes,
                                      .node_marginals = nodes[w->classes[0] - 2],
                                      .edge_marginals = pairs[w->classes[1] - 2]};
    *p = (process){.w = w, .count = count};
    golden_ok(dg_categorical_create(schedule, T, transition, 0, &(dg_features){.max_n = 3},
                                    &statistics, &p->model));
    p->operations = p->model->operations;
    p->limit[0] = dg_categorical_X(p->model)->limit;
    p->limit[1] = dg_categorical_E(p->model)->limit;
    golden_ok(dg_arena_create(&p->arena));
    golden_ok(dg_arena_create(&p->inputs));
    golden_ok(dg_arena_allocate(p->arena, count, sizeof *p->keys, &p->keys));
    golden_ok(dg_arena_allocate(p->arena, count, sizeof *p->t, &p->t));
    golden_ok(dg_arena_allocate(p->arena, count, sizeof *p->drawn, &p->drawn));
    golden_ok(dg_arena_allocate(p->arena, count * w->n * w->classes[0], sizeof *p->X, &p->X));
    golden_ok(
        dg_arena_allocate(p->arena, count * w->n * w->n * w->classes[1], sizeof *p->E, &p->E));
    for (size_t g = 0; g < count; g++)
        p->keys[g] = (dg_rng){.seed = seed, .graph = (uint32_t)g};
}

static void end(process *p) {
    dg_noise_model_free(p->model);
    dg_arena_free(p->inputs);
    dg_arena_free(p->arena);
}

static void use(process *p, dg_sampler_kind kind, double eta, double omega) {
    const dg_sampler sampler = {.kind = kind, .eta = eta, .omega = omega};
    golden_ok(dg_noise_model_set_sampler(p->model, &sampler));
}

/* At T nothing of the graph is left, as the prior has it. */
static double alpha_bar_at(const process *p, double t) {
    return t >= T ? 0 : dg_schedule_alpha_bar(&p->model->schedule, t);
}

static double noised(const process *p, double alpha_bar, size_t entry, uint8_t from, uint8_t to) {
    return alpha_bar * (from == to) + (1 - alpha_bar) * p->limit[is_pair(p->w, entry)][to];
}

/* q(z | x) of whole graphs */
static double all_noised(const process *p, double alpha_bar, size_t x, size_t z) {
    double q = 1;
    for (size_t e = 0; e < p->w->entries; e++)
        q *= noised(p, alpha_bar, e, p->w->entry[x][e], p->w->entry[z][e]);
    return q;
}

/* The distribution of the noisy graphs at a level of noise. */
static void distribution_at(const process *p, double alpha_bar, double *out) {
    for (size_t z = 0; z < p->w->states; z++) {
        out[z] = 0;
        for (size_t x = 0; x < p->w->states; x++)
            if (p->w->p[x] > 0) out[z] += p->w->p[x] * all_noised(p, alpha_bar, x, z);
    }
}

/* p(class of each entry of x | z), by Bayes' rule. For an impossible z, the limit. */
typedef struct prediction {
    double p[MOST_ENTRIES][MOST_CLASSES];
} prediction;

static prediction predict(const process *p, double alpha_bar, size_t z) {
    const world *w = p->w;
    prediction of = {0};
    for (size_t x = 0; x < w->states; x++) {
        const double joint = w->p[x] > 0 ? w->p[x] * all_noised(p, alpha_bar, x, z) : 0;
        for (size_t e = 0; e < w->entries; e++)
            of.p[e][w->entry[x][e]] += joint;
    }
    for (size_t e = 0; e < w->entries; e++)
        scale(classes_of(w, e), of.p[e]);
    return of;
}

/* ---- its steps ---- */

static void read_state(process *p) {
    const world *w = p->w;
    dg_input_rows in;
    golden_ok(dg_arena_reset(p->inputs));
    golden_ok(p->operations->input(p->model, p->inputs, p->state, p->t, &in));
    for (size_t g = 0; g < p->count; g++) {
        uint8_t entry[MOST_ENTRIES] = {0};
        size_t e = w->n;
        for (size_t i = 0; i < w->n; i++) {
            while (in.X[(g * w->n + i) * w->classes[0] + entry[i]] == 0)
                entry[i]++;
            for (size_t j = i + 1; j < w->n; j++) {
                entry[e] = in.E_class[(g * w->n + i) * w->n + j];
                assert_int_equal(in.E_class[(g * w->n + j) * w->n + i], entry[e++]);
            }
        }
        p->drawn[g] = (uint32_t)number_of(w, entry);
    }
}

static void put_logits(size_t classes, const double *p, float *out) {
    for (size_t k = 0; k < classes; k++)
        out[k] = p[k] > 0 ? (float)log(p[k]) : -1e4F;
}

static void put_prediction(process *p, size_t g, const prediction *of) {
    const world *w = p->w;
    size_t e = w->n;
    for (size_t i = 0; i < w->n; i++) {
        put_logits(w->classes[0], of->p[i], p->X + (g * w->n + i) * w->classes[0]);
        for (size_t j = i + 1; j < w->n; j++, e++) {
            put_logits(w->classes[1], of->p[e], p->E + ((g * w->n + i) * w->n + j) * w->classes[1]);
            put_logits(w->classes[1], of->p[e], p->E + ((g * w->n + j) * w->n + i) * w->classes[1]);
        }
    }
}

static void take(process *p, dg_interval step) {
    static prediction of[MOST_STATES];
    bool is_known[MOST_STATES] = {false};
    for (size_t g = 0; g < p->count; g++) {
        const size_t z = p->drawn[g];
        if (!is_known[z]) of[z] = predict(p, alpha_bar_at(p, step.t), z);
        is_known[z] = true;
        put_prediction(p, g, &of[z]);
    }
    golden_ok(p->operations->reverse(p->model, p->state, p->X, p->E, step, p->keys));
    read_state(p);
}

static void draw_prior(process *p) {
    uint32_t *n = NULL;
    golden_ok(dg_arena_allocate(p->arena, p->count, sizeof *n, &n));
    for (size_t g = 0; g < p->count; g++)
        n[g] = (uint32_t)p->w->n;
    golden_ok(p->operations->prior(p->model, p->arena, p->count, n, p->keys, &p->state));
    read_state(p);
}

/* Graphs of the distribution, noised to time t. */
static void draw_noised(process *p, double t) {
    const world *w = p->w;
    digress_graph_set *set = NULL;
    dg_state *clean = NULL;
    uint32_t *index = NULL;
    golden_ok(dg_arena_allocate(p->arena, p->count, sizeof *index, &index));
    golden_ok(digress_graph_set_create(w->classes[0], w->classes[1], &set));
    for (size_t g = 0; g < p->count; g++) {
        const dg_rng key = {.seed = 5, .purpose = DG_RNG_TEST, .graph = (uint32_t)g};
        const uint8_t *entry = w->entry[dg_draw_class(w->states, w->p, dg_rng_u32(&key, 0))];
        golden_ok(digress_graph_set_append(set, (uint32_t)w->n, entry, entry + w->n));
        index[g] = (uint32_t)g;
        p->t[g] = t;
    }
    golden_ok(p->operations->encode(p->model, p->arena, set, p->count, index, &clean));
    golden_ok(p->operations->corrupt(p->model, p->arena, clean, p->t, p->keys, DG_RNG_NOISE_NODE,
                                     DG_RNG_NOISE_PAIR, &p->state));
    digress_graph_set_free(set);
    read_state(p);
}

/* By how many standard deviations the chi-square statistic of the state exceeds its expected value.
 * Cells of fewer than five are merged. */
static double excess(const process *p, const double *expected) {
    double counts[MOST_STATES] = {0}, few = 0, few_expected = 0, chi_square = 0, cells = -1;
    for (size_t g = 0; g < p->count; g++)
        counts[p->drawn[g]]++;
    for (size_t z = 0; z < p->w->states; z++) {
        const double e = expected[z] * (double)p->count;
        if (e < 5) {
            few += counts[z];
            few_expected += e;
            continue;
        }
        chi_square += (counts[z] - e) * (counts[z] - e) / e;
        cells++;
    }
    if (few_expected > 1) {
        chi_square += (few - few_expected) * (few - few_expected) / few_expected;
        cells++;
    } else if (few > 8) {
        return HUGE_VAL;
    }
    return cells > 0 ? (chi_square - cells) / sqrt(2 * cells) : 0;
}

#endif
