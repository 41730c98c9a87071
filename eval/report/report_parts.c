#include "eval/report/report_parts.h"

#include "core/number.h"
#include <math.h>

void dg_csv_text(FILE *stream, const char *text) {
    fputc('"', stream);
    for (; *text; text++) {
        if (*text == '"') fputc('"', stream);
        fputc((unsigned char)*text < ' ' ? ' ' : *text, stream);
    }
    fputc('"', stream);
}

void dg_csv_number(FILE *stream, double value) {
    char text[32] = "";
    if (isfinite(value)) dg_number_text(value, 17, text, sizeof text);
    fprintf(stream, ",%s", text);
}

digress_status dg_report_check(FILE *stream) {
    if (fflush(stream) == 0 && !ferror(stream)) return DIGRESS_OK;
    return dg_error(DIGRESS_ERROR_IO, "cannot write the comparison");
}
