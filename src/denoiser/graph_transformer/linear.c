/* Linear layers, and the keys of dropout's masks. */
#include "denoiser/graph_transformer/network.h"

void dg_linear_forward(const pass *p, size_t thread, const linear *layer, size_t rows,
                       const float *x, float *y) {
    dg_multiply_forward(p->net->linear_weights[layer->index], p->space->multipliers[thread], rows,
                        x, y);
}

void dg_linear_backward(const pass *p, size_t thread, const linear *layer, size_t rows,
                        const float *x, const float *dy, float beta, float *dx, float *gradient) {
    dg_multiply_backward(p->net->linear_weights[layer->index], p->space->multipliers[thread], rows,
                         x, dy, beta, dx, gradient + layer->weight);
}

static uint32_t hash(uint32_t x) {
    x ^= x >> 16;
    x *= 0x7FEB352Du;
    x ^= x >> 15;
    x *= 0x846CA68Bu;
    x ^= x >> 16;
    return x;
}

/* Each (graph, layer, site) has a key of its own from the counter-based generator. */
typedef struct site_key {
    uint32_t words[4];
} site_key;

static site_key key_of_site(const pass *p, enum dropout_site site, size_t graph) {
    const dg_rng key = {p->dropout->seed, DG_RNG_DROPOUT, p->dropout->graph_key[graph],
                        p->dropout->step};
    site_key result;
    dg_rng_block(&key, (uint32_t)(p->layer * 16 + site), result.words);
    return result;
}

static uint32_t key_of_row(const site_key *site, size_t row) {
    return hash((uint32_t)row * 0x9E3779B9u + site->words[0]) ^ site->words[1];
}

static dg_mask mask_of(const pass *p, const uint32_t *keys) {
    if (!p->dropout) return (dg_mask){.scale = 1.0f};
    const float probability = p->dropout->p;
    return (dg_mask){keys, (int32_t)(probability * 0x1p31f), 1.0f / (1.0f - probability)};
}

dg_mask dg_graph_mask(const pass *p, enum dropout_site site, uint32_t *keys) {
    for (size_t g = 0; p->dropout && g < p->pack->graphs; g++) {
        site_key key = key_of_site(p, site, g);
        keys[g] = key_of_row(&key, 0);
    }
    return mask_of(p, keys);
}

dg_mask dg_node_mask(const pass *p, enum dropout_site site, size_t first, size_t rows,
                     uint32_t *keys) {
    site_key key = {{0}};
    for (size_t k = 0; p->dropout && k < rows; k++) {
        size_t graph = p->space->node_graph[first + k];
        size_t node = first + k - p->pack->node_start[graph];
        if (k == 0 || node == 0) key = key_of_site(p, site, graph);
        keys[k] = key_of_row(&key, node);
    }
    return mask_of(p, keys);
}

dg_mask dg_pair_mask(const pass *p, enum dropout_site site, size_t first_node, size_t first_j,
                     size_t rows, uint32_t *keys) {
    size_t node = first_node, j = first_j;
    for (size_t k = 0; p->dropout && k < rows; node++) {
        size_t graph = p->space->node_graph[node], n = p->pack->n[graph];
        size_t row = (node - p->pack->node_start[graph]) * n;
        site_key key = key_of_site(p, site, graph);
        for (; j < n && k < rows; j++)
            keys[k++] = key_of_row(&key, row + j);
        if (k < rows) j = first_target(p, node + 1);
    }
    return mask_of(p, keys);
}

digress_status dg_team_run(pass *p, dg_job *job) {
    if (p->team->pool && p->team->slots > 1)
        return dg_pool_run(p->team->pool, p->team->slots, job, p);
    for (size_t slot = 0; slot < p->team->slots; slot++)
        DG_TRY(job(p, slot, 0));
    return DIGRESS_OK;
}

void dg_slot_node_rows(const pass *p, size_t slot, size_t *begin, size_t *end) {
    size_t products = (p->pack->nodes + PRODUCT_ROWS - 1) / PRODUCT_ROWS, slots = p->team->slots;
    *begin = products * slot / slots * PRODUCT_ROWS;
    *end = products * (slot + 1) / slots * PRODUCT_ROWS;
    if (*end > p->pack->nodes) *end = p->pack->nodes;
    if (*begin > *end) *begin = *end;
}
