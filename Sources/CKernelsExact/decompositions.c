// Singular values by one-sided Jacobi rotations (Hestenes 1958; Demmel and Veselic 1992) and QR by
// Householder reflections, in f64.
#define REAL_IS_F64
#include "../CKernels/kernels/elementary.h"
#include "include/CKernelsExact.h"

CLONES static void three_dots(
    const double *x, const double *y, ck_int n, double *xx, double *yy, double *xy) {
  *xx = row_dot(x, x, n);
  *yy = row_dot(y, y, n);
  *xy = row_dot(x, y, n);
}

CLONES static void rotate(double *restrict x, double *restrict y, ck_int n, double c, double s) {
  for (ck_int i = 0; i < n; i++) {
    double u = x[i], v = y[i];
    x[i] = c * u - s * v;
    y[i] = s * u + c * v;
  }
}

// Turns columns p and q (rows of the transposed matrix) orthogonal; true if they were not.
static bool orthogonalise(double *x, double *y, double *vx, double *vy, ck_int m, ck_int n) {
  double xx, yy, xy, tolerance = 2.3e-16 * (4 + real_sqrt((double)m));
  three_dots(x, y, m, &xx, &yy, &xy);
  if (!(real_abs(xy) > tolerance * real_sqrt(xx) * real_sqrt(yy))) return false;
  double zeta = (yy - xx) / (2 * xy);
  double root = real_abs(zeta) > 1e150 ? real_abs(zeta) : real_sqrt(1 + zeta * zeta);
  double t = (zeta < 0 ? -1 : 1) / (real_abs(zeta) + root);
  double c = 1 / real_sqrt(1 + t * t);
  rotate(x, y, m, c, c * t);
  rotate(vx, vy, n, c, c * t);
  return true;
}

// In square blocks, since one side is read or written across its rows.
static void transpose(const double *x, double *y, ck_int rows, ck_int columns) {
  enum { SIDE = 32 };
  for (ck_int i0 = 0; i0 < rows && !ck_stopped(); i0 += SIDE)
    for (ck_int j0 = 0; j0 < columns; j0 += SIDE)
      for (ck_int i = i0; i < smaller(i0 + SIDE, rows); i++)
        for (ck_int j = j0; j < smaller(j0 + SIDE, columns); j++) y[j * rows + i] = x[i * columns + j];
}

// Writes columns in falling order of their norms: s, u = column / s, and v.
static void sort_columns(
    const double *columns, const double *vt, double *a, double *s, double *v, ck_int m, ck_int n) {
  double *norms = ck_alloc(n * (ck_int)sizeof(double));
  for (ck_int j = 0; j < n; j++)
    norms[j] = real_sqrt(row_dot(columns + j * m, columns + j * m, m));
  for (ck_int k = 0; k < n; k++) {
    ck_int best = 0;
    for (ck_int j = 1; j < n; j++)
      if (norms[j] > norms[best] || norms[best] != norms[best]) best = j;
    s[k] = norms[best];
    norms[best] = -1;
    double scale = s[k] > 0 ? 1 / s[k] : 0;
    for (ck_int i = 0; i < m; i++) a[i * n + k] = columns[best * m + i] * scale;
    for (ck_int i = 0; i < n; i++) v[i * n + k] = vt[best * n + i];
  }
  ck_free(norms);
}

void cke_svd(double *a, double *s, double *v, ptrdiff_t m, ptrdiff_t n) {
  enum { MOST_SWEEPS = 60 };
  double *columns = ck_alloc(m * n * (ck_int)sizeof(double));
  double *vt = ck_alloc(n * n * (ck_int)sizeof(double));
  transpose(a, columns, m, n);
  memset(vt, 0, (size_t)(n * n) * sizeof(double));
  for (ck_int j = 0; j < n; j++) vt[j * n + j] = 1;
  bool turned = true;
  for (int sweep = 0; turned && sweep < MOST_SWEEPS && !ck_stopped(); sweep++) {
    turned = false;
    for (ck_int p = 0; p < n - 1 && !ck_stopped(); p++)
      for (ck_int q = p + 1; q < n; q++)
        if (orthogonalise(columns + p * m, columns + q * m, vt + p * n, vt + q * n, m, n))
          turned = true;
  }
  sort_columns(columns, vt, a, s, v, m, n);
  ck_free(columns);
  ck_free(vt);
}

CLONES static void subtract_scaled(double *restrict x, const double *restrict y, double f, ck_int n) {
  for (ck_int i = 0; i < n; i++) x[i] -= f * y[i];
}

CLONES static double dot(const double *x, const double *y, ck_int n) { return row_dot(x, y, n); }

// x -= (2 / |h|^2) h (h . x), given 2 / |h|^2.
static void reflect(double *x, const double *h, double twice, ck_int n) {
  subtract_scaled(x, h, twice * dot(h, x, n), n);
}

void cke_qr(const double *a, double *q, double *r, ptrdiff_t m, ptrdiff_t n) {
  ck_int k = smaller(m, n);
  double *columns = ck_alloc(m * n * (ck_int)sizeof(double));
  double *mirrors = ck_alloc(m * k * (ck_int)sizeof(double) + 64);
  double *twice = ck_alloc(k * (ck_int)sizeof(double));
  transpose(a, columns, m, n);
  for (ck_int j = 0; j < k && !ck_stopped(); j++) {
    double *x = columns + j * m + j, *h = mirrors + j * m;
    ck_int length = m - j;
    memcpy(h, x, (size_t)length * sizeof(double));
    double below = length > 1 ? dot(x + 1, x + 1, length - 1) : 0;
    double norm = real_sqrt(x[0] * x[0] + below);
    // As LAPACK: beta = -sign(x0) |x|, and no reflection where there is nothing below the diagonal.
    double beta = x[0] > 0 || (x[0] == 0 && norm > 0) ? -norm : norm;
    h[0] = x[0] - beta;
    twice[j] = below == 0 ? 0 : 2 / (h[0] * h[0] + below);
    for (ck_int c = j; c < n; c++) reflect(columns + c * m + j, h, twice[j], length);
    if (below != 0) x[0] = beta;
  }
  for (ck_int i = 0; i < k; i++)
    for (ck_int j = 0; j < n; j++) r[i * n + j] = j < i ? 0 : columns[j * m + i];
  for (ck_int c = 0; c < k && !ck_stopped(); c++) {
    double *x = columns;  // column c of q: the reflections, last first, on a unit vector
    memset(x, 0, (size_t)m * sizeof(double));
    x[c] = 1;
    for (ck_int j = k - 1; j >= 0; j--) reflect(x + j, mirrors + j * m, twice[j], m - j);
    for (ck_int i = 0; i < m; i++) q[i * k + c] = x[i];
  }
  ck_free(columns);
  ck_free(mirrors);
  ck_free(twice);
}
