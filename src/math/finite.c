#include "math/finite.h"

#include <stdint.h>
#include <string.h>

/* The largest magnitude, as the bits of a float: infinity and every NaN are above all numbers. */
bool dg_all_finite(size_t count, const float *values) {
    const int32_t magnitude = 0x7fffffff, infinity = 0x7f800000;
    int32_t largest = 0;
    for (size_t k = 0; k < count; k++) {
        int32_t bits;
        memcpy(&bits, &values[k], sizeof bits);
        bits &= magnitude;
        largest = bits > largest ? bits : largest;
    }
    return largest < infinity;
}
