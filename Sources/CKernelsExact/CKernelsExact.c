#include "CKernelsExact.h"
