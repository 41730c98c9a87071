/* Numbers in files look the same whatever locale the program has set: 0.5, never 0,5. */
#ifndef DG_CORE_NUMBER_H
#define DG_CORE_NUMBER_H

#include <locale.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* This thread's locale is C between the two calls: around libraries that read or write numbers. */
typedef struct dg_locale {
    locale_t own, before;
} dg_locale;
dg_locale dg_locale_enter(void);
void dg_locale_leave(dg_locale entered);

double dg_number_of(const char *text, char **end); /* as strtod */
/* As "%.*g" writes it, with that many digits. */
void dg_number_text(double value, int digits, char *text, size_t size);

#ifdef __cplusplus
}
#endif

#endif
