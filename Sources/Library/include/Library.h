#pragma once
#include <stddef.h>
#include <stdint.h>

// A file that travels in the binary, by its path below the library's folder.
struct library_entry {
  const char *path;
  const uint8_t *bytes;
  size_t count;
};

int32_t library_file_count(void);
// NULL outside 0 ..< library_file_count().
const struct library_entry *library_file(int32_t index);
