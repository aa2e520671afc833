// Comparison, integer arithmetic, sorting: one set of functions a type.
#include <string.h>

#include "include/ck_data.h"
#include "kernels/walk.h"

// x != x asks for NaN, which integers do not have.
#pragma clang diagnostic ignored "-Wtautological-compare"

enum { GRAIN = 32768 };

#define TYPE float
#define TYPED(x) x##_f32
#include "kernels/order.h"
#define TYPE double
#define TYPED(x) x##_f64
#include "kernels/order.h"
#define TYPE int32_t
#define TYPED(x) x##_i32
#define NUMERIC
#include "kernels/order.h"
#define TYPE int64_t
#define TYPED(x) x##_i64
#define NUMERIC
#include "kernels/order.h"
#define TYPE uint8_t
#define TYPED(x) x##_bool
#define NUMERIC
#include "kernels/order.h"

#define PAIR(SUFFIX, FUNCTION)                                          \
  {                                                                     \
    pair_call_##SUFFIX call = {.op = op, .a = a, .b = b, .y = y};       \
    walk_init(&call.walk, rank, shape, a_strides, b_strides);           \
    ck_parallel(FUNCTION##_##SUFFIX, &call, call.walk.count, GRAIN);    \
    break;                                                              \
  }

void ck_compare(
    int op, int type, ck_int rank, const ck_int *shape, const ck_int *a_strides,
    const ck_int *b_strides, const void *a, const void *b, uint8_t *y) {
  switch (type) {
    case CK_F32: PAIR(f32, compare_range)
    case CK_F64: PAIR(f64, compare_range)
    case CK_I32: PAIR(i32, compare_range)
    case CK_I64: PAIR(i64, compare_range)
    case CK_BOOL: PAIR(bool, compare_range)
  }
}

void ck_integer_binary(
    int op, int type, ck_int rank, const ck_int *shape, const ck_int *a_strides,
    const ck_int *b_strides, const void *a, const void *b, void *y) {
  switch (type) {
    case CK_I32: PAIR(i32, integer_range)
    case CK_I64: PAIR(i64, integer_range)
    case CK_BOOL: PAIR(bool, integer_range)
  }
}

int ck_has_zero(int type, const void *x, ck_int n) {
  for (ck_int i = 0; i < n; i++)
    if (type == CK_I32 ? ((const int32_t *)x)[i] == 0 : ((const int64_t *)x)[i] == 0) return 1;
  return 0;
}

void ck_integer_reduce(
    int op, int type, const void *x, void *y, ck_int outer, ck_int size, ck_int inner) {
  if (type == CK_I32) integer_reduce_i32(op, x, y, outer, size, inner);
  if (type == CK_I64) integer_reduce_i64(op, x, y, outer, size, inner);
  if (type == CK_BOOL) integer_reduce_bool(op, x, y, outer, size, inner);
}

#define EACH_TYPE(FUNCTION, ...)                              \
  switch (type) {                                             \
    case CK_F32: FUNCTION##_f32(__VA_ARGS__); break;          \
    case CK_F64: FUNCTION##_f64(__VA_ARGS__); break;          \
    case CK_I32: FUNCTION##_i32(__VA_ARGS__); break;          \
    case CK_I64: FUNCTION##_i64(__VA_ARGS__); break;          \
    case CK_BOOL: FUNCTION##_bool(__VA_ARGS__); break;        \
  }

void ck_argmax(int type, const void *x, int64_t *places, ck_int rows, ck_int size, int smallest) {
  EACH_TYPE(argmax, x, places, rows, size, smallest)
}

void ck_sort(
    int type, const void *x, void *values, int64_t *places, ck_int rows, ck_int size,
    int descending) {
  EACH_TYPE(sort, x, values, places, rows, size, descending)
}

void ck_top_k(
    int type, const void *x, void *values, int64_t *places, ck_int rows, ck_int size, ck_int k) {
  EACH_TYPE(top_k, x, values, places, rows, size, k)
}
