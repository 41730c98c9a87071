/* Molecules of text files as graphs: atoms are node classes, bonds edge classes. */
#ifndef DG_DATASETS_MOLECULES_H
#define DG_DATASETS_MOLECULES_H

#include "chem/molecule.h"
#include "core/log.h"
#include "core/threads.h"
#include "datasets/records.h"
#include "digress/graph.h"
#include <stdio.h>

typedef enum dg_drop {
    DG_DROP_UNPARSABLE,
    DG_DROP_DISCONNECTED, /* several molecules in one record, such as salts */
    DG_DROP_RADICAL,
    DG_DROP_CHARGED,
    DG_DROP_ATOM, /* an atom that was not asked for, or that chem/atom.h does not know */
    DG_DROP_BOND, /* neither single, double, triple nor aromatic */
    DG_DROP_TOO_LARGE,
    DG_DROP_HYDROGEN, /* which cannot be left out: alone, or between two atoms */
    DG_DROP_CHANGED,  /* its graph stands for another molecule (dg_molecule_is_its_graph) */
    DG_DROP_PART,     /* the split column names no part */
    DG_DROPS
} dg_drop;
extern const char *const dg_drop_names[DG_DROPS]; /* "unparsable", ... */

typedef struct dg_import_options {
    dg_record_kind kind; /* NONE: told by each file */
    /* With a split column, all files go into DG_SPLIT_PARTS sets, some of which may be empty. */
    dg_csv_options csv;
    dg_molecule_style style;
    bool charges; /* charged atoms are classes of their own, as full atoms always are; else such
                     molecules are dropped */
    const char *atoms; /* "C,N,O,F": the node classes, in the style; NULL: those that occur, by
                          atomic number */
    size_t most_atoms; /* 0: no limit */
    bool strict;       /* the first molecule to drop is an error, with its line */
    /* The records are samples to judge: all count, including `# 7: reason`, and there may be none
     * to keep. Those of several fragments and charged ones are kept. Whatever is dropped for a
     * reason other than DG_DROP_UNPARSABLE is a valid molecule without a graph. */
    bool samples;
    bool
        largest_fragment; /* of several molecules in a record, such as salts, the largest is kept */
    FILE *dropped; /* receives a line for each molecule dropped (dg_print_drop); may be NULL */
    bool together; /* all files into one set */
    dg_progress *progress; /* may be NULL */
} dg_import_options;

typedef struct dg_import_report {
    size_t read, kept, dropped[DG_DROPS];
    /* What was left out of the molecules kept: hydrogen atoms that were written out and that RDKit
     * by itself would have kept; molecules with stereochemistry; with isotopes. */
    size_t hydrogens, stereo, isotopes;
    size_t cut; /* molecules kept without their smaller fragments */
} dg_import_report;

/* "3 unparsable, 1 charged"; "" if nothing is dropped. */
enum { DG_LIST_SIZE = 240 };
void dg_list_dropped(const size_t dropped[DG_DROPS], char out[DG_LIST_SIZE]);

/* What was left out of the molecules kept: "hydrogen atoms 5, stereochemistry of 2"; "" if
 * nothing. */
void dg_list_left_out(const dg_import_report *report, char out[DG_LIST_SIZE]);

/* "FILE, RECORD, NAME, REASON", separated by tabs: the record's number in the file, from 1, and its
 * name, which may be NULL. */
void dg_print_drop(FILE *stream, const char *file, size_t record, const char *name, dg_drop why,
                   const char *detail);

/* Reads each file, or all the files of a folder, into a set of its own, all over the same classes;
 * the caller frees the sets. Errors: INPUT (a file without any molecule to keep; with strict, the
 * first that would be dropped; built without RDKit), IO, MEMORY. */
digress_status dg_import_molecules(dg_pool *pool, const dg_import_options *options, size_t count,
                                   const char *const *paths, digress_graph_set **sets,
                                   dg_import_report *report);

/* Converts the molecules of a set to another style, as samples: those that are invalid, or have no
 * graph in this style, are counted in the report instead. The caller owns *out. Errors: INPUT (no
 * molecules; built without RDKit), MEMORY. */
digress_status dg_restyle_molecules(dg_pool *pool, const dg_molecule_style *style,
                                    const digress_graph_set *set, digress_graph_set **out,
                                    dg_import_report *report);

#endif
