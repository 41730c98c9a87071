/* digress data export. */
#ifndef DG_CLI_DATA_EXPORT_H
#define DG_CLI_DATA_EXPORT_H

#include "core/status.h"

/* argv[0] is "export". */
digress_status dg_data_export(int argc, char **argv);

#endif
