#include <cblas.h>
#include <pthread.h>

#include "include/CKernels.h"

extern const struct ck_kernels ck_fast_f32, ck_fast_f64;

static struct ck_table table;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void prepare(void) {
  // OpenBLAS's own threads would go on spinning after a product and slow the kernels that follow.
  openblas_set_num_threads(1);
  table.f32 = ck_fast_f32;
  table.f64 = ck_fast_f64;
}

const struct ck_table *ck_fast_table(void) {
  pthread_once(&once, prepare);
  return &table;
}
