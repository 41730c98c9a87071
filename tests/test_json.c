/* Texts and JSON are complete, or missing when memory runs out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/json.h"
#include "core/text.h"
#include "failing_json.h"
#include <stdio.h>
#include <string.h>

static void texts_grow(void **state) {
    (void)state;
    dg_text text = {0};
    char *made = NULL;
    for (int k = 0; k < 1000; k++) {
        dg_text_add(&text, "ab", 1);
        dg_text_print(&text, "%d,", k);
    }
    assert_int_equal(dg_text_take(&text, &made), DIGRESS_OK);
    assert_int_equal(strlen(made), 1000 + 10 * 2 + 90 * 3 + 900 * 4);
    assert_int_equal(strncmp(made, "a0,a1,a2,", 9), 0);
    free(made);
    assert_int_equal(dg_text_take(&text, &made), DIGRESS_OK);
    assert_string_equal(made, "");
    free(made);
}

static void a_failed_text_is_none(void **state) {
    (void)state;
    dg_text text = {0};
    char *made = NULL;
    dg_text_add(&text, "half", 4);
    dg_text_add(&text, "", SIZE_MAX / 2);
    dg_text_add(&text, "the rest", 8);
    assert_int_equal(dg_text_take(&text, &made), DIGRESS_ERROR_MEMORY);
    assert_null(made);
}

static void tells_utf8(void **state) {
    (void)state;
    const char *const good[] = {
        "", "abc", "\xC2\x80", "\xE2\x82\xAC x", "\xF0\x9F\x98\x80", "\xF4\x8F\xBF\xBF"};
    const char *const bad[] = {"\xFF",
                               "a\x80",
                               "\xC0\x80",
                               "\xC2",
                               "\xE0\x80\x80",
                               "\xED\xA0\x80",
                               "\xF4\x90\x80\x80",
                               "\xE2\x82",
                               "\xF0\x8F\xBF\xBF"};
    for (size_t k = 0; k < sizeof good / sizeof *good; k++) {
        json_t *theirs = json_string(good[k]);
        assert_non_null(theirs);
        json_decref(theirs);
        assert_true(dg_is_utf8(good[k]));
    }
    for (size_t k = 0; k < sizeof bad / sizeof *bad; k++) {
        assert_null(json_string(bad[k]));
        assert_false(dg_is_utf8(bad[k]));
    }
}

static void what_is_no_utf8_is_marked(void **state) {
    (void)state;
    json_t *string = dg_json_string("caf\xE9 \xC3\xA9\xFF");
    assert_string_equal(json_string_value(string), "caf\xEF\xBF\xBD \xC3\xA9\xEF\xBF\xBD");
    json_decref(string);
}

/* {"list": [0, "one", 2.5], "name": "..."} */
static json_t *build(void) {
    json_t *list = json_array(), *object = json_object();
    dg_json_append(&list, json_integer(0));
    dg_json_append(&list, dg_json_string("one"));
    dg_json_append(&list, json_real(2.5));
    dg_json_put(&object, "list", list);
    dg_json_put(&object, "name", dg_json_string("a name of more than sixteen bytes"));
    return object;
}

static void a_failure_spreads_to_the_root(void **state) {
    (void)state;
    char *text = NULL;
    json_t *list = json_array(), *object = json_object();
    dg_json_append(&list, NULL);
    assert_null(list);
    dg_json_append(&list, json_integer(1));
    assert_null(list);
    dg_json_put(&object, "list", list);
    assert_null(object);
    dg_json_put(&object, "number", json_integer(1));
    assert_null(object);
    assert_int_equal(dg_json_text(object, 0, &text), DIGRESS_ERROR_MEMORY);
    assert_null(text);
}

static void no_failed_allocation_tears_a_text(void **state) {
    (void)state;
    const char *right = "{\"list\":[0,\"one\",2.5],\"name\":\"a name of more than sixteen bytes\"}";
    long failures = 0;
    digress_status status = DIGRESS_ERROR_MEMORY;
    for (long k = 0; status != DIGRESS_OK; k++) {
        char *text = NULL;
        fail_json_after(k);
        json_t *object = build();
        status = dg_json_text(object, JSON_COMPACT, &text);
        json_decref(object);
        fail_json_after(-1);
        if (status == DIGRESS_OK) {
            assert_string_equal(text, right);
            free(text);
        } else {
            assert_int_equal(status, DIGRESS_ERROR_MEMORY);
            assert_null(text);
            failures++;
        }
    }
    assert_true(failures > 20);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_grow),
        cmocka_unit_test(a_failed_text_is_none),
        cmocka_unit_test(tells_utf8),
        cmocka_unit_test(what_is_no_utf8_is_marked),
        cmocka_unit_test(a_failure_spreads_to_the_root),
        cmocka_unit_test(no_failed_allocation_tears_a_text),
    };
    return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}
