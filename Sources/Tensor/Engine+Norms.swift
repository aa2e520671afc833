import CKernels

extension Engine {
  /// Rows and their width for a norm over the last axis; checks the width of weight and bias.
  private func normRows(_ name: String, _ x: Tensor, _ parameters: [Tensor?]) throws -> (
    rows: Int, size: Int
  ) {
    guard let size = x.shape.last, size > 0 else {
      throw TensorError(name, "shape \(describe(x.shape)) has no last axis to normalise")
    }
    for case let parameter? in parameters {
      try match(name, x, parameter)
      try require(name, "weight or bias", parameter, [size])
    }
    return (x.count / size, size)
  }

  /// `(x − mean) * rstd * weight + bias` over the last axis; `mean` and `rstd` have x's shape
  /// without it.
  public func layerNorm(_ x: Tensor, weight: Tensor?, bias: Tensor?, eps: Double) throws -> (
    output: Tensor, mean: Tensor, rstd: Tensor
  ) {
    let (output, mean, rstd) = try norm(
      "layerNorm", x, weight: weight, bias: bias, eps: eps, centred: true)
    return (output, mean ?? rstd, rstd)
  }

  /// `x * rstd * weight`, `rstd = 1 / sqrt(mean(x²) + eps)` over the last axis.
  public func rmsNorm(_ x: Tensor, weight: Tensor?, eps: Double) throws -> (
    output: Tensor, rstd: Tensor
  ) {
    let (output, _, rstd) = try norm(
      "rmsNorm", x, weight: weight, bias: nil, eps: eps, centred: false)
    return (output, rstd)
  }

  private func norm(
    _ name: String, _ x: Tensor, weight: Tensor?, bias: Tensor?, eps: Double, centred: Bool
  ) throws -> (Tensor, Tensor?, Tensor) {
    let (rows, size) = try normRows(name, x, [weight, bias])
    let source = try ready(x)
    let (w, b) = (try weight.map(ready), try bias.map(ready))
    let output = Tensor(uninitialized: x.shape, dtype: source.dtype)
    let shape = Array(x.shape.dropLast())
    let mean = centred ? Tensor(uninitialized: shape, dtype: source.dtype) : nil
    let rstd = Tensor(uninitialized: shape, dtype: source.dtype)
    try kernels(x.dtype, name).norm(
      try source.address(name), try w?.address(name), try b?.address(name),
      try output.address(name), try mean?.address(name), try rstd.address(name), rows, size, eps)
    return (try cast(output, to: x.dtype), mean, rstd)
  }

  /// Gradients of `layerNorm` from its input, mean and rstd. `input` false leaves out the input's,
  /// `parameters` false those of weight and bias.
  public func layerNormBackward(
    _ x: Tensor, weight: Tensor?, mean: Tensor, rstd: Tensor, gradient: Tensor, input: Bool = true,
    parameters: Bool = true
  ) throws -> (input: Tensor?, weight: Tensor?, bias: Tensor?) {
    try normBackward(
      "gradient of layerNorm", x, weight: weight, mean: mean, rstd: rstd, gradient: gradient,
      input: input, parameters: parameters)
  }

  public func rmsNormBackward(
    _ x: Tensor, weight: Tensor?, rstd: Tensor, gradient: Tensor, input: Bool = true,
    parameters: Bool = true
  ) throws -> (input: Tensor?, weight: Tensor?) {
    let all = try normBackward(
      "gradient of rmsNorm", x, weight: weight, mean: nil, rstd: rstd, gradient: gradient,
      input: input, parameters: parameters)
    return (all.input, all.weight)
  }

  private func normBackward(
    _ name: String, _ x: Tensor, weight: Tensor?, mean: Tensor?, rstd: Tensor, gradient: Tensor,
    input: Bool, parameters: Bool
  ) throws -> (input: Tensor?, weight: Tensor?, bias: Tensor?) {
    let (rows, size) = try normRows(name, x, [weight])
    try match(name, x, gradient)
    try require(name, "gradient", gradient, x.shape)
    let kernels = try kernels(x.dtype, name)
    let (source, slope) = (try ready(x), try ready(gradient))
    let (w, m, r) = (try weight.map(ready), try mean.map(ready), try ready(rstd))
    var result: (input: Tensor?, weight: Tensor?, bias: Tensor?) = (nil, nil, nil)
    if input {
      let dx = Tensor(uninitialized: x.shape, dtype: source.dtype)
      kernels.norm_backward(
        try source.address(name), try w?.address(name), try m?.address(name), try r.address(name),
        try slope.address(name), try dx.address(name), rows, size)
      result.input = try cast(dx, to: x.dtype)
    }
    if parameters {
      let dw = Tensor(uninitialized: [size], dtype: source.dtype)
      let db = mean == nil ? nil : Tensor(uninitialized: [size], dtype: source.dtype)
      kernels.norm_parameters(
        try source.address(name), try m?.address(name), try r.address(name),
        try slope.address(name), try dw.address(name), try db?.address(name), rows, size)
      result.weight = try cast(dw, to: x.dtype)
      result.bias = try db.map { try cast($0, to: x.dtype) }
    }
    return result
  }
}
