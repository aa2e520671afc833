#pragma once
#include "ck_pool.h"
#include "ck_quantized.h"

enum { CK_MAX_RANK = 16 };

// Op codes; Swift's enums have the same raw values.
enum {
  CK_ADD, CK_SUB, CK_MUL, CK_DIV, CK_POW, CK_MAXIMUM, CK_MINIMUM, CK_FLOOR_DIVIDE, CK_REMAINDER
};
enum {
  CK_NEG, CK_EXP, CK_LOG, CK_SQRT, CK_RSQRT, CK_ABS, CK_SIGN, CK_SQUARE, CK_RECIPROCAL,
  CK_TANH, CK_SIGMOID, CK_RELU, CK_GELU, CK_GELU_TANH, CK_SILU, CK_SIN, CK_COS, CK_ERF,
  CK_SOFTPLUS, CK_FLOOR, CK_CEIL, CK_ROUND, CK_EXPM1, CK_LOG1P
};
enum { CK_SUM, CK_MEAN, CK_MAX, CK_MIN, CK_PROD };
enum { CK_MASK_NONE, CK_MASK_BOOL, CK_MASK_ADD };

// op(a)[m,k] @ op(b)[k,n] -> c[m,n] for each of `batch` products; row-major; offsets in elements.
struct ck_product {
  const void *a, *b;
  void *c;
  ck_int m, n, k, lda, ldb, ldc;
  int transpose_a, transpose_b;
  ck_int batch;
  const ck_int *a_offsets, *b_offsets;  // c's are dense: m * n apart
  int accumulate;    // adds to what c holds
  const void *bias;  // [n] to add to each row when the product is done, or null
};

// What fast math packs of a product's f32 operands where there is AVX2, in bytes; 0 if nothing.
ck_int ck_packed_bytes(const struct ck_product *product);

// Strides are of (batch, head, row), the last axis is dense. lse: [batch, heads, tq].
struct ck_attention {
  ck_int batch, heads, kv_heads, tq, tk, dim;
  const void *q, *k, *v;
  ck_int q_batch, q_head, q_row, k_batch, k_head, k_row, v_batch, v_head, v_row;
  const void *mask, *key_mask;
  int mask_kind, key_mask_kind;
  ck_int mask_batch, mask_head, mask_row, mask_column, key_mask_batch, key_mask_column;
  int causal;
  double scale;
  void *output;  // also the backward's input
  ck_int o_batch, o_head, o_row;
  void *lse;
  // backward: d_q as q is laid out with o's strides; d_k, d_v with their own
  const void *gradient;
  ck_int g_batch, g_head, g_row;
  void *d_q, *d_k, *d_v;
  ck_int dk_batch, dk_head, dk_row;
};

struct ck_adamw {
  const void *parameter, *gradient, *first, *second;
  void *new_parameter, *new_first, *new_second;
  ck_int count;
  double rate, beta1, beta2, eps, decay, correction1, correction2;
};

// The kernels of one element type.
struct ck_kernels {
  void (*unary)(int op, const void *x, void *y, ck_int n);
  void (*unary_backward)(int op, const void *saved, const void *dy, void *dx, ck_int n);
  void (*affine)(double scale, double shift, const void *x, void *y, ck_int n);
  void (*clip)(double low, double high, const void *x, void *y, ck_int n);
  void (*binary)(
      int op, ck_int rank, const ck_int *shape, const ck_int *a_strides, const ck_int *b_strides,
      const void *a, const void *b, void *y);
  // x [outer, size, inner] -> y [outer, inner]
  void (*reduce)(int op, const void *x, void *y, ck_int outer, ck_int size, ck_int inner);
  void (*cumsum)(const void *x, void *y, ck_int outer, ck_int size, ck_int inner, int reverse);
  double (*sum_of_squares)(const void *x, ck_int n);
  void (*softmax)(const void *x, void *y, ck_int rows, ck_int size);
  void (*softmax_backward)(const void *y, const void *dy, void *dx, ck_int rows, ck_int size);
  void (*log_softmax)(const void *x, void *y, ck_int rows, ck_int size);
  void (*log_softmax_backward)(const void *y, const void *dy, void *dx, ck_int rows, ck_int size);
  // mean is null for the RMS norm
  void (*norm)(
      const void *x, const void *weight, const void *bias, void *y, void *mean, void *rstd,
      ck_int rows, ck_int size, double eps);
  void (*norm_backward)(
      const void *x, const void *weight, const void *mean, const void *rstd, const void *dy,
      void *dx, ck_int rows, ck_int size);
  void (*norm_parameters)(
      const void *x, const void *mean, const void *rstd, const void *dy, void *dweight, void *dbias,
      ck_int rows, ck_int size);
  void (*cross_entropy)(
      const void *logits, const int64_t *labels, int64_t ignore, void *losses, void *lse,
      ck_int rows, ck_int size);
  void (*cross_entropy_backward)(
      const void *logits, const int64_t *labels, int64_t ignore, const void *lse,
      const void *gradient, void *dx, ck_int rows, ck_int size);
  // each row's loss, and its slope times `share` in the place of the logits; all rows have labels
  void (*cross_entropy_slope)(
      void *logits, const int64_t *labels, double share, void *losses, ck_int rows, ck_int size);
  void (*attention)(const struct ck_attention *call);
  void (*attention_backward)(const struct ck_attention *call);
  // x by strides -> y dense [batch, heads, time, dim]; tables [time, half], table_batch apart
  void (*rotary)(
      const void *x, ck_int batch, ck_int heads, ck_int time, ck_int dim, ck_int batch_stride,
      ck_int head_stride, ck_int row_stride, const void *cosine, const void *sine, ck_int half,
      ck_int table_batch, int inverse, void *y);
  // out [outer, size, inner] += x [outer, n, inner] at ids, in order; out is cleared first
  void (*index_add)(
      const void *x, const int64_t *ids, void *out, ck_int outer, ck_int n, ck_int size,
      ck_int inner);
  // out [outer, size, inner] += x [outer, n, inner] at ids of x's shape
  void (*scatter_add)(
      const void *x, const int64_t *ids, void *out, ck_int outer, ck_int n, ck_int size,
      ck_int inner);
  void (*adamw)(const struct ck_adamw *call);
  void (*product)(const struct ck_product *call);
  // x [n, columns] w^T + bias -> y [n, rows]; x [n, rows] w -> y [n, columns]
  void (*quantized_product)(
      const struct ck_quantized *w, const void *x, const void *bias, void *y, ck_int n);
  void (*quantized_gradient)(const struct ck_quantized *w, const void *x, void *y, ck_int n);
  // rows of w by ids (null: all in order) -> y [n, columns]
  void (*quantized_decode)(const struct ck_quantized *w, const int64_t *ids, ck_int n, void *y);
};

struct ck_table {
  struct ck_kernels f32, f64;
};

const struct ck_table *ck_fast_table(void);
// Kernels that compute nothing, for `ck_rehearse`.
const struct ck_table *ck_rehearsal_table(void);
