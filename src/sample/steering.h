/* What a sampling is steered by, pack by pack and step by step. Without anything to steer by, a
 * sampler calls nothing here, and draws what it always drew. */
#ifndef DG_SAMPLE_STEERING_H
#define DG_SAMPLE_STEERING_H

#include "core/threads.h"
#include "model/model.h"
#include "sample/constraints/constraints.h"
#include "sample/fixed.h"

typedef struct dg_steering {
    const dg_model *model;
    dg_constraints constraints;
    dg_fixed fixed;
    bool active;
    size_t threads;
    dg_arena **arenas; /* [2 * threads] scratch of a projection, and of its trials; if active */
} dg_steering;

/* least_n, most_n: nodes of the graphs to come. Free with dg_steering_free, failing or not. Errors:
 * INPUT (what the model cannot do, or contradicts itself). */
digress_status dg_steering_create(const dg_model *model, const digress_fixed_part *fixed,
                                  const digress_constraints *constraints, size_t threads,
                                  dg_steering *out);
/* Whether graphs of least_n to most_n nodes can be what is asked for. Errors: INPUT. */
digress_status dg_steering_check_sizes(const dg_steering *steering, size_t least_n, size_t most_n);
void dg_steering_free(dg_steering *steering);

/* A pack under way. */
typedef struct dg_steered {
    const dg_steering *steering;
    size_t thread;
    const dg_rng *keys;                 /* [graphs] */
    uint8_t *before_node, *before_pair; /* the state before a step */
    bool *known_node, *known_pair;      /* what is fixed; NULL: nothing */
    uint32_t *touched;                  /* [graphs] a bit for each constraint that intervened */
    digress_interventions counts;
} dg_steered;

/* Holds the noise to the constraints. What *out refers to lives in the arena; keys are borrowed. */
digress_status dg_steer_noise(const dg_steering *steering, size_t thread, dg_arena *arena,
                              const dg_rng *keys, dg_state *noise, dg_steered *out);
/* Before a step with the network's output X, E, which is changed where it is known better, and
 * after it. `last`: the state is the sample.
 * Only then is it mended: joined a little earlier, molecules of QM9 were joined more often than
 * they had to be, and more of them were invalid. */
digress_status dg_steer_before(dg_steered *pack, dg_state *state, float *X, float *E);
digress_status dg_steer_after(dg_steered *pack, dg_state *state, const float *X, const float *E,
                              bool last);
/* Takes a step back, to be taken again. */
digress_status dg_steer_back(dg_steered *pack, dg_state *state, dg_interval step);
/* Adds the counts of a finished pack to *total. */
digress_status dg_steer_count(dg_steered *pack, dg_state *state, digress_interventions *total);

#endif
