extension Tape {
  /// Every operation with a gradient, by its method's name. The tests check the gradient of each.
  public static let operationNames: [String] = [
    // Arithmetic
    "add", "sub", "mul", "div", "pow", "maximum", "minimum", "select",
    // Elementwise
    "neg", "exp", "log", "sqrt", "rsqrt", "square", "reciprocal", "abs", "sin", "cos", "erf",
    "expm1", "log1p", "tanh", "sigmoid", "relu", "gelu", "silu", "softplus", "logSigmoid", "clip",
    "cast",
    // Reductions
    "sum", "mean", "max", "min", "prod", "variance", "standardDeviation", "logSumExp", "norm",
    "cumsum",
    // Products
    "matmul", "linear", "outer", "kron", "einsum",
    // Shapes
    "rearrange", "reshape", "permute", "transpose", "expand", "squeeze", "unsqueeze", "flip",
    "tile",
    "concatenate", "stack", "slice", "selecting", "pad", "diag", "tril", "triu",
    // Indexing
    "gatherRows", "index", "takeAlong", "scatterAdd", "topK", "sort",
    // Normalisation, attention, losses
    "softmax", "logSoftmax", "layerNorm", "rmsNorm", "dropout", "attention", "rotary",
    "crossEntropy", "meanSquaredError", "klDivergence", "binaryCrossEntropy",
    // Control
    "stopGradient", "reverseGradient", "custom",
  ]

  /// Methods that exist only to say that there is no gradient.
  public static let operationsWithoutGradient: [String] = ["svd"]
}
