/* YAML into a config, with libyaml. */
#include "config/schema.h"

#include "core/log.h"

#include <stdlib.h>
#include <string.h>
#include <yaml.h>

/* libyaml's time grows with the square of the nesting and of the number of anchors, so both are
 * bounded. */
enum { PATH_SIZE = 128, LIST_SIZE = 8, IGNORED_SIZE = 1024 };
enum { LARGEST_CONFIG = 1 << 16, MOST_BRACKETS = 1000 };

typedef struct reader {
    dg_config *config;
    const char *file; /* NULL: the command line */
    yaml_document_t document;
    char ignored[IGNORED_SIZE]; /* "general.wandb, general.gpus" */
} reader;

/* Puts "file:line: " in front of the last error. */
static digress_status at(const reader *r, const yaml_mark_t *mark, digress_status status) {
    if (status == DIGRESS_OK) return status;
    if (!r->file) return dg_error_prefix(status, "command line");
    return dg_error_prefix(status, "%s:%zu", r->file, mark->line + 1);
}

static const char *scalar_text(const yaml_node_t *node) {
    return (const char *)node->data.scalar.value;
}

static dg_scalar scalar_of(const yaml_node_t *node) {
    return (dg_scalar){scalar_text(node), node->data.scalar.style == YAML_PLAIN_SCALAR_STYLE};
}

static bool is_empty(const yaml_node_t *node) {
    if (node->type != YAML_SCALAR_NODE) return false;
    dg_scalar value = scalar_of(node);
    return value.plain && (strcmp(value.text, "") == 0 || strcmp(value.text, "null") == 0);
}

/* The names of a list as one text, with commas in between; an empty list is none. */
static digress_status read_names(reader *r, const dg_key *key, const yaml_node_t *list) {
    dg_text text = {0};
    char *names = NULL;
    for (yaml_node_item_t *item = list->data.sequence.items.start;
         item < list->data.sequence.items.top; item++) {
        const yaml_node_t *node = yaml_document_get_node(&r->document, *item);
        const bool good = node->type == YAML_SCALAR_NODE && !strchr(scalar_text(node), ',');
        dg_text_print(&text, "%s%s", text.length ? "," : "", good ? scalar_text(node) : ",");
    }
    DG_TRY(dg_text_take(&text, &names));
    const dg_scalar value = {*names ? names : "null", !*names};
    digress_status status =
        strstr(names, ",,") || *names == ','
            ? dg_error(DIGRESS_ERROR_INPUT, "%s: expected a list of names", key->name)
            : dg_key_store(r->config, key, 1, &value);
    free(names);
    return status;
}

static digress_status read_list(reader *r, const dg_key *key, const yaml_node_t *list) {
    dg_scalar values[LIST_SIZE];
    size_t count = 0;
    for (yaml_node_item_t *item = list->data.sequence.items.start;
         item < list->data.sequence.items.top; item++) {
        const yaml_node_t *node = yaml_document_get_node(&r->document, *item);
        if (node->type != YAML_SCALAR_NODE || count == LIST_SIZE)
            return dg_error(DIGRESS_ERROR_INPUT, "%s: expected a list of numbers", key->name);
        values[count++] = scalar_of(node);
    }
    return dg_key_store(r->config, key, count, values);
}

static digress_status read_value(reader *r, const dg_key *key, const yaml_node_t *node) {
    if (node->type == YAML_SEQUENCE_NODE)
        return key->type == DG_KEY_NAMES ? read_names(r, key, node) : read_list(r, key, node);
    if (node->type == YAML_MAPPING_NODE)
        return dg_error(DIGRESS_ERROR_INPUT, "%s: expected a value, got a section", key->name);
    dg_scalar value = scalar_of(node);
    return dg_key_store(r->config, key, 1, &value);
}

static digress_status unknown_key(const char *path) {
    const char *nearest = dg_key_nearest(path);
    if (nearest)
        return dg_error(DIGRESS_ERROR_INPUT, "unknown key '%s'; did you mean '%s'?", path, nearest);
    return dg_error(DIGRESS_ERROR_INPUT, "unknown key '%s'; 'digress help train' lists all keys",
                    path);
}

static void note_ignored(reader *r, const char *path) {
    size_t used = strlen(r->ignored);
    snprintf(r->ignored + used, sizeof r->ignored - used, "%s%s", used ? ", " : "", path);
}

static digress_status read_section(reader *r, const char *path, const yaml_node_t *node);

/* Reads what stands at `path`: a value, a section, or a key that is ignored. Recursion goes no
 * deeper than the schema. */
static digress_status read_node(reader *r, const char *path, const yaml_mark_t *mark,
                                const yaml_node_t *node) {
    const dg_key *key = dg_key_find(path);
    if (key) return at(r, &node->start_mark, read_value(r, key, node));
    if (dg_key_is_section(path)) return read_section(r, path, node);
    if (!dg_key_is_ignored(path)) return at(r, mark, unknown_key(path));
    note_ignored(r, path);
    return DIGRESS_OK;
}

/* Of a key given twice, the first value would be lost silently. */
static digress_status refuse_repeats(reader *r, const yaml_node_t *map,
                                     const yaml_node_pair_t *pair, const char *path) {
    const char *name = scalar_text(yaml_document_get_node(&r->document, pair->key));
    for (const yaml_node_pair_t *other = map->data.mapping.pairs.start; other < pair; other++) {
        const yaml_node_t *key = yaml_document_get_node(&r->document, other->key);
        if (strcmp(scalar_text(key), name) == 0)
            return dg_error(DIGRESS_ERROR_INPUT, "'%s' is given twice (first on line %zu)", path,
                            key->start_mark.line + 1);
    }
    return DIGRESS_OK;
}

static digress_status read_section(reader *r, const char *path, const yaml_node_t *node) {
    if (is_empty(node)) return DIGRESS_OK;
    if (node->type != YAML_MAPPING_NODE)
        return at(r, &node->start_mark,
                  dg_error(DIGRESS_ERROR_INPUT, "%s%sexpected a section with keys below it", path,
                           path[0] ? ": " : ""));
    for (const yaml_node_pair_t *pair = node->data.mapping.pairs.start;
         pair < node->data.mapping.pairs.top; pair++) {
        const yaml_node_t *key = yaml_document_get_node(&r->document, pair->key);
        char below[PATH_SIZE];
        if (key->type != YAML_SCALAR_NODE)
            return at(r, &key->start_mark,
                      dg_error(DIGRESS_ERROR_INPUT, "expected a key, got a list or a map"));
        snprintf(below, sizeof below, "%s%s%s", path, path[0] ? "." : "", scalar_text(key));
        DG_TRY(at(r, &key->start_mark, refuse_repeats(r, node, pair, below)));
        DG_TRY(read_node(r, below, &key->start_mark,
                         yaml_document_get_node(&r->document, pair->value)));
    }
    return DIGRESS_OK;
}

/* Parses the next document; one without content has no root. */
static digress_status next_document(reader *r, yaml_parser_t *parser, yaml_node_t **root) {
    if (yaml_parser_load(parser, &r->document)) {
        *root = yaml_document_get_root_node(&r->document);
        return DIGRESS_OK;
    }
    if (parser->error == YAML_MEMORY_ERROR ||
        !parser->problem) /* libyaml describes every other problem */
        return dg_error(DIGRESS_ERROR_MEMORY, "out of memory while reading YAML");
    return at(r, &parser->problem_mark,
              dg_error(DIGRESS_ERROR_INPUT, "not YAML: %s", parser->problem));
}

static digress_status read_first(reader *r, yaml_parser_t *parser, const char *path) {
    static const yaml_mark_t start = {0};
    yaml_node_t *root = NULL;
    DG_TRY(next_document(r, parser, &root));
    digress_status status = DIGRESS_OK;
    if (root) status = path[0] ? read_node(r, path, &start, root) : read_section(r, path, root);
    yaml_document_delete(&r->document);
    return status;
}

static digress_status refuse_second(reader *r, yaml_parser_t *parser) {
    yaml_node_t *root = NULL;
    DG_TRY(next_document(r, parser, &root));
    digress_status status = DIGRESS_OK;
    if (root)
        status = at(r, &root->start_mark,
                    dg_error(DIGRESS_ERROR_INPUT, "expected one YAML document, got a second"));
    yaml_document_delete(&r->document);
    return status;
}

static digress_status check_size(const char *text, size_t size, const char *name) {
    size_t brackets = 0;
    if (size > LARGEST_CONFIG)
        return dg_error(DIGRESS_ERROR_INPUT, "%s: not a config: it has %zu bytes, more than %d",
                        name, size, LARGEST_CONFIG);
    for (size_t k = 0; k < size; k++)
        brackets += text[k] == '[' || text[k] == '{';
    if (brackets <= MOST_BRACKETS) return DIGRESS_OK;
    return dg_error(DIGRESS_ERROR_INPUT,
                    "%s: not a config: it has %zu lists or maps in brackets, more "
                    "than %d",
                    name, brackets, MOST_BRACKETS);
}

digress_status dg_config_read_yaml(dg_config *config, const char *text, size_t size,
                                   const char *file, const char *path) {
    reader r = {.config = config, .file = file};
    yaml_parser_t parser;
    DG_TRY(check_size(text, size, file ? file : "command line"));
    if (!yaml_parser_initialize(&parser))
        return dg_error(DIGRESS_ERROR_MEMORY, "out of memory while reading YAML");
    yaml_parser_set_input_string(&parser, (const unsigned char *)text, size);
    digress_status status = read_first(&r, &parser, path);
    if (status == DIGRESS_OK) status = refuse_second(&r, &parser);
    yaml_parser_delete(&parser);
    if (status == DIGRESS_OK && r.ignored[0])
        dg_log("%s: ignored, as it has no meaning here: %s", file ? file : "command line",
               r.ignored);
    return status;
}
