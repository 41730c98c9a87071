#include "graph/igraph_attributes.h"

#include "core/memory.h"
#include "graph/targets.h"
#include <stdlib.h>
#include <string.h>

static bool is_read(const char *name, igraph_attribute_elemtype_t of,
                    const digress_read_options *options) {
    const bool nodes = of == IGRAPH_ATTRIBUTE_VERTEX;
    const char *wanted = nodes ? options->node_attribute : options->edge_attribute;
    return strcmp(name, wanted ? wanted : "class") == 0 || (nodes && strcmp(name, "id") == 0);
}

digress_status dg_igraph_copy_unread(const igraph_strvector_t *names,
                                     igraph_attribute_elemtype_t of,
                                     const digress_read_options *options, dg_graphml *out) {
    for (igraph_integer_t k = 0; k < igraph_strvector_size(names); k++) {
        const char *name = igraph_strvector_get(names, k);
        if (is_read(name, of, options)) continue;
        out->unread[out->unread_count] = strdup(name);
        if (!out->unread[out->unread_count++]) return dg_out_of_memory();
    }
    return DIGRESS_OK;
}

/* ---- numbers of the graph ---- */

static digress_status add_number(const char *name, double value, dg_graphml *out) {
    dg_named_number *added = &out->numbers[out->number_count];
    *added = (dg_named_number){strdup(name), value};
    if (!added->name) return dg_out_of_memory();
    out->number_count++;
    return DIGRESS_OK;
}

static digress_status add_text(const char *name, const char *text, dg_graphml *out) {
    double value = 0;
    if (dg_target_parse(text, strlen(text), &value)) return add_number(name, value, out);
    return dg_error(DIGRESS_ERROR_INPUT, "target '%s': expected a number, or nothing, got '%.60s'",
                    name, text);
}

digress_status dg_igraph_copy_numbers(const igraph_t *graph, const igraph_strvector_t *names,
                                      const igraph_vector_int_t *types, const char *wanted,
                                      dg_graphml *out) {
    const size_t count = (size_t)igraph_strvector_size(names);
    DG_TRY(dg_allocate(count, sizeof *out->numbers, &out->numbers));
    for (size_t k = 0; k < count; k++) {
        const char *name = igraph_strvector_get(names, (igraph_integer_t)k);
        const bool listed = dg_target_is_listed(wanted, name, strlen(name));
        if (VECTOR(*types)[k] == IGRAPH_ATTRIBUTE_NUMERIC)
            DG_TRY(add_number(name, igraph_cattribute_GAN(graph, name), out));
        else if (listed && VECTOR(*types)[k] == IGRAPH_ATTRIBUTE_STRING)
            DG_TRY(add_text(name, igraph_cattribute_GAS(graph, name), out));
        else if (listed)
            return dg_error(DIGRESS_ERROR_INPUT, "target '%s': expected numbers, got true or false",
                            name);
    }
    return DIGRESS_OK;
}

void dg_named_numbers_free(size_t count, dg_named_number *numbers) {
    for (size_t k = 0; numbers && k < count; k++)
        free(numbers[k].name);
    free(numbers);
}
