/* Molecules, by RDKit: the only interface to it, and the only C++ is behind it (rdkit*.cc). Built
 * without RDKit (no_rdkit.c), every function that makes a molecule fails with INPUT and says how to
 * get it.
 *
 * Nothing here writes to the terminal, throws, or keeps state; different threads may use different
 * molecules at the same time. What runs out of memory returns MEMORY. */
#ifndef DG_CHEM_MOLECULE_H
#define DG_CHEM_MOLECULE_H

#include "chem/alphabet.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct dg_molecule dg_molecule;

void dg_molecule_free(dg_molecule *molecule); /* NULL is allowed */

/* "2022.09.3"; NULL when built without RDKit. */
const char *dg_rdkit_version(void);
/* Errors: INPUT, saying how to get it, when built without RDKit. */
digress_status dg_rdkit_require(void);

/* ---- reading ---- */

typedef struct dg_molecule_style {
    bool hydrogens; /* kept as atoms; otherwise left out, except those bound to no other atom or to
                       two */
    bool aromatic;  /* aromatic bonds as such; otherwise single and double ones (Kekule) */
    bool full;      /* full atoms (chem/atom.h); only together with `aromatic` */
} dg_molecule_style;

/* A molecule as it is written. dg_molecule_settle has to come before all other functions, except
 * those that say so. The caller owns *out. Errors: INPUT, with RDKit's reason where it gives one.
 */
digress_status dg_molecule_of_smiles(const char *smiles, dg_molecule **out);
/* The same of a record of an SDF, or a MOL block. */
digress_status dg_molecule_of_block(const char *block, dg_molecule **out);
/* Of several fragments, keeps the largest: the one with the most heavy atoms, the first of equals.
 * *cut: there were several. To be called before dg_molecule_settle. */
digress_status dg_molecule_keep_largest(dg_molecule *molecule, bool *cut);
/* The number of atoms other than hydrogens. May be called before dg_molecule_settle, which takes
 * much longer than reading. */
size_t dg_molecule_heavy_atoms(const dg_molecule *molecule);
/* Sanitises the molecule, without its stereo marks, and brings it to the style. Errors: INPUT, with
 * RDKit's reason. */
digress_status dg_molecule_settle(dg_molecule *molecule, const dg_molecule_style *style);

typedef struct dg_molecule_atom {
    dg_atom_label label; /* in the molecule's style */
    int number, radical_electrons;
} dg_molecule_atom;

/* What was left out of a molecule as it was read. */
typedef struct dg_molecule_loss {
    size_t hydrogens;      /* that were written as atoms */
    bool stereo, isotopes; /* the latter of atoms that are still there */
} dg_molecule_loss;
dg_molecule_loss dg_molecule_lost(const dg_molecule *molecule);
/* Whether its graph, of labelled atoms and of bonds, is valid and stands for the molecule that was
 * read: the same canonical SMILES, without stereo and isotopes. Hydrogens in brackets may be lost
 * ("c1cc[nH]c1" with aromatic bonds, "C[IH2]") where the atoms are not full ones. */
digress_status dg_molecule_is_its_graph(const dg_molecule *molecule, bool *out);

size_t dg_molecule_atoms(const dg_molecule *molecule);
size_t dg_molecule_bonds(const dg_molecule *molecule);
/* *out: the number of its connected components. Errors: MEMORY. */
digress_status dg_molecule_fragments(const dg_molecule *molecule, size_t *out);
void dg_molecule_atom_at(const dg_molecule *molecule, size_t index, dg_molecule_atom *out);
/* *bond: DG_BOND_SINGLE, ...; DG_BONDS where it is none of them (dative, quadruple, ...). */
void dg_molecule_bond_at(const dg_molecule *molecule, size_t index, size_t ends[2], int *bond);

/* ---- from a graph ---- */

/* The molecule that the classes describe, unchecked. partial_charges: a nitrogen, oxygen or sulphur
 * whose valence is exceeded by one when a bond is added (in the order of the pairs i < j) gets a
 * charge of +1, as DiGress's relaxed validity has it (after GDSS). The caller owns *out. */
digress_status dg_molecule_build(const dg_alphabet *alphabet, const digress_graph *graph,
                                 bool partial_charges, dg_molecule **out);

/* The sanitised molecule that the classes describe, in another style. The caller owns *out. Errors:
 * INPUT, with RDKit's reason, where it is invalid. */
digress_status dg_molecule_of_graph(const dg_alphabet *alphabet, const digress_graph *graph,
                                    const dg_molecule_style *style, dg_molecule **out);

typedef enum dg_complaint {
    DG_COMPLAINT_NONE,
    DG_COMPLAINT_VALENCE,
    DG_COMPLAINT_KEKULIZE, /* also: an aromatic atom outside a ring */
    DG_COMPLAINT_OTHER,
    DG_COMPLAINT_LATE,   /* sanitised once, but not again, when it was split into fragments */
    DG_COMPLAINT_CHANGED /* full atoms: sanitising changes what they or their bonds say; they have
                            unpaired electrons; or one has an aromatic bond and is not aromatic
                            itself */
} dg_complaint;

typedef struct dg_verdict {
    dg_complaint complaint;
    size_t fragments; /* that RDKit splits it into; 0: it cannot */
    char reason[160]; /* RDKit's, one line; "" where there is no complaint */
} dg_verdict;

/* Sanitises the molecule of a graph, splits it, sanitises the fragments, as DiGress judges samples.
 * Sanitising must not change what full atoms say. Without a complaint the molecule is then its
 * largest fragment (the first of those). */
digress_status dg_molecule_judge(dg_molecule *molecule, dg_verdict *out);

/* ---- of a sanitised molecule ---- */

/* Canonical SMILES; the caller frees it. */
digress_status dg_molecule_smiles(const dg_molecule *molecule, char **out);

typedef enum dg_property {
    DG_PROPERTY_LOGP,   /* Wildman and Crippen 1999 */
    DG_PROPERTY_TPSA,   /* topological polar surface, Angstrom^2 (Ertl et al. 2000) */
    DG_PROPERTY_WEIGHT, /* daltons, hydrogens counted */
    DG_PROPERTY_RINGS,  /* smallest set of smallest rings */
    DG_PROPERTIES
} dg_property;
digress_status dg_molecule_properties(const dg_molecule *molecule, double out[DG_PROPERTIES]);

/* What a target can be. */
typedef enum dg_value {
    DG_VALUE_LOGP,   /* Wildman and Crippen 1999 */
    DG_VALUE_TPSA,   /* topological polar surface, Angstrom^2 (Ertl et al. 2000) */
    DG_VALUE_WEIGHT, /* daltons, hydrogens counted */
    DG_VALUE_RINGS,  /* smallest set of smallest rings */
    DG_VALUE_AROMATIC_RINGS,
    DG_VALUE_FRACTION_SP3, /* of the carbon atoms */
    DG_VALUE_DONORS,       /* of hydrogen bonds */
    DG_VALUE_ACCEPTORS,
    DG_VALUE_ROTATABLE, /* bonds */
    DG_VALUES
} dg_value;
digress_status dg_molecule_value(const dg_molecule *molecule, dg_value which, double *out);

/* Morgan's of radius 2 (Rogers and Hahn 2010: ECFP4), folded to 1024 bits. */
enum { DG_FINGERPRINT_WORDS = 16 };
digress_status dg_molecule_fingerprint(const dg_molecule *molecule,
                                       uint64_t out[DG_FINGERPRINT_WORDS]);

/* The MOL block of an SDF's record, with coordinates for a drawing in the plane; the caller frees
 * it. */
digress_status dg_molecule_block(const dg_molecule *molecule, const char *name, char **out);

/* A picture (SVG) of the molecules in rows; molecules[k] may be NULL: an empty field. The caller
 * frees *out. */
digress_status dg_molecules_svg(size_t count, dg_molecule *const *molecules,
                                const char *const *legends, char **out);

#ifdef __cplusplus
}
#endif

#endif
