// What every kernel template uses. A file that includes the templates defines REAL_IS_F32 or
// REAL_IS_F64.
#pragma once
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "../include/CKernels.h"
#include "clones.h"
#include "walk.h"

// Order of additions is written out in lanes, so reassociation gains nothing; an estimated
// reciprocal would turn 1 / inf into NaN.
#pragma clang fp reassociate(off) reciprocal(off)
// Vectors are passed between inlined functions only.
#pragma clang diagnostic ignored "-Wpsabi"

#ifdef REAL_IS_F32
typedef float REAL;
typedef int32_t BITS;
#define NAME(x) x##_f32
#else
typedef double REAL;
typedef int64_t BITS;
#define NAME(x) x##_f64
#endif

#define INLINE static inline __attribute__((always_inline))
// A template may be instantiated where one of its helpers has no user.
#define MAYBE __attribute__((unused))

// Sums run in this many lanes, folded by halves: the same order whatever the machine's vectors are.
enum { LANES = 16 };
typedef REAL VEC __attribute__((vector_size(LANES * sizeof(REAL)), aligned(sizeof(REAL))));

// About how many elements make a range worth another thread.
enum { GRAIN = 16384 };

INLINE ck_int smaller(ck_int a, ck_int b) { return a < b ? a : b; }
INLINE ck_int larger(ck_int a, ck_int b) { return a > b ? a : b; }
// Rows of a size that make a range worth another thread.
INLINE ck_int grain_rows(ck_int size) { return larger(1, GRAIN / larger(size, 1)); }

INLINE REAL fold_sum(const VEC *v) {
  REAL t[LANES];
  memcpy(t, v, sizeof t);
  for (int width = LANES / 2; width > 0; width /= 2)
    for (int lane = 0; lane < width; lane++) t[lane] += t[lane + width];
  return t[0];
}

INLINE VEC load(const REAL *x) { return *(const VEC *)x; }

// The last, partial vector of a row, zeros behind it.
INLINE VEC load_tail(const REAL *x, ck_int n) {
  VEC v = {0};
  for (ck_int i = 0; i < n; i++) v[i] = x[i];
  return v;
}

INLINE REAL row_sum(const REAL *x, ck_int n) {
  VEC sum = {0};
  ck_int i = 0;
  for (; i + LANES <= n; i += LANES) sum += load(x + i);
  if (i < n) sum += load_tail(x + i, n - i);
  return fold_sum(&sum);
}

INLINE REAL row_dot(const REAL *x, const REAL *y, ck_int n) {
  VEC sum = {0};
  ck_int i = 0;
  for (; i + LANES <= n; i += LANES) sum += load(x + i) * load(y + i);
  if (i < n) sum += load_tail(x + i, n - i) * load_tail(y + i, n - i);
  return fold_sum(&sum);
}

// The largest element that is not NaN; -inf if there is none.
INLINE REAL row_max(const REAL *x, ck_int n) {
  REAL lanes[LANES];
  for (int lane = 0; lane < LANES; lane++) lanes[lane] = -INFINITY;
  ck_int i = 0;
  for (; i + LANES <= n; i += LANES)
    for (int lane = 0; lane < LANES; lane++)
      lanes[lane] = x[i + lane] > lanes[lane] ? x[i + lane] : lanes[lane];
  REAL best = -INFINITY;
  for (; i < n; i++) best = x[i] > best ? x[i] : best;
  for (int lane = 0; lane < LANES; lane++) best = lanes[lane] > best ? lanes[lane] : best;
  return best;
}
