/* A molecule that RDKit accepts; atoms and bonds are read from the names of the classes
 * (chem/alphabet.h). Validity is undefined for sets whose classes have no such names. */
#include "eval/molecules/chemistry.h"
#include "eval/validity/rules/definition.h"

static digress_status judge_molecules(dg_pool *pool, const digress_graph_set *set, bool **out) {
    dg_alphabet alphabet;
    dg_chemistry chemistry;
    if (!dg_alphabet_of(set, &alphabet)) return DIGRESS_OK;
    DG_TRY(dg_chemistry_of(pool, set, &alphabet, DG_CHEMISTRY_STRICT, "", NULL, &chemistry));
    digress_status status = dg_allocate(chemistry.count, sizeof **out, out);
    for (size_t k = 0; k < chemistry.count && status == DIGRESS_OK; k++)
        (*out)[k] = chemistry.smiles[k] != NULL;
    dg_chemistry_free(&chemistry);
    return status;
}

static bool has_rdkit(void) {
    return dg_rdkit_version() != NULL;
}

const dg_rule_definition dg_molecule_rule = {
    .kind = "molecules", .judge_set = judge_molecules, .is_available = has_rdkit};
