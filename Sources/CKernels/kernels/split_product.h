// Batched products over the pool, on top of `tile_product`.
#pragma once
#include "common.h"

// The multiplications of one unit at most, less than a tenth of a second: a unit cannot be stopped.
// Each unit packs what it reads, so that many short ones would cost more than they are worth.
static const double LONGEST_UNIT = 1 << 28;

// A unit is a range of the rows or of the columns of one product.
typedef struct {
  const struct ck_product *call;
  ck_int pieces;
  bool by_rows;
} product_split;

INLINE void add_bias(const REAL *restrict bias, REAL *c, ck_int ldc, ck_int m, ck_int n) {
  for (ck_int i = 0; i < m; i++) {
    REAL *restrict row = c + i * ldc;
    for (ck_int j = 0; j < n; j++) row[j] += bias[j];
  }
}

CLONES static void product_units(void *context, ck_int begin, ck_int end) {
  const product_split *split = context;
  const struct ck_product *p = split->call;
  ck_int whole = split->by_rows ? p->m : p->n;
  for (ck_int unit = begin; unit < end; unit++) {
    ck_int index = unit / split->pieces, piece = unit % split->pieces;
    ck_int first = whole * piece / split->pieces, last = whole * (piece + 1) / split->pieces;
    const REAL *a = (const REAL *)p->a + p->a_offsets[index];
    const REAL *b = (const REAL *)p->b + p->b_offsets[index];
    REAL *c = (REAL *)p->c + index * p->m * p->n;
    const REAL *bias = p->bias;
    ck_int m = p->m, n = p->n;
    if (split->by_rows) {
      a += first * (p->transpose_a ? 1 : p->lda);
      c += first * p->ldc;
      m = last - first;
    } else {
      b += first * (p->transpose_b ? p->ldb : 1);
      c += first;
      if (bias) bias += first;
      n = last - first;
    }
    if (m > 0 && n > 0)
      tile_product(
          p->transpose_a, p->transpose_b, m, n, p->k, 1, a, p->lda, b, p->ldb,
          p->accumulate ? 1 : 0, c, p->ldc);
    if (bias) add_bias(bias, c, p->ldc, m, n);
  }
}

static void split_product(const struct ck_product *p) {
  if (p->m == 0 || p->n == 0 || p->batch == 0) return;
  if (p->k == 0) {
    if (!p->accumulate) memset(p->c, 0, (size_t)(p->batch * p->m * p->n) * sizeof(REAL));
    if (p->bias)
      for (ck_int index = 0; index < p->batch; index++)
        add_bias(p->bias, (REAL *)p->c + index * p->m * p->n, p->ldc, p->m, p->n);
    return;
  }
  product_split split = {.call = p, .pieces = 1, .by_rows = p->m >= p->n};
  double work = (double)p->m * (double)p->n * (double)p->k;
  if (p->batch < ck_threads() && work > 65536) split.pieces = ck_threads();
  ck_int whole = split.by_rows ? p->m : p->n, most = smaller(whole, 1 + (ck_int)(work / LONGEST_UNIT));
  if (split.pieces < most) split.pieces = most;
  ck_int grain = larger(1, (ck_int)(65536 / larger(1, (ck_int)work)));
  ck_parallel(product_units, &split, p->batch * split.pieces, grain);
}
