#include "cli/sample_outputs.h"

#include "core/file.h"
#include "core/log.h"
#include "core/memory.h"
#include "graph/io/formats.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_molecule_format(const char *name, dg_molecule_format *out) {
    static const struct {
        const char *name;
        dg_molecule_format format;
    } known[] = {
        {"smiles", DG_MOLECULES_SMILES}, {"sdf", DG_MOLECULES_SDF}, {"csv", DG_MOLECULES_CSV}};
    for (size_t k = 0; k < sizeof known / sizeof *known; k++) {
        if (strcmp(name, known[k].name) != 0) continue;
        *out = known[k].format;
        return true;
    }
    return false;
}

static digress_status add_output(dg_outputs *outputs, const char *name) {
    dg_output *added = &outputs->list[outputs->count];
    if (outputs->count == DG_MOST_OUTPUTS)
        return dg_error(DIGRESS_ERROR_INPUT, "--format: more than %d formats", DG_MOST_OUTPUTS);
    *added = (dg_output){0};
    added->of_molecules = is_molecule_format(name, &added->molecule_format);
    if (!added->of_molecules && digress_format_parse(name, &added->format) != DIGRESS_OK)
        return dg_error(DIGRESS_ERROR_INPUT,
                        "format '%s': expected edgelist, graph6, graphml, tu, safetensors, text, "
                        "smiles, sdf or csv",
                        name);
    outputs->count++;
    return DIGRESS_OK;
}

digress_status dg_outputs_parse(const char *list, bool svg, dg_outputs *outputs) {
    *outputs = (dg_outputs){0};
    for (const char *from = list ? list : "edgelist"; *from; from += *from == ',') {
        char name[32];
        size_t length = strcspn(from, ",");
        snprintf(name, sizeof name, "%.*s", (int)length, from);
        DG_TRY(add_output(outputs, name));
        from += length;
    }
    if (!svg) return DIGRESS_OK;
    DG_TRY(add_output(outputs, "smiles"));
    outputs->list[outputs->count - 1].molecule_format = DG_MOLECULES_SVG;
    return DIGRESS_OK;
}

static void warn_of_lost_classes(digress_format format) {
    if (!dg_format_keeps_classes(format))
        dg_warn("%s has no room for classes: only nodes and edges are written",
                dg_format_name(format));
    else
        dg_warn("%s has no room for the classes' names: they are written as numbers, from 0 in the "
                "order that 'digress info' lists",
                dg_format_name(format));
}

static size_t count_with_targets(const digress_graph_set *set) {
    size_t count = 0;
    for (size_t g = 0; g < digress_graph_set_count(set); g++) {
        bool any = false;
        for (size_t k = 0; k < digress_graph_set_target_count(set); k++)
            any = any || !isnan(digress_graph_set_target(set, g, k));
        count += any;
    }
    return count;
}

static void warn_of_lost_targets(const dg_output *to, const digress_graph_set *set) {
    const size_t count = count_with_targets(set);
    const bool picture = to->of_molecules && to->molecule_format == DG_MOLECULES_SVG;
    if (count == 0 || picture ||
        (to->of_molecules ? dg_molecule_format_keeps_targets(to->molecule_format)
                          : dg_format_keeps_targets(to->format)))
        return;
    dg_warn("%s has no room for targets: those of %zu graphs are not written",
            to->of_molecules ? "smiles" : dg_format_name(to->format), count);
}

bool dg_outputs_have_molecules(const dg_outputs *outputs) {
    for (size_t k = 0; k < outputs->count; k++)
        if (outputs->list[k].of_molecules) return true;
    return false;
}

digress_status dg_outputs_write(dg_outputs *outputs, const digress_graph_set *set,
                                const char *folder, const char *name) {
    for (size_t k = 0; k < outputs->count; k++) {
        const dg_output *to = &outputs->list[k];
        bool lossy = false;
        warn_of_lost_targets(to, set);
        if (!to->of_molecules) {
            DG_TRY(dg_graph_set_write_into(set, folder, name, to->format, &lossy));
            if (lossy) warn_of_lost_classes(to->format);
            continue;
        }
        char *path = dg_format("%s/%s%s", folder, name, dg_molecule_extension(to->molecule_format));
        size_t invalid = 0;
        digress_status status = path ? dg_molecules_write(set, to->molecule_format, path, &invalid)
                                     : dg_out_of_memory();
        free(path);
        DG_TRY(status);
        if (to->molecule_format == DG_MOLECULES_SVG) continue;
        outputs->judged = true;
        outputs->invalid = invalid;
    }
    return DIGRESS_OK;
}
