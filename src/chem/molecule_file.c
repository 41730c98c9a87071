#include "chem/molecule_file.h"

#include "core/file.h"
#include "core/memory.h"
#include "graph/targets.h"
#include <stdlib.h>
#include <string.h>

enum { MOST_DRAWN = 96 };

const char dg_largest_fragment[] = "the largest of";

const char *dg_molecule_extension(dg_molecule_format format) {
    static const char *const extensions[] = {[DG_MOLECULES_SMILES] = ".smi",
                                             [DG_MOLECULES_SDF] = ".sdf",
                                             [DG_MOLECULES_CSV] = ".csv",
                                             [DG_MOLECULES_SVG] = ".svg"};
    return extensions[format];
}

typedef struct writer {
    const digress_graph_set *set;
    dg_alphabet alphabet;
    FILE *stream;
    size_t invalid;
} writer;

/* The caller frees *out, also where there is a complaint. */
static digress_status judge(const writer *w, size_t index, dg_molecule **out, dg_verdict *verdict) {
    const digress_graph graph = digress_graph_set_get(w->set, index);
    DG_TRY(dg_molecule_build(&w->alphabet, &graph, false, out));
    digress_status status = dg_molecule_judge(*out, verdict);
    if (status == DIGRESS_OK) return DIGRESS_OK;
    dg_molecule_free(*out);
    *out = NULL;
    return status;
}

/* ---- SMILES ---- */

static digress_status write_smiles(const writer *w, size_t index, const dg_molecule *molecule,
                                   const dg_verdict *verdict) {
    char *smiles = NULL;
    if (verdict->complaint != DG_COMPLAINT_NONE) {
        fprintf(w->stream, "# %zu: %s\n", index, verdict->reason);
        return DIGRESS_OK;
    }
    DG_TRY(dg_molecule_smiles(molecule, &smiles));
    if (verdict->fragments > 1)
        fprintf(w->stream, "# %zu: %s %zu fragments\n", index, dg_largest_fragment,
                verdict->fragments);
    fprintf(w->stream, "%s %zu\n", smiles, index);
    free(smiles);
    return DIGRESS_OK;
}

/* ---- SDF ---- */

/* Names stand between < and > in a line. */
static digress_status check_name(const char *name) {
    for (const char *at = name; *at; at++)
        if (*at == '<' || *at == '>' || (unsigned char)*at < ' ')
            return dg_error(DIGRESS_ERROR_INPUT, "an SDF has no room for a target of the name '%s'",
                            name);
    return DIGRESS_OK;
}

static digress_status write_properties(const writer *w, size_t index) {
    for (size_t k = 0; k < digress_graph_set_target_count(w->set); k++) {
        char text[DG_TARGET_TEXT_SIZE];
        const char *name = digress_graph_set_target_name(w->set, k);
        DG_TRY(check_name(name));
        dg_target_text(digress_graph_set_target(w->set, index, k), text);
        if (*text) fprintf(w->stream, ">  <%s>\n%s\n\n", name, text);
    }
    return DIGRESS_OK;
}

/* Programs that read SDF take a record without atoms for an empty molecule. */
static void write_empty_block(const writer *w, size_t index, const char *reason) {
    fprintf(w->stream,
            "%zu\n     digress\n\n  0  0  0  0  0  0  0  0  0  0999 V2000\nM  END\n"
            ">  <invalid>\n%s\n\n",
            index, reason);
}

static digress_status write_block(const writer *w, size_t index, const dg_molecule *molecule) {
    char name[24], *block = NULL;
    snprintf(name, sizeof name, "%zu", index);
    DG_TRY(dg_molecule_block(molecule, name, &block));
    fputs(block, w->stream);
    free(block);
    return DIGRESS_OK;
}

static digress_status write_record(const writer *w, size_t index, const dg_molecule *molecule,
                                   const dg_verdict *verdict) {
    if (verdict->complaint != DG_COMPLAINT_NONE)
        write_empty_block(w, index, verdict->reason);
    else
        DG_TRY(write_block(w, index, molecule));
    DG_TRY(write_properties(w, index));
    fputs("$$$$\n", w->stream);
    return DIGRESS_OK;
}

/* ---- CSV ---- */

static void write_quoted(const writer *w, const char *text) {
    fputc('"', w->stream);
    for (; *text; text++) {
        if (*text == '"') fputc('"', w->stream);
        fputc(*text, w->stream);
    }
    fputc('"', w->stream);
}

static void write_header(const writer *w) {
    fputs("smiles,number,fragments,invalid", w->stream);
    for (size_t k = 0; k < digress_graph_set_target_count(w->set); k++) {
        const char *name = digress_graph_set_target_name(w->set, k);
        const bool plain = !name[strcspn(name, "\",\r\n")];
        fputc(',', w->stream);
        if (plain)
            fputs(name, w->stream);
        else
            write_quoted(w, name);
    }
    fputc('\n', w->stream);
}

static digress_status write_row(const writer *w, size_t index, const dg_molecule *molecule,
                                const dg_verdict *verdict) {
    char *smiles = NULL;
    const bool invalid = verdict->complaint != DG_COMPLAINT_NONE;
    if (!invalid) DG_TRY(dg_molecule_smiles(molecule, &smiles));
    fprintf(w->stream, "%s,%zu,%zu,", smiles ? smiles : "", index, verdict->fragments);
    free(smiles);
    if (invalid) write_quoted(w, verdict->reason);
    for (size_t k = 0; k < digress_graph_set_target_count(w->set); k++) {
        char text[DG_TARGET_TEXT_SIZE];
        dg_target_text(digress_graph_set_target(w->set, index, k), text);
        fprintf(w->stream, ",%s", text);
    }
    fputc('\n', w->stream);
    return DIGRESS_OK;
}

/* ---- a record for each graph ---- */

static digress_status write_each(writer *w,
                                 digress_status (*write)(const writer *, size_t,
                                                         const dg_molecule *, const dg_verdict *)) {
    for (size_t k = 0; k < digress_graph_set_count(w->set); k++) {
        dg_molecule *molecule = NULL;
        dg_verdict verdict;
        DG_TRY(judge(w, k, &molecule, &verdict));
        digress_status status = write(w, k, molecule, &verdict);
        dg_molecule_free(molecule);
        DG_TRY(status);
        w->invalid += verdict.complaint != DG_COMPLAINT_NONE;
    }
    return DIGRESS_OK;
}

/* ---- the picture ---- */

typedef struct gallery {
    size_t count;
    dg_molecule *molecules[MOST_DRAWN]; /* NULL: an invalid one */
    char legends[MOST_DRAWN][24];
} gallery;

static digress_status hang(writer *w, gallery *to) {
    for (; to->count < digress_graph_set_count(w->set) && to->count < MOST_DRAWN; to->count++) {
        dg_molecule **molecule = &to->molecules[to->count];
        dg_verdict verdict;
        DG_TRY(judge(w, to->count, molecule, &verdict));
        snprintf(to->legends[to->count], sizeof *to->legends, "%zu", to->count);
        if (verdict.complaint == DG_COMPLAINT_NONE) continue;
        dg_molecule_free(*molecule);
        *molecule = NULL;
        w->invalid++;
    }
    return DIGRESS_OK;
}

static digress_status draw(writer *w) {
    gallery *shown = NULL;
    const char *legends[MOST_DRAWN];
    char *picture = NULL;
    DG_TRY(dg_allocate(1, sizeof *shown, &shown));
    digress_status status = hang(w, shown);
    for (size_t k = 0; k < MOST_DRAWN; k++)
        legends[k] = shown->legends[k];
    if (status == DIGRESS_OK)
        status = dg_molecules_svg(shown->count, shown->molecules, legends, &picture);
    if (status == DIGRESS_OK) fputs(picture, w->stream);
    for (size_t k = 0; k < MOST_DRAWN; k++)
        dg_molecule_free(shown->molecules[k]);
    free(shown);
    free(picture);
    return status;
}

/* ---- files ---- */

bool dg_molecule_format_keeps_targets(dg_molecule_format format) {
    return format == DG_MOLECULES_SDF || format == DG_MOLECULES_CSV;
}

static digress_status write_all(writer *w, dg_molecule_format format) {
    switch (format) {
    case DG_MOLECULES_SVG:
        return draw(w);
    case DG_MOLECULES_SDF:
        return write_each(w, write_record);
    case DG_MOLECULES_CSV:
        write_header(w);
        return write_each(w, write_row);
    default:
        return write_each(w, write_smiles);
    }
}

digress_status dg_molecules_write(const digress_graph_set *set, dg_molecule_format format,
                                  const char *path, size_t *invalid) {
    dg_file file;
    writer w = {.set = set};
    DG_TRY(dg_rdkit_require());
    DG_TRY(dg_alphabet_require(set, &w.alphabet));
    DG_TRY(dg_file_begin(&file, path));
    w.stream = file.stream;
    digress_status status = write_all(&w, format);
    *invalid = w.invalid;
    if (status == DIGRESS_OK) return dg_file_commit(&file);
    dg_file_abort(&file);
    return status;
}
