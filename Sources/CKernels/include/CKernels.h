#pragma once
#include <stddef.h>
#include <stdint.h>

#include "ck_data.h"
#include "ck_pool.h"
#include "ck_quantized.h"
#include "ck_table.h"
