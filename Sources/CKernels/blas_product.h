// Matrix products by OpenBLAS, which is held at one thread; rows or columns are split over the
// project's own pool. Large ones of f32 go by packed panels where the machine has a kernel for them.
#pragma once
#include <cblas.h>

#include "kernels/common.h"

#ifdef REAL_IS_F32
#define GEMM cblas_sgemm
#define GEMV cblas_sgemv
#else
#define GEMM cblas_dgemm
#define GEMV cblas_dgemv
#endif

INLINE void tile_product(
    bool transpose_a, bool transpose_b, ck_int m, ck_int n, ck_int k, REAL alpha, const REAL *a,
    ck_int lda, const REAL *b, ck_int ldb, REAL beta, REAL *c, ck_int ldc) {
  if (m == 1) {  // one row is bound by memory: gemv reads b once, gemm packs it first
    GEMV(
        CblasRowMajor, transpose_b ? CblasNoTrans : CblasTrans, (int)(transpose_b ? n : k),
        (int)(transpose_b ? k : n), alpha, b, (int)ldb, a, transpose_a ? (int)lda : 1, beta, c, 1);
    return;
  }
  GEMM(
      CblasRowMajor, transpose_a ? CblasTrans : CblasNoTrans,
      transpose_b ? CblasTrans : CblasNoTrans, (int)m, (int)n, (int)k, alpha, a, (int)lda, b,
      (int)ldb, beta, c, (int)ldc);
}

#include "kernels/split_product.h"

#ifdef REAL_IS_F32
#include "packed_product.h"

static void product(const struct ck_product *p) {
  if (!packed_product(p)) split_product(p);
}
#else
static void product(const struct ck_product *p) { split_product(p); }
#endif
