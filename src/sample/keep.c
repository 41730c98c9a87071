#include "sample/keep.h"

#include "core/memory.h"
#include "eval/molecules/chemistry.h"
#include "graph/graph_set.h"
#include <stdlib.h>
#include <string.h>

digress_status dg_keep_parse(const char *list, dg_keep_options *out) {
    const struct {
        const char *name;
        bool *asked;
    } words[] = {{"valid", &out->valid}, {"unique", &out->unique}, {"novel", &out->novel}};
    for (const char *word = list;; word++) {
        size_t length = strcspn(word, ","), k = 0;
        while (k < 3 && (strlen(words[k].name) != length || strncmp(words[k].name, word, length)))
            k++;
        if (k == 3)
            return dg_error(
                DIGRESS_ERROR_INPUT,
                "the option 'keep': expected valid, unique, novel, separated by commas, got '%s'",
                list);
        *words[k].asked = true;
        word += length;
        if (*word == '\0') return DIGRESS_OK;
    }
}

/* The canonical SMILES of a growing list of molecules. */
typedef struct smiles_list {
    char **smiles; /* [count] NULL: not a valid molecule */
    size_t count, capacity;
} smiles_list;

typedef struct keeper {
    const dg_model *model;
    dg_pool *pool;
    const dg_sample_options *sample;
    const dg_keep_options *keep;
    digress_graph_set *drawn; /* all graphs drawn so far */
    bool of_molecules;        /* graphs are told apart by their SMILES */
    dg_alphabet alphabet;
    smiles_list drawn_smiles, train_smiles;
    digress_graph_set *out;
    dg_keep_report report;
} keeper;

/* Appends those that pass to `out`. In `among`, unique means unique within `round`, and novel not
 * drawn by any earlier round. */
static digress_status keep_passing(keeper *k, const digress_graph_set *round,
                                   const dg_quality *quality, const dg_quality *among) {
    const dg_keep_options *keep = k->keep;
    for (size_t g = 0; g < quality->count; g++) {
        bool valid = keep->valid && quality->valid[g], novel = keep->novel && quality->novel[g];
        bool unique = keep->unique && among->unique[g] && among->novel[g];
        k->report.valid += valid;
        k->report.unique += unique;
        k->report.novel += novel;
        bool passes = valid == keep->valid && unique == keep->unique && novel == keep->novel;
        if (!passes || k->report.kept == k->sample->count) continue;
        DG_TRY(dg_graph_set_append_from(k->out, round, g));
        k->report.kept++;
    }
    k->report.drawn += quality->count;
    return DIGRESS_OK;
}

/* ---- molecules ---- */

static void free_list(smiles_list *list) {
    for (size_t k = 0; k < list->count; k++)
        free(list->smiles[k]);
    free(list->smiles);
}

/* Moves the SMILES of `from` to the end of `to`. */
static digress_status append_smiles(dg_chemistry *from, smiles_list *to) {
    DG_TRY(dg_grow(&to->smiles, &to->capacity, to->count + from->count, sizeof(char *)));
    memcpy(to->smiles + to->count, from->smiles, from->count * sizeof(char *));
    to->count += from->count;
    memset(from->smiles, 0, from->count * sizeof(char *));
    return DIGRESS_OK;
}

static digress_status mark_by_smiles(const smiles_list *others, dg_quality *quality,
                                     char *const *smiles) {
    dg_text_set set;
    DG_TRY(dg_text_set_of(others->smiles, others->count, &set));
    digress_status status = dg_quality_by_smiles(quality, smiles, &set);
    dg_text_set_free(&set);
    return status;
}

static digress_status mark_valid(char *const *smiles, dg_quality *quality) {
    bool *valid = NULL;
    DG_TRY(dg_allocate(quality->count, sizeof *valid, &valid));
    for (size_t k = 0; k < quality->count; k++)
        valid[k] = smiles[k] != NULL;
    dg_quality_set_valid(quality, valid);
    return DIGRESS_OK;
}

/* Marks as valid what RDKit accepts, and adds the SMILES to those drawn. */
static digress_status mark_molecules(keeper *k, const digress_graph_set *round, dg_quality *quality,
                                     dg_quality *among) {
    dg_chemistry chemistry;
    DG_TRY(
        dg_chemistry_of(k->pool, round, &k->alphabet, DG_CHEMISTRY_STRICT, "", NULL, &chemistry));
    char *const *smiles = chemistry.smiles;
    digress_status status = mark_by_smiles(&k->train_smiles, quality, smiles);
    if (status == DIGRESS_OK) status = mark_by_smiles(&k->drawn_smiles, among, smiles);
    if (status == DIGRESS_OK && k->keep->rule == DG_RULE_MOLECULE)
        status = mark_valid(smiles, quality);
    if (status == DIGRESS_OK) status = append_smiles(&chemistry, &k->drawn_smiles);
    dg_chemistry_free(&chemistry);
    return status;
}

static digress_status prepare_molecules(keeper *k) {
    const digress_graph_set *train = k->keep->train;
    dg_chemistry chemistry;
    k->of_molecules = dg_rdkit_version() && dg_alphabet_of(k->model->classes, &k->alphabet);
    if (!k->of_molecules || !k->keep->novel) return DIGRESS_OK;
    DG_TRY(
        dg_chemistry_of(k->pool, train, &k->alphabet, DG_CHEMISTRY_STRICT, "", NULL, &chemistry));
    digress_status status = append_smiles(&chemistry, &k->train_smiles);
    dg_chemistry_free(&chemistry);
    return status;
}

/* ---- rounds ---- */

static dg_rule rule_for_graphs(const keeper *k) {
    const bool judged = k->of_molecules && k->keep->rule == DG_RULE_MOLECULE;
    return k->keep->valid && !judged ? k->keep->rule : DG_RULE_NONE;
}

static digress_status judge_round(keeper *k, const digress_graph_set *round) {
    dg_quality quality = {0}, among = {0};
    const digress_graph_set *train = k->keep->novel ? k->keep->train : NULL;
    digress_status status = dg_judge(k->pool, rule_for_graphs(k), round, train, &quality);
    if (status == DIGRESS_OK) status = dg_judge(k->pool, DG_RULE_NONE, round, k->drawn, &among);
    if (status == DIGRESS_OK && k->of_molecules)
        status = mark_molecules(k, round, &quality, &among);
    if (status == DIGRESS_OK) status = keep_passing(k, round, &quality, &among);
    if (status == DIGRESS_OK) status = dg_graph_set_append_all(k->drawn, round);
    dg_quality_free(&quality);
    dg_quality_free(&among);
    return status;
}

static digress_status draw_round(keeper *k, size_t count) {
    digress_graph_set *round = NULL;
    dg_sample_options options = *k->sample;
    options.first += k->report.drawn;
    options.count = count;
    options.chains = 0;
    DG_TRY(digress_graph_set_create_like(k->model->classes, &round));
    digress_status status = dg_sample(k->model, k->pool, &options, round, NULL);
    if (status == DIGRESS_OK) status = judge_round(k, round);
    digress_graph_set_free(round);
    return status;
}

/* As many draws as are still needed at the rate so far, but at most as many as have been drawn
 * already. */
static size_t round_size(const keeper *k) {
    const dg_keep_report *report = &k->report;
    if (report->drawn == 0) return k->sample->count;
    double missing = (double)(k->sample->count - report->kept), drawn = (double)report->drawn;
    double wanted = missing * drawn / (double)(report->kept ? report->kept : 1) + 1.0;
    return wanted < drawn ? (size_t)wanted : report->drawn;
}

static digress_status draw_until_enough(keeper *k) {
    while (k->report.kept < k->sample->count && k->report.drawn < k->keep->max_draws) {
        size_t count = round_size(k), left = k->keep->max_draws - k->report.drawn;
        DG_TRY(draw_round(k, count < left ? count : left));
    }
    return DIGRESS_OK;
}

digress_status dg_sample_and_keep(const dg_model *model, dg_pool *pool,
                                  const dg_sample_options *options, const dg_keep_options *keep,
                                  digress_graph_set *out, dg_keep_report *report) {
    keeper k = {.model = model, .pool = pool, .sample = options, .keep = keep, .out = out};
    DG_TRY(digress_graph_set_create_like(model->classes, &k.drawn));
    digress_status status = prepare_molecules(&k);
    if (status == DIGRESS_OK) status = draw_until_enough(&k);
    digress_graph_set_free(k.drawn);
    free_list(&k.drawn_smiles);
    free_list(&k.train_smiles);
    if (status == DIGRESS_OK) *report = k.report;
    return status;
}
