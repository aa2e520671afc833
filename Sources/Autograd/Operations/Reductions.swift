import Tensor

/// Reductions over some axes (nil: all), negative axes counting from the end. With `keep` a reduced
/// axis stays with size 1. A wrong or repeated axis is an error of the operation.
extension Tape {
  /// The sum; each element gets the gradient g.
  public func sum(_ x: Variable, axes: [Int]? = nil, keep: Bool = false) throws -> Variable {
    let (e, shape) = (engine, x.shape)
    let axes = try shape.resolved(axes, in: "sum")
    return record(
      "sum", try e.sum(x.value, axes: axes, keep: keep),
      Input(x) { g in try e.spread(g, over: axes, keep: keep, to: shape) })
  }

  /// The mean; each of the n elements gets the gradient g / n.
  public func mean(_ x: Variable, axes: [Int]? = nil, keep: Bool = false) throws -> Variable {
    let (e, shape) = (engine, x.shape)
    let axes = try shape.resolved(axes, in: "mean")
    let factor = 1 / Double(shape.product(of: axes))
    return record(
      "mean", try e.mean(x.value, axes: axes, keep: keep),
      Input(x) { g in
        try e.spread(e.affine(g, scale: factor), over: axes, keep: keep, to: shape)
      })
  }

  /// The largest element. Equal largest elements share the gradient evenly.
  public func max(_ x: Variable, axes: [Int]? = nil, keep: Bool = false) throws -> Variable {
    let axes = try x.shape.resolved(axes, in: "max")
    return try extremum("max", x, engine.max(x.value, axes: axes, keep: true), axes, keep)
  }

  /// The smallest element. Equal smallest elements share the gradient evenly.
  public func min(_ x: Variable, axes: [Int]? = nil, keep: Bool = false) throws -> Variable {
    let axes = try x.shape.resolved(axes, in: "min")
    return try extremum("min", x, engine.min(x.value, axes: axes, keep: true), axes, keep)
  }

  private func extremum(
    _ name: String, _ x: Variable, _ kept: Tensor, _ axes: [Int], _ keep: Bool
  ) throws -> Variable {
    let (e, v) = (engine, x.value)
    let value = try keep ? kept : kept.reshaped(v.shape.removing(axes))
    return record(
      name, value,
      Input(x) { g in
        let hits = try e.cast(e.compare(.equal, v, kept), to: g.dtype)
        let shared = try e.div(
          g.reshaped(kept.shape), e.sum(hits, axes: axes, keep: true))
        return try e.mul(hits, shared)
      })
  }

  /// The product. The gradient of an element is g times the product of the others, right also where
  /// elements are zero.
  public func prod(_ x: Variable, axes: [Int]? = nil, keep: Bool = false) throws -> Variable {
    let (e, v) = (engine, x.value)
    let axes = try v.shape.resolved(axes, in: "prod")
    return record(
      "prod", try e.prod(v, axes: axes, keep: keep),
      Input(x) { g in
        let isZero = try e.compare(.equal, v, v.zero)
        let safe = try e.select(isZero, v.one, v)
        let product = try e.prod(safe, axes: axes, keep: true)
        let zeros = try e.cast(isZero, to: v.dtype)
        let count = try e.sum(zeros, axes: axes, keep: true)
        // The zeros among the others: with none, their product is product / safe; else it is 0.
        let others = try e.compare(.equal, e.sub(count, zeros), v.zero)
        let slope = try e.select(others, e.div(product, safe), v.zero)
        return try e.mul(slope, e.spread(g, over: axes, keep: keep, to: v.shape))
      })
  }

  /// The variance Σ (x − mean)² / (n − correction); 1 gives the unbiased estimate. The gradient is
  /// g 2 (x − mean) / (n − correction).
  public func variance(
    _ x: Variable, axes: [Int]? = nil, keep: Bool = false, correction: Int = 1
  ) throws -> Variable {
    let e = engine
    let axes = try x.shape.resolved(axes, in: "variance")
    let shape = x.shape
    let moments = try centred("variance", x.value, axes, correction)
    let (centred, scale) = (moments.centred, 1 / moments.divisor)
    let value = try e.affine(
      e.sum(e.mul(centred, centred), axes: axes, keep: keep), scale: scale)
    return record(
      "variance", value,
      Input(x) { g in
        let spread = try e.spread(g, over: axes, keep: keep, to: shape)
        return try e.affine(e.mul(spread, centred), scale: 2 * scale)
      })
  }

  /// The standard deviation, the root of `variance`. The gradient is
  /// g (x − mean) / ((n − correction) std), 0 where std is 0.
  public func standardDeviation(
    _ x: Variable, axes: [Int]? = nil, keep: Bool = false, correction: Int = 1
  ) throws -> Variable {
    let e = engine
    let axes = try x.shape.resolved(axes, in: "standardDeviation")
    let shape = x.shape
    let moments = try centred("standardDeviation", x.value, axes, correction)
    let (centred, scale) = (moments.centred, 1 / moments.divisor)
    let value = try e.sqrt(
      e.affine(e.sum(e.mul(centred, centred), axes: axes, keep: keep), scale: scale))
    return record(
      "standardDeviation", value,
      Input(x) { g in
        let ratio = try e.dividedOrZero(e.affine(g, scale: scale), value)
        return try e.mul(e.spread(ratio, over: axes, keep: keep, to: shape), centred)
      })
  }

  private func centred(
    _ name: String, _ x: Tensor, _ axes: [Int], _ correction: Int
  ) throws -> (centred: Tensor, divisor: Double) {
    let n = x.shape.product(of: axes)
    guard n > correction else {
      throw TensorError(
        name,
        "needs more than \(correction) elements along the axes \(axes) of shape "
          + "\(describe(x.shape)), but there are \(n); use correction: 0 or other axes")
    }
    let mean = try engine.mean(x, axes: axes, keep: true)
    return (try engine.sub(x, mean), Double(n - correction))
  }

  /// ln Σ e^x, safe for large x. The gradient is g e^(x − result): the softmax.
  public func logSumExp(_ x: Variable, axes: [Int]? = nil, keep: Bool = false) throws -> Variable {
    let (e, v) = (engine, x.value)
    let axes = try v.shape.resolved(axes, in: "logSumExp")
    // A row of −∞ alone must give −∞, not ∞ − ∞: so the subtracted maximum stays finite.
    let limit = v.dtype == .f64 ? 1e308 : 3e38
    let largest = try e.clip(e.max(v, axes: axes, keep: true), low: -limit, high: limit)
    let total = try e.sum(e.exp(e.sub(v, largest)), axes: axes, keep: true)
    let kept = try e.add(e.log(total), largest)
    let value = try keep ? kept : kept.reshaped(v.shape.removing(axes))
    return record(
      "logSumExp", value,
      Input(x) { g in
        // From the maximum, not from the result: x − result would cancel for large x in f32.
        let share = try e.dividedOrZero(g.reshaped(kept.shape), total)
        return try e.mul(share, e.exp(e.sub(v, largest)))
      })
  }

  /// The Euclidean (Frobenius) norm √Σ x² over some axes. The gradient is g x / norm, 0 where the
  /// norm is 0.
  public func norm(_ x: Variable, axes: [Int]? = nil, keep: Bool = false) throws -> Variable {
    let (e, v) = (engine, x.value)
    let axes = try v.shape.resolved(axes, in: "norm")
    let value = try e.sqrt(e.sum(e.mul(v, v), axes: axes, keep: keep))
    return record(
      "norm", value,
      Input(x) { g in
        let ratio = try e.dividedOrZero(g, value)
        return try e.mul(e.spread(ratio, over: axes, keep: keep, to: v.shape), v)
      })
  }

  /// The running sum along an axis. The gradient is the running sum of g from the end.
  public func cumsum(_ x: Variable, axis: Int) throws -> Variable {
    let e = engine
    let axis = try x.shape.resolved(axis, in: "cumsum")
    return record(
      "cumsum", try e.cumsum(x.value, axis: axis),
      Input(x) { g in
        try e.cumsum(g, axis: axis, reverse: true)
      })
  }
}
