// Functions of two operands, with broadcasting by strides of 0.
#pragma once
#include "elementary.h"

// x^n by repeated squaring, exact to a few roundings for the small whole exponents that people
// write.
INLINE REAL whole_power(REAL x, int n) {
  REAL result = 1, factor = x;
  for (int rest = n < 0 ? -n : n; rest > 0; rest >>= 1) {
    if (rest & 1) result *= factor;
    factor *= factor;
  }
  return n < 0 ? 1 / result : result;
}

INLINE REAL real_pow(REAL x, REAL y) {
  if (y == 0 || x == 1) return 1;
  if (x != x || y != y) return x + y;
  if (y == (REAL)0.5) return real_sqrt(x);
  if (y >= -64 && y <= 64 && y == (REAL)(int)y) return whole_power(x, (int)y);
  bool whole = y == __builtin_elementwise_trunc(y);
  REAL half = y / 2;
  bool odd = whole && half != __builtin_elementwise_trunc(half);
  if (x < 0 && !whole && x != -(REAL)INFINITY) return (REAL)NAN;
  REAL size = real_abs(x);
  REAL result = (size == 1) ? 1 : real_exp(y * real_log(size));
  return x < 0 && odd ? -result : result;
}

INLINE REAL remainder_of(REAL x, REAL y) {  // the divisor's sign, as in Python
  REAL r = x - __builtin_elementwise_trunc(x / y) * y;
  return r != 0 && ((r < 0) != (y < 0)) ? r + y : r;
}

typedef struct {
  int op;
  ck_walk walk;
  const REAL *a, *b;
  REAL *y;
} binary_call;

// One run in which each operand stands still (stride 0), is dense (1) or jumps.
#define RUN(expression)                                       \
  if (sa == 1 && sb == 1) {                                   \
    for (ck_int i = 0; i < n; i++) {                          \
      REAL u = a[i], v = b[i];                                \
      y[i] = expression;                                      \
    }                                                         \
  } else if (sa == 1 && sb == 0) {                            \
    REAL v = b[0];                                            \
    for (ck_int i = 0; i < n; i++) {                          \
      REAL u = a[i];                                          \
      y[i] = expression;                                      \
    }                                                         \
  } else if (sa == 0 && sb == 1) {                            \
    REAL u = a[0];                                            \
    for (ck_int i = 0; i < n; i++) {                          \
      REAL v = b[i];                                          \
      y[i] = expression;                                      \
    }                                                         \
  } else {                                                    \
    for (ck_int i = 0; i < n; i++) {                          \
      REAL u = a[i * sa], v = b[i * sb];                      \
      y[i] = expression;                                      \
    }                                                         \
  }                                                           \
  break;

INLINE void binary_run(
    int op, const REAL *restrict a, ck_int sa, const REAL *restrict b, ck_int sb, REAL *restrict y,
    ck_int n) {
  switch (op) {
    case CK_ADD: RUN(u + v)
    case CK_SUB: RUN(u - v)
    case CK_MUL: RUN(u * v)
    case CK_DIV: RUN(u / v)
    case CK_MAXIMUM: RUN((u > v || u != u ? u : v))
    case CK_MINIMUM: RUN((u < v || u != u ? u : v))
    case CK_POW:
      for (ck_int i = 0; i < n; i++) y[i] = real_pow(a[i * sa], b[i * sb]);
      break;
    case CK_FLOOR_DIVIDE:
      for (ck_int i = 0; i < n; i++) {
        REAL u = a[i * sa], v = b[i * sb];
        y[i] = v == 0 ? u / v : __builtin_elementwise_roundeven((u - remainder_of(u, v)) / v);
      }
      break;
    case CK_REMAINDER:
      for (ck_int i = 0; i < n; i++) y[i] = remainder_of(a[i * sa], b[i * sb]);
      break;
  }
}
#undef RUN

CLONES static void binary_range(void *context, ck_int begin, ck_int end) {
  const binary_call *call = context;
  const ck_walk *w = &call->walk;
  ck_cursor at;
  walk_seek(w, begin, &at);
  ck_int sa = w->a[w->rank - 1], sb = w->b[w->rank - 1];
  while (begin < end) {
    ck_int run = walk_run(w, &at, end - begin);
    binary_run(call->op, call->a + at.a, sa, call->b + at.b, sb, call->y + begin, run);
    walk_advance(w, &at, run);
    begin += run;
  }
}

static void binary(
    int op, ck_int rank, const ck_int *shape, const ck_int *a_strides, const ck_int *b_strides,
    const void *a, const void *b, void *y) {
  binary_call call = {.op = op, .a = a, .b = b, .y = y};
  walk_init(&call.walk, rank, shape, a_strides, b_strides);
  if (call.walk.count == 0) return;
  ck_parallel(binary_range, &call, call.walk.count, GRAIN);
}
