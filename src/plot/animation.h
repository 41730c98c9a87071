/* Pictures as an animated GIF: the only interface to giflib (animation.c). Built without it
 * (no_gif.c), none can be made, and the failure says how to get it. */
#ifndef DG_PLOT_ANIMATION_H
#define DG_PLOT_ANIMATION_H

#include "core/status.h"
#include <stddef.h>
#include <stdint.h>

typedef struct dg_animation {
    size_t width, height, frames;
    uint8_t *red, *green, *blue; /* [frames, height, width] */
    unsigned delay, last_delay;  /* hundredths of a second that a frame, and the last, is shown */
} dg_animation;

/* Errors: INPUT (built without giflib). */
digress_status dg_gif_require(void);
digress_status dg_animation_create(size_t width, size_t height, size_t frames, dg_animation *out);
void dg_animation_free(dg_animation *animation);
/* A GIF that repeats for ever, in the 256 colours that suit all frames best. The caller frees
 * *bytes. Errors: MEMORY, INTERNAL. */
digress_status dg_animation_encode(const dg_animation *animation, char **bytes, size_t *size);

#endif
