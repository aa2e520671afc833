import CKernels

extension Engine {
  /// Rows of a table `[V, ...]` by integer ids of any shape: ids.shape + table.shape[1...].
  public func gatherRows(_ table: Tensor, _ ids: Tensor) throws -> Tensor {
    guard table.rank >= 1 else { throw TensorError("gather", "the table has no rows to choose") }
    let flat = try ids.reshaped([ids.count])
    let rows = try index(table, axis: 0, flat)
    return try rows.reshaped(ids.shape + table.shape.dropFirst())
  }

  /// The gradient of `gatherRows`: a table of `rows` rows, each the sum of the gradient's rows with
  /// its id, in order.
  public func scatterAddRows(_ gradient: Tensor, ids: Tensor, rows: Int) throws -> Tensor {
    guard gradient.rank >= ids.rank, Array(gradient.shape.prefix(ids.rank)) == ids.shape else {
      throw TensorError(
        "scatterAddRows",
        "a gradient of shape \(describe(gradient.shape)) does not begin with the ids' shape \(describe(ids.shape))"
      )
    }
    let flat = try gradient.reshaped([ids.count] + gradient.shape.dropFirst(ids.rank))
    return try indexAdd(flat, axis: 0, ids.reshaped([ids.count]), size: rows)
  }

  /// Elements `indices` (a vector; negative counts from the end) along an axis.
  public func index(_ x: Tensor, axis: Int, _ indices: Tensor) throws -> Tensor {
    let axis = try x.axis(axis, "index")
    guard indices.rank == 1 else {
      throw TensorError(
        "index", "indices must be a vector, not of shape \(describe(indices.shape))")
    }
    let ids = try self.indices(indices, below: x.shape[axis], "index")
    if let codes = x.quantization, axis == 0 { return try decodedRows(x, codes, ids) }
    let source = try contiguous(x)
    let split = AxisSplit(x.shape, axis: axis)
    var shape = x.shape
    shape[axis] = ids.count
    let result = Tensor(uninitialized: shape, dtype: x.dtype)
    ck_index(
      try source.address("index"), try ids.address("index").assumingMemoryBound(to: Int64.self),
      try result.address("index"), split.outer, ids.count, split.size, split.inner * x.dtype.size)
    return result
  }

  /// The gradient of `index`: zeros of size `size` along the axis with the gradient's slices added
  /// in order.
  public func indexAdd(_ gradient: Tensor, axis: Int, _ indices: Tensor, size: Int) throws
    -> Tensor
  {
    let axis = try gradient.axis(axis, "indexAdd")
    guard indices.shape == [gradient.shape[axis]] else {
      throw TensorError(
        "indexAdd",
        "indices of shape \(describe(indices.shape)) do not fit axis \(axis) of \(describe(gradient.shape))"
      )
    }
    return try addAt(gradient, axis: axis, indices, size: size, "indexAdd") {
      $0.index_add
    }
  }

  private typealias Adding =
    @convention(c) (
      UnsafeRawPointer?, UnsafePointer<Int64>?, UnsafeMutableRawPointer?, Int, Int, Int, Int
    ) -> Void

  private func addAt(
    _ gradient: Tensor, axis: Int, _ indices: Tensor, size: Int, _ name: String,
    _ kernel: (ck_kernels) -> Adding?
  ) throws -> Tensor {
    let source = try ready(gradient)
    let ids = try self.indices(indices, below: size, name)
    let split = AxisSplit(source.shape, axis: axis)
    var shape = source.shape
    shape[axis] = size
    let result = Tensor(uninitialized: shape, dtype: source.dtype)
    kernel(try kernels(source.dtype, name))?(
      try source.address(name), try ids.address(name).assumingMemoryBound(to: Int64.self),
      try result.address(name), split.outer, split.size, size, split.inner)
    return try cast(result, to: gradient.dtype)
  }

  /// The places at which a mask is true, flattened row-major: an `i64` vector.
  public func nonzero(_ mask: Tensor) throws -> Tensor {
    guard mask.dtype == .bool else {
      throw TensorError("nonzero", "needs a bool mask, not \(mask.dtype.name)")
    }
    let dense = try contiguous(mask)
    let bytes = try dense.address("nonzero").assumingMemoryBound(to: UInt8.self)
    let result = Tensor(uninitialized: [ck_count_true(bytes, dense.count)], dtype: .i64)
    ck_nonzero(
      bytes, dense.count, try result.address("nonzero").assumingMemoryBound(to: Int64.self))
    return result
  }

  /// The elements (for a mask of lower rank, the sub-tensors) of x where the mask is true.
  public func index(_ x: Tensor, mask: Tensor) throws -> Tensor {
    guard mask.rank <= x.rank, Array(x.shape.prefix(mask.rank)) == mask.shape else {
      throw TensorError(
        "index",
        "a mask of shape \(describe(mask.shape)) does not fit the shape \(describe(x.shape))")
    }
    let rest = Array(x.shape.dropFirst(mask.rank))
    return try index(x.reshaped([mask.count] + rest), axis: 0, nonzero(mask))
  }

  /// `result[.., i, ..] = x[.., indices[.., i, ..], ..]` along an axis; shapes equal but for that
  /// axis.
  public func takeAlong(_ x: Tensor, axis: Int, indices: Tensor) throws -> Tensor {
    let axis = try x.axis(axis, "takeAlong")
    try checkAlong(x.shape, indices.shape, axis, "takeAlong")
    let ids = try self.indices(indices, below: x.shape[axis], "takeAlong")
    let source = try contiguous(x)
    let split = AxisSplit(x.shape, axis: axis)
    let result = Tensor(uninitialized: indices.shape, dtype: x.dtype)
    ck_take(
      x.dtype.size, try source.address("takeAlong"),
      try ids.address("takeAlong").assumingMemoryBound(to: Int64.self),
      try result.address("takeAlong"), split.outer, indices.shape[axis], split.size, split.inner)
    return result
  }

  /// The gradient of `takeAlong`: zeros with size `size` along the axis, gradients added in order.
  public func scatterAddAlong(_ gradient: Tensor, axis: Int, indices: Tensor, size: Int) throws
    -> Tensor
  {
    let axis = try gradient.axis(axis, "scatterAddAlong")
    try require("scatterAddAlong", "indices", indices, gradient.shape)
    return try addAt(gradient, axis: axis, indices, size: size, "scatterAddAlong") {
      $0.scatter_add
    }
  }

  private func checkAlong(_ a: [Int], _ b: [Int], _ axis: Int, _ name: String) throws {
    var other = b
    if other.count == a.count { other[axis] = a[axis] }
    guard other == a else {
      throw TensorError(
        name, "shapes \(describe(a)) and \(describe(b)) differ in more than axis \(axis)")
    }
  }

  /// x with one axis brought to the end, dense: rows for kernels that work along the last axis.
  func rows(_ x: Tensor, axis: Int) throws -> Tensor {
    try contiguous(axis == x.rank - 1 ? x : x.transposed(axis, x.rank - 1))
  }

  /// Stable; NaN last. The places are `i64`.
  public func sort(_ x: Tensor, axis: Int = -1, descending: Bool = false) throws -> (
    values: Tensor, indices: Tensor
  ) {
    let axis = try x.axis(axis, "sort")
    let source = try rows(cast(x, to: x.dtype.compute), axis: axis)
    let values = Tensor(uninitialized: source.shape, dtype: source.dtype)
    let places = Tensor(uninitialized: source.shape, dtype: .i64)
    let size = x.shape[axis]
    ck_sort(
      Int32(source.dtype.rawValue), try source.address("sort"), try values.address("sort"),
      try places.address("sort").assumingMemoryBound(to: Int64.self),
      size == 0 ? 0 : x.count / size,
      size, descending ? 1 : 0)
    return try (
      cast(values, to: x.dtype).transposed(axis, x.rank - 1), places.transposed(axis, x.rank - 1)
    )
  }

  /// The k largest along an axis, largest first; of equals the first first.
  public func topK(_ x: Tensor, _ k: Int, axis: Int = -1) throws -> (
    values: Tensor, indices: Tensor
  ) {
    let axis = try x.axis(axis, "topK")
    let size = x.shape[axis]
    guard k >= 1 && k <= size else {
      throw TensorError(
        "topK", "k = \(k) is outside 1...\(size), the size of axis \(axis) of \(describe(x.shape))")
    }
    let source = try rows(cast(x, to: x.dtype.compute), axis: axis)
    let shape = source.shape.dropLast() + [k]
    let values = Tensor(uninitialized: Array(shape), dtype: source.dtype)
    let places = Tensor(uninitialized: Array(shape), dtype: .i64)
    ck_top_k(
      Int32(source.dtype.rawValue), try source.address("topK"), try values.address("topK"),
      try places.address("topK").assumingMemoryBound(to: Int64.self), x.count / size, size, k)
    return try (
      cast(values, to: x.dtype).transposed(axis, x.rank - 1), places.transposed(axis, x.rank - 1)
    )
  }
}
