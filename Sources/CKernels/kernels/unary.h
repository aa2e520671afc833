// Functions of one operand, and their gradients.
#pragma once
#include "elementary.h"

#define SQRT_HALF (REAL)0.70710678118654752440
#define INVERSE_SQRT_2PI (REAL)0.39894228040143267794
#define SQRT_2_OVER_PI (REAL)0.79788456080286535588
#define GELU_CUBIC (REAL)0.044715

INLINE REAL gelu(REAL x) { return (REAL)0.5 * x * (1 + real_erf(x * SQRT_HALF)); }
INLINE REAL gelu_slope(REAL x) {
  REAL density = INVERSE_SQRT_2PI * real_exp((REAL)-0.5 * x * x);
  return (REAL)0.5 * (1 + real_erf(x * SQRT_HALF)) + (density > 0 ? x * density : 0);
}

// Capped where tanh has long been 1: x^3 may not overflow.
INLINE REAL gelu_tanh_inner(REAL x) {
  REAL near = x > 100 ? 100 : (x < -100 ? -100 : x);
  return SQRT_2_OVER_PI * near * (1 + GELU_CUBIC * near * near);
}
#ifdef EXACT
INLINE REAL gelu_tanh(REAL x) { return (REAL)0.5 * x * (1 + real_tanh(gelu_tanh_inner(x))); }
INLINE REAL gelu_tanh_slope(REAL x) {
  REAL t = real_tanh(gelu_tanh_inner(x));
  REAL near = x > 100 ? 100 : (x < -100 ? -100 : x);
  REAL inner_slope = SQRT_2_OVER_PI * (1 + 3 * GELU_CUBIC * near * near);
  return (REAL)0.5 * (1 + t) + (REAL)0.5 * near * (1 - t * t) * inner_slope;
}
#else
// By 1 + tanh(z) = 2 / (1 + exp(-2 z)): one exponential of what is at most 0, and one division.
INLINE REAL gelu_tanh_gate(REAL x) {
  REAL z = 2 * gelu_tanh_inner(x), e = exp_to_one(-real_abs(z));
  return (z < 0 ? e : 1) / (1 + e);
}
INLINE REAL gelu_tanh(REAL x) { return x * gelu_tanh_gate(x); }
INLINE REAL gelu_tanh_slope(REAL x) {
  REAL gate = gelu_tanh_gate(x);
  REAL near = x > 100 ? 100 : (x < -100 ? -100 : x);
  REAL inner_slope = SQRT_2_OVER_PI * (1 + 3 * GELU_CUBIC * near * near);
  return gate + 2 * near * gate * (1 - gate) * inner_slope;
}
#endif

INLINE REAL silu(REAL x) { return x * real_sigmoid(x); }
INLINE REAL silu_slope(REAL x) {
  REAL s = real_sigmoid(x);
  return s * (1 + x * (1 - s));
}

INLINE REAL sign(REAL x) { return x > 0 ? 1 : (x < 0 ? -1 : x); }
INLINE REAL relu(REAL x) { return x > 0 ? x : (x != x ? x : 0); }
INLINE REAL rsqrt(REAL x) { return 1 / real_sqrt(x); }

typedef struct {
  int op;
  const REAL *x, *dy;
  REAL *y;
  REAL p, q;
} unary_call;

#define LOOP(code, expression)                \
  case code:                                  \
    for (ck_int i = begin; i < end; i++) {    \
      REAL v = x[i];                          \
      y[i] = expression;                      \
    }                                         \
    break;

CLONES static void unary_range(void *context, ck_int begin, ck_int end) {
  const unary_call *call = context;
  const REAL *restrict x = call->x;
  REAL *restrict y = call->y;
  switch (call->op) {
    LOOP(CK_NEG, -v)
    LOOP(CK_EXP, real_exp(v))
    LOOP(CK_LOG, real_log(v))
    LOOP(CK_SQRT, real_sqrt(v))
    LOOP(CK_RSQRT, rsqrt(v))
    LOOP(CK_ABS, real_abs(v))
    LOOP(CK_SIGN, sign(v))
    LOOP(CK_SQUARE, v *v)
    LOOP(CK_RECIPROCAL, 1 / v)
    LOOP(CK_TANH, real_tanh(v))
    LOOP(CK_SIGMOID, real_sigmoid(v))
    LOOP(CK_RELU, relu(v))
    LOOP(CK_GELU, gelu(v))
    LOOP(CK_GELU_TANH, gelu_tanh(v))
    LOOP(CK_SILU, silu(v))
    LOOP(CK_SIN, real_sin(v))
    LOOP(CK_COS, real_cos(v))
    LOOP(CK_ERF, real_erf(v))
    LOOP(CK_SOFTPLUS, real_softplus(v))
    LOOP(CK_FLOOR, __builtin_elementwise_floor(v))
    LOOP(CK_CEIL, __builtin_elementwise_ceil(v))
    LOOP(CK_ROUND, __builtin_elementwise_roundeven(v))
    LOOP(CK_EXPM1, real_expm1(v))
    LOOP(CK_LOG1P, real_log1p(v))
  }
}

static void unary(int op, const void *x, void *y, ck_int n) {
  unary_call call = {.op = op, .x = x, .y = y};
  ck_parallel(unary_range, &call, n, GRAIN);
}
#undef LOOP

// v is what was saved: the output where UnaryOp.savesOutput says so, else the input.
#define LOOP(code, slope)                     \
  case code:                                  \
    for (ck_int i = begin; i < end; i++) {    \
      REAL v = x[i], g = dy[i];               \
      (void)v;                                \
      y[i] = g * (slope);                     \
    }                                         \
    break;

CLONES static void unary_backward_range(void *context, ck_int begin, ck_int end) {
  const unary_call *call = context;
  const REAL *restrict x = call->x, *restrict dy = call->dy;
  REAL *restrict y = call->y;
  switch (call->op) {
    LOOP(CK_NEG, -1)
    LOOP(CK_EXP, v)
    LOOP(CK_LOG, 1 / v)
    LOOP(CK_SQRT, (REAL)0.5 / v)
    LOOP(CK_RSQRT, (REAL)-0.5 * v * v * v)
    LOOP(CK_ABS, sign(v))
    LOOP(CK_SIGN, 0)
    LOOP(CK_SQUARE, 2 * v)
    LOOP(CK_RECIPROCAL, -v * v)
    LOOP(CK_TANH, 1 - v * v)
    LOOP(CK_SIGMOID, v * (1 - v))
    LOOP(CK_RELU, (v > 0 ? 1 : (v != v ? v : 0)))
    LOOP(CK_GELU, gelu_slope(v))
    LOOP(CK_GELU_TANH, gelu_tanh_slope(v))
    LOOP(CK_SILU, silu_slope(v))
    LOOP(CK_SIN, real_cos(v))
    LOOP(CK_COS, -real_sin(v))
    LOOP(CK_ERF, (REAL)1.12837916709551257390 * real_exp(-v * v))
    LOOP(CK_SOFTPLUS, real_sigmoid(v))
    LOOP(CK_FLOOR, 0)
    LOOP(CK_CEIL, 0)
    LOOP(CK_ROUND, 0)
    LOOP(CK_EXPM1, v + 1)
    LOOP(CK_LOG1P, 1 / (1 + v))
  }
}

static void unary_backward(int op, const void *saved, const void *dy, void *dx, ck_int n) {
  unary_call call = {.op = op, .x = saved, .dy = dy, .y = dx};
  ck_parallel(unary_backward_range, &call, n, GRAIN);
}
#undef LOOP

CLONES static void affine_range(void *context, ck_int begin, ck_int end) {
  const unary_call *call = context;
  const REAL *restrict x = call->x;
  REAL *restrict y = call->y;
  REAL p = call->p, q = call->q;
  if (q == 0) {
    for (ck_int i = begin; i < end; i++) y[i] = x[i] * p;
  } else if (p == 1) {
    for (ck_int i = begin; i < end; i++) y[i] = x[i] + q;
  } else {
    for (ck_int i = begin; i < end; i++) y[i] = x[i] * p + q;
  }
}

static void affine(double scale, double shift, const void *x, void *y, ck_int n) {
  unary_call call = {.x = x, .y = y, .p = (REAL)scale, .q = (REAL)shift};
  ck_parallel(affine_range, &call, n, GRAIN);
}

CLONES static void clip_range(void *context, ck_int begin, ck_int end) {
  const unary_call *call = context;
  const REAL *restrict x = call->x;
  REAL *restrict y = call->y;
  REAL low = call->p, high = call->q;
  for (ck_int i = begin; i < end; i++) {
    REAL v = x[i];
    v = v < low ? low : v;
    y[i] = v > high ? high : v;
  }
}

static void clip(double low, double high, const void *x, void *y, ck_int n) {
  unary_call call = {.x = x, .y = y, .p = (REAL)low, .q = (REAL)high};
  ck_parallel(clip_range, &call, n, GRAIN);
}
