// Layer norm and RMS norm (no mean) over rows, with their gradients.
#pragma once
#include "elementary.h"

typedef struct {
  const REAL *x, *weight, *bias, *dy;
  REAL *y, *mean, *rstd, *dweight, *dbias;
  ck_int rows, size;
  double eps;
} norm_call;

INLINE REAL row_square_about(const REAL *x, REAL centre, ck_int n) {
  VEC sum = {0};
  ck_int i = 0;
  for (; i + LANES <= n; i += LANES) {
    VEC d = load(x + i) - centre;
    sum += d * d;
  }
  for (int lane = 0; i + lane < n; lane++) {
    REAL d = x[i + lane] - centre;
    sum[lane] += d * d;
  }
  return fold_sum(&sum);
}

CLONES static void norm_rows(void *context, ck_int begin, ck_int end) {
  const norm_call *call = context;
  ck_int n = call->size;
  const REAL *restrict w = call->weight, *restrict b = call->bias;
  for (ck_int row = begin; row < end; row++) {
    const REAL *restrict x = call->x + row * n;
    REAL *restrict y = call->y + row * n;
    REAL mean = call->mean ? row_sum(x, n) / (REAL)n : 0;
    REAL variance = row_square_about(x, mean, n) / (REAL)n;
    REAL rstd = 1 / real_sqrt(variance + (REAL)call->eps);
    if (call->mean) call->mean[row] = mean;
    call->rstd[row] = rstd;
    if (w && b) {
      for (ck_int i = 0; i < n; i++) y[i] = (x[i] - mean) * rstd * w[i] + b[i];
    } else if (w) {
      for (ck_int i = 0; i < n; i++) y[i] = (x[i] - mean) * rstd * w[i];
    } else {
      for (ck_int i = 0; i < n; i++) y[i] = (x[i] - mean) * rstd + (b ? b[i] : 0);
    }
  }
}

static void norm(
    const void *x, const void *weight, const void *bias, void *y, void *mean, void *rstd,
    ck_int rows, ck_int size, double eps) {
  norm_call call = {
      .x = x, .weight = weight, .bias = bias, .y = y, .mean = mean, .rstd = rstd, .size = size,
      .eps = eps};
  ck_parallel(norm_rows, &call, rows, grain_rows(size));
}

// With g = dy w and h = (x - mean) rstd: dx = rstd (g - mean(g) - h mean(g h)); the RMS norm has no
// mean(g).
CLONES static void norm_backward_rows(void *context, ck_int begin, ck_int end) {
  const norm_call *call = context;
  ck_int n = call->size;
  const REAL *restrict w = call->weight;
  for (ck_int row = begin; row < end; row++) {
    const REAL *restrict x = call->x + row * n, *restrict dy = call->dy + row * n;
    REAL *restrict dx = call->y + row * n;
    REAL mean = call->mean ? call->mean[row] : 0, rstd = call->rstd[row];
    if (w) {
      for (ck_int i = 0; i < n; i++) dx[i] = dy[i] * w[i];
    } else {
      memcpy(dx, dy, (size_t)n * sizeof(REAL));
    }
    VEC dots = {0};
    ck_int i = 0;
    for (; i + LANES <= n; i += LANES) dots += load(dx + i) * (load(x + i) - mean);
    for (int lane = 0; i + lane < n; lane++) dots[lane] += dx[i + lane] * (x[i + lane] - mean);
    REAL slope = fold_sum(&dots) * rstd * rstd / (REAL)n;
    REAL centre = call->mean ? row_sum(dx, n) / (REAL)n : 0;
    for (i = 0; i < n; i++) dx[i] = rstd * (dx[i] - centre - (x[i] - mean) * slope);
  }
}

static void norm_backward(
    const void *x, const void *weight, const void *mean, const void *rstd, const void *dy,
    void *dx, ck_int rows, ck_int size) {
  norm_call call = {
      .x = x, .weight = weight, .dy = dy, .y = dx, .mean = (REAL *)mean, .rstd = (REAL *)rstd,
      .size = size};
  ck_parallel(norm_backward_rows, &call, rows, grain_rows(size));
}

enum { NORM_COLUMNS = 128, NORM_ROWS = 64 };

// A block of columns: rows are added in blocks, blocks in order.
INLINE void norm_parameter_block(const norm_call *call, ck_int first, ck_int width) {
  REAL dw[NORM_COLUMNS] = {0}, db[NORM_COLUMNS] = {0};
  for (ck_int top = 0; top < call->rows; top += NORM_ROWS) {
    REAL part_w[NORM_COLUMNS] = {0}, part_b[NORM_COLUMNS] = {0};
    for (ck_int row = top; row < smaller(call->rows, top + NORM_ROWS); row++) {
      const REAL *restrict x = call->x + row * call->size + first;
      const REAL *restrict dy = call->dy + row * call->size + first;
      REAL mean = call->mean ? call->mean[row] : 0, rstd = call->rstd[row];
      for (ck_int c = 0; c < width; c++) {
        part_w[c] += dy[c] * ((x[c] - mean) * rstd);
        part_b[c] += dy[c];
      }
    }
    for (ck_int c = 0; c < width; c++) {
      dw[c] += part_w[c];
      db[c] += part_b[c];
    }
  }
  if (call->dweight) memcpy(call->dweight + first, dw, (size_t)width * sizeof(REAL));
  if (call->dbias) memcpy(call->dbias + first, db, (size_t)width * sizeof(REAL));
}

CLONES static void norm_parameter_blocks(void *context, ck_int begin, ck_int end) {
  const norm_call *call = context;
  for (ck_int block = begin; block < end; block++) {
    ck_int first = block * NORM_COLUMNS;
    norm_parameter_block(call, first, smaller(NORM_COLUMNS, call->size - first));
  }
}

static void norm_parameters(
    const void *x, const void *mean, const void *rstd, const void *dy, void *dweight, void *dbias,
    ck_int rows, ck_int size) {
  norm_call call = {
      .x = x, .dy = dy, .mean = (REAL *)mean, .rstd = (REAL *)rstd, .dweight = dweight,
      .dbias = dbias, .rows = rows, .size = size};
  ck_int blocks = (size + NORM_COLUMNS - 1) / NORM_COLUMNS;
  ck_parallel(norm_parameter_blocks, &call, blocks, grain_rows(rows * NORM_COLUMNS));
}
