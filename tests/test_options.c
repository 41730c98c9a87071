/* Command-line options: parsing, numbers, their names in messages, and the nearest name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/options.h"
#include "core/nearest.h"

static const dg_option options[] = {{"threads", 't', "K", "threads (default: all)"},
                                    {"force", 0, NULL, "replace existing output"},
                                    {"out", 'o', "DIR", "where to"},
                                    {0}};
static const dg_command command = {"sample", "CHECKPOINT", "draws graphs", options, NULL,
                                   NULL,     NULL};

/* Parses up to 7 words behind the command's name; the list ends with NULL. */
static digress_status parse(dg_arguments *out, const char *const *words) {
    static char storage[8][64];
    char *argv[9] = {storage[0]};
    int argc = 1;
    strcpy(storage[0], "sample");
    for (; words[argc - 1]; argc++) {
        argv[argc] = storage[argc];
        strcpy(storage[argc], words[argc - 1]);
    }
    return dg_arguments_parse(&command, argc, argv, out);
}
#define WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})

static void reads_every_spelling(void **state) {
    (void)state;
    dg_arguments arguments;
    assert_int_equal(
        parse(&arguments, WORDS("a.ckpt", "--threads=3", "--force", "-o", "x", "k=v", "-")), 0);
    assert_string_equal(dg_argument(&command, &arguments, "threads"), "3");
    assert_string_equal(dg_argument(&command, &arguments, "force"), "");
    assert_string_equal(dg_argument(&command, &arguments, "out"), "x");
    assert_int_equal(arguments.positional_count, 3);
    assert_string_equal(arguments.positional[1], "k=v");
    assert_string_equal(arguments.positional[2], "-");
    assert_false(arguments.help);
    dg_arguments_free(&arguments);

    assert_int_equal(parse(&arguments, WORDS("-t4", "--", "--force")), 0);
    assert_string_equal(dg_argument(&command, &arguments, "threads"), "4");
    assert_null(dg_argument(&command, &arguments, "force"));
    assert_string_equal(arguments.positional[0], "--force");
    dg_arguments_free(&arguments);
}

static void refuses_with_a_hint(void **state) {
    (void)state;
    dg_arguments arguments;
    assert_int_equal(parse(&arguments, WORDS("--thread=3")), DIGRESS_ERROR_INPUT);
    assert_non_null(strstr(digress_last_error(), "did you mean '--threads'?"));
    assert_int_equal(parse(&arguments, WORDS("--zzzzzz")), DIGRESS_ERROR_INPUT);
    assert_non_null(strstr(digress_last_error(), "digress sample --help"));
    assert_int_equal(parse(&arguments, WORDS("--out")), DIGRESS_ERROR_INPUT);
    assert_non_null(strstr(digress_last_error(), "--out DIR"));
    assert_int_equal(parse(&arguments, WORDS("--force=yes")), DIGRESS_ERROR_INPUT);
    assert_int_equal(parse(&arguments, WORDS("-x")), DIGRESS_ERROR_INPUT);
}

static void numbers_are_checked(void **state) {
    (void)state;
    uint64_t whole = 7;
    assert_int_equal(dg_parse_u64("--threads", "12", 1, 16, &whole), 0);
    assert_int_equal(whole, 12);
    static const char *const bad[] = {
        "", "x", "-1", "+1", " 1", "1.5", "17", "0", "99999999999999999999"};
    for (size_t k = 0; k < sizeof bad / sizeof *bad; k++)
        assert_int_equal(dg_parse_u64("--threads", bad[k], 1, 16, &whole), DIGRESS_ERROR_INPUT);
    assert_int_equal(whole, 12);
    assert_int_equal(dg_parse_u64("--threads", "x", 1, 16, &whole), DIGRESS_ERROR_INPUT);
    assert_string_equal(digress_last_error(), "--threads: expected a whole number, got 'x'");

    double number = 0;
    assert_int_equal(dg_parse_double("--lr", "2e-4", &number), 0);
    assert_true(number == 2e-4);
    static const char *const not_numbers[] = {"", "1x", "nan", "inf", " 1", "1e999"};
    for (size_t k = 0; k < sizeof not_numbers / sizeof *not_numbers; k++)
        assert_int_equal(dg_parse_double("--lr", not_numbers[k], &number), DIGRESS_ERROR_INPUT);
    assert_true(number == 2e-4);
}

static void messages_name_the_flags(void **state) {
    (void)state;
    static const char *const texts[][2] = {
        {"x: exists already: give the option 'force' to replace it",
         "x: exists already: give --force to replace it"},
        {"the option 'max-tries' or the option 'n'", "--max-tries or --n"},
        {"the option 'of two words' and 'force'", "the option 'of two words' and 'force'"},
        {"the option '", "the option '"},
        {"", ""}};
    for (size_t k = 0; k < sizeof texts / sizeof *texts; k++) {
        char text[80];
        snprintf(text, sizeof text, "%s", texts[k][0]);
        dg_name_flags(text);
        assert_string_equal(text, texts[k][1]);
    }
}

static void nearest_name(void **state) {
    (void)state;
    static const char *const names[] = {"train", "sample", "eval"};
    assert_string_equal(dg_nearest("trian", 3, names), "train");
    assert_string_equal(dg_nearest("samples", 3, names), "sample");
    assert_string_equal(dg_nearest("evl", 3, names), "eval");
    assert_null(dg_nearest("bench", 3, names));
    assert_null(dg_nearest("", 3, names));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_every_spelling), cmocka_unit_test(refuses_with_a_hint),
        cmocka_unit_test(numbers_are_checked),  cmocka_unit_test(messages_name_the_flags),
        cmocka_unit_test(nearest_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
