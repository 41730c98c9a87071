/* The safetensors format: 8 bytes little-endian header length, a JSON header, raw little-endian
 * row-major data. Every size is checked against the file's before anything is read. */
#ifndef DG_CORE_SAFETENSORS_H
#define DG_CORE_SAFETENSORS_H

#include "core/status.h"
#include <stdbool.h>
#include <stddef.h>

typedef enum dg_dtype { DG_F32, DG_F64, DG_I64, DG_I32, DG_U32, DG_U8, DG_U64 } dg_dtype;
size_t dg_dtype_size(dg_dtype dtype);

enum { DG_MAX_RANK = 8 };

/* One tensor of an open file; `data` points into the file's buffer and is aligned to its item size,
 * whatever its alignment in the file. */
typedef struct dg_tensor {
    const char *name;
    dg_dtype dtype;
    size_t rank, shape[DG_MAX_RANK];
    size_t count; /* product of the shape; 1 for a scalar */
    const void *data;
} dg_tensor;

typedef struct dg_tensor_file dg_tensor_file;

/* Errors: IO; INPUT with the path and what is wrong (cut off, a lying header, bad JSON, offsets out
 * of bounds, overlapping or of the wrong length, an unknown dtype). */
digress_status dg_tensor_file_open(const char *path, dg_tensor_file **out);
/* The same for bytes that the caller has read from `path`; borrowed until the file is closed. */
digress_status dg_tensor_file_view(const char *path, const char *bytes, size_t size,
                                   dg_tensor_file **out);
void dg_tensor_file_close(dg_tensor_file *file); /* NULL is allowed */
const char *dg_tensor_file_path(const dg_tensor_file *file);

size_t dg_tensor_file_count(const dg_tensor_file *file);
const dg_tensor *dg_tensor_file_at(const dg_tensor_file *file, size_t index); /* header's order */
const dg_tensor *dg_tensor_file_find(const dg_tensor_file *file, const char *name); /* or NULL */
/* Metadata value for `key`, or NULL. Owned by the file. */
const char *dg_tensor_file_metadata(const dg_tensor_file *file, const char *key);

/* Finds `name` and checks its dtype and rank, and each shape[k] that is not SIZE_MAX.
 * Errors: INPUT, naming file, tensor, and what was expected. */
digress_status dg_tensor_file_require(const dg_tensor_file *file, const char *name, dg_dtype dtype,
                                      size_t rank, const size_t *shape, const dg_tensor **out);

/* Collects tensors and metadata (borrowed until saved), then writes the file atomically. */
typedef struct dg_tensor_writer dg_tensor_writer;
digress_status dg_tensor_writer_create(dg_tensor_writer **out);
void dg_tensor_writer_free(dg_tensor_writer *writer);
/* The value is copied. */
digress_status dg_tensor_writer_metadata(dg_tensor_writer *writer, const char *key,
                                         const char *value);
/* The name is copied, the data borrowed. */
digress_status dg_tensor_writer_add(dg_tensor_writer *writer, const char *name, dg_dtype dtype,
                                    size_t rank, const size_t *shape, const void *data);
/* Adds all tensors of a file, borrowed, and its metadata. */
digress_status dg_tensor_writer_copy(dg_tensor_writer *writer, const dg_tensor_file *file);
digress_status dg_tensor_writer_save(dg_tensor_writer *writer, const char *path);

#endif
