/* The option `nodes`: the distribution of the samples' sizes. */
#include "sample/sampler.h"

#include "core/file.h"
#include "core/memory.h"
#include "core/number.h"
#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* Reads a size from 1 to DIGRESS_MAX_NODES; *end is what follows it. */
static bool read_size(const char *text, const char **end, size_t *n) {
    char *stop = NULL;
    if (*text < '0' || *text > '9') return false;
    errno = 0;
    unsigned long long value = strtoull(text, &stop, 10);
    if (errno != 0 || value < 1 || value > DIGRESS_MAX_NODES) return false;
    *n = (size_t)value;
    *end = stop;
    return true;
}

/* "64" or "20:40". */
static bool read_range(const char *text, size_t *low, size_t *high) {
    const char *end = NULL;
    if (!read_size(text, &end, low)) return false;
    *high = *low;
    if (*end == ':' && !read_size(end + 1, &end, high)) return false;
    return *end == '\0' && *low <= *high;
}

static digress_status bad_line(const char *path, size_t line) {
    return dg_error(DIGRESS_ERROR_INPUT,
                    "%s:%zu: expected 'n weight' with n from 1 to %d and weight >= 0", path, line,
                    DIGRESS_MAX_NODES);
}

/* Adds the line "n weight" to histogram: [DIGRESS_MAX_NODES + 1]. */
static digress_status read_line(const char *path, size_t number, char *line, double *histogram,
                                size_t *max_n) {
    const char *end = NULL;
    char *stop = NULL;
    size_t n = 0;
    line += strspn(line, " \t\r");
    if (*line == '#' || *line == '\0') return DIGRESS_OK;
    if (!read_size(line, &end, &n) || (*end != ' ' && *end != '\t')) return bad_line(path, number);
    double weight = dg_number_of(end, &stop);
    if (stop == end || !(weight >= 0) || !isfinite(weight)) return bad_line(path, number);
    if (stop[strspn(stop, " \t\r")] != '\0') return bad_line(path, number);
    histogram[n] += weight;
    if (weight > 0 && n > *max_n) *max_n = n;
    return DIGRESS_OK;
}

static digress_status read_lines(const char *path, char *text, double *histogram, size_t *max_n) {
    size_t number = 1;
    for (char *line = text; line; number++) {
        char *next = strchr(line, '\n');
        if (next) *next++ = '\0';
        DG_TRY(read_line(path, number, line, histogram, max_n));
        line = next;
    }
    if (*max_n > 0) return DIGRESS_OK;
    return dg_error(DIGRESS_ERROR_INPUT, "%s: no size has a positive weight", path);
}

static digress_status read_histogram(const char *path, double *histogram, size_t *max_n) {
    char *text = NULL;
    size_t size = 0;
    if (!dg_exists(path))
        return dg_error(
            DIGRESS_ERROR_INPUT,
            "the option 'nodes': expected a size such as 64, a range such as 20:40 (sizes from 1 "
            "to %d), or a histogram file, got '%s'",
            DIGRESS_MAX_NODES, path);
    DG_TRY(dg_file_read(path, &text, &size));
    digress_status status = read_lines(path, text, histogram, max_n);
    free(text);
    return status;
}

digress_status dg_parse_nodes(const char *text, double **histogram, size_t *max_n) {
    double *weights = NULL;
    size_t low = 0, high = 0;
    DG_TRY(dg_allocate(DIGRESS_MAX_NODES + 1, sizeof *weights, &weights));
    digress_status status = DIGRESS_OK;
    if (read_range(text, &low, &high)) {
        for (size_t n = low; n <= high; n++)
            weights[n] = 1;
    } else {
        status = read_histogram(text, weights, &high);
    }
    if (status != DIGRESS_OK) {
        free(weights);
        return status;
    }
    *histogram = weights;
    *max_n = high;
    return DIGRESS_OK;
}
