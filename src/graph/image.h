/* A dataset as one block of memory, which processes of one machine can have in common. */
#ifndef DG_GRAPH_IMAGE_H
#define DG_GRAPH_IMAGE_H

#include "graph/dataset.h"

size_t dg_image_size(const dg_dataset *dataset);
/* Of dg_image_size bytes; aligned like any allocation. */
void dg_image_write(const dg_dataset *dataset, void *image);
/* The sets borrow their graphs from the image, which has to stay as it is as long as they are in
 * use. The caller frees with dg_dataset_free. */
digress_status dg_image_open(void *image, dg_dataset *out);

#endif
