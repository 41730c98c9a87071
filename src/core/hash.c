#include "core/hash.h"

uint64_t dg_hash(uint64_t state, const void *bytes, size_t size) {
    const unsigned char *byte = bytes;
    for (size_t k = 0; k < size; k++)
        state = (state ^ byte[k]) * UINT64_C(0x100000001b3);
    return state;
}
