#include "core/safetensors_format.h"

#include <string.h>

const char dg_metadata_key[] = "__metadata__";

static const struct {
    const char *name;
    size_t size;
} dtypes[] = {
    [DG_F32] = {"F32", 4}, [DG_F64] = {"F64", 8}, [DG_I64] = {"I64", 8}, [DG_I32] = {"I32", 4},
    [DG_U32] = {"U32", 4}, [DG_U8] = {"U8", 1},   [DG_U64] = {"U64", 8},
};
enum { DTYPES = sizeof dtypes / sizeof dtypes[0] };

size_t dg_dtype_size(dg_dtype dtype) {
    return dtypes[dtype].size;
}

const char *dg_dtype_name(dg_dtype dtype) {
    return dtypes[dtype].name;
}

bool dg_dtype_parse(const char *name, dg_dtype *out) {
    for (int k = 0; name && k < DTYPES; k++) {
        if (strcmp(name, dtypes[k].name) != 0) continue;
        *out = (dg_dtype)k;
        return true;
    }
    return false;
}
