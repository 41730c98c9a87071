#include "train/data.h"

#include "core/file.h"
#include "core/log.h"
#include "datasets/generators.h"
#include "datasets/molecules.h"
#include "graph/image.h"
#include "graph/io/formats.h"
#include "graph/io/skipped.h"

static digress_status generate(const dg_config *config, const dg_watch *watch, dg_dataset *out) {
    const uint64_t seed = config->dataset.generate.seed;
    const dg_generator *generator = dg_generator_of(config->dataset.generate.kind);
    const char *kind = dg_generator_name(generator);
    digress_graph_set *set = NULL;
    DG_TRY(dg_generator_set(generator, &set));
    digress_status status =
        dg_generate_more(generator, seed, config->dataset.generate.graphs, watch, set);
    if (status == DIGRESS_OK) status = dg_dataset_split(set, seed, out);
    if (status == DIGRESS_OK) status = dg_dataset_describe(out, kind, kind);
    digress_graph_set_free(set);
    return status;
}

static void report_molecules(const char *path, const dg_import_report *report) {
    char dropped[DG_LIST_SIZE], left_out[DG_LIST_SIZE];
    dg_list_dropped(report->dropped, dropped);
    dg_list_left_out(report, left_out);
    dg_log("%s: %zu of %zu molecules kept%s%s", path, report->kept, report->read,
           *dropped ? "; dropped: " : "", dropped);
    if (*left_out) dg_log("left out of these: %s", left_out);
}

/* As `digress data import` reads them by default. */
static digress_status read_molecules(const char *path, const dg_watch *watch,
                                     digress_graph_set **out) {
    const dg_import_options how = {0};
    dg_import_report report;
    dg_pool *pool = NULL;
    DG_TRY(dg_pool_create(0, &pool));
    dg_pool_watch(pool, watch);
    digress_status status = dg_import_molecules(pool, &how, 1, &path, out, &report);
    dg_pool_free(pool);
    DG_TRY(status);
    report_molecules(path, &report);
    return DIGRESS_OK;
}

static digress_status read_graphs(const char *path, const dg_watch *watch,
                                  digress_graph_set **out) {
    digress_read_report report = {0};
    size_t end = 0;
    DG_TRY(dg_graph_sets_read(1, &path, NULL, watch, &report, &end, out));
    dg_say_dropped(&report);
    return DIGRESS_OK;
}

static digress_status read_file(const char *path, const dg_watch *watch, dg_dataset *out) {
    digress_graph_set *set = NULL;
    const bool molecules = dg_holds_molecules(path);
    DG_TRY(molecules ? read_molecules(path, watch, &set) : read_graphs(path, watch, &set));
    digress_status status = dg_dataset_split(set, 0, out);
    if (status == DIGRESS_OK && molecules) status = dg_dataset_describe(out, "", "molecules");
    if (status != DIGRESS_OK) dg_error_prefix(status, "%s", path);
    digress_graph_set_free(set);
    return status;
}

digress_status dg_training_data(const dg_config *config, const dg_watch *watch, dg_dataset *out) {
    const char *path = config->dataset.path;
    if (!path && config->dataset.generate.kind != DG_FAMILY_NONE)
        return generate(config, watch, out);
    if (!path)
        return dg_error(DIGRESS_ERROR_INPUT, "nothing to train on: give dataset.path=DATA or "
                                             "dataset.generate.kind=planar (sbm, community, ...)");
    if (dg_is_set_folder(path)) return dg_dataset_read(path, watch, out);
    digress_read_report report = {0};
    DG_TRY(dg_dataset_read_split(path, NULL, watch, &report, out));
    if (!out->train) return read_file(path, watch, out);
    dg_say_dropped(&report);
    return DIGRESS_OK;
}

static void write_image(const void *context, void *memory) {
    dg_image_write(context, memory);
}

/* Where the ranks of a machine cannot have the sets in common, each reads its own. */
static digress_status read_apart(const dg_config *config, dg_ranks *ranks, const dg_watch *watch,
                                 dg_dataset *read, dg_dataset *out) {
    dg_warn("no memory that ranks can have in common (is /dev/shm too small?): each reads its own "
            "copy of the training set");
    if (!dg_is_first_on_machine(ranks))
        return dg_ranks_agree(ranks, dg_training_data(config, watch, out));
    *out = *read;
    *read = (dg_dataset){0};
    return dg_ranks_agree(ranks, DIGRESS_OK);
}

digress_status dg_training_data_once(const dg_config *config, dg_ranks *ranks,
                                     const dg_watch *watch, dg_dataset *out) {
    dg_dataset read = {0};
    digress_status status = DIGRESS_OK;
    void *image = NULL;
    if (dg_rank_count(ranks) == 1) return dg_training_data(config, watch, out);
    if (dg_is_first_on_machine(ranks)) status = dg_training_data(config, watch, &read);
    status = dg_ranks_agree(ranks, status);
    if (status == DIGRESS_OK)
        status = dg_ranks_have_in_common(ranks, read.train ? dg_image_size(&read) : 0, write_image,
                                         &read, &image);
    if (status == DIGRESS_OK)
        status = image ? dg_ranks_agree(ranks, dg_image_open(image, out))
                       : read_apart(config, ranks, watch, &read, out);
    dg_dataset_free(&read);
    return status;
}
