/* Sets of molecules as files of the chemists: SMILES, SDF, and a picture. */
#ifndef DG_CHEM_MOLECULE_FILE_H
#define DG_CHEM_MOLECULE_FILE_H

#include "chem/molecule.h"

typedef enum dg_molecule_format {
    DG_MOLECULES_SMILES, /* a line "SMILES NUMBER" a graph, numbers from 0; "# NUMBER: REASON" for
                            one that is invalid. Canonical; of several fragments the largest, with a
                            line "# NUMBER: the largest of ..." in front that says so */
    DG_MOLECULES_SDF, /* a record a graph, its number for a name, in the plane; without atoms, and
                         with the reason as its property "invalid", for one that is */
    DG_MOLECULES_SVG  /* a picture of the first 96, eight a row; an invalid one leaves its field
                         empty */
} dg_molecule_format;

/* "the largest of": how a comment begins that goes with the molecule in the next line. */
extern const char dg_largest_fragment[];

/* ".smi", ".sdf" or ".svg" */
const char *dg_molecule_extension(dg_molecule_format format);

/* Whole or not at all. *invalid: how many graphs RDKit does not accept. Errors: INPUT (a class is
 * no atom or bond; built without RDKit), IO. */
digress_status dg_molecules_write(const digress_graph_set *set, dg_molecule_format format,
                                  const char *path, size_t *invalid);

#endif
