/* digress data: makes a synthetic set and splits it; `data import` reads one (data_import.c), `data
 * export` writes one in other formats (data_export.c). */
#include "cli/data_export.h"
#include "cli/data_import.h"
#include "cli/interrupt.h"
#include "cli/page.h"
#include "cli/rest.h"

#include "core/file.h"
#include "core/log.h"
#include "core/memory.h"
#include "core/nearest.h"
#include "datasets/generators.h"
#include "graph/dataset.h"
#include "graph/statistics.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static digress_status run_data(int argc, char **argv);

static const dg_option options[] = {
    {"out", 'o', "DIR", "the set folder to make (must be given)"},
    {"count", 'n', "COUNT", "graphs in all, split 64/16/20 by the seed (200)"},
    {"seed", 0, "S", "graph k depends on KIND, S and k only (0)"},
    {"train", 0, "N",
     "exactly N training graphs, with --val and --test instead of -n (64 % of COUNT)"},
    {"val", 0, "N", "exactly N validation graphs (16 %)"},
    {"test", 0, "N", "exactly N test graphs (20 %)"},
    {"name", 0, "NAME", "the set's name (KIND)"},
    {"resume", 0, NULL, "make the rest, after the command was stopped (DIR.partial)"},
    {"force", 'f', NULL, "replace a set folder, but nothing else (refused)"},
    {0}};

static void print_kinds(const dg_page *page) {
    dg_page_heading(page, "Kinds");
    for (const dg_generator *generator = dg_generators; generator->about; generator++)
        dg_page_item(page, dg_generator_name(generator), generator->about);
    dg_page_item(page, "import", "reads graphs from files: 'digress data import --help'");
    dg_page_item(page, "export", "writes a set as files: 'digress data export --help'");
}

const dg_command dg_command_data = {
    "data",
    "KIND --out DIR [-n COUNT] [--seed S] | import FILE ... --out DIR | export DATA --out DIR",
    "Makes a set of graphs and splits it into train, val and test.",
    options,
    run_data,
    "planar|sbm|community|tree|lobster|grid|er|molecules|import|export",
    print_kinds};

enum { DEFAULT_COUNT = 200 };

typedef struct plan {
    const dg_generator *generator;
    const char *out, *name;
    uint64_t seed, count;
    bool exact; /* the sizes of the parts are given; otherwise 64/16/20 */
    size_t parts[DG_PARTS];
    bool force, resume;
} plan;

static digress_status unknown_kind(const char *name) {
    enum { MOST = 16 };
    const char *names[MOST];
    size_t count = 0;
    for (; count < MOST && dg_generators[count].about; count++)
        names[count] = dg_generator_name(&dg_generators[count]);
    const char *nearest = dg_nearest(name, count, names);
    if (nearest)
        return dg_error(DIGRESS_ERROR_INPUT, "data: unknown kind '%s'; did you mean '%s'?", name,
                        nearest);
    return dg_error(DIGRESS_ERROR_INPUT,
                    "data: unknown kind '%s'; 'digress data --help' lists them", name);
}

static digress_status find_kind(const dg_arguments *arguments, const dg_generator **out) {
    if (arguments->positional_count == 0)
        return dg_error(DIGRESS_ERROR_INPUT,
                        "data: no KIND given; 'digress data --help' lists them");
    if (arguments->positional_count > 1)
        return dg_error(DIGRESS_ERROR_INPUT, "data: one KIND at a time, got '%s' and '%s'",
                        arguments->positional[0], arguments->positional[1]);
    *out = dg_generator_find(arguments->positional[0]);
    return *out ? DIGRESS_OK : unknown_kind(arguments->positional[0]);
}

static digress_status read_parts(const dg_arguments *arguments, plan *out) {
    size_t given = 0;
    for (size_t k = 0; k < DG_PARTS; k++)
        given += dg_argument(&dg_command_data, arguments, dg_part_names[k]) != NULL;
    if (given == 0) return DIGRESS_OK;
    if (given < DG_PARTS || dg_argument(&dg_command_data, arguments, "count"))
        return dg_error(DIGRESS_ERROR_INPUT,
                        "data: give --train, --val and --test together, without -n; or -n alone");
    out->exact = true;
    out->count = 0;
    for (size_t k = 0; k < DG_PARTS; k++) {
        char what[16];
        snprintf(what, sizeof what, "--%s", dg_part_names[k]);
        uint64_t count = 0;
        DG_TRY(dg_parse_u64(what, dg_argument(&dg_command_data, arguments, dg_part_names[k]), 1,
                            UINT32_MAX, &count));
        out->parts[k] = count;
        out->count += count;
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
    out->name = name ? name : dg_generator_name(out->generator);
    out->force = dg_argument(&dg_command_data, arguments, "force") != NULL;
    out->resume = dg_argument(&dg_command_data, arguments, "resume") != NULL;
    out->count = DEFAULT_COUNT;
    if (count) DG_TRY(dg_parse_u64("-n", count, 1, UINT32_MAX, &out->count));
    if (seed) DG_TRY(dg_parse_u64("--seed", seed, 0, UINT64_MAX, &out->seed));
    return read_parts(arguments, out);
}

/* The graphs are independent draws, so parts of given sizes need no shuffling. */
static digress_status fill_dataset(const plan *p, const digress_graph_set *set, dg_dataset *out) {
    if (p->exact) {
        DG_TRY(dg_dataset_cut(set, p->parts, out));
    } else {
        DG_TRY(dg_dataset_split(set, p->seed, out));
    }
    return dg_dataset_describe(out, p->name, dg_generator_name(p->generator));
}

static digress_status report_set(const plan *p, const digress_graph_set *set,
                                 const dg_dataset *dataset) {
    dg_statistics statistics;
    DG_TRY(dg_statistics_of(set, &statistics));
    dg_print(stdout,
             "%s: %s, %zu graphs (train %zu, val %zu, test %zu), mean n %.2f, mean edges %.2f\n",
             p->out, dg_generator_name(p->generator), digress_graph_set_count(set),
             digress_graph_set_count(dataset->train), digress_graph_set_count(dataset->val),
             digress_graph_set_count(dataset->test), statistics.mean_n, statistics.mean_edges);
    dg_statistics_free(&statistics);
    dg_print_next(p->out);
    return DIGRESS_OK;
}

static digress_status write_set(const plan *p, const digress_graph_set *set) {
    dg_dataset dataset = {0};
    digress_status status = fill_dataset(p, set, &dataset);
    if (status == DIGRESS_OK) status = dg_dataset_write(&dataset, p->out, p->force);
    if (status == DIGRESS_OK) status = report_set(p, set, &dataset);
    dg_dataset_free(&dataset);
    return status;
}

static digress_status open_rest(const plan *p, const digress_graph_set *classes, dg_rest *rest) {
    char *origin = dg_format("%s, seed %" PRIu64, dg_generator_name(p->generator), p->seed);
    digress_status status = origin
                                ? dg_rest_open(classes, origin, p->out, p->resume, p->force, rest)
                                : dg_out_of_memory();
    free(origin);
    return status;
}

/* Takes the graphs that were made before a stop. */
static digress_status take_up(const plan *p, dg_rest *rest, digress_graph_set *set) {
    digress_graph graph;
    for (uint32_t k = 0; k < p->count && dg_store_find(&rest->store, k, &graph); k++)
        DG_TRY(digress_graph_set_append(set, graph.n, graph.node_class, graph.pair_class));
    return DIGRESS_OK;
}

/* If it is stopped, the graphs made so far stay in `rest`. */
static digress_status make_set(const plan *p, dg_rest *rest, digress_graph_set *set) {
    DG_TRY(open_rest(p, set, rest));
    DG_TRY(take_up(p, rest, set));
    dg_interrupt_catch();
    digress_status status =
        dg_generate_more(p->generator, p->seed, p->count, &dg_interrupt_watch, set);
    if (status == DIGRESS_OK) status = write_set(p, set);
    if (status == DIGRESS_OK) return dg_rest_remove(rest);
    char *reason = dg_format("%s", digress_last_error());
    if (!reason) return dg_out_of_memory();
    const bool taken = dg_store_take(&rest->store, set) == DIGRESS_OK;
    dg_error(status, "%s", reason);
    free(reason);
    return taken ? dg_rest_keep(rest, p->count, status) : status;
}

static digress_status make_data(const plan *p) {
    digress_graph_set *set = NULL;
    dg_rest rest = {0};
    DG_TRY(dg_folder_check(p->out, &dg_set_folder, p->force, 0, NULL));
    DG_TRY(dg_generator_set(p->generator, &set));
    digress_status status = make_set(p, &rest, set);
    dg_rest_free(&rest);
    digress_graph_set_free(set);
    return status;
}

static digress_status run_data(int argc, char **argv) {
    if (argc > 1 && strcmp(argv[1], "import") == 0) return dg_data_import(argc - 1, argv + 1);
    if (argc > 1 && strcmp(argv[1], "export") == 0) return dg_data_export(argc - 1, argv + 1);
    dg_arguments arguments;
    DG_TRY(dg_arguments_parse(&dg_command_data, argc, argv, &arguments));
    plan p = {0};
    digress_status status = arguments.help ? DIGRESS_OK : read_plan(&arguments, &p);
    if (status == DIGRESS_OK && !arguments.help) status = make_data(&p);
    dg_arguments_free(&arguments);
    return status;
}
