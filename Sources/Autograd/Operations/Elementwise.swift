import Tensor

/// Functions of one operand, element by element. Each saves its operand or its result, whichever
/// its gradient is written in; the engine holds the two loops side by side.
extension Tape {
  private func unary(_ name: String, _ function: UnaryOp, _ x: Variable) throws -> Variable {
    let e = engine
    let value = try e.unary(function, x.value)
    let saved = function.savesOutput ? value : x.value
    return record(
      name, value,
      Input(x) { g in try e.unaryBackward(function, saved: saved, gradient: g) })
  }

  /// −x; the gradient is −g.
  public func neg(_ x: Variable) throws -> Variable {
    let e = engine
    return record("neg", try e.neg(x.value), Input(x) { g in try e.neg(g) })
  }

  /// e^x; the gradient is g e^x.
  public func exp(_ x: Variable) throws -> Variable { try unary("exp", .exp, x) }

  /// The natural logarithm; the gradient is g / x.
  public func log(_ x: Variable) throws -> Variable { try unary("log", .log, x) }

  /// √x; the gradient is g / (2 √x).
  public func sqrt(_ x: Variable) throws -> Variable { try unary("sqrt", .sqrt, x) }

  /// 1 / √x; the gradient is −g / (2 x √x).
  public func rsqrt(_ x: Variable) throws -> Variable { try unary("rsqrt", .rsqrt, x) }

  /// x²; the gradient is 2 g x.
  public func square(_ x: Variable) throws -> Variable { try unary("square", .square, x) }

  /// 1 / x; the gradient is −g / x².
  public func reciprocal(_ x: Variable) throws -> Variable {
    try unary("reciprocal", .reciprocal, x)
  }

  /// |x|; the gradient is g sign(x), 0 at 0.
  public func abs(_ x: Variable) throws -> Variable { try unary("abs", .abs, x) }

  /// sin x; the gradient is g cos x.
  public func sin(_ x: Variable) throws -> Variable { try unary("sin", .sin, x) }

  /// cos x; the gradient is −g sin x.
  public func cos(_ x: Variable) throws -> Variable { try unary("cos", .cos, x) }

  /// The error function 2/√π ∫₀ˣ e^(−t²) dt; the gradient is g 2/√π e^(−x²).
  public func erf(_ x: Variable) throws -> Variable { try unary("erf", .erf, x) }

  /// e^x − 1, exact near 0; the gradient is g e^x.
  public func expm1(_ x: Variable) throws -> Variable { try unary("expm1", .expm1, x) }

  /// ln(1 + x), exact near 0; the gradient is g / (1 + x).
  public func log1p(_ x: Variable) throws -> Variable { try unary("log1p", .log1p, x) }

  /// tanh x; the gradient is g (1 − tanh² x).
  public func tanh(_ x: Variable) throws -> Variable { try unary("tanh", .tanh, x) }

  /// σ(x) = 1 / (1 + e^(−x)); the gradient is g σ (1 − σ).
  public func sigmoid(_ x: Variable) throws -> Variable { try unary("sigmoid", .sigmoid, x) }

  /// max(x, 0); the gradient is g where x > 0, else 0.
  public func relu(_ x: Variable) throws -> Variable { try unary("relu", .relu, x) }

  /// GELU (Hendrycks and Gimpel 2016): x Φ(x) = x/2 (1 + erf(x/√2)), or with `tanh` its
  /// approximation x/2 (1 + tanh(√(2/π) (x + 0.044715 x³))). The gradient is g (Φ + x φ), or that
  /// of the approximation.
  public func gelu(_ x: Variable, tanh: Bool = false) throws -> Variable {
    try unary("gelu", tanh ? .geluTanh : .gelu, x)
  }

  /// SiLU, or swish: x σ(x); the gradient is g σ (1 + x (1 − σ)).
  public func silu(_ x: Variable) throws -> Variable { try unary("silu", .silu, x) }

  /// ln(1 + e^x), safe for large x; the gradient is g σ(x).
  public func softplus(_ x: Variable) throws -> Variable { try unary("softplus", .softplus, x) }

  /// ln σ(x) = −softplus(−x); the gradient is g σ(−x).
  public func logSigmoid(_ x: Variable) throws -> Variable {
    let e = engine
    let negated = try e.neg(x.value)
    return record(
      "logSigmoid", try e.neg(e.unary(.softplus, negated)),
      Input(x) { g in try e.unaryBackward(.softplus, saved: negated, gradient: g) })
  }

  /// x limited to [lower, upper]; nil for no limit. The gradient passes where x was within, limits
  /// included.
  public func clip(_ x: Variable, min lower: Double?, max upper: Double?) throws -> Variable {
    let (e, v) = (engine, x.value)
    let y = try e.clip(v, low: lower, high: upper)
    return record(
      "clip", y,
      Input(x) { g in try e.select(e.compare(.equal, v, y), g, g.zero) })
  }

  /// The same numbers in another floating type; the gradient is cast back.
  /// Cast to an integer or boolean type, it is a constant.
  public func cast(_ x: Variable, to dtype: DType) throws -> Variable {
    let (e, source) = (engine, x.dtype)
    if dtype == source { return x }
    let value = try e.cast(x.value, to: dtype)
    // Rounding to integers has no gradient: what leaves the real numbers is a constant.
    guard dtype.isFloat else { return finish("cast", [x], Variable(value)) }
    return record("cast", value, Input(x) { g in try e.cast(g, to: source) })
  }
}
