import Tensor

/// Elements chosen by integer tensors and masks, which are constants. Where an element is chosen
/// several times, its gradients add up in the order of the choice.
extension Tape {
  /// Rows of a table [V, ...] by integer ids of any shape: [ids..., ...]. An embedding.
  public func gatherRows(_ table: Variable, _ ids: Tensor) throws -> Variable {
    let (e, rows) = (engine, table.shape.first ?? 0)
    return record(
      "gatherRows", try e.gatherRows(table.stored, ids),
      Input(table) { g in try e.scatterAddRows(g, ids: ids, rows: rows) })
  }

  /// The elements `indices` (a vector) along an axis; a negative index counts from the end.
  public func index(_ x: Variable, axis: Int, _ indices: Tensor) throws -> Variable {
    let e = engine
    let axis = try x.shape.resolved(axis, in: "index")
    let size = x.shape[axis]
    return record(
      "index", try e.index(x.value, axis: axis, indices),
      Input(x) { g in try e.indexAdd(g, axis: axis, indices, size: size) })
  }

  /// The elements where a mask is true, row-major, or the sub-tensors for a mask over the leading
  /// axes: [count, remaining axes...].
  public func index(_ x: Variable, mask: Tensor) throws -> Variable {
    guard mask.dtype == .bool, mask.rank <= x.rank,
      mask.shape == Array(x.shape.prefix(mask.rank))
    else {
      throw TensorError(
        "index",
        "a mask is bool and of the shape of the leading axes, but it is \(mask.dtype.name) "
          + "\(describe(mask.shape)) for x \(describe(x.shape))")
    }
    let (e, shape) = (engine, x.shape)
    let places = try e.nonzero(mask)
    let flat = [mask.count] + shape.dropFirst(mask.rank)
    let value = try e.index(x.value.reshaped(flat), axis: 0, places)
    return record(
      "index", value,
      Input(x) { g in
        try e.indexAdd(g, axis: 0, places, size: flat[0]).reshaped(shape)
      })
  }

  /// `result[.., i, ..] = x[.., indices[.., i, ..], ..]` along an axis; the shapes are equal but for
  /// that axis.
  public func takeAlong(_ x: Variable, axis: Int, indices: Tensor) throws -> Variable {
    let e = engine
    let axis = try x.shape.resolved(axis, in: "takeAlong")
    return takeAlong(
      "takeAlong", x, axis, indices, try e.takeAlong(x.value, axis: axis, indices: indices))
  }

  private func takeAlong(
    _ name: String, _ x: Variable, _ axis: Int, _ indices: Tensor, _ value: Tensor
  ) -> Variable {
    let (e, size) = (engine, x.shape[axis])
    return record(
      name, value,
      Input(x) { g in try e.scatterAddAlong(g, axis: axis, indices: indices, size: size) })
  }

  /// x with `source` added at `indices` along an axis:
  /// `result[.., indices[.., i, ..], ..] += source[.., i, ..]`. Indices may repeat.
  public func scatterAdd(
    _ x: Variable, axis: Int, indices: Tensor, _ source: Variable
  ) throws -> Variable {
    let e = engine
    let axis = try x.shape.resolved(axis, in: "scatterAdd")
    let added = try e.scatterAddAlong(
      source.value, axis: axis, indices: indices, size: x.shape[axis])
    guard added.shape == x.shape else {
      throw TensorError(
        "scatterAdd",
        "source \(describe(source.shape)) and x \(describe(x.shape)) may differ in axis \(axis) only"
      )
    }
    return record(
      "scatterAdd", try e.add(x.value, added),
      Input(x) { g in g },
      Input(source) { g in try e.takeAlong(g, axis: axis, indices: indices) })
  }

  /// The k largest along an axis, largest first, and their places (i64). Of equal ones the first
  /// comes first and gets the gradient.
  public func topK(
    _ x: Variable, _ k: Int, axis: Int = -1
  ) throws -> (values: Variable, indices: Tensor) {
    let axis = try x.shape.resolved(axis, in: "topK")
    let found = try engine.topK(x.value, k, axis: axis)
    return (takeAlong("topK", x, axis, found.indices, found.values), found.indices)
  }

  /// The elements in order along an axis, and their places (i64). The sort is stable.
  public func sort(
    _ x: Variable, axis: Int = -1, descending: Bool = false
  ) throws -> (values: Variable, indices: Tensor) {
    let axis = try x.shape.resolved(axis, in: "sort")
    let found = try engine.sort(x.value, axis: axis, descending: descending)
    return (takeAlong("sort", x, axis, found.indices, found.values), found.indices)
  }
}
