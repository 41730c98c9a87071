#include "plot/animation.h"

#include "core/memory.h"
#include "core/text.h"
#include <gif_lib.h>
#include <limits.h>
#include <stdlib.h>

enum { PALETTE = 256 };

digress_status dg_gif_require(void) {
    return DIGRESS_OK;
}

digress_status dg_animation_create(size_t width, size_t height, size_t frames, dg_animation *out) {
    size_t pixels = 0;
    *out = (dg_animation){.width = width, .height = height, .frames = frames};
    DG_TRY(dg_multiply(width * height, frames, &pixels));
    if (pixels > INT_MAX) return dg_error(DIGRESS_ERROR_INPUT, "the animation is too large");
    DG_TRY(dg_allocate(pixels, 1, &out->red));
    DG_TRY(dg_allocate(pixels, 1, &out->green));
    return dg_allocate(pixels, 1, &out->blue);
}

void dg_animation_free(dg_animation *animation) {
    free(animation->red);
    free(animation->green);
    free(animation->blue);
    *animation = (dg_animation){0};
}

static digress_status failed(int code) {
    const char *reason = GifErrorString(code);
    if (code == E_GIF_ERR_NOT_ENOUGH_MEM) return dg_out_of_memory();
    return dg_error(DIGRESS_ERROR_INTERNAL, "giflib: %s", reason ? reason : "unknown error");
}

/* ---- colours ---- */

/* giflib's own colours have five bits, so that white turns grey: takes instead the mean of the
 * pixels that each stands for. */
static void average(const dg_animation *a, const GifByteType *index, GifColorType *palette) {
    double sums[PALETTE][4] = {{0}};
    for (size_t k = 0; k < a->frames * a->height * a->width; k++) {
        double *sum = sums[index[k]];
        sum[0] += a->red[k];
        sum[1] += a->green[k];
        sum[2] += a->blue[k];
        sum[3] += 1.0;
    }
    for (size_t k = 0; k < PALETTE; k++) {
        const double count = sums[k][3] > 0.0 ? sums[k][3] : 1.0;
        palette[k].Red = (GifByteType)(sums[k][0] / count + 0.5);
        palette[k].Green = (GifByteType)(sums[k][1] / count + 0.5);
        palette[k].Blue = (GifByteType)(sums[k][2] / count + 0.5);
    }
}

static digress_status choose_colors(const dg_animation *a, GifByteType *index,
                                    GifColorType *palette) {
    int size = PALETTE;
    if (GifQuantizeBuffer((unsigned)a->width, (unsigned)(a->height * a->frames), &size, a->red,
                          a->green, a->blue, index, palette) == GIF_ERROR)
        return dg_out_of_memory();
    average(a, index, palette);
    return DIGRESS_OK;
}

/* ---- the file ---- */

static int add_bytes(GifFileType *gif, const GifByteType *bytes, int size) {
    dg_text *text = gif->UserData;
    dg_text_add(text, (const char *)bytes, (size_t)size);
    return text->failed ? 0 : size;
}

#define GIF_TRY(call)                                                                              \
    do {                                                                                           \
        if ((call) == GIF_ERROR) return failed(gif->Error);                                        \
    } while (0)

/* "Repeat for ever", in the form of Netscape 2, which every program that shows GIFs understands. */
static digress_status put_loop(GifFileType *gif) {
    GIF_TRY(EGifPutExtensionLeader(gif, APPLICATION_EXT_FUNC_CODE));
    GIF_TRY(EGifPutExtensionBlock(gif, 11, "NETSCAPE2.0"));
    GIF_TRY(EGifPutExtensionBlock(gif, 3, "\1\0\0"));
    GIF_TRY(EGifPutExtensionTrailer(gif));
    return DIGRESS_OK;
}

static digress_status put_frame(GifFileType *gif, const dg_animation *a, size_t frame,
                                GifByteType *index) {
    GifByteType bytes[4];
    const GraphicsControlBlock control = {
        .DisposalMode = DISPOSE_DO_NOT,
        .DelayTime = (int)(frame + 1 == a->frames ? a->last_delay : a->delay),
        .TransparentColor = NO_TRANSPARENT_COLOR};
    const size_t size = EGifGCBToExtension(&control, bytes);
    GIF_TRY(EGifPutExtension(gif, GRAPHICS_EXT_FUNC_CODE, (int)size, bytes));
    GIF_TRY(EGifPutImageDesc(gif, 0, 0, (int)a->width, (int)a->height, false, NULL));
    for (size_t y = 0; y < a->height; y++)
        GIF_TRY(EGifPutLine(gif, index + (frame * a->height + y) * a->width, (int)a->width));
    return DIGRESS_OK;
}

static digress_status put_all(GifFileType *gif, const dg_animation *a, const ColorMapObject *map,
                              GifByteType *index) {
    EGifSetGifVersion(gif, true);
    GIF_TRY(EGifPutScreenDesc(gif, (int)a->width, (int)a->height, 8, 0, map));
    DG_TRY(put_loop(gif));
    for (size_t k = 0; k < a->frames; k++)
        DG_TRY(put_frame(gif, a, k, index));
    return DIGRESS_OK;
}

static digress_status write_file(const dg_animation *a, const ColorMapObject *map,
                                 GifByteType *index, dg_text *text) {
    int code = 0;
    GifFileType *gif = EGifOpen(text, add_bytes, &code);
    if (!gif) return failed(code);
    digress_status status = put_all(gif, a, map, index);
    if (EGifCloseFile(gif, &code) == GIF_ERROR && status == DIGRESS_OK) status = failed(code);
    return status;
}

digress_status dg_animation_encode(const dg_animation *animation, char **bytes, size_t *size) {
    dg_text text = {0};
    GifByteType *index = NULL;
    ColorMapObject *map = GifMakeMapObject(PALETTE, NULL);
    digress_status status = map ? DIGRESS_OK : dg_out_of_memory();
    if (status == DIGRESS_OK)
        status = dg_allocate(animation->frames * animation->height * animation->width,
                             sizeof *index, &index);
    if (status == DIGRESS_OK) status = choose_colors(animation, index, map->Colors);
    if (status == DIGRESS_OK) status = write_file(animation, map, index, &text);
    GifFreeMapObject(map);
    free(index);
    *size = text.length;
    if (status == DIGRESS_OK) return dg_text_take(&text, bytes);
    free(text.bytes);
    return status;
}
