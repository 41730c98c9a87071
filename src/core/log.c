#include "core/log.h"

#include "core/status.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

enum { LINE_SIZE = 2048, PRINT_SIZE = 8192, BAR_WIDTH = 24, DEFAULT_COLUMNS = 80 };

static const char CLEAR_LINE[] = "\r\033[K";
static const double REDRAW_SECONDS = 0.1;

/* One for the process, as stderr is; set before a thread starts. */
static void (*edit_line)(char *text);

void dg_log_edit(void (*edit)(char *text)) {
    edit_line = edit;
}

/* One write per line, so that the lines of several threads do not mix. */
static void write_line(const char *prefix, const char *format, va_list arguments) {
    char text[LINE_SIZE], line[LINE_SIZE + 64];
    vsnprintf(text, sizeof text, format, arguments);
    dg_make_printable(text, "");
    if (edit_line) edit_line(text);
    if (edit_line && !*text) return;
    snprintf(line, sizeof line, "%s%s%s\n", isatty(STDERR_FILENO) ? CLEAR_LINE : "", prefix, text);
    fputs(line, stderr);
}

void dg_log(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    write_line("", format, arguments);
    va_end(arguments);
}

void dg_warn(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    write_line("warning: ", format, arguments);
    va_end(arguments);
}

void dg_print(FILE *stream, const char *format, ...) {
    char text[PRINT_SIZE];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    dg_make_printable(text, "\n");
    fputs(text, stream);
}

double dg_clock(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

void dg_duration_text(double seconds, char *text, size_t size) {
    if (seconds >= 360000)
        snprintf(text, size, "%.0f d", seconds / 86400);
    else if (seconds >= 5400)
        snprintf(text, size, "%.1f h", seconds / 3600);
    else if (seconds >= 90)
        snprintf(text, size, "%.0f min", seconds / 60);
    else
        snprintf(text, size, "%.0f s", seconds);
}

void dg_progress_begin(dg_progress *progress) {
    *progress = (dg_progress){.active = isatty(STDERR_FILENO) != 0, .started = dg_clock()};
}

static size_t terminal_columns(void) {
    struct winsize window;
    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &window) != 0 || window.ws_col == 0)
        return DEFAULT_COLUMNS;
    return window.ws_col;
}

static bool redraw_is_due(const dg_progress *progress) {
    if (!progress->active) return false;
    return !progress->drawn || dg_clock() - progress->last_drawn >= REDRAW_SECONDS;
}

static void draw_line(dg_progress *progress, char *text) {
    size_t columns = terminal_columns();
    size_t length = strlen(text);
    dg_make_printable(text, "");
    if (length >= columns) length = columns - 1;
    fprintf(stderr, "%s%.*s", CLEAR_LINE, (int)length, text);
    progress->drawn = true;
    progress->last_drawn = dg_clock();
}

void dg_progress_show(dg_progress *progress, const char *format, ...) {
    if (!redraw_is_due(progress)) return;
    char text[LINE_SIZE];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    draw_line(progress, text);
}

/* At most 6 characters. */
static void rate_text(double rate, char *text, size_t size) {
    if (rate >= 1e6)
        snprintf(text, size, "%.0e", rate);
    else
        snprintf(text, size, "%.*f", rate < 10 ? 1 : 0, rate);
}

void dg_progress_text(const char *label, size_t done, size_t total, double seconds, char *text,
                      size_t size) {
    char bar[BAR_WIDTH + 1], left[32], rate[32], rest[80] = "";
    double share = total ? (double)done / (double)total : 1.0;
    size_t filled = share < 1.0 ? (size_t)(share * BAR_WIDTH) : BAR_WIDTH;
    memset(bar, '=', filled);
    memset(bar + filled, ' ', BAR_WIDTH - filled);
    if (filled < BAR_WIDTH) bar[filled] = '>';
    bar[BAR_WIDTH] = '\0';
    if (done > 0 && seconds > 0) {
        rate_text((double)done / seconds, rate, sizeof rate);
        dg_duration_text((double)(total - done) * seconds / (double)done, left, sizeof left);
        snprintf(rest, sizeof rest, " %6s/s, %7s left", rate, left);
    }
    snprintf(text, size, "%s %*zu/%zu [%s]%s", label, snprintf(NULL, 0, "%zu", total), done, total,
             bar, rest);
}

void dg_progress_bar(dg_progress *progress, const char *label, size_t done, size_t total) {
    if (!redraw_is_due(progress)) return;
    char text[LINE_SIZE];
    dg_progress_text(label, done, total, dg_clock() - progress->started, text, sizeof text);
    draw_line(progress, text);
}

void dg_progress_end(dg_progress *progress) {
    if (progress->drawn) fputs(CLEAR_LINE, stderr);
    progress->active = progress->drawn = false;
}
