import Tensor

extension Tape {
  /// e^xᵢ / Σ e^xⱼ along an axis; the gradient is y (g − Σ g y).
  public func softmax(_ x: Variable, axis: Int = -1) throws -> Variable {
    let e = engine
    let y = try e.softmax(x.value, axis: axis)
    return record(
      "softmax", y,
      Input(x) { g in try e.softmaxBackward(output: y, gradient: g, axis: axis) })
  }

  /// xᵢ − ln Σ e^xⱼ along an axis; the gradient is g − softmax Σ g.
  public func logSoftmax(_ x: Variable, axis: Int = -1) throws -> Variable {
    let e = engine
    let y = try e.logSoftmax(x.value, axis: axis)
    return record(
      "logSoftmax", y,
      Input(x) { g in try e.logSoftmaxBackward(output: y, gradient: g, axis: axis) })
  }

  /// Layer normalisation (Ba et al. 2016) over the last axis: (x − mean) / √(var + eps) · weight +
  /// bias, with x [..., D], weight and bias [D] or nil.
  ///
  /// With x̂ the normalised x and h = g · weight, the gradients are rstd (h − mean(h) − x̂ mean(h x̂)),
  /// Σ g x̂ and Σ g over rows.
  public func layerNorm(
    _ x: Variable, weight: Variable?, bias: Variable?, eps: Double = 1e-5
  ) throws -> Variable {
    let (e, v, w) = (engine, x.value, weight?.value)
    let (y, mean, rstd) = try e.layerNorm(v, weight: w, bias: bias?.value, eps: eps)
    // Absent parameters stand in the list as constants, so that the places stay the same.
    let none = Variable(v)
    return record("layerNorm", y, joint: [x, weight ?? none, bias ?? none]) { g, wanted in
      let found = try e.layerNormBackward(
        v, weight: w, mean: mean, rstd: rstd, gradient: g, input: wanted[0],
        parameters: wanted[1] || wanted[2])
      return [found.input, found.weight, found.bias]
    }
  }

  /// Root-mean-square normalisation (Zhang and Sennrich 2019) over the last axis:
  /// x / √(mean(x²) + eps) · weight, with x [..., D], weight [D] or nil.
  ///
  /// With x̂ the normalised x and h = g · weight, the gradients are rstd (h − x̂ mean(h x̂)) and
  /// Σ g x̂ over rows.
  public func rmsNorm(_ x: Variable, weight: Variable?, eps: Double = 1e-6) throws -> Variable {
    let (e, v, w) = (engine, x.value, weight?.value)
    let (y, rstd) = try e.rmsNorm(v, weight: w, eps: eps)
    return record("rmsNorm", y, joint: [x, weight ?? Variable(v)]) { g, wanted in
      let found = try e.rmsNormBackward(
        v, weight: w, rstd: rstd, gradient: g, input: wanted[0], parameters: wanted[1])
      return [found.input, found.weight]
    }
  }
}
