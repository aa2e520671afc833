import CKernels

extension Engine {
  /// Over the given axes (nil: all). `keep` leaves them as size 1. Sums of bool count in `i64`; the
  /// maximum of nothing is an error.
  public func reduce(_ op: ReduceOp, _ x: Tensor, axes: [Int]? = nil, keep: Bool = false) throws
    -> Tensor
  {
    if x.dtype == .bool && op != .max && op != .min {
      return try reduce(op, cast(x, to: .i64), axes: axes, keep: keep)
    }
    let chosen = Set(try (axes ?? Array(0..<x.rank)).map { try x.axis($0, op.name) })
    let kept = x.shape.indices.filter { !chosen.contains($0) }
    let result: Tensor
    if let run = Engine.run(of: chosen), x.isContiguous {
      result = try reduceMiddle(op, x, axes: run)
    } else {
      let moved = try contiguous(x.permuted(kept + chosen.sorted()))
      result = try reduceMiddle(op, moved, axes: kept.count..<x.rank)
    }
    let shape =
      keep
      ? x.shape.indices.map { chosen.contains($0) ? 1 : x.shape[$0] } : kept.map { x.shape[$0] }
    return try result.reshaped(shape)
  }

  /// The axes as one range, if they are neighbours.
  private static func run(of axes: Set<Int>) -> Range<Int>? {
    guard let low = axes.min(), let high = axes.max() else { return 0..<0 }
    return high - low + 1 == axes.count ? low..<high + 1 : nil
  }

  private func reduceMiddle(_ op: ReduceOp, _ x: Tensor, axes: Range<Int>) throws -> Tensor {
    let outer = x.shape[..<axes.lowerBound].reduce(1, *)
    let size = x.shape[axes].reduce(1, *)
    let inner = x.shape[axes.upperBound...].reduce(1, *)
    if size == 0 && (op == .max || op == .min) {
      throw TensorError(op.name, "shape \(describe(x.shape)) has no elements along the axes")
    }
    if let outline = outline(x, shape: [outer, inner]) { return outline }
    let source = try ready(x)
    let result = Tensor(uninitialized: [outer, inner], dtype: source.dtype)
    let (from, to) = (try source.address(op.name), try result.address(op.name))
    if x.dtype.isFloat {
      try kernels(x.dtype, op.name).reduce(op.rawValue, from, to, outer, size, inner)
    } else if op == .mean {
      throw TensorError("mean", "\(x.dtype.name) values have no mean of their type; convert them")
    } else {
      ck_integer_reduce(op.rawValue, Int32(x.dtype.rawValue), from, to, outer, size, inner)
    }
    return try cast(result, to: x.dtype)
  }

  public func sum(_ x: Tensor, axes: [Int]? = nil, keep: Bool = false) throws -> Tensor {
    try reduce(.sum, x, axes: axes, keep: keep)
  }
  public func mean(_ x: Tensor, axes: [Int]? = nil, keep: Bool = false) throws -> Tensor {
    try reduce(.mean, x, axes: axes, keep: keep)
  }
  public func max(_ x: Tensor, axes: [Int]? = nil, keep: Bool = false) throws -> Tensor {
    try reduce(.max, x, axes: axes, keep: keep)
  }
  public func min(_ x: Tensor, axes: [Int]? = nil, keep: Bool = false) throws -> Tensor {
    try reduce(.min, x, axes: axes, keep: keep)
  }
  public func prod(_ x: Tensor, axes: [Int]? = nil, keep: Bool = false) throws -> Tensor {
    try reduce(.prod, x, axes: axes, keep: keep)
  }

  /// Sums a gradient over the axes along which a tensor of `shape` had been broadcast to it.
  public func sum(_ x: Tensor, to shape: [Int]) throws -> Tensor {
    if x.shape == shape { return x }
    let lead = x.rank - shape.count
    guard lead >= 0,
      (0..<shape.count).allSatisfy({ shape[$0] == x.shape[lead + $0] || shape[$0] == 1 })
    else {
      throw TensorError("sum", "\(describe(x.shape)) is no broadcast of \(describe(shape))")
    }
    let axes = Array(0..<lead) + (0..<shape.count).filter { shape[$0] == 1 }.map { lead + $0 }
    return try reduce(.sum, x, axes: axes, keep: true).reshaped(shape)
  }

  /// The place of the first largest element along an axis, `i64`. NaN counts as the largest.
  public func argmax(_ x: Tensor, axis: Int = -1, keep: Bool = false) throws -> Tensor {
    try extreme("argmax", x, axis: axis, keep: keep, smallest: false)
  }
  public func argmin(_ x: Tensor, axis: Int = -1, keep: Bool = false) throws -> Tensor {
    try extreme("argmin", x, axis: axis, keep: keep, smallest: true)
  }

  private func extreme(_ name: String, _ x: Tensor, axis: Int, keep: Bool, smallest: Bool) throws
    -> Tensor
  {
    let axis = try x.axis(axis, name)
    let size = x.shape[axis]
    guard size > 0 else {
      throw TensorError(name, "axis \(axis) of shape \(describe(x.shape)) has no elements")
    }
    var order = Array(0..<x.rank)
    order.append(order.remove(at: axis))
    let source = try ready(x.permuted(order))
    var shape = Array(source.shape.dropLast())
    let result = Tensor(uninitialized: shape, dtype: .i64)
    ck_argmax(
      Int32(source.dtype.rawValue), try source.address(name),
      try result.address(name).assumingMemoryBound(to: Int64.self), result.count, size,
      smallest ? 1 : 0)
    if keep { shape.insert(1, at: axis) }
    return try result.reshaped(shape)
  }

  /// Running sums along an axis; `reverse` runs from the end (its own gradient).
  public func cumsum(_ x: Tensor, axis: Int, reverse: Bool = false) throws -> Tensor {
    let axis = try x.axis(axis, "cumsum")
    if !x.dtype.isFloat {
      // Whole numbers below 2^53 add exactly in f64.
      let target: DType = x.dtype == .i32 ? .i32 : .i64
      return try cast(cumsum(cast(x, to: .f64), axis: axis, reverse: reverse), to: target)
    }
    let source = try ready(x)
    let split = AxisSplit(x.shape, axis: axis)
    let result = Tensor(uninitialized: x.shape, dtype: source.dtype)
    try kernels(x.dtype, "cumsum").cumsum(
      try source.address("cumsum"), try result.address("cumsum"), split.outer, split.size,
      split.inner, reverse ? 1 : 0)
    return try cast(result, to: x.dtype)
  }

  /// The sum of squares of all elements, accumulated in f64.
  public func sumOfSquares(_ x: Tensor) throws -> Double {
    let source = try ready(x)
    return try kernels(x.dtype, "sumOfSquares").sum_of_squares(
      try source.address("sumOfSquares"), source.count)
  }
}
