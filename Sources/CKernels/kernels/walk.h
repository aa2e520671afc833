// Walking several strided operands together, in row-major order of their common shape.
#pragma once
#include "../include/ck_table.h"

typedef struct {
  int rank;
  ck_int count;
  ck_int shape[CK_MAX_RANK];
  ck_int a[CK_MAX_RANK], b[CK_MAX_RANK];
} ck_walk;

typedef struct {
  ck_int index[CK_MAX_RANK];
  ck_int a, b;
} ck_cursor;

// Joins neighbouring axes that are one run in both operands, and drops axes of size 1. There is
// always at least one axis.
static inline void walk_init(
    ck_walk *w, ck_int rank, const ck_int *shape, const ck_int *a, const ck_int *b) {
  w->rank = 0;
  w->count = 1;
  for (ck_int axis = 0; axis < rank; axis++) {
    w->count *= shape[axis];
    if (shape[axis] == 1) continue;
    int last = w->rank - 1;
    if (w->rank > 0 && w->a[last] == a[axis] * shape[axis] &&
        w->b[last] == b[axis] * shape[axis]) {
      w->shape[last] *= shape[axis];
      w->a[last] = a[axis];
      w->b[last] = b[axis];
      continue;
    }
    w->shape[w->rank] = shape[axis];
    w->a[w->rank] = a[axis];
    w->b[w->rank] = b[axis];
    w->rank++;
  }
  if (w->rank == 0) {
    w->shape[0] = 1;
    w->a[0] = w->b[0] = 1;
    w->rank = 1;
  }
}

static inline void walk_seek(const ck_walk *w, ck_int place, ck_cursor *c) {
  c->a = c->b = 0;
  for (int axis = w->rank - 1; axis >= 0; axis--) {
    c->index[axis] = place % w->shape[axis];
    place /= w->shape[axis];
    c->a += c->index[axis] * w->a[axis];
    c->b += c->index[axis] * w->b[axis];
  }
}

// How many elements from here to the end of the innermost axis, at most `limit`.
static inline ck_int walk_run(const ck_walk *w, const ck_cursor *c, ck_int limit) {
  ck_int rest = w->shape[w->rank - 1] - c->index[w->rank - 1];
  return rest < limit ? rest : limit;
}

static inline void walk_advance(const ck_walk *w, ck_cursor *c, ck_int run) {
  int axis = w->rank - 1;
  c->index[axis] += run;
  c->a += run * w->a[axis];
  c->b += run * w->b[axis];
  while (axis > 0 && c->index[axis] == w->shape[axis]) {
    c->index[axis] = 0;
    c->a += w->a[axis - 1] - w->shape[axis] * w->a[axis];
    c->b += w->b[axis - 1] - w->shape[axis] * w->b[axis];
    axis--;
    c->index[axis]++;
  }
}
