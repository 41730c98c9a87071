/* Measuring a shape in the present process. */
#ifndef DG_BENCH_MEASURE_H
#define DG_BENCH_MEASURE_H

#include "bench/bench.h"

/* All figures except the memory. */
digress_status dg_bench_measure(const dg_bench_shape *shape, const dg_bench_options *options,
                                dg_bench_result *out);

#endif
