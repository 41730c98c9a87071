/* One libFuzzer target a parser: compiled once for each row of the table below, with FUZZ_PARSER
 * its name (tests/faults/fuzz builds and runs them). The input is written to files, and these are
 * read the way the commands read them. A crash, a leak, an internal error, an error of more than
 * one line, or a set that contradicts itself is a finding. */
#include "config/config.h"
#include "core/file.h"
#include "core/threads.h"
#include "datasets/molecules.h"
#include "graph/dataset.h"
#include "train/checkpoint.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

enum { PATH_SIZE = 256 };
static char folder[128];
static dg_pool *pool;

static const char *in_folder(const char *name) {
    static char path[PATH_SIZE];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static void put(const char *name, const uint8_t *bytes, size_t size) {
    FILE *stream = fopen(in_folder(name), "wb");
    if (!stream || fwrite(bytes, 1, size, stream) != size || fclose(stream) != 0) abort();
}

static void check(bool holds, const char *what) {
    if (holds) return;
    fprintf(stderr, "finding: %s: %s\n", what, digress_last_error());
    abort();
}

static void check_error(digress_status status) {
    check(status != DIGRESS_ERROR_INTERNAL, "an internal error");
    for (const char *c = digress_last_error(); *c; c++)
        check((unsigned char)*c >= ' ' && *c != 127, "a control character in an error");
}

static void check_set(const digress_graph_set *set) {
    for (size_t k = 0; k < digress_graph_set_count(set); k++) {
        digress_graph graph = digress_graph_set_get(set, k);
        for (size_t i = 0; i < graph.n; i++)
            check(graph.node_class[i] < digress_graph_set_node_classes(set), "a node class");
        for (size_t pair = 0; pair < graph.n * (graph.n - 1) / 2; pair++)
            check(graph.pair_class[pair] < digress_graph_set_edge_classes(set), "an edge class");
    }
}

static void read_graphs(const char *path, digress_format format, bool simplify) {
    const digress_read_options options = {.format = format, .simplify = simplify};
    digress_graph_set *set = NULL;
    digress_status status = digress_graph_set_read(path, &options, NULL, &set);
    if (status != DIGRESS_OK) {
        check_error(status);
        return;
    }
    check_set(set);
    digress_graph_set_free(set);
}

/* The last byte chooses --simplify; it belongs to no format's grammar. */
static void parse_graphs(digress_format format, const uint8_t *bytes, size_t size) {
    put("graphs", bytes, size);
    read_graphs(in_folder("graphs"), format, size > 0 && bytes[size - 1] % 2);
}

static void parse_edgelist(const uint8_t *bytes, size_t size) {
    parse_graphs(DIGRESS_FORMAT_EDGELIST, bytes, size);
}

static void parse_graph6(const uint8_t *bytes, size_t size) {
    parse_graphs(DIGRESS_FORMAT_GRAPH6, bytes, size);
}

static void parse_graphml(const uint8_t *bytes, size_t size) {
    parse_graphs(DIGRESS_FORMAT_GRAPHML, bytes, size);
}

static void parse_gml(const uint8_t *bytes, size_t size) {
    parse_graphs(DIGRESS_FORMAT_GML, bytes, size);
}

static void parse_pajek(const uint8_t *bytes, size_t size) {
    parse_graphs(DIGRESS_FORMAT_PAJEK, bytes, size);
}

static void parse_matrix_market(const uint8_t *bytes, size_t size) {
    parse_graphs(DIGRESS_FORMAT_MATRIX_MARKET, bytes, size);
}

static void parse_text(const uint8_t *bytes, size_t size) {
    parse_graphs(DIGRESS_FORMAT_TEXT, bytes, size);
}

/* A safetensors file: its header up to a form feed, which no JSON has, then its data. Its length
 * stands in front only in the file, so that mutations need not hit it. */
static void put_tensors(const char *name, const uint8_t *bytes, size_t size) {
    const uint8_t *end = size ? memchr(bytes, '\f', size) : NULL;
    const uint64_t length = end ? (uint64_t)(end - bytes) : size;
    FILE *stream = fopen(in_folder(name), "wb");
    if (!stream || fwrite(&length, sizeof length, 1, stream) != 1) abort();
    fwrite(bytes, 1, length, stream);
    if (end) fwrite(end + 1, 1, size - length - 1, stream);
    if (fclose(stream) != 0) abort();
}

static void parse_safetensors(const uint8_t *bytes, size_t size) {
    put_tensors("tensors", bytes, size);
    read_graphs(in_folder("tensors"), DIGRESS_FORMAT_SAFETENSORS, size % 2);
}

/* Any file, its format told by its content. */
static void parse_any(const uint8_t *bytes, size_t size) {
    parse_graphs(DIGRESS_FORMAT_AUTO, bytes, size);
}

/* The files of a TU folder, each ended by a form feed; those that are missing do not exist. */
static void parse_tu(const uint8_t *bytes, size_t size) {
    static const char *const names[] = {"tu/T_graph_indicator.txt", "tu/T_A.txt",
                                        "tu/T_node_labels.txt", "tu/T_edge_labels.txt",
                                        "tu/T_classes.json"};
    mkdir(in_folder("tu"), 0777);
    for (size_t k = 0; k < sizeof names / sizeof *names; k++) {
        const uint8_t *end = size ? memchr(bytes, '\f', size) : NULL;
        size_t length = end ? (size_t)(end - bytes) : size;
        if (length)
            put(names[k], bytes, length);
        else
            unlink(in_folder(names[k]));
        size -= length + (end != NULL);
        bytes = end ? end + 1 : bytes + length;
    }
    read_graphs(in_folder("tu"), DIGRESS_FORMAT_TU, size % 2);
}

/* A set folder: dataset.json up to a form feed, then the tensors of all three parts. */
static void parse_set(const uint8_t *bytes, size_t size) {
    dg_dataset dataset;
    const uint8_t *end = size ? memchr(bytes, '\f', size) : NULL;
    size_t length = end ? (size_t)(end - bytes) : size, rest = end ? size - length - 1 : 0;
    mkdir(in_folder("set"), 0777);
    put("set/dataset.json", bytes, length);
    for (size_t k = 0; k < DG_PARTS; k++) {
        char name[64];
        snprintf(name, sizeof name, "set/%s.safetensors", dg_part_names[k]);
        put_tensors(name, end ? end + 1 : bytes, rest);
    }
    digress_status status = dg_dataset_read(in_folder("set"), NULL, &dataset);
    if (status != DIGRESS_OK) {
        check_error(status);
        return;
    }
    check_set(dataset.train);
    dg_dataset_free(&dataset);
}

static void parse_molecules(const char *name, const uint8_t *bytes, size_t size) {
    const char *path = in_folder(name);
    const uint8_t choice = size ? bytes[size - 1] : 0;
    const dg_import_options options = {.style = {choice & 1, choice & 2},
                                       .charges = choice & 4,
                                       .most_atoms = 100,
                                       .strict = choice & 8};
    digress_graph_set *set = NULL;
    dg_import_report report;
    put(name, bytes, size);
    digress_status status = dg_import_molecules(pool, &options, 1, &path, &set, &report);
    if (status != DIGRESS_OK) {
        check_error(status);
        return;
    }
    check_set(set);
    check(digress_graph_set_count(set) == report.kept, "a number of molecules");
    digress_graph_set_free(set);
}

static void parse_smiles(const uint8_t *bytes, size_t size) {
    parse_molecules("molecules.smi", bytes, size);
}

static void parse_csv(const uint8_t *bytes, size_t size) {
    parse_molecules("molecules.csv", bytes, size);
}

static void parse_sdf(const uint8_t *bytes, size_t size) {
    parse_molecules("molecules.sdf", bytes, size);
}

static void parse_gz(const uint8_t *bytes, size_t size) {
    parse_molecules("molecules.csv.gz", bytes, size);
}

static void parse_config(const uint8_t *bytes, size_t size) {
    dg_config config;
    if (dg_config_create(&config) != DIGRESS_OK) abort();
    put("config.yaml", bytes, size);
    digress_status status = dg_config_read(&config, in_folder("config.yaml"));
    if (status == DIGRESS_OK) status = dg_config_check(&config);
    check_error(status);
    dg_config_free(&config);
}

/* "KEY=VALUE" a line. */
static void parse_overrides(const uint8_t *bytes, size_t size) {
    dg_config config;
    if (dg_config_create(&config) != DIGRESS_OK) abort();
    char *text = strndup((const char *)bytes, size), *rest = text;
    for (char *line; (line = strtok_r(rest, "\n", &rest));)
        check_error(dg_config_override(&config, line));
    check_error(dg_config_check(&config));
    free(text);
    dg_config_free(&config);
}

static void parse_checkpoint(const uint8_t *bytes, size_t size) {
    dg_training training;
    put_tensors("last.safetensors", bytes, size);
    digress_status status = dg_training_load(in_folder("last.safetensors"), &training);
    check_error(status);
    if (status == DIGRESS_OK) dg_training_free(&training);
}

#define NAMED(name) #name
#define QUOTED(name) NAMED(name)

static const struct {
    const char *name;
    void (*parse)(const uint8_t *bytes, size_t size);
} parsers[] = {
    {"any", parse_any},
    {"checkpoint", parse_checkpoint},
    {"config", parse_config},
    {"csv", parse_csv},
    {"edgelist", parse_edgelist},
    {"gml", parse_gml},
    {"graph6", parse_graph6},
    {"graphml", parse_graphml},
    {"gz", parse_gz},
    {"matrix_market", parse_matrix_market},
    {"overrides", parse_overrides},
    {"pajek", parse_pajek},
    {"safetensors", parse_safetensors},
    {"sdf", parse_sdf},
    {"set", parse_set},
    {"smiles", parse_smiles},
    {"text", parse_text},
    {"tu", parse_tu},
};

static void clean_up(void) {
    dg_remove_tree(folder);
}

int LLVMFuzzerInitialize(int *argc, char ***argv) {
    const char *base = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
    (void)argc;
    (void)argv;
    snprintf(folder, sizeof folder, "%s/digress-fuzz-XXXXXX", base);
    if (!mkdtemp(folder) || dg_pool_create(1, &pool) != DIGRESS_OK) abort();
    return atexit(clean_up);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    for (size_t k = 0; k < sizeof parsers / sizeof *parsers; k++)
        if (strcmp(parsers[k].name, QUOTED(FUZZ_PARSER)) == 0) parsers[k].parse(bytes, size);
    return 0;
}
