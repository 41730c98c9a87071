/* digress report: numbers and pictures of samples on one page of HTML. */
#include "cli/deadline.h"
#include "cli/eval_inputs.h"
#include "cli/info.h"
#include "cli/interrupt.h"
#include "cli/plot_inputs.h"
#include "cli/read_options.h"

#include "core/file.h"
#include "core/log.h"
#include "eval/report/report.h"
#include "plot/chain.h"
#include "plot/curves.h"
#include "plot/gallery.h"
#include "plot/histograms.h"
#include "plot/html_page.h"
#include "plot/layout.h"
#include "plot/title.h"

#include <stdlib.h>
#include <string.h>

static digress_status run(int argc, char **argv);

static const dg_option options[] = {
    {"out", 0, "FILE", "where the page goes, a name in .html (must be given)"},
    {"ref", 0, "DATA",
     "the test set to compare with; of a set folder, its test part (none: no table of distances)"},
    {"train", 0, "DATA",
     "the training set, compared too; of a set folder, its train part (none: no novelty)"},
    {"valid", 0, DG_RULE_ROWS(DG_RULE_TEXT, "|") "|none",
     "what a valid graph is (by the kind of --ref's or --train's set)"},
    {"count", 'n', "N", "at most so many graphs are drawn (16)"},
    {"seed", 0, "S", "seed of the layout (0)"},
    {"atoms", 0, "LIST",
     "names for the node classes of SAMPLES that have none, such as C,N,O,F (numbers)"},
    DG_READ_OPTIONS,
    {"threads", 0, "K", "threads (all processors)"},
    {0}};

const dg_command dg_command_report = {
    "report",
    "RUN|SAMPLES [--ref DATA] [--train DATA] --out FILE.html",
    "Puts the table of 'eval' and the pictures of 'plot' on one page of HTML.\n"
    "Of a RUN: its curves, its last samples, and their first chain. The page needs no other file "
    "and no script.",
    options,
    run,
    NULL,
    NULL};

enum { DEFAULT_GRAPHS = 16, MOST_GRAPHS = 256, FRAMES = 6, MOST_COMPARED = 5000 };

typedef struct plan {
    const dg_arguments *arguments;
    uint64_t count, seed, threads;
    char *title, *samples, *chain; /* title and paths; chain: NULL if there is none */
    dg_pool *pool;
    dg_eval_inputs in;
    dg_html_page page;
    dg_file file;
} plan;

static const char *option(const plan *p, const char *name) {
    return dg_argument(&dg_command_report, p->arguments, name);
}

/* Puts a picture on the page, and frees it. */
static digress_status put(plan *p, digress_status drawn, char *svg, const char *label) {
    if (drawn == DIGRESS_OK) dg_html_picture(&p->page, svg, label);
    free(svg);
    return drawn;
}

/* ---- the sections ---- */

static digress_status compare(const plan *p, FILE *stream) {
    dg_compare_options how = dg_compare_defaults;
    const char *rule = option(p, "valid");
    const dg_report_names names = {option(p, "ref"), option(p, "train"), p->arguments->positional};
    dg_comparison comparison;
    how.kernels = 1u << DG_KERNEL_TV;
    how.baseline = false;
    how.most = MOST_COMPARED;
    how.unread = p->in.unread;
    if (rule) {
        DG_TRY(dg_rule_parse(rule, &how.rule));
    } else {
        DG_TRY(dg_eval_find_rule(option(p, "train"), &how.rule));
        DG_TRY(dg_eval_find_rule(option(p, "ref"), &how.rule));
    }
    DG_TRY(dg_compare(p->pool, &how, p->in.reference, p->in.train, p->in.sample_sets,
                      (const digress_graph_set *const *)p->in.samples, &comparison));
    digress_status status = dg_report_table(stream, &comparison, &names, false);
    dg_comparison_free(&comparison);
    return status;
}

static digress_status add_table(plan *p) {
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);
    if (!stream) return dg_out_of_memory();
    digress_status status = compare(p, stream);
    if (fclose(stream) != 0 && status == DIGRESS_OK) status = dg_out_of_memory();
    if (status == DIGRESS_OK) {
        dg_html_section(&p->page, "Numbers",
                        p->in.reference ? "As 'digress eval' prints them; MMDs are squared, and "
                                          "smaller is nearer to the test set."
                                        : "As 'digress eval' prints them.");
        dg_html_preformatted(&p->page, text);
    }
    free(text);
    return status;
}

static digress_status add_graphs(plan *p) {
    const dg_gallery gallery = {.set = p->in.samples[0],
                                .count = p->count,
                                .seed = (uint32_t)p->seed,
                                .title = "",
                                .watch = &dg_interrupt_watch};
    dg_gallery_report report;
    char *svg = NULL;
    size_t size = 0;
    dg_html_section(&p->page, "Samples", "");
    digress_status status = dg_draw_gallery(&gallery, DG_CANVAS_SVG, &svg, &size, &report);
    DG_TRY(put(p, status, svg, "samples"));
    if (report.skipped > 0)
        dg_warn("%s: %zu graphs are skipped, with more than %d nodes or %d edges", p->samples,
                report.skipped, DG_MOST_DRAWN_NODES, DG_MOST_DRAWN_EDGES);
    return DIGRESS_OK;
}

static digress_status add_histograms(plan *p) {
    const dg_distributions histograms = {.samples = p->in.samples[0],
                                         .reference = p->in.reference,
                                         .title = "",
                                         .samples_name = "samples",
                                         .reference_name = "test set"};
    char *svg = NULL;
    size_t size = 0;
    dg_html_section(&p->page, "Degrees, clustering, sizes", "");
    digress_status status = dg_draw_histograms(p->pool, &histograms, DG_CANVAS_SVG, &svg, &size);
    return put(p, status, svg, "histograms of degrees, clustering coefficients and sizes");
}

static digress_status add_curves(plan *p) {
    dg_run_curves curves;
    char *svg = NULL;
    size_t size = 0;
    digress_status status = dg_run_curves_read(p->arguments->positional[0], false, &curves);
    if (status == DIGRESS_OK) {
        dg_html_section(&p->page, "Training", "");
        status = dg_draw_curves(1, &curves, false, "", DG_CANVAS_SVG, &svg, &size);
        status = put(p, status, svg, "curves of the training");
    }
    dg_run_curves_free(&curves);
    return status;
}

static digress_status add_chain(plan *p) {
    digress_graph_set *frames = NULL;
    char *svg = NULL;
    size_t size = 0;
    DG_TRY(dg_plot_read(p->arguments, p->pool, p->chain, &frames));
    const dg_chain chain = {.frames = frames,
                            .count = FRAMES,
                            .seed = (uint32_t)p->seed,
                            .title = "",
                            .watch = &dg_interrupt_watch};
    dg_html_section(&p->page, "From noise to a graph", "");
    digress_status status = dg_draw_strip(&chain, DG_CANVAS_SVG, &svg, &size);
    status = put(p, status, svg, "frames of a denoising chain");
    digress_graph_set_free(frames);
    return status == DIGRESS_ERROR_INPUT ? dg_error_prefix(status, "%s", p->chain) : status;
}

/* ---- all ---- */

/* The samples and the chain to show: of a run, its last ones. */
static digress_status find_parts(plan *p) {
    const char *given = p->arguments->positional[0];
    const bool is_run = dg_is_run(given);
    DG_TRY(dg_title_of(given, &p->title));
    DG_TRY(dg_plot_find(given, false, &p->samples));
    if (!is_run && !dg_exists_in(given, "chains/000000")) return DIGRESS_OK;
    digress_status status = dg_plot_find(given, true, &p->chain);
    return is_run && status == DIGRESS_ERROR_INPUT ? DIGRESS_OK : status;
}

static digress_status fill_page(plan *p) {
    const bool is_run = dg_is_run(p->arguments->positional[0]);
    const char *given = p->arguments->positional[0];
    dg_html_begin(&p->page, p->title);
    if (is_run) DG_TRY(add_curves(p));
    p->arguments->positional[0] = p->samples;
    digress_status status = dg_eval_inputs_read(p->arguments, p->pool, &p->in);
    if (status == DIGRESS_OK && digress_graph_set_count(p->in.samples[0]) == 0)
        status = dg_error(DIGRESS_ERROR_INPUT, "%s: there is no graph to draw", p->samples);
    if (status == DIGRESS_OK) status = add_table(p);
    p->arguments->positional[0] = given;
    DG_TRY(status);
    DG_TRY(add_graphs(p));
    DG_TRY(add_histograms(p));
    return p->chain ? add_chain(p) : DIGRESS_OK;
}

/* For a signal during work that cannot be interrupted. */
static void stop(void *context) {
    plan *p = context;
    (void)dg_watch_ask(&dg_interrupt_watch);
    dg_print_failure();
    dg_file_abort(&p->file);
}

static digress_status make_page(plan *p) {
    dg_deadline deadline;
    dg_pool_watch(p->pool, &dg_interrupt_watch);
    DG_TRY(dg_deadline_begin(&deadline, stop, p));
    digress_status status = find_parts(p);
    if (status == DIGRESS_OK) status = fill_page(p);
    dg_deadline_end(&deadline);
    return status;
}

static digress_status write_page(plan *p) {
    char *html = NULL;
    DG_TRY(dg_file_begin(&p->file, option(p, "out")));
    digress_status status = make_page(p);
    if (status == DIGRESS_OK) status = dg_html_end(&p->page, &html);
    if (status == DIGRESS_OK) {
        fputs(html, p->file.stream);
        status = dg_file_check(&p->file, 0, html, strlen(html));
    }
    free(html);
    if (status == DIGRESS_OK) return dg_file_commit(&p->file);
    dg_file_abort(&p->file);
    return status;
}

static digress_status run_plan(plan *p) {
    const char *out = option(p, "out"), *ending = out ? strrchr(out, '.') : NULL;
    p->count = DEFAULT_GRAPHS;
    if (p->arguments->positional_count != 1)
        return dg_error(DIGRESS_ERROR_INPUT, "report: expected one RUN or SAMPLES, got %zu",
                        p->arguments->positional_count);
    if (!out) return dg_error(DIGRESS_ERROR_INPUT, "report: no --out FILE given to write to");
    if (!ending || strcmp(ending, ".html") != 0)
        return dg_error(DIGRESS_ERROR_INPUT, "--out: expected a name in .html, got '%s'", out);
    DG_TRY(dg_argument_number(p->arguments, "count", 1, MOST_GRAPHS, &p->count));
    DG_TRY(dg_argument_number(p->arguments, "seed", 0, UINT32_MAX, &p->seed));
    DG_TRY(dg_argument_number(p->arguments, "threads", 1, UINT16_MAX, &p->threads));
    dg_interrupt_catch();
    DG_TRY(dg_pool_create(p->threads, &p->pool));
    digress_status status = write_page(p);
    if (status == DIGRESS_OK) dg_print(stdout, "%s on one page in %s\n", p->samples, out);
    return status;
}

static digress_status run(int argc, char **argv) {
    dg_arguments arguments;
    DG_TRY(dg_arguments_parse(&dg_command_report, argc, argv, &arguments));
    plan p = {.arguments = &arguments};
    digress_status status = arguments.help ? DIGRESS_OK : run_plan(&p);
    dg_eval_inputs_free(&p.in);
    dg_pool_free(p.pool);
    free(p.page.text.bytes);
    free(p.title);
    free(p.samples);
    free(p.chain);
    dg_arguments_free(&arguments);
    return status;
}
