/* digress data import. */
#ifndef DG_CLI_DATA_IMPORT_H
#define DG_CLI_DATA_IMPORT_H

#include "core/status.h"

/* argv[0] is "import". */
digress_status dg_data_import(int argc, char **argv);

/* Prints what to do next with a set that was just made. */
void dg_print_next(const char *folder);

#endif
