#include "train/slices.h"

#include "core/memory.h"
#include <stdlib.h>

/* The border nearest to `wanted`, but not before `least`. */
static size_t nearest_border(size_t tensors, const size_t *border, size_t wanted, size_t least) {
    size_t k = 0;
    while (k < tensors && border[k + 1] <= wanted)
        k++;
    if (k < tensors && border[k + 1] - wanted < wanted - border[k]) k++;
    return border[k] < least ? least : border[k];
}

digress_status dg_slices_cut(size_t tensors, const size_t *border, dg_ranks *ranks,
                             dg_slices *out) {
    const size_t count = dg_rank_count(ranks), total = border[tensors];
    dg_slices slices = {.ranks = ranks, .count = total};
    digress_status status = dg_allocate(count, sizeof *slices.slice, &slices.slice);
    if (status == DIGRESS_OK) status = dg_allocate(count, sizeof *slices.bytes, &slices.bytes);
    if (status != DIGRESS_OK) {
        dg_slices_free(&slices);
        return status;
    }
    for (size_t r = 0, first = 0; r < count; r++) {
        const dg_part share = dg_rank_share(ranks, total, r);
        const size_t end = r + 1 == count
                               ? total
                               : nearest_border(tensors, border, share.first + share.size, first);
        slices.slice[r] = (dg_span){first, end};
        slices.bytes[r] = (dg_part){first * sizeof(float), (end - first) * sizeof(float)};
        first = end;
    }
    *out = slices;
    return DIGRESS_OK;
}

digress_status dg_slices_create(const dg_denoiser *denoiser, dg_ranks *ranks, dg_slices *out) {
    const size_t tensors = dg_denoiser_tensor_count(denoiser);
    size_t *border = NULL;
    DG_TRY(dg_allocate(tensors + 1, sizeof *border, &border));
    for (size_t k = 0; k < tensors; k++)
        border[k] = dg_denoiser_tensor(denoiser, k)->offset;
    border[tensors] = dg_denoiser_parameter_count(denoiser);
    digress_status status = dg_slices_cut(tensors, border, ranks, out);
    free(border);
    return status;
}

void dg_slices_free(dg_slices *slices) {
    free(slices->slice);
    free(slices->bytes);
    *slices = (dg_slices){0};
}

dg_span dg_slices_own(const dg_slices *slices) {
    return slices->slice[dg_rank_number(slices->ranks)];
}

digress_status dg_slices_share_out(const dg_slices *slices, float *vector) {
    return dg_ranks_share_out(slices->ranks, vector, slices->bytes);
}

digress_status dg_slices_collect(const dg_slices *slices, const float *mine, float *whole) {
    return dg_ranks_collect(slices->ranks, mine, whole, slices->bytes);
}
