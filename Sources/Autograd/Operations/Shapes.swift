import Tensor

/// Other views of the same elements: nothing is computed forward, and gradients take the way back.
extension Tape {
  /// The same elements, row-major, under a new shape; one entry may be −1.
  public func reshape(_ x: Variable, _ shape: [Int]) throws -> Variable {
    let before = x.shape
    if let product = x.deferred, shape.last == before.last {
      let width = product.x.shape.last ?? 1
      return try deferred(reshape(product.x, shape.dropLast() + [width]), like: product)
    }
    return record(
      "reshape", try x.value.reshaped(shape), Input(x) { g in try g.reshaped(before) })
  }

  /// Axis i of the result is axis `axes[i]` of x.
  public func permute(_ x: Variable, _ axes: [Int]) throws -> Variable {
    let value = try x.value.permuted(axes)
    var inverse = [Int](repeating: 0, count: axes.count)
    for (place, axis) in axes.enumerated() {
      inverse[try x.shape.resolved(axis, in: "permute")] = place
    }
    return record("permute", value, Input(x) { [inverse] g in try g.permuted(inverse) })
  }

  /// Two axes exchanged; by default the last two.
  public func transpose(_ x: Variable, _ first: Int = -2, _ second: Int = -1) throws -> Variable {
    record(
      "transpose", try x.value.transposed(first, second),
      Input(x) { g in try g.transposed(first, second) })
  }

  /// Broadcast to a shape; the gradient is summed over what was repeated.
  public func expand(_ x: Variable, to shape: [Int]) throws -> Variable {
    let (e, before) = (engine, x.shape)
    return record(
      "expand", try x.value.expanded(to: shape), Input(x) { g in try e.sum(g, to: before) })
  }

  /// Without an axis of size 1; nil: without any of them.
  public func squeeze(_ x: Variable, axis: Int? = nil) throws -> Variable {
    let before = x.shape
    return record("squeeze", try x.value.squeezed(axis), Input(x) { g in try g.reshaped(before) })
  }

  /// With a new axis of size 1 at place `axis` of the result.
  public func unsqueeze(_ x: Variable, axis: Int) throws -> Variable {
    let before = x.shape
    return record(
      "unsqueeze", try x.value.unsqueezed(axis), Input(x) { g in try g.reshaped(before) })
  }

  /// Elements in reverse order along some axes.
  public func flip(_ x: Variable, axes: [Int]) throws -> Variable {
    let axes = try x.shape.resolved(axes, in: "flip")
    func flipped(_ tensor: Tensor) throws -> Tensor {
      try axes.reduce(tensor) { tensor, axis in
        try tensor.sliced(axis: axis, range: 0..<tensor.shape[axis], step: -1)
      }
    }
    return record("flip", try flipped(x.value), Input(x) { g in try flipped(g) })
  }

  /// The tensor `counts[i]` times along axis i, one copy after another; more counts than axes add
  /// leading axes. The gradients of all copies add up.
  public func tile(_ x: Variable, _ counts: [Int]) throws -> Variable {
    guard counts.count >= x.rank, counts.allSatisfy({ $0 >= 0 }) else {
      throw TensorError(
        "tile",
        "counts \(counts) for shape \(describe(x.shape)): needs a count, 0 or more, for each axis")
    }
    let (e, before) = (engine, x.shape)
    let lead = counts.count - x.rank
    let old = [Int](repeating: 1, count: lead) + before
    let apart = old.flatMap { [1, $0] }  // [1, D0, 1, D1, ...]
    let repeated = zip(counts, old).flatMap { [$0, $1] }  // [n0, D0, n1, D1, ...]
    let copies = counts.indices.map { 2 * $0 }
    let value = try x.value.reshaped(apart).expanded(to: repeated)
      .reshaped(zip(counts, old).map { $0 * $1 })
    return record(
      "tile", value,
      Input(x) { g in try e.sum(g.reshaped(repeated), axes: copies, keep: false).reshaped(before) })
  }
}

/// Joining and cutting.
extension Tape {
  /// One after another along an axis; each part gets its piece of the gradient.
  public func concatenate(_ parts: [Variable], axis: Int) throws -> Variable {
    guard let first = parts.first else {
      throw TensorError("concatenate", "needs at least one tensor, but the list is empty")
    }
    let axis = try first.shape.resolved(axis, in: "concatenate")
    let value = try engine.concatenate(parts.map(\.value), axis: axis)
    var start = 0
    let inputs = parts.map { part in
      let range = start..<start + part.shape[axis]
      start = range.upperBound
      return Input(part) { g in try g.sliced(axis: axis, range: range) }
    }
    return record("concatenate", value, inputs)
  }

  /// Tensors of one shape along a new axis, which is axis `axis` of the result.
  public func stack(_ parts: [Variable], axis: Int) throws -> Variable {
    guard let first = parts.first else {
      throw TensorError("stack", "needs at least one tensor, but the list is empty")
    }
    let found = axis < 0 ? axis + first.rank + 1 : axis
    let value = try engine.stack(parts.map(\.value), axis: found)
    let inputs = parts.enumerated().map { place, part in
      Input(part) { g in try g.selecting(axis: found, index: place) }
    }
    return record("stack", value, inputs)
  }

  /// Elements `range.lowerBound`, `+ step`, … below `range.upperBound` along an axis; a negative
  /// step starts at the range's end. The gradient is zero outside.
  public func slice(
    _ x: Variable, axis: Int, range: Range<Int>, step: Int = 1
  ) throws -> Variable {
    let (e, before) = (engine, x.shape)
    let axis = try before.resolved(axis, in: "slice")
    if let product = x.deferred, axis < before.count - 1 {
      let rows = try slice(product.x, axis: axis, range: range, step: step)
      return try deferred(rows, like: product)
    }
    let value = try x.value.sliced(axis: axis, range: range, step: step)
    let input = Input(x) { g in
      try e.unslice(g, shape: before, axis: axis, range: range, step: step)
    }
    guard step == 1 else { return record("slice", value, input) }
    return record("slice", value, input, piece: Node.Piece(axis: axis, range: range))
  }

  /// One element of an axis, which disappears; a negative index counts from the end.
  public func selecting(_ x: Variable, axis: Int, index: Int) throws -> Variable {
    let (e, before) = (engine, x.shape)
    let axis = try before.resolved(axis, in: "selecting")
    let value = try x.value.selecting(axis: axis, index: index)
    let place = index < 0 ? index + before[axis] : index
    return record(
      "selecting", value,
      Input(x) { g in
        try e.unslice(g.unsqueezed(axis), shape: before, axis: axis, range: place..<place + 1)
      })
  }

  /// `value` around x: (before, after) for each axis. The gradient is cut back.
  public func pad(
    _ x: Variable, _ widths: [(before: Int, after: Int)], value: Double = 0
  ) throws -> Variable {
    let shape = x.shape
    return record(
      "pad", try engine.pad(x.value, widths, value: value),
      Input(x) { g in
        try shape.indices.reduce(g) { g, axis in
          let start = widths[axis].before
          return try g.sliced(axis: axis, range: start..<start + shape[axis])
        }
      })
  }
}

/// Matrices and their triangles, over the last two axes.
extension Tape {
  /// A vector as a diagonal matrix, or the diagonal of a matrix (with leading axes).
  public func diag(_ x: Variable) throws -> Variable {
    let e = engine
    guard x.rank > 0 else { throw TensorError("diag", "needs a vector or a matrix, not a scalar") }
    if x.rank == 1 {
      let n = x.shape[0]
      return record(
        "diag", try e.diagonalMatrix(x.value, rows: n, columns: n),
        Input(x) { g in try e.diagonal(g) })
    }
    let (rows, columns) = (x.shape[x.rank - 2], x.shape[x.rank - 1])
    return record(
      "diag", try e.diagonal(x.value),
      Input(x) { g in try e.diagonalMatrix(g, rows: rows, columns: columns) })
  }

  /// The elements on and below diagonal k (0: the main one, positive: above it); 0 elsewhere.
  public func tril(_ x: Variable, diagonal k: Int = 0) throws -> Variable {
    try triangle("tril", x) { row, column in column <= row + k }
  }

  /// The elements on and above diagonal k (0: the main one, positive: above it); 0 elsewhere.
  public func triu(_ x: Variable, diagonal k: Int = 0) throws -> Variable {
    try triangle("triu", x) { row, column in column >= row + k }
  }

  private func triangle(
    _ name: String, _ x: Variable, _ holds: (Int, Int) -> Bool
  ) throws -> Variable {
    guard x.rank >= 2 else {
      throw TensorError(name, "needs a matrix, but the shape is \(describe(x.shape))")
    }
    let e = engine
    let (rows, columns) = (x.shape[x.rank - 2], x.shape[x.rank - 1])
    let mask = Tensor(
      (0..<rows).flatMap { row in (0..<columns).map { holds(row, $0) } }, shape: [rows, columns])
    return record(
      name, try e.select(mask, x.value, x.value.zero),
      Input(x) { g in try e.select(mask, g, g.zero) })
  }
}

extension Engine {
  /// The diagonal over the last two axes: a view with both strides added.
  func diagonal(_ x: Tensor) throws -> Tensor {
    let (row, column) = (x.rank - 2, x.rank - 1)
    return Tensor(
      storage: x.storage, shape: x.shape.dropLast(2) + [Swift.min(x.shape[row], x.shape[column])],
      strides: x.strides.dropLast(2) + [x.strides[row] + x.strides[column]], offset: x.offset,
      dtype: x.dtype)
  }

  /// Zeros [..., rows, columns] with x [..., min(rows, columns)] on the diagonal.
  func diagonalMatrix(_ x: Tensor, rows: Int, columns: Int) throws -> Tensor {
    let n = Swift.min(rows, columns)
    let mask = Tensor(
      (0..<n).flatMap { row in (0..<n).map { row == $0 } }, shape: [n, n])
    let square = try select(mask, x.unsqueezed(-1), x.zero)  // [..., n, n]
    guard rows != n || columns != n else { return square }
    var widths = [(before: Int, after: Int)](repeating: (0, 0), count: square.rank)
    widths[square.rank - 2].after = rows - n
    widths[square.rank - 1].after = columns - n
    return try pad(square, widths)
  }
}
