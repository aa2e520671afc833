// Blocks in size classes (four to a power of two) with a free list each: fresh pages from the
// system cost as much as the kernels that fill them. A header of 64 bytes before each block holds
// its class.
#define _GNU_SOURCE
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "include/ck_pool.h"

#ifdef __linux__
#include <sys/mman.h>
#endif

enum { CLASSES = 240, HEADER = 64, HUGE = 1 << 21 };

typedef struct {
  pthread_mutex_t lock;
  struct block *free[CLASSES];
  ck_int in_use, peak, held;
  int account;  // the accounts that were begun
} heap;

typedef struct block {
  struct block *next;
  heap *owner;
  ck_int size;
  int class;
  int account;
  bool mapped;
} block;

static heap common = {.lock = PTHREAD_MUTEX_INITIALIZER};
static heap apart = {.lock = PTHREAD_MUTEX_INITIALIZER};

static _Thread_local int accounting;

void ck_account(int on) { accounting = on; }
int ck_is_accounting(void) { return accounting; }

static heap *current(void) { return accounting ? &apart : &common; }

// The smallest class that holds the bytes, and its size: 2^p (4 + s) / 4 for s = 0..3.
static int class_of(ck_int bytes, ck_int *size) {
  ck_int least = bytes < 256 ? 256 : bytes;
  int power = 63 - __builtin_clzll((unsigned long long)least);
  ck_int quarter = (ck_int)1 << (power - 2);
  ck_int steps = (least - ((ck_int)1 << power) + quarter - 1) / quarter;
  *size = ((ck_int)1 << power) + steps * quarter;
  return power * 4 + (int)steps;
}

// Blocks of so many bytes are only taken if the system has them: it would promise more than there
// is, and end the process when they are used.
enum { LARGE = 1 << 26 };

ck_int ck_bytes_available(void) {
  long long kilobytes = -1;
#ifdef __linux__
  FILE *file = fopen("/proc/meminfo", "r");
  if (!file) return -1;
  char line[128];
  while (fgets(line, sizeof line, file))
    if (sscanf(line, "MemAvailable: %lld kB", &kilobytes) == 1) break;
  fclose(file);
#endif
  return kilobytes < 0 ? -1 : (ck_int)kilobytes * 1024;
}

// Null if the system has no such block.
static block *fresh(ck_int size) {
  size_t total = (size_t)(size + HEADER);
  size_t alignment = total >= (size_t)HUGE * 2 ? (size_t)HUGE : 64;
  if (size >= LARGE) {
    ck_int available = ck_bytes_available();
    if (available >= 0 && size > available) return NULL;
  }
  block *memory = NULL;
  if (posix_memalign((void **)&memory, alignment, total) != 0) return NULL;
#ifdef __linux__
  if (alignment == HUGE) madvise(memory, total, MADV_HUGEPAGE);
#endif
  memory->mapped = false;
  return memory;
}

// Room that is never used may be more than the system has.
static block *fresh_room(ck_int size) {
#ifdef __linux__
  if (size >= HUGE) {
    void *memory = mmap(
        NULL, (size_t)(size + HEADER), PROT_READ | PROT_WRITE,
        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) return NULL;
    ((block *)memory)->mapped = true;
    return memory;
  }
#endif
  return fresh(size);
}

static void drop(block *dropped) {
#ifdef __linux__
  if (dropped->mapped) {
    munmap(dropped, (size_t)(dropped->size + HEADER));
    return;
  }
#endif
  free(dropped);
}

// A kept block of the class, or none; counted as in use either way.
static block *take(heap *h, int class, ck_int size) {
  pthread_mutex_lock(&h->lock);
  block *found = h->free[class];
  if (found) h->free[class] = found->next;
  h->in_use += size;
  if (h->in_use > h->peak) h->peak = h->in_use;
  if (!found) h->held += size;
  pthread_mutex_unlock(&h->lock);
  return found;
}

static void give_up(heap *h, ck_int size) {
  pthread_mutex_lock(&h->lock);
  h->in_use -= size;
  h->held -= size;
  pthread_mutex_unlock(&h->lock);
}

void *ck_try_alloc(ck_int bytes) {
  ck_int size;
  int class = class_of(bytes, &size);
  heap *h = current();
  block *found = take(h, class, size);
  if (!found) found = ck_is_rehearsal() ? fresh_room(size) : fresh(size);
  if (!found) {
    // What is kept in other sizes may be what is missing.
    ck_trim();
    found = fresh(size);
  }
  if (!found) {
    give_up(h, size);
    return NULL;
  }
  found->owner = h;
  found->size = size;
  found->class = class;
  found->account = h->account;
  return (char *)found + HEADER;
}

void *ck_alloc(ck_int bytes) {
  void *memory = ck_try_alloc(bytes);
  if (memory) return memory;
  fprintf(stderr, "out of memory: %td bytes were asked for\n", bytes);
  abort();
}

void ck_free(void *memory) {
  if (!memory) return;
  block *freed = (block *)((char *)memory - HEADER);
  heap *h = freed->owner;
  pthread_mutex_lock(&h->lock);
  bool counts = freed->account == h->account;
  if (counts) {
    h->in_use -= freed->size;
    freed->next = h->free[freed->class];
    h->free[freed->class] = freed;
  }
  pthread_mutex_unlock(&h->lock);
  if (!counts) drop(freed);
}

static void drop_kept(heap *h) {
  for (int class = 0; class < CLASSES; class++) {
    while (h->free[class]) {
      block *dropped = h->free[class];
      h->free[class] = dropped->next;
      h->held -= dropped->size;
      drop(dropped);
    }
  }
}

void ck_trim(void) {
  heap *h = current();
  pthread_mutex_lock(&h->lock);
  drop_kept(h);
  pthread_mutex_unlock(&h->lock);
}

void ck_begin_account(void) {
  pthread_mutex_lock(&apart.lock);
  drop_kept(&apart);
  apart.account++;
  apart.in_use = apart.peak = apart.held = 0;
  pthread_mutex_unlock(&apart.lock);
}

static ck_int locked_read(heap *h, const ck_int *value) {
  pthread_mutex_lock(&h->lock);
  ck_int result = *value;
  pthread_mutex_unlock(&h->lock);
  return result;
}

ck_int ck_bytes_in_use(void) { return locked_read(current(), &current()->in_use); }
ck_int ck_bytes_peak(void) { return locked_read(current(), &current()->peak); }
ck_int ck_bytes_held(void) { return locked_read(current(), &current()->held); }

void ck_reset_peak(void) {
  heap *h = current();
  pthread_mutex_lock(&h->lock);
  h->peak = h->in_use;
  pthread_mutex_unlock(&h->lock);
}
