#include "graph/io/graphml_tags.h"

#include "core/memory.h"
#include "graph/targets.h"
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_KEYS = 8, MOST_NUMBERS = 1000 };
enum { FOR_NODES = 1, FOR_EDGES = 2, FOR_GRAPH = 4, FOR_ALL = FOR_NODES | FOR_EDGES | FOR_GRAPH };

typedef struct span { /* of the file's text */
    const char *at;
    size_t length;
} span;

typedef struct span_list {
    span *items;
    size_t count, capacity;
    bool sorted;
} span_list;

typedef struct scan {
    dg_builder *builder;
    dg_graphml_tags *out;
    size_t text_capacity, directed_capacity;
    span_list read, unread, nodes; /* ids of keys, and of nodes */
    size_t numbers;                /* keys of the graph's own numbers */
    bool directed;                 /* by default */
} scan;

/* ---- lists of ids ---- */

static digress_status add_span(span_list *list, span added) {
    DG_TRY(dg_grow(&list->items, &list->capacity, list->count + 1, sizeof added));
    list->items[list->count++] = added;
    list->sorted = false;
    return DIGRESS_OK;
}

static int compare_spans(const void *left, const void *right) {
    const span *a = left, *b = right;
    if (a->length != b->length) return a->length < b->length ? -1 : 1;
    return memcmp(a->at, b->at, a->length);
}

static bool has_span(span_list *list, span wanted) {
    if (list->count == 0) return false;
    if (!list->sorted) qsort(list->items, list->count, sizeof wanted, compare_spans);
    list->sorted = true;
    return bsearch(&wanted, list->items, list->count, sizeof wanted, compare_spans) != NULL;
}

static size_t count_distinct(span_list *list) {
    size_t distinct = list->count > 0;
    if (list->count > 1) qsort(list->items, list->count, sizeof *list->items, compare_spans);
    for (size_t k = 1; k < list->count; k++)
        distinct += compare_spans(&list->items[k - 1], &list->items[k]) != 0;
    return distinct;
}

static bool is_word(span found, const char *word) {
    return found.length == strlen(word) && memcmp(found.at, word, found.length) == 0;
}

/* ---- tags ---- */

/* The value of an attribute in a tag [at, stop); NULL when there is none. */
static const char *attribute(const char *at, const char *stop, const char *name, size_t *length) {
    const size_t size = strlen(name);
    for (; at + size < stop; at++) {
        if (!isspace((unsigned char)at[-1]) || memcmp(at, name, size) != 0) continue;
        const char *value = at + size;
        while (value < stop && (isspace((unsigned char)*value) || *value == '='))
            value++;
        if (value == at + size || value >= stop || (*value != '"' && *value != '\'')) continue;
        const char *end = memchr(value + 1, *value, (size_t)(stop - value - 1));
        if (!end) return NULL;
        *length = (size_t)(end - value - 1);
        return value + 1;
    }
    return NULL;
}

static span value_of(const char *at, const char *stop, const char *name) {
    span found = {0};
    found.at = attribute(at, stop, name, &found.length);
    return found.at ? found : (span){"", 0};
}

/* The '>' that ends a tag; NULL if there is none. */
static const char *end_of_tag(const char *at) {
    for (char quote = 0; *at; at++) {
        if (quote ? *at == quote : *at == '"' || *at == '\'')
            quote = quote ? 0 : *at;
        else if (!quote && *at == '>')
            return at;
    }
    return NULL;
}

/* The end of the comment or literal text that begins at `at`, or `at` itself. */
static const char *skip_literal(const char *at) {
    static const char *const marks[][2] = {{"<!--", "-->"}, {"<![CDATA[", "]]>"}};
    for (size_t k = 0; k < 2; k++) {
        if (strncmp(at, marks[k][0], strlen(marks[k][0])) != 0) continue;
        const char *end = strstr(at, marks[k][1]);
        return end ? end + strlen(marks[k][1]) : at + strlen(at);
    }
    return at;
}

/* ---- what igraph is given ---- */

static digress_status make_room(scan *s, size_t length) {
    return dg_grow(&s->out->text, &s->text_capacity, s->out->size + length + 1, 1);
}

static digress_status copy_text(scan *s, const char *at, const char *stop) {
    const size_t length = (size_t)(stop - at);
    DG_TRY(make_room(s, length));
    memcpy(s->out->text + s->out->size, at, length);
    s->out->size += length;
    return DIGRESS_OK;
}

/* Line breaks are kept, for igraph's messages. */
static digress_status blank(scan *s, const char *at, const char *stop) {
    DG_TRY(make_room(s, (size_t)(stop - at)));
    for (; at < stop; at++)
        s->out->text[s->out->size++] = *at == '\n' ? '\n' : ' ';
    return DIGRESS_OK;
}

/* ---- keys ---- */

static unsigned target_of(span target) {
    static const struct {
        const char *word;
        unsigned target;
    } words[] = {{"", FOR_ALL},
                 {"all", FOR_ALL},
                 {"node", FOR_NODES},
                 {"edge", FOR_EDGES},
                 {"graph", FOR_GRAPH}};
    for (size_t k = 0; k < sizeof words / sizeof *words; k++)
        if (is_word(target, words[k].word)) return words[k].target;
    return 0;
}

static bool is_number(span type) {
    static const char *const words[] = {"double", "float", "int", "long"};
    for (size_t k = 0; k < sizeof words / sizeof *words; k++)
        if (is_word(type, words[k])) return true;
    return false;
}

/* What the attribute of a key is read for; notes that it has been found. */
static unsigned reads(scan *s, span name, span type, unsigned target) {
    const digress_read_options *options = &s->builder->options;
    const char *of_nodes = options->node_attribute, *of_edges = options->edge_attribute;
    unsigned found = 0;
    if (is_word(name, of_nodes ? of_nodes : "class")) found |= FOR_NODES;
    if (is_word(name, of_edges ? of_edges : "class")) found |= FOR_EDGES;
    if (is_word(name, "node_classes") || is_word(name, "edge_classes") || is_word(name, "targets"))
        found |= FOR_GRAPH;
    if (target == FOR_GRAPH && !(found & FOR_GRAPH) &&
        (is_number(type) || dg_target_is_listed(options->targets, name.at, name.length))) {
        found |= FOR_GRAPH;
        s->numbers++;
    }
    found &= target;
    s->out->has_node_attribute |= (found & FOR_NODES) != 0;
    s->out->has_edge_attribute |= (found & FOR_EDGES) != 0;
    return found;
}

/* Copies the key for each kind of element, since igraph does not know for="all". */
static digress_status copy_key_of_all(scan *s, const char *at, const char *behind, span target,
                                      unsigned wanted) {
    static const char *const words[] = {"node", "edge", "graph"};
    const char *name_end = at + strlen("<key");
    for (unsigned k = 0; k < 3; k++) {
        if (!(wanted >> k & 1)) continue;
        const char *word = words[k];
        DG_TRY(copy_text(s, at, target.length ? target.at : name_end));
        if (!target.length) DG_TRY(copy_text(s, " for=\"", " for=\"" + 6));
        DG_TRY(copy_text(s, word, word + strlen(word)));
        if (!target.length) DG_TRY(copy_text(s, "\"", "\"" + 1));
        DG_TRY(copy_text(s, target.length ? target.at + target.length : name_end, behind));
    }
    return DIGRESS_OK;
}

/* *behind: what follows the key; NULL if it does not end. */
static digress_status pass_key(scan *s, const char *at, const char **behind) {
    static const char close[] = "</key>";
    const char *end = end_of_tag(at);
    *behind = !end || end[-1] == '/' ? end : strstr(end, close);
    if (!*behind) return DIGRESS_OK;
    *behind += end[-1] == '/' ? 1 : strlen(close);
    const span id = value_of(at + 1, end, "id"), target = value_of(at + 1, end, "for");
    span name = value_of(at + 1, end, "attr.name");
    if (!name.length) name = id;
    const unsigned wanted = reads(s, name, value_of(at + 1, end, "attr.type"), target_of(target));
    DG_TRY(add_span(wanted ? &s->read : &s->unread, id));
    if (!wanted) {
        dg_builder_note_unread(s->builder, name.at, name.length);
        return blank(s, at, *behind);
    }
    if (target_of(target) == FOR_ALL) return copy_key_of_all(s, at, *behind, target, wanted);
    return copy_text(s, at, *behind);
}

/* The same for a value. Values of unread keys are left out, as igraph would warn of a value without
 * a key. */
static digress_status pass_data(scan *s, const char *at, const char **behind) {
    static const char close[] = "</data>";
    const char *end = end_of_tag(at);
    *behind = !end || end[-1] == '/' ? end : strstr(end, close);
    if (!*behind) return DIGRESS_OK;
    *behind += end[-1] == '/' ? 1 : strlen(close);
    const span key = value_of(at + 1, end, "key");
    if (!has_span(&s->read, key) && has_span(&s->unread, key)) return blank(s, at, *behind);
    return copy_text(s, at, *behind);
}

/* ---- nodes and edges ---- */

static digress_status note_edge(scan *s, const char *at, const char *end) {
    const span directed = value_of(at + 1, end, "directed");
    dg_graphml_tags *out = s->out;
    DG_TRY(dg_grow(&out->directed, &s->directed_capacity, out->edges + 1, sizeof *out->directed));
    out->directed[out->edges++] =
        directed.length ? is_word(directed, "true") || is_word(directed, "1") : s->directed;
    return DIGRESS_OK;
}

static digress_status note_key(scan *s, const char *at, span name) {
    const char *end = end_of_tag(at);
    if (!end) return DIGRESS_OK;
    if (is_word(name, "graph"))
        s->directed = is_word(value_of(at + 1, end, "edgedefault"), "directed");
    if (is_word(name, "node")) return add_span(&s->nodes, value_of(at + 1, end, "id"));
    if (is_word(name, "edge")) return note_edge(s, at, end);
    s->builder->report.hyperedges += is_word(name, "hyperedge");
    return DIGRESS_OK;
}

/* The name of a tag, without the prefix of its namespace. */
static span name_of(const char *at) {
    span name = {at + 1, strcspn(at + 1, " \t\r\n/>")};
    const char *colon = memchr(name.at, ':', name.length);
    if (!colon) return name;
    return (span){colon + 1, name.length - (size_t)(colon + 1 - name.at)};
}

static digress_status pass_tag(scan *s, const char *at, const char **behind) {
    *behind = skip_literal(at);
    if (*behind != at) return copy_text(s, at, *behind);
    const span name = name_of(at);
    *behind = NULL;
    if (name.at == at + 1 && is_word(name, "key")) DG_TRY(pass_key(s, at, behind));
    if (name.at == at + 1 && is_word(name, "data")) DG_TRY(pass_data(s, at, behind));
    if (*behind) return DIGRESS_OK;
    *behind = at + 1;
    DG_TRY(copy_text(s, at, *behind));
    return note_key(s, at, name);
}

static digress_status pass_text(scan *s, const char *bytes, size_t size) {
    const char *at = bytes;
    for (const char *tag; (tag = strchr(at, '<'));) {
        DG_TRY(copy_text(s, at, tag));
        DG_TRY(pass_tag(s, tag, &at));
    }
    DG_TRY(copy_text(s, at, bytes + size));
    s->out->text[s->out->size] = '\0';
    return DIGRESS_OK;
}

static digress_status check_attributes(scan *s) {
    const char *path = s->builder->path;
    const digress_read_options *options = &s->builder->options;
    if (s->numbers > MOST_NUMBERS)
        return dg_error(DIGRESS_ERROR_INPUT,
                        "%s: %zu numbers of the graph: expected at most %d, which may be targets",
                        path, s->numbers, MOST_NUMBERS);
    if (s->read.count - s->numbers > MOST_KEYS)
        return dg_error(DIGRESS_ERROR_INPUT,
                        "%s: %zu keys called 'class' or the like: expected one for the nodes and "
                        "one for the edges",
                        path, s->read.count);
    const char *names = s->builder->report.unread_attributes;
    if (options->node_attribute && !s->out->has_node_attribute)
        return dg_error(DIGRESS_ERROR_INPUT, "%s: its nodes have no attribute '%s' (there are: %s)",
                        path, options->node_attribute, *names ? names : "none");
    if (options->edge_attribute && !s->out->has_edge_attribute)
        return dg_error(DIGRESS_ERROR_INPUT, "%s: its edges have no attribute '%s' (there are: %s)",
                        path, options->edge_attribute, *names ? names : "none");
    return DIGRESS_OK;
}

digress_status dg_graphml_scan(dg_builder *builder, const char *bytes, size_t size,
                               dg_graphml_tags *out) {
    *out = (dg_graphml_tags){0};
    scan s = {.builder = builder, .out = out};
    digress_status status = pass_text(&s, bytes, size);
    if (status == DIGRESS_OK) status = check_attributes(&s);
    out->nodes = count_distinct(&s.nodes);
    builder->report.duplicate_nodes += s.nodes.count - out->nodes;
    free(s.read.items);
    free(s.unread.items);
    free(s.nodes.items);
    if (status != DIGRESS_OK) dg_graphml_tags_free(out);
    return status;
}

void dg_graphml_tags_free(dg_graphml_tags *tags) {
    free(tags->text);
    free(tags->directed);
    *tags = (dg_graphml_tags){0};
}
