/* Golden numbers: safetensors files computed by the reference implementation, read from the folder
 * in the environment variable DIGRESS_GOLDEN (default: tests/golden). Whatever is missing or too
 * far off fails the running cmocka test with a line that says what. */
#ifndef DG_TESTS_GOLDEN_H
#define DG_TESTS_GOLDEN_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "config/config.h"
#include "core/safetensors.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct golden_tolerance {
    double absolute, relative; /* |actual - expected| <= absolute + relative |expected| */
} golden_tolerance;

/* Fails the running test unless `status` is DIGRESS_OK. */
static inline void golden_ok(digress_status status) {
    if (status != DIGRESS_OK) fail_msg("%s", digress_last_error());
}

/* cmocka 1.1 compares floats only. */
static inline void assert_close(double actual, double expected, double tolerance) {
    if (!(fabs(actual - expected) <= tolerance))
        fail_msg("got %.17g, expected %.17g: off by %.3g, allowed %.3g", actual, expected,
                 fabs(actual - expected), tolerance);
}

/* Opens NAME.safetensors of the golden folder; close it with dg_tensor_file_close. */
static inline dg_tensor_file *golden_open(const char *name) {
    const char *folder = getenv("DIGRESS_GOLDEN");
    char path[4096];
    snprintf(path, sizeof path, "%s/%s.safetensors", folder ? folder : TESTS_FOLDER "/golden",
             name);
    dg_tensor_file *file = NULL;
    golden_ok(dg_tensor_file_open(path, &file));
    return file;
}

/* The tensor whose name the format gives. */
__attribute__((format(printf, 2, 3))) static inline const dg_tensor *
golden_tensor(const dg_tensor_file *file, const char *format, ...) {
    char name[256];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(name, sizeof name, format, arguments);
    va_end(arguments);
    const dg_tensor *tensor = dg_tensor_file_find(file, name);
    if (!tensor) fail_msg("%s: no tensor '%s'", dg_tensor_file_path(file), name);
    return tensor;
}

static inline const char *golden_metadata(const dg_tensor_file *file, const char *key) {
    const char *value = dg_tensor_file_metadata(file, key);
    if (!value) fail_msg("%s: no metadata '%s'", dg_tensor_file_path(file), key);
    return value;
}

/* The choice that a name in the metadata stands for, of a key that takes names. */
static inline unsigned golden_choice(const char *key, const char *name) {
    unsigned choice = 0;
    golden_ok(dg_config_choice(key, name, &choice));
    return choice;
}

static inline double golden_number(const dg_tensor_file *file, const char *key) {
    return strtod(golden_metadata(file, key), NULL);
}

/* Reads up to `capacity` whole numbers from a list in the metadata, such as "sizes"; returns how
 * many. */
static inline size_t golden_sizes(const dg_tensor_file *file, const char *key, size_t capacity,
                                  uint32_t *out) {
    const char *text = golden_metadata(file, key);
    size_t count = 0;
    for (char *end = NULL; count < capacity; text = end) {
        unsigned long value = strtoul(text, &end, 10);
        if (end == text) break;
        out[count++] = (uint32_t)value;
    }
    return count;
}

/* Element `index` of a tensor of any dtype used here. */
static inline double golden_at(const dg_tensor *tensor, size_t index) {
    assert_in_range(index, 0, tensor->count - 1);
    switch (tensor->dtype) {
    case DG_F32:
        return (double)((const float *)tensor->data)[index];
    case DG_F64:
        return ((const double *)tensor->data)[index];
    case DG_I64:
        return (double)((const int64_t *)tensor->data)[index];
    default:
        fail_msg("tensor '%s' has a dtype that golden files do not use", tensor->name);
    }
    return 0;
}

static inline const float *golden_floats(const dg_tensor *tensor) {
    if (tensor->dtype != DG_F32) fail_msg("tensor '%s' is not F32", tensor->name);
    return tensor->data;
}

/* Compares `actual` with element `index` of the tensor. A NaN fails. */
static inline void golden_check_at(double actual, const dg_tensor *expected, size_t index,
                                   golden_tolerance tolerance) {
    double value = golden_at(expected, index);
    double allowed = tolerance.absolute + tolerance.relative * fabs(value);
    if (!(fabs(actual - value) <= allowed))
        fail_msg("'%s'[%zu]: got %.9g, expected %.9g: off by %.3g, allowed %.3g", expected->name,
                 index, actual, value, fabs(actual - value), allowed);
}

static inline void golden_check(const double *actual, const dg_tensor *expected,
                                golden_tolerance tolerance) {
    for (size_t k = 0; k < expected->count; k++)
        golden_check_at(actual[k], expected, k, tolerance);
}

static inline void golden_check_floats(const float *actual, const dg_tensor *expected,
                                       golden_tolerance tolerance) {
    for (size_t k = 0; k < expected->count; k++)
        golden_check_at((double)actual[k], expected, k, tolerance);
}

#endif
