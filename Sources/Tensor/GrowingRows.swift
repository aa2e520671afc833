/// Rows that are added along the last axis but one, as decoding does with keys and values: room is
/// kept ahead, so that a step copies its own rows only.
///
/// Views that were handed out stay as they are: what is added lies behind them.
public final class GrowingRows {
  private var buffer: Tensor?
  public private(set) var count = 0

  public init() {}

  /// All rows so far with those of x `[..., n, d]` behind them.
  public func append(_ x: Tensor) throws -> Tensor {
    let axis = x.rank - 2
    guard axis >= 0 else {
      throw TensorError("append", "rows have at least two axes, not shape \(describe(x.shape))")
    }
    let end = count + x.shape[axis]
    let engine = Engine()
    let room = try makeRoom(end, like: x, engine)
    try engine.put(x, into: room.sliced(axis: axis, range: count..<end))
    count = end
    return try room.sliced(axis: axis, range: 0..<end)
  }

  private func makeRoom(_ rows: Int, like x: Tensor, _ engine: Engine) throws -> Tensor {
    let axis = x.rank - 2
    if let buffer {
      var shape = buffer.shape
      shape[axis] = x.shape[axis]
      guard shape == x.shape, buffer.dtype == x.dtype else {
        throw TensorError(
          "append",
          "rows of shape \(describe(x.shape)) cannot follow those of \(describe(buffer.shape))")
      }
      if buffer.shape[axis] >= rows { return buffer }
    }
    var shape = x.shape
    shape[axis] = Swift.max(rows + 32, rows * 3 / 2)
    let larger = Tensor(uninitialized: shape, dtype: x.dtype)
    if let buffer {
      let old = try buffer.sliced(axis: axis, range: 0..<count)
      try engine.put(old, into: larger.sliced(axis: axis, range: 0..<count))
    }
    buffer = larger
    return larger
  }
}
