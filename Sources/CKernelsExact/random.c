// Counter-based random numbers: Philox4x32-10 (Salmon et al. 2011). The key is the seed; the
// counter is (block, stream).
#define REAL_IS_F64
#include "../CKernels/kernels/elementary.h"
#include "include/CKernelsExact.h"

void cke_philox(const uint32_t counter[4], const uint32_t key[2], uint32_t result[4]) {
  uint32_t c0 = counter[0], c1 = counter[1], c2 = counter[2], c3 = counter[3];
  uint32_t k0 = key[0], k1 = key[1];
  for (int round = 0; round < 10; round++) {
    uint64_t p0 = (uint64_t)0xD2511F53 * c0, p1 = (uint64_t)0xCD9E8D57 * c2;
    uint32_t n0 = (uint32_t)(p1 >> 32) ^ c1 ^ k0, n2 = (uint32_t)(p0 >> 32) ^ c3 ^ k1;
    c1 = (uint32_t)p1;
    c3 = (uint32_t)p0;
    c0 = n0;
    c2 = n2;
    k0 += 0x9E3779B9;
    k1 += 0xBB67AE85;
  }
  result[0] = c0;
  result[1] = c1;
  result[2] = c2;
  result[3] = c3;
}

typedef struct {
  uint64_t seed, stream, below;
  double p, q;
  int is_double;
  void *y;
  ck_int n;
} random_call;

static void block_words(const random_call *call, uint64_t block, uint32_t words[4]) {
  uint32_t counter[4] = {
      (uint32_t)block, (uint32_t)(block >> 32), (uint32_t)call->stream,
      (uint32_t)(call->stream >> 32)};
  uint32_t key[2] = {(uint32_t)call->seed, (uint32_t)(call->seed >> 32)};
  cke_philox(counter, key, words);
}

// A block gives four values in f32 (24 bits each), two in f64 (53 bits each).
static int per_block(const random_call *call) { return call->is_double ? 2 : 4; }

static double unit(const random_call *call, const uint32_t words[4], int lane) {
  if (!call->is_double) return (double)(words[lane] >> 8) * 0x1p-24;
  uint64_t bits = (uint64_t)words[2 * lane] << 32 | words[2 * lane + 1];
  return (double)(bits >> 11) * 0x1p-53;
}

static void store(const random_call *call, ck_int i, double value) {
  if (i >= call->n) return;
  if (call->is_double) {
    ((double *)call->y)[i] = value;
  } else {
    ((float *)call->y)[i] = (float)value;
  }
}

static void uniform_blocks(void *context, ck_int begin, ck_int end) {
  const random_call *call = context;
  int lanes = per_block(call);
  for (ck_int block = begin; block < end; block++) {
    uint32_t words[4];
    block_words(call, (uint64_t)block, words);
    for (int lane = 0; lane < lanes; lane++) {
      double value = call->p + (call->q - call->p) * unit(call, words, lane);
      // Rounding to f32 may reach the upper end, which does not belong to the range.
      if (!call->is_double && (float)value >= (float)call->q && call->q > call->p) value = call->p;
      store(call, block * lanes + lane, value);
    }
  }
}

// Blocks that are computed side by side, in vectors.
enum { BATCH = 64 };

// cke_philox for consecutive blocks.
INLINE void batch_words(const random_call *call, uint64_t first, uint32_t words[4][BATCH]) {
  uint32_t k0 = (uint32_t)call->seed, k1 = (uint32_t)(call->seed >> 32);
  for (int i = 0; i < BATCH; i++) {
    words[0][i] = (uint32_t)(first + (uint64_t)i);
    words[1][i] = (uint32_t)((first + (uint64_t)i) >> 32);
    words[2][i] = (uint32_t)call->stream;
    words[3][i] = (uint32_t)(call->stream >> 32);
  }
  for (int round = 0; round < 10; round++) {
    for (int i = 0; i < BATCH; i++) {
      uint64_t p0 = (uint64_t)0xD2511F53 * words[0][i], p1 = (uint64_t)0xCD9E8D57 * words[2][i];
      words[0][i] = (uint32_t)(p1 >> 32) ^ words[1][i] ^ k0;
      words[2][i] = (uint32_t)(p0 >> 32) ^ words[3][i] ^ k1;
      words[1][i] = (uint32_t)p1;
      words[3][i] = (uint32_t)p0;
    }
    k0 += 0x9E3779B9;
    k1 += 0xBB67AE85;
  }
}

// The units of one lane of each block, as `unit` gives them.
INLINE void batch_units(
    const random_call *call, uint32_t words[4][BATCH], int lane, double *restrict u) {
  if (!call->is_double) {
    for (int i = 0; i < BATCH; i++) u[i] = (double)(int32_t)(words[lane][i] >> 8) * 0x1p-24;
    return;
  }
  for (int i = 0; i < BATCH; i++) {
    uint64_t bits = (uint64_t)words[2 * lane][i] << 32 | words[2 * lane + 1][i];
    u[i] = (double)(int64_t)(bits >> 11) * 0x1p-53;
  }
}

// Box and Muller: two uniforms give sqrt(-2 log(1 - u)) (cos, sin)(2 pi v); 1 - u is never 0.
CLONES static void normal_blocks(void *context, ck_int begin, ck_int end) {
  const random_call *call = context;
  int lanes = per_block(call);
  for (ck_int first = begin; first < end; first += BATCH) {
    ck_int count = smaller(BATCH, end - first);
    uint32_t words[4][BATCH];
    batch_words(call, (uint64_t)first, words);
    for (int lane = 0; lane < lanes; lane += 2) {
      double radius[BATCH], angle[BATCH], even[BATCH], odd[BATCH];
      batch_units(call, words, lane, radius);
      batch_units(call, words, lane + 1, angle);
      for (int i = 0; i < BATCH; i++) radius[i] = real_sqrt(-2 * real_log(1 - radius[i]));
      for (int i = 0; i < BATCH; i++) angle[i] *= 6.28318530717958647693;
      for (int i = 0; i < BATCH; i++) {
        quarter_angle at = quarter(angle[i]);
        even[i] = call->p + call->q * (radius[i] * turned_sine(angle[i], at, 1));
        odd[i] = call->p + call->q * (radius[i] * turned_sine(angle[i], at, 0));
      }
      for (ck_int i = 0; i < count; i++) {
        store(call, (first + i) * lanes + lane, even[i]);
        store(call, (first + i) * lanes + lane + 1, odd[i]);
      }
    }
  }
}

static void bernoulli_blocks(void *context, ck_int begin, ck_int end) {
  const random_call *call = context;
  for (ck_int block = begin; block < end; block++) {
    uint32_t words[4];
    block_words(call, (uint64_t)block, words);
    for (int lane = 0; lane < 4 && block * 4 + lane < call->n; lane++)
      ((uint8_t *)call->y)[block * 4 + lane] = (double)words[lane] * 0x1p-32 < call->p;
  }
}

static void dropout_blocks(void *context, ck_int begin, ck_int end) {
  const random_call *call = context;
  double kept = 1 / (1 - call->p);
  for (ck_int block = begin; block < end; block++) {
    uint32_t words[4];
    block_words(call, (uint64_t)block, words);
    for (int lane = 0; lane < 4; lane++)
      store(call, block * 4 + lane, (double)words[lane] * 0x1p-32 < call->p ? 0 : kept);
  }
}

static void fill(random_call call, ck_body body, int lanes) {
  ck_parallel(body, &call, (call.n + lanes - 1) / lanes, 2048);
}

void cke_uniform(
    uint64_t seed, uint64_t stream, double low, double high, int is_double, void *y, ptrdiff_t n) {
  random_call call = {seed, stream, 0, low, high, is_double, y, n};
  fill(call, uniform_blocks, per_block(&call));
}

void cke_normal(
    uint64_t seed, uint64_t stream, double mean, double deviation, int is_double, void *y,
    ptrdiff_t n) {
  random_call call = {seed, stream, 0, mean, deviation, is_double, y, n};
  fill(call, normal_blocks, per_block(&call));
}

void cke_bernoulli(
    uint64_t seed, uint64_t stream, double probability, uint8_t *y, ptrdiff_t n) {
  random_call call = {seed, stream, 0, probability, 0, 0, y, n};
  fill(call, bernoulli_blocks, 4);
}

void cke_dropout(
    uint64_t seed, uint64_t stream, double rate, int is_double, void *y, ptrdiff_t n) {
  if (ck_skips(n * 4)) return;
  random_call call = {seed, stream, 0, rate, 0, is_double, y, n};
  fill(call, dropout_blocks, 4);
}

// The high half of a 64-bit word times the bound; the bias is below bound / 2^64.
static uint64_t bounded(const random_call *call, uint64_t place, uint64_t below) {
  uint32_t words[4];
  block_words(call, place, words);
  uint64_t word = (uint64_t)words[0] << 32 | words[1];
  return (uint64_t)(((unsigned __int128)word * below) >> 64);
}

void cke_integers(uint64_t seed, uint64_t stream, uint64_t below, int64_t *y, ptrdiff_t n) {
  random_call call = {.seed = seed, .stream = stream};
  for (ck_int i = 0; i < n; i++) y[i] = (int64_t)bounded(&call, (uint64_t)i, below);
}

// Fisher and Yates, from the back.
void cke_permutation(uint64_t seed, uint64_t stream, int64_t *y, ptrdiff_t n) {
  random_call call = {.seed = seed, .stream = stream};
  for (ck_int i = 0; i < n; i++) y[i] = i;
  for (ck_int i = n - 1; i > 0; i--) {
    ck_int j = (ck_int)bounded(&call, (uint64_t)i, (uint64_t)i + 1);
    int64_t swap = y[i];
    y[i] = y[j];
    y[j] = swap;
  }
}

double cke_power(double x, double y) { return real_exp(y * real_log(x)); }

void cke_rotary_tables(
    const double *positions, ptrdiff_t n, ptrdiff_t half, double base, double *cosine,
    double *sine) {
  double log_base = real_log(base);
  for (ck_int i = 0; i < half; i++) {
    double frequency = real_exp(-log_base * (double)i / (double)half);
    for (ck_int t = 0; t < n; t++) {
      cosine[t * half + i] = real_cos(positions[t] * frequency);
      sine[t * half + i] = real_sin(positions[t] * frequency);
    }
  }
}
