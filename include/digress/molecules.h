/* Molecules as graphs: atoms are node classes, called "C", "N+", ...; bonds are edge classes,
 * called "none", "single", "double", "triple" and "aromatic". All chemistry is RDKit's. */
#ifndef DIGRESS_MOLECULES_H
#define DIGRESS_MOLECULES_H

#include "digress/graph.h"
#include "digress/status.h"
#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Whether the library was built with RDKit. Without it the functions below fail with INPUT. */
bool digress_has_molecules(void);

typedef struct digress_import_options {
    bool hydrogens; /* hydrogens as atoms; otherwise left out */
    bool aromatic;  /* aromatic bonds as such; otherwise single and double ones (Kekule) */
    bool charges; /* charged atoms are classes of their own; otherwise molecules with a charged atom
                     are dropped */
    const char *atoms;  /* "C,N,O,F": the node classes; NULL: those that occur, by atomic number */
    const char *column; /* of a CSV; NULL: "smiles", in any case */
    size_t most_atoms;  /* 0: no limit */
    bool strict;    /* a molecule that would be dropped is an error instead, which names its line */
    size_t threads; /* 0: all processors; never changes the graphs */
    bool full; /* classes that say element, charge, aromaticity and hydrogens, as SMILES does in
                  brackets: "[CH3]", "[nH]"; with aromatic bonds and charges, asked for or not */
    const char *dropped; /* a file to write, with a line "FILE, RECORD, NAME, REASON" between tabs
                            for each molecule that is dropped; records are counted from 1. NULL:
                            none */
    digress_watch watch;
} digress_import_options;

typedef struct digress_import_report {
    size_t read, kept;
    size_t unparsable, disconnected, radical, charged, other_atoms, other_bonds, too_large;
    size_t only_hydrogens; /* a hydrogen that cannot be left out: alone, or between two atoms */
    size_t changed; /* the graph would stand for another molecule, with another canonical SMILES */
    /* Of those kept: hydrogen atoms left out that were written as isotopes or to define the stereo
     * of a bond; molecules whose stereochemistry, or whose isotopes, a graph cannot hold. */
    size_t hydrogens_left_out, stereo_left_out, isotopes_left_out;
} digress_import_report;

/* Reads the molecules of a file: SMILES (.smi, .smiles), a column of SMILES (.csv, .tsv), or SDF
 * (.sdf, .mol), each with or without .gz. `options` and `report` may be NULL. The caller owns *out.
 * Errors: INPUT (no molecule to keep, no such column, ...), IO, MEMORY. */
digress_status digress_molecules_read(const char *path, const digress_import_options *options,
                                      digress_import_report *report, digress_graph_set **out);

/* Canonical SMILES of graph `index` (of several fragments, the largest), judged as DiGress judges
 * samples: *smiles is NULL if it is not a valid molecule, and digress_last_error() then says why.
 * The caller frees *smiles. Errors: INPUT (the set's classes are not atoms and bonds, or it has no
 * such graph). */
digress_status digress_molecule_smiles(const digress_graph_set *set, size_t index, char **smiles);

#ifdef __cplusplus
}
#endif

#endif
