/* digress plot: pictures of graphs, molecules, chains and runs. */
#include "cli/deadline.h"
#include "cli/interrupt.h"
#include "cli/plot_inputs.h"
#include "cli/read_options.h"
#include "cli/standard_input.h"

#include "chem/molecule.h"
#include "core/file.h"
#include "core/log.h"
#include "core/memory.h"
#include "plot/chain.h"
#include "plot/curves.h"
#include "plot/gallery.h"
#include "plot/histograms.h"
#include "plot/layout.h"
#include "plot/title.h"

#include <stdlib.h>
#include <string.h>

static digress_status run(int argc, char **argv);

static const dg_option options[] = {
    {"out", 0, "FILE", "where the picture goes: a name in .svg, .png or .gif (must be given)"},
    {"what", 0, "graphs|chain|curves|histograms",
     "what is drawn (curves of a run, frames of a chain, histograms with --ref, otherwise graphs)"},
    {"count", 'n', "N", "at most so many graphs, or frames of a strip (16 graphs, 8 frames)"},
    {"columns", 0, "K", "how many side by side (graphs: a square; frames: one row)"},
    {"ref", 0, "DATA",
     "graphs whose histograms are drawn over those of SAMPLES; of a set folder, its test part "
     "(none)"},
    {"over", 0, "minutes|steps", "what the x axis of curves counts (minutes)"},
    {"title", 0, "TEXT", "the title of the picture (the name of what is drawn)"},
    {"seed", 0, "S", "seed of the layout (0)"},
    {"atoms", 0, "LIST",
     "names for the node classes of graphs that have none, such as C,N,O,F: they are molecules "
     "then (numbers)"},
    DG_READ_OPTIONS,
    {"threads", 0, "K", "threads, for histograms and files of molecules (all processors)"},
    {0}};

const dg_command dg_command_plot = {
    "plot",
    "SAMPLES|CHAIN|RUN... --out FILE.svg|.png|.gif [--what ...]",
    "Draws graphs, molecules, a denoising chain, or the curves of runs.\n"
    "SAMPLES: graphs, or molecules (SMILES, CSV, SDF). CHAIN: DIR/chains/000000 of 'sample "
    "--chain', or a chain of a run; as .gif it is animated. RUN: one folder or several.",
    options,
    run,
    NULL,
    NULL};

enum { DEFAULT_GRAPHS = 16, DEFAULT_FRAMES = 8, MOST_PANELS = 1024, MOST_RUNS = 24 };

typedef struct plan {
    const dg_arguments *arguments;
    dg_plot_what what;
    bool animated;
    dg_canvas_kind kind;
    uint64_t count, columns, seed, threads;
    bool by_steps;
    char *title, *path; /* of the graphs that are drawn */
    dg_pool *pool;
    dg_file file;
    char *picture;
    size_t size;
    char said[96]; /* what the picture shows, printed in the end */
} plan;

static const char *option(const plan *p, const char *name) {
    return dg_argument(&dg_command_plot, p->arguments, name);
}

/* ---- what is asked for ---- */

static digress_status read_ending(plan *p) {
    const char *out = option(p, "out");
    if (!out) return dg_error(DIGRESS_ERROR_INPUT, "plot: no --out FILE given to write to");
    const char *ending = strrchr(out, '.');
    if (ending && strcmp(ending, ".svg") == 0)
        p->kind = DG_CANVAS_SVG;
    else if (ending && strcmp(ending, ".png") == 0)
        p->kind = DG_CANVAS_PNG;
    else if (ending && strcmp(ending, ".gif") == 0)
        p->animated = true;
    else
        return dg_error(DIGRESS_ERROR_INPUT,
                        "--out: expected a name in .svg, .png or .gif, got '%s'", out);
    return DIGRESS_OK;
}

static digress_status read_what(plan *p) {
    static const char *const names[] = {"graphs", "chain", "curves", "histograms"};
    const char *what = option(p, "what");
    p->what = dg_plot_default(p->arguments->positional[0]);
    if (option(p, "ref")) p->what = DG_PLOT_HISTOGRAMS;
    if (p->animated) p->what = DG_PLOT_CHAIN;
    for (size_t k = 0; what && k < sizeof names / sizeof *names; k++) {
        if (strcmp(what, names[k]) != 0) continue;
        p->what = (dg_plot_what)k;
        what = NULL;
    }
    if (what)
        return dg_error(DIGRESS_ERROR_INPUT,
                        "--what: expected graphs, chain, curves or histograms, got '%s'", what);
    if (p->animated && p->what != DG_PLOT_CHAIN)
        return dg_error(DIGRESS_ERROR_INPUT,
                        "--out: only a chain is drawn as .gif: name a file in .svg or .png");
    if (option(p, "ref") && p->what != DG_PLOT_HISTOGRAMS)
        return dg_error(DIGRESS_ERROR_INPUT, "--ref is for histograms only");
    return DIGRESS_OK;
}

static digress_status check_positional(const plan *p) {
    const size_t count = p->arguments->positional_count;
    const size_t most = p->what == DG_PLOT_CURVES ? MOST_RUNS : 1;
    if (count <= most) return DIGRESS_OK;
    if (p->what == DG_PLOT_CURVES)
        return dg_error(DIGRESS_ERROR_INPUT, "plot: at most %d runs are drawn as curves, got %zu",
                        MOST_RUNS, count);
    return dg_error(DIGRESS_ERROR_INPUT, "plot: several runs are drawn only as curves; expected "
                                         "one set of graphs, or one chain");
}

static digress_status make_plan(plan *p) {
    const char *over = option(p, "over"), *title = option(p, "title");
    if (p->arguments->positional_count == 0)
        return dg_error(
            DIGRESS_ERROR_INPUT,
            "plot: expected SAMPLES, a CHAIN or a RUN to draw: see 'digress plot --help'");
    DG_TRY(read_ending(p));
    DG_TRY(read_what(p));
    DG_TRY(check_positional(p));
    p->count = p->what == DG_PLOT_CHAIN ? DEFAULT_FRAMES : DEFAULT_GRAPHS;
    DG_TRY(dg_argument_number(p->arguments, "count", 1, MOST_PANELS, &p->count));
    DG_TRY(dg_argument_number(p->arguments, "columns", 1, MOST_PANELS, &p->columns));
    DG_TRY(dg_argument_number(p->arguments, "seed", 0, UINT32_MAX, &p->seed));
    DG_TRY(dg_argument_number(p->arguments, "threads", 1, UINT16_MAX, &p->threads));
    if (over && strcmp(over, "minutes") != 0 && strcmp(over, "steps") != 0)
        return dg_error(DIGRESS_ERROR_INPUT, "--over: expected minutes or steps, got '%s'", over);
    p->by_steps = over && strcmp(over, "steps") == 0;
    if (title && !(p->title = dg_format("%s", title))) return dg_out_of_memory();
    return DIGRESS_OK;
}

/* ---- drawing ---- */

static digress_status draw_graphs(plan *p, const digress_graph_set *set) {
    const dg_gallery gallery = {.set = set,
                                .count = p->count,
                                .columns = p->columns,
                                .seed = (uint32_t)p->seed,
                                .title = p->title,
                                .watch = &dg_interrupt_watch};
    dg_gallery_report report;
    dg_alphabet alphabet;
    if (!dg_rdkit_version() && dg_alphabet_of(set, &alphabet) && dg_rdkit_require() != DIGRESS_OK)
        dg_warn("molecules are drawn as graphs: %s", digress_last_error());
    DG_TRY(dg_draw_gallery(&gallery, p->kind, &p->picture, &p->size, &report));
    if (report.skipped > 0)
        dg_warn("%s: %zu graphs are skipped, with more than %d nodes or %d edges", p->path,
                report.skipped, DG_MOST_DRAWN_NODES, DG_MOST_DRAWN_EDGES);
    if (report.invalid > 0)
        dg_log("%zu of %zu are not molecules that RDKit accepts: they are drawn as graphs",
               report.invalid, report.drawn);
    snprintf(p->said, sizeof p->said, "%zu of %zu graphs", report.drawn,
             digress_graph_set_count(set));
    return DIGRESS_OK;
}

static digress_status draw_chain(plan *p, const digress_graph_set *set) {
    const dg_chain chain = {.frames = set,
                            .count = p->count,
                            .columns = p->columns,
                            .seed = (uint32_t)p->seed,
                            .title = p->title,
                            .watch = &dg_interrupt_watch};
    const size_t all = digress_graph_set_count(set);
    const size_t most = p->animated ? DG_MOST_FRAMES : p->count;
    DG_TRY(p->animated ? dg_draw_animation(&chain, &p->picture, &p->size)
                       : dg_draw_strip(&chain, p->kind, &p->picture, &p->size));
    snprintf(p->said, sizeof p->said, "%zu of %zu frames", all < most ? all : most, all);
    return DIGRESS_OK;
}

static digress_status draw_histograms(plan *p, const digress_graph_set *set) {
    const char *reference = option(p, "ref");
    dg_distributions histograms = {
        .samples = set, .title = p->title, .samples_name = p->title, .reference_name = ""};
    digress_graph_set *read = NULL;
    char *name = NULL;
    digress_status status = DIGRESS_OK;
    if (reference) status = dg_plot_read(p->arguments, p->pool, reference, &read);
    if (status == DIGRESS_OK && reference) status = dg_title_of(reference, &name);
    histograms.reference = read;
    if (name) histograms.reference_name = name;
    if (status == DIGRESS_OK)
        status = dg_draw_histograms(p->pool, &histograms, p->kind, &p->picture, &p->size);
    snprintf(p->said, sizeof p->said, "histograms of %zu graphs", digress_graph_set_count(set));
    digress_graph_set_free(read);
    free(name);
    return status;
}

static digress_status draw_set(plan *p) {
    const char *given = p->arguments->positional[0];
    digress_graph_set *set = NULL;
    DG_TRY(dg_plot_find(given, p->what == DG_PLOT_CHAIN, &p->path));
    if (!p->title) DG_TRY(dg_title_of(p->path, &p->title));
    DG_TRY(dg_plot_read(p->arguments, p->pool, p->path, &set));
    digress_status status = p->what == DG_PLOT_GRAPHS  ? draw_graphs(p, set)
                            : p->what == DG_PLOT_CHAIN ? draw_chain(p, set)
                                                       : draw_histograms(p, set);
    digress_graph_set_free(set);
    return status == DIGRESS_ERROR_INPUT ? dg_error_prefix(status, "%s", p->path) : status;
}

/* A curve without a single value is not warned of: the run does not measure it. */
static void warn_of_gaps(const char *folder, const dg_run_curves *curves) {
    for (size_t k = 0; k < DG_CURVES; k++)
        if (curves->curves[k].count > 0 && curves->curves[k].left_out > 0)
            dg_warn("%s: %zu values of '%s' in its log are not finite: they are left out", folder,
                    curves->curves[k].left_out, dg_curve_keys[k]);
}

static digress_status draw_runs(plan *p, dg_run_curves *runs) {
    const size_t count = p->arguments->positional_count;
    for (size_t k = 0; k < count; k++) {
        const char *folder = p->arguments->positional[k];
        DG_TRY(dg_watch_ask(&dg_interrupt_watch));
        if (!dg_exists_in(folder, "log.jsonl"))
            return dg_error(DIGRESS_ERROR_INPUT, "%s: not a run: there is no log.jsonl in it",
                            folder);
        DG_TRY(dg_run_curves_read(folder, p->by_steps, &runs[k]));
        warn_of_gaps(folder, &runs[k]);
    }
    if (!p->title &&
        !(p->title = count == 1 ? dg_format("%s", runs[0].name) : dg_format("%zu runs", count)))
        return dg_out_of_memory();
    snprintf(p->said, sizeof p->said, "curves of %zu run%s", count, count == 1 ? "" : "s");
    return dg_draw_curves(count, runs, p->by_steps, p->title, p->kind, &p->picture, &p->size);
}

static digress_status draw_curves(plan *p) {
    const size_t count = p->arguments->positional_count;
    dg_run_curves *runs = NULL;
    DG_TRY(dg_allocate(count, sizeof *runs, &runs));
    digress_status status = draw_runs(p, runs);
    for (size_t k = 0; k < count; k++)
        dg_run_curves_free(&runs[k]);
    free(runs);
    return status;
}

/* ---- all ---- */

/* For a signal during work that cannot be interrupted. */
static void stop(void *context) {
    plan *p = context;
    (void)dg_watch_ask(&dg_interrupt_watch);
    dg_print_failure();
    dg_file_abort(&p->file);
}

static digress_status draw(plan *p) {
    dg_deadline deadline;
    dg_pool_watch(p->pool, &dg_interrupt_watch);
    DG_TRY(dg_deadline_begin(&deadline, stop, p));
    digress_status status = p->what == DG_PLOT_CURVES ? draw_curves(p) : draw_set(p);
    dg_deadline_end(&deadline);
    return status;
}

/* The file is opened first, so that one that cannot be written is reported before the work. */
static digress_status write_picture(plan *p) {
    const char *out = option(p, "out");
    DG_TRY(dg_file_begin(&p->file, out));
    digress_status status = draw(p);
    if (status == DIGRESS_OK) {
        fwrite(p->picture, 1, p->size, p->file.stream);
        status = dg_file_check(&p->file, 0, p->picture, p->size);
    }
    if (status != DIGRESS_OK) {
        dg_file_abort(&p->file);
        return status;
    }
    DG_TRY(dg_file_commit(&p->file));
    dg_print(stdout, "%s in %s\n", p->said, out);
    return DIGRESS_OK;
}

static digress_status run_plan(plan *p) {
    DG_TRY(make_plan(p));
    DG_TRY(dg_take_standard_input(&p->arguments->positional[0]));
    dg_interrupt_catch();
    DG_TRY(dg_pool_create(p->threads, &p->pool));
    digress_status status = write_picture(p);
    dg_pool_free(p->pool);
    return status;
}

static digress_status run(int argc, char **argv) {
    dg_arguments arguments;
    DG_TRY(dg_arguments_parse(&dg_command_plot, argc, argv, &arguments));
    plan p = {.arguments = &arguments};
    digress_status status = arguments.help ? DIGRESS_OK : run_plan(&p);
    free(p.title);
    free(p.path);
    free(p.picture);
    dg_arguments_free(&arguments);
    return status;
}
