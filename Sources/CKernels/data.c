// Copies, casts, fills, selections: kernels without arithmetic.
#include "include/ck_data.h"

#include <string.h>

#include "kernels/walk.h"

enum { GRAIN = 32768 };

typedef struct {
  ck_walk walk;
  const char *x;
  char *y;
  ck_int size;
  int place;
} copy_call;

#define RUN_OF(TYPE)                                                                  \
  case sizeof(TYPE):                                                                  \
    for (ck_int i = 0; i < n; i++)                                                    \
      ((TYPE *)y)[i * to] = ((const TYPE *)x)[i * from];                              \
    break;

static inline void copy_run(
    ck_int size, const char *x, ck_int from, char *y, ck_int to, ck_int n) {
  if (from == 1 && to == 1) {
    memcpy(y, x, (size_t)(n * size));
    return;
  }
  switch (size) {
    RUN_OF(uint8_t)
    RUN_OF(uint16_t)
    RUN_OF(uint32_t)
    RUN_OF(uint64_t)
  }
}

static void copy_range(void *context, ck_int begin, ck_int end) {
  const copy_call *call = context;
  const ck_walk *w = &call->walk;
  ck_int size = call->size;
  ck_cursor at;
  walk_seek(w, begin, &at);
  ck_int from = w->a[w->rank - 1], to = w->b[w->rank - 1];
  while (begin < end) {
    ck_int run = walk_run(w, &at, end - begin);
    copy_run(size, call->x + at.a * size, from, call->y + at.b * size, to, run);
    walk_advance(w, &at, run);
    begin += run;
  }
}

static void dense_strides(ck_int rank, const ck_int *shape, ck_int *strides) {
  ck_int step = 1;
  for (ck_int axis = rank - 1; axis >= 0; axis--) {
    strides[axis] = step;
    step *= shape[axis];
  }
}

// Two axes exchanged: blocks keep both sides in cache.
static void copy_transposed(void *context, ck_int begin, ck_int end) {
  const copy_call *call = context;
  const ck_walk *w = &call->walk;
  enum { BLOCK = 32 };
  ck_int columns = w->shape[w->rank - 1], rows = w->shape[w->rank - 2];
  ck_int bands = (rows + BLOCK - 1) / BLOCK;
  for (ck_int unit = begin; unit < end; unit++) {
    ck_int top = unit % bands * BLOCK;
    ck_int bottom = top + BLOCK < rows ? top + BLOCK : rows;
    ck_cursor at;
    walk_seek(w, (unit / bands * rows + top) * columns, &at);
    for (ck_int left = 0; left < columns; left += BLOCK) {
      ck_int width = left + BLOCK < columns ? BLOCK : columns - left;
      for (ck_int r = 0; r < bottom - top; r++) {
        ck_int a = at.a + r * w->a[w->rank - 2] + left * w->a[w->rank - 1];
        ck_int b = at.b + r * w->b[w->rank - 2] + left;
        copy_run(
            call->size, call->x + a * call->size, w->a[w->rank - 1], call->y + b * call->size, 1,
            width);
      }
    }
  }
}

void ck_copy(
    ck_int element_size, ck_int rank, const ck_int *shape, const ck_int *strides, const void *x,
    void *y) {
  ck_int dense[CK_MAX_RANK];
  dense_strides(rank, shape, dense);
  copy_call call = {.x = x, .y = y, .size = element_size};
  ck_walk *w = &call.walk;
  walk_init(w, rank, shape, strides, dense);
  if (w->count == 0 || ck_skips(w->count * element_size)) return;
  if (w->rank >= 2 && w->a[w->rank - 1] != 1 && w->a[w->rank - 2] == 1) {
    ck_int rows = w->shape[w->rank - 2], columns = w->shape[w->rank - 1];
    ck_int units = w->count / (rows * columns) * ((rows + 31) / 32);
    ck_parallel(copy_transposed, &call, units, 1 + GRAIN / (32 * columns));
  } else {
    ck_parallel(copy_range, &call, w->count, GRAIN);
  }
}

void ck_place(
    ck_int element_size, ck_int rank, const ck_int *shape, const ck_int *strides, const void *x,
    void *y) {
  ck_int dense[CK_MAX_RANK];
  dense_strides(rank, shape, dense);
  copy_call call = {.x = x, .y = y, .size = element_size};
  walk_init(&call.walk, rank, shape, dense, strides);
  if (call.walk.count == 0 || ck_skips(call.walk.count * element_size)) return;
  ck_parallel(copy_range, &call, call.walk.count, GRAIN);
}

static inline float widen(uint16_t x) {
  uint32_t bits = (uint32_t)x << 16;
  float y;
  memcpy(&y, &bits, sizeof y);
  return y;
}

// To the nearest, ties to even; NaN stays a (quiet) NaN.
static inline uint16_t narrow(float x) {
  uint32_t bits;
  memcpy(&bits, &x, sizeof bits);
  uint16_t rounded = (uint16_t)((bits + 0x7fff + ((bits >> 16) & 1)) >> 16);
  return (bits & 0x7fffffff) > 0x7f800000 ? (uint16_t)((bits >> 16) | 0x40) : rounded;
}

static inline float half_to_float(uint16_t x) {
  uint32_t sign = (uint32_t)(x & 0x8000) << 16, rest = x & 0x7fff;
  uint32_t bits = (rest << 13) + 0x38000000;         // exponents from bias 15 to bias 127
  if (rest >= 0x7c00) bits = (rest << 13) | 0x7f800000;
  float y;
  memcpy(&y, &bits, sizeof y);
  if (rest < 0x400) y = (float)rest * 0x1p-24f;      // denormals
  memcpy(&bits, &y, sizeof bits);
  bits |= sign;
  memcpy(&y, &bits, sizeof y);
  return y;
}

typedef struct {
  int from, to;
  const void *x;
  void *y;
} cast_call;

#define EACH(FROM, TO, expression)                   \
  {                                                  \
    const FROM *restrict x = call->x;                \
    TO *restrict y = call->y;                        \
    for (ck_int i = begin; i < end; i++) {           \
      FROM v = x[i];                                 \
      y[i] = expression;                             \
    }                                                \
    break;                                           \
  }

#define FROM(FROM, value)                               \
  switch (call->to) {                                   \
    case CK_F32: EACH(FROM, float, (float)(value))      \
    case CK_F64: EACH(FROM, double, (double)(value))    \
    case CK_BF16: EACH(FROM, uint16_t, narrow((float)(value))) \
    case CK_I32: EACH(FROM, int32_t, (int32_t)(value))  \
    case CK_I64: EACH(FROM, int64_t, (int64_t)(value))  \
    case CK_BOOL: EACH(FROM, uint8_t, (value) != 0)     \
  }                                                     \
  break;

static void cast_range(void *context, ck_int begin, ck_int end) {
  const cast_call *call = context;
  switch (call->from) {
    case CK_F32: FROM(float, v)
    case CK_F64: FROM(double, v)
    case CK_BF16: FROM(uint16_t, widen(v))
    case CK_I32: FROM(int32_t, v)
    case CK_I64: FROM(int64_t, v)
    case CK_BOOL: FROM(uint8_t, v)
  }
}

void ck_cast(int from, const void *x, int to, void *y, ck_int n) {
  if (ck_skips(n * 4)) return;
  cast_call call = {from, to, x, y};
  ck_parallel(cast_range, &call, n, GRAIN);
}

static void half_range(void *context, ck_int begin, ck_int end) {
  const cast_call *call = context;
  for (ck_int i = begin; i < end; i++) {
    uint16_t half;  // the bytes may lie at any address
    memcpy(&half, (const char *)call->x + 2 * i, sizeof half);
    ((float *)call->y)[i] = half_to_float(half);
  }
}

void ck_decode_half(const void *x, float *y, ck_int n) {
  cast_call call = {0, 0, x, y};
  ck_parallel(half_range, &call, n, GRAIN);
}

typedef struct {
  int type;
  double start, step;
  int64_t whole;
  int is_whole;
  void *y;
} fill_call;

#define FILL(TYPE, value) \
  for (ck_int i = begin; i < end; i++) ((TYPE *)call->y)[i] = value; \
  break;

static void fill_range(void *context, ck_int begin, ck_int end) {
  const fill_call *call = context;
  double d = call->start;
  int64_t n = call->is_whole ? call->whole : (int64_t)d;
  if (call->is_whole) d = (double)call->whole;
  uint16_t narrow_value = narrow((float)d);
  switch (call->type) {
    case CK_F32: FILL(float, (float)d)
    case CK_F64: FILL(double, d)
    case CK_BF16: FILL(uint16_t, narrow_value)
    case CK_I32: FILL(int32_t, (int32_t)n)
    case CK_I64: FILL(int64_t, n)
    case CK_BOOL: FILL(uint8_t, d != 0)
  }
}

static int is_whole_type(int type) { return type == CK_I32 || type == CK_I64; }

void ck_fill(int type, double value, void *y, ck_int n) {
  if (ck_skips(n * 4)) return;
  int64_t whole = is_whole_type(type) ? (int64_t)value : 0;
  fill_call call = {type, value, 0, whole, is_whole_type(type), y};
  ck_parallel(fill_range, &call, n, GRAIN);
}

void ck_fill_int(int type, int64_t value, void *y, ck_int n) {
  fill_call call = {type, (double)value, 0, value, 1, y};
  ck_parallel(fill_range, &call, n, GRAIN);
}

#define STEP(TYPE, convert) \
  for (ck_int i = 0; i < n; i++) ((TYPE *)y)[i] = convert(start + step * (double)i); \
  break;

void ck_arange(int type, double start, double step, void *y, ck_int n) {
  switch (type) {
    case CK_F32: STEP(float, (float))
    case CK_F64: STEP(double, )
    case CK_BF16: STEP(uint16_t, narrow)
    case CK_I32: STEP(int32_t, (int32_t))
    case CK_I64: STEP(int64_t, (int64_t))
    case CK_BOOL: STEP(uint8_t, 0 !=)
  }
}

typedef struct {
  ck_int size;
  const uint8_t *mask;
  const void *a, *b;
  void *y;
} select_call;

#define CHOOSE(TYPE)                                                              \
  case sizeof(TYPE):                                                              \
    for (ck_int i = begin; i < end; i++)                                          \
      ((TYPE *)s->y)[i] = s->mask[i] ? ((const TYPE *)s->a)[i] : ((const TYPE *)s->b)[i]; \
    break;

static void select_range(void *context, ck_int begin, ck_int end) {
  const select_call *s = context;
  switch (s->size) {
    CHOOSE(uint8_t)
    CHOOSE(uint16_t)
    CHOOSE(uint32_t)
    CHOOSE(uint64_t)
  }
}

void ck_select(
    ck_int element_size, const uint8_t *mask, const void *a, const void *b, void *y, ck_int n) {
  if (ck_skips(n * element_size)) return;
  select_call call = {element_size, mask, a, b, y};
  ck_parallel(select_range, &call, n, GRAIN);
}
