// Weights into fewer bits. Roundings are part of the formats, so nothing here may be contracted.
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "../CKernels/kernels/quantized_values.h"
#include "include/CKernelsExact.h"

enum { BLOCK = 64, GROUP = 256 };

// Between which values a scaled element falls: the means of neighbours.
static const float nf4_bounds[15] = {
    -0x1.b239b0p-1f, -0x1.38a4e0p-1f, -0x1.d70900p-2f, -0x1.5bd4ecp-2f, -0x1.e079d8p-3f,
    -0x1.1a7178p-3f, -0x1.74f0e2p-5f, 0x1.45f5fep-5f, 0x1.ec90c4p-4f, 0x1.a0cfc0p-3f,
    0x1.2b05a8p-2f, 0x1.8ea7f2p-2f, 0x1.00da08p-1f, 0x1.491b5ep-1f, 0x1.b913b4p-1f};

static uint8_t nf4_code(float x) {
  int code = 0;
  while (code < 15 && nf4_bounds[code] < x) code++;
  return (uint8_t)code;
}

const float *cke_nf4_values(void) { return nf4_values; }
const float *cke_dynamic_values(void) { return dynamic_values; }

static float largest(const float *x, ptrdiff_t n) {
  float most = 0;
  for (ptrdiff_t i = 0; i < n; i++) most = fabsf(x[i]) > most ? fabsf(x[i]) : most;
  return most;
}

// The place of the value nearest to x, of -1 to 1, once x is rounded to one of 65536 even steps: so
// bitsandbytes looks it up on a CPU.
static uint8_t dynamic_code(float x) {
  float step = floorf((x + 1.0f) * 0.5f * 65535.0f + 0.5f);
  float rounded = 2.0f * step / 65535.0f - 1.0f;
  int low = 0, high = 255;
  while (high - low > 1) {
    int middle = (low + high) / 2;
    if (dynamic_values[middle] <= rounded) low = middle; else high = middle;
  }
  bool isHigh = dynamic_values[high] - rounded < rounded - dynamic_values[low];
  return (uint8_t)(isHigh ? high : low);
}

// Sums of `lanes` interleaved columns in the order of PyTorch's CPU sum: four rows abreast, and partial
// sums of four levels, each emptied into the next when it holds 2^power of the one below.
static void cascade(const float *x, ptrdiff_t rows, int lanes, float *sums) {
  enum { ABREAST = 4, LEVELS = 4, MOST_LANES = 8 };
  float level[LEVELS][ABREAST * MOST_LANES] = {{0}};
  ptrdiff_t whole = rows / ABREAST, width = ABREAST * lanes;
  int power = 4, bits = 0;
  while (((ptrdiff_t)1 << bits) < whole) bits++;
  if (bits / LEVELS > power) power = bits / LEVELS;
  ptrdiff_t step = (ptrdiff_t)1 << power;
  for (ptrdiff_t i = 0; i < whole;) {
    for (ptrdiff_t k = 0; k < width; k++) level[0][k] += x[i * width + k];
    i++;
    for (int l = 1; l < LEVELS && (i & ((step << (l - 1) * power) - 1)) == 0; l++) {
      for (ptrdiff_t k = 0; k < width; k++) {
        level[l][k] += level[l - 1][k];
        level[l - 1][k] = 0;
      }
    }
  }
  for (int l = 1; l < LEVELS; l++)
    for (ptrdiff_t k = 0; k < width; k++) level[0][k] += level[l][k];
  for (ptrdiff_t i = whole * ABREAST; i < rows; i++)
    for (int k = 0; k < lanes; k++) level[0][k] += x[i * lanes + k];
  for (int row = 1; row < ABREAST; row++)
    for (int k = 0; k < lanes; k++) level[0][k] += level[0][row * lanes + k];
  memcpy(sums, level[0], (size_t)lanes * sizeof(float));
}

// The mean of the blocks' scales decides the last bit of all that follows, and no format says in
// which order it is summed: as bitsandbytes has it on a CPU with eight lanes.
static float mean(const float *x, ptrdiff_t n) {
  enum { LANES = 8 };
  if (n == 0) return 0;
  float sums[LANES], sum = 0;
  int lanes = n < LANES ? 1 : LANES;
  ptrdiff_t rows = n / lanes;
  cascade(x, rows, lanes, sums);
  for (ptrdiff_t i = rows * lanes; i < n; i++) sum += x[i];
  for (int k = 0; k < lanes; k++) sum += sums[k];
  return sum / (float)n;
}

void cke_quantize_nf4(
    const float *x, ptrdiff_t n, uint8_t *codes, float *block_scales, uint8_t *scale_codes,
    float *scales, float *offset) {
  ptrdiff_t blocks = (n + BLOCK - 1) / BLOCK;
  memset(codes, 0, (size_t)((n + 1) / 2));
  for (ptrdiff_t b = 0; b < blocks; b++) {
    ptrdiff_t first = b * BLOCK, size = n - first < BLOCK ? n - first : BLOCK;
    float most = largest(x + first, size);
    float divisor = most > 1e-38f ? most : 1e-38f, inverse = 1.0f / divisor;
    if (size < BLOCK) most = divisor;
    for (ptrdiff_t i = first; i < first + size; i++) {
      // A last block that is not full is divided there, not multiplied.
      uint8_t code = nf4_code(size == BLOCK ? x[i] * inverse : x[i] / divisor);
      codes[i / 2] |= (uint8_t)(i % 2 == 0 ? code << 4 : code);
    }
    block_scales[b] = most;
  }
  *offset = mean(block_scales, blocks);
  for (ptrdiff_t first = 0; first < blocks; first += GROUP) {
    ptrdiff_t size = blocks - first < GROUP ? blocks - first : GROUP;
    for (ptrdiff_t i = first; i < first + size; i++) block_scales[i] -= *offset;
    float most = largest(block_scales + first, size);
    scales[first / GROUP] = most;
    for (ptrdiff_t i = first; i < first + size; i++)
      scale_codes[i] = most > 0 ? dynamic_code(block_scales[i] * (1.0f / most)) : 0;
  }
}

void cke_quantize_int8(
    const float *x, ptrdiff_t rows, ptrdiff_t columns, int8_t *codes, float *scales) {
  for (ptrdiff_t r = 0; r < rows; r++) {
    const float *row = x + r * columns;
    float most = largest(row, columns);
    scales[r] = most / 127.0f;
    float inverse = most > 0 ? 127.0f / most : 0;
    for (ptrdiff_t i = 0; i < columns; i++)
      codes[r * columns + i] = (int8_t)__builtin_elementwise_roundeven(row[i] * inverse);
  }
}
