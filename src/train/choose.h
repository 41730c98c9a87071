/* A config for a set that comes without one. */
#ifndef DG_TRAIN_CHOOSE_H
#define DG_TRAIN_CHOOSE_H

#include "config/config.h"
#include "digress/graph.h"

/* Sets sizes of the network, diffusion steps, batch, learning rate and budgets by the number of
 * training graphs, their largest size, and whether they are molecules. Like the -small configs, it
 * is meant for a laptop. */
digress_status dg_choose_config(const digress_graph_set *train, dg_config *config);

#endif
