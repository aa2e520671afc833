import CKernels

/// Operations that move elements without computing: the same in both kinds of math.
extension Engine {
  /// The same elements, row-major without gaps; `x` itself if it is so already.
  public func contiguous(_ x: Tensor) throws -> Tensor {
    if x.quantization != nil { return try decoded(x) }
    if x.isContiguous { return x }
    if let outline = outline(x, shape: x.shape) { return outline }
    try checkRank(x.shape, "contiguous")
    let result = Tensor(uninitialized: x.shape, dtype: x.dtype)
    ck_copy(
      x.dtype.size, x.rank, x.shape, x.strides, try x.address("contiguous"),
      try result.address("contiguous"))
    return result
  }

  /// Converted to another type. Floats lose their fraction on the way to integers; to bool,
  /// everything but 0 is true.
  public func cast(_ x: Tensor, to dtype: DType) throws -> Tensor {
    if x.dtype == dtype { return try decoded(x) }
    if let outline = outline(x, shape: x.shape, dtype: dtype) { return outline }
    let source = try contiguous(x)
    let result = Tensor(uninitialized: x.shape, dtype: dtype)
    ck_cast(
      Int32(x.dtype.rawValue), try source.address("cast"), Int32(dtype.rawValue),
      try result.address("cast"), result.count)
    return result
  }

  /// IEEE half floats (raw bytes) as `f32`.
  public func decodeHalf(_ bytes: UnsafeRawBufferPointer, shape: [Int]) throws -> Tensor {
    let result = Tensor(uninitialized: shape, dtype: .f32)
    guard bytes.count == 2 * result.count else {
      throw TensorError(
        "decodeHalf", "\(bytes.count) bytes do not fill shape \(describe(shape)) of half floats")
    }
    if let source = bytes.baseAddress {
      let target = try result.address("decodeHalf").assumingMemoryBound(to: Float.self)
      ck_decode_half(source, target, result.count)
    }
    return result
  }

  /// `a` where the mask is true, else `b`; all three broadcast.
  public func select(_ mask: Tensor, _ a: Tensor, _ b: Tensor) throws -> Tensor {
    try match("where", a, b)
    guard mask.dtype == .bool else {
      throw TensorError("where", "the mask must be bool, not \(mask.dtype.name)")
    }
    let shape = try Tensor.broadcast(
      Tensor.broadcast(a.shape, b.shape, "where"), mask.shape, "where")
    let x = try contiguous(a.expanded(to: shape))
    let y = try contiguous(b.expanded(to: shape))
    let m = try contiguous(mask.expanded(to: shape))
    let result = Tensor(uninitialized: shape, dtype: a.dtype)
    ck_select(
      a.dtype.size, try m.address("where").assumingMemoryBound(to: UInt8.self),
      try x.address("where"), try y.address("where"), try result.address("where"), result.count)
    return result
  }

  /// Parts of equal shape but for one axis, one behind the other along it.
  public func concatenate(_ parts: [Tensor], axis: Int) throws -> Tensor {
    guard let first = parts.first else {
      throw TensorError("concatenate", "needs at least one tensor")
    }
    let axis = try first.axis(axis, "concatenate")
    var shape = first.shape
    shape[axis] = 0
    for part in parts {
      try match("concatenate", first, part)
      var other = part.shape
      guard other.count == shape.count else { throw mismatch(first, part) }
      shape[axis] += other[axis]
      other[axis] = shape[axis]
      guard other == shape else { throw mismatch(first, part) }
    }
    try checkRank(shape, "concatenate")
    if parts.contains(where: { !$0.hasValues }) { return .shapeOnly(shape, dtype: first.dtype) }
    let result = Tensor(uninitialized: shape, dtype: first.dtype)
    var place = 0
    for part in parts {
      let end = place + part.shape[axis]
      try put(part, into: result.sliced(axis: axis, range: place..<end))
      place = end
    }
    return result
  }

  private func mismatch(_ a: Tensor, _ b: Tensor) -> TensorError {
    TensorError(
      "concatenate",
      "shapes \(describe(a.shape)) and \(describe(b.shape)) differ in more than the axis")
  }

  /// Writes x into a view of a tensor that is still being made.
  func put(_ x: Tensor, into view: Tensor) throws {
    let source = try contiguous(x)
    ck_place(
      x.dtype.size, view.rank, view.shape, view.strides, try source.address("put"),
      try view.address("put"))
  }

  /// Parts of one shape along a new axis.
  public func stack(_ parts: [Tensor], axis: Int) throws -> Tensor {
    try concatenate(parts.map { try $0.unsqueezed(axis) }, axis: axis)
  }

  /// `value` around x: (before, after) for each axis.
  public func pad(_ x: Tensor, _ widths: [(before: Int, after: Int)], value: Double = 0) throws
    -> Tensor
  {
    guard widths.count == x.rank, widths.allSatisfy({ $0.before >= 0 && $0.after >= 0 }) else {
      throw TensorError(
        "pad", "needs two widths, none negative, for each axis of shape \(describe(x.shape))")
    }
    let shape = zip(x.shape, widths).map { $0 + $1.before + $1.after }
    let result = Tensor.full(shape, value, dtype: x.dtype)
    var view = result
    for (axis, width) in widths.enumerated() {
      view = try view.sliced(axis: axis, range: width.before..<width.before + x.shape[axis])
    }
    try put(x, into: view)
    return result
  }

  /// The gradient of a slice: zeros of `shape` with x at `range` (by `step`) of an axis.
  public func unslice(_ x: Tensor, shape: [Int], axis: Int, range: Range<Int>, step: Int = 1)
    throws -> Tensor
  {
    let result = Tensor.zeros(shape, dtype: x.dtype)
    let view = try result.sliced(axis: axis, range: range, step: step)
    try require("gradient of slice", "gradient", x, view.shape)
    try put(x, into: view)
    return result
  }
}
