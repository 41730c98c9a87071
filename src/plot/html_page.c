#include "plot/html_page.h"

#include <string.h>

static const char style[] =
    "body{font:16px/1.5 system-ui,sans-serif;color:#2b303a;background:#fff;max-width:1120px;"
    "margin:2rem auto;padding:0 1rem}"
    "h1{font-size:1.6rem;margin-bottom:.2rem}h2{font-size:1.15rem;margin:2.2rem 0 .3rem;"
    "border-top:1px solid #e3e6ea;padding-top:1rem}p{color:#59626f;margin:.3rem 0 .8rem}"
    "pre{font:13px/1.45 ui-monospace,monospace;background:#f8f9fa;border:1px solid #e3e6ea;"
    "border-radius:6px;padding:1rem;overflow-x:auto}svg{max-width:100%;height:auto;display:block}";

static void add(dg_html_page *page, const char *text) {
    dg_text_add(&page->text, text, strlen(text));
}

static void add_escaped(dg_html_page *page, const char *text) {
    for (; *text; text++) {
        if (*text == '<')
            add(page, "&lt;");
        else if (*text == '>')
            add(page, "&gt;");
        else if (*text == '&')
            add(page, "&amp;");
        else if (*text == '"')
            add(page, "&quot;");
        else
            dg_text_add(&page->text, text, 1);
    }
}

static void add_element(dg_html_page *page, const char *name, const char *text) {
    dg_text_print(&page->text, "<%s>", name);
    add_escaped(page, text);
    dg_text_print(&page->text, "</%s>\n", name);
}

void dg_html_begin(dg_html_page *page, const char *title) {
    add(page, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
              "<meta name=\"viewport\" content=\"width=device-width\">\n");
    add_element(page, "title", title);
    add_element(page, "style", style);
    add(page, "</head>\n<body>\n");
    add_element(page, "h1", title);
}

void dg_html_section(dg_html_page *page, const char *heading, const char *text) {
    add_element(page, "h2", heading);
    if (*text) add_element(page, "p", text);
}

void dg_html_preformatted(dg_html_page *page, const char *text) {
    add_element(page, "pre", text);
}

/* Makes the ids of each picture unique: otherwise its references would find those of the page's
 * first picture. */
void dg_html_picture(dg_html_page *page, const char *svg, const char *label) {
    static const char *const marks[] = {"id=\"", "\"#", "url(#"};
    const char *from = strstr(svg, "<svg");
    if (!from) return;
    page->pictures++;
    add(page, "<svg role=\"img\" aria-label=\"");
    add_escaped(page, label);
    add(page, "\"");
    for (from += strlen("<svg"); *from;) {
        size_t k = 0;
        while (k < 3 && strncmp(from, marks[k], strlen(marks[k])) != 0)
            k++;
        if (k < 3) {
            dg_text_print(&page->text, "%sp%u-", marks[k], page->pictures);
            from += strlen(marks[k]);
        } else {
            const size_t next = 1 + strcspn(from + 1, "i\"u");
            dg_text_add(&page->text, from, next);
            from += next;
        }
    }
}

digress_status dg_html_end(dg_html_page *page, char **out) {
    add(page, "</body>\n</html>\n");
    return dg_text_take(&page->text, out);
}
