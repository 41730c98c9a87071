/* digress data: makes a synthetic set and splits it; `data import` reads one (data_import.c). */
#include "cli/options.h"

#include "core/file.h"
#include "core/memory.h"
#include "datasets/generators.h"
#include "graph/dataset.h"
#include "graph/statistics.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

digress_status dg_data_import(int argc, char **argv);
static digress_status run(int argc, char **argv);

static const dg_option options[] = {
    {"out", 'o', "DIR", "the set folder to make"},
    {"count", 'n', "COUNT", "graphs in all, split 64/16/20 by the seed (200)"},
    {"seed", 0, "S", "graph k depends on KIND, S and k only (0)"},
    {"train", 0, "N", "exactly N training graphs, with --val and --test instead of -n"},
    {"val", 0, "N", "exactly N validation graphs"},
    {"test", 0, "N", "exactly N test graphs"},
    {"name", 0, "NAME", "the set's name (KIND)"},
    {"force", 'f', NULL, "replace an existing folder"},
    {0}};

const dg_command dg_command_data = {
    "data", "KIND --out DIR [-n COUNT] [--seed S] | import FILE ... --out DIR",
    "Makes a set of graphs and splits it into train, val and test.", options, run};

enum { DEFAULT_COUNT = 200 };
static const char *const PARTS[3] = {"train", "val", "test"};

typedef struct plan {
    const dg_generator *generator;
    const char *out, *name;
    uint64_t seed, count;
    bool exact; /* parts are given; else 64/16/20 */
    uint64_t parts[3];
    bool force;
} plan;

static void print_kinds(void) {
    printf("\nKinds:\n");
    for (const dg_generator *generator = dg_generators; generator->name; generator++)
        printf("  %-10s %s\n", generator->name, generator->about);
    printf("  %-10s reads graphs from files: 'digress data import --help'\n", "import");
}

static digress_status find_kind(const dg_arguments *arguments, const dg_generator **out) {
    if (arguments->positional_count == 0)
        return dg_error(DIGRESS_ERROR_INPUT,
                        "data: no KIND given; 'digress data --help' lists them");
    if (arguments->positional_count > 1)
        return dg_error(DIGRESS_ERROR_INPUT, "data: one KIND at a time, got '%s' and '%s'",
                        arguments->positional[0], arguments->positional[1]);
    *out = dg_generator_find(arguments->positional[0]);
    if (!*out)
        return dg_error(DIGRESS_ERROR_INPUT,
                        "data: unknown kind '%s'; 'digress data --help' lists them",
                        arguments->positional[0]);
    return DIGRESS_OK;
}

static digress_status read_parts(const dg_arguments *arguments, plan *out) {
    size_t given = 0;
    for (size_t k = 0; k < 3; k++)
        given += dg_argument(&dg_command_data, arguments, PARTS[k]) != NULL;
    if (given == 0) return DIGRESS_OK;
    if (given < 3 || dg_argument(&dg_command_data, arguments, "count"))
        return dg_error(DIGRESS_ERROR_INPUT,
                        "data: give --train, --val and --test together, and no -n; or -n alone");
    out->exact = true;
    out->count = 0;
    for (size_t k = 0; k < 3; k++) {
        char what[16];
        snprintf(what, sizeof what, "--%s", PARTS[k]);
        DG_TRY(dg_parse_u64(what, dg_argument(&dg_command_data, arguments, PARTS[k]), 1, UINT32_MAX,
                            &out->parts[k]));
        out->count += out->parts[k];
    }
    return DIGRESS_OK;
}

static digress_status read_plan(const dg_arguments *arguments, plan *out) {
    const char *count = dg_argument(&dg_command_data, arguments, "count");
    const char *seed = dg_argument(&dg_command_data, arguments, "seed");
    const char *name = dg_argument(&dg_command_data, arguments, "name");
    DG_TRY(find_kind(arguments, &out->generator));
    out->out = dg_argument(&dg_command_data, arguments, "out");
    if (!out->out) return dg_error(DIGRESS_ERROR_INPUT, "data: --out DIR is needed");
    out->name = name ? name : out->generator->name;
    out->force = dg_argument(&dg_command_data, arguments, "force") != NULL;
    out->count = DEFAULT_COUNT;
    if (count) DG_TRY(dg_parse_u64("-n", count, 1, UINT32_MAX, &out->count));
    if (seed) DG_TRY(dg_parse_u64("--seed", seed, 0, UINT64_MAX, &out->seed));
    return read_parts(arguments, out);
}

/* Copies graphs first .. first+count-1. */
static digress_status slice(const digress_graph_set *set, size_t first, size_t count,
                            digress_graph_set **out) {
    DG_TRY(digress_graph_set_create(digress_graph_set_node_classes(set),
                                    digress_graph_set_edge_classes(set), out));
    for (size_t k = first; k < first + count; k++) {
        digress_graph graph = digress_graph_set_get(set, k);
        DG_TRY(digress_graph_set_append(*out, graph.n, graph.node_class, graph.pair_class));
    }
    return DIGRESS_OK;
}

/* The graphs are drawn independently: the parts follow each other unshuffled. */
static digress_status split_exactly(const digress_graph_set *set, const uint64_t parts[3],
                                    dg_dataset *out) {
    DG_TRY(slice(set, 0, parts[0], &out->train));
    DG_TRY(slice(set, parts[0], parts[1], &out->val));
    return slice(set, parts[0] + parts[1], parts[2], &out->test);
}

static digress_status set_text(char **text, const char *value) {
    free(*text);
    *text = dg_format("%s", value);
    return *text ? DIGRESS_OK : dg_error(DIGRESS_ERROR_MEMORY, "out of memory");
}

static digress_status fill_dataset(const plan *p, const digress_graph_set *set, dg_dataset *out) {
    if (p->exact) {
        DG_TRY(split_exactly(set, p->parts, out));
    } else {
        DG_TRY(dg_dataset_split(set, p->seed, out));
    }
    DG_TRY(set_text(&out->name, p->name));
    return set_text(&out->kind, p->generator->name);
}

static digress_status report(const plan *p, const digress_graph_set *set,
                             const dg_dataset *dataset) {
    dg_statistics statistics;
    DG_TRY(dg_statistics_of(set, &statistics));
    printf("%s: %s, %zu graphs (train %zu, val %zu, test %zu), mean n %.2f, mean edges %.2f\n",
           p->out, p->generator->name, digress_graph_set_count(set),
           digress_graph_set_count(dataset->train), digress_graph_set_count(dataset->val),
           digress_graph_set_count(dataset->test), statistics.mean_n, statistics.mean_edges);
    dg_statistics_free(&statistics);
    return DIGRESS_OK;
}

static digress_status write_set(const plan *p, const digress_graph_set *set) {
    dg_dataset dataset = {0};
    digress_status status = fill_dataset(p, set, &dataset);
    if (status == DIGRESS_OK) status = dg_dataset_write(&dataset, p->out, p->force);
    if (status == DIGRESS_OK) status = report(p, set, &dataset);
    dg_dataset_free(&dataset);
    return status;
}

static digress_status make(const plan *p) {
    digress_graph_set *set = NULL;
    DG_TRY(dg_generate(p->generator, p->seed, p->count, &set));
    digress_status status = write_set(p, set);
    digress_graph_set_free(set);
    return status;
}

static digress_status run(int argc, char **argv) {
    if (argc > 1 && strcmp(argv[1], "import") == 0) return dg_data_import(argc - 1, argv + 1);
    dg_arguments arguments;
    DG_TRY(dg_arguments_parse(&dg_command_data, argc, argv, &arguments));
    plan p = {0};
    digress_status status = DIGRESS_OK;
    if (arguments.help) {
        print_kinds();
    } else {
        status = read_plan(&arguments, &p);
        if (status == DIGRESS_OK) status = make(&p);
    }
    dg_arguments_free(&arguments);
    return status;
}
