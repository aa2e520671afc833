import Tensor

/// Two operands with NumPy broadcasting. The gradient of a broadcast operand is summed over the
/// axes along which it was repeated.
extension Tape {
  /// a + b.
  public func add(_ a: Variable, _ b: Variable) throws -> Variable {
    let (e, aShape, bShape) = (engine, a.shape, b.shape)
    return record(
      "add", try e.add(a.value, b.value),
      Input(a) { g in try e.sum(g, to: aShape) },
      Input(b) { g in try e.sum(g, to: bShape) })
  }

  /// a − b.
  public func sub(_ a: Variable, _ b: Variable) throws -> Variable {
    let (e, aShape, bShape) = (engine, a.shape, b.shape)
    return record(
      "sub", try e.sub(a.value, b.value),
      Input(a) { g in try e.sum(g, to: aShape) },
      Input(b) { g in try e.neg(e.sum(g, to: bShape)) })
  }

  /// a · b, element by element.
  public func mul(_ a: Variable, _ b: Variable) throws -> Variable {
    let (e, x, y) = (engine, a.value, b.value)
    let (aShape, bShape) = (a.shape, b.shape)
    return record(
      "mul", try e.mul(x, y),
      Input(a) { g in try e.sum(e.mul(g, y), to: aShape) },
      Input(b) { g in try e.sum(e.mul(g, x), to: bShape) })
  }

  /// a / b. The gradients are g / b and −g a / b².
  public func div(_ a: Variable, _ b: Variable) throws -> Variable {
    let (e, y) = (engine, b.value)
    let (aShape, bShape) = (a.shape, b.shape)
    let quotient = try e.div(a.value, y)
    return record(
      "div", quotient,
      Input(a) { g in try e.sum(e.div(g, y), to: aShape) },
      Input(b) { g in
        try e.neg(e.sum(e.div(e.mul(g, quotient), y), to: bShape))
      })
  }

  /// x + c for a number.
  public func add(_ x: Variable, _ c: Double) throws -> Variable {
    record("add", try engine.affine(x.value, shift: c), Input(x) { g in g })
  }

  /// c · x for a number.
  public func mul(_ x: Variable, _ c: Double) throws -> Variable {
    let e = engine
    return record(
      "mul", try e.affine(x.value, scale: c), Input(x) { g in try e.affine(g, scale: c) })
  }

  /// a to the power b. The gradients are g b a^(b − 1) and g a^b ln a; the latter is 0 where a is 0
  /// (its limit for b > 0), and NaN where a is negative.
  public func pow(_ a: Variable, _ b: Variable) throws -> Variable {
    let (e, x, y) = (engine, a.value, b.value)
    let (aShape, bShape) = (a.shape, b.shape)
    let power = try e.pow(x, y)
    return record(
      "pow", power,
      Input(a) { g in
        let slope = try e.mul(y, e.pow(x, e.affine(y, shift: -1)))
        // x^(b − 1) is infinite at x = 0, b = 0, where the power is the constant 1.
        let isConstant = try e.compare(.equal, y, y.zero)
        let safe = try e.select(isConstant, slope.zero, slope)
        return try e.sum(e.mul(g, safe), to: aShape)
      },
      Input(b) { g in
        let isZero = try e.compare(.equal, x, x.zero)
        let slope = try e.mul(power, e.log(x))
        let safe = try e.select(isZero, slope.zero, slope)
        return try e.sum(e.mul(g, safe), to: bShape)
      })
  }

  /// x to the power of a number. The gradient is g p x^(p − 1).
  public func pow(_ x: Variable, _ p: Double) throws -> Variable {
    let (e, base) = (engine, x.value)
    let power = try p == 2 ? e.mul(base, base) : e.pow(base, Tensor.scalar(p, dtype: base.dtype))
    return record(
      "pow", power,
      Input(x) { g in
        if p == 0 { return Tensor.zeros(base.shape, dtype: base.dtype) }
        if p == 1 { return g }
        let slope = try p == 2 ? base : e.pow(base, Tensor.scalar(p - 1, dtype: base.dtype))
        return try e.affine(e.mul(g, slope), scale: p)
      })
  }

  /// The larger of a and b. Where they are equal each gets half of the gradient.
  public func maximum(_ a: Variable, _ b: Variable) throws -> Variable {
    try extremum("maximum", engine.maximum(a.value, b.value), a, b)
  }

  /// The smaller of a and b. Where they are equal each gets half of the gradient.
  public func minimum(_ a: Variable, _ b: Variable) throws -> Variable {
    try extremum("minimum", engine.minimum(a.value, b.value), a, b)
  }

  private func extremum(
    _ name: String, _ value: Tensor, _ a: Variable, _ b: Variable
  ) throws -> Variable {
    let (e, x, y) = (engine, a.value, b.value)
    let (aShape, bShape) = (a.shape, b.shape)
    func share(_ g: Tensor, of mine: Tensor, against other: Tensor) throws -> Tensor {
      let tie = try e.cast(e.compare(.equal, mine, other), to: g.dtype)
      let won = try e.cast(e.compare(.equal, mine, value), to: g.dtype)
      return try e.mul(g, e.sub(won, e.affine(tie, scale: 0.5)))
    }
    return record(
      name, value,
      Input(a) { g in try e.sum(share(g, of: x, against: y), to: aShape) },
      Input(b) { g in try e.sum(share(g, of: y, against: x), to: bShape) })
  }

  /// a where `mask` is true, b elsewhere; all three broadcast.
  public func select(_ mask: Tensor, _ a: Variable, _ b: Variable) throws -> Variable {
    let (e, aShape, bShape) = (engine, a.shape, b.shape)
    let value = try e.select(mask, a.value, b.value)
    return record(
      "select", value,
      Input(a) { g in try e.sum(e.select(mask, g, g.zero), to: aShape) },
      Input(b) { g in try e.sum(e.select(mask, g.zero, g), to: bShape) })
  }
}
