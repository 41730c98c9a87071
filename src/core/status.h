/* How a function of the library reports failure. */
#ifndef DG_CORE_STATUS_H
#define DG_CORE_STATUS_H

#include "digress/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Stores the formatted text as this thread's last error and returns `status`. One line: newlines
 * and other control characters in it become blanks. */
digress_status dg_error(digress_status status, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* What is quoted from a file, or a name or a path, may hold any byte: control characters, which
 * make a terminal do more than show text, become blanks, except those in `kept`. */
void dg_make_printable(char *text, const char *kept);

digress_status dg_out_of_memory(void); /* MEMORY, "out of memory" */

/* Puts "prefix: " in front of this thread's last error, and returns `status`: to add the file's
 * name. */
digress_status dg_error_prefix(digress_status status, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Stores that `argument` of the public `function` is NULL; returns INPUT. */
digress_status dg_null_argument(const char *function, const char *argument);

/* Returns INPUT, or `value` (0, NULL) from a function without a status, when `argument` is NULL.
 * For the public functions, which any program may call. */
#define DG_NEED(argument)                                                                          \
    do {                                                                                           \
        if (!(argument)) return dg_null_argument(__func__, #argument);                             \
    } while (0)
#define DG_NEED_OR(value, argument)                                                                \
    do {                                                                                           \
        if (!(argument)) {                                                                         \
            dg_null_argument(__func__, #argument);                                                 \
            return value;                                                                          \
        }                                                                                          \
    } while (0)

/* Returns from the calling function when `call` fails. */
#define DG_TRY(call)                                                                               \
    do {                                                                                           \
        digress_status dg_try_status = (call);                                                     \
        if (dg_try_status != DIGRESS_OK) return dg_try_status;                                     \
    } while (0)

#ifdef __cplusplus
}
#endif

#endif
