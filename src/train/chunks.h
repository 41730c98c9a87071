/* The fixed chunks in which threads work through a flat vector. */
#ifndef DG_TRAIN_CHUNKS_H
#define DG_TRAIN_CHUNKS_H

#include <stddef.h>

/* Elements first .. end-1 of a flat vector. */
typedef struct dg_span {
    size_t first, end;
} dg_span;

enum { DG_CHUNK = 1 << 15 };

static inline size_t dg_chunk_count(size_t count) {
    return (count + DG_CHUNK - 1) / DG_CHUNK;
}

static inline dg_span dg_chunk_span(size_t count, size_t index) {
    size_t first = index * DG_CHUNK;
    return (dg_span){first, count - first < DG_CHUNK ? count : first + DG_CHUNK};
}

#endif
