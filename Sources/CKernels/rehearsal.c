// A rehearsal: the same allocations as in earnest, nothing computed. What is allocated comes from a
// heap of its own and is never touched, so a step's memory is known before there is any.
#include <string.h>

#include "include/CKernels.h"

// Of this thread alone: others go on in earnest.
static _Thread_local int rehearsing;

void ck_rehearse(int on) { rehearsing = on; }
int ck_is_rehearsal(void) { return rehearsing; }

int ck_skips(ck_int bytes) { return ck_is_rehearsal() && bytes > (4 << 20); }

// Small results are zeros: somebody may look at them, and whatever lies there might be no number.
enum { SMALL = 1 << 14 };

static void clear(void *y, ck_int count) {
  if (y && count <= SMALL) memset(y, 0, (size_t)count * sizeof(float));
}

static void unary(int op, const void *x, void *y, ck_int n) { clear(y, n); }
static void unary_backward(int op, const void *saved, const void *dy, void *dx, ck_int n) {
  clear(dx, n);
}
static void affine(double scale, double shift, const void *x, void *y, ck_int n) { clear(y, n); }
static void binary(
    int op, ck_int rank, const ck_int *shape, const ck_int *a_strides, const ck_int *b_strides,
    const void *a, const void *b, void *y) {
  ck_int count = 1;
  for (ck_int axis = 0; axis < rank; axis++) count *= shape[axis];
  clear(y, count);
}
static void reduce(int op, const void *x, void *y, ck_int outer, ck_int size, ck_int inner) {
  clear(y, outer * inner);
}
static void cumsum(
    const void *x, void *y, ck_int outer, ck_int size, ck_int inner, int reverse) {
  clear(y, outer * size * inner);
}
static double sum_of_squares(const void *x, ck_int n) { return 0; }
static void rows(const void *x, void *y, ck_int rows, ck_int size) { clear(y, rows * size); }
static void rows_backward(const void *y, const void *dy, void *dx, ck_int rows, ck_int size) {
  clear(dx, rows * size);
}
static void norm(
    const void *x, const void *weight, const void *bias, void *y, void *mean, void *rstd,
    ck_int rows, ck_int size, double eps) {}
static void norm_backward(
    const void *x, const void *weight, const void *mean, const void *rstd, const void *dy,
    void *dx, ck_int rows, ck_int size) {}
static void norm_parameters(
    const void *x, const void *mean, const void *rstd, const void *dy, void *dweight, void *dbias,
    ck_int rows, ck_int size) {}
static void cross_entropy(
    const void *logits, const int64_t *labels, int64_t ignore, void *losses, void *lse,
    ck_int rows, ck_int size) {
  clear(losses, rows);
}
static void cross_entropy_backward(
    const void *logits, const int64_t *labels, int64_t ignore, const void *lse,
    const void *gradient, void *dx, ck_int rows, ck_int size) {}
static void cross_entropy_slope(
    void *logits, const int64_t *labels, double share, void *losses, ck_int rows, ck_int size) {
  clear(losses, rows);
}
// What a kernel takes for its own while it runs, in the thread that calls it.
static void scratch(ck_int elements) { ck_free(ck_alloc(elements * (ck_int)sizeof(float))); }

// Tiles of 64 queries and 128 keys, as kernels/attention.h has them: scores, and rows of the result.
static void attention(const struct ck_attention *call) { scratch(64 * (128 + 2 + call->dim)); }
static void attention_backward(const struct ck_attention *call) { scratch(64 * (2 * 128 + 1)); }
static void rotary(
    const void *x, ck_int batch, ck_int heads, ck_int time, ck_int dim, ck_int batch_stride,
    ck_int head_stride, ck_int row_stride, const void *cosine, const void *sine, ck_int half,
    ck_int table_batch, int inverse, void *y) {}
static void scatter(
    const void *x, const int64_t *ids, void *out, ck_int outer, ck_int n, ck_int size,
    ck_int inner) {
  clear(out, outer * size * inner);
}
static void adamw(const struct ck_adamw *call) {}
static void product(const struct ck_product *call) {
  clear(call->c, call->batch * call->m * call->n);
}
// The packed blocks of a large product: fast math has them, a few MB at most.
static void packed_product(const struct ck_product *call) {
  ck_int bytes = ck_packed_bytes(call);
  if (bytes) ck_free(ck_alloc(bytes));
  product(call);
}

static void quantized_product(
    const struct ck_quantized *w, const void *x, const void *bias, void *y, ck_int n) {
  scratch(ck_weight_tile(w->columns) * w->columns);
  clear(y, n * w->rows);
}
static void quantized_gradient(const struct ck_quantized *w, const void *x, void *y, ck_int n) {
  scratch(ck_weight_tile(w->columns) * w->columns);
  clear(y, n * w->columns);
}
static void quantized_decode(
    const struct ck_quantized *w, const int64_t *ids, ck_int n, void *y) {}

#define NOTHING(kind_of_product)                                                                \
  {                                                                                             \
    .unary = unary, .unary_backward = unary_backward, .affine = affine, .clip = affine,         \
    .binary = binary, .reduce = reduce, .cumsum = cumsum, .sum_of_squares = sum_of_squares,     \
    .softmax = rows, .softmax_backward = rows_backward, .log_softmax = rows,                    \
    .log_softmax_backward = rows_backward, .norm = norm, .norm_backward = norm_backward,        \
    .norm_parameters = norm_parameters, .cross_entropy = cross_entropy,                         \
    .cross_entropy_backward = cross_entropy_backward,                                           \
    .cross_entropy_slope = cross_entropy_slope, .attention = attention,                         \
    .attention_backward = attention_backward, .rotary = rotary, .index_add = scatter,           \
    .scatter_add = scatter, .adamw = adamw, .product = kind_of_product,                         \
    .quantized_product = quantized_product, .quantized_gradient = quantized_gradient,           \
    .quantized_decode = quantized_decode                                                        \
  }

static const struct ck_table nothing = {.f32 = NOTHING(packed_product), .f64 = NOTHING(product)};

const struct ck_table *ck_rehearsal_table(void) { return &nothing; }
