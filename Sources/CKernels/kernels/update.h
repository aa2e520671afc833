// Adding at indices, rotary embedding, the optimiser's update.
#pragma once
#include "elementary.h"

typedef struct {
  const REAL *x;
  const int64_t *ids;
  REAL *out;
  ck_int outer, n, size, inner, blocks;
} scatter_call;

enum { SCATTER_COLUMNS = 256 };

// A unit is a block of columns of one outer slice: nobody else writes there, and rows come in
// order.
CLONES static void index_add_units(void *context, ck_int begin, ck_int end) {
  const scatter_call *call = context;
  for (ck_int unit = begin; unit < end; unit++) {
    ck_int o = unit / call->blocks, first = unit % call->blocks * SCATTER_COLUMNS;
    ck_int width = smaller(SCATTER_COLUMNS, call->inner - first);
    const REAL *x = call->x + o * call->n * call->inner + first;
    REAL *out = call->out + o * call->size * call->inner + first;
    for (ck_int i = 0; i < call->n; i++) {
      REAL *restrict to = out + call->ids[i] * call->inner;
      const REAL *restrict from = x + i * call->inner;
      for (ck_int c = 0; c < width; c++) to[c] += from[c];
    }
  }
}

static void index_add(
    const void *x, const int64_t *ids, void *out, ck_int outer, ck_int n, ck_int size,
    ck_int inner) {
  memset(out, 0, (size_t)(outer * size * inner) * sizeof(REAL));
  ck_int blocks = (inner + SCATTER_COLUMNS - 1) / SCATTER_COLUMNS;
  scatter_call call = {x, ids, out, outer, n, size, inner, blocks};
  ck_parallel(index_add_units, &call, outer * blocks, grain_rows(n * SCATTER_COLUMNS));
}

static void scatter_add_slices(void *context, ck_int begin, ck_int end) {
  const scatter_call *call = context;
  for (ck_int o = begin; o < end; o++) {
    ck_int from = o * call->n * call->inner;
    REAL *out = call->out + o * call->size * call->inner;
    for (ck_int i = 0; i < call->n; i++)
      for (ck_int c = 0; c < call->inner; c++) {
        ck_int place = from + i * call->inner + c;
        out[call->ids[place] * call->inner + c] += call->x[place];
      }
  }
}

static void scatter_add(
    const void *x, const int64_t *ids, void *out, ck_int outer, ck_int n, ck_int size,
    ck_int inner) {
  memset(out, 0, (size_t)(outer * size * inner) * sizeof(REAL));
  scatter_call call = {x, ids, out, outer, n, size, inner, 1};
  ck_parallel(scatter_add_slices, &call, outer, grain_rows(n * inner));
}

typedef struct {
  const REAL *x, *cosine, *sine;
  REAL *y;
  ck_int heads, time, dim, batch_stride, head_stride, row_stride, half, table_batch;
  int inverse;
} rotary_call;

// (x1, x2) -> (x1 cos - x2 sin, x2 cos + x1 sin) for the two halves of the turned features.
CLONES static void rotary_rows(void *context, ck_int begin, ck_int end) {
  const rotary_call *call = context;
  ck_int half = call->half;
  REAL turn = call->inverse ? -1 : 1;
  for (ck_int row = begin; row < end; row++) {
    ck_int t = row % call->time, h = row / call->time % call->heads;
    ck_int b = row / call->time / call->heads;
    const REAL *restrict x =
        call->x + b * call->batch_stride + h * call->head_stride + t * call->row_stride;
    const REAL *restrict cosine = call->cosine + b * call->table_batch + t * half;
    const REAL *restrict sine = call->sine + b * call->table_batch + t * half;
    REAL *restrict y = call->y + row * call->dim;
    for (ck_int i = 0; i < half; i++) {
      REAL s = turn * sine[i], c = cosine[i], low = x[i], high = x[half + i];
      y[i] = low * c - high * s;
      y[half + i] = high * c + low * s;
    }
    for (ck_int i = 2 * half; i < call->dim; i++) y[i] = x[i];
  }
}

static void rotary(
    const void *x, ck_int batch, ck_int heads, ck_int time, ck_int dim, ck_int batch_stride,
    ck_int head_stride, ck_int row_stride, const void *cosine, const void *sine, ck_int half,
    ck_int table_batch, int inverse, void *y) {
  rotary_call call = {x, cosine, sine, y, heads, time, dim, batch_stride, head_stride,
                      row_stride, half, table_batch, inverse};
  ck_parallel(rotary_rows, &call, batch * heads * time, grain_rows(dim));
}

// Loshchilov and Hutter's AdamW in PyTorch's order of operations.
CLONES static void adamw_range(void *context, ck_int begin, ck_int end) {
  const struct ck_adamw *call = context;
  const REAL *restrict p = call->parameter, *restrict g = call->gradient;
  const REAL *restrict m = call->first, *restrict v = call->second;
  REAL *restrict p_new = call->new_parameter, *restrict m_new = call->new_first;
  REAL *restrict v_new = call->new_second;
  REAL shrink = (REAL)(1 - call->rate * call->decay), eps = (REAL)call->eps;
  REAL beta2 = (REAL)call->beta2;
  REAL take1 = (REAL)(1 - call->beta1), take2 = (REAL)(1 - call->beta2);
  REAL step = (REAL)(call->rate / call->correction1);
  REAL root = (REAL)(double)__builtin_elementwise_sqrt(call->correction2);
  for (ck_int i = begin; i < end; i++) {
    REAL first = m[i] + (g[i] - m[i]) * take1;
    REAL second = v[i] * beta2 + take2 * g[i] * g[i];
    REAL denominator = real_sqrt(second) / root + eps;
    m_new[i] = first;
    v_new[i] = second;
    p_new[i] = p[i] * shrink - step * (first / denominator);
  }
}

static void adamw(const struct ck_adamw *call) {
  ck_parallel(adamw_range, (void *)call, call->count, GRAIN);
}
