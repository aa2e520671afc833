// Comparing and ordering elements of TYPE; a file defines TYPE and TYPED(name), and NUMERIC for
// integers' arithmetic.
typedef struct {
  int op;
  ck_walk walk;
  const TYPE *a, *b;
  void *y;
} TYPED(pair_call);

#define RUN(RESULT, expression)                          \
  for (ck_int i = 0; i < run; i++) {                     \
    TYPE u = a[i * sa], v = b[i * sb];                   \
    ((RESULT *)call->y)[begin + i] = expression;         \
  }                                                      \
  break;

static void TYPED(compare_range)(void *context, ck_int begin, ck_int end) {
  const TYPED(pair_call) *call = context;
  const ck_walk *w = &call->walk;
  ck_cursor at;
  walk_seek(w, begin, &at);
  ck_int sa = w->a[w->rank - 1], sb = w->b[w->rank - 1];
  while (begin < end) {
    ck_int run = walk_run(w, &at, end - begin);
    const TYPE *a = call->a + at.a, *b = call->b + at.b;
    switch (call->op) {
      case 0: RUN(uint8_t, u == v)
      case 1: RUN(uint8_t, u != v)
      case 2: RUN(uint8_t, u < v)
      case 3: RUN(uint8_t, u <= v)
      case 4: RUN(uint8_t, u > v)
      case 5: RUN(uint8_t, u >= v)
    }
    walk_advance(w, &at, run);
    begin += run;
  }
}

#ifdef NUMERIC
// Wraps around, as two's complement does.
static inline TYPE TYPED(power)(TYPE x, TYPE n) {
  uint64_t result = 1, factor = (uint64_t)x;
  if (n < 0) return x == 1 ? 1 : (x == (TYPE)-1 ? (n & 1 ? (TYPE)-1 : 1) : 0);
  for (; n > 0; n = (TYPE)(n >> 1)) {
    if (n & 1) result *= factor;
    factor *= factor;
  }
  return (TYPE)result;
}

static inline TYPE TYPED(floor_divide)(TYPE u, TYPE v) {
  if (v == 0) return 0;
  if (v == (TYPE)-1) return (TYPE)(0 - (uint64_t)u);
  TYPE q = (TYPE)(u / v);
  return (u % v != 0 && ((u < 0) != (v < 0))) ? (TYPE)(q - 1) : q;
}

static void TYPED(integer_range)(void *context, ck_int begin, ck_int end) {
  const TYPED(pair_call) *call = context;
  const ck_walk *w = &call->walk;
  ck_cursor at;
  walk_seek(w, begin, &at);
  ck_int sa = w->a[w->rank - 1], sb = w->b[w->rank - 1];
  while (begin < end) {
    ck_int run = walk_run(w, &at, end - begin);
    const TYPE *a = call->a + at.a, *b = call->b + at.b;
    switch (call->op) {
      case CK_ADD: RUN(TYPE, (TYPE)((uint64_t)u + (uint64_t)v))
      case CK_SUB: RUN(TYPE, (TYPE)((uint64_t)u - (uint64_t)v))
      case CK_MUL: RUN(TYPE, (TYPE)((uint64_t)u * (uint64_t)v))
      case CK_POW: RUN(TYPE, TYPED(power)(u, v))
      case CK_MAXIMUM: RUN(TYPE, u > v ? u : v)
      case CK_MINIMUM: RUN(TYPE, u < v ? u : v)
      case CK_FLOOR_DIVIDE: RUN(TYPE, TYPED(floor_divide)(u, v))
      case CK_REMAINDER:
        RUN(TYPE, (TYPE)((uint64_t)u - (uint64_t)TYPED(floor_divide)(u, v) * (uint64_t)v))
    }
    walk_advance(w, &at, run);
    begin += run;
  }
}

static void TYPED(integer_reduce)(
    int op, const TYPE *x, TYPE *y, ck_int outer, ck_int size, ck_int inner) {
  for (ck_int o = 0; o < outer; o++)
    for (ck_int c = 0; c < inner; c++) {
      const TYPE *from = x + o * size * inner + c;
      TYPE value = op == CK_SUM ? 0 : (op == CK_PROD ? 1 : from[0]);
      for (ck_int i = 0; i < size; i++) {
        TYPE v = from[i * inner];
        if (op == CK_SUM) value = (TYPE)((uint64_t)value + (uint64_t)v);
        if (op == CK_PROD) value = (TYPE)((uint64_t)value * (uint64_t)v);
        if (op == CK_MAX && v > value) value = v;
        if (op == CK_MIN && v < value) value = v;
      }
      y[o * inner + c] = value;
    }
}
#endif
#undef RUN

static void TYPED(argmax)(const TYPE *x, int64_t *places, ck_int rows, ck_int size, int smallest) {
  for (ck_int row = 0; row < rows; row++) {
    const TYPE *v = x + row * size;
    ck_int best = 0;
    for (ck_int i = 1; i < size && v[best] == v[best]; i++)
      if (v[i] != v[i] || (smallest ? v[i] < v[best] : v[i] > v[best])) best = i;
    places[row] = best;
  }
}

// True if element i goes before element j, were they equal in place.
static inline int TYPED(before)(TYPE u, TYPE v, int descending) {
  if (u != u || v != v) return u == u;
  return descending ? u > v : u < v;
}

// Merge sort of places, bottom up, so that equal elements keep their order. Stopped, it leaves the places in some order,
// each still once.
static void TYPED(sort_row)(
    const TYPE *x, int64_t *places, int64_t *spare, ck_int n, int descending) {
  for (ck_int i = 0; i < n; i++) places[i] = i;
  int64_t *from = places, *to = spare;
  for (ck_int width = 1; width < n; width *= 2) {
    for (ck_int low = 0; low < n; low += 2 * width) {
      ck_int middle = low + width < n ? low + width : n;
      ck_int high = low + 2 * width < n ? low + 2 * width : n;
      ck_int i = low, j = middle;
      for (ck_int k = low; k < high; k++) {
        if ((k & 0xFFFF) == 0 && ck_stopped()) goto stopped;
        int second = i == middle || (j < high && TYPED(before)(x[from[j]], x[from[i]], descending));
        to[k] = second ? from[j++] : from[i++];
      }
    }
    int64_t *swap = from;
    from = to;
    to = swap;
  }
stopped:
  if (from != places) memcpy(places, from, (size_t)n * sizeof(int64_t));
}

static void TYPED(sort)(
    const TYPE *x, TYPE *values, int64_t *places, ck_int rows, ck_int size, int descending) {
  int64_t *spare = ck_alloc(size * (ck_int)sizeof(int64_t));
  for (ck_int row = 0; row < rows; row++) {
    const TYPE *from = x + row * size;
    TYPED(sort_row)(from, places + row * size, spare, size, descending);
    for (ck_int i = 0; i < size; i++) values[row * size + i] = from[places[row * size + i]];
  }
  ck_free(spare);
}

// Keeps the k best so far in order; most elements fail the first comparison.
static void TYPED(top_k)(
    const TYPE *x, TYPE *values, int64_t *places, ck_int rows, ck_int size, ck_int k) {
  for (ck_int row = 0; row < rows; row++) {
    const TYPE *from = x + row * size;
    TYPE *best = values + row * k;
    int64_t *at = places + row * k;
    ck_int kept = 0;
    for (ck_int i = 0; i < size; i++) {
      if (kept == k && !TYPED(before)(from[i], best[k - 1], 1)) continue;
      ck_int slot = kept < k ? kept++ : k - 1;
      for (; slot > 0 && TYPED(before)(from[i], best[slot - 1], 1); slot--) {
        best[slot] = best[slot - 1];
        at[slot] = at[slot - 1];
      }
      best[slot] = from[i];
      at[slot] = i;
    }
  }
}
#undef TYPE
#undef TYPED
#undef NUMERIC
