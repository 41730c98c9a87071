/* Which kind of file of molecules a file is, by its name, or else by how it begins. */
#include "datasets/records.h"

#include "core/file.h"
#include "core/folder_names.h"
#include "core/memory.h"
#include "graph/io/format.h"
#include "graph/set_folder.h"
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <zlib.h>

enum { LOOKAHEAD = 1 << 16, MOST_LOOKED_AT = 64 };

bool dg_ends_with(const char *path, const char *end) {
    size_t length = strlen(path), size = strlen(end);
    if (length > 3 && strcasecmp(path + length - 3, ".gz") == 0) length -= 3;
    return length > size && strncasecmp(path + length - size, end, size) == 0;
}

static dg_record_kind kind_by_name(const char *path) {
    static const struct {
        const char *end;
        dg_record_kind kind;
    } ends[] = {{".smi", DG_RECORDS_SMILES}, {".smiles", DG_RECORDS_SMILES},
                {".csv", DG_RECORDS_CSV},    {".tsv", DG_RECORDS_CSV},
                {".sdf", DG_RECORDS_SDF},    {".mol", DG_RECORDS_SDF}};
    for (size_t k = 0; k < sizeof ends / sizeof *ends; k++)
        if (dg_ends_with(path, ends[k].end)) return ends[k].kind;
    return DG_RECORDS_NONE;
}

/* The first bytes of a file that can be read again, decompressed and followed by a zero byte. */
static size_t look_ahead(const char *path, char *out) {
    struct stat about;
    int size = -1;
    gzFile file = NULL;
    if (stat(path, &about) == 0 && S_ISREG(about.st_mode)) file = gzopen(path, "rb");
    if (file) size = gzread(file, out, LOOKAHEAD);
    if (file) gzclose(file);
    size_t length = size > 0 ? (size_t)size : 0;
    out[length] = '\0';
    return length;
}

static bool is_block(const char *text) {
    for (int line = 0; line < 3 && text; line++) {
        text = strchr(text, '\n');
        text = text ? text + 1 : NULL;
    }
    const char *version = text ? strstr(text, "V2000") : NULL;
    if (text && !version) version = strstr(text, "V3000");
    return version && (size_t)(version - text) < strcspn(text, "\n");
}

/* A header line with a column of SMILES. */
static bool is_table(const char *text) {
    const char *const wanted = "smiles", *const between = ",;\t\"\r\n";
    const size_t line = strcspn(text, "\r\n"), length = strlen(wanted);
    for (size_t at = 0; at + length <= line; at++)
        if (strncasecmp(text + at, wanted, length) == 0 &&
            (at == 0 || strchr(between, text[at - 1])) && strchr(between, text[at + length]))
            return line > length;
    return false;
}

static dg_record_kind kind_of_text(const char *path, const char *text, size_t size) {
    if (dg_is_safetensors(text, size) || memchr(text, 0, size)) return DG_RECORDS_NONE;
    if (dg_is_graphml(text, size) || dg_is_blocks(text, size)) return DG_RECORDS_NONE;
    if (dg_is_edgelist(text, size)) return DG_RECORDS_NONE; /* XYZ begins with a number, too */
    if (is_block(text)) return DG_RECORDS_SDF;
    if (is_table(text)) return DG_RECORDS_CSV;
    if (dg_is_named_graph6(path) || !dg_is_smiles_text(text, size)) return DG_RECORDS_NONE;
    return DG_RECORDS_SMILES;
}

dg_record_kind dg_record_kind_of(const char *path) {
    const dg_record_kind named = kind_by_name(path);
    if (named == DG_RECORDS_SMILES || named == DG_RECORDS_SDF) return named;
    char *text = malloc(LOOKAHEAD + 1);
    if (!text) return named;
    const size_t size = look_ahead(path, text);
    dg_record_kind kind = kind_of_text(path, text, size);
    if (named == DG_RECORDS_CSV) kind = dg_is_edgelist(text, size) ? DG_RECORDS_NONE : named;
    free(text);
    return kind;
}

dg_record_kind dg_record_kind_parse(const char *name) {
    if (strcmp(name, "smiles") == 0) return DG_RECORDS_SMILES;
    if (strcmp(name, "csv") == 0) return DG_RECORDS_CSV;
    if (strcmp(name, "sdf") == 0) return DG_RECORDS_SDF;
    return DG_RECORDS_NONE;
}

bool dg_split_part(const char *name, size_t *out) {
    static const struct {
        const char *name;
        dg_split_part_name part;
    } names[] = {{"train", DG_SPLIT_TRAIN}, {"training", DG_SPLIT_TRAIN},
                 {"val", DG_SPLIT_VAL},     {"valid", DG_SPLIT_VAL},
                 {"dev", DG_SPLIT_VAL},     {"validation", DG_SPLIT_VAL},
                 {"test", DG_SPLIT_TEST},   {"test_scaffolds", DG_SPLIT_SCAFFOLDS}};
    for (size_t k = 0; name && k < sizeof names / sizeof *names; k++) {
        if (strcasecmp(name, names[k].name) != 0) continue;
        *out = names[k].part;
        return true;
    }
    return false;
}

static bool is_of_molecules(const char *folder, const char *name) {
    char *path = dg_path_join(folder, name);
    bool found = path && !dg_is_folder(path) && dg_record_kind_of(path) != DG_RECORDS_NONE;
    free(path);
    return found;
}

/* Whether at least half of its first entries are files of molecules. */
static bool is_folder_of_molecules(const char *folder) {
    dg_names names = {0};
    size_t found = 0;
    if (dg_folder_names(folder, &names) != DIGRESS_OK) return false;
    const size_t looked_at = names.count < MOST_LOOKED_AT ? names.count : MOST_LOOKED_AT;
    for (size_t k = 0; k < looked_at; k++)
        found += is_of_molecules(folder, names.names[k]);
    dg_names_free(&names);
    return found > 0 && 2 * found >= looked_at;
}

bool dg_holds_molecules(const char *path) {
    if (!dg_is_folder(path)) return dg_record_kind_of(path) != DG_RECORDS_NONE;
    bool is_tu = false;
    if (dg_is_set_folder(path)) return false;
    if (dg_is_tu_folder(path, &is_tu) != DIGRESS_OK || is_tu) return false;
    return is_folder_of_molecules(path);
}
