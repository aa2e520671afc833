// Large products of f32 matrices from packed panels (Goto and van de Geijn 2008): both operands are
// copied once into the order in which a tile's kernel reads them, by all threads, and tiles of the
// result are then independent. OpenBLAS at one thread packs for each piece that it is given, so
// that pieces short enough to be stopped cost it a third of its speed.
//
// Each element is one sum over k, in blocks of fixed length: the bits depend on neither threads nor
// pieces.
#pragma once
#include "kernels/common.h"

// Columns of a block and its depth: the packed block stays in the last cache, one panel in the first.
enum { BLOCK_DEPTH = 256, BLOCK_COLUMNS = 1536, BLOCK_ROWS = 2016, PIECE_ROWS = 112 };

// The largest part not above `most` of which equal ones make up `whole`, a multiple of `unit`.
INLINE ck_int even_part(ck_int whole, ck_int most, ck_int unit) {
  ck_int parts = (whole + most - 1) / most;
  ck_int part = (whole + parts - 1) / parts;
  return (part + unit - 1) / unit * unit;
}

// Whether a product is large enough to be worth packing, and fills the tiles.
static bool is_packed(const struct ck_product *p, ck_int tile_rows, ck_int tile_columns) {
  if (p->batch != 1) return false;
  return p->m >= 2 * tile_rows && p->n >= 2 * tile_columns && p->k >= 16 &&
         (double)p->m * (double)p->n * (double)p->k >= 1 << 22;
}

typedef struct {
  ck_int rows, columns, depth;
} packed_size;

// Of the packed blocks; all 0 if the product is none of those that are packed.
static packed_size size_of_blocks(
    const struct ck_product *p, ck_int tile_rows, ck_int tile_columns) {
  if (!is_packed(p, tile_rows, tile_columns)) return (packed_size){0};
  return (packed_size){
      even_part(p->m, BLOCK_ROWS, tile_rows), even_part(p->n, BLOCK_COLUMNS, tile_columns),
      even_part(p->k, BLOCK_DEPTH, 1)};
}

static ck_int bytes_of_blocks(packed_size size) {
  return (size.rows + size.columns) * size.depth * (ck_int)sizeof(REAL);
}

// With the tiles of AVX2, whatever machine this is: what is predicted here is the same everywhere.
ck_int ck_packed_bytes(const struct ck_product *p) {
  return bytes_of_blocks(size_of_blocks(p, 6, 16));
}

#if defined(__x86_64__)

// c[rows, columns] (+)= a b from panels: a [depth, rows], b [depth, columns].
typedef void (*tile_kernel)(
    ck_int depth, const REAL *a, const REAL *b, REAL *c, ck_int ldc, bool add);

// The tile's sums and the vectors of one step fill the registers. Compilers would rather halve vectors
// of 64 bytes, which leaves the sums no room.
#define TILE_KERNEL(name, isa, bytes, rows, vectors)                                          \
  __attribute__((target(isa), min_vector_width(8 * bytes))) static void name(                 \
      ck_int depth, const REAL *restrict a, const REAL *restrict b, REAL *c, ck_int ldc,      \
      bool add) {                                                                             \
    typedef REAL vec __attribute__((vector_size(bytes), aligned(sizeof(REAL))));              \
    enum { WIDTH = bytes / sizeof(REAL) };                                                    \
    vec sum[rows][vectors];                                                                   \
    _Pragma("clang loop unroll(full)") for (int r = 0; r < rows; r++) {                       \
      __builtin_prefetch(c + r * ldc, 1);                                                     \
      _Pragma("clang loop unroll(full)") for (int v = 0; v < vectors; v++)                    \
          sum[r][v] = (vec){0};                                                               \
    }                                                                                         \
    for (ck_int k = 0; k < depth; k++) {                                                      \
      vec right[vectors];                                                                     \
      _Pragma("clang loop unroll(full)") for (int v = 0; v < vectors; v++)                    \
          right[v] = *(const vec *)(b + (k * vectors + v) * WIDTH);                           \
      _Pragma("clang loop unroll(full)") for (int r = 0; r < rows; r++) {                     \
        _Pragma("clang loop unroll(full)") for (int v = 0; v < vectors; v++)                  \
            sum[r][v] += a[k * rows + r] * right[v];                                          \
      }                                                                                       \
    }                                                                                         \
    _Pragma("clang loop unroll(full)") for (int r = 0; r < rows; r++) {                       \
      _Pragma("clang loop unroll(full)") for (int v = 0; v < vectors; v++) {                  \
        vec *place = (vec *)(c + r * ldc + v * WIDTH);                                        \
        *place = add ? *place + sum[r][v] : sum[r][v];                                        \
      }                                                                                       \
    }                                                                                         \
  }

TILE_KERNEL(tile_avx2, "avx2,fma", 32, 6, 2)
TILE_KERNEL(tile_avx512, "arch=x86-64-v4", 64, 14, 2)

enum { MOST_TILE_ROWS = 14, MOST_TILE_COLUMNS = 32 };

typedef struct {
  tile_kernel run;  // null: this machine has no kernel
  ck_int rows, columns;
} tile_choice;

static tile_choice choose_tile(void) {
  if (__builtin_cpu_supports("x86-64-v4")) return (tile_choice){tile_avx512, 14, 32};
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
    return (tile_choice){tile_avx2, 6, 16};
  return (tile_choice){0};
}

typedef struct {
  const struct ck_product *call;
  tile_choice tile;
  ck_int row, rows, column, columns, k, depth;  // the block at work
  ck_int row_panels, column_panels;             // of which this many are to be packed
  ck_int row_pieces, column_pieces;
  REAL *a, *b;
} packed_block;

typedef REAL quad __attribute__((vector_size(4 * sizeof(REAL)), aligned(sizeof(REAL))));

// Four rows of four, exchanged with their columns.
INLINE void turn_quads(const REAL *x, ck_int step, REAL *y, ck_int width) {
  quad p = *(const quad *)x, q = *(const quad *)(x + step);
  quad r = *(const quad *)(x + 2 * step), s = *(const quad *)(x + 3 * step);
  quad pq = __builtin_shufflevector(p, q, 0, 4, 1, 5), rs = __builtin_shufflevector(r, s, 0, 4, 1, 5);
  *(quad *)y = __builtin_shufflevector(pq, rs, 0, 1, 4, 5);
  *(quad *)(y + width) = __builtin_shufflevector(pq, rs, 2, 3, 6, 7);
  pq = __builtin_shufflevector(p, q, 2, 6, 3, 7), rs = __builtin_shufflevector(r, s, 2, 6, 3, 7);
  *(quad *)(y + 2 * width) = __builtin_shufflevector(pq, rs, 0, 1, 4, 5);
  *(quad *)(y + 3 * width) = __builtin_shufflevector(pq, rs, 2, 3, 6, 7);
}

// The same for two rows of four.
INLINE void turn_pairs(const REAL *x, ck_int step, REAL *y, ck_int width) {
  typedef REAL pair __attribute__((vector_size(2 * sizeof(REAL)), aligned(sizeof(REAL))));
  quad p = *(const quad *)x, q = *(const quad *)(x + step);
  *(pair *)y = __builtin_shufflevector(p, q, 0, 4);
  *(pair *)(y + width) = __builtin_shufflevector(p, q, 1, 5);
  *(pair *)(y + 2 * width) = __builtin_shufflevector(p, q, 2, 6);
  *(pair *)(y + 3 * width) = __builtin_shufflevector(p, q, 3, 7);
}

// `count` lines of x, `step` apart, side by side in a panel of `width`: panel[k, i] is
// x[i * step + k * along]. Zeros stand for lines that are not there.
INLINE void pack_panel(
    const REAL *x, ck_int step, ck_int along, ck_int count, ck_int depth, ck_int width,
    REAL *restrict panel) {
  ck_int done = 0;
  if (step == 1 && count == width && width % 4 == 0) {
    for (ck_int k = 0; k < depth; k++)
      for (ck_int i = 0; i < width; i += 4)
        *(quad *)(panel + k * width + i) = *(const quad *)(x + k * along + i);
    done = count;
  } else if (step == 1) {
    for (ck_int k = 0; k < depth; k++)
      for (ck_int i = 0; i < count; i++) panel[k * width + i] = x[k * along + i];
    done = count;
  } else {
    for (int lines = 4; lines >= 2; lines -= 2)
      for (; done + lines <= count && along == 1; done += lines) {
        ck_int k = 0;
        for (; k + 4 <= depth; k += 4) {
          const REAL *from = x + done * step + k;
          REAL *to = panel + k * width + done;
          lines == 4 ? turn_quads(from, step, to, width) : turn_pairs(from, step, to, width);
        }
        for (; k < depth; k++)
          for (ck_int i = done; i < done + lines; i++) panel[k * width + i] = x[i * step + k];
      }
    for (; done < count; done++)
      for (ck_int k = 0; k < depth; k++) panel[k * width + done] = x[done * step + k * along];
  }
  for (; done < width; done++)
    for (ck_int k = 0; k < depth; k++) panel[k * width + done] = 0;
}

CLONES static void pack_units(void *context, ck_int begin, ck_int end) {
  const packed_block *block = context;
  const struct ck_product *p = block->call;
  const REAL *a = (const REAL *)p->a + p->a_offsets[0], *b = (const REAL *)p->b + p->b_offsets[0];
  for (ck_int unit = begin; unit < end; unit++) {
    bool left = unit < block->row_panels;
    ck_int width = left ? block->tile.rows : block->tile.columns;
    ck_int first = (left ? unit : unit - block->row_panels) * width;
    if (left) {
      ck_int step = p->transpose_a ? 1 : p->lda, along = p->transpose_a ? p->lda : 1;
      pack_panel(
          a + (block->row + first) * step + block->k * along, step, along,
          smaller(width, block->rows - first), block->depth, width, block->a + first * block->depth);
    } else {
      ck_int step = p->transpose_b ? p->ldb : 1, along = p->transpose_b ? 1 : p->ldb;
      pack_panel(
          b + (block->column + first) * step + block->k * along, step, along,
          smaller(width, block->columns - first), block->depth, width,
          block->b + first * block->depth);
    }
  }
}

// One tile of the result; one that is not whole goes through a whole one.
INLINE void place_tile(
    const packed_block *block, ck_int row, ck_int column, bool add, const REAL *bias) {
  const struct ck_product *p = block->call;
  ck_int rows = smaller(block->tile.rows, block->rows - row);
  ck_int columns = smaller(block->tile.columns, block->columns - column);
  const REAL *a = block->a + row * block->depth, *b = block->b + column * block->depth;
  REAL *c = (REAL *)p->c + (block->row + row) * p->ldc + block->column + column;
  if (rows == block->tile.rows && columns == block->tile.columns) {
    block->tile.run(block->depth, a, b, c, p->ldc, add);
  } else {
    REAL whole[MOST_TILE_ROWS * MOST_TILE_COLUMNS];
    block->tile.run(block->depth, a, b, whole, block->tile.columns, false);
    for (ck_int r = 0; r < rows; r++)
      for (ck_int j = 0; j < columns; j++) {
        REAL sum = whole[r * block->tile.columns + j];
        c[r * p->ldc + j] = add ? c[r * p->ldc + j] + sum : sum;
      }
  }
  if (!bias) return;
  for (ck_int r = 0; r < rows; r++)
    for (ck_int j = 0; j < columns; j++) c[r * p->ldc + j] += bias[column + j];
}

// A unit is a piece of the rows, whose panels stay in the second cache, and of the columns.
CLONES static void tile_units(void *context, ck_int begin, ck_int end) {
  const packed_block *block = context;
  const struct ck_product *p = block->call;
  ck_int rows = block->tile.rows, columns = block->tile.columns;
  ck_int tall = (block->rows + rows - 1) / rows, wide = (block->columns + columns - 1) / columns;
  bool add = block->k > 0 || p->accumulate, last = block->k + block->depth == p->k;
  const REAL *bias = last && p->bias ? (const REAL *)p->bias + block->column : NULL;
  for (ck_int unit = begin; unit < end; unit++) {
    ck_int down = unit % block->row_pieces, across = unit / block->row_pieces;
    ck_int top = tall * down / block->row_pieces, bottom = tall * (down + 1) / block->row_pieces;
    ck_int right = wide * (across + 1) / block->column_pieces;
    for (ck_int j = wide * across / block->column_pieces; j < right; j++)
      for (ck_int i = top; i < bottom; i++)
        place_tile(block, i * rows, j * columns, add, bias);
  }
}

// Pieces so that every thread has some and none is long.
static void cut_block(packed_block *block) {
  ck_int threads = ck_threads();
  block->row_pieces = (block->rows + PIECE_ROWS - 1) / PIECE_ROWS;
  block->row_pieces = (block->row_pieces + threads - 1) / threads * threads;
  ck_int wide = (block->columns + block->tile.columns - 1) / block->tile.columns;
  ck_int wanted = (4 * threads + block->row_pieces - 1) / block->row_pieces;
  block->column_pieces = smaller(wide, wanted);
}

static void block_product(packed_block *block, bool columns_packed) {
  ck_int tall = (block->rows + block->tile.rows - 1) / block->tile.rows;
  ck_int wide = (block->columns + block->tile.columns - 1) / block->tile.columns;
  block->row_panels = tall;
  block->column_panels = columns_packed ? 0 : wide;
  ck_parallel(pack_units, block, block->row_panels + block->column_panels, 4);
  cut_block(block);
  ck_parallel(tile_units, block, block->row_pieces * block->column_pieces, 1);
}

static bool packed_product(const struct ck_product *p) {
  tile_choice tile = choose_tile();
  if (!tile.run) return false;
  packed_size size = size_of_blocks(p, tile.rows, tile.columns);
  if (size.depth == 0) return false;
  ck_int rows = size.rows, columns = size.columns, depth = size.depth;
  REAL *memory = ck_alloc(bytes_of_blocks(size));
  packed_block block = {.call = p, .tile = tile, .b = memory, .a = memory + columns * depth};
  for (block.column = 0; block.column < p->n; block.column += columns)
    for (block.k = 0; block.k < p->k; block.k += depth)
      for (block.row = 0; block.row < p->m && !ck_stopped(); block.row += rows) {
        block.columns = smaller(columns, p->n - block.column);
        block.depth = smaller(depth, p->k - block.k);
        block.rows = smaller(rows, p->m - block.row);
        block_product(&block, block.row > 0);
      }
  ck_free(memory);
  return true;
}

#else

static bool packed_product(const struct ck_product *p) { return false; }

#endif
