// What the machine can do at most, measured: the lines beside which rates of kernels are read.
#define REAL_IS_F32
#include <stdatomic.h>
#include <time.h>

#include "kernels/common.h"

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

// Chains of multiply-adds that do not wait for each other: as many as hide the latency of one and
// still stay in registers, those of AVX2 too (two registers a chain, two more for the constants).
enum { CHAINS = 7, ROUNDS = 1 << 16, REPEATS = 9 };

typedef struct {
  _Atomic float result;  // a use of what was computed, so that it is computed
} fma_call;

CLONES static void fma_rounds(void *context, ck_int begin, ck_int end) {
  fma_call *call = context;
  for (ck_int i = begin; i < end; i++) {
    VEC sum[CHAINS], scale = (VEC){0} + 0.999f, shift = (VEC){0} + 0.001f;
#pragma clang loop unroll(full)
    for (int c = 0; c < CHAINS; c++) sum[c] = (VEC){0} + (REAL)c;
    for (int round = 0; round < ROUNDS; round++) {
#pragma clang loop unroll(full)
      for (int c = 0; c < CHAINS; c++) sum[c] = sum[c] * scale + shift;
    }
    VEC total = {0};
#pragma clang loop unroll(full)
    for (int c = 0; c < CHAINS; c++) total += sum[c];
    atomic_store(&call->result, fold_sum(&total));
  }
}

double ck_fma_rate(void) {
  fma_call call = {0};
  ck_int units = ck_threads();
  double best = 0;
  for (int repeat = 0; repeat < REPEATS; repeat++) {
    double start = now();
    ck_parallel(fma_rounds, &call, units, 1);
    double rate = 2.0 * LANES * CHAINS * ROUNDS * (double)units / (now() - start);
    if (rate > best) best = rate;
  }
  return best;
}

typedef struct {
  const REAL *x;
  _Atomic float result;
} read_call;

enum { READ_BLOCK = 1 << 16 };

CLONES static void read_blocks(void *context, ck_int begin, ck_int end) {
  read_call *call = context;
  VEC sum[4] = {{0}};
  for (ck_int block = begin; block < end; block++) {
    const REAL *x = call->x + block * READ_BLOCK;
    for (ck_int i = 0; i < READ_BLOCK; i += 4 * LANES)
      for (int lane = 0; lane < 4; lane++) sum[lane] += load(x + i + lane * LANES);
  }
  VEC total = sum[0] + sum[1] + sum[2] + sum[3];
  atomic_store(&call->result, fold_sum(&total));
}

double ck_read_rate(void) {
  ck_int blocks = 1024;  // 256 MiB: far more than caches hold
  ck_int count = blocks * READ_BLOCK;
  REAL *x = ck_alloc(count * (ck_int)sizeof(REAL));
  memset(x, 0, (size_t)count * sizeof(REAL));
  read_call call = {.x = x};
  double best = 0;
  for (int repeat = 0; repeat < REPEATS; repeat++) {
    double start = now();
    ck_parallel(read_blocks, &call, blocks, 1);
    double rate = (double)count * sizeof(REAL) / (now() - start);
    if (rate > best) best = rate;
  }
  ck_free(x);
  return best;
}
