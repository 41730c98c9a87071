/* Parity of the schedule, the transitions and the terms of the bound. */
#include "golden.h"
#include "parity.h"

#include "diffusion/schedule.h"
#include <string.h>

/* Calls check(file, kind, T) for each "KIND/TNNN/betas64" of the file. */
static void check_tables(const dg_tensor_file *file, const char *name, dg_schedule_kind kind) {
    size_t checked = 0;
    for (size_t k = 0; k < dg_tensor_file_count(file); k++) {
        char format[64];
        size_t T = 0;
        int length = 0;
        snprintf(format, sizeof format, "%s/T%%zu/betas64%%n", name);
        const char *tensor = dg_tensor_file_at(file, k)->name;
        if (sscanf(tensor, format, &T, &length) != 1 || tensor[length] != '\0') continue;
        dg_schedule schedule;
        golden_ok(dg_schedule_create(kind, T, &schedule));
        golden_check(schedule.beta, golden_tensor(file, "%s/T%zu/betas64", name, T),
                     (golden_tolerance){1e-12, 0});
        golden_check(schedule.beta, golden_tensor(file, "%s/T%zu/betas", name, T),
                     (golden_tolerance){2e-7, 0});
        golden_check(schedule.alpha, golden_tensor(file, "%s/T%zu/alphas", name, T),
                     (golden_tolerance){2e-7, 0});
        golden_check(schedule.alpha_bar, golden_tensor(file, "%s/T%zu/alphas_bar", name, T),
                     (golden_tolerance){2e-6, 5e-4});
        dg_schedule_free(&schedule);
        checked++;
    }
    assert_true(checked > 0);
}

static void cosine_schedule(void **state) {
    (void)state;
    dg_tensor_file *file = golden_open("schedule");
    check_tables(file, "cosine", DG_SCHEDULE_COSINE);
    dg_tensor_file_close(file);
}

static void custom_schedule(void **state) {
    (void)state;
    dg_tensor_file *file = golden_open("schedule");
    check_tables(file, "custom", DG_SCHEDULE_CUSTOM);
    dg_tensor_file_close(file);
}

static void continuous_schedule(void **state) {
    (void)state;
    dg_tensor_file *file = golden_open("schedule");
    size_t T = (size_t)golden_number(file, "gamma_T");
    dg_schedule schedule;
    golden_ok(dg_schedule_create(DG_SCHEDULE_COSINE, T, &schedule));
    golden_check(schedule.alpha2, golden_tensor(file, "continuous/T%zu/alphas2_64", T),
                 (golden_tolerance){1e-12, 0});
    golden_check(schedule.gamma, golden_tensor(file, "continuous/T%zu/gamma", T),
                 (golden_tolerance){2e-5, 1e-6});
    dg_schedule_free(&schedule);
    dg_tensor_file_close(file);
}

static void schedule_lookup(void **state) {
    (void)state;
    dg_tensor_file *file = golden_open("schedule");
    size_t T = 0;
    for (size_t k = 0; k < dg_tensor_file_count(file) && T == 0; k++)
        (void)sscanf(dg_tensor_file_at(file, k)->name, "lookup/T%zu/", &T);
    dg_schedule schedule;
    golden_ok(dg_schedule_create(DG_SCHEDULE_COSINE, T, &schedule));
    const dg_tensor *times = golden_tensor(file, "lookup/T%zu/t_normalized", T);
    const dg_tensor *beta = golden_tensor(file, "lookup/T%zu/beta", T);
    const dg_tensor *alpha_bar = golden_tensor(file, "lookup/T%zu/alpha_bar", T);
    for (size_t k = 0; k < times->count; k++) {
        size_t t = dg_schedule_index(&schedule, golden_at(times, k));
        golden_check_at(schedule.beta[t], beta, k, (golden_tolerance){2e-7, 0});
        golden_check_at(schedule.alpha_bar[t], alpha_bar, k, (golden_tolerance){2e-6, 5e-4});
    }
    dg_schedule_free(&schedule);
    dg_tensor_file_close(file);
}

int parity_diffusion(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cosine_schedule),
        cmocka_unit_test(custom_schedule),
        cmocka_unit_test(continuous_schedule),
        cmocka_unit_test(schedule_lookup),
    };
    return cmocka_run_group_tests_name("diffusion", tests, NULL, NULL);
}
