/* Sets of molecules as the files that chemists use, SMILES and SDF, and as a picture. */
#ifndef DG_CHEM_MOLECULE_FILE_H
#define DG_CHEM_MOLECULE_FILE_H

#include "chem/molecule.h"

typedef enum dg_molecule_format {
    DG_MOLECULES_SMILES, /* a line "SMILES NUMBER" for each graph, numbered from 0; "# NUMBER:
                            REASON" for an invalid one. Canonical; of several fragments the largest,
                            with a line "# NUMBER: the largest of ..." in front that says so */
    DG_MOLECULES_CSV, /* columns smiles, number, fragments, invalid (the reason; then there are no
                         SMILES), and one for each target */
    DG_MOLECULES_SDF, /* a record for each graph, named by its number, with coordinates in the
                         plane; an invalid one has no atoms, and the reason as its property
                         "invalid". Targets are properties by their names */
    DG_MOLECULES_SVG  /* a picture of the first 96, eight in a row; the field of an invalid one is
                         empty */
} dg_molecule_format;

/* "the largest of": how a comment on the molecule in the next line begins. */
extern const char dg_largest_fragment[];

/* ".smi", ".sdf", ".csv" or ".svg" */
const char *dg_molecule_extension(dg_molecule_format format);

/* Whether such a file has the graphs' targets. */
bool dg_molecule_format_keeps_targets(dg_molecule_format format);

/* Writes all or nothing. *invalid: how many graphs RDKit does not accept. Errors: INPUT (a class
 * that is not an atom or a bond; built without RDKit), IO. */
digress_status dg_molecules_write(const digress_graph_set *set, dg_molecule_format format,
                                  const char *path, size_t *invalid);

#endif
