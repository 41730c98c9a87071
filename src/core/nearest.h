/* What a mistyped name may have meant. */
#ifndef DG_CORE_NEAREST_H
#define DG_CORE_NEAREST_H

#include <stddef.h>

/* The name with the fewest edits (insert, delete, replace, swap two neighbours) from `text`, or
 * NULL when none is near: when more than a third of the letters would have to change. */
const char *dg_nearest(const char *text, size_t count, const char *const *names);

#endif
