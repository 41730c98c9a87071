#include "graph/igraph.h"

#include "core/memory.h"
#include "core/number.h"
#include "graph/igraph_attributes.h"
#include "graph/igraph_session.h"
#include "graph/targets.h"
#include <errno.h>
#include <igraph/igraph.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
/* Guarded by the mutex: */
static char reason[256];  /* of igraph's first error since enter_igraph() */
static char warning[256]; /* the first since enter_igraph() */
static size_t warnings;
static bool memory_ran_out;
static jmp_buf way_out; /* back to write_safely */

/* What is restored when the mutex is released. */
typedef struct session {
    igraph_error_handler_t *error;
    igraph_warning_handler_t *warning;
    igraph_attribute_table_t *attributes;
    dg_locale locale; /* igraph's own function that sets it crashes when memory runs out */
} session;

static void keep_reason(const char *text, const char *file, int line, igraph_error_t code) {
    (void)file;
    (void)line;
    memory_ran_out = code == IGRAPH_ENOMEM;
    if (!*reason)
        snprintf(reason, sizeof reason, "%s", text); /* further errors are only its callers' */
    IGRAPH_FINALLY_FREE();
}

static void keep_warning(const char *text, const char *file, int line) {
    (void)file;
    (void)line;
    if (warnings++ == 0) snprintf(warning, sizeof warning, "%s", text);
}

static session enter_igraph(void) {
    pthread_mutex_lock(&mutex);
    reason[0] = warning[0] = '\0';
    warnings = 0;
    memory_ran_out = false;
    session entered = {
        .error = igraph_set_error_handler(keep_reason),
        .warning = igraph_set_warning_handler(keep_warning),
        .attributes = igraph_set_attribute_table(&igraph_cattribute_table),
        .locale = dg_locale_enter(),
    };
    return entered;
}

static void leave_igraph(session *entered) {
    dg_locale_leave(entered->locale);
    igraph_set_attribute_table(entered->attributes);
    igraph_set_warning_handler(entered->warning);
    igraph_set_error_handler(entered->error);
    pthread_mutex_unlock(&mutex);
}

digress_status dg_igraph_failed(igraph_error_t code) {
    if (code == IGRAPH_ENOMEM) return dg_error(DIGRESS_ERROR_MEMORY, "out of memory in igraph");
    return dg_error(code == IGRAPH_PARSEERROR ? DIGRESS_ERROR_INPUT : DIGRESS_ERROR_INTERNAL, "%s",
                    reason[0] ? reason : igraph_strerror(code));
}

#define IGRAPH_TRY(call)                                                                           \
    do {                                                                                           \
        igraph_error_t igraph_try_code = (call);                                                   \
        if (igraph_try_code != IGRAPH_SUCCESS) return dg_igraph_failed(igraph_try_code);           \
    } while (0)

static void free_values(char **values, size_t count) {
    for (size_t k = 0; values && k < count; k++)
        free(values[k]);
    free(values);
}

void dg_graphml_free(dg_graphml *graph) {
    free_values(graph->node_values, graph->n);
    free_values(graph->edge_values, graph->edges);
    free_values(graph->unread, graph->unread_count);
    dg_named_numbers_free(graph->number_count, graph->numbers);
    free(graph->target_names);
    free(graph->ends);
    free(graph->node_class);
    free(graph->edge_class);
    free(graph->node_names);
    free(graph->edge_names);
    *graph = (dg_graphml){0};
}

static digress_status copy_ends(const igraph_t *graph, dg_graphml *out) {
    DG_TRY(dg_allocate(out->edges * 2, sizeof *out->ends, &out->ends));
    for (size_t e = 0; e < out->edges; e++) {
        out->ends[2 * e] = IGRAPH_FROM(graph, (igraph_integer_t)e);
        out->ends[2 * e + 1] = IGRAPH_TO(graph, (igraph_integer_t)e);
    }
    return DIGRESS_OK;
}

static igraph_error_t type_of(const igraph_t *graph, igraph_attribute_elemtype_t of,
                              const char *name, igraph_attribute_type_t *out) {
#if IGRAPH_VERSION_MAJOR >= 1
    return igraph_cattribute_table.get_type(graph, out, of, name);
#else
    return igraph_cattribute_table.gettype(graph, out, of, name);
#endif
}

/* The attribute "class" of all nodes or edges, as numbers; NaN if it is missing. *out stays NULL if
 * there is no such attribute. */
static digress_status copy_classes(const igraph_t *graph, igraph_attribute_elemtype_t of,
                                   size_t count, double **out) {
    static const char name[] = "class";
    if (!igraph_cattribute_has_attr(graph, of, name)) return DIGRESS_OK;
    igraph_attribute_type_t type = IGRAPH_ATTRIBUTE_UNSPECIFIED;
    IGRAPH_TRY(type_of(graph, of, name, &type));
    if (type != IGRAPH_ATTRIBUTE_NUMERIC) {
        return dg_error(
            DIGRESS_ERROR_INPUT,
            "the attribute 'class' of its %s is not a number (expected attr.type=\"int\"; "
            "the option '%s-attribute' turns texts into classes)",
            of == IGRAPH_ATTRIBUTE_VERTEX ? "nodes" : "edges",
            of == IGRAPH_ATTRIBUTE_VERTEX ? "node" : "edge");
    }
    DG_TRY(dg_allocate(count, sizeof **out, out));
    for (size_t k = 0; k < count; k++)
        (*out)[k] = of == IGRAPH_ATTRIBUTE_VERTEX
                        ? igraph_cattribute_VAN(graph, name, (igraph_integer_t)k)
                        : igraph_cattribute_EAN(graph, name, (igraph_integer_t)k);
    return DIGRESS_OK;
}

/* NULL for NaN, which stands for a missing value. */
static digress_status number_text(double value, char **out) {
    char text[DG_TARGET_TEXT_SIZE];
    dg_target_text(value, text);
    if (!*text) return DIGRESS_OK;
    *out = strdup(text);
    return *out ? DIGRESS_OK : dg_out_of_memory();
}

static digress_status string_text(const char *value, char **out) {
    if (*value == '\0') return DIGRESS_OK;
    *out = strdup(value);
    return *out ? DIGRESS_OK : dg_out_of_memory();
}

static digress_status value_text(const igraph_t *graph, igraph_attribute_elemtype_t of,
                                 igraph_attribute_type_t type, const char *name, igraph_integer_t k,
                                 char **out) {
    const bool node = of == IGRAPH_ATTRIBUTE_VERTEX;
    if (type == IGRAPH_ATTRIBUTE_NUMERIC)
        return number_text(node ? igraph_cattribute_VAN(graph, name, k)
                                : igraph_cattribute_EAN(graph, name, k),
                           out);
    if (type == IGRAPH_ATTRIBUTE_STRING)
        return string_text(node ? igraph_cattribute_VAS(graph, name, k)
                                : igraph_cattribute_EAS(graph, name, k),
                           out);
    const bool value =
        node ? igraph_cattribute_VAB(graph, name, k) : igraph_cattribute_EAB(graph, name, k);
    return string_text(value ? "true" : "false", out);
}

/* The values of the attribute `name` of all nodes or edges, as texts. */
static digress_status copy_values(const igraph_t *graph, igraph_attribute_elemtype_t of,
                                  size_t count, const char *name, char ***out) {
    igraph_attribute_type_t type = IGRAPH_ATTRIBUTE_UNSPECIFIED;
    DG_TRY(dg_allocate(count + 1, sizeof **out, out));
    if (!igraph_cattribute_has_attr(graph, of, name)) return DIGRESS_OK;
    IGRAPH_TRY(type_of(graph, of, name, &type));
    for (size_t k = 0; k < count; k++)
        DG_TRY(value_text(graph, of, type, name, (igraph_integer_t)k, &(*out)[k]));
    return DIGRESS_OK;
}

static digress_status copy_text(const igraph_t *graph, const char *name, char **out) {
    igraph_attribute_type_t type = IGRAPH_ATTRIBUTE_UNSPECIFIED;
    if (!igraph_cattribute_has_attr(graph, IGRAPH_ATTRIBUTE_GRAPH, name)) return DIGRESS_OK;
    IGRAPH_TRY(type_of(graph, IGRAPH_ATTRIBUTE_GRAPH, name, &type));
    if (type != IGRAPH_ATTRIBUTE_STRING) return DIGRESS_OK;
    *out = strdup(igraph_cattribute_GAS(graph, name));
    return *out ? DIGRESS_OK : dg_out_of_memory();
}

static digress_status copy_graph(const igraph_t *graph, const digress_read_options *options,
                                 dg_graphml *out) {
    const char *of_nodes = options->node_attribute, *of_edges = options->edge_attribute;
    out->directed = igraph_is_directed(graph);
    out->n = (size_t)igraph_vcount(graph);
    out->edges = (size_t)igraph_ecount(graph);
    DG_TRY(copy_ends(graph, out));
    out->has_node_attribute =
        of_nodes && igraph_cattribute_has_attr(graph, IGRAPH_ATTRIBUTE_VERTEX, of_nodes);
    out->has_edge_attribute =
        of_edges && igraph_cattribute_has_attr(graph, IGRAPH_ATTRIBUTE_EDGE, of_edges);
    DG_TRY(of_nodes
               ? copy_values(graph, IGRAPH_ATTRIBUTE_VERTEX, out->n, of_nodes, &out->node_values)
               : copy_classes(graph, IGRAPH_ATTRIBUTE_VERTEX, out->n, &out->node_class));
    DG_TRY(of_edges
               ? copy_values(graph, IGRAPH_ATTRIBUTE_EDGE, out->edges, of_edges, &out->edge_values)
               : copy_classes(graph, IGRAPH_ATTRIBUTE_EDGE, out->edges, &out->edge_class));
    DG_TRY(copy_text(graph, "node_classes", &out->node_names));
    DG_TRY(copy_text(graph, "targets", &out->target_names));
    return copy_text(graph, "edge_classes", &out->edge_names);
}

/* Lists the unread attributes of nodes and edges, and the numbers of the graph. */
static digress_status list_attributes(const igraph_t *graph, const digress_read_options *options,
                                      dg_graphml *out) {
    igraph_strvector_t names[3];
    igraph_vector_int_t types[3];
    for (size_t k = 0; k < 3; k++) {
        IGRAPH_TRY(igraph_strvector_init(&names[k], 0));
        IGRAPH_TRY(igraph_vector_int_init(&types[k], 0));
    }
    IGRAPH_TRY(igraph_cattribute_list(graph, &names[0], &types[0], &names[1], &types[1], &names[2],
                                      &types[2]));
    const size_t most =
        (size_t)igraph_strvector_size(&names[1]) + (size_t)igraph_strvector_size(&names[2]);
    digress_status status = dg_allocate(most + 1, sizeof *out->unread, &out->unread);
    if (status == DIGRESS_OK)
        status = dg_igraph_copy_unread(&names[1], IGRAPH_ATTRIBUTE_VERTEX, options, out);
    if (status == DIGRESS_OK)
        status = dg_igraph_copy_unread(&names[2], IGRAPH_ATTRIBUTE_EDGE, options, out);
    if (status == DIGRESS_OK)
        status = dg_igraph_copy_numbers(graph, &names[0], &types[0], options->targets, out);
    for (size_t k = 0; k < 3; k++) {
        igraph_strvector_destroy(&names[k]);
        igraph_vector_int_destroy(&types[k]);
    }
    return status;
}

static igraph_error_t parse_stream(dg_igraph_format format, FILE *stream, igraph_t *graph) {
    if (format == DG_IGRAPH_GML) return igraph_read_graph_gml(graph, stream);
    if (format == DG_IGRAPH_PAJEK) return igraph_read_graph_pajek(graph, stream);
    return igraph_read_graph_graphml(graph, stream, 0);
}

static digress_status read_stream(dg_igraph_format format, FILE *stream,
                                  const digress_read_options *options, dg_graphml *out) {
    igraph_t graph;
    igraph_error_t code = parse_stream(format, stream, &graph);
    if (code == IGRAPH_EINVAL && format == DG_IGRAPH_GRAPHML) /* "graph index was too large" */
        return dg_error(DIGRESS_ERROR_INPUT, "it has no <graph>: expected GraphML");
    if (code != IGRAPH_SUCCESS && code != IGRAPH_ENOMEM) /* whichever code igraph gives it */
        return dg_error(DIGRESS_ERROR_INPUT, "%s", *reason ? reason : igraph_strerror(code));
    IGRAPH_TRY(code);
    digress_status status = copy_graph(&graph, options, out);
    if (status == DIGRESS_OK) status = list_attributes(&graph, options, out);
    snprintf(out->warning, sizeof out->warning, "%s", warning);
    out->warnings = warnings;
    igraph_destroy(&graph);
    return status;
}

/* A failure counts only if it happens again, and memory was available in between. */
static digress_status read_again(dg_igraph_format format, FILE *stream,
                                 const digress_read_options *options, dg_graphml *out) {
    if (!dg_has_memory()) return dg_out_of_memory();
    dg_graphml_free(out);
    rewind(stream);
    reason[0] = '\0';
    warning[0] = '\0';
    warnings = 0;
    return read_stream(format, stream, options, out);
}

digress_status dg_igraph_read(dg_igraph_format format, const char *name, const char *bytes,
                              size_t size, const digress_read_options *options, dg_graphml *out) {
    if (size == 0) return dg_error(DIGRESS_ERROR_INPUT, "%s: empty: expected a graph", name);
    FILE *stream = fmemopen((void *)(uintptr_t)bytes, size, "rb");
    if (!stream) return dg_out_of_memory();
    dg_graphml graph = {0};
    session entered = enter_igraph();
    digress_status status = read_stream(format, stream, options, &graph);
    if (status != DIGRESS_OK &&
        status != DIGRESS_ERROR_MEMORY) /* its XML parser does not report a lack of memory */
        status = read_again(format, stream, options, &graph);
    leave_igraph(&entered);
    fclose(stream);
    if (status != DIGRESS_OK) {
        dg_graphml_free(&graph);
        return dg_error_prefix(status, "%s", name);
    }
    *out = graph;
    return DIGRESS_OK;
}

static digress_status set_attributes(igraph_t *graph, const dg_graphml *from) {
    for (size_t k = 0; from->node_class && k < from->n; k++)
        IGRAPH_TRY(
            igraph_cattribute_VAN_set(graph, "class", (igraph_integer_t)k, from->node_class[k]));
    for (size_t k = 0; from->edge_class && k < from->edges; k++)
        IGRAPH_TRY(
            igraph_cattribute_EAN_set(graph, "class", (igraph_integer_t)k, from->edge_class[k]));
    if (from->node_names)
        IGRAPH_TRY(igraph_cattribute_GAS_set(graph, "node_classes", from->node_names));
    if (from->edge_names)
        IGRAPH_TRY(igraph_cattribute_GAS_set(graph, "edge_classes", from->edge_names));
    if (from->target_names)
        IGRAPH_TRY(igraph_cattribute_GAS_set(graph, "targets", from->target_names));
    for (size_t k = 0; k < from->number_count; k++)
        IGRAPH_TRY(igraph_cattribute_GAN_set(graph, from->numbers[k].name, from->numbers[k].value));
    return DIGRESS_OK;
}

/* Called by igraph instead of abort(). */
static void leave_writing(const char *text, const char *file, int line) {
    (void)file;
    (void)line;
    snprintf(reason, sizeof reason, "%s", text);
    longjmp(way_out, 1);
}

/* igraph's writer carries on after a failed allocation, into a failing assertion. */
static igraph_error_t write_safely(const igraph_t *graph, FILE *stream) {
    igraph_fatal_handler_t *const before = igraph_set_fatal_handler(leave_writing);
    igraph_error_t code;
    if (setjmp(way_out) == 0) {
        code = igraph_write_graph_graphml(graph, stream, /*prefixattr=*/true);
    } else {
        IGRAPH_FINALLY_FREE();
        code = memory_ran_out ? IGRAPH_ENOMEM : IGRAPH_FAILURE;
    }
    igraph_set_fatal_handler(before);
    return code;
}

static digress_status write_graph(const dg_graphml *from, FILE *stream) {
    igraph_vector_int_t ends;
    igraph_t graph;
    IGRAPH_TRY(igraph_vector_int_init(&ends, (igraph_integer_t)(from->edges * 2)));
    for (size_t k = 0; k < from->edges * 2; k++)
        VECTOR(ends)[k] = (igraph_integer_t)from->ends[k];
    igraph_error_t code = igraph_create(&graph, &ends, (igraph_integer_t)from->n, from->directed);
    igraph_vector_int_destroy(&ends);
    IGRAPH_TRY(code);
    digress_status status = set_attributes(&graph, from);
    if (status == DIGRESS_OK) {
        code = write_safely(&graph, stream);
        if (code == IGRAPH_EFILE)
            status = dg_error(DIGRESS_ERROR_IO, "cannot write: %s", strerror(errno));
        else if (code != IGRAPH_SUCCESS)
            status = dg_igraph_failed(code);
    }
    igraph_destroy(&graph);
    return status;
}

digress_status dg_igraph_write_graphml(const dg_graphml *graph, FILE *stream) {
    session entered = enter_igraph();
    digress_status status = write_graph(graph, stream);
    leave_igraph(&entered);
    return status;
}

static digress_status copy_numbers(size_t count, const uint32_t *from, igraph_vector_int_t *out) {
    IGRAPH_TRY(igraph_vector_int_init(out, (igraph_integer_t)count));
    for (size_t k = 0; k < count; k++)
        VECTOR(*out)[k] = (igraph_integer_t)from[k];
    return DIGRESS_OK;
}

static digress_status create_graph(size_t n, size_t edges, const uint32_t *from, igraph_t *out) {
    igraph_vector_int_t ends;
    DG_TRY(copy_numbers(2 * edges, from, &ends));
    igraph_error_t code = igraph_create(out, &ends, (igraph_integer_t)n, IGRAPH_UNDIRECTED);
    igraph_vector_int_destroy(&ends);
    IGRAPH_TRY(code);
    return DIGRESS_OK;
}

static digress_status order_nodes(const igraph_t *graph, const igraph_vector_int_t *color,
                                  uint32_t *position) {
    igraph_vector_int_t labeling;
    IGRAPH_TRY(igraph_vector_int_init(&labeling, 0));
#if IGRAPH_VERSION_MAJOR >= 1 /* labeling[k] is the node at place k */
    igraph_error_t code =
        igraph_canonical_permutation_bliss(graph, color, &labeling, IGRAPH_BLISS_FL, NULL);
    for (igraph_integer_t k = 0; code == IGRAPH_SUCCESS && k < igraph_vcount(graph); k++)
        position[VECTOR(labeling)[k]] = (uint32_t)k;
#else /* labeling[u] is the place of node u */
    igraph_error_t code =
        igraph_canonical_permutation(graph, color, &labeling, IGRAPH_BLISS_FL, NULL);
    for (igraph_integer_t u = 0; code == IGRAPH_SUCCESS && u < igraph_vcount(graph); u++)
        position[u] = (uint32_t)VECTOR(labeling)[u];
#endif
    igraph_vector_int_destroy(&labeling);
    IGRAPH_TRY(code);
    return DIGRESS_OK;
}

static digress_status canonical_order(size_t n, const uint32_t *color, size_t edges,
                                      const uint32_t *ends, uint32_t *position) {
    igraph_t graph;
    igraph_vector_int_t colors;
    DG_TRY(create_graph(n, edges, ends, &graph));
    digress_status status = copy_numbers(n, color, &colors);
    if (status == DIGRESS_OK) {
        status = order_nodes(&graph, &colors, position);
        igraph_vector_int_destroy(&colors);
    }
    igraph_destroy(&graph);
    return status;
}

digress_status dg_igraph_with_graph(size_t n, size_t edges, const uint32_t *ends,
                                    digress_status (*body)(const igraph_t *graph, void *context),
                                    void *context) {
    igraph_t graph;
    session entered = enter_igraph();
    digress_status status = create_graph(n, edges, ends, &graph);
    if (status == DIGRESS_OK) {
        status = body(&graph, context);
        igraph_destroy(&graph);
    }
    leave_igraph(&entered);
    return status;
}

digress_status dg_igraph_canonical_order(size_t n, const uint32_t *color, size_t edges,
                                         const uint32_t *ends, uint32_t *position) {
    session entered = enter_igraph();
    digress_status status = canonical_order(n, color, edges, ends, position);
    leave_igraph(&entered);
    return status;
}
