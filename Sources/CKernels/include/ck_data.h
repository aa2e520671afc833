#pragma once
#include "ck_pool.h"

// Kernels that move, compare and order elements: their results do not depend on how arithmetic is
// done. Types are Swift's DType raw values.
enum { CK_F32, CK_F64, CK_BF16, CK_I32, CK_I64, CK_BOOL };

// y (dense) = x by strides.
void ck_copy(
    ck_int element_size, ck_int rank, const ck_int *shape, const ck_int *strides, const void *x,
    void *y);
// y by strides = x (dense).
void ck_place(
    ck_int element_size, ck_int rank, const ck_int *shape, const ck_int *strides, const void *x,
    void *y);
void ck_cast(int from, const void *x, int to, void *y, ck_int n);
void ck_decode_half(const void *x, float *y, ck_int n);
void ck_fill(int type, double value, void *y, ck_int n);
void ck_fill_int(int type, int64_t value, void *y, ck_int n);
void ck_arange(int type, double start, double step, void *y, ck_int n);
void ck_integer_binary(
    int op, int type, ck_int rank, const ck_int *shape, const ck_int *a_strides,
    const ck_int *b_strides, const void *a, const void *b, void *y);
// True if some element is zero (for integer division).
int ck_has_zero(int type, const void *x, ck_int n);
void ck_compare(
    int op, int type, ck_int rank, const ck_int *shape, const ck_int *a_strides,
    const ck_int *b_strides, const void *a, const void *b, uint8_t *y);
void ck_select(
    ck_int element_size, const uint8_t *mask, const void *a, const void *b, void *y, ck_int n);
// x [outer, size, inner] at ids [n] -> y [outer, n, inner]; inner in bytes.
void ck_index(
    const void *x, const int64_t *ids, void *y, ck_int outer, ck_int n, ck_int size, ck_int inner);
// y[o, i, j] = x[o, ids[o, i, j], j].
void ck_take(
    ck_int element_size, const void *x, const int64_t *ids, void *y, ck_int outer, ck_int n,
    ck_int size, ck_int inner);
// Adds `size` to negative ids in place; returns the place of the first id outside 0..<size, or -1.
ck_int ck_normalise_ids(int64_t *ids, ck_int n, ck_int size);
// As above for labels, where `ignore` is allowed; counts the others.
ck_int ck_check_labels(const int64_t *labels, ck_int n, ck_int size, int64_t ignore, ck_int *count);
ck_int ck_count_true(const uint8_t *mask, ck_int n);
void ck_nonzero(const uint8_t *mask, ck_int n, int64_t *places);
void ck_integer_reduce(
    int op, int type, const void *x, void *y, ck_int outer, ck_int size, ck_int inner);
// x [rows, size] -> places [rows] of the first largest (or smallest); NaN counts as largest and as
// smallest.
void ck_argmax(int type, const void *x, int64_t *places, ck_int rows, ck_int size, int smallest);
// Stable; NaN last in both directions.
void ck_sort(
    int type, const void *x, void *values, int64_t *places, ck_int rows, ck_int size,
    int descending);
void ck_top_k(
    int type, const void *x, void *values, int64_t *places, ck_int rows, ck_int size, ck_int k);
