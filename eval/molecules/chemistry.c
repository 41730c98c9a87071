#include "eval/molecules/chemistry.h"

#include "core/memory.h"
#include "distributed/divided.h"
#include <stdlib.h>
#include <string.h>

typedef struct describer {
    const digress_graph_set *set;
    const dg_alphabet *alphabet;
    dg_chemistry chemistry;
} describer;

/* Judges a molecule; *smiles stays NULL if there is a complaint. */
static digress_status judge_and_write(dg_molecule *molecule, dg_verdict *verdict, char **smiles) {
    DG_TRY(dg_molecule_judge(molecule, verdict));
    if (verdict->complaint != DG_COMPLAINT_NONE) return DIGRESS_OK;
    return dg_molecule_smiles(molecule, smiles);
}

static digress_status measure_properties(const describer *with, size_t index,
                                         const dg_molecule *molecule) {
    const dg_chemistry *chemistry = &with->chemistry;
    if (!chemistry->properties || !chemistry->smiles[index]) return DIGRESS_OK;
    DG_TRY(dg_molecule_properties(molecule, chemistry->properties[index]));
    return dg_molecule_fingerprint(molecule,
                                   chemistry->fingerprints + index * DG_FINGERPRINT_WORDS);
}

static digress_status describe_strictly(const describer *with, size_t index,
                                        const digress_graph *graph) {
    const dg_chemistry *chemistry = &with->chemistry;
    dg_molecule *molecule = NULL;
    DG_TRY(dg_molecule_build(with->alphabet, graph, false, &molecule));
    digress_status status =
        judge_and_write(molecule, &chemistry->verdicts[index], &chemistry->smiles[index]);
    if (status == DIGRESS_OK) status = measure_properties(with, index, molecule);
    dg_molecule_free(molecule);
    return status;
}

static digress_status describe_relaxed(const describer *with, size_t index,
                                       const digress_graph *graph) {
    dg_verdict verdict;
    dg_molecule *molecule = NULL;
    DG_TRY(dg_molecule_build(with->alphabet, graph, true, &molecule));
    digress_status status = judge_and_write(molecule, &verdict, &with->chemistry.relaxed[index]);
    dg_molecule_free(molecule);
    return status;
}

static digress_status describe_molecule(void *context, size_t index, size_t thread) {
    const describer *with = context;
    const digress_graph graph = digress_graph_set_get(with->set, index);
    (void)thread;
    if (with->chemistry.verdicts) DG_TRY(describe_strictly(with, index, &graph));
    if (with->chemistry.relaxed) DG_TRY(describe_relaxed(with, index, &graph));
    return DIGRESS_OK;
}

static digress_status carry_molecule(void *context, size_t index, dg_parcel *parcel) {
    const dg_chemistry *c = &((const describer *)context)->chemistry;
    if (c->verdicts) {
        DG_TRY(dg_parcel_bytes(parcel, &c->verdicts[index], sizeof *c->verdicts));
        DG_TRY(dg_parcel_text(parcel, &c->smiles[index]));
    }
    if (c->relaxed) DG_TRY(dg_parcel_text(parcel, &c->relaxed[index]));
    if (!c->properties || !c->smiles[index]) return DIGRESS_OK;
    DG_TRY(dg_parcel_bytes(parcel, &c->properties[index], sizeof *c->properties));
    return dg_parcel_bytes(parcel, c->fingerprints + index * DG_FINGERPRINT_WORDS,
                           DG_FINGERPRINT_WORDS * sizeof *c->fingerprints);
}

static digress_status allocate_chemistry(unsigned what, dg_chemistry *out) {
    if (what & DG_CHEMISTRY_STRICT) {
        DG_TRY(dg_allocate(out->count, sizeof *out->verdicts, &out->verdicts));
        DG_TRY(dg_allocate(out->count, sizeof *out->smiles, &out->smiles));
    }
    if (what & DG_CHEMISTRY_RELAXED)
        DG_TRY(dg_allocate(out->count, sizeof *out->relaxed, &out->relaxed));
    if (!(what & DG_CHEMISTRY_PROPERTIES)) return DIGRESS_OK;
    DG_TRY(dg_allocate(out->count, sizeof *out->properties, &out->properties));
    return dg_allocate(out->count, DG_FINGERPRINT_WORDS * sizeof *out->fingerprints,
                       &out->fingerprints);
}

/* Counts the valid molecules, and moves their fingerprints to the front. */
static void tally(dg_chemistry *chemistry) {
    const size_t words = DG_FINGERPRINT_WORDS;
    for (size_t k = 0; k < chemistry->count; k++) {
        chemistry->relaxed_count += chemistry->relaxed && chemistry->relaxed[k];
        if (!chemistry->smiles || !chemistry->smiles[k]) continue;
        uint64_t *prints = chemistry->fingerprints;
        if (prints && chemistry->valid_count != k)
            memcpy(prints + chemistry->valid_count * words, prints + k * words,
                   words * sizeof *prints);
        chemistry->valid_count++;
    }
}

static digress_status describe_all(describer *with, dg_pool *pool, unsigned what, const char *label,
                                   dg_progress *progress) {
    const dg_divided loop = {.count = with->chemistry.count,
                             .job = describe_molecule,
                             .carry = carry_molecule,
                             .context = with,
                             .progress = progress,
                             .label = label};
    DG_TRY(dg_rdkit_require());
    DG_TRY(allocate_chemistry(what, &with->chemistry));
    DG_TRY(dg_run_divided(pool, &loop));
    tally(&with->chemistry);
    return DIGRESS_OK;
}

digress_status dg_chemistry_of(dg_pool *pool, const digress_graph_set *set,
                               const dg_alphabet *alphabet, unsigned what, const char *label,
                               dg_progress *progress, dg_chemistry *out) {
    describer with = {
        .set = set, .alphabet = alphabet, .chemistry = {.count = digress_graph_set_count(set)}};
    digress_status status = describe_all(&with, pool, what, label, progress);
    if (status == DIGRESS_OK)
        *out = with.chemistry;
    else
        dg_chemistry_free(&with.chemistry);
    return status;
}

static void free_texts(char **texts, size_t count) {
    for (size_t k = 0; texts && k < count; k++)
        free(texts[k]);
    free(texts);
}

void dg_chemistry_free(dg_chemistry *chemistry) {
    free(chemistry->verdicts);
    free_texts(chemistry->smiles, chemistry->count);
    free_texts(chemistry->relaxed, chemistry->count);
    free(chemistry->properties);
    free(chemistry->fingerprints);
    *chemistry = (dg_chemistry){0};
}
