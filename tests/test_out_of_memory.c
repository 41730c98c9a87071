/* A failed allocation is reported as such, and never becomes a verdict on a graph or a file: each
 * allocation of a call fails in turn, once or with all that follow. */
#include "chem/molecule.h"
#include "config/schema.h"
#include "core/json.h"
#include "core/memory.h"
#include "core/memory_limit.h"
#include "eval/validity/validity.h"
#include "golden.h"
#include <string.h>

#ifndef __has_feature
#define __has_feature(name) 0 /* clang's */
#endif

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) ||                               \
    __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define CAN_FAIL 0 /* the sanitizer's allocator is in use */
#else
#define CAN_FAIL 1

static struct {
    bool armed;
    size_t count, first, last; /* allocations so far, and those that fail */
} faults;

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);

static bool fails(void) {
    return faults.armed && ++faults.count >= faults.first && faults.count <= faults.last;
}

/* Replaces the C library's function for every library of the process; `new` uses it, too. */
void *malloc(size_t size) {
    return fails() ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size) {
    return fails() ? NULL : __libc_calloc(count, size);
}

/* Calls `call` with each allocation failing in turn; it checks the outcome and returns its status.
 */
static void fail_each(digress_status (*call)(void)) {
    for (int kind = 0; kind < 2; kind++) {
        size_t failed = 0;
        faults.first = 0;
        do {
            faults.count = 0;
            faults.first++;
            faults.last = kind == 0 ? faults.first : SIZE_MAX;
            const digress_status status = call();
            faults.armed = false;
            assert_true(status == DIGRESS_OK || status == DIGRESS_ERROR_MEMORY);
            if (status == DIGRESS_ERROR_MEMORY)
                assert_non_null(strstr(digress_last_error(), "out of memory"));
            failed += status == DIGRESS_ERROR_MEMORY;
        } while (faults.count >= faults.first);
        /* what failed once may be done again, but not without any memory */
        if (kind == 1) assert_true(failed > 0);
    }
    memset(&faults, 0, sizeof faults);
}

/* ---- molecules ---- */

static dg_molecule *molecule;
static dg_verdict expected;

static digress_status judge(void) {
    dg_verdict verdict;
    faults.armed = true;
    const digress_status status = dg_molecule_judge(molecule, &verdict);
    faults.armed = false;
    if (status != DIGRESS_OK) return status;
    assert_int_equal(verdict.complaint, expected.complaint);
    assert_string_equal(verdict.reason, expected.reason);
    return status;
}

/* Carbons in a row, the first bond as given. */
static void judge_chain(uint8_t first_bond) {
    enum { N = 4 };
    static const uint8_t node[N] = {0};
    const uint8_t pair[N * (N - 1) / 2] = {first_bond, 0, 0, 3, 0, 1};
    const digress_graph graph = {.n = N, .node_class = node, .pair_class = pair};
    dg_alphabet alphabet = {.atom_count = 1, .bond_count = DG_BONDS};
    golden_ok(dg_atom_parse("C", &alphabet.atoms[0]));
    for (int k = 0; k < DG_BONDS; k++)
        alphabet.bonds[k] = k;
    golden_ok(dg_molecule_build(&alphabet, &graph, false, &molecule));
    golden_ok(dg_molecule_judge(molecule, &expected));
    fail_each(judge);
    dg_molecule_free(molecule);
}

static void a_molecule_is_judged_or_there_is_no_memory(void **state) {
    (void)state;
    if (!dg_rdkit_version()) skip();
    judge_chain(1);
    assert_int_equal(expected.complaint, DG_COMPLAINT_NONE);
    judge_chain(3);
    assert_int_equal(expected.complaint, DG_COMPLAINT_VALENCE);
}

/* Settling it ranks its atoms, where RDKit itself ends the process if memory runs out. */
static digress_status read_smiles(void) {
    dg_molecule *read = NULL;
    faults.armed = true;
    const digress_status status = dg_molecule_of_smiles("CC=O", &read);
    faults.armed = false;
    if (status == DIGRESS_OK) assert_int_equal(dg_molecule_heavy_atoms(read), 3);
    dg_molecule_free(read);
    return status;
}

static void smiles_are_read_or_there_is_no_memory(void **state) {
    (void)state;
    if (!dg_rdkit_version()) skip();
    assert_int_equal(read_smiles(), DIGRESS_OK); /* fills RDKit's tables */
    fail_each(read_smiles);
}

/* ---- files ---- */

static digress_status parse_json(void) {
    static const char text[] = "{\"a\": [1, 2, \"b\"], \"long\": \"0123456789abcdefghijk\"}";
    json_t *parsed = NULL;
    faults.armed = true;
    const digress_status status = dg_json_parse("text", text, sizeof text - 1, &parsed);
    faults.armed = false;
    if (status == DIGRESS_OK)
        assert_string_equal(json_string_value(json_object_get(parsed, "long")),
                            "0123456789abcdefghijk");
    json_decref(parsed);
    return status;
}

static digress_status parse_yaml(void) {
    static const char text[] = "train: {lr: 1e-3, batch_size: 7}";
    dg_config config;
    golden_ok(dg_config_create(&config));
    faults.armed = true;
    const digress_status status = dg_config_read_yaml(&config, text, sizeof text - 1, "text", "");
    faults.armed = false;
    dg_config_free(&config);
    return status;
}

static digress_status name_class(void) {
    digress_graph_set *set = NULL;
    golden_ok(digress_graph_set_create(1, 2, &set));
    faults.armed = true;
    const digress_status status = digress_graph_set_name_node(set, 0, "K\xc3\xb6rper");
    faults.armed = false;
    digress_graph_set_free(set);
    return status;
}

static void a_text_is_read_or_there_is_no_memory(void **state) {
    (void)state;
    fail_each(parse_json);
    fail_each(parse_yaml);
    fail_each(name_class);
}

/* ---- graphs ---- */

static digress_status judge_planar(void) {
    /* K5 without an edge is planar, K(3, 3) is not */
    static const uint8_t none[6] = {0}, k5[10] = {0, 1, 1, 1, 1, 1, 1, 1, 1, 1};
    static const uint8_t k33[15] = {0, 0, 1, 1, 1, 0, 1, 1, 1, 1, 1, 1, 0, 0, 0};
    const digress_graph planar = {.n = 5, .node_class = none, .pair_class = k5};
    const digress_graph other = {.n = 6, .node_class = none, .pair_class = k33};
    bool first = true, second = false;
    faults.armed = true;
    digress_status status = dg_is_valid(DG_RULE_PLANAR, &planar, &first);
    if (status == DIGRESS_OK) status = dg_is_valid(DG_RULE_PLANAR, &other, &second);
    faults.armed = false;
    if (status != DIGRESS_OK) return status;
    assert_true(first);
    assert_false(second);
    return status;
}

static void a_graph_is_judged_or_there_is_no_memory(void **state) {
    (void)state;
    fail_each(judge_planar);
}
#endif

static void more_than_the_machine_has_is_refused(void **state) {
    (void)state;
    void *block = NULL;
    const size_t all = dg_memory_limit();
    assert_true(all > 0);
    golden_ok(dg_require_memory("a graph", 1e6));
    assert_int_equal(dg_require_memory("1000 graphs", 2.0 * (double)all), DIGRESS_ERROR_INPUT);
    assert_non_null(strstr(digress_last_error(), "1000 graphs"));
    if (all < SIZE_MAX / 4)
        assert_int_equal(dg_allocate(2 * all + ((size_t)1 << 30), 1, &block), DIGRESS_ERROR_MEMORY);
    assert_null(block);
}

int main(void) {
    const struct CMUnitTest tests[] = {
#if CAN_FAIL
        cmocka_unit_test(a_molecule_is_judged_or_there_is_no_memory),
        cmocka_unit_test(smiles_are_read_or_there_is_no_memory),
        cmocka_unit_test(a_text_is_read_or_there_is_no_memory),
        cmocka_unit_test(a_graph_is_judged_or_there_is_no_memory),
#endif
        cmocka_unit_test(more_than_the_machine_has_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
