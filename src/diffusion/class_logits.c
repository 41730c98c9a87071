#include "diffusion/class_logits.h"

#include "digress/graph.h"
#include <math.h>

double dg_softmax(size_t classes, const float *logits, double *p) {
    double largest = (double)logits[0], sum = 0;
    for (size_t k = 1; k < classes; k++)
        largest = fmax(largest, (double)logits[k]);
    for (size_t k = 0; k < classes; k++)
        sum += p[k] = exp((double)logits[k] - largest);
    for (size_t k = 0; k < classes; k++)
        p[k] /= sum;
    return largest + log(sum);
}

double dg_cross_entropy(size_t classes, const float *logits, uint8_t x, double weight,
                        float *gradient) {
    double p[DIGRESS_MAX_CLASSES];
    double entropy = dg_softmax(classes, logits, p) - (double)logits[x];
    for (size_t k = 0; gradient && k < classes; k++)
        gradient[k] = (float)(weight * (p[k] - (k == x)));
    return entropy;
}
