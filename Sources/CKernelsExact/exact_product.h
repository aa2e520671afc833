// Matrix products in fixed order: each element is one sum over k from 0 up, multiplied and added
// without contraction, so neither blocks nor vectors nor threads change a bit.
#pragma once
#include "../CKernels/kernels/common.h"

enum { ROWS = 6, PANEL = LANES, DEPTH = 256 };

// Element (i, k) of op(a) is a[i * row + k * column].
typedef struct {
  const REAL *data;
  ck_int row, column;
} operand;

// c[rows, 0..<PANEL] += op(a)[rows, depth] panel[depth, PANEL]
INLINE void micro_product(
    int rows, operand a, const REAL *panel, ck_int depth, REAL *c, ck_int ldc, bool start) {
  VEC sum[ROWS];
#pragma clang loop unroll(full)
  for (int r = 0; r < rows; r++) sum[r] = start ? (VEC){0} : load(c + r * ldc);
  for (ck_int k = 0; k < depth; k++) {
    VEC b = load(panel + k * PANEL);
#pragma clang loop unroll(full)
    for (int r = 0; r < rows; r++) sum[r] += a.data[r * a.row + k * a.column] * b;
  }
#pragma clang loop unroll(full)
  for (int r = 0; r < rows; r++) *(VEC *)(c + r * ldc) = sum[r];
}

// The same for a panel that is narrower than a vector.
INLINE void edge_product(
    int rows, operand a, const REAL *panel, ck_int depth, REAL *c, ck_int ldc, bool start,
    ck_int width) {
  REAL tile[ROWS * PANEL] = {0};
  for (int r = 0; r < rows; r++)
    for (ck_int j = 0; j < width; j++) tile[r * PANEL + j] = start ? 0 : c[r * ldc + j];
  if (rows == ROWS) {
    micro_product(ROWS, a, panel, depth, tile, PANEL, false);
  } else {
    for (int r = 0; r < rows; r++) {
      operand row = {a.data + r * a.row, a.row, a.column};
      micro_product(1, row, panel, depth, tile + r * PANEL, PANEL, false);
    }
  }
  for (int r = 0; r < rows; r++)
    for (ck_int j = 0; j < width; j++) c[r * ldc + j] = tile[r * PANEL + j];
}

INLINE void pack_panel(operand b, ck_int depth, ck_int width, REAL *panel) {
  if (b.column == 1 && width == PANEL) {
    for (ck_int k = 0; k < depth; k++)
      memcpy(panel + k * PANEL, b.data + k * b.row, PANEL * sizeof(REAL));
    return;
  }
  for (ck_int j = 0; j < PANEL; j++)
    for (ck_int k = 0; k < depth; k++)
      panel[k * PANEL + j] = j < width ? b.data[k * b.row + j * b.column] : 0;
}

INLINE void panel_product(
    operand a, ck_int m, const REAL *panel, ck_int depth, REAL *c, ck_int ldc, bool start,
    ck_int width) {
  for (ck_int i = 0; i < m; i += ROWS) {
    operand rows = {a.data + i * a.row, a.row, a.column};
    int height = (int)smaller(ROWS, m - i);
    if (width < PANEL) {
      edge_product(height, rows, panel, depth, c + i * ldc, ldc, start, width);
    } else if (height == ROWS) {
      micro_product(ROWS, rows, panel, depth, c + i * ldc, ldc, start);
    } else {
      for (int r = 0; r < height; r++) {
        operand row = {rows.data + r * a.row, a.row, a.column};
        micro_product(1, row, panel, depth, c + (i + r) * ldc, ldc, start);
      }
    }
  }
}

// beta is 0 or 1; alpha is 1 unless beta is 0.
CLONES static void tile_product(
    bool transpose_a, bool transpose_b, ck_int m, ck_int n, ck_int k, REAL alpha, const REAL *a,
    ck_int lda, const REAL *b, ck_int ldb, REAL beta, REAL *c, ck_int ldc) {
  REAL panel[DEPTH * PANEL];
  operand left = {a, transpose_a ? 1 : lda, transpose_a ? lda : 1};
  operand right = {b, transpose_b ? 1 : ldb, transpose_b ? ldb : 1};
  for (ck_int k0 = 0; k0 < k; k0 += DEPTH) {
    ck_int depth = smaller(DEPTH, k - k0);
    for (ck_int j0 = 0; j0 < n; j0 += PANEL) {
      ck_int width = smaller(PANEL, n - j0);
      operand block = {
          right.data + k0 * right.row + j0 * right.column, right.row, right.column};
      operand rows = {left.data + k0 * left.column, left.row, left.column};
      pack_panel(block, depth, width, panel);
      panel_product(rows, m, panel, depth, c + j0, ldc, k0 == 0 && beta == 0, width);
    }
  }
  if (alpha == 1) return;
  for (ck_int i = 0; i < m; i++)
    for (ck_int j = 0; j < n; j++) c[i * ldc + j] *= alpha;
}

#include "../CKernels/kernels/split_product.h"

static void product(const struct ck_product *p) { split_product(p); }
