#include "core/safetensors.h"

#include "core/file.h"
#include "core/json.h"
#include "core/memory.h"
#include "core/safetensors_format.h"
#include "core/text.h"
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

typedef struct entry {
    char *name;
    dg_dtype dtype;
    size_t rank, shape[DG_MAX_RANK];
    size_t bytes, order;
    const void *data;
} entry;

struct dg_tensor_writer {
    json_t *metadata;
    entry *entries;
    size_t count, capacity;
};

digress_status dg_tensor_writer_create(dg_tensor_writer **out) {
    dg_tensor_writer *writer = NULL;
    DG_TRY(dg_allocate(1, sizeof *writer, &writer));
    writer->metadata = json_object();
    if (!writer->metadata) {
        free(writer);
        return dg_out_of_memory();
    }
    *out = writer;
    return DIGRESS_OK;
}

void dg_tensor_writer_free(dg_tensor_writer *writer) {
    if (!writer) return;
    for (size_t k = 0; k < writer->count; k++)
        free(writer->entries[k].name);
    free(writer->entries);
    json_decref(writer->metadata);
    free(writer);
}

digress_status dg_tensor_writer_metadata(dg_tensor_writer *writer, const char *key,
                                         const char *value) {
    if (!dg_is_utf8(value))
        return dg_error(DIGRESS_ERROR_INPUT, "metadata '%s': its value is not valid UTF-8", key);
    if (json_object_set_new(writer->metadata, key, json_string(value)) == 0) return DIGRESS_OK;
    return dg_out_of_memory();
}

digress_status dg_tensor_writer_add(dg_tensor_writer *writer, const char *name, dg_dtype dtype,
                                    size_t rank, const size_t *shape, const void *data) {
    if (rank > DG_MAX_RANK)
        return dg_error(DIGRESS_ERROR_INTERNAL, "tensor '%s': rank %zu is too large", name, rank);
    entry added = {.dtype = dtype, .rank = rank, .data = data, .order = writer->count};
    added.bytes = dg_dtype_size(dtype);
    for (size_t k = 0; k < rank; k++) {
        added.shape[k] = shape[k];
        DG_TRY(dg_multiply(added.bytes, shape[k], &added.bytes));
    }
    DG_TRY(dg_grow(&writer->entries, &writer->capacity, writer->count + 1, sizeof added));
    added.name = strdup(name);
    if (!added.name) return dg_out_of_memory();
    writer->entries[writer->count++] = added;
    return DIGRESS_OK;
}

/* Wide items first, so that every tensor is aligned without gaps. */
static int compare_entries(const void *left, const void *right) {
    const entry *a = left, *b = right;
    size_t a_size = dg_dtype_size(a->dtype), b_size = dg_dtype_size(b->dtype);
    if (a_size != b_size) return a_size > b_size ? -1 : 1;
    return a->order < b->order ? -1 : 1;
}

static json_t *describe_entry(const entry *described, size_t begin) {
    json_t *shape = json_array();
    for (size_t k = 0; k < described->rank; k++)
        dg_json_append(&shape, json_integer((json_int_t)described->shape[k]));
    return json_pack("{s:s, s:o, s:[I, I]}", "dtype", dg_dtype_name(described->dtype), "shape",
                     shape, "data_offsets", (json_int_t)begin,
                     (json_int_t)(begin + described->bytes));
}

static digress_status check_name(const json_t *header, const char *name) {
    if (!dg_is_utf8(name))
        return dg_error(DIGRESS_ERROR_INPUT, "tensor '%s': the name is not valid UTF-8", name);
    if (!json_object_get(header, name)) return DIGRESS_OK;
    return dg_error(DIGRESS_ERROR_INTERNAL, "tensor '%s' is written twice", name);
}

/* The header's text, which the caller frees. */
static digress_status build_header(const dg_tensor_writer *writer, char **out) {
    json_t *header = json_object();
    digress_status status = DIGRESS_OK;
    size_t begin = 0;
    if (json_object_size(writer->metadata))
        dg_json_put(&header, dg_metadata_key, json_incref(writer->metadata));
    for (size_t k = 0; k < writer->count && status == DIGRESS_OK; k++) {
        const entry *added = &writer->entries[k];
        status = check_name(header, added->name);
        if (status == DIGRESS_OK) dg_json_put(&header, added->name, describe_entry(added, begin));
        begin += added->bytes;
    }
    if (status == DIGRESS_OK) status = dg_json_text(header, JSON_COMPACT, out);
    json_decref(header);
    return status;
}

static void write_all(const dg_tensor_writer *writer, const char *header, FILE *stream) {
    size_t length = strlen(header);
    uint64_t padded = (length + 7) / 8 * 8;
    fwrite(&padded, sizeof padded, 1, stream);
    fwrite(header, 1, length, stream);
    for (size_t k = length; k < padded; k++)
        putc(' ', stream);
    for (size_t k = 0; k < writer->count; k++)
        if (writer->entries[k].bytes)
            fwrite(writer->entries[k].data, 1, writer->entries[k].bytes, stream);
}

static digress_status write_file(const dg_tensor_writer *writer, const char *header,
                                 const char *path) {
    dg_file file;
    DG_TRY(dg_file_begin(&file, path));
    write_all(writer, header, file.stream);
    digress_status status = dg_file_check(&file, DG_LENGTH_BYTES, header, strlen(header));
    if (status == DIGRESS_OK) return dg_file_commit(&file);
    dg_file_abort(&file);
    return status;
}

digress_status dg_tensor_writer_save(dg_tensor_writer *writer, const char *path) {
    char *header = NULL;
    if (writer->count)
        qsort(writer->entries, writer->count, sizeof *writer->entries, compare_entries);
    DG_TRY(build_header(writer, &header));
    digress_status status = write_file(writer, header, path);
    free(header);
    return status;
}
