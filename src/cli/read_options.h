/* The options of reading graphs that several commands take. */
#ifndef DG_CLI_READ_OPTIONS_H
#define DG_CLI_READ_OPTIONS_H

#include "cli/options.h"
#include "digress/graph.h"

/* Rows of a command's table. */
#define DG_READ_OPTIONS                                                                            \
    {"ids", 0, "literal|compact",                                                                  \
     "node numbers of edge lists: as they are, or renumbered from 0 (compact where they "          \
     "do not start at 0 or have gaps, and no '# nodes n' says otherwise)"},                        \
        {"node-attribute", 0, "NAME",                                                              \
         "GraphML, GML, Pajek: the attribute whose values become the classes of nodes (numbers "   \
         "in 'class')"},                                                                           \
        {"edge-attribute", 0, "NAME", "the same for edges (numbers in 'class')"}, {                \
        "weights", 0, "class|ignore",                                                              \
            "the third column of edge lists: a class, which is a whole number, or ignored (class)" \
    }

/* Errors: INPUT, for any other value. */
digress_status dg_read_options_parse(const dg_command *command, const dg_arguments *arguments,
                                     digress_read_options *out);
/* The name of one of these options that is given, to be refused for molecules; NULL if none is. */
const char *dg_read_option_given(const dg_command *command, const dg_arguments *arguments);

#endif
