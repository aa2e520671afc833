#pragma once
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
