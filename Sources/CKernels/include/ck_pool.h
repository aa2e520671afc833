#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// A count, a stride or an index; `Int` in Swift.
typedef ptrdiff_t ck_int;

// Memory: size-classed blocks, 64-byte aligned, kept in free lists when freed.
void *ck_alloc(ck_int bytes);
void ck_free(void *block);
ck_int ck_bytes_in_use(void);
ck_int ck_bytes_peak(void);
void ck_reset_peak(void);
void ck_trim(void);

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
