// Blocks in size classes (four to a power of two) with a free list each: fresh pages from the
// system cost as much as the kernels that fill them. A header of 64 bytes before each block holds
// its class.
#define _GNU_SOURCE
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "include/ck_pool.h"

#ifdef __linux__
#include <sys/mman.h>
#endif

enum { CLASSES = 240, HEADER = 64, HUGE = 1 << 21 };

typedef struct block {
  struct block *next;
  ck_int size;
  int class;
} block;

static struct {
  pthread_mutex_t lock;
  block *free[CLASSES];
  ck_int in_use, peak;
} heap = {.lock = PTHREAD_MUTEX_INITIALIZER};

// The smallest class that holds the bytes, and its size: 2^p (4 + s) / 4 for s = 0..3.
static int class_of(ck_int bytes, ck_int *size) {
  ck_int least = bytes < 256 ? 256 : bytes;
  int power = 63 - __builtin_clzll((unsigned long long)least);
  ck_int quarter = (ck_int)1 << (power - 2);
  ck_int steps = (least - ((ck_int)1 << power) + quarter - 1) / quarter;
  *size = ((ck_int)1 << power) + steps * quarter;
  return power * 4 + (int)steps;
}

static block *fresh(ck_int size) {
  size_t total = (size_t)(size + HEADER);
  size_t alignment = total >= (size_t)HUGE * 2 ? (size_t)HUGE : 64;
  void *memory = NULL;
  if (posix_memalign(&memory, alignment, total) != 0) {
    fprintf(stderr, "out of memory: %zu bytes were asked for\n", total);
    abort();
  }
#ifdef __linux__
  if (alignment == HUGE) madvise(memory, total, MADV_HUGEPAGE);
#endif
  return memory;
}

void *ck_alloc(ck_int bytes) {
  ck_int size;
  int class = class_of(bytes, &size);
  pthread_mutex_lock(&heap.lock);
  block *found = heap.free[class];
  if (found) heap.free[class] = found->next;
  heap.in_use += size;
  if (heap.in_use > heap.peak) heap.peak = heap.in_use;
  pthread_mutex_unlock(&heap.lock);
  if (!found) found = fresh(size);
  found->size = size;
  found->class = class;
  return (char *)found + HEADER;
}

void ck_free(void *memory) {
  if (!memory) return;
  block *freed = (block *)((char *)memory - HEADER);
  pthread_mutex_lock(&heap.lock);
  heap.in_use -= freed->size;
  freed->next = heap.free[freed->class];
  heap.free[freed->class] = freed;
  pthread_mutex_unlock(&heap.lock);
}

void ck_trim(void) {
  pthread_mutex_lock(&heap.lock);
  for (int class = 0; class < CLASSES; class++) {
    while (heap.free[class]) {
      block *dropped = heap.free[class];
      heap.free[class] = dropped->next;
      free(dropped);
    }
  }
  pthread_mutex_unlock(&heap.lock);
}

static ck_int locked_read(const ck_int *value) {
  pthread_mutex_lock(&heap.lock);
  ck_int result = *value;
  pthread_mutex_unlock(&heap.lock);
  return result;
}

ck_int ck_bytes_in_use(void) { return locked_read(&heap.in_use); }
ck_int ck_bytes_peak(void) { return locked_read(&heap.peak); }

void ck_reset_peak(void) {
  pthread_mutex_lock(&heap.lock);
  heap.peak = heap.in_use;
  pthread_mutex_unlock(&heap.lock);
}
