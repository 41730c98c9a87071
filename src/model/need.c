#include "model/need.h"

static digress_status lay_out(const dg_model *model, dg_arena *arena, size_t n, size_t graphs,
                              bool backward, size_t *bytes) {
    uint32_t *sizes = NULL;
    dg_pack pack;
    DG_TRY(dg_arena_allocate(arena, graphs, sizeof *sizes, &sizes));
    for (size_t g = 0; g < graphs; g++)
        sizes[g] = (uint32_t)n;
    DG_TRY(dg_pack_layout(arena, graphs, sizes, &pack));
    DG_TRY(dg_workspace_need(model->denoiser, &pack, backward, bytes));
    const size_t logits = (backward ? 2 : 1) * model->noise->out_E * sizeof(float);
    *bytes += pack.pairs * (logits + model->noise->pair_bytes);
    return DIGRESS_OK;
}

static digress_status need_of(const dg_model *model, size_t n, size_t graphs, bool backward,
                              size_t *bytes) {
    dg_arena *arena = NULL;
    DG_TRY(dg_arena_create(&arena));
    digress_status status = lay_out(model, arena, n, graphs, backward, bytes);
    dg_arena_free(arena);
    return status;
}

digress_status dg_pack_need(const dg_model *model, size_t n, size_t graphs, bool backward,
                            size_t *bytes) {
    enum { SMALL = 128, MIDDLE = 256, LARGE = 512 };
    size_t at[3];
    if (n <= LARGE) return need_of(model, n, graphs, backward, bytes);
    DG_TRY(need_of(model, SMALL, graphs, backward, &at[0]));
    DG_TRY(need_of(model, MIDDLE, graphs, backward, &at[1]));
    DG_TRY(need_of(model, LARGE, graphs, backward, &at[2]));
    /* The parabola a + b n + c n^2 through the three points, by Newton's differences. */
    double first = (double)at[0], slope = ((double)at[1] - first) / (MIDDLE - SMALL);
    double next = ((double)at[2] - (double)at[1]) / (LARGE - MIDDLE);
    double curve = (next - slope) / (LARGE - SMALL), x = (double)n;
    *bytes = (size_t)(first + (x - SMALL) * (slope + (x - MIDDLE) * curve));
    return DIGRESS_OK;
}
