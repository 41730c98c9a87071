#include "core/number.h"

#include <stdio.h>
#include <stdlib.h>

/* The C library has this locale built in: nothing is allocated or read. */
dg_locale dg_locale_enter(void) {
    dg_locale entered = {.own = newlocale(LC_ALL_MASK, "C", (locale_t)0)};
    if (entered.own) entered.before = uselocale(entered.own);
    return entered;
}

void dg_locale_leave(dg_locale entered) {
    if (!entered.own) return;
    uselocale(entered.before);
    freelocale(entered.own);
}

double dg_number_of(const char *text, char **end) {
    dg_locale entered = dg_locale_enter();
    double value = strtod(text, end);
    dg_locale_leave(entered);
    return value;
}

void dg_number_text(double value, int digits, char *text, size_t size) {
    dg_locale entered = dg_locale_enter();
    snprintf(text, size, "%.*g", digits, value);
    dg_locale_leave(entered);
}
