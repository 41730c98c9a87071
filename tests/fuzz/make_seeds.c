/* make_seeds FOLDER: a first corpus for each target of fuzz_parser.c, in FOLDER/NAME, made by the
 * library's own writers. */
#include "core/file.h"
#include "core/rng.h"
#include "graph/dataset.h"
#include "train/checkpoint.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum { GRAPHS = 4, NODES = 5, ATOMS = 3, BONDS = 4 };

static const char molecules[] =
    "CCO ethanol\n# a comment\nc1ccccc1 6\n[NH4+].[Cl-]\nC[C@H](N)C(=O)O\n"
    "C1CC2CC1CC2\n[13CH4]\nF/C=C/F\nO=S(=O)(O)O\n[Fe+2]\nN#Cc1ccncc1\n";
static const char table[] =
    "id,smiles,\"a, b\"\n1,CCO,2.5\n2,\"C\nC\",\"x \"\"y\"\"\"\n3,c1ccccc1,\n";
static const char record[] =
    "ethanol\n  made by hand\n\n  3  2  0  0  0  0  0  0  0  0999 V2000\n"
    "    0.0000    0.0000    0.0000 C   0  0  0  0  0  0  0  0  0  0  0  0\n"
    "    1.5000    0.0000    0.0000 C   0  0\n    2.2000    1.2000    0.0000 O   0  0\n"
    "  1  2  1  0\n  2  3  1  0\nM  CHG  1   3  -1\nM  END\n> <ID>\n1\n\n$$$$\n"
    "water\n\n\n  0  0  0  0  0  0            999 V3000\nM  V30 BEGIN CTAB\nM  V30 COUNTS 1 0 0 0 "
    "0\n"
    "M  V30 BEGIN ATOM\nM  V30 1 O 0 0 0 0\nM  V30 END ATOM\nM  V30 END CTAB\nM  END\n$$$$\n";
static const char gml[] = "Creator \"me\"\ngraph [\n  directed 0\n"
                          "  node [ id 3 label \"N\" class 1 ]\n  node [ id 1 class 0 ]\n"
                          "  edge [ source 3 target 1 class 2 weight 0.5 ]\n]\n";
static const char pajek[] = "*Vertices 3\n1 \"a\" 0.1 0.2\n2 \"b\"\n3 \"c\"\n"
                            "*Edges\n1 2 2\n2 3\n*Arcslist\n3 1 2\n";
static const char matrix[] = "%%MatrixMarket matrix coordinate integer symmetric\n% a comment\n"
                             "4 4 3\n2 1 1\n3 1 2\n4 3 1\n";
static const char overrides[] = "train.lr=1e-3\nmodel.lambda_train=[5, 0]\ntrain.amsgrad=off\n"
                                "dataset.path=a b\nmodel.extra_features=null\n";

static void must(bool good, const char *what) {
    if (good) return;
    fprintf(stderr, "make_seeds: %s: %s\n", what, digress_last_error());
    exit(1);
}

static void must_be_ok(digress_status status, const char *what) {
    must(status == DIGRESS_OK, what);
}

static char *place_of(const char *root, const char *parser, const char *name) {
    char *path = dg_format("%s/%s/%s", root, parser, name);
    must(path != NULL, "memory");
    *strrchr(path, '/') = 0;
    must_be_ok(dg_make_folders(path), path);
    path[strlen(path)] = '/';
    return path;
}

/* A safetensors file as fuzz_parser.c wants it: a form feed behind the header, no length before. */
static size_t split_tensors(char *bytes, size_t size) {
    uint64_t length = 0;
    must(size > sizeof length, "a safetensors file");
    memcpy(&length, bytes, sizeof length);
    memmove(bytes, bytes + sizeof length, length);
    bytes[length] = '\f';
    memmove(bytes + length + 1, bytes + sizeof length + length, size - sizeof length - length);
    return size - sizeof length + 1;
}

static void put(const char *root, const char *parser, const char *name, const void *bytes,
                size_t size) {
    char *path = place_of(root, parser, name);
    must_be_ok(dg_file_write(path, bytes, size), path);
    free(path);
}

static void put_text(const char *root, const char *parser, const char *text) {
    put(root, parser, "1", text, strlen(text));
    put(root, "any", parser, text, strlen(text));
}

static digress_graph_set *some_graphs(void) {
    digress_graph_set *set = NULL;
    dg_stream stream = {.key = {.seed = 1, .purpose = DG_RNG_TEST}};
    must_be_ok(digress_graph_set_create(ATOMS, BONDS, &set), "a set");
    for (size_t g = 0; g < GRAPHS; g++) {
        uint8_t node_class[NODES], pair_class[NODES * (NODES - 1) / 2];
        for (size_t k = 0; k < sizeof node_class; k++)
            node_class[k] = (uint8_t)dg_stream_below(&stream, ATOMS);
        for (size_t k = 0; k < sizeof pair_class; k++)
            pair_class[k] = (uint8_t)dg_stream_below(&stream, BONDS);
        must_be_ok(digress_graph_set_append(set, NODES - g % 2, node_class, pair_class), "a graph");
    }
    return set;
}

/* The file of one parser is a seed of "any" too, as it is. */
static void put_graphs(const char *root, const digress_graph_set *set, digress_format format,
                       const char *parser, const char *inner) {
    char *path = place_of(root, "made", parser), *bytes = NULL;
    size_t size = 0;
    must_be_ok(digress_graph_set_write(set, path, format, true, NULL), path);
    char *file = dg_format("%s%s", path, inner);
    must_be_ok(dg_file_read(file, &bytes, &size), file);
    put(root, "any", parser, bytes, size);
    if (format == DIGRESS_FORMAT_SAFETENSORS) size = split_tensors(bytes, size);
    put(root, parser, "1", bytes, size);
    free(bytes);
    free(file);
    free(path);
}

/* Joins files of a folder with form feeds between, as fuzz_parser.c splits them. */
static void put_joined(const char *root, const char *parser, const char *from, size_t count,
                       const char *const *names) {
    char *joined = NULL;
    size_t length = 0;
    FILE *stream = open_memstream(&joined, &length);
    for (size_t k = 0; k < count; k++) {
        char *path = dg_path_join(from, names[k]), *bytes = NULL;
        size_t size = 0;
        must_be_ok(dg_file_read(path, &bytes, &size), path);
        if (k) putc('\f', stream);
        if (strstr(names[k], ".safetensors")) size = split_tensors(bytes, size);
        fwrite(bytes, 1, size, stream);
        free(bytes);
        free(path);
    }
    fclose(stream);
    put(root, parser, "1", joined, length);
    free(joined);
}

static void put_folders(const char *root, const digress_graph_set *set) {
    static const char *const tu[] = {"T_graph_indicator.txt", "T_A.txt", "T_node_labels.txt",
                                     "T_edge_labels.txt", "T_classes.json"};
    static const char *const parts[] = {"dataset.json", "train.safetensors"};
    char *path = place_of(root, "made", "T");
    must_be_ok(digress_graph_set_write(set, path, DIGRESS_FORMAT_TU, true, NULL), path);
    put_joined(root, "tu", path, 5, tu);
    free(path);
    dg_dataset dataset = {0};
    path = place_of(root, "made", "set");
    must_be_ok(dg_dataset_cut(set, (size_t[]){2, 1, 1}, &dataset), "parts");
    must_be_ok(dg_dataset_describe(&dataset, "a name", "planar"), "a name");
    must_be_ok(dg_dataset_write(&dataset, path, true), path);
    put_joined(root, "set", path, 2, parts);
    dg_dataset_free(&dataset);
    free(path);
}

static void put_training(const char *root, const digress_graph_set *set) {
    static const char *const small[] = {"model.n_layers=1",
                                        "model.hidden_mlp_dims.X=1",
                                        "model.hidden_mlp_dims.E=1",
                                        "model.hidden_mlp_dims.y=1",
                                        "model.hidden_dims.dx=1",
                                        "model.hidden_dims.de=1",
                                        "model.hidden_dims.dy=1",
                                        "model.hidden_dims.n_head=1",
                                        "model.hidden_dims.dim_ffX=1",
                                        "model.hidden_dims.dim_ffE=1",
                                        "model.hidden_dims.dim_ffy=1",
                                        "model.diffusion_steps=5",
                                        "train.amsgrad=false",
                                        "model.extra_features=none"};
    dg_config config;
    dg_model *model = NULL;
    dg_training training;
    char *text = NULL, *bytes = NULL, *path = place_of(root, "made", "training");
    size_t size = 0;
    must_be_ok(dg_config_create(&config), "a config");
    must_be_ok(dg_config_read_all(&config, NULL, sizeof small / sizeof *small, small), "a config");
    must_be_ok(dg_config_text(&config, &text), "a config");
    put(root, "config", "1", text, strlen(text));
    must_be_ok(dg_model_create(&config, set, NULL, "planar", &model), "a model");
    must_be_ok(dg_training_create(model, &training), "a training");
    must_be_ok(dg_training_save(&training, path), path);
    must_be_ok(dg_file_read(path, &bytes, &size), path);
    put(root, "checkpoint", "1", bytes, split_tensors(bytes, size));
    dg_training_free(&training);
    dg_config_free(&config);
    free(bytes);
    free(text);
    free(path);
}

static void put_compressed(const char *root) {
    char *path = place_of(root, "gz", "1");
    gzFile file = gzopen(path, "wb");
    must(file && gzputs(file, table) > 0 && gzclose(file) == Z_OK, path);
    free(path);
}

int main(int argc, char **argv) {
    if (argc != 2) {
        fprintf(stderr, "usage: make_seeds FOLDER\n");
        return 2;
    }
    const char *root = argv[1];
    digress_graph_set *set = some_graphs();
    put_graphs(root, set, DIGRESS_FORMAT_EDGELIST, "edgelist", "/000000.edges");
    put_graphs(root, set, DIGRESS_FORMAT_GRAPHML, "graphml", "/000000.graphml");
    put_graphs(root, set, DIGRESS_FORMAT_GRAPH6, "graph6", "");
    put_graphs(root, set, DIGRESS_FORMAT_TEXT, "text", "");
    put_graphs(root, set, DIGRESS_FORMAT_SAFETENSORS, "safetensors", "");
    put_folders(root, set);
    put_training(root, set);
    digress_graph_set_free(set);
    put_text(root, "gml", gml);
    put_text(root, "pajek", pajek);
    put_text(root, "matrix_market", matrix);
    put(root, "smiles", "1", molecules, strlen(molecules));
    put(root, "csv", "1", table, strlen(table));
    put(root, "sdf", "1", record, strlen(record));
    put(root, "overrides", "1", overrides, strlen(overrides));
    put_compressed(root);
    return 0;
}
