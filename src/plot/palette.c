#include "plot/palette.h"

static const uint32_t colors[DG_COLORS] = {
    0x0072b2, /* blue */
    0xe69f00, /* orange */
    0x009e73, /* green */
    0xd55e00, /* vermilion */
    0xcc79a7, /* purple */
    0x56b4e9, /* sky */
    0xf0e442, /* yellow */
    0x4d4d4d, /* grey */
};

/* Moves the colour by `share` of the way towards white, or towards black if it is negative. */
static uint32_t shaded(uint32_t rgb, double share) {
    uint32_t out = 0;
    for (int shift = 16; shift >= 0; shift -= 8) {
        const double part = rgb >> shift & 255u, end = share < 0.0 ? 0.0 : 255.0;
        const double weight = share < 0.0 ? -share : share;
        out |= (uint32_t)(part + (end - part) * weight + 0.5) << shift;
    }
    return out;
}

dg_ink dg_color(size_t k) {
    static const double shades[] = {0.0, 0.5, -0.4};
    const size_t count = sizeof shades / sizeof *shades;
    return (dg_ink){shaded(colors[k % DG_COLORS], shades[k / DG_COLORS % count]), 1.0};
}

dg_ink dg_edge_color(size_t k) {
    static const size_t order[] = {3, 2, 4, 1, 5, 0, 6}; /* other hues first than for nodes */
    const size_t count = sizeof order / sizeof *order;
    if (k <= 1) return DG_INK_EDGE;
    return dg_color(order[(k - 2) % count] + DG_COLORS * ((k - 2) / count));
}
