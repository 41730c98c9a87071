/* plot/animation.h where giflib was not found. */
#include "plot/animation.h"

digress_status dg_gif_require(void) {
    return dg_error(DIGRESS_ERROR_INPUT,
                    "this digress was built without giflib: install it (Debian: libgif-dev) and "
                    "build again; a film strip as .svg or .png needs none");
}

digress_status dg_animation_create(size_t width, size_t height, size_t frames, dg_animation *out) {
    (void)width, (void)height, (void)frames;
    *out = (dg_animation){0};
    return dg_gif_require();
}

void dg_animation_free(dg_animation *animation) {
    (void)animation;
}

digress_status dg_animation_encode(const dg_animation *animation, char **bytes, size_t *size) {
    (void)animation, (void)bytes, (void)size;
    return dg_gif_require();
}
