#include "core/nearest.h"

#include "core/memory.h"

#include <string.h>

enum { LONGEST = 64 };

/* Optimal string alignment distance; three rows of its table are kept. Both at most LONGEST. */
static size_t edit_distance(const char *a, size_t a_length, const char *b, size_t b_length) {
    size_t rows[3][LONGEST + 1];
    for (size_t j = 0; j <= b_length; j++)
        rows[0][j] = j;
    for (size_t i = 1; i <= a_length; i++) {
        const size_t *before = rows[(i - 1) % 3], *two_before = rows[(i + 1) % 3];
        size_t *row = rows[i % 3];
        row[0] = i;
        for (size_t j = 1; j <= b_length; j++) {
            size_t replace = before[j - 1] + (a[i - 1] != b[j - 1]);
            row[j] = dg_smaller(replace, dg_smaller(before[j], row[j - 1]) + 1);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = dg_smaller(row[j], two_before[j - 2] + 1);
        }
    }
    return rows[a_length % 3][b_length];
}

const char *dg_nearest(const char *text, size_t count, const char *const *names) {
    size_t length = strlen(text), least = 0;
    const char *nearest = NULL;
    if (length > LONGEST) return NULL;
    for (size_t k = 0; k < count; k++) {
        size_t name_length = strlen(names[k]);
        if (name_length > LONGEST) continue;
        size_t distance = edit_distance(text, length, names[k], name_length);
        size_t longer = length > name_length ? length : name_length;
        if (distance > (longer + 2) / 3 || (nearest && distance >= least)) continue;
        nearest = names[k];
        least = distance;
    }
    return nearest;
}
