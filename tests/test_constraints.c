/* Constraints on samples: what is left out of a step, how components are joined, and that every
 * graph on the way from noise is what it must be. */
#include "sampling_fixture.h"

#include "chem/alphabet.h"
#include "eval/structure/planarity.h"
#include "sample/constraints/project.h"

/* ---- what a graph is, counted another way ---- */

static size_t edges_of(digress_graph graph) {
    return dg_count_edges(&graph);
}

static size_t components_of(digress_graph graph) {
    size_t parent[32], count = graph.n;
    for (size_t i = 0; i < graph.n; i++)
        parent[i] = i;
    for (size_t i = 0; i < graph.n; i++)
        for (size_t j = i + 1; j < graph.n; j++) {
            size_t a = i, b = j;
            if (!digress_graph_pair(&graph, i, j)) continue;
            while (parent[a] != a)
                a = parent[a];
            while (parent[b] != b)
                b = parent[b];
            count -= a != b;
            parent[a] = b;
        }
    return count;
}

static bool is_connected(digress_graph graph) {
    return components_of(graph) == 1;
}

static bool is_acyclic(digress_graph graph) {
    return edges_of(graph) + components_of(graph) == graph.n;
}

static bool has_degree_2(digress_graph graph) {
    for (size_t i = 0; i < graph.n; i++) {
        size_t degree = 0;
        for (size_t j = 0; j < graph.n; j++)
            degree += digress_graph_pair(&graph, i, j) != 0;
        if (degree > 2) return false;
    }
    return true;
}

static bool is_planar(digress_graph graph) {
    dg_arena *arena = NULL;
    dg_adjacency adjacency;
    bool planar = false;
    golden_ok(dg_arena_create(&arena));
    golden_ok(dg_adjacency_of(&graph, arena, &adjacency));
    golden_ok(dg_is_planar(&adjacency, &planar));
    dg_arena_free(arena);
    return planar;
}

static bool is_path_or_less(digress_graph graph) {
    return has_degree_2(graph) && is_acyclic(graph) && is_connected(graph);
}

/* Classes: C, F and O; none, single, double, triple. */
static bool has_valences(digress_graph graph) {
    static const int valence[] = {4, 1, 2};
    for (size_t i = 0; i < graph.n; i++) {
        int bonds = 0;
        for (size_t j = 0; j < graph.n; j++)
            bonds += digress_graph_pair(&graph, i, j);
        if (bonds > valence[graph.node_class[i]]) return false;
    }
    return true;
}

/* ---- samples of an untrained model, which draws all sorts of graphs ---- */

static digress_graph_set *molecules(void) {
    static const char *const atoms[] = {"C", "F", "O"};
    digress_graph_set *set = NULL, *random = random_set();
    golden_ok(digress_graph_set_create(3, 4, &set));
    for (size_t k = 0; k < 3; k++)
        golden_ok(digress_graph_set_name_node(set, k, atoms[k]));
    for (size_t k = 0; k < 4; k++)
        golden_ok(digress_graph_set_name_edge(set, k, dg_bond_names[k]));
    golden_ok(dg_graph_set_append_all(set, random));
    uint8_t nodes[DIGRESS_MAX_CLASSES] = {0, 1, 2}, pairs[DIGRESS_MAX_CLASSES] = {0, 1, 3};
    dg_graph_set_recode(set, nodes, pairs);
    digress_graph_set_free(random);
    return set;
}

static void check_samples(const dg_model *model, digress_constraints asked,
                          bool (*is_good)(digress_graph), bool on_the_way) {
    digress_interventions done = {0};
    dg_pool *pool = NULL;
    digress_graph_set *out = NULL, *chains[COUNT];
    const dg_sample_options options = {.count = COUNT,
                                       .seed = 3,
                                       .chains = COUNT,
                                       .chain_frames = 9,
                                       .constraints = asked,
                                       .interventions = &done};
    golden_ok(dg_pool_create(2, &pool));
    golden_ok(digress_graph_set_create_like(model->classes, &out));
    for (size_t k = 0; k < COUNT; k++)
        golden_ok(digress_graph_set_create_like(model->classes, &chains[k]));
    golden_ok(dg_sample(model, pool, &options, out, chains));
    size_t interventions = 0;
    for (size_t k = 0; k < DIGRESS_CONSTRAINTS; k++)
        interventions += done.refused[k] + done.made[k];
    assert_true(interventions > 0);
    assert_int_equal(done.graphs, COUNT);
    assert_int_equal(done.unmet, 0);
    for (size_t g = 0; g < COUNT; g++) {
        assert_true(is_good(digress_graph_set_get(out, g)));
        for (size_t k = 0; on_the_way && k < digress_graph_set_count(chains[g]); k++)
            assert_true(is_good(digress_graph_set_get(chains[g], k)));
        digress_graph_set_free(chains[g]);
    }
    digress_graph_set *alone = sampled(
        model, 1, (dg_sample_options){.count = COUNT, .seed = 3, .batch = 1, .constraints = asked});
    assert_true(is_part_of(out, alone, 0));
    digress_graph_set_free(alone);
    digress_graph_set_free(out);
    dg_pool_free(pool);
}

static void check_sampler(const char *sampler) {
    digress_graph_set *set = random_set(), *atoms = molecules();
    dg_model *model = tiny_model(set, sampler), *chemist = tiny_model(atoms, sampler);
    check_samples(model, (digress_constraints){.acyclic = true}, is_acyclic, true);
    check_samples(model, (digress_constraints){.max_degree = 2}, has_degree_2, true);
    check_samples(model, (digress_constraints){.planar = true}, is_planar, true);
    check_samples(model, (digress_constraints){.connected = true, .max_degree = 2}, is_connected,
                  false);
    check_samples(model, (digress_constraints){.connected = true, .acyclic = true, .max_degree = 2},
                  is_path_or_less, false);
    check_samples(chemist, (digress_constraints){.valences = true}, has_valences, true);
    check_samples(chemist, (digress_constraints){.connected = true, .valences = true}, is_connected,
                  false);
    check_samples(chemist, (digress_constraints){.connected = true, .valences = true}, has_valences,
                  true);
    dg_model_free(model);
    dg_model_free(chemist);
    digress_graph_set_free(set);
    digress_graph_set_free(atoms);
}

static void samples_are_what_they_must_be(void **state) {
    (void)state;
    check_sampler(NULL);
    check_sampler("sample.sampler=renoise");
    check_sampler("sample.sampler=flow");
}

static void what_forbids_nothing_changes_nothing(void **state) {
    (void)state;
    fixture f;
    begin(&f);
    digress_graph_set *free_ones = sampled(f.model, 1, (dg_sample_options){.count = COUNT});
    const dg_sample_options bound = {.count = COUNT, .constraints.max_degree = 13};
    digress_graph_set *bound_ones = sampled(f.model, 1, bound);
    assert_true(is_part_of(free_ones, bound_ones, 0));
    digress_graph_set_free(free_ones);
    digress_graph_set_free(bound_ones);
    end(&f);
}

/* ---- one step ---- */

typedef struct step {
    dg_constraints constraints;
    dg_projection projection;
    dg_arena *arenas[2];
    uint8_t before_node[4], before_pair[16], node[4], pair[16];
    float X[4 * 3], E[16 * 4];
} step;

/* Four atoms of `classes`, without edges before and after. */
static void begin_step(step *s, digress_constraints asked, const digress_graph_set *classes) {
    *s = (step){0};
    golden_ok(dg_constraints_of(&asked, classes, true, &s->constraints));
    for (size_t k = 0; k < 2; k++)
        golden_ok(dg_arena_create(&s->arenas[k]));
    s->projection = (dg_projection){.constraints = &s->constraints,
                                    .graph = {4, s->node, s->pair},
                                    .before_node = s->before_node,
                                    .before_pair = s->before_pair,
                                    .X = s->X,
                                    .E = s->E,
                                    .arena = s->arenas[0],
                                    .trial_arena = s->arenas[1]};
}

static void end_step(step *s) {
    dg_arena_free(s->arenas[0]);
    dg_arena_free(s->arenas[1]);
}

/* With `logit` for class k of the pair. */
static void expect_pair(step *s, size_t i, size_t j, size_t k, float logit) {
    const size_t classes = s->constraints.edge_classes;
    s->E[(i * 4 + j) * classes + k] = s->E[(j * 4 + i) * classes + k] = logit;
}

static void put(uint8_t *pair, size_t i, size_t j, uint8_t k) {
    pair[i * 4 + j] = pair[j * 4 + i] = k;
}

/* A complete graph becomes its most probable spanning tree: here the path 1 0 3 2. */
static void the_most_probable_changes_come_first(void **state) {
    (void)state;
    static const float logits[4][4] = {{0, 9, 1, 7}, {9, 0, 2, 3}, {1, 2, 0, 8}, {7, 3, 8, 0}};
    digress_graph_set *set = random_set();
    step s;
    begin_step(&s, (digress_constraints){.acyclic = true}, set);
    for (size_t i = 0; i < 4; i++)
        for (size_t j = i + 1; j < 4; j++) {
            put(s.pair, i, j, 1);
            expect_pair(&s, i, j, 1, logits[i][j]);
        }
    golden_ok(dg_project(&s.projection));
    for (size_t i = 0; i < 4; i++)
        for (size_t j = 0; j < 4; j++)
            assert_int_equal(dg_has_edge(&s.projection.graph, i, j), logits[i][j] > 6);
    assert_int_equal(s.projection.changes, 6);
    assert_int_equal(s.projection.refused[DIGRESS_ACYCLIC], 3);
    end_step(&s);
    digress_graph_set_free(set);
}

/* An edge that was there stays, whatever a more probable new one would need. */
static void what_was_there_stays(void **state) {
    (void)state;
    digress_graph_set *set = random_set();
    step s;
    begin_step(&s, (digress_constraints){.acyclic = true}, set);
    for (size_t i = 0; i < 3; i++)
        put(s.before_pair, i, i + 1, 1);
    memcpy(s.pair, s.before_pair, sizeof s.pair);
    put(s.pair, 0, 3, 1);
    put(s.pair, 0, 1, 0); /* deleted: now 0 and 3 may be joined, and then 0 and 2 may not */
    put(s.pair, 0, 2, 1);
    expect_pair(&s, 0, 3, 1, 5);
    golden_ok(dg_project(&s.projection));
    assert_true(dg_has_edge(&s.projection.graph, 0, 3));
    assert_false(dg_has_edge(&s.projection.graph, 0, 2));
    assert_true(dg_has_edge(&s.projection.graph, 1, 2));
    assert_true(dg_has_edge(&s.projection.graph, 2, 3));
    end_step(&s);
    digress_graph_set_free(set);
}

/* C=O as the step would have it F=O: the atom keeps its class. A carbon may become O. */
static void a_class_without_room_is_refused(void **state) {
    (void)state;
    digress_graph_set *set = molecules();
    step s;
    begin_step(&s, (digress_constraints){.valences = true}, set);
    s.before_node[1] = s.node[1] = 2;
    put(s.before_pair, 0, 1, 2);
    put(s.pair, 0, 1, 2);
    s.node[0] = 1;
    s.node[3] = 2;
    golden_ok(dg_project(&s.projection));
    assert_int_equal(s.node[0], 0);
    assert_int_equal(s.node[3], 2);
    assert_int_equal(s.projection.refused[DIGRESS_VALENCES], 1);
    end_step(&s);
    digress_graph_set_free(set);
}

/* F-F and F-F: no atom has room, until two of them, the most probable ones, are others. */
static void room_is_made_where_all_are_saturated(void **state) {
    (void)state;
    digress_graph_set *set = molecules();
    step s;
    begin_step(&s, (digress_constraints){.connected = true, .valences = true}, set);
    memset(s.node, 1, sizeof s.node);
    memset(s.before_node, 1, sizeof s.before_node);
    put(s.pair, 0, 1, 1);
    put(s.pair, 2, 3, 1);
    s.X[1 * 3 + 2] = s.X[2 * 3 + 2] = 3; /* atoms 1 and 2 as O */
    golden_ok(dg_project(&s.projection));
    golden_ok(dg_mend(&s.projection));
    assert_int_equal(s.pair[1 * 4 + 2], 1);
    assert_int_equal(s.node[0] * 1000 + s.node[1] * 100 + s.node[2] * 10 + s.node[3], 1221);
    assert_int_equal(s.projection.made[DIGRESS_CONNECTED], 3);
    end_step(&s);
    digress_graph_set_free(set);
}

/* Two edges, and two pairs between them that the network would rather have than the others. */
static void components_are_joined_where_it_is_most_probable(void **state) {
    (void)state;
    digress_graph_set *set = random_set();
    step s;
    begin_step(&s, (digress_constraints){.connected = true}, set);
    put(s.pair, 0, 1, 1);
    put(s.pair, 2, 3, 1);
    expect_pair(&s, 1, 3, 2, 4);
    expect_pair(&s, 0, 2, 1, 3);
    golden_ok(dg_mend(&s.projection));
    assert_int_equal(s.pair[1 * 4 + 3], 2);
    assert_int_equal(s.pair[0 * 4 + 2], 0);
    end_step(&s);
    digress_graph_set_free(set);
}

/* ---- what cannot be ---- */

static void refuse(const dg_model *model, digress_constraints asked, const char *text) {
    dg_pool *pool = NULL;
    const dg_sample_options options = {.count = 1, .constraints = asked};
    golden_ok(dg_pool_create(1, &pool));
    assert_int_equal(dg_sample(model, pool, &options, NULL, NULL), DIGRESS_ERROR_INPUT);
    assert_non_null(strstr(digress_last_error(), text));
    dg_pool_free(pool);
}

static void what_cannot_be_is_refused(void **state) {
    (void)state;
    fixture f;
    begin(&f);
    refuse(f.model, (digress_constraints){.valences = true}, "not molecules");
    refuse(f.model, (digress_constraints){.connected = true, .max_degree = 1}, "excludes");
    end(&f);
    begin_with(&f, continuous);
    refuse(f.model, (digress_constraints){.planar = true}, "continuous");
    end(&f);
}

static void elements_have_their_most_bonds(void **state) {
    (void)state;
    static const struct {
        const char *name;
        int most;
    } known[] = {{"C", 4}, {"N", 3}, {"N+", 4}, {"O-", 1}, {"S", 6},
                 {"P", 5}, {"F", 1}, {"S+", 5}, {"P+", 4}, {"Cl", 1}};
    for (size_t k = 0; k < sizeof known / sizeof *known; k++) {
        dg_atom atom;
        golden_ok(dg_atom_parse(known[k].name, &atom));
        assert_int_equal(atom.most_bonds, known[k].most);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(samples_are_what_they_must_be),
        cmocka_unit_test(what_forbids_nothing_changes_nothing),
        cmocka_unit_test(the_most_probable_changes_come_first),
        cmocka_unit_test(what_was_there_stays),
        cmocka_unit_test(a_class_without_room_is_refused),
        cmocka_unit_test(room_is_made_where_all_are_saturated),
        cmocka_unit_test(components_are_joined_where_it_is_most_probable),
        cmocka_unit_test(what_cannot_be_is_refused),
        cmocka_unit_test(elements_have_their_most_bonds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
