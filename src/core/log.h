/* What the program says. While it works, it writes to stderr only: stdout is for results. Quoted
 * text never passes a control character on (dg_make_printable). */
#ifndef DG_CORE_LOG_H
#define DG_CORE_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* A line on stderr (a newline is added); clears a progress line first. Options are called by their
 * names in the library ("the option 'force'"); dg_log_edit can change that. */
void dg_log(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* The same with "warning: " in front. */
void dg_warn(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* From now on `edit` is applied to every line before it is written; it may shorten it in place, and
 * a line that it empties is not written. For a program that calls things by other names than the
 * library; call it before starting a thread. */
void dg_log_edit(void (*edit)(char *text));

/* A piece of a result, with names or paths in it; newlines are written. */
void dg_print(FILE *stream, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A progress line, redrawn in place at most ten times a second; silent when stderr is not a
 * terminal. The text is cut to the terminal's width. */
typedef struct dg_progress {
    bool active, drawn;
    double last_drawn, started; /* seconds on the monotonic clock */
} dg_progress;

void dg_progress_begin(dg_progress *progress);
void dg_progress_show(dg_progress *progress, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* "label 12/40 [=====>      ]    3.1/s,     9 s left" */
void dg_progress_bar(dg_progress *progress, const char *label, size_t done, size_t total);
/* Its text after so many seconds. Numbers have fixed widths, so that nothing jumps around. */
void dg_progress_text(const char *label, size_t done, size_t total, double seconds, char *text,
                      size_t size);
void dg_progress_end(dg_progress *progress); /* clears the line */

/* Seconds on the monotonic clock. */
double dg_clock(void);

/* "12 s", "3 min", "1.5 h", "5 d". */
void dg_duration_text(double seconds, char *text, size_t size);

#endif
