/* What files `sample` and `data export` write, in which formats. */
#ifndef DG_CLI_SAMPLE_OUTPUTS_H
#define DG_CLI_SAMPLE_OUTPUTS_H

#include "chem/molecule_file.h"
#include "digress/graph.h"

/* One file, or set of files, that the samples go to. */
typedef struct dg_output {
    bool of_molecules;
    digress_format format;              /* of graphs */
    dg_molecule_format molecule_format; /* of molecules */
} dg_output;

enum { DG_MOST_OUTPUTS = 16 };

typedef struct dg_outputs {
    size_t count;
    dg_output list[DG_MOST_OUTPUTS];
    bool judged; /* written as molecules: so many of the samples are invalid */
    size_t invalid;
} dg_outputs;

/* Formats separated by commas; NULL: edgelist. Errors: INPUT. */
digress_status dg_outputs_parse(const char *list, bool svg, dg_outputs *out);
bool dg_outputs_have_molecules(const dg_outputs *outputs);
/* FOLDER/NAME.EXTENSION in each format; what a format has no room for is a warning. */
digress_status dg_outputs_write(dg_outputs *outputs, const digress_graph_set *set,
                                const char *folder, const char *name);

#endif
