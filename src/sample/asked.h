/* Targets that samples are asked for: classifier-free guidance. */
#ifndef DG_SAMPLE_ASKED_H
#define DG_SAMPLE_ASKED_H

#include "digress/steering.h"
#include "model/model.h"

typedef struct dg_asked {
    size_t rows, count; /* count: of the model's targets */
    double *values;     /* [rows, count] in the model's order; NAN: not asked for */
    double guidance;
    bool guided; /* the network is asked twice, with targets and without */
} dg_asked;

/* Free with dg_asked_free, failing or not. Errors: INPUT (a target that the model does not have, a
 * value or a guidance that is not finite). */
digress_status dg_asked_of(const digress_asked_targets *asked, const dg_model *model,
                           dg_asked *out);
void dg_asked_free(dg_asked *asked);

/* What sample `number` is asked for; NULL: nothing. */
const double *dg_asked_row(const dg_asked *asked, uint32_t number);
/* Gives the graphs of `set`, samples `first` and up, the targets that they were asked for. */
digress_status dg_asked_give(const dg_asked *asked, const dg_model *model, size_t first,
                             digress_graph_set *set);

/* A pack under way. */
typedef struct dg_asked_pack {
    float *targets; /* [graphs, count] standardised */
    float *X, *E;   /* the network's output without targets; NULL: not guided */
    dg_free_prediction free;
} dg_asked_pack;

/* For samples number[0 .. graphs - 1]. In the arena. */
digress_status dg_asked_begin(const dg_asked *asked, const dg_model *model, dg_arena *arena,
                              const dg_pack *pack, const uint32_t *number, dg_asked_pack *out);

#endif
