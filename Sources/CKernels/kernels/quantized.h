// Products with weights that are stored in fewer bits: a tile of rows is decoded into the cache and
// multiplied there. Before including, a file defines `tile_product`.
#pragma once
#include "common.h"
#include "quantized_values.h"

// Rounded as the definition says, in f32, whatever the element type: product, then sum.
INLINE float nf4_scale(const struct ck_quantized *w, ck_int block) {
#pragma clang fp contract(off)
  if (!w->scale_codes) return w->scales[block];
  float product = dynamic_values[w->scale_codes[block]] * w->scales[block / CK_NF4_GROUP];
  return product + w->offset;
}

INLINE void decode_nf4(const struct ck_quantized *w, ck_int first, ck_int count, REAL *restrict y) {
  const uint8_t *codes = w->codes;
  while (count > 0) {
    ck_int inside = first % CK_NF4_BLOCK;
    ck_int run = smaller(count, CK_NF4_BLOCK - inside), i = 0;
    float scale = nf4_scale(w, first / CK_NF4_BLOCK);
    if (first & 1) y[i++] = (REAL)(nf4_values[codes[first >> 1] & 15] * scale);
    for (; i + 2 <= run; i += 2) {
      uint8_t pair = codes[(first + i) >> 1];
      y[i] = (REAL)(nf4_values[pair >> 4] * scale);
      y[i + 1] = (REAL)(nf4_values[pair & 15] * scale);
    }
    if (i < run) y[i] = (REAL)(nf4_values[codes[(first + i) >> 1] >> 4] * scale);
    first += run;
    y += run;
    count -= run;
  }
}

// A file's blocks, which become f32 whatever the element type.
INLINE void decode_blocks(const struct ck_quantized *w, ck_int first, ck_int blocks, REAL *y) {
  const uint8_t *source = (const uint8_t *)w->codes + first * w->block_bytes;
#ifdef REAL_IS_F32
  w->decode(source, y, blocks);
#else
  float values[256];
  for (ck_int b = 0; b < blocks; b++) {
    w->decode(source + b * w->block_bytes, values, 1);
    for (ck_int i = 0; i < w->block_size; i++) y[b * w->block_size + i] = values[i];
  }
#endif
}

// Whole rows, the first of them `row`.
INLINE void decode_rows(const struct ck_quantized *w, ck_int row, ck_int rows, REAL *restrict y) {
  ck_int n = w->columns;
  if (w->kind == CK_NF4) {
    decode_nf4(w, row * n, rows * n, y);
  } else if (w->kind == CK_INT8) {
    for (ck_int r = 0; r < rows; r++) {
      const int8_t *codes = (const int8_t *)w->codes + (row + r) * n;
      float scale = w->scales[row + r];
      for (ck_int i = 0; i < n; i++) y[r * n + i] = (REAL)((float)codes[i] * scale);
    }
  } else if (w->kind == CK_FILE_BLOCKS) {
    ck_int blocks = n / w->block_size;
    decode_blocks(w, row * blocks, rows * blocks, y);
  } else {
    const uint16_t *codes = (const uint16_t *)w->codes + row * n;
    for (ck_int i = 0; i < rows * n; i++) {
      uint32_t bits = (uint32_t)codes[i] << 16;
      float value;
      memcpy(&value, &bits, sizeof value);
      y[i] = (REAL)value;
    }
  }
}

typedef struct {
  const struct ck_quantized *w;
  const REAL *x, *bias;
  REAL *y;
  const int64_t *ids;
  ck_int rows, tile;
} quantized_call;

// So few rows of x are multiplied one by one with each row of the weight.
enum { FEW_ROWS = 4 };

// y[:, tile] = x w[tile]^T + bias[tile]; a unit is a tile of the weight's rows.
CLONES static void quantized_product_tiles(void *context, ck_int begin, ck_int end) {
  const quantized_call *call = context;
  ck_int columns = call->w->columns, outputs = call->w->rows;
  REAL *tile = ck_alloc(call->tile * columns * (ck_int)sizeof(REAL));
  for (ck_int unit = begin; unit < end; unit++) {
    ck_int first = unit * call->tile, width = smaller(call->tile, outputs - first);
    REAL *y = call->y + first;
    if (call->rows <= FEW_ROWS) {
      for (ck_int n = 0; n < width; n++) {
        decode_rows(call->w, first + n, 1, tile);
        for (ck_int r = 0; r < call->rows; r++)
          y[r * outputs + n] = row_dot(call->x + r * columns, tile, columns);
      }
    } else {
      decode_rows(call->w, first, width, tile);
      tile_product(
          false, true, call->rows, width, columns, 1, call->x, columns, tile, columns, 0, y,
          outputs);
    }
    if (!call->bias) continue;
    for (ck_int r = 0; r < call->rows; r++)
      for (ck_int n = 0; n < width; n++) y[r * outputs + n] += call->bias[first + n];
  }
  ck_free(tile);
}

static void quantized_product(
    const struct ck_quantized *w, const void *x, const void *bias, void *y, ck_int rows) {
  if (rows == 0) return;
  quantized_call call = {.w = w, .x = x, .bias = bias, .y = y, .rows = rows};
  call.tile = ck_weight_tile(w->columns);
  ck_parallel(quantized_product_tiles, &call, (w->rows + call.tile - 1) / call.tile, 1);
}

// y = x w, tile after tile of the weight's rows; a unit is a row of x.
CLONES static void quantized_gradient_rows(void *context, ck_int begin, ck_int end) {
  const quantized_call *call = context;
  ck_int columns = call->w->columns, outputs = call->w->rows;
  REAL *tile = ck_alloc(call->tile * columns * (ck_int)sizeof(REAL));
  for (ck_int first = 0; first < outputs; first += call->tile) {
    ck_int width = smaller(call->tile, outputs - first);
    decode_rows(call->w, first, width, tile);
    tile_product(
        false, false, end - begin, columns, width, 1, call->x + begin * outputs + first, outputs,
        tile, columns, first > 0, call->y + begin * columns, columns);
  }
  ck_free(tile);
}

static void quantized_gradient(
    const struct ck_quantized *w, const void *x, void *y, ck_int rows) {
  quantized_call call = {.w = w, .x = x, .y = y, .rows = rows};
  call.tile = ck_weight_tile(w->columns);
  // Each range decodes the whole weight: as few ranges as there are threads.
  ck_int grain = (rows + ck_threads() - 1) / ck_threads();
  ck_parallel(quantized_gradient_rows, &call, rows, larger(grain, 1));
}

CLONES static void quantized_decode_rows(void *context, ck_int begin, ck_int end) {
  const quantized_call *call = context;
  ck_int columns = call->w->columns;
  for (ck_int i = begin; i < end; i++)
    decode_rows(call->w, call->ids ? (ck_int)call->ids[i] : i, 1, call->y + i * columns);
}

// Rows by their ids, or all of them.
static void quantized_decode(
    const struct ck_quantized *w, const int64_t *ids, ck_int count, void *y) {
  quantized_call call = {.w = w, .y = y, .ids = ids};
  ck_parallel(quantized_decode_rows, &call, count, grain_rows(w->columns));
}
