/* Pictures of a training under way (general.pictures). */
#ifndef DG_CLI_TRAIN_PICTURES_H
#define DG_CLI_TRAIN_PICTURES_H

#include "train/trainer.h"

/* Draws STEM.svg, the first samples, STEM-chain-K.gif, and RUN/curves.svg, for
 * dg_train_options.draw. What cannot be drawn is a warning: no training ends for a picture. Errors:
 * what a signal says. */
digress_status dg_train_pictures(void *context, const dg_drawn *drawn);

#endif
