/* Symmetric networks have a row for each pair i <= j: to and from the rows of all pairs, and the
 * softmaxes that those rows go into. */
#include "denoiser/graph_transformer/network.h"

#include <string.h>

/* visit(p, half, row, mirrored, context): the row of (i, j), i <= j, of the pack's pairs, that of
 * (j, i), and the one of both. */
typedef void visit_half(const pass *p, size_t half, size_t row, size_t mirrored, void *context);

static void for_each_half(const pass *p, visit_half *visit, void *context) {
    for (size_t g = 0, half = 0; g < p->pack->graphs; g++) {
        const size_t n = p->pack->n[g], start = p->pack->pair_start[g];
        for (size_t i = 0; i < n; i++)
            for (size_t j = i; j < n; j++)
                visit(p, half++, start + i * n + j, start + j * n + i, context);
    }
}

static void mean_of_rows(size_t width, const float *a, const float *b, float *mean) {
    for (size_t c = 0; c < width; c++)
        mean[c] = 0.5f * (a[c] + b[c]);
}

static void gather(const pass *p, size_t half, size_t row, size_t mirrored, void *context) {
    const dg_input_rows *input = p->input;
    const size_t width = input->E_class ? p->net->base.dims.dense_E : p->net->base.dims.in_E;
    const float *from = input->E_class ? input->E_dense : input->E;
    (void)context;
    if (input->E_class) p->space->half_classes[half] = input->E_class[row];
    if (from)
        mean_of_rows(width, from + row * width, from + mirrored * width,
                     p->space->halves + half * width);
}

void dg_halves_of_input(const pass *p) {
    workspace *space = p->space;
    for_each_half(p, gather, NULL);
    space->E_class = p->input->E_class ? space->half_classes : NULL;
    space->E_dense = p->input->E_class ? space->halves : NULL;
    space->E_input = p->input->E_class ? NULL : space->halves;
}

static void spread_logits(const pass *p, size_t half, size_t row, size_t mirrored, void *context) {
    const size_t out = p->net->base.dims.out_E, in = p->net->base.dims.in_E;
    float *logits = context, *from = p->space->half_logits + half * out;
    const uint8_t *class = p->space->E_class;
    if (row == mirrored) {
        memset(logits + row * out, 0, out * sizeof *logits);
        return;
    }
    if (class && class[half] < out) from[class[half]] += 1.0f;
    for (size_t c = 0; !class && c < out; c++)
        from[c] += p->space->E_input[half * in + c];
    memcpy(logits + row * out, from, out * sizeof *logits);
    memcpy(logits + mirrored * out, from, out * sizeof *logits);
}

void dg_halves_to_logits(const pass *p, float *logits) {
    for_each_half(p, spread_logits, logits);
}

typedef struct gradients {
    const float *from;
    float *to;
} gradients;

static void gather_gradient(const pass *p, size_t half, size_t row, size_t mirrored,
                            void *context) {
    const gradients *d = context;
    const size_t out = p->net->base.dims.out_E;
    for (size_t c = 0; c < out; c++)
        d->to[half * out + c] =
            row == mirrored ? 0.0f : d->from[row * out + c] + d->from[mirrored * out + c];
}

void dg_halves_of_gradient(const pass *p, const float *dE, float *d_logits) {
    gradients d = {dE, d_logits};
    for_each_half(p, gather_gradient, &d);
}

static void spread_gradient(const pass *p, size_t half, size_t row, size_t mirrored,
                            void *context) {
    const gradients *d = context;
    const size_t in = p->net->base.dims.in_E;
    const float share = row == mirrored ? 1.0f : 0.5f;
    for (size_t c = 0; c < in; c++)
        d->to[row * in + c] = d->to[mirrored * in + c] = share * d->from[half * in + c];
}

void dg_halves_to_input(const pass *p, const float *d_halves) {
    gradients d = {d_halves, p->to_input.E};
    for_each_half(p, spread_gradient, &d);
}

static void add_skip(const pass *p, size_t half, size_t row, size_t mirrored, void *context) {
    const gradients *d = context;
    const size_t in = p->net->base.dims.in_E, out = p->net->base.dims.out_E;
    for (size_t c = 0; row != mirrored && c < out; c++) {
        d->to[row * in + c] += 0.5f * d->from[half * out + c];
        d->to[mirrored * in + c] += 0.5f * d->from[half * out + c];
    }
}

void dg_halves_skip(const pass *p, const float *d_logits) {
    gradients d = {d_logits, p->to_input.E};
    for_each_half(p, add_skip, &d);
}

/* ---- Softmaxes ---- */

size_t dg_share_place(const pass *p, size_t node, size_t j) {
    const workspace *space = p->space;
    const size_t graph = space->node_graph[node];
    return space->share_start[graph] + space->node_share[node] * p->pack->n[graph] + j;
}

/* Of the parts whose source nodes are this slot's. */
void dg_shares_begin(const pass *p, size_t slot) {
    const workspace *space = p->space;
    const size_t dx = p->net->base.dims.dx;
    for (size_t node = space->slot_node[slot]; node < space->slot_node[slot + 1]; node++) {
        const size_t n = p->pack->n[space->node_graph[node]], i = first_target(p, node);
        if (i > 0 && space->node_share[node] == space->node_share[node - 1]) continue;
        for (size_t place = dg_share_place(p, node, 0), j = 0; j < n; j++, place++)
            p->attention->begin(dx, space->reference + place * dx, space->inverse + place * dx,
                                space->attended + place * dx);
    }
}

void dg_shares_join(const pass *p) {
    const workspace *space = p->space;
    const layer_memory *m = &space->layers[p->layer];
    const size_t dx = p->net->base.dims.dx;
    for (size_t node = 0; node < p->pack->nodes; node++) {
        const size_t graph = space->node_graph[node], n = p->pack->n[graph];
        float *reference = m->reference + node * dx, *inverse = m->inverse + node * dx,
              *attended = m->attended + node * dx;
        p->attention->begin(dx, reference, inverse, attended);
        size_t place = space->share_start[graph] + node - p->pack->node_start[graph];
        for (; place < space->share_start[graph + 1]; place += n)
            p->attention->join(dx, space->reference + place * dx, space->inverse + place * dx,
                               space->attended + place * dx, reference, inverse, attended);
        p->attention->end(dx, inverse, attended);
    }
}
