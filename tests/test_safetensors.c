/* The safetensors reader and writer, and files with false headers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/safetensors.h"
#include "failing_json.h"
#include "scratch.h"

static const float f32[6] = {1, -2, 3.5f, 0, 1e30f, -1e-30f};
static const double f64[2] = {1.0 / 3, -7};
static const int64_t i64[3] = {INT64_MIN, 0, INT64_MAX};
static const uint8_t u8[5] = {0, 1, 2, 254, 255};

static const char *save_example(void **state) {
    const char *path = scratch_path(state, "example.safetensors");
    dg_tensor_writer *writer = NULL;
    assert_int_equal(dg_tensor_writer_create(&writer), DIGRESS_OK);
    assert_int_equal(dg_tensor_writer_metadata(writer, "key", "a \"quoted\" \xC3\xA9"), DIGRESS_OK);
    char name[8] = "bytes"; /* names are copied */
    assert_int_equal(dg_tensor_writer_add(writer, name, DG_U8, 1, (size_t[]){5}, u8), DIGRESS_OK);
    strcpy(name, "x");
    assert_int_equal(dg_tensor_writer_add(writer, "wide", DG_F32, 2, (size_t[]){2, 3}, f32),
                     DIGRESS_OK);
    assert_int_equal(dg_tensor_writer_add(writer, "double", DG_F64, 1, (size_t[]){2}, f64),
                     DIGRESS_OK);
    assert_int_equal(dg_tensor_writer_add(writer, "scalar", DG_F32, 0, NULL, f32 + 2), DIGRESS_OK);
    assert_int_equal(dg_tensor_writer_add(writer, "nothing", DG_F32, 2, (size_t[]){0, 4}, NULL),
                     DIGRESS_OK);
    assert_int_equal(dg_tensor_writer_add(writer, "long", DG_I64, 1, (size_t[]){3}, i64),
                     DIGRESS_OK);
    assert_int_equal(dg_tensor_writer_save(writer, path), DIGRESS_OK);
    dg_tensor_writer_free(writer);
    return path;
}

static void round_trip(void **state) {
    const char *path = save_example(state);
    dg_tensor_file *file = NULL;
    const dg_tensor *tensor = NULL;
    assert_int_equal(dg_tensor_file_open(path, &file), DIGRESS_OK);
    assert_int_equal(dg_tensor_file_count(file), 6);
    assert_string_equal(dg_tensor_file_path(file), path);
    assert_string_equal(dg_tensor_file_metadata(file, "key"), "a \"quoted\" \xC3\xA9");
    assert_null(dg_tensor_file_metadata(file, "other"));
    assert_null(dg_tensor_file_find(file, "__metadata__"));

    assert_int_equal(
        dg_tensor_file_require(file, "wide", DG_F32, 2, (size_t[]){SIZE_MAX, 3}, &tensor),
        DIGRESS_OK);
    assert_memory_equal(tensor->data, f32, sizeof f32);
    assert_int_equal(dg_tensor_file_require(file, "long", DG_I64, 1, (size_t[]){3}, &tensor),
                     DIGRESS_OK);
    assert_memory_equal(tensor->data, i64, sizeof i64);
    assert_int_equal(dg_tensor_file_require(file, "double", DG_F64, 1, (size_t[]){2}, &tensor),
                     DIGRESS_OK);
    assert_memory_equal(tensor->data, f64, sizeof f64);
    assert_int_equal(dg_tensor_file_require(file, "scalar", DG_F32, 0, NULL, &tensor), DIGRESS_OK);
    assert_int_equal(tensor->count, 1);
    assert_memory_equal(tensor->data, f32 + 2, 4);
    assert_int_equal(dg_tensor_file_require(file, "nothing", DG_F32, 2, (size_t[]){0, 4}, &tensor),
                     DIGRESS_OK);
    assert_int_equal(tensor->count, 0);
    assert_int_equal(dg_tensor_file_require(file, "bytes", DG_U8, 1, (size_t[]){5}, &tensor),
                     DIGRESS_OK);
    assert_memory_equal(tensor->data, u8, sizeof u8);
    dg_tensor_file_close(file);
}

static void says_what_was_expected(void **state) {
    dg_tensor_file *file = NULL;
    const dg_tensor *tensor = NULL;
    assert_int_equal(dg_tensor_file_open(save_example(state), &file), DIGRESS_OK);
    assert_int_equal(dg_tensor_file_require(file, "none", DG_F32, 0, NULL, &tensor),
                     DIGRESS_ERROR_INPUT);
    assert_non_null(strstr(digress_last_error(), "tensor 'none' is missing"));
    assert_int_equal(
        dg_tensor_file_require(file, "wide", DG_F32, 2, (size_t[]){SIZE_MAX, 4}, &tensor),
        DIGRESS_ERROR_INPUT);
    assert_non_null(strstr(digress_last_error(), "'wide': expected F32 [*, 4], found F32 [2, 3]"));
    assert_int_equal(dg_tensor_file_require(file, "wide", DG_F64, 2, (size_t[]){2, 3}, &tensor),
                     DIGRESS_ERROR_INPUT);
    assert_int_equal(dg_tensor_file_require(file, "wide", DG_F32, 1, (size_t[]){6}, &tensor),
                     DIGRESS_ERROR_INPUT);
    assert_null(tensor);
    dg_tensor_file_close(file);
}

/* Writes a file with this header (not padded) and `size` bytes 0, 1, 2, ... of data. */
static const char *save_raw(void **state, const char *header, size_t size) {
    const char *path = scratch_path(state, "raw.safetensors");
    uint64_t length = strlen(header);
    char bytes[2048];
    memcpy(bytes, &length, 8);
    memcpy(bytes + 8, header, length);
    for (size_t k = 0; k < size; k++)
        bytes[8 + length + k] = (char)k;
    assert_non_null(scratch_bytes(path, bytes, 8 + length + size));
    return path;
}

static void misaligned_data_is_moved(void **state) {
    /* The header's length is odd, and the double lies behind a byte. */
    const char *path = save_raw(state,
                                "{\"b\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]},"
                                "\"d\":{\"dtype\":\"F64\",\"shape\":[2],\"data_offsets\":[1,17]},"
                                "\"f\":{\"dtype\":\"F32\",\"shape\":[],\"data_offsets\":[17,21]}}",
                                21);
    dg_tensor_file *file = NULL;
    assert_int_equal(dg_tensor_file_open(path, &file), DIGRESS_OK);
    const dg_tensor *tensor = dg_tensor_file_find(file, "d");
    assert_int_equal((uintptr_t)tensor->data % 8, 0);
    for (size_t k = 0; k < 16; k++)
        assert_int_equal(((const uint8_t *)tensor->data)[k], k + 1);
    tensor = dg_tensor_file_at(file, 2);
    assert_string_equal(tensor->name, "f");
    assert_int_equal((uintptr_t)tensor->data % 4, 0);
    assert_int_equal(((const uint8_t *)tensor->data)[0], 17);
    dg_tensor_file_close(file);
}

static void refuses_lying_headers(void **state) {
#define ENTRY(name, dtype, shape, offsets)                                                         \
    "\"" name "\":{\"dtype\":\"" dtype "\",\"shape\":" shape ",\"data_offsets\":" offsets "}"
    static const struct {
        const char *header;
        size_t size;
        const char *message;
    } cases[] = {
        {"", 0, "bad safetensors header"},
        {"[]", 0, "not an object"},
        {"{\"a\":", 0, "bad safetensors header"},
        {"{\"a\":1}", 0, "expected dtype"},
        {"{\"a\\\n\":1}", 0, "bad safetensors header"}, /* jansson quotes the newline */
        {"{" ENTRY("a", "F16", "[1]", "[0,2]") "}", 2, "expected dtype"},
        {"{" ENTRY("a", "F32", "[-1]", "[0,4]") "}", 4, "impossible shape"},
        {"{" ENTRY("a", "F32", "[1.5]", "[0,4]") "}", 4, "impossible shape"},
        {"{" ENTRY("a", "F32", "[4294967296,4294967296,16]", "[0,4]") "}", 4, "impossible shape"},
        {"{" ENTRY("a", "F32", "[4611686018427387904]", "[0,0]") "}", 0, "do not fit its shape"},
        {"{" ENTRY("a", "F32", "[1,1,1,1,1,1,1,1,1]", "[0,4]") "}", 4, "at most 8"},
        {"{" ENTRY("a", "F32", "3", "[0,4]") "}", 4, "at most 8"},
        {"{" ENTRY("a", "F32", "[2]", "[0,4]") "}", 4, "do not fit its shape"},
        {"{" ENTRY("a", "F32", "[1]", "[0,4,8]") "}", 8, "data_offsets"},
        {"{" ENTRY("a", "F32", "[1]", "[4,0]") "}", 4, "data_offsets"},
        {"{" ENTRY("a", "F32", "[1]", "[-4,0]") "}", 4, "data_offsets"},
        {"{" ENTRY("a", "F32", "[2]", "[0,8]") "}", 7, "cut off"},
        {"{" ENTRY("a", "F32", "[1]", "[9223372036854775803,9223372036854775807]") "}", 4,
         "cut off"},
        {"{" ENTRY("a", "F32", "[1]", "[0,4]") "," ENTRY("b", "F32", "[1]", "[2,6]") "}", 6,
         "overlaps"},
        {"{" ENTRY("a", "F32", "[1]", "[0,4]") "," ENTRY("b", "F32", "[1]", "[0,4]") "}", 4,
         "overlaps"},
        {"{" ENTRY("a", "F32", "[1]", "[4,8]") "}", 8, "unused bytes"},
        {"{" ENTRY("a", "F32", "[1]", "[0,4]") "}", 5, "1 bytes after the last tensor"},
        {"{" ENTRY("a", "F32", "[1]", "[0,4]") "," ENTRY("a", "F32", "[1]", "[4,8]") "}", 8,
         "duplicate"},
        {"{\"__metadata__\":[]}", 0, "__metadata__ is not an object"},
        {"{\"__metadata__\":{\"a\":1}}", 0, "metadata 'a' is not a string"},
    };
    for (size_t k = 0; k < sizeof cases / sizeof cases[0]; k++) {
        dg_tensor_file *file = NULL;
        const char *path = save_raw(state, cases[k].header, cases[k].size);
        if (dg_tensor_file_open(path, &file) != DIGRESS_ERROR_INPUT)
            fail_msg("not refused: %s", cases[k].header);
        if (!strstr(digress_last_error(), cases[k].message) || !strstr(digress_last_error(), path))
            fail_msg("%s: '%s', not '%s'", cases[k].header, digress_last_error(), cases[k].message);
    }
}

static void refuses_every_cut(void **state) {
    const char *path = save_example(state), *cut = scratch_path(state, "cut");
    char *bytes = NULL;
    size_t size = 0;
    assert_int_equal(dg_file_read(path, &bytes, &size), DIGRESS_OK);
    for (size_t length = 0; length < size; length++) {
        dg_tensor_file *file = NULL;
        assert_non_null(scratch_bytes(cut, bytes, length));
        if (dg_tensor_file_open(cut, &file) != DIGRESS_ERROR_INPUT)
            fail_msg("not refused when cut to %zu bytes", length);
    }
    uint64_t huge = UINT64_MAX; /* a header longer than any memory */
    memcpy(bytes, &huge, 8);
    dg_tensor_file *file = NULL;
    assert_non_null(scratch_bytes(cut, bytes, size));
    assert_int_equal(dg_tensor_file_open(cut, &file), DIGRESS_ERROR_INPUT);
    free(bytes);
    assert_int_equal(dg_tensor_file_open(scratch_path(state, "none"), &file), DIGRESS_ERROR_IO);
}

/* Any single byte changed: refused, or read without harm. */
static void survives_every_flip(void **state) {
    const char *path = save_example(state), *flipped = scratch_path(state, "flipped");
    char *bytes = NULL;
    size_t size = 0;
    assert_int_equal(dg_file_read(path, &bytes, &size), DIGRESS_OK);
    for (size_t k = 0; k < size; k++) {
        dg_tensor_file *file = NULL;
        bytes[k] ^= 5;
        assert_non_null(scratch_bytes(flipped, bytes, size));
        if (dg_tensor_file_open(flipped, &file) == DIGRESS_OK) dg_tensor_file_close(file);
        bytes[k] ^= 5;
    }
    free(bytes);
}

static void writer_reports_its_failures(void **state) {
    dg_tensor_writer *writer = NULL;
    assert_int_equal(dg_tensor_writer_create(&writer), DIGRESS_OK);
    assert_int_equal(dg_tensor_writer_metadata(writer, "key", "\xFF"), DIGRESS_ERROR_INPUT);
    assert_int_equal(dg_tensor_writer_add(writer, "a", DG_U8, 1, (size_t[]){5}, u8), DIGRESS_OK);
    assert_int_equal(dg_tensor_writer_save(writer, "/dev/full"), DIGRESS_ERROR_IO);
    assert_int_equal(dg_tensor_writer_add(writer, "a", DG_U8, 1, (size_t[]){5}, u8), DIGRESS_OK);
    const char *path = scratch_path(state, "twice");
    assert_int_equal(dg_tensor_writer_save(writer, path), DIGRESS_ERROR_INTERNAL);
    assert_false(dg_exists(path));
    dg_tensor_writer_free(writer);
}

/* Writes one tensor with metadata, while jansson runs out of memory after `allocations`. */
static digress_status save_with(long allocations, const char *path) {
    dg_tensor_writer *writer = NULL;
    DG_TRY(dg_tensor_writer_create(&writer));
    fail_json_after(allocations);
    digress_status status = dg_tensor_writer_metadata(writer, "key", "value");
    if (status == DIGRESS_OK)
        status = dg_tensor_writer_add(writer, "a", DG_U8, 1, (size_t[]){5}, u8);
    if (status == DIGRESS_OK) status = dg_tensor_writer_save(writer, path);
    fail_json_after(-1);
    dg_tensor_writer_free(writer);
    return status;
}

static void out_of_memory_leaves_the_old_file(void **state) {
    const char *path = scratch_file(state, "file", "old");
    digress_status status = DIGRESS_ERROR_MEMORY;
    long failures = 0;
    for (; (status = save_with(failures, path)) != DIGRESS_OK; failures++) {
        char *bytes = NULL;
        size_t size = 0;
        assert_int_equal(status, DIGRESS_ERROR_MEMORY);
        assert_string_equal(digress_last_error(), "out of memory");
        assert_int_equal(dg_file_read(path, &bytes, &size), DIGRESS_OK);
        assert_string_equal(bytes, "old");
        free(bytes);
    }
    assert_true(failures > 20);
    dg_tensor_file *file = NULL;
    assert_int_equal(dg_tensor_file_open(path, &file), DIGRESS_OK);
    assert_string_equal(dg_tensor_file_metadata(file, "key"), "value");
    assert_memory_equal(dg_tensor_file_find(file, "a")->data, u8, 5);
    dg_tensor_file_close(file);
}

static void an_empty_file_of_tensors(void **state) {
    dg_tensor_writer *writer = NULL;
    dg_tensor_file *file = NULL;
    const char *path = scratch_path(state, "empty");
    assert_int_equal(dg_tensor_writer_create(&writer), DIGRESS_OK);
    assert_int_equal(dg_tensor_writer_save(writer, path), DIGRESS_OK);
    dg_tensor_writer_free(writer);
    assert_int_equal(dg_tensor_file_open(path, &file), DIGRESS_OK);
    assert_int_equal(dg_tensor_file_count(file), 0);
    dg_tensor_file_close(file);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(round_trip),
        SCRATCH_TEST(says_what_was_expected),
        SCRATCH_TEST(misaligned_data_is_moved),
        SCRATCH_TEST(refuses_lying_headers),
        SCRATCH_TEST(refuses_every_cut),
        SCRATCH_TEST(survives_every_flip),
        SCRATCH_TEST(writer_reports_its_failures),
        SCRATCH_TEST(out_of_memory_leaves_the_old_file),
        SCRATCH_TEST(an_empty_file_of_tensors),
    };
    return cmocka_run_group_tests_name("safetensors", tests, NULL, NULL);
}
