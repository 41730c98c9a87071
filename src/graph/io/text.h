/* Lines and whole numbers of a text held in memory. */
#ifndef DG_GRAPH_IO_TEXT_H
#define DG_GRAPH_IO_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef struct dg_lines {
    const char *next, *end;
    size_t number;         /* of the current line, from 1 */
    const char *at, *stop; /* the line, without blanks at either end */
} dg_lines;

static inline bool dg_is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\r';
}

static inline bool dg_is_comma(char c) {
    return c == ',' || c == ';';
}

static inline dg_lines dg_lines_of(const char *bytes, size_t size) {
    return (dg_lines){.next = bytes, .end = bytes + size};
}

static inline bool dg_lines_next(dg_lines *lines) {
    if (lines->next == lines->end) return false;
    const char *newline = memchr(lines->next, '\n', (size_t)(lines->end - lines->next));
    lines->at = lines->next;
    lines->stop = newline ? newline : lines->end;
    lines->next = newline ? newline + 1 : lines->end;
    lines->number++;
    while (lines->at < lines->stop && dg_is_blank(*lines->at))
        lines->at++;
    while (lines->stop > lines->at && dg_is_blank(lines->stop[-1]))
        lines->stop--;
    return true;
}

/* Takes a whole number off the front of [*at, stop), with the blanks and at most one comma or
 * semicolon after it. False, and nothing taken, if there is none or it does not fit into 63 bits.
 */
static inline bool dg_take_integer(const char **at, const char *stop, int64_t *out) {
    const char *p = *at;
    bool negative = p < stop && *p == '-';
    if (negative) p++;
    const char *digits = p;
    int64_t value = 0;
    for (; p < stop && *p >= '0' && *p <= '9'; p++) {
        if (value > (INT64_MAX - 9) / 10) return false;
        value = value * 10 + (*p - '0');
    }
    if (p == digits || (p < stop && !dg_is_comma(*p) && !dg_is_blank(*p))) return false;
    while (p < stop && dg_is_blank(*p))
        p++;
    if (p < stop && dg_is_comma(*p)) p++;
    while (p < stop && dg_is_blank(*p))
        p++;
    *at = p;
    *out = negative ? -value : value;
    return true;
}

/* Takes `word` and the blanks after it off the front of [*at, stop). */
static inline bool dg_take_word(const char **at, const char *stop, const char *word) {
    size_t length = strlen(word);
    const char *p = *at;
    if ((size_t)(stop - p) < length || memcmp(p, word, length) != 0) return false;
    p += length;
    if (p < stop && !dg_is_blank(*p)) return false;
    while (p < stop && dg_is_blank(*p))
        p++;
    *at = p;
    return true;
}

#endif
