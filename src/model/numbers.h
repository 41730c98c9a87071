/* The numbers of a checkpoint's statistics, each checked against what it can be. Errors: INPUT,
 * naming the tensor. */
#ifndef DG_MODEL_NUMBERS_H
#define DG_MODEL_NUMBERS_H

#include "core/safetensors.h"

/* Shares, which sum to 1. */
digress_status dg_copy_shares(const dg_tensor *tensor, double *out);
/* Numbers of graphs, by their number of nodes from 0; *total: their sum. */
digress_status dg_copy_counts(const dg_tensor *tensor, double *out, size_t *total);
/* A mean of numbers from 0 to `most`. */
digress_status dg_copy_mean(const dg_tensor *tensor, double most, double *out);

#endif
