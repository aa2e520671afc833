// Elements by index, and where a mask is true.
#include <string.h>

#include "include/ck_data.h"

typedef struct {
  const char *x;
  const int64_t *ids;
  char *y;
  ck_int n, size, inner;
} index_call;

static void index_range(void *context, ck_int begin, ck_int end) {
  const index_call *call = context;
  for (ck_int row = begin; row < end; row++) {
    ck_int o = row / call->n, id = (ck_int)call->ids[row % call->n];
    memcpy(
        call->y + row * call->inner, call->x + (o * call->size + id) * call->inner,
        (size_t)call->inner);
  }
}

void ck_index(
    const void *x, const int64_t *ids, void *y, ck_int outer, ck_int n, ck_int size,
    ck_int inner) {
  if (ck_skips(outer * n * inner)) return;
  index_call call = {x, ids, y, n, size, inner};
  ck_parallel(index_range, &call, outer * n, 1 + 65536 / (inner + 1));
}

#define TAKE(TYPE)                                                          \
  case sizeof(TYPE):                                                        \
    for (ck_int o = 0; o < outer; o++)                                      \
      for (ck_int i = 0; i < n; i++)                                        \
        for (ck_int j = 0; j < inner; j++) {                                \
          ck_int place = (o * n + i) * inner + j;                           \
          ((TYPE *)y)[place] = ((const TYPE *)x)[(o * size + ids[place]) * inner + j]; \
        }                                                                   \
    break;

void ck_take(
    ck_int element_size, const void *x, const int64_t *ids, void *y, ck_int outer, ck_int n,
    ck_int size, ck_int inner) {
  if (ck_skips(outer * n * inner * element_size)) return;
  switch (element_size) {
    TAKE(uint8_t)
    TAKE(uint16_t)
    TAKE(uint32_t)
    TAKE(uint64_t)
  }
}

ck_int ck_normalise_ids(int64_t *ids, ck_int n, ck_int size) {
  for (ck_int i = 0; i < n; i++) {
    int64_t id = ids[i] < 0 ? ids[i] + size : ids[i];
    if (id < 0 || id >= size) return i;
    ids[i] = id;
  }
  return -1;
}

ck_int ck_check_labels(
    const int64_t *labels, ck_int n, ck_int size, int64_t ignore, ck_int *count) {
  *count = 0;
  for (ck_int i = 0; i < n; i++) {
    if (labels[i] == ignore) continue;
    if (labels[i] < 0 || labels[i] >= size) return i;
    (*count)++;
  }
  return -1;
}

ck_int ck_count_true(const uint8_t *mask, ck_int n) {
  ck_int count = 0;
  for (ck_int i = 0; i < n; i++) count += mask[i] != 0;
  return count;
}

void ck_nonzero(const uint8_t *mask, ck_int n, int64_t *places) {
  for (ck_int i = 0; i < n; i++)
    if (mask[i]) *places++ = i;
}
