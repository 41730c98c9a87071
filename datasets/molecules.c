#include "datasets/molecules.h"

#include "core/file.h"
#include "core/folder_names.h"
#include "core/memory.h"
#include "datasets/atom_list.h"
#include "datasets/parsed.h"
#include "datasets/target_fields.h"
#include "graph/graph_set.h"
#include "graph/io/builder.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BATCH = 4096 };

/* A record in progress: read, then parsed by a thread, then added. */
typedef struct import_record {
    dg_record record;
    dg_parsed molecule; /* without atoms: to be dropped, for `why` */
    dg_drop why;
    bool is_its_graph, was_cut; /* to its largest fragment */
    char reason[200];
} import_record;

typedef struct importer {
    dg_pool *pool;
    const dg_import_options *options;
    dg_import_report *report;
    dg_atom_list atoms;
    const char *path;                /* the current file */
    const digress_graph_set *graphs; /* instead of a file: molecules to convert to another style */
    dg_alphabet alphabet;            /* theirs */
    size_t first;                    /* of them in `batch` */
    size_t read_before;              /* from earlier files */
    dg_record_kind kind;
    digress_graph_set **sets; /* one, or one per part */
    size_t set_count, all_sets;
    dg_target_fields targets;
    import_record *batch; /* [BATCH] */
    size_t batch_count;
    uint8_t *node_class, *pair_class; /* the current molecule */
    size_t node_capacity, pair_capacity;
} importer;

/* ---- what is dropped ---- */

static digress_status drop_record(importer *in, const import_record *from, dg_drop why,
                                  const char *detail) {
    in->report->dropped[why]++;
    if (in->options->dropped)
        dg_print_drop(in->options->dropped, in->path, in->report->read - in->read_before,
                      from->record.name, why, detail);
    if (!in->options->strict) return DIGRESS_OK;
    return dg_error(DIGRESS_ERROR_INPUT, "%s:%zu: %s%s%s", in->path, from->record.line,
                    dg_drop_names[why], *detail ? ": " : "", detail);
}

static dg_drop why_drop_atoms(importer *in, const dg_parsed *molecule, char *detail, size_t size) {
    dg_atom known;
    const dg_import_options *options = in->options;
    const bool charges = options->charges || options->samples || options->style.full;
    bool charged = false, radical = false, hydrogen = false;
    for (size_t i = 0; i < molecule->atom_count; i++) {
        const dg_molecule_atom *atom = &molecule->atoms[i];
        charged = charged || atom->label.charge != 0;
        radical = radical || atom->radical_electrons != 0;
        hydrogen = hydrogen || atom->number == 1;
    }
    if (radical) return DG_DROP_RADICAL;
    if (charged && !charges) return DG_DROP_CHARGED;
    if (hydrogen && !options->style.hydrogens) return DG_DROP_HYDROGEN;
    for (size_t i = 0; i < molecule->atom_count; i++) {
        const dg_atom_label *label = &molecule->atoms[i].label;
        char name[DG_ATOM_NAME_SIZE];
        size_t at;
        if (dg_atom_list_find(&in->atoms, label, &at)) continue;
        dg_atom_name(label, name);
        if (!in->atoms.given && dg_atom_parse(name, &known) == DIGRESS_OK) continue;
        snprintf(detail, size, "%s", name);
        return DG_DROP_ATOM;
    }
    return DG_DROPS;
}

static size_t most_atoms(const dg_import_options *options) {
    return options->most_atoms ? options->most_atoms : DG_MAX_NODES;
}

/* DG_DROPS if it is kept. */
static dg_drop why_drop(importer *in, const import_record *from, char *detail, size_t size) {
    const dg_parsed *molecule = &from->molecule;
    if (molecule->atom_count == 0) return DG_DROP_UNPARSABLE;
    if (!in->options->samples && molecule->fragments > 1) return DG_DROP_DISCONNECTED;
    dg_drop why = why_drop_atoms(in, molecule, detail, size);
    if (why != DG_DROPS) return why;
    for (size_t k = 0; k < molecule->bond_count; k++)
        if (molecule->bonds[k].bond == DG_BONDS) return DG_DROP_BOND;
    if (molecule->atom_count > most_atoms(in->options)) {
        snprintf(detail, size, "%zu atoms", molecule->atom_count);
        return DG_DROP_TOO_LARGE;
    }
    return from->is_its_graph ? DG_DROPS : DG_DROP_CHANGED;
}

/* ---- a molecule as a graph ---- */

static digress_status class_of(importer *in, const dg_atom_label *atom, uint8_t *out) {
    size_t found;
    char name[DG_ATOM_NAME_SIZE];
    if (!dg_atom_list_find(&in->atoms, atom, &found)) {
        dg_atom_name(atom, name);
        DG_TRY(dg_atom_list_add(&in->atoms, name));
    }
    *out = (uint8_t)found;
    return DIGRESS_OK;
}

static digress_status append_graph(importer *in, size_t part, const dg_parsed *molecule) {
    const size_t n = molecule->atom_count, pairs = n * (n - 1) / 2;
    DG_TRY(dg_grow(&in->node_class, &in->node_capacity, n, 1));
    DG_TRY(dg_grow(&in->pair_class, &in->pair_capacity, pairs + 1, 1));
    memset(in->pair_class, DG_BOND_NONE, pairs);
    for (size_t i = 0; i < n; i++)
        DG_TRY(class_of(in, &molecule->atoms[i].label, &in->node_class[i]));
    for (size_t k = 0; k < molecule->bond_count; k++) {
        const size_t *ends = molecule->bonds[k].ends;
        size_t i = ends[0] < ends[1] ? ends[0] : ends[1], j = ends[0] + ends[1] - i;
        in->pair_class[digress_pair_index(n, i, j)] = (uint8_t)molecule->bonds[k].bond;
    }
    in->report->kept++;
    return digress_graph_set_append(in->sets[part], n, in->node_class, in->pair_class);
}

static digress_status add_record(importer *in, const import_record *from) {
    char detail[64] = "";
    in->report->read++;
    size_t part = 0;
    if (in->set_count > 1 && !dg_split_part(from->record.split, &part))
        return drop_record(in, from, DG_DROP_PART, from->record.split ? from->record.split : "");
    if (!from->molecule.atoms) return drop_record(in, from, from->why, from->reason);
    dg_drop why = why_drop(in, from, detail, sizeof detail);
    if (why != DG_DROPS) return drop_record(in, from, why, detail);
    const dg_molecule_loss loss = from->molecule.loss;
    in->report->hydrogens += loss.hydrogens;
    in->report->stereo += loss.stereo;
    in->report->isotopes += loss.isotopes;
    in->report->cut += from->was_cut;
    DG_TRY(append_graph(in, part, &from->molecule));
    return dg_target_fields_give(&in->targets, from->record.targets, in->sets[part]);
}

/* ---- a file ---- */

/* RDKit takes the first word, and the others as the molecule's name: in a field of a CSV they would
 * be lost. What begins with a bar is an extension of SMILES (CXSMILES). */
static digress_status check_words(const char *field) {
    const char *at = field + strcspn(field, " \t\r\n");
    at += strspn(at, " \t\r\n");
    if (*at == '\0' || *at == '|') return DIGRESS_OK;
    return dg_error(DIGRESS_ERROR_INPUT, "several words: a field holds one SMILES");
}

/* The atoms are counted first: what follows takes far longer for a large molecule. */
static digress_status parse_text(const importer *in, import_record *work, dg_molecule **out) {
    const size_t most = most_atoms(in->options);
    if (in->kind == DG_RECORDS_CSV) DG_TRY(check_words(work->record.text));
    DG_TRY(in->kind == DG_RECORDS_SDF ? dg_molecule_of_block(work->record.text, out)
                                      : dg_molecule_of_smiles(work->record.text, out));
    if (in->options->largest_fragment) DG_TRY(dg_molecule_keep_largest(*out, &work->was_cut));
    size_t atoms = dg_molecule_heavy_atoms(*out);
    if (atoms <= most) return dg_molecule_settle(*out, &in->options->style);
    work->why = DG_DROP_TOO_LARGE;
    return dg_error(DIGRESS_ERROR_INPUT, "%zu atoms", atoms);
}

static digress_status make_molecule(const importer *in, size_t index, import_record *work,
                                    dg_molecule **out) {
    if (!in->graphs) return parse_text(in, work, out);
    const digress_graph graph = digress_graph_set_get(in->graphs, in->first + index);
    return dg_molecule_of_graph(&in->alphabet, &graph, &in->options->style, out);
}

static digress_status parse_record(void *context, size_t index, size_t thread) {
    const importer *in = context;
    import_record *work = &in->batch[index];
    (void)thread;
    if (!in->graphs && !work->record.text) {
        snprintf(work->reason, sizeof work->reason, "too long for a molecule");
        return DIGRESS_OK;
    }
    if (work->record.is_invalid) {
        snprintf(work->reason, sizeof work->reason, "%s", work->record.text);
        return DIGRESS_OK;
    }
    dg_molecule *molecule = NULL;
    digress_status status = make_molecule(in, index, work, &molecule);
    if (status == DIGRESS_OK) status = dg_molecule_is_its_graph(molecule, &work->is_its_graph);
    if (status == DIGRESS_OK) status = dg_parsed_of(molecule, &work->molecule);
    dg_molecule_free(molecule);
    if (status == DIGRESS_OK || status == DIGRESS_ERROR_MEMORY) return status;
    snprintf(work->reason, sizeof work->reason, "%s", digress_last_error());
    return DIGRESS_OK;
}

static digress_status carry_record(void *context, size_t index, dg_parcel *parcel) {
    import_record *work = &((const importer *)context)->batch[index];
    DG_TRY(dg_parcel_compare(parcel, work->record.text));
    DG_TRY(dg_parcel_bytes(parcel, &work->why, sizeof work->why));
    DG_TRY(dg_parcel_bytes(parcel, &work->is_its_graph, sizeof work->is_its_graph));
    DG_TRY(dg_parcel_bytes(parcel, &work->was_cut, sizeof work->was_cut));
    DG_TRY(dg_parcel_bytes(parcel, work->reason, sizeof work->reason));
    return dg_parsed_carry(&work->molecule, parcel);
}

/* Parses the batch, and adds its records in order. */
static digress_status take_batch(importer *in) {
    const dg_divided loop = {
        .count = in->batch_count, .job = parse_record, .carry = carry_record, .context = in};
    DG_TRY(dg_run_divided(in->pool, &loop));
    for (size_t k = 0; k < in->batch_count; k++)
        DG_TRY(add_record(in, &in->batch[k]));
    return DIGRESS_OK;
}

static void clear_batch(importer *in) {
    for (size_t k = 0; k < in->batch_count; k++) {
        dg_record_free(&in->batch[k].record);
        dg_parsed_free(&in->batch[k].molecule);
        in->batch[k] = (import_record){0};
    }
    in->batch_count = 0;
}

static digress_status read_batch(importer *in, dg_records *records, bool *more) {
    while (in->batch_count < BATCH) {
        dg_record *record = &in->batch[in->batch_count].record;
        DG_TRY(dg_records_next(records, record, more));
        if (!*more) return DIGRESS_OK;
        if (record->is_invalid && !in->options->samples)
            dg_record_free(record);
        else
            in->batch_count++;
    }
    return DIGRESS_OK;
}

static digress_status add_batch(importer *in, dg_records *records, bool *more) {
    DG_TRY(read_batch(in, records, more));
    return take_batch(in);
}

static digress_status read_records(importer *in, dg_records *records) {
    digress_status status = DIGRESS_OK;
    for (bool more = true; more && status == DIGRESS_OK;) {
        size_t done, total;
        status = add_batch(in, records, &more);
        clear_batch(in);
        dg_records_progress(records, &done, &total);
        if (in->options->progress)
            dg_progress_bar(in->options->progress, "reading, kB", done / 1024, total / 1024 + 1);
    }
    return status;
}

static digress_status check_some(const importer *in, const size_t before[DG_DROPS]) {
    char list[DG_LIST_SIZE];
    size_t dropped[DG_DROPS], all = 0;
    for (size_t k = 0; k < in->set_count; k++)
        if (digress_graph_set_count(in->sets[k]) > 0) return DIGRESS_OK;
    for (size_t k = 0; k < DG_DROPS; k++)
        all += dropped[k] = in->report->dropped[k] - before[k];
    if (in->options->samples && all > 0) return DIGRESS_OK;
    dg_list_dropped(dropped, list);
    return dg_error(DIGRESS_ERROR_INPUT, "%s: no molecule to keep%s%s", in->path,
                    *list ? "; dropped: " : "", list);
}

static dg_record_kind kind_of(const importer *in, const char *path) {
    return in->options->kind ? in->options->kind : dg_record_kind_of(path);
}

static digress_status import_file(importer *in, const char *path) {
    const dg_import_options *options = in->options;
    dg_records *records = NULL;
    in->path = path;
    in->kind = kind_of(in, path);
    if (in->kind == DG_RECORDS_NONE)
        return dg_error(DIGRESS_ERROR_INPUT,
                        "%s: not a file of molecules: expected SMILES, CSV or SDF (the option "
                        "'format' says which: smiles, csv or sdf)",
                        path);
    DG_TRY(dg_records_open(path, in->kind, &options->csv, &records));
    in->read_before = in->report->read;
    digress_status status = read_records(in, records);
    const size_t read = in->report->read - in->read_before, lines = dg_records_lines(records);
    dg_records_close(records);
    if (status == DIGRESS_OK && in->kind == DG_RECORDS_CSV && lines != read)
        dg_warn("%s: %zu records in %zu lines, because quotes join lines", path, read, lines);
    return status;
}

/* *kind: of the files so far; those of a folder must agree, since it may hold the same molecules in
 * several formats. */
static digress_status import_member(importer *in, const char *folder, const char *name,
                                    dg_record_kind *kind, size_t *skipped) {
    char *path = dg_path_join(folder, name);
    if (!path) return dg_out_of_memory();
    digress_status status = DIGRESS_OK;
    dg_record_kind found = dg_is_folder(path) ? DG_RECORDS_NONE : kind_of(in, path);
    if (found == DG_RECORDS_NONE)
        ++*skipped;
    else if (*kind != DG_RECORDS_NONE && *kind != found)
        status = dg_error(DIGRESS_ERROR_INPUT,
                          "%s: files of molecules in several formats: name those to read", folder);
    else
        status = import_file(in, path);
    if (found != DG_RECORDS_NONE) *kind = found;
    free(path);
    return status;
}

static digress_status import_folder(importer *in, const char *folder) {
    dg_names names = {0};
    dg_record_kind kind = DG_RECORDS_NONE;
    size_t skipped = 0;
    DG_TRY(dg_folder_names(folder, &names));
    digress_status status = DIGRESS_OK;
    for (size_t k = 0; k < names.count && status == DIGRESS_OK; k++)
        status = import_member(in, folder, names.names[k], &kind, &skipped);
    if (status == DIGRESS_OK && skipped > 0)
        dg_warn("%s: %zu of its %zu entries are not files of molecules, and are skipped", folder,
                skipped, names.count);
    dg_names_free(&names);
    return status;
}

/* Reads all paths into one set, or into the parts that they name. */
static digress_status import_set(importer *in, size_t count, const char *const *paths,
                                 digress_graph_set **sets) {
    size_t before[DG_DROPS];
    memcpy(before, in->report->dropped, sizeof before);
    in->sets = sets;
    for (size_t k = 0; k < in->set_count; k++) {
        DG_TRY(digress_graph_set_create(DIGRESS_MAX_CLASSES, DG_BONDS, &sets[k]));
        DG_TRY(dg_target_fields_name(&in->targets, sets[k]));
    }
    for (size_t k = 0; k < count; k++)
        DG_TRY(dg_is_folder(paths[k]) ? import_folder(in, paths[k]) : import_file(in, paths[k]));
    in->path = paths[0];
    return check_some(in, before);
}

/* ---- all files ---- */

/* The set with the classes that occur, in order. */
static digress_status settle(const dg_atom_list *list, const uint8_t map[DIGRESS_MAX_CLASSES],
                             digress_graph_set **set) {
    digress_graph_set *settled = NULL;
    DG_TRY(list->count > 0 ? dg_molecule_set_create(list->count, list->atoms, &settled)
                           : digress_graph_set_create(1, DG_BONDS, &settled));
    dg_graph_set_recode(*set, map, NULL);
    dg_graph_set_move(*set, settled);
    digress_graph_set_free(*set);
    *set = settled;
    return DIGRESS_OK;
}

static digress_status import_all(importer *in, size_t count, const char *const *paths,
                                 digress_graph_set **sets) {
    uint8_t map[DIGRESS_MAX_CLASSES] = {0};
    DG_TRY(dg_rdkit_require());
    DG_TRY(dg_atom_list_read(&in->atoms, in->options->atoms, in->options->style.full));
    DG_TRY(dg_target_fields_of(in->options->csv.targets, &in->targets));
    DG_TRY(dg_allocate(BATCH, sizeof *in->batch, &in->batch));
    in->set_count = in->options->csv.split_column ? DG_SPLIT_PARTS : 1;
    if (in->options->together || in->set_count > 1)
        DG_TRY(import_set(in, count, paths, sets));
    else
        for (size_t k = 0; k < in->all_sets; k++)
            DG_TRY(import_set(in, 1, paths + k, &sets[k]));
    dg_atom_list_sort(&in->atoms, map);
    for (size_t k = 0; k < in->all_sets; k++)
        DG_TRY(settle(&in->atoms, map, &sets[k]));
    return DIGRESS_OK;
}

static void free_importer(importer *in) {
    clear_batch(in);
    dg_target_fields_free(&in->targets);
    free(in->batch);
    free(in->node_class);
    free(in->pair_class);
}

/* ---- graphs in another style ---- */

static digress_status restyle_batch(importer *in) {
    size_t left = digress_graph_set_count(in->graphs) - in->first;
    in->batch_count = left < BATCH ? left : BATCH;
    return take_batch(in);
}

static digress_status restyle(importer *in, digress_graph_set **out) {
    uint8_t map[DIGRESS_MAX_CLASSES] = {0};
    DG_TRY(dg_rdkit_require());
    DG_TRY(dg_alphabet_require(in->graphs, &in->alphabet));
    DG_TRY(dg_allocate(BATCH, sizeof *in->batch, &in->batch));
    DG_TRY(digress_graph_set_create(DIGRESS_MAX_CLASSES, DG_BONDS, out));
    in->sets = out;
    in->set_count = 1;
    for (; in->first < digress_graph_set_count(in->graphs); in->first += BATCH) {
        digress_status status = restyle_batch(in);
        clear_batch(in);
        DG_TRY(status);
    }
    dg_atom_list_sort(&in->atoms, map);
    return settle(&in->atoms, map, out);
}

digress_status dg_restyle_molecules(dg_pool *pool, const dg_molecule_style *style,
                                    const digress_graph_set *set, digress_graph_set **out,
                                    dg_import_report *report) {
    const dg_import_options options = {.style = *style, .samples = true};
    importer in = {.pool = pool, .options = &options, .report = report, .path = "", .graphs = set};
    *report = (dg_import_report){0};
    *out = NULL;
    digress_status status = restyle(&in, out);
    free_importer(&in);
    if (status == DIGRESS_OK) return DIGRESS_OK;
    digress_graph_set_free(*out);
    *out = NULL;
    return status;
}

digress_status dg_import_molecules(dg_pool *pool, const dg_import_options *options, size_t count,
                                   const char *const *paths, digress_graph_set **sets,
                                   dg_import_report *report) {
    importer in = {.pool = pool, .options = options, .report = report};
    *report = (dg_import_report){0};
    in.all_sets = options->csv.split_column ? DG_SPLIT_PARTS : options->together ? 1 : count;
    memset(sets, 0, in.all_sets * sizeof(digress_graph_set *));
    digress_status status = import_all(&in, count, paths, sets);
    for (size_t k = 0; k < in.all_sets && status != DIGRESS_OK; k++) {
        digress_graph_set_free(sets[k]);
        sets[k] = NULL;
    }
    free_importer(&in);
    return status;
}
