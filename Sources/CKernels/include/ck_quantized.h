#pragma once
#include "ck_pool.h"

enum { CK_NF4, CK_INT8, CK_STORED_BF16, CK_FILE_BLOCKS };
enum { CK_NF4_BLOCK = 64, CK_NF4_GROUP = 256 };

// A matrix [rows, columns] that is stored in fewer bits.
// NF4 (Dettmers et al. 2023, arXiv:2305.14314): blocks of 64 elements, row-major, two codes a byte,
// the first in the high half. Block b's scale is dynamic[scale_codes[b]] * scales[b / 256] + offset.
// Without scale codes it is scales[b]. int8: one scale a row. bf16: no scales. File blocks: rows of
// whole blocks, scales among them, which `decode` knows.
struct ck_quantized {
  int kind;
  ck_int rows, columns;
  const void *codes;
  const uint8_t *scale_codes;
  const float *scales;
  float offset;
  void (*decode)(const void *source, float *y, ck_int blocks);
  ck_int block_size, block_bytes;
};

// How many rows are decoded together: so many that they fit a core's cache, and still fill a
// product's tiles.
static inline ck_int ck_weight_tile(ck_int columns) {
  ck_int rows = 196608 / (columns > 1 ? columns : 1);
  return rows < 32 ? 32 : rows > 256 ? 256 : rows;
}
