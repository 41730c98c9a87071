/* What `digress data import` is asked for, and reading it. */
#ifndef DG_CLI_DATA_IMPORT_READ_H
#define DG_CLI_DATA_IMPORT_READ_H

#include "datasets/molecules.h"
#include "distributed/ranks.h"
#include "graph/dataset.h"

typedef struct dg_import_request {
    size_t file_count;
    const char *const *files; /* either these, or the parts */
    const char *parts[DG_PARTS];
    const char *out, *name, *kind;
    uint64_t seed;
    bool force;
    digress_read_options read;
    bool molecules;
    dg_import_options molecule;
    const char *dropped;
    const char *computed; /* targets to compute, separated by commas; NULL: none */
    uint64_t threads;
    const dg_watch *watch; /* can stop the reading; may be NULL */
    dg_ranks *ranks;       /* that import together: the first one speaks, and writes `dropped` */
} dg_import_request;

/* Reads the set from files of molecules or of graphs, and says on stdout how many molecules were
 * kept. The report is filled in for graphs only. The caller frees *out with dg_dataset_free. */
digress_status dg_import_read(const dg_import_request *wanted, digress_read_report *report,
                              dg_dataset *out);

#endif
