#include "train/gradients.h"

#include "core/memory.h"
#include "train/adamw_kernels.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct dg_gradients {
    const dg_slices *slices;
    size_t accumulators;
    dg_part own;     /* of them, those of this rank */
    float **slot;    /* [accumulators]; NULL: another rank's */
    size_t *kept;    /* [accumulators] the sums that no rank can add up alone, ... */
    size_t *place;   /* [accumulators] ... and where in `inbox` the others' are */
    size_t keeps;    /* their number */
    dg_span window;  /* this rank's slice, and around it the rest of its outer chunks */
    float *inbox;    /* [][window] what the others have sent; NULL: alone */
    double *squares; /* [chunks] */
    bool *gathered;  /* [accumulators] a team's sum is in it */
    float **spare;   /* what accumulators were too few for to lend */
    size_t spares, spare_capacity;
};

static size_t width(dg_span span) {
    return span.end - span.first;
}

static size_t rank_of(const dg_gradients *g, size_t accumulator) {
    return ((accumulator + 1) * dg_rank_count(g->slices->ranks) - 1) / g->accumulators;
}

/* Whether one rank has all that the tree adds up in accumulator k by adding k + stride to it. */
static bool is_local(const dg_gradients *g, size_t k, size_t stride) {
    const size_t end = k + 2 * stride < g->accumulators ? k + 2 * stride : g->accumulators;
    return rank_of(g, k) == rank_of(g, end - 1);
}

static bool is_own(const dg_gradients *g, size_t accumulator) {
    return accumulator - g->own.first < g->own.size;
}

/* Returns how many of them are the others'. */
static size_t find_kept(dg_gradients *g) {
    size_t received = 0;
    for (size_t k = 0; k < g->accumulators; k++) {
        const size_t stride = k & (~k + 1); /* at which it is added to another */
        if (k > 0 && is_local(g, k - stride, stride)) continue;
        g->place[k] = received;
        received += !is_own(g, k);
        g->kept[g->keeps++] = k;
    }
    return received;
}

/* The squares of a whole chunk are added up by one rank, so that their sum is that of one machine;
 * a slice may end within a chunk. */
static dg_span window_of(const dg_slices *slices, size_t rank) {
    const dg_span slice = slices->slice[rank];
    const size_t first = slice.first / DG_CHUNK * DG_CHUNK;
    const size_t end = dg_chunk_count(slice.end) * DG_CHUNK;
    return (dg_span){first, end < slices->count ? end : slices->count};
}

/* The chunks that begin in the slice. */
static dg_part chunks_of(const dg_slices *slices, size_t rank) {
    const size_t first = dg_chunk_count(slices->slice[rank].first);
    return (dg_part){first, dg_chunk_count(slices->slice[rank].end) - first};
}

static digress_status allocate_parts(dg_gradients *g) {
    const size_t accumulators = g->accumulators;
    DG_TRY(dg_allocate(accumulators, sizeof *g->slot, (void *)&g->slot));
    DG_TRY(dg_allocate(accumulators, sizeof *g->kept, &g->kept));
    DG_TRY(dg_allocate(accumulators, sizeof *g->place, &g->place));
    DG_TRY(dg_allocate(accumulators, sizeof *g->gathered, &g->gathered));
    DG_TRY(dg_allocate(dg_chunk_count(g->slices->count), sizeof *g->squares, &g->squares));
    for (size_t k = g->own.first; k < g->own.first + g->own.size; k++)
        DG_TRY(dg_allocate(g->slices->count, sizeof(float), &g->slot[k]));
    if (dg_rank_count(g->slices->ranks) == 1) return DIGRESS_OK;
    size_t room = 0;
    DG_TRY(dg_multiply(find_kept(g), width(g->window), &room));
    return dg_allocate(room, sizeof(float), &g->inbox);
}

digress_status dg_gradients_create(const dg_slices *slices, size_t accumulators,
                                   dg_gradients **out) {
    const size_t rank = dg_rank_number(slices->ranks);
    dg_gradients *g = NULL;
    DG_TRY(dg_allocate(1, sizeof *g, &g));
    *g = (dg_gradients){.slices = slices,
                        .accumulators = accumulators,
                        .own = dg_rank_share(slices->ranks, accumulators, rank),
                        .window = window_of(slices, rank)};
    digress_status status = allocate_parts(g);
    if (status != DIGRESS_OK) {
        dg_gradients_free(g);
        return status;
    }
    *out = g;
    return DIGRESS_OK;
}

void dg_gradients_free(dg_gradients *g) {
    if (!g) return;
    for (size_t k = 0; g->slot && k < g->accumulators; k++)
        free(g->slot[k]);
    for (size_t k = 0; k < g->spares; k++)
        free(g->spare[k]);
    free(g->slot);
    free(g->spare);
    free(g->gathered);
    free(g->kept);
    free(g->place);
    free(g->inbox);
    free(g->squares);
    free(g);
}

dg_part dg_gradients_own(const dg_gradients *g) {
    return g->own;
}

float *const *dg_gradients_slots(const dg_gradients *g) {
    return g->slot;
}

/* The window of a sum that is kept. */
static float *window_in(const dg_gradients *g, size_t accumulator) {
    if (is_own(g, accumulator)) return g->slot[accumulator] + g->window.first;
    return g->inbox + g->place[accumulator] * width(g->window);
}

float *dg_gradients_total(const dg_gradients *g) {
    return window_in(g, 0) + (dg_slices_own(g->slices).first - g->window.first);
}

/* ---- What teams add to ---- */

static digress_status add_spare(dg_gradients *g) {
    DG_TRY(dg_grow((void *)&g->spare, &g->spare_capacity, g->spares + 1, sizeof *g->spare));
    DG_TRY(dg_allocate(g->slices->count, sizeof(float), &g->spare[g->spares]));
    g->spares++;
    return DIGRESS_OK;
}

digress_status dg_gradients_lend(dg_gradients *g, size_t index, size_t count, float **vectors) {
    size_t lent = 0;
    vectors[lent++] = g->slot[index];
    for (size_t k = g->own.first; k < g->own.first + g->own.size && lent < count; k++)
        if (k != index && !g->gathered[k]) vectors[lent++] = g->slot[k];
    for (size_t k = 0; lent < count; k++) {
        if (k == g->spares) DG_TRY(add_spare(g));
        vectors[lent++] = g->spare[k];
    }
    return DIGRESS_OK;
}

typedef struct gather_job {
    const dg_adamw_kernels *kernels;
    size_t elements, count;
    float *const *vectors;
} gather_job;

static digress_status add_vectors(void *context, size_t index, size_t thread) {
    (void)thread;
    const gather_job *job = context;
    const dg_span span = dg_chunk_span(job->elements, index);
    for (size_t stride = 1; stride < job->count; stride *= 2)
        for (size_t k = 0; k + stride < job->count; k += 2 * stride)
            job->kernels->drain(width(span), job->vectors[k] + span.first,
                                job->vectors[k + stride] + span.first);
    return DIGRESS_OK;
}

digress_status dg_gradients_gather(dg_gradients *g, dg_pool *pool, size_t index, size_t count,
                                   float *const *vectors) {
    const size_t elements = g->slices->count;
    gather_job job = {DG_ISA_SELECT(dg_adamw_kernels_table), elements, count, vectors};
    g->gathered[index] = true;
    return dg_pool_run(pool, dg_chunk_count(elements), add_vectors, &job);
}

/* ---- The sum ---- */

typedef struct sum_job {
    const dg_adamw_kernels *kernels;
    dg_gradients *g;
} sum_job;

/* The part of the tree that lies within this rank; alone, all of it. */
static digress_status add_own(void *context, size_t index, size_t thread) {
    (void)thread;
    const sum_job *job = context;
    dg_gradients *g = job->g;
    const dg_span span = dg_chunk_span(g->slices->count, index);
    for (size_t stride = 1; stride < g->accumulators; stride *= 2)
        for (size_t k = 0; k + stride < g->accumulators; k += 2 * stride)
            if (is_own(g, k) && is_local(g, k, stride))
                job->kernels->drain(width(span), g->slot[k] + span.first,
                                    g->slot[k + stride] + span.first);
    if (!g->inbox)
        g->squares[index] = job->kernels->square_sum(width(span), g->slot[0] + span.first);
    return DIGRESS_OK;
}

/* The rest of the tree, over one chunk of the window. */
static digress_status add_received(void *context, size_t index, size_t thread) {
    (void)thread;
    const sum_job *job = context;
    dg_gradients *g = job->g;
    const dg_span span = dg_chunk_span(width(g->window), index);
    for (size_t stride = 1; stride < g->accumulators; stride *= 2)
        for (size_t k = 0; k + stride < g->accumulators; k += 2 * stride)
            if (!is_local(g, k, stride))
                job->kernels->drain(width(span), window_in(g, k) + span.first,
                                    window_in(g, k + stride) + span.first);
    g->squares[g->window.first / DG_CHUNK + index] =
        job->kernels->square_sum(width(span), window_in(g, 0) + span.first);
    return DIGRESS_OK;
}

static void clear(float *values, size_t first, size_t end) {
    if (first < end) memset(values + first, 0, (end - first) * sizeof *values);
}

/* What has been sent. The window is empty already, but for the total. */
static digress_status clear_sent(void *context, size_t index, size_t thread) {
    (void)thread;
    dg_gradients *g = ((const sum_job *)context)->g;
    const dg_span span = dg_chunk_span(g->slices->count, index);
    for (size_t k = 0; k < g->keeps; k++) {
        const size_t sum = g->kept[k];
        const dg_span rest = sum == 0 ? dg_slices_own(g->slices) : g->window;
        if (!is_own(g, sum)) continue;
        clear(g->slot[sum], span.first, span.end < rest.first ? span.end : rest.first);
        clear(g->slot[sum], span.first > rest.end ? span.first : rest.end, span.end);
    }
    return DIGRESS_OK;
}

static dg_part bytes_of(dg_span span) {
    return (dg_part){span.first * sizeof(float), width(span) * sizeof(float)};
}

/* Of the `turn`-th of the sums that each rank has kept, each rank gets its window. Returns whether
 * there were any. */
static digress_status send_turn(dg_gradients *g, size_t turn, bool *any) {
    dg_ranks *ranks = g->slices->ranks;
    const float *from = NULL;
    *any = false;
    for (size_t r = 0, k = 0; r < ranks->count; r++) {
        size_t first = k;
        while (k < g->keeps && rank_of(g, g->kept[k]) == r)
            k++;
        const bool has = turn < k - first;
        const size_t at = has ? g->place[g->kept[first + turn]] * width(g->window) : 0;
        ranks->receive[r] = has ? bytes_of((dg_span){at, at + width(g->window)}) : (dg_part){0};
        if (has && r == ranks->rank) from = g->slot[g->kept[first + turn]];
        *any = *any || has;
    }
    if (!*any) return DIGRESS_OK;
    for (size_t r = 0; r < ranks->count; r++)
        ranks->send[r] = from ? bytes_of(window_of(g->slices, r)) : (dg_part){0};
    return dg_ranks_exchange(ranks, from, ranks->send, g->inbox, ranks->receive);
}

static digress_status share_squares(dg_gradients *g) {
    dg_ranks *ranks = g->slices->ranks;
    for (size_t r = 0; r < ranks->count; r++) {
        const dg_part chunks = chunks_of(g->slices, r);
        ranks->receive[r] =
            (dg_part){chunks.first * sizeof *g->squares, chunks.size * sizeof *g->squares};
    }
    return dg_ranks_share_out(ranks, g->squares, ranks->receive);
}

static digress_status sum_over_ranks(dg_pool *pool, sum_job *job) {
    dg_gradients *g = job->g;
    bool any = true;
    for (size_t turn = 0; any; turn++)
        DG_TRY(send_turn(g, turn, &any));
    DG_TRY(dg_pool_run(pool, dg_chunk_count(width(g->window)), add_received, job));
    DG_TRY(dg_pool_run(pool, dg_chunk_count(g->slices->count), clear_sent, job));
    return share_squares(g);
}

digress_status dg_gradients_sum(dg_gradients *g, dg_pool *pool, double *norm) {
    const size_t chunks = dg_chunk_count(g->slices->count);
    sum_job job = {DG_ISA_SELECT(dg_adamw_kernels_table), g};
    DG_TRY(dg_pool_run(pool, chunks, add_own, &job));
    if (g->inbox) DG_TRY(sum_over_ranks(pool, &job));
    memset(g->gathered, 0, g->accumulators * sizeof *g->gathered);
    double sum = 0;
    for (size_t k = 0; k < chunks; k++)
        sum += g->squares[k];
    *norm = sqrt(sum);
    return DIGRESS_OK;
}
