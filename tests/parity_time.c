/* Distorted times, and the times of a sampler's steps, against DeFoG's code. */
#include "diffusion/time.h"
#include "golden.h"
#include "parity.h"
#include <string.h>

static const golden_tolerance time64 = {1e-14, 0}, time32 = {5e-7, 0};

static dg_distortion distortion_named(const char *name) {
    static const char *const names[] = {"identity", "polyinc", "polydec", "cos", "revcos"};
    for (size_t k = 0; k < sizeof names / sizeof *names; k++)
        if (strcmp(name, names[k]) == 0) return (dg_distortion)k;
    fail_msg("no distortion is called '%s'", name);
    return DG_DISTORTION_IDENTITY;
}

/* Calls check for each word of metadata "distortions". */
static void each_distortion(const dg_tensor_file *file,
                            void (*check)(const dg_tensor_file *, size_t, const char *)) {
    char names[256], *rest = names;
    snprintf(names, sizeof names, "%s", golden_metadata(file, "distortions"));
    size_t number = 0;
    for (char *name = strtok_r(names, " ", &rest); name; name = strtok_r(NULL, " ", &rest))
        check(file, number++, name);
    assert_int_equal(number, 5);
}

static void check_distortion(const dg_tensor_file *file, size_t number, const char *name) {
    (void)number;
    const dg_tensor *u = golden_tensor(file, "distort/t");
    const dg_tensor *in_double = golden_tensor(file, "distort/%s", name);
    const dg_tensor *in_single = golden_tensor(file, "distort32/%s", name);
    for (size_t k = 0; k < u->count; k++) {
        const double distorted = dg_distort(distortion_named(name), golden_at(u, k));
        golden_check_at(distorted, in_double, k, time64);
        golden_check_at(distorted, in_single, k, time32);
    }
}

/* At t = 0 nothing leaves an absorbing class, so that the published sampler begins at u = 1e-6
 * there, which a distortion then moves or loses. Ours begins every process at T, where alpha_bar, a
 * flow's time, is a little above 0. So these first times agree only approximately. */
static void check_grid(const dg_tensor_file *file, size_t number, const char *name) {
    static const golden_tolerance beginning = {2.5e-6, 0};
    static const char *const kinds[] = {"marginal", "absorbfirst"};
    const dg_distortion distortion = distortion_named(name);
    for (size_t kind = 0; kind < 2; kind++) {
        const dg_tensor *t = golden_tensor(file, "grid/%s/t", kinds[kind]);
        const dg_tensor *s = golden_tensor(file, "grid/%s/s", kinds[kind]);
        const size_t steps = t->shape[1], T = 3 * steps;
        for (size_t k = 0; k < steps; k++) {
            const dg_interval step = dg_interval_of(T, distortion, steps, k);
            golden_check_at(1 - step.t / (double)T, t, number * steps + k,
                            kind == 0 || k > 0 ? time32 : beginning);
            golden_check_at(1 - step.s / (double)T, s, number * steps + k, time32);
        }
    }
}

static void distortions(void **state) {
    each_distortion(*state, check_distortion);
}

static void time_grids(void **state) {
    each_distortion(*state, check_grid);
}

static int open_file(void **state) {
    *state = golden_open("flow");
    return 0;
}

static int close_file(void **state) {
    dg_tensor_file_close(*state);
    return 0;
}

int parity_time(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(distortions),
        cmocka_unit_test(time_grids),
    };
    return cmocka_run_group_tests_name("time", tests, open_file, close_file);
}
