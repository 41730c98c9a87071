/* Whether a text holds SMILES, judged by its characters alone: short SMILES ("CC") are also valid
 * graph6. */
#include "graph/io/format.h"

#include "graph/io/text.h"

enum { MOST_LOOKED_AT = 1 << 16, MOST_RINGS = 100 };

typedef struct word {
    const char *at, *stop;
    size_t depth;          /* of parentheses */
    bool open[MOST_RINGS]; /* ring numbers that are still open */
    size_t open_count;
    bool aromatic, ring; /* lower-case letters, which belong in rings */
} word;

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

static bool take_atom(word *w) {
    const char *at = w->at;
    if (*at == '[') {
        const char *close = memchr(at, ']', (size_t)(w->stop - at));
        if (!close || close == at + 1 || memchr(at + 1, '[', (size_t)(close - at - 1)))
            return false;
        w->at = close + 1;
        return true;
    }
    if (!memchr("BCNOPSFIbcnops*", *at, sizeof "BCNOPSFIbcnops*" - 1)) return false;
    const bool two =
        at + 1 < w->stop && ((*at == 'C' && at[1] == 'l') || (*at == 'B' && at[1] == 'r'));
    w->aromatic = w->aromatic || (*at >= 'a' && *at <= 'z');
    w->at += two ? 2 : 1;
    return true;
}

static bool take_ring(word *w) {
    size_t ring = 0, digits = *w->at == '%' ? 2 : 1;
    if (digits == 2) w->at++;
    if ((size_t)(w->stop - w->at) < digits) return false;
    for (; digits > 0; digits--) {
        if (!is_digit(*w->at)) return false;
        ring = 10 * ring + (size_t)(*w->at++ - '0');
    }
    w->open[ring] = !w->open[ring];
    w->ring = true;
    if (w->open[ring])
        w->open_count++;
    else
        w->open_count--;
    return true;
}

/* One atom, bond, bracket or ring number; *atom: whether an atom may be bonded here. */
static bool take_part(word *w, bool *atom) {
    const char c = *w->at;
    if (is_digit(c) || c == '%') return *atom && take_ring(w);
    if (memchr("-=#$:/\\.~", c, sizeof "-=#$:/\\.~" - 1)) return w->at++, *atom;
    if (c == '(') return w->depth++, w->at++, *atom;
    if (c == ')') return w->at++, w->depth-- > 0;
    *atom = true;
    return take_atom(w);
}

static bool is_smiles(const char *at, const char *stop) {
    word w = {.at = at, .stop = stop};
    bool atom = false;
    while (w.at < w.stop && !dg_is_blank(*w.at))
        if (!take_part(&w, &atom)) return false;
    return atom && w.depth == 0 && w.open_count == 0 && (w.ring || !w.aromatic);
}

/* At least half of the lines have to be SMILES, as some samples may not be molecules; all of them
 * if all may also be graph6. */
bool dg_is_smiles_text(const char *bytes, size_t size) {
    const bool cut_off = size > MOST_LOOKED_AT;
    dg_lines lines = dg_lines_of(bytes, cut_off ? MOST_LOOKED_AT : size);
    size_t count = 0, smiles = 0, graph6 = 0;
    while (dg_lines_next(&lines)) {
        if (lines.at == lines.stop || *lines.at == '#') continue;
        if (cut_off && count > 0 && lines.next == lines.end) break; /* this line is incomplete */
        count++;
        smiles += is_smiles(lines.at, lines.stop);
        graph6 += dg_is_graph6(lines.at, (size_t)(lines.stop - lines.at));
    }
    return smiles > 0 && (graph6 == count ? smiles == count : 2 * smiles >= count);
}
