// A function in a version for each kind of x86-64, chosen when the program starts.
#pragma once

#if defined(__x86_64__)
#define CLONES __attribute__((target_clones("default", "arch=x86-64-v3", "arch=x86-64-v4")))
#else
#define CLONES
#endif
