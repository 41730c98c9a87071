#include "cli/data_import_read.h"

#include "core/file.h"
#include "core/hash.h"
#include "core/log.h"
#include "core/memory.h"
#include "eval/targets/targets.h"
#include "graph/graph_set.h"
#include "graph/io/formats.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* ---- molecules ---- */

static void report_molecules(const dg_import_report *report) {
    char dropped[DG_LIST_SIZE], left_out[DG_LIST_SIZE];
    dg_list_dropped(report->dropped, dropped);
    dg_list_left_out(report, left_out);
    printf("%zu of %zu molecules kept%s%s%s\n", report->kept, report->read,
           *dropped ? "; dropped: " : "", dropped,
           *dropped ? " (--strict stops at the first)" : "");
    if (*left_out) printf("left out of these: %s\n", left_out);
}

static digress_status import_with(const dg_import_request *wanted, dg_pool *pool,
                                  digress_graph_set *sets[], dg_import_report *report) {
    dg_import_options how = wanted->molecule;
    dg_progress progress = {0};
    how.progress = &progress;
    if (dg_is_first_rank(wanted->ranks)) dg_progress_begin(&progress);
    const char *const parts[] = {wanted->parts[0], wanted->parts[2], wanted->parts[1]};
    how.together = wanted->file_count > 0;
    digress_status status =
        dg_import_molecules(pool, &how,
                            wanted->file_count ? wanted->file_count
                            : parts[2]         ? DG_PARTS
                                               : DG_PARTS - 1,
                            wanted->file_count ? wanted->files : parts, sets, report);
    dg_progress_end(&progress);
    return status;
}

/* MOSES has no validation part: DiGress validates on its test molecules, and tests on its
 * test_scaffolds. */
static digress_status settle_scaffolds(digress_graph_set *sets[DG_SPLIT_PARTS]) {
    digress_graph_set *scaffolds = sets[DG_SPLIT_SCAFFOLDS];
    const size_t count = digress_graph_set_count(scaffolds);
    if (count == 0) return DIGRESS_OK;
    if (digress_graph_set_count(sets[DG_SPLIT_VAL]) > 0) {
        dg_log("test_scaffolds: its %zu molecules are test molecules, too", count);
        return dg_graph_set_append_all(sets[DG_SPLIT_TEST], scaffolds);
    }
    dg_log("no validation part: 'test' is used for it, and 'test_scaffolds' for the test part");
    digress_graph_set_free(sets[DG_SPLIT_VAL]);
    sets[DG_SPLIT_VAL] = sets[DG_SPLIT_TEST];
    sets[DG_SPLIT_TEST] = scaffolds;
    sets[DG_SPLIT_SCAFFOLDS] = NULL;
    return DIGRESS_OK;
}

/* Moves the sets into the dataset. */
static digress_status take_parts(const dg_import_request *wanted,
                                 digress_graph_set *sets[DG_SPLIT_PARTS], dg_dataset *out) {
    digress_status status = settle_scaffolds(sets);
    digress_graph_set_free(sets[DG_SPLIT_SCAFFOLDS]);
    *out = (dg_dataset){
        .train = sets[DG_SPLIT_TRAIN], .val = sets[DG_SPLIT_VAL], .test = sets[DG_SPLIT_TEST]};
    for (size_t k = 0; k < DG_PARTS && status == DIGRESS_OK; k++)
        if (k != DG_SPLIT_VAL && digress_graph_set_count(sets[k]) == 0)
            status =
                dg_error(DIGRESS_ERROR_INPUT, "%s: column '%s' puts no molecule into %s",
                         wanted->files[0], wanted->molecule.csv.split_column, dg_part_names[k]);
    if (status != DIGRESS_OK) {
        dg_dataset_free(out);
        return status;
    }
    if (digress_graph_set_count(out->val) > 0) return DIGRESS_OK;
    digress_graph_set_free(out->val);
    out->val = NULL;
    return DIGRESS_OK;
}

static const char LIST_HEADER[] = "file\trecord\tname\treason\n";

/* --force replaces an earlier list, but no input and no other file. */
static digress_status check_list(const dg_import_request *wanted) {
    struct stat about;
    char line[sizeof LIST_HEADER] = "";
    if (stat(wanted->dropped, &about) != 0 || !S_ISREG(about.st_mode)) return DIGRESS_OK;
    FILE *stream = fopen(wanted->dropped, "r");
    const bool made = stream && fgets(line, sizeof line, stream) && strcmp(line, LIST_HEADER) == 0;
    if (stream) fclose(stream);
    if (made && wanted->force) return DIGRESS_OK;
    return dg_error(DIGRESS_ERROR_INPUT, "%s: exists already%s", wanted->dropped,
                    made ? ": give --force to replace it"
                         : ", and is not a list of dropped molecules: name another file");
}

/* Reads the molecules, and writes the list of those dropped if that is asked for. */
static digress_status import_listed(const dg_import_request *wanted, dg_pool *pool,
                                    digress_graph_set *sets[], dg_import_report *report) {
    dg_import_request listed = *wanted;
    dg_file list;
    if (!wanted->dropped || !dg_is_first_rank(wanted->ranks))
        return import_with(wanted, pool, sets, report);
    DG_TRY(check_list(wanted));
    DG_TRY(dg_file_begin(&list, wanted->dropped));
    listed.molecule.dropped = list.stream;
    fputs(LIST_HEADER, list.stream);
    digress_status status = import_with(&listed, pool, sets, report);
    if (status == DIGRESS_OK) return dg_file_commit(&list);
    dg_file_abort(&list);
    return status;
}

static digress_status read_molecules(const dg_import_request *wanted, dg_dataset *out) {
    digress_graph_set *sets[DG_SPLIT_PARTS] = {NULL};
    dg_import_report report;
    dg_pool *pool = NULL;
    DG_TRY(dg_pool_create(wanted->threads, &pool));
    dg_pool_watch(pool, wanted->watch);
    dg_pool_join(pool, wanted->ranks);
    digress_status status = import_listed(wanted, pool, sets, &report);
    dg_pool_free(pool);
    if (status != DIGRESS_OK) {
        for (size_t k = 0; k < DG_SPLIT_PARTS; k++)
            digress_graph_set_free(sets[k]);
        return status;
    }
    if (wanted->molecule.csv.split_column) {
        DG_TRY(take_parts(wanted, sets, out));
    } else if (wanted->file_count) {
        status = dg_dataset_split(sets[0], wanted->seed, out);
        digress_graph_set_free(sets[0]);
        if (status != DIGRESS_OK) return dg_error_prefix(status, "%s", wanted->files[0]);
    } else {
        *out = (dg_dataset){.train = sets[0], .val = sets[2], .test = sets[1]};
    }
    if (dg_is_first_rank(wanted->ranks)) report_molecules(&report);
    return DIGRESS_OK;
}

/* ---- any graphs ---- */

static digress_status read_files(const dg_import_request *wanted, digress_read_report *report,
                                 digress_graph_set **out) {
    size_t *ends = NULL;
    DG_TRY(dg_allocate(wanted->file_count, sizeof *ends, &ends));
    digress_status status = dg_graph_sets_read(wanted->file_count, wanted->files, &wanted->read,
                                               wanted->watch, report, ends, out);
    free(ends);
    return status;
}

static digress_status read_all(const dg_import_request *wanted, digress_read_report *report,
                               dg_dataset *out) {
    if (wanted->molecules) return read_molecules(wanted, out);
    if (!wanted->file_count)
        return dg_dataset_read_parts(wanted->parts[0], wanted->parts[1], wanted->parts[2],
                                     &wanted->read, wanted->watch, report, out);
    if (wanted->file_count == 1)
        DG_TRY(dg_dataset_read_split(wanted->files[0], &wanted->read, wanted->watch, report, out));
    if (wanted->file_count == 1 && out->train) {
        dg_log("%s is split already: its parts are kept (to mix them, give its files one by one)",
               wanted->files[0]);
        return DIGRESS_OK;
    }
    digress_graph_set *set = NULL;
    DG_TRY(read_files(wanted, report, &set));
    digress_status status = dg_dataset_split(set, wanted->seed, out);
    digress_graph_set_free(set);
    return status == DIGRESS_OK ? status : dg_error_prefix(status, "%s", wanted->files[0]);
}

static digress_status compute_targets(const dg_import_request *wanted, const dg_dataset *dataset) {
    digress_graph_set *const parts[DG_PARTS] = {dataset->train, dataset->val, dataset->test};
    dg_pool *pool = NULL;
    DG_TRY(dg_pool_create(wanted->threads, &pool));
    dg_pool_watch(pool, wanted->watch);
    dg_pool_join(pool, wanted->ranks);
    digress_status status = DIGRESS_OK;
    for (size_t k = 0; k < DG_PARTS && status == DIGRESS_OK; k++)
        if (parts[k]) status = dg_targets_compute(pool, parts[k], wanted->computed);
    dg_pool_free(pool);
    return status;
}

/* Ranks that have read different graphs would compute each other's targets. */
static digress_status compare_ranks(dg_ranks *ranks, const dg_dataset *dataset) {
    const digress_graph_set *const parts[DG_PARTS] = {dataset->train, dataset->val, dataset->test};
    uint64_t state = DG_HASH_START;
    char text[64];
    if (dg_rank_count(ranks) == 1) return DIGRESS_OK;
    for (size_t k = 0; k < DG_PARTS; k++)
        state = dg_hash_set(state, parts[k]);
    snprintf(text, sizeof text, "read a set (%016" PRIx64 ")", state);
    return dg_ranks_same(ranks, text);
}

digress_status dg_import_read(const dg_import_request *wanted, digress_read_report *report,
                              dg_dataset *out) {
    const digress_status read = read_all(wanted, report, out);
    if (!wanted->computed) return read;
    digress_status status = dg_ranks_agree(wanted->ranks, read);
    if (status == DIGRESS_OK) status = compare_ranks(wanted->ranks, out);
    if (status == DIGRESS_OK) status = compute_targets(wanted, out);
    if (read == DIGRESS_OK && status != DIGRESS_OK) dg_dataset_free(out);
    return status;
}
