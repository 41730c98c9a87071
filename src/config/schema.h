/* The one table of configuration keys. Defaults, validation, --help, the documentation's table and
 * the text of a config all come from it. */
#ifndef DG_CONFIG_SCHEMA_H
#define DG_CONFIG_SCHEMA_H

#include "config/config.h"
#include "core/text.h"

typedef enum dg_key_type {
    DG_KEY_TEXT,    /* char *, may be NULL when the default is null */
    DG_KEY_NAME,    /* an enumeration: the index of a name in `names` */
    DG_KEY_WHOLE,   /* uint64_t */
    DG_KEY_NUMBER,  /* double */
    DG_KEY_BOOLEAN, /* bool */
    DG_KEY_PAIR,    /* double[2] */
    DG_KEY_TRIPLE,  /* double[3] */
    DG_KEY_NAMES    /* char *: a list of names, with commas in between; NULL: none */
} dg_key_type;

typedef struct dg_key {
    const char *name; /* "model.hidden_dims.dx": also the path of its field in dg_config */
    size_t offset;    /* of that field */
    dg_key_type type;
    const char *standard; /* the default, as it would stand in a file */
    const char *help;
    const char *null_is;     /* what null means; NULL: null is refused */
    double minimum, maximum; /* inclusive; a maximum of 0: no limit */
    const char *names[12];   /* ended by NULL */
} dg_key;

extern const dg_key dg_keys[]; /* ended by a NULL name; the keys of a section stand together */

/* What a value is, in words: "whole number", "two numbers"; "" for a name. */
const char *dg_key_type_name(dg_key_type type);

const dg_key *dg_key_find(const char *name); /* or NULL */
/* Whether `name` is a section, with keys below it: "model", "model.hidden_dims". */
bool dg_key_is_section(const char *name);
/* Whether it is a key, or a section, of DiGress's own files that means nothing here. */
bool dg_key_is_ignored(const char *name);
/* The known key that a misspelt one probably means, or NULL. */
const char *dg_key_nearest(const char *name);

/* A scalar of a YAML file, quoted or plain. */
typedef struct dg_scalar {
    const char *text;
    bool plain;
} dg_scalar;

/* Stores the value. Errors: INPUT "NAME: expected ..., got ..."; MEMORY. */
digress_status dg_key_store(dg_config *config, const dg_key *key, size_t count,
                            const dg_scalar *values);
/* Checks that the key's present value is within its bounds, or one of its names. */
digress_status dg_key_check(const dg_config *config, const dg_key *key);
/* The name of a key's present value, whose type is DG_KEY_NAME. */
const char *dg_key_name_of(const dg_config *config, const dg_key *key);

/* Reads the one YAML document in `text` as what stands at `path` ("": the whole config). `file` is
 * for messages; NULL: the command line. On failure the config may be half changed. */
digress_status dg_config_read_yaml(dg_config *config, const char *text, size_t size,
                                   const char *file, const char *path);
/* Adds `text` as a double-quoted YAML scalar. */
void dg_yaml_quote(dg_text *out, const char *text);

#endif
