// Softmax, log-softmax and the cross-entropy, row by row, with their gradients.
#pragma once
#include "elementary.h"

typedef struct {
  const REAL *x, *dy;
  REAL *y;
  ck_int size;
  const int64_t *labels;
  int64_t ignore;
  REAL *losses, *lse;
  REAL share;
} softmax_call;

INLINE void exp_row(const REAL *restrict x, REAL shift, REAL *restrict y, ck_int n) {
  for (ck_int i = 0; i < n; i++) y[i] = exp_to_one(x[i] - shift);
}

// The sum of exp(x - shift) without storing the terms, in the same lanes as row_sum.
INLINE REAL exp_sum(const REAL *x, REAL shift, ck_int n) {
  REAL buffer[256];
  REAL sum = 0;
  for (ck_int i = 0; i < n; i += 256) {
    ck_int width = smaller(256, n - i);
    exp_row(x + i, shift, buffer, width);
    sum += row_sum(buffer, width);
  }
  return sum;
}

CLONES static void softmax_rows(void *context, ck_int begin, ck_int end) {
  const softmax_call *call = context;
  ck_int n = call->size;
  for (ck_int row = begin; row < end; row++) {
    REAL *y = call->y + row * n;
    const REAL *x = call->x + row * n;
    exp_row(x, row_max(x, n), y, n);
    REAL scale = 1 / row_sum(y, n);
    for (ck_int i = 0; i < n; i++) y[i] *= scale;
  }
}

static void softmax(const void *x, void *y, ck_int rows, ck_int size) {
  softmax_call call = {.x = x, .y = y, .size = size};
  ck_parallel(softmax_rows, &call, rows, grain_rows(size * 4));
}

CLONES static void softmax_backward_rows(void *context, ck_int begin, ck_int end) {
  const softmax_call *call = context;
  ck_int n = call->size;
  for (ck_int row = begin; row < end; row++) {
    const REAL *restrict p = call->x + row * n, *restrict g = call->dy + row * n;
    REAL *restrict dx = call->y + row * n;
    REAL dot = row_dot(p, g, n);
    for (ck_int i = 0; i < n; i++) dx[i] = p[i] * (g[i] - dot);
  }
}

static void softmax_backward(
    const void *y, const void *dy, void *dx, ck_int rows, ck_int size) {
  softmax_call call = {.x = y, .dy = dy, .y = dx, .size = size};
  ck_parallel(softmax_backward_rows, &call, rows, grain_rows(size));
}

CLONES static void log_softmax_rows(void *context, ck_int begin, ck_int end) {
  const softmax_call *call = context;
  ck_int n = call->size;
  for (ck_int row = begin; row < end; row++) {
    const REAL *restrict x = call->x + row * n;
    REAL *restrict y = call->y + row * n;
    REAL high = row_max(x, n);
    REAL log_sum = real_log(exp_sum(x, high, n));
    for (ck_int i = 0; i < n; i++) y[i] = x[i] - high - log_sum;
  }
}

static void log_softmax(const void *x, void *y, ck_int rows, ck_int size) {
  softmax_call call = {.x = x, .y = y, .size = size};
  ck_parallel(log_softmax_rows, &call, rows, grain_rows(size * 4));
}

CLONES static void log_softmax_backward_rows(void *context, ck_int begin, ck_int end) {
  const softmax_call *call = context;
  ck_int n = call->size;
  for (ck_int row = begin; row < end; row++) {
    const REAL *restrict y = call->x + row * n, *restrict g = call->dy + row * n;
    REAL *restrict dx = call->y + row * n;
    REAL sum = row_sum(g, n);
    for (ck_int i = 0; i < n; i++) dx[i] = g[i] - real_exp(y[i]) * sum;
  }
}

static void log_softmax_backward(
    const void *y, const void *dy, void *dx, ck_int rows, ck_int size) {
  softmax_call call = {.x = y, .dy = dy, .y = dx, .size = size};
  ck_parallel(log_softmax_backward_rows, &call, rows, grain_rows(size * 4));
}

CLONES static void cross_entropy_rows(void *context, ck_int begin, ck_int end) {
  const softmax_call *call = context;
  ck_int n = call->size;
  for (ck_int row = begin; row < end; row++) {
    const REAL *x = call->x + row * n;
    int64_t label = call->labels[row];
    bool counted = label != call->ignore;
    REAL high = row_max(x, n);
    REAL log_sum = real_log(exp_sum(x, high, n));
    call->lse[row] = high + log_sum;
    call->losses[row] = counted ? log_sum - (x[label] - high) : 0;
  }
}

static void cross_entropy(
    const void *logits, const int64_t *labels, int64_t ignore, void *losses, void *lse,
    ck_int rows, ck_int size) {
  softmax_call call = {
      .x = logits, .size = size, .labels = labels, .ignore = ignore, .losses = losses, .lse = lse};
  ck_parallel(cross_entropy_rows, &call, rows, grain_rows(size * 4));
}

CLONES static void cross_entropy_backward_rows(void *context, ck_int begin, ck_int end) {
  const softmax_call *call = context;
  ck_int n = call->size;
  for (ck_int row = begin; row < end; row++) {
    const REAL *restrict x = call->x + row * n;
    REAL *restrict dx = call->y + row * n;
    int64_t label = call->labels[row];
    if (label == call->ignore) {
      memset(dx, 0, (size_t)n * sizeof(REAL));
      continue;
    }
    REAL shift = call->lse[row], g = call->dy[row];
    for (ck_int i = 0; i < n; i++) dx[i] = g * exp_to_one(x[i] - shift);
    dx[label] -= g;
  }
}

static void cross_entropy_backward(
    const void *logits, const int64_t *labels, int64_t ignore, const void *lse,
    const void *gradient, void *dx, ck_int rows, ck_int size) {
  softmax_call call = {
      .x = logits, .dy = gradient, .y = dx, .size = size, .labels = labels, .ignore = ignore,
      .lse = (REAL *)lse};
  ck_parallel(cross_entropy_backward_rows, &call, rows, grain_rows(size * 4));
}

// Of each row the loss, and in the place of its logits the loss's slope times `share`, while the
// row is in the cache: each logit is read from memory once and its exponential taken once.
CLONES static void cross_entropy_slope_rows(void *context, ck_int begin, ck_int end) {
  const softmax_call *call = context;
  ck_int n = call->size;
  for (ck_int row = begin; row < end; row++) {
    REAL *restrict y = call->y + row * n;
    int64_t label = call->labels[row];
    REAL high = row_max(y, n), chosen = y[label] - high, sum = 0;
    for (ck_int i = 0; i < n; i += 1024) {
      ck_int width = smaller(1024, n - i);
      for (ck_int j = i; j < i + width; j++) y[j] = exp_to_one(y[j] - high);
      sum += row_sum(y + i, width);
    }
    call->losses[row] = real_log(sum) - chosen;
    REAL scale = call->share / sum;
    for (ck_int i = 0; i < n; i++) y[i] *= scale;
    y[label] -= call->share;
  }
}

static void cross_entropy_slope(
    void *logits, const int64_t *labels, double share, void *losses, ck_int rows, ck_int size) {
  softmax_call call = {
      .y = logits, .size = size, .labels = labels, .losses = losses, .share = (REAL)share};
  ck_parallel(cross_entropy_slope_rows, &call, rows, grain_rows(size * 4));
}
