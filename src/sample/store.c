#include "sample/store.h"

#include "core/file.h"
#include "core/memory.h"
#include "core/safetensors.h"
#include "graph/graph_set.h"
#include "graph/io/format.h"
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char ORIGIN[] = "digress.origin", NUMBERS[] = "digress.numbers";

digress_status dg_store_create(const digress_graph_set *classes, dg_store *out) {
    dg_store store = {0};
    DG_TRY(digress_graph_set_create_like(classes, &store.set));
    *out = store;
    pthread_mutex_init(&out->mutex, NULL);
    return DIGRESS_OK;
}

void dg_store_free(dg_store *store) {
    if (!store->set) return;
    pthread_mutex_destroy(&store->mutex);
    digress_graph_set_free(store->set);
    free(store->number);
    free(store->place);
    *store = (dg_store){0};
}

static size_t count_of(const dg_store *store) {
    return store->set ? digress_graph_set_count(store->set) : 0;
}

size_t dg_store_count(dg_store *store) {
    if (!store->set) return 0;
    pthread_mutex_lock(&store->mutex);
    size_t count = count_of(store);
    pthread_mutex_unlock(&store->mutex);
    return count;
}

/* How many of the numbers are below `number`. */
static size_t rank_of(const dg_store *store, uint32_t number) {
    size_t low = 0, high = count_of(store);
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (store->number[middle] < number)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

bool dg_store_find(dg_store *store, uint32_t number, digress_graph *out) {
    pthread_mutex_lock(&store->mutex);
    size_t rank = rank_of(store, number);
    bool found = rank < count_of(store) && store->number[rank] == number;
    if (found) *out = digress_graph_set_get(store->set, store->place[rank]);
    pthread_mutex_unlock(&store->mutex);
    return found;
}

/* The graphs that follow the first `old` of the set have these numbers. */
static void merge(dg_store *store, size_t old, const uint32_t *number) {
    size_t added = count_of(store) - old, place = count_of(store);
    for (size_t to = place; added > 0; to--) {
        const bool moves = old > 0 && store->number[old - 1] > number[added - 1];
        store->number[to - 1] = moves ? store->number[old - 1] : number[added - 1];
        store->place[to - 1] = moves ? store->place[old - 1] : (uint32_t)--place;
        if (moves)
            old--;
        else
            added--;
    }
}

static digress_status add_locked(dg_store *store, size_t count, const uint32_t *number,
                                 const digress_graph *graph) {
    const size_t old = count_of(store);
    DG_TRY(dg_grow(&store->number, &store->numbers, old + count, sizeof *store->number));
    DG_TRY(dg_grow(&store->place, &store->places, old + count, sizeof *store->place));
    digress_status status = DIGRESS_OK;
    for (size_t k = 0; k < count && status == DIGRESS_OK; k++)
        status = digress_graph_set_append(store->set, graph[k].n, graph[k].node_class,
                                          graph[k].pair_class);
    merge(store, old, number);
    return status;
}

digress_status dg_store_add(dg_store *store, uint32_t number, const digress_graph *graph) {
    digress_status status = DIGRESS_OK;
    pthread_mutex_lock(&store->mutex);
    const size_t rank = rank_of(store, number);
    if (rank == count_of(store) || store->number[rank] != number)
        status = add_locked(store, 1, &number, graph);
    pthread_mutex_unlock(&store->mutex);
    return status;
}

digress_status dg_store_add_others(dg_store *store, size_t count, const uint32_t *number,
                                   const digress_graph *graph) {
    pthread_mutex_lock(&store->mutex);
    digress_status status = add_locked(store, count, number, graph);
    pthread_mutex_unlock(&store->mutex);
    return status;
}

static digress_status take_locked(dg_store *store, digress_graph_set *set) {
    const size_t count = digress_graph_set_count(set);
    digress_graph_set *taken = NULL;
    DG_TRY(dg_grow(&store->number, &store->numbers, count, sizeof *store->number));
    DG_TRY(dg_grow(&store->place, &store->places, count, sizeof *store->place));
    DG_TRY(digress_graph_set_create_like(set, &taken));
    dg_graph_set_move(set, taken);
    digress_graph_set_free(store->set);
    store->set = taken;
    for (size_t k = 0; k < count; k++)
        store->number[k] = store->place[k] = (uint32_t)k;
    return DIGRESS_OK;
}

digress_status dg_store_take(dg_store *store, digress_graph_set *set) {
    pthread_mutex_lock(&store->mutex);
    digress_status status = take_locked(store, set);
    pthread_mutex_unlock(&store->mutex);
    return status;
}

/* ---- the file ---- */

/* "0-36,40,51-52"; NULL when out of memory. The caller frees it. */
static char *numbers_text(const dg_store *store) {
    char *text = NULL;
    size_t size = 0, count = count_of(store);
    FILE *stream = open_memstream(&text, &size);
    if (!stream) return NULL;
    for (size_t first = 0, last; first < count; first = last + 1) {
        for (last = first; last + 1 < count && store->number[last + 1] == store->number[last] + 1;)
            last++;
        fprintf(stream, "%s%" PRIu32, first ? "," : "", store->number[first]);
        if (last > first) fprintf(stream, "-%" PRIu32, store->number[last]);
    }
    bool torn = ferror(stream) != 0;
    if (fclose(stream) == 0 && !torn) return text;
    free(text);
    return NULL;
}

/* The graphs in the order of their numbers. */
static digress_status sorted_set(const dg_store *store, digress_graph_set **out) {
    digress_graph_set *set = NULL;
    DG_TRY(digress_graph_set_create_like(store->set, &set));
    digress_status status = DIGRESS_OK;
    for (size_t k = 0; k < count_of(store) && status == DIGRESS_OK; k++) {
        digress_graph graph = digress_graph_set_get(store->set, store->place[k]);
        status = digress_graph_set_append(set, graph.n, graph.node_class, graph.pair_class);
    }
    if (status != DIGRESS_OK) {
        digress_graph_set_free(set);
        return status;
    }
    *out = set;
    return DIGRESS_OK;
}

static digress_status save_locked(const dg_store *store, const char *origin, const char *path) {
    digress_graph_set *set = NULL;
    char *numbers = numbers_text(store);
    digress_status status = numbers ? sorted_set(store, &set) : dg_out_of_memory();
    const dg_set_note notes[] = {{ORIGIN, origin}, {NUMBERS, numbers}, {0}};
    if (status == DIGRESS_OK) status = dg_safetensors_write_noted(set, notes, path);
    digress_graph_set_free(set);
    free(numbers);
    return status;
}

digress_status dg_store_save(dg_store *store, const char *origin, const char *path) {
    pthread_mutex_lock(&store->mutex);
    digress_status status = save_locked(store, origin, path);
    pthread_mutex_unlock(&store->mutex);
    return status;
}

/* Reads the next range of the text, "7" or "3-5". Returns what follows it; NULL: there is none. */
static const char *next_range(const char *text, uint64_t *first, uint64_t *last) {
    char *end = NULL;
    if (!isdigit((unsigned char)*text)) return NULL;
    errno = 0;
    *first = *last = strtoull(text, &end, 10);
    if (*end == '-' && isdigit((unsigned char)end[1])) *last = strtoull(end + 1, &end, 10);
    if (errno || *last < *first || *last > UINT32_MAX || (*end && *end != ',')) return NULL;
    return *end ? end + 1 : end;
}

/* Adds the graphs of `set` under the numbers of the text, which are ascending. */
static digress_status add_all(dg_store *store, const digress_graph_set *set, const char *text) {
    size_t count = digress_graph_set_count(set), k = 0;
    for (uint64_t first, last, next = 0; *text; next = last + 1) {
        text = next_range(text, &first, &last);
        if (!text || first < next || last - first >= count - k) break;
        for (uint64_t number = first; number <= last; number++) {
            digress_graph graph = digress_graph_set_get(set, k++);
            DG_TRY(dg_store_add(store, (uint32_t)number, &graph));
        }
        if (k == count && !*text) return DIGRESS_OK;
    }
    if (count == 0 && text && !*text) return DIGRESS_OK;
    return dg_error(DIGRESS_ERROR_INPUT, "metadata '%s' does not give its %zu graphs their numbers",
                    NUMBERS, count);
}

static digress_status check_kind(const dg_tensor_file *file) {
    if (dg_tensor_file_metadata(file, ORIGIN) && dg_tensor_file_metadata(file, NUMBERS))
        return DIGRESS_OK;
    return dg_error(DIGRESS_ERROR_INPUT, "not the file of a sampling that was stopped");
}

static digress_status check_origin(const dg_tensor_file *file, const char *origin) {
    const char *theirs = dg_tensor_file_metadata(file, ORIGIN);
    DG_TRY(check_kind(file));
    if (strcmp(theirs, origin) == 0) return DIGRESS_OK;
    return dg_error(DIGRESS_ERROR_INPUT,
                    "these graphs (%s) are not the ones asked for (%s): give the same options to "
                    "go on, or start over with the option 'force'",
                    theirs, origin);
}

static digress_status check_classes(const digress_graph_set *a, const digress_graph_set *b) {
    if (digress_graph_set_node_classes(a) == digress_graph_set_node_classes(b) &&
        digress_graph_set_edge_classes(a) == digress_graph_set_edge_classes(b))
        return DIGRESS_OK;
    return dg_error(DIGRESS_ERROR_INPUT, "its graphs have other classes");
}

static digress_status load_graphs(dg_store *store, const char *origin, const dg_tensor_file *file) {
    const digress_read_options options = {.format = DIGRESS_FORMAT_SAFETENSORS};
    digress_graph_set *set = NULL;
    DG_TRY(check_origin(file, origin));
    DG_TRY(digress_graph_set_read(dg_tensor_file_path(file), &options, NULL, &set));
    digress_status status = check_classes(set, store->set);
    if (status == DIGRESS_OK) status = add_all(store, set, dg_tensor_file_metadata(file, NUMBERS));
    digress_graph_set_free(set);
    return status;
}

digress_status dg_store_recognise(const char *path) {
    dg_tensor_file *file = NULL;
    DG_TRY(dg_tensor_file_open(path, &file));
    digress_status status = check_kind(file);
    if (status != DIGRESS_OK) dg_error_prefix(status, "%s", path);
    dg_tensor_file_close(file);
    return status;
}

digress_status dg_store_load(dg_store *store, const char *origin, const char *path) {
    dg_tensor_file *file = NULL;
    DG_TRY(dg_tensor_file_open(path, &file));
    digress_status status = load_graphs(store, origin, file);
    if (status == DIGRESS_ERROR_INPUT && !strstr(digress_last_error(), path))
        dg_error_prefix(status, "%s", path);
    dg_tensor_file_close(file);
    return status;
}
