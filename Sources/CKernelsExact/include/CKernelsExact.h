#pragma once
#include <stddef.h>
#include <stdint.h>

// f32 into NF4 with scales quantised too (see ck_quantized.h), and into int8 with a scale a row.
// `block_scales` is room for a float a block.
void cke_quantize_nf4(
    const float *x, ptrdiff_t n, uint8_t *codes, float *block_scales, uint8_t *scale_codes,
    float *scales, float *offset);
void cke_quantize_int8(
    const float *x, ptrdiff_t rows, ptrdiff_t columns, int8_t *codes, float *scales);
// What the 16 codes of NF4 and the 256 of its scales stand for.
const float *cke_nf4_values(void);
const float *cke_dynamic_values(void);

// The table whose results are the same bits on every machine and for any number of threads.
const struct ck_table *cke_exact_table(void);

// Philox4x32-10: four words for a counter and a key.
void cke_philox(const uint32_t counter[4], const uint32_t key[2], uint32_t result[4]);
// y[i] depends on (seed, stream, i) only. `is_double` chooses the element type.
void cke_uniform(
    uint64_t seed, uint64_t stream, double low, double high, int is_double, void *y, ptrdiff_t n);
void cke_normal(
    uint64_t seed, uint64_t stream, double mean, double deviation, int is_double, void *y,
    ptrdiff_t n);
// y[i] = uniform < probability.
void cke_bernoulli(
    uint64_t seed, uint64_t stream, double probability, uint8_t *y, ptrdiff_t n);
// 0 with probability `rate`, else 1 / (1 - rate).
void cke_dropout(
    uint64_t seed, uint64_t stream, double rate, int is_double, void *y, ptrdiff_t n);
void cke_permutation(uint64_t seed, uint64_t stream, int64_t *y, ptrdiff_t n);
void cke_integers(uint64_t seed, uint64_t stream, uint64_t below, int64_t *y, ptrdiff_t n);

// a [m, n] (m >= n) becomes u diag(s); v [n, n]. Falling s. Row-major, f64.
void cke_svd(double *a, double *s, double *v, ptrdiff_t m, ptrdiff_t n);
// a [m, n] = q [m, k] r [k, n], k = min(m, n).
void cke_qr(const double *a, double *q, double *r, ptrdiff_t m, ptrdiff_t n);
// angles position * base^(-2 i / (2 half)) -> cos, sin [n, half].
void cke_rotary_tables(
    const double *positions, ptrdiff_t n, ptrdiff_t half, double base, double *cosine,
    double *sine);
double cke_power(double x, double y);

// Blocks of 32 or 256 weights with half-float scales (and least values), as GGUF files store them,
// to f32.
void cke_decode_q4_0(const void *source, float *y, ptrdiff_t blocks);
void cke_decode_q4_1(const void *source, float *y, ptrdiff_t blocks);
void cke_decode_q8_0(const void *source, float *y, ptrdiff_t blocks);
void cke_decode_q5_0(const void *source, float *y, ptrdiff_t blocks);
void cke_decode_q5_1(const void *source, float *y, ptrdiff_t blocks);
void cke_decode_q2_k(const void *source, float *y, ptrdiff_t blocks);
void cke_decode_q3_k(const void *source, float *y, ptrdiff_t blocks);
void cke_decode_q4_k(const void *source, float *y, ptrdiff_t blocks);
void cke_decode_q5_k(const void *source, float *y, ptrdiff_t blocks);
void cke_decode_q6_k(const void *source, float *y, ptrdiff_t blocks);
