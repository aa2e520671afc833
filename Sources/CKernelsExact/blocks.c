// Weights in blocks that share a half-float scale, as GGUF files store them, to f32. Each value is
// one or two products and, in some kinds, one sum; each rounds by itself, so that the bits are those
// of the files' own tools.
#include <string.h>

#include "../CKernels/kernels/clones.h"
#include "include/CKernelsExact.h"

enum { BLOCK = 32 };

static inline __attribute__((always_inline)) float half_at(const uint8_t *bytes) {
  uint32_t h = (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8;
  uint32_t sign = (h & 0x8000u) << 16, magnitude = h & 0x7fffu;
  uint32_t bits;
  if (magnitude >= 0x7c00u) {
    bits = sign | 0x7f800000u | (magnitude & 0x3ffu) << 13;
  } else if (magnitude >= 0x400u) {
    bits = sign | ((magnitude << 13) + 0x38000000u);
  } else {
    // Below the normal range: a whole number of 2^-24.
    float small = (float)magnitude * 0x1p-24f;
    memcpy(&bits, &small, sizeof bits);
    bits |= sign;
  }
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

CLONES void cke_decode_q8_0(const void *restrict source, float *restrict y, ptrdiff_t blocks) {
  const uint8_t *restrict bytes = source;
  for (ptrdiff_t b = 0; b < blocks; b++, bytes += 2 + BLOCK, y += BLOCK) {
    float scale = half_at(bytes);
    const int8_t *q = (const int8_t *)(bytes + 2);
    for (int i = 0; i < BLOCK; i++) y[i] = (float)q[i] * scale;
  }
}

// The low halves of the bytes are the first 16 values, the high ones the last.
static inline __attribute__((always_inline)) void split_halves(
    const uint8_t *restrict bytes, uint8_t *restrict q) {
  for (int i = 0; i < BLOCK / 2; i++) q[i] = bytes[i] & 15;
  for (int i = 0; i < BLOCK / 2; i++) q[BLOCK / 2 + i] = bytes[i] >> 4;
}

CLONES void cke_decode_q4_0(const void *restrict source, float *restrict y, ptrdiff_t blocks) {
  const uint8_t *restrict bytes = source;
  for (ptrdiff_t b = 0; b < blocks; b++, bytes += 2 + BLOCK / 2, y += BLOCK) {
    float scale = half_at(bytes);
    uint8_t q[BLOCK];
    split_halves(bytes + 2, q);
    for (int i = 0; i < BLOCK; i++) y[i] = (float)(q[i] - 8) * scale;
  }
}

CLONES void cke_decode_q4_1(const void *restrict source, float *restrict y, ptrdiff_t blocks) {
  const uint8_t *restrict bytes = source;
  for (ptrdiff_t b = 0; b < blocks; b++, bytes += 4 + BLOCK / 2, y += BLOCK) {
    float scale = half_at(bytes), least = half_at(bytes + 2);
    uint8_t q[BLOCK];
    split_halves(bytes + 4, q);
    for (int i = 0; i < BLOCK; i++) y[i] = (float)q[i] * scale + least;
  }
}

// A fifth bit of each value stands in a word of its own: those of the low halves first.
static uint32_t word_at(const uint8_t *bytes) {
  return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |
         (uint32_t)bytes[3] << 24;
}

CLONES void cke_decode_q5_0(const void *restrict source, float *restrict y, ptrdiff_t blocks) {
  const uint8_t *restrict bytes = source;
  for (ptrdiff_t b = 0; b < blocks; b++, bytes += 6 + BLOCK / 2, y += BLOCK) {
    float scale = half_at(bytes);
    uint32_t fifth = word_at(bytes + 2);
    for (int i = 0; i < BLOCK / 2; i++) {
      int low = (bytes[6 + i] & 15) | (int)(fifth >> i & 1) << 4;
      int high = (bytes[6 + i] >> 4) | (int)(fifth >> (i + 16) & 1) << 4;
      y[i] = (float)(low - 16) * scale;
      y[i + BLOCK / 2] = (float)(high - 16) * scale;
    }
  }
}

CLONES void cke_decode_q5_1(const void *restrict source, float *restrict y, ptrdiff_t blocks) {
  const uint8_t *restrict bytes = source;
  for (ptrdiff_t b = 0; b < blocks; b++, bytes += 8 + BLOCK / 2, y += BLOCK) {
    float scale = half_at(bytes), least = half_at(bytes + 2);
    uint32_t fifth = word_at(bytes + 4);
    for (int i = 0; i < BLOCK / 2; i++) {
      int low = (bytes[8 + i] & 15) | (int)(fifth >> i & 1) << 4;
      int high = (bytes[8 + i] >> 4) | (int)(fifth >> (i + 16) & 1) << 4;
      y[i] = (float)low * scale + least;
      y[i + BLOCK / 2] = (float)high * scale + least;
    }
  }
}

// The K kinds: blocks of 256 in parts of 16 or 32, whose own scales are small integers times the
// block's half-float scale.
enum { SUPER = 256 };

// The 6-bit scale and minimum of part j, of eight, as twelve bytes hold them.
static void scale_and_least(const uint8_t *packed, int j, int *scale, int *least) {
  if (j < 4) {
    *scale = packed[j] & 63;
    *least = packed[j + 4] & 63;
  } else {
    *scale = (packed[j + 4] & 15) | (packed[j - 4] >> 6) << 4;
    *least = (packed[j + 4] >> 4) | (packed[j] >> 6) << 4;
  }
}

CLONES void cke_decode_q4_k(const void *restrict source, float *restrict y, ptrdiff_t blocks) {
  const uint8_t *restrict bytes = source;
  for (ptrdiff_t b = 0; b < blocks; b++, bytes += 144, y += SUPER) {
    float all = half_at(bytes), below = half_at(bytes + 2);
    for (int j = 0; j < 8; j++) {
      int s, m;
      scale_and_least(bytes + 4, j, &s, &m);
      float scale = all * (float)s, least = below * (float)m;
      const uint8_t *q = bytes + 16 + j / 2 * 32;
      for (int i = 0; i < 32; i++) {
        int value = j & 1 ? q[i] >> 4 : q[i] & 15;
        y[j * 32 + i] = scale * (float)value - least;
      }
    }
  }
}

CLONES void cke_decode_q5_k(const void *restrict source, float *restrict y, ptrdiff_t blocks) {
  const uint8_t *restrict bytes = source;
  for (ptrdiff_t b = 0; b < blocks; b++, bytes += 176, y += SUPER) {
    float all = half_at(bytes), below = half_at(bytes + 2);
    const uint8_t *fifth = bytes + 16;
    for (int j = 0; j < 8; j++) {
      int s, m;
      scale_and_least(bytes + 4, j, &s, &m);
      float scale = all * (float)s, least = below * (float)m;
      const uint8_t *q = bytes + 48 + j / 2 * 32;
      for (int i = 0; i < 32; i++) {
        int value = (j & 1 ? q[i] >> 4 : q[i] & 15) | (fifth[i] >> j & 1) << 4;
        y[j * 32 + i] = scale * (float)value - least;
      }
    }
  }
}

// Two bytes a half: 4 low bits of each value, then 2 high ones; 16 scales of 8 bits.
CLONES void cke_decode_q6_k(const void *restrict source, float *restrict y, ptrdiff_t blocks) {
  const uint8_t *restrict bytes = source;
  for (ptrdiff_t b = 0; b < blocks; b++, bytes += 210, y += SUPER) {
    const int8_t *scales = (const int8_t *)(bytes + 192);
    float all = half_at(bytes + 208);
    for (int j = 0; j < 8; j++) {
      const uint8_t *low = bytes + j / 4 * 64 + (j & 1) * 32;
      const uint8_t *high = bytes + 128 + j / 4 * 32;
      for (int i = 0; i < 32; i++) {
        float scale = all * (float)scales[j * 2 + i / 16];
        int value = (j & 2 ? low[i] >> 4 : low[i] & 15) | (high[i] >> (j & 3) * 2 & 3) << 4;
        y[j * 32 + i] = scale * (float)(value - 32);
      }
    }
  }
}

CLONES void cke_decode_q2_k(const void *restrict source, float *restrict y, ptrdiff_t blocks) {
  const uint8_t *restrict bytes = source;
  for (ptrdiff_t b = 0; b < blocks; b++, bytes += 84, y += SUPER) {
    float all = half_at(bytes + 80), below = half_at(bytes + 82);
    for (int j = 0; j < 16; j++) {
      float scale = all * (float)(bytes[j] & 15), least = below * (float)(bytes[j] >> 4);
      const uint8_t *q = bytes + 16 + j / 8 * 32 + (j & 1) * 16;
      for (int i = 0; i < 16; i++) {
        y[j * 16 + i] = scale * (float)(q[i] >> j / 2 % 4 * 2 & 3) - least;
      }
    }
  }
}

// The third bit stands in a mask, inverted: 4 is taken off where it is not set.
CLONES void cke_decode_q3_k(const void *restrict source, float *restrict y, ptrdiff_t blocks) {
  const uint8_t *restrict bytes = source;
  for (ptrdiff_t b = 0; b < blocks; b++, bytes += 110, y += SUPER) {
    const uint8_t *packed = bytes + 96;
    float all = half_at(bytes + 108);
    for (int j = 0; j < 16; j++) {
      int low = j < 8 ? packed[j] & 15 : packed[j - 8] >> 4;
      int high = packed[8 + j % 4] >> j / 4 * 2 & 3;
      float scale = all * (float)((low | high << 4) - 32);
      const uint8_t *q = bytes + 32 + j / 8 * 32 + (j & 1) * 16, *mask = bytes + (j & 1) * 16;
      for (int i = 0; i < 16; i++) {
        int value = (q[i] >> j / 2 % 4 * 2 & 3) - (mask[i] >> j / 2 & 1 ? 0 : 4);
        y[j * 16 + i] = scale * (float)value;
      }
    }
  }
}
