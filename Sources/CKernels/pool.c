// One pool of threads for the process. A job is cut into ranges that depend only on its size and
// the number of threads; threads take ranges by an atomic counter, spin briefly between jobs, then
// sleep on a futex.
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "include/ck_pool.h"

#ifdef __linux__
#include <limits.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

enum { MAX_THREADS = 256, RANGES_PER_THREAD = 4, SPIN = 2000, GRAINS_PER_BLOCK = 16 };

static struct {
  pthread_mutex_t owner;        // held by the caller whose job is running
  atomic_int threads;           // the caller included
  int workers;                  // started so far
  atomic_uint generation;       // counts jobs; workers wait for it to change
  atomic_int sleepers;
  atomic_int wanted;            // workers with a number below this take part
  atomic_int busy;              // workers that have not looked at the job yet
  ck_body body;
  void *context;
  ck_int count, ranges, block;
  atomic_long next;
} pool = {.owner = PTHREAD_MUTEX_INITIALIZER, .threads = 1};

static _Thread_local bool inside;

static void pause_briefly(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

#ifdef __linux__
static void sleep_while(atomic_uint *word, unsigned value) {
  syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, value, NULL, NULL, 0);
}
static void wake_all(atomic_uint *word) {
  syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0);
}
#else
static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static void sleep_while(atomic_uint *word, unsigned value) {
  pthread_mutex_lock(&gate);
  while (atomic_load(word) == value) pthread_cond_wait(&changed, &gate);
  pthread_mutex_unlock(&gate);
}
static void wake_all(atomic_uint *word) {
  pthread_mutex_lock(&gate);
  pthread_cond_broadcast(&changed);
  pthread_mutex_unlock(&gate);
}
#endif

static _Atomic(ck_stop_check) stop_check;

void ck_set_stop_check(ck_stop_check asks) { atomic_store(&stop_check, asks); }

bool ck_stopped(void) {
  ck_stop_check asks = atomic_load_explicit(&stop_check, memory_order_relaxed);
  return asks && asks();
}

// A range, a block at a time, until it is done or stopped.
static void run_range(ck_body body, void *context, ck_int begin, ck_int end, ck_int block) {
  for (ck_int at = begin; at < end && !ck_stopped(); at += block)
    body(context, at, end - at > block ? at + block : end);
}

static void take_ranges(void) {
  for (;;) {
    ck_int range = atomic_fetch_add(&pool.next, 1);
    if (range >= pool.ranges) return;
    ck_int begin = pool.count * range / pool.ranges;
    ck_int end = pool.count * (range + 1) / pool.ranges;
    run_range(pool.body, pool.context, begin, end, pool.block);
  }
}

static unsigned wait_for_job(unsigned seen) {
  for (int i = 0; i < SPIN; i++) {
    unsigned now = atomic_load_explicit(&pool.generation, memory_order_acquire);
    if (now != seen) return now;
    pause_briefly();
  }
  atomic_fetch_add(&pool.sleepers, 1);
  while (atomic_load(&pool.generation) == seen) sleep_while(&pool.generation, seen);
  atomic_fetch_sub(&pool.sleepers, 1);
  return atomic_load(&pool.generation);
}

typedef struct {
  int number;
  unsigned seen;
} worker_start;

static worker_start starts[MAX_THREADS];

static void *work(void *argument) {
  const worker_start *start = argument;
  unsigned seen = start->seen;
  inside = true;
  for (;;) {
    seen = wait_for_job(seen);
    if (start->number < atomic_load(&pool.wanted)) take_ranges();
    // Everyone reports, those that were not wanted too: then nobody can be a job behind.
    atomic_fetch_sub_explicit(&pool.busy, 1, memory_order_release);
  }
  return NULL;
}

// Called with the owner lock held; returns how many workers there are.
static int start_workers(int wanted) {
  while (pool.workers < wanted) {
    worker_start *start = &starts[pool.workers];
    start->number = pool.workers;
    start->seen = atomic_load(&pool.generation);
    pthread_t thread;
    if (pthread_create(&thread, NULL, work, start) != 0) break;
    pthread_detach(thread);
    pool.workers++;
  }
  return pool.workers;
}

void ck_set_threads(int count) {
  int wanted = count < 1 ? 1 : (count > MAX_THREADS ? MAX_THREADS : count);
  atomic_store(&pool.threads, wanted);
}

int ck_threads(void) { return atomic_load(&pool.threads); }

void ck_parallel(ck_body body, void *context, ck_int count, ck_int grain) {
  if (count <= 0) return;
  int threads = ck_threads();
  ck_int ranges = (count + grain - 1) / grain;
  if (ranges > (ck_int)threads * RANGES_PER_THREAD) ranges = (ck_int)threads * RANGES_PER_THREAD;
  // A unit that is worth a range by itself may take long.
  ck_int block = grain > 1 ? grain * GRAINS_PER_BLOCK : 1;
  // A job from inside a job, or while another caller has the pool, runs where it is; so does one whose
  // memory is counted, for which thread does what is chance.
  if (threads == 1 || ranges <= 1 || inside || ck_is_accounting() ||
      pthread_mutex_trylock(&pool.owner) != 0) {
    run_range(body, context, 0, count, block);
    return;
  }
  int workers = start_workers(threads - 1);
  pool.body = body;
  pool.context = context;
  pool.count = count;
  pool.ranges = ranges;
  pool.block = block;
  atomic_store(&pool.next, 0);
  atomic_store(&pool.wanted, threads - 1);
  atomic_store(&pool.busy, workers);
  atomic_fetch_add_explicit(&pool.generation, 1, memory_order_seq_cst);
  if (atomic_load(&pool.sleepers) > 0) wake_all(&pool.generation);
  inside = true;
  take_ranges();
  inside = false;
  for (int spins = 0; atomic_load_explicit(&pool.busy, memory_order_acquire) > 0; spins++)
    spins < SPIN ? pause_briefly() : (void)sched_yield();
  pthread_mutex_unlock(&pool.owner);
}
