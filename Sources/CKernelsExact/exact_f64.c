#define EXACT
#define REAL_IS_F64
#include "exact_product.h"
#include "../CKernels/kernels/instance.h"

const struct ck_kernels cke_exact_f64 = KERNELS;
