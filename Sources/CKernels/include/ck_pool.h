#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// A count, a stride or an index; `Int` in Swift.
typedef ptrdiff_t ck_int;

// Memory: size-classed blocks, 64-byte aligned, kept in free lists when freed. What the system has no
// room for is null from the first; the second, for a kernel's own small blocks, ends the process.
void *ck_try_alloc(ck_int bytes);
void *ck_alloc(ck_int bytes);
// What the system could still give; -1 if it does not say.
ck_int ck_bytes_available(void);
void ck_free(void *block);
ck_int ck_bytes_in_use(void);
ck_int ck_bytes_peak(void);
void ck_reset_peak(void);
void ck_trim(void);

// While this thread accounts, its blocks come from a heap apart, of which the counters then speak.
void ck_account(int on);
int ck_is_accounting(void);
// The heap apart is empty and its counters are 0, whoever still holds blocks of earlier accounts:
// what is freed of those, by any thread, is no room for this one.
void ck_begin_account(void);
// While it rehearses too, large data is neither moved nor computed, and its blocks are not touched:
// what would be allocated is all there is to see.
void ck_rehearse(int on);
int ck_is_rehearsal(void);
// Whether a rehearsal leaves out work on so many bytes: small data is handled in earnest.
int ck_skips(ck_int bytes);
// Bytes that a heap has taken from the system: free blocks of one size serve no other.
ck_int ck_bytes_held(void);

// The pool. `body(context, begin, end)` runs over ranges that cover 0..<count once; which ranges
// depends on count, grain and the number of threads, never on timing. Calls from inside a body run
// on the calling thread.
typedef void (*ck_body)(void *context, ck_int begin, ck_int end);
void ck_parallel(ck_body body, void *context, ck_int count, ck_int grain);
// Jobs are cut into short blocks, between which `ck_stopped` is asked.
void ck_set_threads(int count);
int ck_threads(void);

// Whoever wants long work to stop. A job that is stopped leaves its result unfinished, and so does
// every later one while the answer is yes: the caller must ask again before it uses any result.
typedef bool (*ck_stop_check)(void);
void ck_set_stop_check(ck_stop_check asks);
bool ck_stopped(void);
// The most that the machine was seen to do with the pool's threads: f32 operations a second (a
// multiply-add is two), and bytes read from memory a second. Each takes a fraction of a second.
double ck_fma_rate(void);
double ck_read_rate(void);
