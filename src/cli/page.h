/* A page of help: one walk over a command's table writes it for the terminal, or as a man page. */
#ifndef DG_CLI_PAGE_H
#define DG_CLI_PAGE_H

#include "cli/options.h"
#include <stdio.h>

typedef struct dg_page {
    FILE *stream;
    bool man; /* roff, for man(1); otherwise plain text of 80 columns */
} dg_page;

void dg_page_heading(const dg_page *page, const char *text);
void dg_page_paragraph(const dg_page *page, const char *text);
/* A line printed literally: an example. */
void dg_page_line(const dg_page *page, const char *text);
/* "term", and what it means beside or below it. */
void dg_page_item(const dg_page *page, const char *term, const char *text);

extern const dg_option dg_help_option; /* every command has it */

/* The whole page of a command; a man page also has a title, exit statuses and the pages to see
 * also. */
void dg_command_page(const dg_page *page, const dg_command *command);
/* How a man page begins: "NAME - summary". `name`: "digress-train". */
void dg_man_title(const dg_page *page, const char *name, const char *summary);
/* ... and ends. */
void dg_man_end(const dg_page *page, const char *neighbours);
/* The first line of its summary, without the full stop: what apropos lists. */
void dg_short_summary(const dg_command *command, char *out, size_t size);
/* The name of a command's man page: "digress-data-import" for "data import". */
void dg_man_name(const dg_command *command, char *out, size_t size);

#endif
