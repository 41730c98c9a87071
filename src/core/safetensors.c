#include "core/safetensors.h"

#include "core/file.h"
#include "core/json.h"
#include "core/memory.h"
#include "core/safetensors_format.h"
#include <inttypes.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "data is used as it is in the file");

enum { LARGEST_HEADER = 100 << 20 };

struct dg_tensor_file {
    char *path;
    const char *bytes;
    char *owned; /* bytes, if the file has to free them; else NULL */
    json_t *header;
    size_t count;
    dg_tensor *tensors;
    void **copies; /* [count] data that is misaligned in the file, else NULL */
};

/* Where a tensor is in the data section. */
typedef struct extent {
    size_t begin, end;
    const char *name;
} extent;

static digress_status bad(const dg_tensor_file *file, const char *name, const char *what) {
    return dg_error(DIGRESS_ERROR_INPUT, "%s: tensor '%s': %s", file->path, name, what);
}

static bool read_size(const json_t *value, size_t *out) {
    if (!json_is_integer(value) || json_integer_value(value) < 0) return false;
    *out = (size_t)json_integer_value(value);
    return true;
}

static digress_status parse_shape(const dg_tensor_file *file, const json_t *shape,
                                  dg_tensor *tensor) {
    if (!json_is_array(shape) || json_array_size(shape) > DG_MAX_RANK)
        return bad(file, tensor->name, "expected a shape of at most 8 sizes");
    tensor->rank = json_array_size(shape);
    tensor->count = 1;
    for (size_t k = 0; k < tensor->rank; k++) {
        if (!read_size(json_array_get(shape, k), &tensor->shape[k]) ||
            dg_multiply(tensor->count, tensor->shape[k], &tensor->count) != DIGRESS_OK)
            return bad(file, tensor->name, "an impossible shape");
    }
    return DIGRESS_OK;
}

static digress_status parse_extent(const dg_tensor_file *file, const json_t *offsets,
                                   size_t data_size, const dg_tensor *tensor, extent *out) {
    size_t bytes = 0;
    out->name = tensor->name;
    if (json_array_size(offsets) != 2 || !read_size(json_array_get(offsets, 0), &out->begin) ||
        !read_size(json_array_get(offsets, 1), &out->end) || out->begin > out->end)
        return bad(file, tensor->name, "expected data_offsets [begin, end]");
    if (dg_multiply(tensor->count, dg_dtype_size(tensor->dtype), &bytes) != DIGRESS_OK ||
        out->end - out->begin != bytes)
        return bad(file, tensor->name, "its offsets do not fit its shape");
    if (out->end > data_size)
        return dg_error(DIGRESS_ERROR_INPUT,
                        "%s: cut off: tensor '%s' ends at byte %zu of the data, the file has %zu",
                        file->path, tensor->name, out->end, data_size);
    return DIGRESS_OK;
}

/* A tensor's data, copied if it is misaligned in the file. */
static digress_status place_data(dg_tensor_file *file, size_t index, const char *bytes) {
    dg_tensor *tensor = &file->tensors[index];
    size_t size = dg_dtype_size(tensor->dtype);
    tensor->data = bytes;
    if ((uintptr_t)bytes % size == 0) return DIGRESS_OK;
    DG_TRY(dg_allocate(tensor->count, size, &file->copies[index]));
    memcpy(file->copies[index], bytes, tensor->count * size);
    tensor->data = file->copies[index];
    return DIGRESS_OK;
}

static digress_status parse_tensor(dg_tensor_file *file, size_t index, const json_t *entry,
                                   const char *data, size_t data_size, extent *place) {
    dg_tensor *tensor = &file->tensors[index];
    if (!dg_dtype_parse(json_string_value(json_object_get(entry, "dtype")), &tensor->dtype))
        return bad(file, tensor->name, "expected dtype F32, F64, I64, I32, U32, U8 or U64");
    DG_TRY(parse_shape(file, json_object_get(entry, "shape"), tensor));
    DG_TRY(parse_extent(file, json_object_get(entry, "data_offsets"), data_size, tensor, place));
    return place_data(file, index, data + place->begin);
}

static int compare_extents(const void *left, const void *right) {
    const extent *a = left, *b = right;
    if (a->begin != b->begin) return a->begin < b->begin ? -1 : 1;
    return a->end < b->end ? -1 : a->end > b->end;
}

/* The format wants every byte of the data to belong to exactly one tensor. */
static digress_status check_extents(const dg_tensor_file *file, extent *places, size_t data_size) {
    size_t end = 0;
    qsort(places, file->count, sizeof *places, compare_extents);
    for (size_t k = 0; k < file->count; k++) {
        if (places[k].begin != end)
            return bad(file, places[k].name,
                       places[k].begin < end ? "overlaps another" : "unused bytes before its data");
        end = places[k].end;
    }
    if (end != data_size)
        return dg_error(DIGRESS_ERROR_INPUT, "%s: %zu bytes after the last tensor", file->path,
                        data_size - end);
    return DIGRESS_OK;
}

static digress_status parse_tensors(dg_tensor_file *file, extent *places, const char *data,
                                    size_t data_size) {
    const char *name = NULL;
    json_t *entry = NULL;
    size_t index = 0;
    json_object_foreach(file->header, name, entry) {
        if (strcmp(name, dg_metadata_key) == 0) continue;
        file->tensors[index].name = name;
        DG_TRY(parse_tensor(file, index, entry, data, data_size, &places[index]));
        index++;
    }
    return check_extents(file, places, data_size);
}

static digress_status check_metadata(const dg_tensor_file *file) {
    json_t *metadata = json_object_get(file->header, dg_metadata_key), *value = NULL;
    const char *key = NULL;
    if (metadata && !json_is_object(metadata))
        return dg_error(DIGRESS_ERROR_INPUT, "%s: __metadata__ is not an object", file->path);
    json_object_foreach(metadata, key, value) {
        if (!json_is_string(value))
            return dg_error(DIGRESS_ERROR_INPUT, "%s: metadata '%s' is not a string", file->path,
                            key);
    }
    return DIGRESS_OK;
}

static digress_status parse_header(dg_tensor_file *file, const char *text, size_t length) {
    digress_status status = dg_json_parse("bad safetensors header", text, length, &file->header);
    if (status != DIGRESS_OK) return dg_error_prefix(status, "%s", file->path);
    if (!json_is_object(file->header))
        return dg_error(DIGRESS_ERROR_INPUT, "%s: its safetensors header is not an object",
                        file->path);
    DG_TRY(check_metadata(file));
    file->count = json_object_size(file->header);
    if (json_object_get(file->header, dg_metadata_key)) file->count--;
    DG_TRY(dg_allocate(file->count, sizeof *file->tensors, &file->tensors));
    return dg_allocate(file->count, sizeof *file->copies, &file->copies);
}

static digress_status header_length(const dg_tensor_file *file, size_t size, size_t *out) {
    if (size < DG_LENGTH_BYTES)
        return dg_error(DIGRESS_ERROR_INPUT, "%s: too short for a safetensors file (%zu bytes)",
                        file->path, size);
    uint64_t length = 0;
    memcpy(&length, file->bytes, sizeof length);
    if (length > LARGEST_HEADER)
        return dg_error(DIGRESS_ERROR_INPUT,
                        "%s: not a safetensors file: it claims a header of %" PRIu64 " bytes",
                        file->path, length);
    if (length > size - DG_LENGTH_BYTES)
        return dg_error(DIGRESS_ERROR_INPUT,
                        "%s: cut off: a safetensors header of %" PRIu64
                        " bytes in a file of %zu bytes",
                        file->path, length, size);
    *out = (size_t)length;
    return DIGRESS_OK;
}

static digress_status parse_file(dg_tensor_file *file, const char *path, size_t size) {
    size_t length = 0;
    extent *places = NULL;
    file->path = strdup(path);
    if (!file->path) return dg_out_of_memory();
    DG_TRY(header_length(file, size, &length));
    DG_TRY(parse_header(file, file->bytes + DG_LENGTH_BYTES, length));
    DG_TRY(dg_allocate(file->count, sizeof *places, &places));
    digress_status status = parse_tensors(file, places, file->bytes + DG_LENGTH_BYTES + length,
                                          size - DG_LENGTH_BYTES - length);
    free(places);
    return status;
}

digress_status dg_tensor_file_view(const char *path, const char *bytes, size_t size,
                                   dg_tensor_file **out) {
    dg_tensor_file *file = NULL;
    DG_TRY(dg_allocate(1, sizeof *file, &file));
    file->bytes = bytes;
    digress_status status = parse_file(file, path, size);
    if (status != DIGRESS_OK) {
        dg_tensor_file_close(file);
        return status;
    }
    *out = file;
    return DIGRESS_OK;
}

digress_status dg_tensor_file_open(const char *path, dg_tensor_file **out) {
    char *bytes = NULL;
    size_t size = 0;
    DG_TRY(dg_file_read(path, &bytes, &size));
    digress_status status = dg_tensor_file_view(path, bytes, size, out);
    if (status == DIGRESS_OK)
        (*out)->owned = bytes;
    else
        free(bytes);
    return status;
}

void dg_tensor_file_close(dg_tensor_file *file) {
    if (!file) return;
    for (size_t k = 0; file->copies && k < file->count; k++)
        free(file->copies[k]);
    free(file->copies);
    free(file->tensors);
    json_decref(file->header);
    free(file->owned);
    free(file->path);
    free(file);
}

const char *dg_tensor_file_path(const dg_tensor_file *file) {
    return file->path;
}

size_t dg_tensor_file_count(const dg_tensor_file *file) {
    return file->count;
}

const dg_tensor *dg_tensor_file_at(const dg_tensor_file *file, size_t index) {
    return &file->tensors[index];
}

const dg_tensor *dg_tensor_file_find(const dg_tensor_file *file, const char *name) {
    for (size_t k = 0; k < file->count; k++)
        if (strcmp(file->tensors[k].name, name) == 0) return &file->tensors[k];
    return NULL;
}

const char *dg_tensor_file_metadata(const dg_tensor_file *file, const char *key) {
    return json_string_value(json_object_get(json_object_get(file->header, dg_metadata_key), key));
}

static void describe_shape(size_t rank, const size_t *shape, char *text, size_t size) {
    size_t used = (size_t)snprintf(text, size, "[");
    for (size_t k = 0; k < rank && used < size; k++) {
        const char *comma = k ? ", " : "";
        used += (size_t)(shape[k] == SIZE_MAX
                             ? snprintf(text + used, size - used, "%s*", comma)
                             : snprintf(text + used, size - used, "%s%zu", comma, shape[k]));
    }
    if (used < size) snprintf(text + used, size - used, "]");
}

static bool shape_fits(const dg_tensor *tensor, size_t rank, const size_t *shape) {
    if (tensor->rank != rank) return false;
    for (size_t k = 0; k < rank; k++)
        if (shape[k] != SIZE_MAX && shape[k] != tensor->shape[k]) return false;
    return true;
}

digress_status dg_tensor_file_require(const dg_tensor_file *file, const char *name, dg_dtype dtype,
                                      size_t rank, const size_t *shape, const dg_tensor **out) {
    const dg_tensor *tensor = dg_tensor_file_find(file, name);
    if (!tensor)
        return dg_error(DIGRESS_ERROR_INPUT, "%s: tensor '%s' is missing", file->path, name);
    if (tensor->dtype != dtype || !shape_fits(tensor, rank, shape)) {
        char expected[256], found[256];
        describe_shape(rank, shape, expected, sizeof expected);
        describe_shape(tensor->rank, tensor->shape, found, sizeof found);
        return dg_error(DIGRESS_ERROR_INPUT, "%s: tensor '%s': expected %s %s, found %s %s",
                        file->path, name, dg_dtype_name(dtype), expected,
                        dg_dtype_name(tensor->dtype), found);
    }
    *out = tensor;
    return DIGRESS_OK;
}

digress_status dg_tensor_writer_copy(dg_tensor_writer *writer, const dg_tensor_file *file) {
    const char *key = NULL;
    json_t *value = NULL;
    json_object_foreach(json_object_get(file->header, dg_metadata_key), key, value)
        DG_TRY(dg_tensor_writer_metadata(writer, key, json_string_value(value)));
    for (size_t k = 0; k < file->count; k++) {
        const dg_tensor *tensor = &file->tensors[k];
        DG_TRY(dg_tensor_writer_add(writer, tensor->name, tensor->dtype, tensor->rank,
                                    tensor->shape, tensor->data));
    }
    return DIGRESS_OK;
}
