/* Molecules of text files as graphs: atoms are node classes, bonds edge classes. */
#ifndef DG_DATASETS_MOLECULES_H
#define DG_DATASETS_MOLECULES_H

#include "chem/molecule.h"
#include "core/log.h"
#include "core/threads.h"
#include "datasets/records.h"
#include "digress/graph.h"

typedef enum dg_drop {
    DG_DROP_UNPARSABLE,
    DG_DROP_DISCONNECTED, /* several molecules in one record, salts say */
    DG_DROP_RADICAL,
    DG_DROP_CHARGED,
    DG_DROP_ATOM, /* none of the atoms asked for, or one that chem/atom.h does not know */
    DG_DROP_BOND, /* neither single, double, triple nor aromatic */
    DG_DROP_TOO_LARGE,
    DG_DROPS
} dg_drop;
extern const char *const dg_drop_names[DG_DROPS]; /* "unparsable", ... */

typedef struct dg_import_options {
    dg_record_kind kind; /* NONE: by each file's name */
    const char *column;  /* of a CSV; NULL: "smiles" */
    dg_molecule_style style;
    bool charges;      /* charged atoms are classes of their own; else such molecules are dropped */
    const char *atoms; /* "C,N,O,F": the node classes; NULL: those that occur, by atomic number */
    size_t most_atoms; /* 0: no limit */
    bool strict;       /* the first molecule to drop is an error, with its line */
    dg_progress *progress; /* may be NULL */
} dg_import_options;

typedef struct dg_import_report {
    size_t read, kept, dropped[DG_DROPS];
} dg_import_report;

/* "; dropped: 3 unparsable, 1 charged"; "" where nothing is. */
void dg_list_dropped(const size_t dropped[DG_DROPS], char *out, size_t size);

/* Reads each file into a set of its own, all over the same classes; the caller frees the sets.
 * Errors: INPUT (a file without any molecule to keep; with strict, the first that would be
 * dropped; built without RDKit), IO, MEMORY. */
digress_status dg_import_molecules(dg_pool *pool, const dg_import_options *options, size_t count,
                                   const char *const *paths, digress_graph_set **sets,
                                   dg_import_report *report);

#endif
