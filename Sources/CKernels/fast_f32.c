#define REAL_IS_F32
#include "blas_product.h"
#include "kernels/instance.h"

const struct ck_kernels ck_fast_f32 = KERNELS;
