/* How much memory a config will take, before it runs. */
#ifndef DG_TRAIN_MEMORY_NEED_H
#define DG_TRAIN_MEMORY_NEED_H

#include "model/model.h"

/* Bytes. */
typedef struct dg_memory_need {
    size_t threads;
    size_t parameters; /* weights, their packed copies, their average */
    size_t optimizer;  /* gradients and moments */
    size_t train_pack; /* the memory in which a thread trains, or all of them together if graphs are
                          large */
    size_t train_packs; /* how many of those there are */
    size_t sample_pack; /* the memory in which a thread samples */
    size_t sets;        /* the graphs that are trained and validated on */
    size_t program;     /* the program and its libraries */
} dg_memory_need;

/* For graphs of the training set's largest size, on one of the ranks. threads, ranks: at least 1.
 * The model must have been set to train (dg_model_use). val may be NULL. */
digress_status dg_memory_need_of(const dg_model *model, const digress_graph_set *train,
                                 const digress_graph_set *val, size_t threads, size_t ranks,
                                 dg_memory_need *out);
size_t dg_training_bytes(const dg_memory_need *need);
size_t dg_sampling_bytes(const dg_memory_need *need);

#endif
