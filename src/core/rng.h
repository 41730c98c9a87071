/* Counter-based random numbers: Philox4x32-10 (Salmon et al., SC 2011).
 *
 * A number is a pure function of (seed, purpose, graph, step, element). So a sample depends on its
 * seed and index only, whatever the threads and batches, and a resumed training continues in the
 * same stream. */
#ifndef DG_CORE_RNG_H
#define DG_CORE_RNG_H

#include <stddef.h>
#include <stdint.h>

/* What a number is drawn for. A purpose is never reused or renumbered: the numbers of every earlier
 * run depend on it. */
enum dg_rng_purpose {
    DG_RNG_GENERATE = 1,  /* generators: graph = index of the graph */
    DG_RNG_SPLIT,         /* shuffling a set into train, val and test */
    DG_RNG_INITIALIZE,    /* network weights: graph = tensor */
    DG_RNG_SHUFFLE,       /* the order of an epoch: step = epoch */
    DG_RNG_TIME,          /* training's t: graph = index in the set, step = global step */
    DG_RNG_NOISE_NODE,    /* corrupting nodes: graph, step as above, element = node (of a continuous
                             model, here and below: node * classes + class) */
    DG_RNG_NOISE_PAIR,    /* corrupting pairs: element = index in the strict upper triangle */
    DG_RNG_DROPOUT,       /* graph, step as above; element = site */
    DG_RNG_VALIDATE_TIME, /* validation's t */
    DG_RNG_VALIDATE_NODE,
    DG_RNG_VALIDATE_PAIR,
    DG_RNG_SAMPLE_SIZE, /* number of nodes of a sample: graph = sample's index */
    DG_RNG_PRIOR_NODE,  /* x^T of a sample */
    DG_RNG_PRIOR_PAIR,
    DG_RNG_REVERSE_NODE, /* one reverse step: graph = sample's index, step = t; 0: the last draw */
    DG_RNG_REVERSE_PAIR,
    DG_RNG_TEST,
    DG_RNG_HALVES,     /* half-samples for the error of an MMD: step = replicate */
    DG_RNG_FOLDS,      /* who trains and who tests the PolyGraph discrepancy */
    DG_RNG_BLOCKS,     /* search for the blocks of a graph */
    DG_RNG_CLEAN_NODE, /* the clean class that a flow's step goes towards: as DG_RNG_REVERSE_NODE */
    DG_RNG_CLEAN_PAIR,
    DG_RNG_FORWARD_NODE, /* a step back to the noise (resampling): as DG_RNG_REVERSE_NODE */
    DG_RNG_FORWARD_PAIR,
    DG_RNG_NOISE_ORDER,   /* in which order constraints let a sample's noise have its edges */
    DG_RNG_TARGET_DROPOUT /* what targets a graph is trained without: as DG_RNG_TIME */
};

/* The key of a family of numbers; `element` chooses among them. */
typedef struct dg_rng {
    uint64_t seed;
    uint32_t purpose, graph, step;
} dg_rng;

/* The same family of another purpose. */
static inline dg_rng dg_rng_with_purpose(dg_rng key, uint32_t purpose) {
    key.purpose = purpose;
    return key;
}

/* The block of four words at `block`: elements 4 * block ... 4 * block + 3. */
void dg_rng_block(const dg_rng *key, uint32_t block, uint32_t words[4]);

uint32_t dg_rng_u32(const dg_rng *key, uint32_t element);

/* Uniform in [0, 1) with 24 random bits. */
float dg_rng_uniform(const dg_rng *key, uint32_t element);

/* out[k] = dg_rng_uniform(key, first + k) for k = 0 .. count-1. */
void dg_rng_fill_uniform(const dg_rng *key, uint32_t first, size_t count, float *out);

/* out[k] = the standard normal number `first + k` of the family, k = 0 .. count-1 (Box & Muller
 * 1958, two numbers from two words): each is a function of the key and its index alone. */
void dg_rng_fill_normal(const dg_rng *key, uint32_t first, size_t count, float *out);

/* A sequential reader of one family: element by element, each block computed once. Start: {.key =
 * ..., .next = the first}. */
typedef struct dg_stream {
    dg_rng key;
    uint32_t next;
    uint32_t ready; /* 1 + number of the block in words; 0: none yet */
    uint32_t words[4];
} dg_stream;

uint32_t dg_stream_u32(dg_stream *stream);
double dg_stream_uniform(dg_stream *stream);                 /* [0, 1), 53 random bits */
uint32_t dg_stream_below(dg_stream *stream, uint32_t bound); /* 0 .. bound-1, unbiased; bound > 0 */
double dg_stream_normal(dg_stream *stream);                  /* standard normal (Box-Muller) */
void dg_stream_shuffle(dg_stream *stream, size_t count, uint32_t *items); /* Fisher-Yates */

#endif
