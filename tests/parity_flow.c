/* Noising, the rates of a flow and the loss against DeFoG's code. */
#include "diffusion/categorical.h"
#include "diffusion/flow.h"
#include "padded.h"
#include "parity.h"

static const golden_tolerance share = {3e-7, 0}, rate = {1e-6, 5e-6}, exact = {0, 0};
static const char *const kinds[] = {"marginal", "uniform", "absorbfirst"};
static const char parts[] = "XE"; /* nodes, pairs */
enum { KINDS = 3, PARTS = 2 };

/* ---- entries of a padded batch ---- */

typedef struct entries {
    char part;
    size_t graphs, padded, rows, classes; /* rows: of the padded tensor */
    uint32_t n[MAX_GRAPHS];
    dg_transition transition;
} entries;

static size_t graph_of(const entries *e, size_t row) {
    return row / (e->rows / e->graphs);
}

/* Whether the entry is not padding. */
static bool is_within(const entries *e, size_t row) {
    const size_t n = e->n[graph_of(e, row)];
    return row % e->padded < n && (e->part == 'X' || row / e->padded % e->padded < n);
}

static bool is_valid(const entries *e, size_t row) {
    const bool is_diagonal = e->part == 'E' && row % e->padded == row / e->padded % e->padded;
    return is_within(e, row) && !is_diagonal;
}

/* Of the shape of `one_hot`, without a transition. */
static entries entries_of(const dg_tensor_file *file, char part, const char *sizes,
                          const dg_tensor *one_hot) {
    entries e = {.part = part,
                 .graphs = one_hot->shape[0],
                 .padded = one_hot->shape[1],
                 .classes = one_hot->shape[one_hot->rank - 1]};
    e.rows = one_hot->count / e.classes;
    assert_in_range(e.graphs, 1, MAX_GRAPHS);
    assert_int_equal(golden_sizes(file, sizes, MAX_GRAPHS, e.n), e.graphs);
    return e;
}

/* The limit in the file, in single precision, as the rates there use it. */
static void read_transition(const dg_tensor_file *file, const char *kind, entries *e) {
    const dg_tensor *limit = golden_tensor(file, "start/%s/%c", kind, e->part);
    assert_int_equal(limit->count, e->classes);
    e->transition.classes = e->classes;
    golden_ok(dg_allocate(e->classes, sizeof(double), &e->transition.limit));
    for (size_t k = 0; k < e->classes; k++)
        e->transition.limit[k] = golden_at(limit, k);
}

/* The class of a row; a row of zeros is class 0. */
static uint8_t label(const dg_tensor *one_hot, const entries *e, size_t row) {
    const uint8_t found = class_of(one_hot, row, e->classes);
    return found == e->classes ? 0 : found;
}

/* ---- starts and noising ---- */

/* counts: NULL if all classes are equally frequent. */
static void make_transition(const char *kind, size_t classes, const dg_tensor *counts,
                            dg_transition *out) {
    static const dg_transition_kind ours[] = {DG_TRANSITION_MARGINAL, DG_TRANSITION_UNIFORM,
                                              DG_TRANSITION_ABSORBING};
    double marginals[DIGRESS_MAX_CLASSES];
    for (size_t k = 0; k < classes; k++)
        marginals[k] = counts ? golden_at(counts, k) : 1;
    for (size_t k = 0; k < KINDS; k++)
        if (strcmp(kind, kinds[k]) == 0)
            golden_ok(dg_transition_create(ours[k], classes, marginals, 0, out));
}

static void starts(void **state) {
    const dg_tensor_file *file = *state;
    for (size_t kind = 0; kind < KINDS; kind++)
        for (size_t part = 0; part < PARTS; part++) {
            const dg_tensor *counts =
                golden_tensor(file, part == 0 ? "start/node_counts" : "start/edge_counts");
            dg_transition transition = {0};
            make_transition(kinds[kind], counts->count, counts, &transition);
            golden_check(transition.limit,
                         golden_tensor(file, "start/%s/%c", kinds[kind], parts[part]), share);
            dg_transition_free(&transition);
        }
}

/* How often each class is drawn by evenly spaced words. */
static void shares_drawn(const dg_transition *transition, double alpha_bar, uint8_t x, size_t words,
                         double *shares) {
    memset(shares, 0, transition->classes * sizeof *shares);
    for (size_t k = 0; k < words; k++) {
        const uint32_t word = (uint32_t)(((double)k + 0.5) / (double)words * 0x1p32);
        shares[dg_transition_corrupt(transition, alpha_bar, x, word)] += 1 / (double)words;
    }
}

static void check_noising(const dg_tensor_file *file, const char *kind, char part) {
    enum { WORDS = 1000 };
    static const golden_tolerance words_apart = {2.0 / WORDS, 0};
    const dg_tensor *clean = golden_tensor(file, "noise/%c_1", part);
    const dg_tensor *t = golden_tensor(file, "noise/t");
    const dg_tensor *expected = golden_tensor(file, "noise/%s/prob_%c", kind, part);
    entries e = entries_of(file, part, "sizes", clean);
    read_transition(file, kind, &e);
    for (size_t batch = 0; batch < t->shape[0]; batch++)
        for (size_t row = 0; row < e.rows; row++) {
            double tau = golden_at(t, batch * e.graphs + graph_of(&e, row));
            const size_t at = (batch * e.rows + row) * e.classes;
            const uint8_t x = label(clean, &e, row);
            double Q[DIGRESS_MAX_CLASSES * 8], shares[DIGRESS_MAX_CLASSES];
            assert_in_range(e.classes, 1, 8);
            if (!is_valid(&e, row)) continue;
            dg_Qt_bar(&e.transition, &(dg_schedule){.alpha_bar = &tau}, 0, Q);
            shares_drawn(&e.transition, tau, x, WORDS, shares);
            for (size_t k = 0; k < e.classes; k++) {
                golden_check_at(Q[x * e.classes + k], expected, at + k, share);
                golden_check_at(shares[k], expected, at + k, words_apart);
            }
        }
    dg_transition_free(&e.transition);
}

static void noising(void **state) {
    for (size_t kind = 0; kind < KINDS; kind++)
        for (size_t part = 0; part < PARTS; part++)
            check_noising(*state, kinds[kind], parts[part]);
}

/* ---- rates and steps ---- */

/* The published code sets rates above 1e5 to 0, so that an entry that should jump at once stays
 * where it is; ours are used as they are. */
static const double PUBLISHED_LIMIT = 1e5;

typedef struct flow_entry {
    const entries *entries;
    double tau, d;
    uint8_t x, z_1;
} flow_entry;

static flow_entry entry_at(const dg_tensor_file *file, const char *folder, const entries *e,
                           size_t step, size_t row) {
    const double t = golden_at(golden_tensor(file, "%s/t", folder), step);
    return (flow_entry){
        .entries = e,
        .tau = t,
        .d = golden_at(golden_tensor(file, "%s/s", folder), step) - t,
        .x = label(golden_tensor(file, "%s/z_%c", folder, e->part), e, row),
        .z_1 = (uint8_t)golden_at(golden_tensor(file, "%s/z1_%c", folder, e->part), row)};
}

/* The sum of the rates, and the step's probabilities, beside row `at` of R and prob. Returns how
 * many rates are above the published limit. */
static size_t check_step(const flow_entry *f, double eta, double omega, const dg_tensor *R,
                         const dg_tensor *prob, size_t at) {
    double rates[DIGRESS_MAX_CLASSES], step[DIGRESS_MAX_CLASSES];
    size_t above = 0;
    dg_flow_rates(&f->entries->transition, f->tau, f->x, f->z_1, eta, omega, rates);
    dg_flow_step(&f->entries->transition, f->tau, f->d, f->x, f->z_1, eta, omega, step);
    for (size_t j = 0; j < f->entries->classes; j++) {
        const bool is_above = rates[j] > PUBLISHED_LIMIT;
        above += is_above;
        golden_check_at(is_above ? 0 : rates[j], R, at + j, rate);
        if (prob && j != f->x) golden_check_at(is_above ? 0 : step[j], prob, at + j, rate);
    }
    if (prob && above == 0) golden_check_at(step[f->x], prob, at + f->x, rate);
    return above;
}

/* The rate into class j alone, before the published code sets it to 0 where p(j) = 0; ours is 0
 * there from the beginning. */
static void check_part(const flow_entry *f, size_t j, double actual, const dg_tensor *expected,
                       size_t at) {
    if (dg_flow_p(&f->entries->transition, f->tau, f->z_1, j) > 0)
        golden_check_at(actual, expected, at, rate);
    else
        assert_close(actual, 0, 0);
}

/* p, Z and R*. */
static void check_p_and_star(const dg_tensor_file *file, const char *kind, const flow_entry *f,
                             size_t at) {
    const entries *e = f->entries;
    double star[DIGRESS_MAX_CLASSES];
    golden_check_at((double)dg_flow_reachable(&e->transition, f->tau, f->z_1),
                    golden_tensor(file, "rates/%s/Z_%c", kind, e->part), at, exact);
    dg_flow_rates(&e->transition, f->tau, f->x, f->z_1, 0, 0, star);
    for (size_t j = 0; j < e->classes; j++) {
        golden_check_at(dg_flow_p(&e->transition, f->tau, f->z_1, j),
                        golden_tensor(file, "rates/%s/p_%c", kind, e->part), at * e->classes + j,
                        share);
        check_part(f, j, star[j], golden_tensor(file, "rates/%s/Rstar_%c", kind, e->part),
                   at * e->classes + j);
    }
}

/* What a weight adds to R*. Out of a class with p = 0, where an entry cannot be, ours is 0; the
 * file has R_db there, too. */
static void check_addition(const flow_entry *f, double eta, double omega, const dg_tensor *expected,
                           size_t at) {
    const entries *e = f->entries;
    double star[DIGRESS_MAX_CLASSES], sum[DIGRESS_MAX_CLASSES];
    if (!(dg_flow_p(&e->transition, f->tau, f->z_1, f->x) > 0)) return;
    dg_flow_rates(&e->transition, f->tau, f->x, f->z_1, 0, 0, star);
    dg_flow_rates(&e->transition, f->tau, f->x, f->z_1, eta, omega, sum);
    for (size_t j = 0; j < e->classes; j++)
        check_part(f, j, sum[j] - star[j], expected, at * e->classes + j);
}

/* Compares one row at step number `step`: the parts of its rates, and for each eta and omega their
 * sum. */
static size_t check_row(const dg_tensor_file *file, const char *kind, const flow_entry *f,
                        size_t step, size_t row) {
    const entries *e = f->entries;
    const dg_tensor *etas = golden_tensor(file, "rates/eta"),
                    *omegas = golden_tensor(file, "rates/omega");
    const dg_tensor *R = golden_tensor(file, "rates/%s/R_%c", kind, e->part);
    const dg_tensor *prob = golden_tensor(file, "rates/%s/prob_%c", kind, e->part);
    const bool last = golden_at(golden_tensor(file, "rates/s"), step) == 1;
    size_t above = 0;
    check_p_and_star(file, kind, f, step * e->rows + row);
    for (size_t a = 0; a < etas->count; a++)
        check_addition(f, golden_at(etas, a), 0,
                       golden_tensor(file, "rates/%s/Rdb_%c", kind, e->part),
                       (step * etas->count + a) * e->rows + row);
    for (size_t b = 0; b < omegas->count; b++)
        check_addition(f, 0, golden_at(omegas, b),
                       golden_tensor(file, "rates/%s/Rtg_%c", kind, e->part),
                       (step * omegas->count + b) * e->rows + row);
    for (size_t a = 0; a < etas->count; a++)
        for (size_t b = 0; b < omegas->count; b++)
            above += check_step(f, golden_at(etas, a), golden_at(omegas, b), R, last ? NULL : prob,
                                (((step * etas->count + a) * omegas->count + b) * e->rows + row) *
                                    e->classes);
    return above;
}

static size_t check_rates(const dg_tensor_file *file, const char *kind, char part) {
    entries e = entries_of(file, part, "sizes", golden_tensor(file, "rates/z_%c", part));
    const size_t steps = golden_tensor(file, "rates/t")->count;
    read_transition(file, kind, &e);
    size_t above = 0;
    for (size_t step = 0; step < steps; step++)
        for (size_t row = 0; row < e.rows; row++) {
            const flow_entry f = entry_at(file, "rates", &e, step, row);
            if (is_valid(&e, row)) above += check_row(file, kind, &f, step, row);
        }
    dg_transition_free(&e.transition);
    return above;
}

static void rates_and_steps(void **state) {
    size_t above = 0;
    for (size_t kind = 0; kind < KINDS; kind++)
        for (size_t part = 0; part < PARTS; part++)
            above += check_rates(*state, kinds[kind], parts[part]);
    assert_true(above > 0); /* the file has some */
}

/* Graphs without attributes: one class of nodes, two of pairs. */
static void check_plain(const dg_tensor_file *file, const char *kind, char part) {
    entries e = entries_of(file, part, "plain_sizes", golden_tensor(file, "plain/z_%c", part));
    const size_t steps = golden_tensor(file, "plain/t")->count;
    const double eta = golden_at(golden_tensor(file, "plain/eta"), 0);
    const double omega = golden_at(golden_tensor(file, "plain/omega"), 0);
    make_transition(kind, e.classes, part == 'X' ? NULL : golden_tensor(file, "plain/edge_counts"),
                    &e.transition);
    for (size_t step = 0; step < steps; step++)
        for (size_t row = 0; row < e.rows; row++) {
            const flow_entry f = entry_at(file, "plain", &e, step, row);
            if (is_valid(&e, row))
                check_step(&f, eta, omega, golden_tensor(file, "plain/%s/R_%c", kind, part),
                           golden_tensor(file, "plain/%s/prob_%c", kind, part),
                           (step * e.rows + row) * e.classes);
        }
    dg_transition_free(&e.transition);
}

static void plain_graphs(void **state) {
    for (size_t kind = 0; kind < KINDS; kind++)
        for (size_t part = 0; part < PARTS; part++)
            check_plain(*state, kinds[kind], parts[part]);
}

/* ---- what needs a model: the prediction and the loss ---- */

typedef struct scored {
    padded_batch batch;
    dg_loss loss;
    dg_arena *arena;
    float *d[PARTS]; /* gradients of the valid rows, one behind the other */
} scored;

static void run_loss(scored *s, const dg_noise_model *model, const dg_state *clean, const float *X,
                     const float *E, bool mean, double lambda) {
    double nodes = 0, pairs = 0;
    for (size_t g = 0; g < s->batch.graphs; g++) {
        nodes += s->batch.n[g];
        pairs += s->batch.n[g] * (s->batch.n[g] - 1.0);
    }
    golden_ok(model->operations->loss(model, clean, NULL, NULL, X, E, mean ? 1 / nodes : 1,
                                      mean ? 1 / pairs : 1, lambda, &s->loss, s->d[0], s->d[1]));
}

/* The loss of FOLDER/logits_X and _E on FOLDER/NAME_X and _E, one-hot: a mean, or a sum. */
static void score(scored *s, const dg_tensor_file *file, const char *folder, const char *name,
                  bool mean, double lambda) {
    const dg_tensor *X = golden_tensor(file, "%s/%s_X", folder, name),
                    *E = golden_tensor(file, "%s/%s_E", folder, name);
    dg_statistics statistics;
    dg_noise_model *model = NULL;
    *s = (scored){.batch = padded_like(file, X, E)};
    digress_graph_set *set = padded_set(&s->batch, X, E);
    golden_ok(dg_arena_create(&s->arena));
    golden_ok(dg_statistics_of(set, &statistics));
    golden_ok(dg_categorical_create(DG_SCHEDULE_LINEAR, 10, DG_TRANSITION_UNIFORM, 0,
                                    &(dg_features){.max_n = 1}, &statistics, &model));
    golden_ok(dg_arena_allocate(s->arena, X->count, sizeof(float), &s->d[0]));
    golden_ok(dg_arena_allocate(s->arena, E->count, sizeof(float), &s->d[1]));
    run_loss(s, model, padded_state(&s->batch, model, s->arena, X, E),
             padded_node_rows(&s->batch, s->arena, golden_tensor(file, "%s/logits_X", folder)),
             padded_pair_rows(&s->batch, s->arena, golden_tensor(file, "%s/logits_E", folder)),
             mean, lambda);
    dg_noise_model_free(model);
    dg_statistics_free(&statistics);
    digress_graph_set_free(set);
}

/* Compares the gradient with `expected`, from its row `first` on; if `one_hot` is given, gradient +
 * one_hot, which is the softmax of the logits. */
static void check_gradient(const dg_tensor_file *file, const scored *s, size_t part,
                           const dg_tensor *one_hot, const dg_tensor *expected, size_t first,
                           golden_tolerance tolerance) {
    const entries e =
        entries_of(file, parts[part], "sizes", golden_tensor(file, "rates/z_%c", parts[part]));
    const size_t classes = expected->shape[expected->rank - 1];
    const float *d = s->d[part];
    for (size_t row = 0; row < e.rows; row++) {
        for (size_t k = 0; is_valid(&e, row) && k < classes; k++)
            golden_check_at((double)d[k] + (one_hot ? golden_at(one_hot, row * classes + k) : 0),
                            expected, (first + row) * classes + k, tolerance);
        if (is_within(&e, row)) d += classes;
    }
}

/* The last step draws from the prediction, whatever eta and omega. */
static void the_last_step(void **state) {
    const dg_tensor_file *file = *state;
    const dg_tensor *s_of = golden_tensor(file, "rates/s");
    const size_t steps = s_of->count;
    scored s;
    score(&s, file, "rates", "z", false, 1);
    assert_true(golden_at(s_of, steps - 1) == 1);
    for (size_t kind = 0; kind < KINDS; kind++)
        for (size_t part = 0; part < PARTS; part++) {
            const dg_tensor *z_t = golden_tensor(file, "rates/z_%c", parts[part]);
            const dg_tensor *prob =
                golden_tensor(file, "rates/%s/prob_%c", kinds[kind], parts[part]);
            const size_t rows = z_t->count / z_t->shape[z_t->rank - 1];
            const size_t weights = prob->shape[1] * prob->shape[2];
            for (size_t k = 0; k < weights; k++)
                check_gradient(file, &s, part, z_t, prob, ((steps - 1) * weights + k) * rows, rate);
        }
    dg_arena_free(s.arena);
}

static void check_loss(const dg_tensor_file *file, const char *folder) {
    static const golden_tolerance of_loss = {1e-6, 2e-6}, of_gradient = {1e-7, 1e-5};
    const double lambda = golden_number(file, "lambda_E");
    scored s;
    score(&s, file, folder, "true", true, lambda);
    golden_check_at(s.loss.X, golden_tensor(file, "%s/loss_X", folder), 0, of_loss);
    golden_check_at(s.loss.E, golden_tensor(file, "%s/loss_E", folder), 0, of_loss);
    golden_check_at(s.loss.X + lambda * s.loss.E, golden_tensor(file, "%s/loss", folder), 0,
                    of_loss);
    for (size_t part = 0; part < PARTS; part++)
        check_gradient(file, &s, part, NULL, golden_tensor(file, "%s/grad_%c", folder, parts[part]),
                       0, of_gradient);
    dg_arena_free(s.arena);
}

static void losses(void **state) {
    check_loss(*state, "loss");
    check_loss(*state, "loss_plain");
}

static int open_file(void **state) {
    *state = golden_open("flow");
    return 0;
}

static int close_file(void **state) {
    dg_tensor_file_close(*state);
    return 0;
}

int parity_flow(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(starts),          cmocka_unit_test(noising),
        cmocka_unit_test(rates_and_steps), cmocka_unit_test(plain_graphs),
        cmocka_unit_test(the_last_step),   cmocka_unit_test(losses),
    };
    return cmocka_run_group_tests_name("flow", tests, open_file, close_file);
}
