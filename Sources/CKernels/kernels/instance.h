// All templates for one element type, and their table. Before including, a file defines
// `tile_product` and `product`.
#pragma once
#include "attention.h"
#include "binary.h"
#include "norm.h"
#include "quantized.h"
#include "reduce.h"
#include "softmax.h"
#include "unary.h"
#include "update.h"

#define KERNELS                                                                             \
  {                                                                                         \
    .unary = unary, .unary_backward = unary_backward, .affine = affine, .clip = clip,       \
    .binary = binary, .reduce = reduce, .cumsum = cumsum, .sum_of_squares = sum_of_squares, \
    .softmax = softmax, .softmax_backward = softmax_backward, .log_softmax = log_softmax,   \
    .log_softmax_backward = log_softmax_backward, .norm = norm,                             \
    .norm_backward = norm_backward, .norm_parameters = norm_parameters,                     \
    .cross_entropy = cross_entropy, .cross_entropy_backward = cross_entropy_backward,       \
    .cross_entropy_slope = cross_entropy_slope,                                             \
    .attention = attention, .attention_backward = attention_backward, .rotary = rotary,     \
    .index_add = index_add, .scatter_add = scatter_add, .adamw = adamw, .product = product, \
    .quantized_product = quantized_product, .quantized_gradient = quantized_gradient,       \
    .quantized_decode = quantized_decode                                                    \
  }
