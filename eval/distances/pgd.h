/* The PolyGraph discrepancy (Krimmel et al., ICLR 2026): how well a classifier tells samples from
 * test graphs, as a lower bound on the Jensen-Shannon distance of their distributions.
 *
 * For each descriptor, half of the graphs train and half test. On the training half, four
 * stratified folds show how good the descriptor is. The best one is then fitted on the whole
 * training half, and the discrepancy is its bound on the test half. The bound is sqrt(mean log2
 * p(test graph) / 2 + mean log2 (1 - p(sample)) / 2 + 1), clamped to [0, 1].
 *
 * What differs from the published score: the classifier is logistic regression on standardised
 * features (the paper's default is TabPFN, a pretrained network, which gives a sharper bound), the
 * descriptors are degree, clustering, orbit (four nodes) and spectral (the paper has orbits of five
 * nodes and a random graph network too), and the halves are drawn with this library's generator. */
#ifndef DG_EVAL_PGD_H
#define DG_EVAL_PGD_H

#include "eval/descriptors/description.h"

/* With fewer graphs than this in one of the sets, it is undefined. */
enum { DG_PGD_MINIMUM = 8 };

/* What is undefined is NAN. */
typedef struct dg_pgd {
    double value,
        interval[2]; /* 95 %, from the spread over the test half, for the classifier as fitted */
    enum dg_descriptor_id best;     /* the descriptor whose bound is `value` */
    double by[DG_DESCRIPTOR_COUNT]; /* each descriptor's bound on the test half */
} dg_pgd;

/* If the sets differ in size, only as many graphs of the larger one count as the smaller one has,
 * chosen at random. Results do not depend on the threads. */
digress_status dg_polygraph_discrepancy(dg_pool *pool, const dg_description *reference,
                                        const dg_description *other, dg_pgd *out);

#endif
