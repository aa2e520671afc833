// Reductions of [outer, size, inner] over the middle axis, in an order that depends on the shape
// alone.
#pragma once
#include "common.h"

typedef struct {
  int op;
  const REAL *x;
  REAL *y;
  ck_int outer, size, inner;
  int reverse;
} reduce_call;

INLINE REAL pick(int op, REAL a, REAL b) {
  switch (op) {
    case CK_MAX: return a > b || a != a ? a : b;
    case CK_MIN: return a < b || a != a ? a : b;
    case CK_PROD: return a * b;
    default: return a + b;
  }
}

INLINE REAL neutral(int op) {
  switch (op) {
    case CK_MAX: return -(REAL)INFINITY;
    case CK_MIN: return (REAL)INFINITY;
    case CK_PROD: return 1;
    default: return 0;
  }
}

INLINE REAL reduce_row(int op, const REAL *x, ck_int n) {
  if (op == CK_SUM || op == CK_MEAN) return row_sum(x, n);
  REAL lanes[LANES];
  for (int lane = 0; lane < LANES; lane++) lanes[lane] = neutral(op);
  for (ck_int i = 0; i < n; i++) lanes[i % LANES] = pick(op, lanes[i % LANES], x[i]);
  for (int width = LANES / 2; width > 0; width /= 2)
    for (int lane = 0; lane < width; lane++)
      lanes[lane] = pick(op, lanes[lane], lanes[lane + width]);
  return lanes[0];
}

CLONES static void reduce_rows(void *context, ck_int begin, ck_int end) {
  const reduce_call *call = context;
  for (ck_int row = begin; row < end; row++) {
    REAL value = reduce_row(call->op, call->x + row * call->size, call->size);
    call->y[row] = call->op == CK_MEAN ? value / (REAL)call->size : value;
  }
}

enum { COLUMN_BLOCK = 256, ROW_BLOCK = 64 };

#define COLUMNS(combine)                                          \
  for (ck_int r = first; r < last; r++) {                         \
    const REAL *restrict row = x + r * inner;                     \
    for (ck_int c = 0; c < width; c++) {                          \
      REAL a = part[c], b = row[c];                               \
      part[c] = combine;                                          \
    }                                                             \
  }

// Columns of one outer slice: rows are added in blocks, blocks in order, to keep rounding small.
INLINE void reduce_columns(
    int op, const REAL *x, REAL *y, ck_int size, ck_int inner, ck_int width) {
  REAL total[COLUMN_BLOCK], part[COLUMN_BLOCK];
  for (ck_int c = 0; c < width; c++) total[c] = neutral(op);
  for (ck_int first = 0; first < size; first += ROW_BLOCK) {
    ck_int last = smaller(size, first + ROW_BLOCK);
    for (ck_int c = 0; c < width; c++) part[c] = neutral(op);
    if (op == CK_SUM || op == CK_MEAN) {
      COLUMNS(a + b)
    } else {
      COLUMNS(pick(op, a, b))
    }
    for (ck_int c = 0; c < width; c++) total[c] = pick(op, total[c], part[c]);
  }
  for (ck_int c = 0; c < width; c++) y[c] = op == CK_MEAN ? total[c] / (REAL)size : total[c];
}
#undef COLUMNS

// A unit is one block of columns of one outer slice.
CLONES static void reduce_column_units(void *context, ck_int begin, ck_int end) {
  const reduce_call *call = context;
  ck_int inner = call->inner, blocks = (inner + COLUMN_BLOCK - 1) / COLUMN_BLOCK;
  for (ck_int unit = begin; unit < end; unit++) {
    ck_int o = unit / blocks, c = unit % blocks * COLUMN_BLOCK;
    reduce_columns(
        call->op, call->x + o * call->size * inner + c, call->y + o * inner + c, call->size, inner,
        smaller(COLUMN_BLOCK, inner - c));
  }
}

enum { LONG_BLOCK = 8192 };

CLONES static void reduce_long_blocks(void *context, ck_int begin, ck_int end) {
  const reduce_call *call = context;
  int op = call->op == CK_MEAN ? CK_SUM : call->op;
  for (ck_int block = begin; block < end; block++) {
    ck_int first = block * LONG_BLOCK;
    call->y[block] = reduce_row(op, call->x + first, smaller(LONG_BLOCK, call->size - first));
  }
}

// One long row: fixed blocks, shared among the threads, then the blocks' results.
static void reduce_long(int op, const REAL *x, REAL *y, ck_int size) {
  ck_int blocks = (size + LONG_BLOCK - 1) / LONG_BLOCK;
  REAL *parts = ck_alloc(blocks * (ck_int)sizeof(REAL));
  reduce_call call = {.op = op, .x = x, .y = parts, .size = size};
  ck_parallel(reduce_long_blocks, &call, blocks, 4);
  if (op == CK_SUM || op == CK_MEAN) {
    double sum = 0;
    for (ck_int i = 0; i < blocks; i++) sum += (double)parts[i];
    y[0] = (REAL)(op == CK_MEAN ? sum / (double)size : sum);
  } else {
    REAL value = neutral(op);
    for (ck_int i = 0; i < blocks; i++) value = pick(op, value, parts[i]);
    y[0] = value;
  }
  ck_free(parts);
}

static void reduce(int op, const void *x, void *y, ck_int outer, ck_int size, ck_int inner) {
  reduce_call call = {op, x, y, outer, size, inner, 0};
  if (inner == 1 && outer == 1 && size > LONG_BLOCK) {
    reduce_long(op, x, y, size);
  } else if (inner == 1) {
    ck_parallel(reduce_rows, &call, outer, grain_rows(size));
  } else {
    ck_int blocks = (inner + COLUMN_BLOCK - 1) / COLUMN_BLOCK;
    ck_parallel(reduce_column_units, &call, outer * blocks, grain_rows(size * COLUMN_BLOCK));
  }
}

CLONES static void cumsum_slices(void *context, ck_int begin, ck_int end) {
  const reduce_call *call = context;
  ck_int size = call->size, inner = call->inner;
  for (ck_int o = begin; o < end; o++) {
    const REAL *x = call->x + o * size * inner;
    REAL *y = call->y + o * size * inner;
    for (ck_int step = 0; step < size; step++) {
      ck_int i = call->reverse ? size - 1 - step : step;
      ck_int before = call->reverse ? i + 1 : i - 1;
      for (ck_int c = 0; c < inner; c++)
        y[i * inner + c] = x[i * inner + c] + (step > 0 ? y[before * inner + c] : 0);
    }
  }
}

static void cumsum(
    const void *x, void *y, ck_int outer, ck_int size, ck_int inner, int reverse) {
  reduce_call call = {0, x, y, outer, size, inner, reverse};
  ck_parallel(cumsum_slices, &call, outer, grain_rows(size * inner));
}

typedef struct {
  const REAL *x;
  double *parts;
  ck_int n;
} square_call;

CLONES static void square_blocks(void *context, ck_int begin, ck_int end) {
  const square_call *call = context;
  for (ck_int block = begin; block < end; block++) {
    const REAL *x = call->x + block * LONG_BLOCK;
    ck_int n = smaller(LONG_BLOCK, call->n - block * LONG_BLOCK);
    double lanes[LANES] = {0};
    ck_int i = 0;
    for (; i + LANES <= n; i += LANES)
      for (int lane = 0; lane < LANES; lane++)
        lanes[lane] += (double)x[i + lane] * (double)x[i + lane];
    for (int lane = 0; i + lane < n; lane++) lanes[lane] += (double)x[i + lane] * (double)x[i + lane];
    for (int width = LANES / 2; width > 0; width /= 2)
      for (int lane = 0; lane < width; lane++) lanes[lane] += lanes[lane + width];
    call->parts[block] = lanes[0];
  }
}

static double sum_of_squares(const void *x, ck_int n) {
  ck_int blocks = (n + LONG_BLOCK - 1) / LONG_BLOCK;
  double *parts = ck_alloc(blocks * (ck_int)sizeof(double));
  square_call call = {x, parts, n};
  ck_parallel(square_blocks, &call, blocks, 4);
  double sum = 0;
  for (ck_int i = 0; i < blocks; i++) sum += parts[i];
  ck_free(parts);
  return sum;
}
