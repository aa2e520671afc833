// Scaled dot-product attention in tiles with a running softmax (Dao et al. 2022): never more than a
// tile of scores. Before including, a file defines `tile_product`: c = alpha op(a) op(b) + beta c
// on the calling thread.
#pragma once
#include "elementary.h"

enum { QUERY_TILE = 64, KEY_TILE = 128 };

typedef struct ck_attention attention_call;

INLINE ck_int tiles(ck_int n, ck_int tile) { return (n + tile - 1) / tile; }

// How many keys the query at this place may see.
INLINE ck_int visible_keys(const attention_call *call, ck_int query) {
  if (!call->causal) return call->tk;
  ck_int seen = query + 1 + call->tk - call->tq;
  return seen < 0 ? 0 : smaller(seen, call->tk);
}

INLINE void mask_row(
    REAL *restrict s, ck_int n, int kind, const void *mask, ck_int first, ck_int step) {
  if (kind == CK_MASK_BOOL) {
    const uint8_t *m = (const uint8_t *)mask + first;
    for (ck_int j = 0; j < n; j++) s[j] = m[j * step] ? s[j] : -(REAL)INFINITY;
  } else if (kind == CK_MASK_ADD) {
    const REAL *m = (const REAL *)mask + first;
    for (ck_int j = 0; j < n; j++) s[j] += m[j * step];
  }
}

// Masks a tile of scores: `rows` queries from i0, `columns` keys from j0.
INLINE void mask_tile(
    const attention_call *call, ck_int b, ck_int h, ck_int i0, ck_int rows, ck_int j0,
    ck_int columns, REAL *s) {
  for (ck_int r = 0; r < rows; r++) {
    REAL *row = s + r * KEY_TILE;
    ck_int i = i0 + r;
    mask_row(
        row, columns, call->mask_kind, call->mask,
        b * call->mask_batch + h * call->mask_head + i * call->mask_row + j0 * call->mask_column,
        call->mask_column);
    mask_row(
        row, columns, call->key_mask_kind, call->key_mask,
        b * call->key_mask_batch + j0 * call->key_mask_column, call->key_mask_column);
    ck_int seen = visible_keys(call, i) - j0;
    for (ck_int j = larger(seen, 0); j < columns; j++) row[j] = -(REAL)INFINITY;
  }
}

// p = exp(s - shift), where a masked score is exactly nothing even if the whole row is masked.
INLINE void masked_exp(const REAL *s, REAL shift, REAL *p, ck_int n) {
  for (ck_int j = 0; j < n; j++)
    p[j] = s[j] == -(REAL)INFINITY ? 0 : exp_to_one(s[j] - shift);
}

typedef struct {
  REAL scores[QUERY_TILE * KEY_TILE];
  REAL high[QUERY_TILE], sum[QUERY_TILE];
  REAL out[];  // [QUERY_TILE, dim]
} forward_scratch;

// One tile of keys: scores, running maximum and sum, and what it adds to the output.
INLINE void running_softmax(forward_scratch *t, ck_int rows, ck_int columns, ck_int dim) {
  for (ck_int r = 0; r < rows; r++) {
    REAL *s = t->scores + r * KEY_TILE, *out = t->out + r * dim;
    REAL before = t->high[r], high = row_max(s, columns);
    high = high > before ? high : before;
    REAL shrink = before == -(REAL)INFINITY ? 0 : real_exp(before - high);
    masked_exp(s, high, s, columns);
    t->sum[r] = t->sum[r] * shrink + row_sum(s, columns);
    t->high[r] = high;
    if (shrink != 1)
      for (ck_int d = 0; d < dim; d++) out[d] *= shrink;
  }
}

INLINE void attention_finish(
    const attention_call *call, forward_scratch *t, ck_int b, ck_int h, ck_int i0, ck_int rows) {
  for (ck_int r = 0; r < rows; r++) {
    REAL *restrict y = (REAL *)call->output + b * call->o_batch + h * call->o_head +
                       (i0 + r) * call->o_row;
    REAL sum = t->sum[r], scale = sum == 0 ? 0 : 1 / sum;
    for (ck_int d = 0; d < call->dim; d++) y[d] = t->out[r * call->dim + d] * scale;
    REAL lse = sum == 0 ? -(REAL)INFINITY : t->high[r] + real_log(sum);
    ((REAL *)call->lse)[(b * call->heads + h) * call->tq + i0 + r] = lse;
  }
}

// A unit is one tile of queries of one head.
CLONES static void attention_units(void *context, ck_int begin, ck_int end) {
  const attention_call *call = context;
  ck_int dim = call->dim, query_tiles = tiles(call->tq, QUERY_TILE);
  ck_int bytes = (ck_int)sizeof(forward_scratch) + QUERY_TILE * dim * (ck_int)sizeof(REAL);
  forward_scratch *t = ck_alloc(bytes);
  for (ck_int unit = begin; unit < end; unit++) {
    ck_int i0 = unit % query_tiles * QUERY_TILE, h = unit / query_tiles % call->heads;
    ck_int b = unit / query_tiles / call->heads, hk = h / (call->heads / call->kv_heads);
    ck_int rows = smaller(QUERY_TILE, call->tq - i0);
    const REAL *q = (const REAL *)call->q + b * call->q_batch + h * call->q_head + i0 * call->q_row;
    const REAL *k = (const REAL *)call->k + b * call->k_batch + hk * call->k_head;
    const REAL *v = (const REAL *)call->v + b * call->v_batch + hk * call->v_head;
    memset(t->out, 0, (size_t)(QUERY_TILE * dim) * sizeof(REAL));
    for (ck_int r = 0; r < rows; r++) t->high[r] = -(REAL)INFINITY, t->sum[r] = 0;
    ck_int limit = visible_keys(call, i0 + rows - 1);
    for (ck_int j0 = 0; j0 < limit; j0 += KEY_TILE) {
      ck_int columns = smaller(KEY_TILE, call->tk - j0);
      tile_product(
          false, true, rows, columns, dim, (REAL)call->scale, q, call->q_row, k + j0 * call->k_row,
          call->k_row, 0, t->scores, KEY_TILE);
      mask_tile(call, b, h, i0, rows, j0, columns, t->scores);
      running_softmax(t, rows, columns, dim);
      tile_product(
          false, false, rows, dim, columns, 1, t->scores, KEY_TILE, v + j0 * call->v_row,
          call->v_row, 1, t->out, dim);
    }
    attention_finish(call, t, b, h, i0, rows);
  }
  ck_free(t);
}

static void attention(const struct ck_attention *call) {
  ck_int units = call->batch * call->heads * tiles(call->tq, QUERY_TILE);
  ck_parallel(attention_units, (void *)call, units, 1);
}

typedef struct {
  REAL p[QUERY_TILE * KEY_TILE], dp[QUERY_TILE * KEY_TILE];
  REAL delta[QUERY_TILE];
} backward_scratch;

// One head's view of the call.
typedef struct {
  const REAL *q, *k, *v, *out, *g, *lse;
  REAL *d_q, *d_k, *d_v;
} head_view;

INLINE head_view view_head(const attention_call *call, ck_int b, ck_int h, ck_int hk) {
  return (head_view){
      .q = (const REAL *)call->q + b * call->q_batch + h * call->q_head,
      .k = (const REAL *)call->k + b * call->k_batch + hk * call->k_head,
      .v = (const REAL *)call->v + b * call->v_batch + hk * call->v_head,
      .out = (const REAL *)call->output + b * call->o_batch + h * call->o_head,
      .g = (const REAL *)call->gradient + b * call->g_batch + h * call->g_head,
      .lse = (const REAL *)call->lse + (b * call->heads + h) * call->tq,
      .d_q = (REAL *)call->d_q + b * call->o_batch + h * call->o_head,
      .d_k = (REAL *)call->d_k + b * call->dk_batch + hk * call->dk_head,
      .d_v = (REAL *)call->d_v + b * call->dk_batch + hk * call->dk_head,
  };
}

// p from the saved log-sum-exp, dp = g v^T, ds = p (dp - delta) scale, left in dp.
INLINE void score_gradients(
    const attention_call *call, const head_view *at, backward_scratch *t, ck_int i0, ck_int rows,
    ck_int columns, ck_int j0) {
  tile_product(
      false, true, rows, columns, call->dim, 1, at->g + i0 * call->g_row, call->g_row,
      at->v + j0 * call->v_row, call->v_row, 0, t->dp, KEY_TILE);
  REAL scale = (REAL)call->scale;
  for (ck_int r = 0; r < rows; r++) {
    REAL *restrict p = t->p + r * KEY_TILE, *restrict dp = t->dp + r * KEY_TILE;
    masked_exp(p, at->lse[i0 + r], p, columns);
    REAL delta = t->delta[r];
    for (ck_int j = 0; j < columns; j++) dp[j] = p[j] * (dp[j] - delta) * scale;
  }
}

INLINE void backward_query_tile(
    const attention_call *call, const head_view *at, backward_scratch *t, ck_int b, ck_int h,
    ck_int i0) {
  ck_int dim = call->dim, rows = smaller(QUERY_TILE, call->tq - i0);
  for (ck_int r = 0; r < rows; r++)
    t->delta[r] =
        row_dot(at->g + (i0 + r) * call->g_row, at->out + (i0 + r) * call->o_row, dim);
  ck_int limit = visible_keys(call, i0 + rows - 1);
  for (ck_int j0 = 0; j0 < limit; j0 += KEY_TILE) {
    ck_int columns = smaller(KEY_TILE, call->tk - j0);
    const REAL *q = at->q + i0 * call->q_row, *k = at->k + j0 * call->k_row;
    tile_product(
        false, true, rows, columns, dim, (REAL)call->scale, q, call->q_row, k, call->k_row, 0,
        t->p, KEY_TILE);
    mask_tile(call, b, h, i0, rows, j0, columns, t->p);
    score_gradients(call, at, t, i0, rows, columns, j0);
    tile_product(
        true, false, columns, dim, rows, 1, t->p, KEY_TILE, at->g + i0 * call->g_row, call->g_row,
        1, at->d_v + j0 * call->dk_row, call->dk_row);
    tile_product(
        true, false, columns, dim, rows, 1, t->dp, KEY_TILE, q, call->q_row, 1,
        at->d_k + j0 * call->dk_row, call->dk_row);
    tile_product(
        false, false, rows, dim, columns, 1, t->dp, KEY_TILE, k, call->k_row, 1,
        at->d_q + i0 * call->o_row, call->o_row);
  }
}

INLINE void clear_rows(REAL *x, ck_int rows, ck_int stride, ck_int dim) {
  for (ck_int r = 0; r < rows; r++) memset(x + r * stride, 0, (size_t)dim * sizeof(REAL));
}

// A unit is one key head with all its query heads: it alone writes its part of d_k and d_v.
CLONES static void attention_backward_units(void *context, ck_int begin, ck_int end) {
  const attention_call *call = context;
  backward_scratch *t = ck_alloc(sizeof(backward_scratch));
  ck_int group = call->heads / call->kv_heads;
  for (ck_int unit = begin; unit < end; unit++) {
    ck_int b = unit / call->kv_heads, hk = unit % call->kv_heads;
    head_view first = view_head(call, b, hk * group, hk);
    clear_rows(first.d_k, call->tk, call->dk_row, call->dim);
    clear_rows(first.d_v, call->tk, call->dk_row, call->dim);
    for (ck_int h = hk * group; h < (hk + 1) * group; h++) {
      head_view at = view_head(call, b, h, hk);
      clear_rows(at.d_q, call->tq, call->o_row, call->dim);
      for (ck_int i0 = 0; i0 < call->tq; i0 += QUERY_TILE)
        backward_query_tile(call, &at, t, b, h, i0);
    }
  }
  ck_free(t);
}

static void attention_backward(const struct ck_attention *call) {
  ck_parallel(attention_backward_units, (void *)call, call->batch * call->kv_heads, 1);
}
