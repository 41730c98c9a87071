/* How fast the engine is on the shapes of the paper's networks. */
#ifndef DG_BENCH_BENCH_H
#define DG_BENCH_BENCH_H

#include "math/engine.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A batch of random graphs, and a network of the widths that the reference actually runs (its y
 * feed-forward is 2048 wide whatever its configs say). "gauss" is qm9 in the continuous mode. */
typedef struct dg_bench_shape {
    const char *name;
    uint32_t n;
    size_t batch, node_classes, edge_classes;
    double density;
    uint64_t n_layers;
    const char *widths; /* the other keys of a config, as YAML */
} dg_bench_shape;

extern const dg_bench_shape dg_bench_shapes[]; /* ended by a NULL name */

typedef struct dg_bench_options {
    size_t threads; /* >= 1 */
    double seconds; /* to spend on each figure; a round that takes longer is the only one */
    bool cpu;       /* milliseconds that the process works, not those that pass */
    dg_backend backend;
    dg_precision precision;
} dg_bench_options;

/* Milliseconds are the median round's wall time divided by the number of graphs in the batch. */
typedef struct dg_bench_result {
    size_t parameters;
    double forward_ms;     /* the network, evaluation mode */
    double train_ms;       /* noise, features, forward with dropout, loss, backward, optimizer */
    double sample_step_ms; /* features, forward, posterior, draw */
    double gflops;         /* of the forward's linear layers */
    double peak_gflops;    /* of large products through the same backend, on all threads */
    /* Shares, as fractions of 1. The rest of a forward pass is its row kernels and waiting threads;
     * the rest of a training step is that, the noise and the loss. */
    double forward_products; /* of the forward pass, in matrix products */
    double train_products;   /* of the training step */
    double train_features;   /* cycles and spectrum of the noisy graphs */
    double train_optimizer;  /* AdamW, and the weights in the products' layout */
    double sample_features;  /* of the sampling step */
    double sample_posterior; /* posterior and draw */
    double peak_rss_mb;
} dg_bench_result;

/* Measures a shape in a process of its own, so that the peak memory is that shape's. To be called
 * while the calling process has a single thread. Errors: whatever the child ran into; INTERNAL if
 * it died. */
digress_status dg_bench_run(const dg_bench_shape *shape, const dg_bench_options *options,
                            dg_bench_result *out);

#endif
