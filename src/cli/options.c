#include "cli/options.h"

#include "cli/page.h"
#include "core/log.h"
#include "core/memory.h"
#include "core/nearest.h"
#include "core/number.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static size_t option_count(const dg_command *command) {
    size_t count = 0;
    while (command->options[count].name)
        count++;
    return count;
}

/* A command line being parsed. */
typedef struct parser {
    const dg_command *command;
    int argc, next;
    char **argv;
    const char **values, **positional;
    size_t positional_count;
} parser;

static digress_status unknown_option(const parser *p, const char *text, size_t length) {
    char name[64];
    snprintf(name, sizeof name, "%.*s", (int)length, text);
    size_t count = option_count(p->command);
    const char **names = NULL;
    DG_TRY(dg_allocate(count + 1, sizeof *names, &names));
    for (size_t k = 0; k < count; k++)
        names[k] = p->command->options[k].name;
    names[count] = dg_help_option.name;
    const char *nearest = dg_nearest(name, count + 1, names);
    free(names);
    if (nearest)
        return dg_error(DIGRESS_ERROR_INPUT, "%s: unknown option '--%s'; did you mean '--%s'?",
                        p->command->name, name, nearest);
    return dg_error(DIGRESS_ERROR_INPUT, "%s: unknown option '--%s'; 'digress %s --help' lists all",
                    p->command->name, name, p->command->name);
}

/* Stores the option's value: `attached`, or the next argument. */
static digress_status take_option(parser *p, const dg_option *option, const char *attached) {
    size_t index = (size_t)(option - p->command->options);
    if (!option->argument) {
        if (attached)
            return dg_error(DIGRESS_ERROR_INPUT, "%s: --%s takes no value, got '%s'",
                            p->command->name, option->name, attached);
        p->values[index] = "";
        return DIGRESS_OK;
    }
    if (!attached) {
        if (p->next >= p->argc)
            return dg_error(DIGRESS_ERROR_INPUT, "%s: --%s needs a value: --%s %s",
                            p->command->name, option->name, option->name, option->argument);
        attached = p->argv[p->next++];
    }
    p->values[index] = attached;
    return DIGRESS_OK;
}

static digress_status take_long(parser *p, const char *text) {
    size_t length = strcspn(text, "=");
    const char *attached = text[length] ? text + length + 1 : NULL;
    for (const dg_option *option = p->command->options; option->name; option++)
        if (strlen(option->name) == length && strncmp(option->name, text, length) == 0)
            return take_option(p, option, attached);
    return unknown_option(p, text, length);
}

static digress_status take_letter(parser *p, const char *text) {
    for (const dg_option *option = p->command->options; option->name; option++)
        if (option->letter == text[0]) return take_option(p, option, text[1] ? text + 1 : NULL);
    return dg_error(DIGRESS_ERROR_INPUT, "%s: unknown option '-%s'; 'digress %s --help' lists all",
                    p->command->name, text, p->command->name);
}

static digress_status take_all(parser *p, bool *help) {
    bool options_ended = false;
    while (p->next < p->argc) {
        const char *text = p->argv[p->next++];
        if (options_ended || text[0] != '-' || text[1] == '\0') {
            p->positional[p->positional_count++] = text;
        } else if (strcmp(text, "--") == 0) {
            options_ended = true;
        } else if (strcmp(text, "--help") == 0 || strcmp(text, "-h") == 0) {
            *help = true;
            return DIGRESS_OK;
        } else {
            DG_TRY(text[1] == '-' ? take_long(p, text + 2) : take_letter(p, text + 1));
        }
    }
    return DIGRESS_OK;
}

digress_status dg_arguments_parse(const dg_command *command, int argc, char **argv,
                                  dg_arguments *out) {
    parser p = {.command = command, .argc = argc, .next = 1, .argv = argv};
    bool help = false;
    DG_TRY(dg_allocate(option_count(command), sizeof *p.values, &p.values));
    digress_status status = dg_allocate((size_t)argc, sizeof *p.positional, &p.positional);
    if (status == DIGRESS_OK) status = take_all(&p, &help);
    if (status != DIGRESS_OK || help) {
        free(p.values);
        free(p.positional);
        if (status == DIGRESS_OK) dg_command_page(&(dg_page){stdout, false}, command);
        *out = (dg_arguments){.help = help};
        return status;
    }
    *out = (dg_arguments){command, p.values, p.positional_count, p.positional, false};
    return DIGRESS_OK;
}

void dg_arguments_free(dg_arguments *arguments) {
    free((void *)arguments->values);
    free(arguments->positional);
    *arguments = (dg_arguments){0};
}

const char *dg_argument(const dg_command *command, const dg_arguments *arguments,
                        const char *name) {
    for (size_t k = 0; command->options[k].name; k++)
        if (strcmp(command->options[k].name, name) == 0) return arguments->values[k];
    return NULL;
}

digress_status dg_argument_number(const dg_arguments *arguments, const char *name, uint64_t minimum,
                                  uint64_t maximum, uint64_t *out) {
    char what[32];
    const char *text = dg_argument(arguments->command, arguments, name);
    if (!text) return DIGRESS_OK;
    snprintf(what, sizeof what, "--%s", name);
    return dg_parse_u64(what, text, minimum, maximum, out);
}

void dg_name_flags(char *text) {
    static const char before[] = "the option '";
    char *found = NULL;
    while ((found = strstr(text, before))) {
        const char *name = found + strlen(before);
        const size_t length = strspn(name, "abcdefghijklmnopqrstuvwxyz-");
        if (name[length] != '\'') return;
        memcpy(found, "--", 2);
        memmove(found + 2, name, length);
        text = found + 2 + length;
        memmove(text, name + length + 1, strlen(name + length + 1) + 1);
    }
}

void dg_print_failure(void) {
    dg_log("digress: %s", digress_last_error());
}

digress_status dg_parse_u64(const char *what, const char *text, uint64_t minimum, uint64_t maximum,
                            uint64_t *out) {
    char *end = NULL;
    errno = 0;
    uint64_t value = strtoull(text, &end, 10);
    if (!isdigit((unsigned char)text[0]) || *end)
        return dg_error(DIGRESS_ERROR_INPUT, "%s: expected a whole number, got '%s'", what, text);
    if (errno == 0 && value >= minimum && value <= maximum) {
        *out = value;
        return DIGRESS_OK;
    }
    if (maximum == UINT64_MAX)
        return dg_error(DIGRESS_ERROR_INPUT,
                        "%s: expected a whole number of at least %" PRIu64 ", got '%s'", what,
                        minimum, text);
    return dg_error(DIGRESS_ERROR_INPUT,
                    "%s: expected a whole number from %" PRIu64 " to %" PRIu64 ", got '%s'", what,
                    minimum, maximum, text);
}

digress_status dg_parse_double(const char *what, const char *text, double *out) {
    char *end = NULL;
    double value = dg_number_of(text, &end);
    if (end == text || *end || isspace((unsigned char)text[0]) || !isfinite(value))
        return dg_error(DIGRESS_ERROR_INPUT, "%s: expected a number, got '%s'", what, text);
    *out = value;
    return DIGRESS_OK;
}
