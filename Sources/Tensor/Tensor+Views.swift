/// Views: they share the storage and copy nothing (except `reshaped` of a tensor that is not
/// contiguous).
extension Tensor {
  /// The axis counted from the front; a negative one counts from the back.
  public func axis(_ axis: Int, _ operation: String) throws -> Int {
    let found = axis < 0 ? axis + rank : axis
    guard found >= 0 && found < rank else {
      throw TensorError(
        operation, "axis \(axis) does not exist in shape \(describe(shape)), which has \(rank) axes"
      )
    }
    return found
  }

  func view(_ shape: [Int], _ strides: [Int], offset: Int? = nil) -> Tensor {
    Tensor(
      storage: storage, shape: shape, strides: strides, offset: offset ?? self.offset, dtype: dtype)
  }

  /// The same elements in row-major order under a new shape; one entry may be -1. Copies only if it
  /// must.
  public func reshaped(_ newShape: [Int]) throws -> Tensor {
    let target = try resolved(newShape)
    if isContiguous { return view(target, Tensor.rowMajorStrides(target)) }
    if let strides = stridesForReshape(to: target) { return view(target, strides) }
    let copy = try Engine(math: .fast).contiguous(self)
    return copy.view(target, Tensor.rowMajorStrides(target))
  }

  private func resolved(_ newShape: [Int]) throws -> [Int] {
    var target = newShape
    let holes = target.indices.filter { target[$0] == -1 }
    let known = target.filter { $0 != -1 }.reduce(1, *)
    if holes.count == 1, known > 0, count % known == 0 { target[holes[0]] = count / known }
    guard target.allSatisfy({ $0 >= 0 }), target.reduce(1, *) == count else {
      throw TensorError(
        "reshape",
        "shape \(describe(shape)) has \(count) elements and cannot become \(describe(newShape))")
    }
    return target
  }

  /// Strides under which a tensor that is not contiguous takes the new shape without a copy, if
  /// there are any.
  private func stridesForReshape(to target: [Int]) -> [Int]? {
    if isEmpty { return nil }
    var old: [(size: Int, stride: Int)] = []
    for (size, stride) in zip(shape, strides) where size != 1 { old.append((size, stride)) }
    var result = [Int](repeating: 0, count: target.count)
    var next = target.count - 1
    var group = old.count - 1
    while group >= 0 {
      var size = old[group].size
      var first = group
      while first > 0 && old[first - 1].stride == old[first].stride * old[first].size {
        first -= 1
        size *= old[first].size
      }
      var step = old[group].stride
      while next >= 0 && (size > 1 || target[next] == 1) {
        guard size % target[next] == 0 else { return nil }
        result[next] = step
        step *= target[next]
        size /= target[next]
        next -= 1
      }
      guard size == 1 else { return nil }
      group = first - 1
    }
    while next >= 0 {
      guard target[next] == 1 else { return nil }
      next -= 1
    }
    return result
  }

  /// Axis `i` of the result is axis `axes[i]` of this tensor.
  public func permuted(_ axes: [Int]) throws -> Tensor {
    let order = try axes.map { try axis($0, "permute") }
    guard Set(order).count == rank && order.count == rank else {
      throw TensorError(
        "permute", "\(describe(axes)) is not an order of the \(rank) axes of \(describe(shape))")
    }
    return view(order.map { shape[$0] }, order.map { strides[$0] })
  }

  /// Two axes exchanged; by default the last two.
  public func transposed(_ first: Int = -2, _ second: Int = -1) throws -> Tensor {
    var order = Array(0..<rank)
    order.swapAt(try axis(first, "transpose"), try axis(second, "transpose"))
    return view(order.map { shape[$0] }, order.map { strides[$0] })
  }

  /// Elements `range.lowerBound`, `+ step`, … below `range.upperBound` along an axis. `step` may be
  /// negative: then it starts at the last element of the range.
  public func sliced(axis: Int, range: Range<Int>, step: Int = 1) throws -> Tensor {
    let axis = try self.axis(axis, "slice")
    guard range.lowerBound >= 0 && range.upperBound <= shape[axis] && step != 0 else {
      throw TensorError(
        "slice",
        "\(range.lowerBound):\(range.upperBound):\(step) does not fit axis \(axis) of shape \(describe(shape))"
      )
    }
    let width = abs(step)
    var newShape = shape
    var newStrides = strides
    newShape[axis] = (range.count + width - 1) / width
    newStrides[axis] = strides[axis] * step
    let first = step > 0 || range.isEmpty ? range.lowerBound : range.upperBound - 1
    return view(newShape, newStrides, offset: offset + first * strides[axis])
  }

  /// One element of an axis; the axis disappears.
  public func selecting(axis: Int, index: Int) throws -> Tensor {
    let axis = try self.axis(axis, "index")
    let found = index < 0 ? index + shape[axis] : index
    guard found >= 0 && found < shape[axis] else {
      throw TensorError(
        "index", "index \(index) is outside axis \(axis) of shape \(describe(shape))")
    }
    return try sliced(axis: axis, range: found..<found + 1).squeezed(axis)
  }

  /// Broadcast to a larger shape: axes of size 1 (and new leading axes) are repeated without a
  /// copy.
  public func expanded(to target: [Int]) throws -> Tensor {
    if target == shape { return self }
    let lead = target.count - rank
    let fits =
      lead >= 0 && (0..<rank).allSatisfy { shape[$0] == target[lead + $0] || shape[$0] == 1 }
    guard fits else {
      throw TensorError(
        "expand", "shape \(describe(shape)) does not broadcast to \(describe(target))")
    }
    var newStrides = [Int](repeating: 0, count: target.count)
    for axis in 0..<rank where shape[axis] == target[lead + axis] {
      newStrides[lead + axis] = strides[axis]
    }
    return view(target, newStrides)
  }

  /// Without an axis of size 1; without an argument, without any of them.
  public func squeezed(_ axis: Int? = nil) throws -> Tensor {
    guard let axis else {
      let kept = shape.indices.filter { shape[$0] != 1 }
      return view(kept.map { shape[$0] }, kept.map { strides[$0] })
    }
    let found = try self.axis(axis, "squeeze")
    guard shape[found] == 1 else {
      throw TensorError("squeeze", "axis \(axis) of shape \(describe(shape)) is not of size 1")
    }
    var newShape = shape
    var newStrides = strides
    newShape.remove(at: found)
    newStrides.remove(at: found)
    return view(newShape, newStrides)
  }

  /// With a new axis of size 1 that will be axis `axis` of the result.
  public func unsqueezed(_ axis: Int) throws -> Tensor {
    let found = axis < 0 ? axis + rank + 1 : axis
    guard found >= 0 && found <= rank else {
      throw TensorError("unsqueeze", "no place \(axis) for a new axis in shape \(describe(shape))")
    }
    var newShape = shape
    var newStrides = strides
    newShape.insert(1, at: found)
    newStrides.insert(0, at: found)
    return view(newShape, newStrides)
  }

  /// The shape that NumPy's broadcasting gives two shapes.
  public static func broadcast(_ a: [Int], _ b: [Int], _ operation: String) throws -> [Int] {
    if a == b { return a }
    var result = [Int](repeating: 1, count: max(a.count, b.count))
    for place in 1...max(result.count, 1) where place <= result.count {
      let x = place <= a.count ? a[a.count - place] : 1
      let y = place <= b.count ? b[b.count - place] : 1
      guard x == y || x == 1 || y == 1 else {
        throw TensorError(operation, "shapes \(describe(a)) and \(describe(b)) do not broadcast")
      }
      result[result.count - place] = x == 1 ? y : x
    }
    return result
  }
}
