// Weights in blocks of 32 that share a half-float scale, as GGUF files store them, to f32. Each
// value is one product and, for Q4_1, one sum; both round by themselves, so that the bits are those
// of the files' own tools.
#include "include/CKernelsExact.h"
#include <string.h>

enum { BLOCK = 32 };

static float half_at(const uint8_t *bytes) {
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

void cke_decode_q8_0(const void *source, float *y, ptrdiff_t blocks) {
  const uint8_t *bytes = source;
  for (ptrdiff_t b = 0; b < blocks; b++, bytes += 2 + BLOCK, y += BLOCK) {
    float scale = half_at(bytes);
    const int8_t *q = (const int8_t *)(bytes + 2);
    for (int i = 0; i < BLOCK; i++) y[i] = (float)q[i] * scale;
  }
}

// The low halves of the bytes are the first 16 values, the high ones the last.
void cke_decode_q4_0(const void *source, float *y, ptrdiff_t blocks) {
  const uint8_t *bytes = source;
  for (ptrdiff_t b = 0; b < blocks; b++, bytes += 2 + BLOCK / 2, y += BLOCK) {
    float scale = half_at(bytes);
    for (int i = 0; i < BLOCK / 2; i++) {
      y[i] = (float)((bytes[2 + i] & 15) - 8) * scale;
      y[i + BLOCK / 2] = (float)((bytes[2 + i] >> 4) - 8) * scale;
    }
  }
}

void cke_decode_q4_1(const void *source, float *y, ptrdiff_t blocks) {
  const uint8_t *bytes = source;
  for (ptrdiff_t b = 0; b < blocks; b++, bytes += 4 + BLOCK / 2, y += BLOCK) {
    float scale = half_at(bytes), least = half_at(bytes + 2);
    for (int i = 0; i < BLOCK / 2; i++) {
      y[i] = (float)(bytes[4 + i] & 15) * scale + least;
      y[i + BLOCK / 2] = (float)(bytes[4 + i] >> 4) * scale + least;
    }
  }
}
