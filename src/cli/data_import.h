/* digress data import. */
#ifndef DG_CLI_DATA_IMPORT_H
#define DG_CLI_DATA_IMPORT_H

#include "core/status.h"

/* argv[0] is "import". */
digress_status dg_data_import(int argc, char **argv);

#endif
