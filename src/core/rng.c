#include "core/rng.h"

#include <math.h>

static inline uint32_t multiply_high(uint32_t a, uint32_t b) {
    return (uint32_t)(((uint64_t)a * b) >> 32);
}

void dg_rng_block(const dg_rng *key, uint32_t block, uint32_t words[4]) {
    uint32_t c0 = block, c1 = key->step, c2 = key->graph, c3 = key->purpose;
    uint32_t k0 = (uint32_t)key->seed, k1 = (uint32_t)(key->seed >> 32);
    for (int round = 0; round < 10; round++) {
        uint32_t h0 = multiply_high(0xD2511F53u, c0), l0 = 0xD2511F53u * c0;
        uint32_t h1 = multiply_high(0xCD9E8D57u, c2), l1 = 0xCD9E8D57u * c2;
        c0 = h1 ^ c1 ^ k0;
        c1 = l1;
        c2 = h0 ^ c3 ^ k1;
        c3 = l0;
        k0 += 0x9E3779B9u;
        k1 += 0xBB67AE85u;
    }
    words[0] = c0;
    words[1] = c1;
    words[2] = c2;
    words[3] = c3;
}

uint32_t dg_rng_u32(const dg_rng *key, uint32_t element) {
    uint32_t words[4];
    dg_rng_block(key, element / 4, words);
    return words[element % 4];
}

static inline float to_unit(uint32_t word) {
    return (float)(word >> 8) * 0x1p-24f;
}

float dg_rng_uniform(const dg_rng *key, uint32_t element) {
    return to_unit(dg_rng_u32(key, element));
}

void dg_rng_fill_uniform(const dg_rng *key, uint32_t first, size_t count, float *out) {
    uint32_t words[4];
    for (size_t k = 0; k < count; k++) {
        uint32_t element = first + (uint32_t)k;
        if (k == 0 || element % 4 == 0) dg_rng_block(key, element / 4, words);
        out[k] = to_unit(words[element % 4]);
    }
}

/* Two independent standard normals of u, v uniform in [0, 1). */
static void box_muller(double u, double v, double out[2]) {
    double radius = sqrt(-2.0 * log(1.0 - u)), angle = 6.283185307179586 * v;
    out[0] = radius * cos(angle);
    out[1] = radius * sin(angle);
}

/* The four normals of a block. */
static void normal_block(const dg_rng *key, uint32_t block, double out[4]) {
    uint32_t words[4];
    dg_rng_block(key, block, words);
    box_muller(words[0] * 0x1p-32, words[1] * 0x1p-32, out);
    box_muller(words[2] * 0x1p-32, words[3] * 0x1p-32, out + 2);
}

void dg_rng_fill_normal(const dg_rng *key, uint32_t first, size_t count, float *out) {
    double normals[4];
    for (size_t k = 0; k < count; k++) {
        uint32_t element = first + (uint32_t)k;
        if (k == 0 || element % 4 == 0) normal_block(key, element / 4, normals);
        out[k] = (float)normals[element % 4];
    }
}

uint32_t dg_stream_u32(dg_stream *stream) {
    const uint32_t element = stream->next++, block = element / 4;
    if (stream->ready != block + 1) dg_rng_block(&stream->key, block, stream->words);
    stream->ready = block + 1;
    return stream->words[element % 4];
}

double dg_stream_uniform(dg_stream *stream) {
    uint64_t high = dg_stream_u32(stream) >> 5, low = dg_stream_u32(stream) >> 6;
    return (double)((high << 26) | low) * 0x1p-53;
}

uint32_t dg_stream_below(dg_stream *stream, uint32_t bound) {
    uint32_t reject = (uint32_t)(-bound) % bound; /* 2^32 mod bound */
    for (;;) {
        uint32_t word = dg_stream_u32(stream);
        if (word >= reject) return word % bound;
    }
}

double dg_stream_normal(dg_stream *stream) {
    double normals[2], u = dg_stream_uniform(stream);
    box_muller(u, dg_stream_uniform(stream), normals);
    return normals[0];
}

void dg_stream_shuffle(dg_stream *stream, size_t count, uint32_t *items) {
    for (size_t k = count; k > 1; k--) {
        size_t other = dg_stream_below(stream, (uint32_t)k);
        uint32_t item = items[k - 1];
        items[k - 1] = items[other];
        items[other] = item;
    }
}
