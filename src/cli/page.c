#include "cli/page.h"

#include <ctype.h>
#include <string.h>

enum { WIDTH = 80, TERM_INDENT = 2, TEXT_INDENT = 24, LINE_SIZE = 512 };

/* ---- roff ---- */

/* Hyphens become minus signs, which can be searched for and copied; no line begins with a control
 * character; a line may break after a bar. */
static void print_roff(FILE *stream, const char *text) {
    for (const char *c = text; *c; c++) {
        const bool first = c == text || c[-1] == '\n';
        if (first && (*c == '.' || *c == '\'')) fputs("\\&", stream);
        if (*c == '-')
            fputs("\\-", stream);
        else if (*c == '\\')
            fputs("\\(rs", stream);
        else if (*c == '|')
            fputs("|\\:", stream);
        else if (*c == '\n')
            fputs("\n.br\n", stream);
        else
            fputc(*c, stream);
    }
}

static void print_upper(FILE *stream, const char *text) {
    for (; *text; text++)
        fputc(toupper((unsigned char)*text), stream);
}

void dg_man_title(const dg_page *page, const char *name, const char *summary) {
    fputs(".TH ", page->stream);
    print_upper(page->stream, name);
    fprintf(page->stream, " 1 \"\" \"digress %s\" \"User Commands\"\n.ad l\n.nh\n.SH NAME\n",
            digress_version());
    print_roff(page->stream, name);
    fputs(" \\- ", page->stream);
    print_roff(page->stream, summary);
    fputc('\n', page->stream);
}

void dg_man_end(const dg_page *page, const char *neighbours) {
    dg_page_heading(page, "Exit status");
    dg_page_item(page, "0", "success");
    dg_page_item(page, "1", "an internal error, or a result that is not a number");
    dg_page_item(page, "2", "input that cannot be used, or a disk that cannot be written");
    dg_page_item(page, "128 + N", "stopped by signal N, after saving");
    dg_page_heading(page, "See also");
    dg_page_paragraph(page, neighbours);
}

/* ---- plain text ---- */

/* The first line starts at `column`, further lines at `indent`. Newlines are kept. */
static void print_wrapped(FILE *stream, const char *text, size_t indent, size_t column) {
    bool first = true;
    while (*text) {
        const size_t blanks = strspn(text, " "), length = strcspn(text + blanks, " \n");
        if (!first && column + blanks + length > WIDTH) {
            fprintf(stream, "\n%*s%.*s", (int)indent, "", (int)length, text + blanks);
            column = indent + length;
        } else {
            fprintf(stream, "%.*s", (int)(blanks + length), text);
            column += blanks + length;
        }
        first = false;
        text += blanks + length;
        if (*text != '\n') continue;
        fprintf(stream, "\n%*s", (int)(text[1] ? indent : 0), "");
        column = indent;
        first = true;
        text++;
    }
    fputc('\n', stream);
}

/* ---- both ---- */

void dg_page_heading(const dg_page *page, const char *text) {
    if (!page->man) {
        fprintf(page->stream, "\n%s:\n", text);
        return;
    }
    fputs(".SH ", page->stream);
    print_upper(page->stream, text);
    fputc('\n', page->stream);
}

void dg_page_paragraph(const dg_page *page, const char *text) {
    if (page->man) {
        fputs(".PP\n", page->stream);
        print_roff(page->stream, text);
        fputc('\n', page->stream);
    } else {
        fputc('\n', page->stream);
        print_wrapped(page->stream, text, 0, 0);
    }
}

void dg_page_line(const dg_page *page, const char *text) {
    if (page->man) {
        fputs(".br\n", page->stream);
        print_roff(page->stream, text);
        fputc('\n', page->stream);
    } else {
        fprintf(page->stream, "  %s\n", text);
    }
}

/* A term that is too long is broken after one of its bars. Returns the column in which it ends. */
static size_t print_term(FILE *stream, const char *term) {
    size_t indent = TERM_INDENT;
    for (;;) {
        size_t length = strlen(term);
        const bool fits = indent + length <= WIDTH;
        if (!fits)
            for (length = WIDTH - indent; length > 0 && term[length - 1] != '|';)
                length--;
        if (fits || length == 0) {
            fprintf(stream, "%*s%s", (int)indent, "", term);
            return indent + strlen(term);
        }
        fprintf(stream, "%*s%.*s\n", (int)indent, "", (int)length, term);
        term += length;
        indent = TEXT_INDENT / 2;
    }
}

void dg_page_item(const dg_page *page, const char *term, const char *text) {
    if (page->man) {
        fputs(".TP\n\\fB", page->stream);
        print_roff(page->stream, term);
        fputs("\\fR\n", page->stream);
        print_roff(page->stream, text);
        fputc('\n', page->stream);
        return;
    }
    const size_t end = print_term(page->stream, term);
    if (end + 2 > TEXT_INDENT)
        fprintf(page->stream, "\n%*s", TEXT_INDENT, "");
    else
        fprintf(page->stream, "%*s", (int)(TEXT_INDENT - end), "");
    print_wrapped(page->stream, text, TEXT_INDENT, TEXT_INDENT);
}

static void print_option(const dg_page *page, const dg_option *option) {
    char term[LINE_SIZE], letter[8] = "    ";
    if (option->letter) snprintf(letter, sizeof letter, "-%c, ", option->letter);
    if (page->man && !option->letter) letter[0] = '\0';
    snprintf(term, sizeof term, "%s--%s%s%s", letter, option->name, option->argument ? " " : "",
             option->argument ? option->argument : "");
    dg_page_item(page, term, option->help);
}

/* Each alternative of the usage has a line of its own. */
static void print_usage(const dg_page *page, const dg_command *command) {
    if (page->man) fputs(".SH SYNOPSIS\n", page->stream);
    for (const char *from = command->usage; from;) {
        const char *bar = strstr(from, " | ");
        const int length = bar ? (int)(bar - from) : (int)strlen(from);
        char line[LINE_SIZE];
        snprintf(line, sizeof line, "digress %s %.*s", command->name, length, from);
        if (page->man)
            dg_page_line(page, line);
        else
            fprintf(page->stream, "%s %s\n", from == command->usage ? "Usage:" : "      ", line);
        from = bar ? bar + 3 : NULL;
    }
}

void dg_man_name(const dg_command *command, char *out, size_t size) {
    snprintf(out, size, "digress-%s", command->name);
    for (char *c = out; *c; c++)
        if (*c == ' ') *c = '-';
}

void dg_short_summary(const dg_command *command, char *out, size_t size) {
    size_t length = strcspn(command->summary, "\n");
    if (length > 0 && command->summary[length - 1] == '.') length--;
    snprintf(out, size, "%.*s", (int)length, command->summary);
}

static void print_title(const dg_page *page, const dg_command *command) {
    char name[64], summary[LINE_SIZE];
    dg_short_summary(command, summary, sizeof summary);
    dg_man_name(command, name, sizeof name);
    dg_man_title(page, name, summary);
}

const dg_option dg_help_option = {"help", 'h', NULL, "print this text"};

void dg_command_page(const dg_page *page, const dg_command *command) {
    if (page->man) print_title(page, command);
    print_usage(page, command);
    if (page->man) dg_page_heading(page, "Description");
    dg_page_paragraph(page, command->summary);
    dg_page_heading(page, page->man ? "Options" : "Options, with their defaults in parentheses");
    for (const dg_option *option = command->options; option->name; option++)
        print_option(page, option);
    print_option(page, &dg_help_option);
    if (command->more) command->more(page);
    if (page->man) dg_man_end(page, "digress(1)");
}
