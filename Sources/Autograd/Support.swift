import Tensor

// What the operations share: axes, shapes, and the few tensors that gradients need.

extension Tensor {
  /// 0 and 1 of this tensor's type, to broadcast.
  var zero: Tensor { .scalar(0, dtype: dtype) }
  var one: Tensor { .scalar(1, dtype: dtype) }
}

extension [Int] {
  /// Axes counted from the front, rising; nil stands for all of them.
  func resolved(_ axes: [Int]?, in operation: String) throws -> [Int] {
    guard let axes else { return Swift.Array(indices) }
    let found = try axes.map { try resolved($0, in: operation) }
    guard Set(found).count == found.count else {
      throw TensorError(operation, "the axes \(axes) name an axis of \(describe(self)) twice")
    }
    return found.sorted()
  }

  /// One axis, counted from the front.
  func resolved(_ axis: Int, in operation: String) throws -> Int {
    let found = axis < 0 ? axis + count : axis
    guard indices.contains(found) else {
      throw TensorError(
        operation,
        "axis \(axis) does not exist in shape \(describe(self)), which has \(count) axes")
    }
    return found
  }

  /// The number of elements.
  var product: Int { reduce(1, *) }

  /// The number of elements along some axes.
  func product(of axes: [Int]) -> Int { axes.reduce(1) { $0 * self[$1] } }

  func removing(_ axes: [Int]) -> [Int] {
    indices.filter { !axes.contains($0) }.map { self[$0] }
  }

  func replacing(axis: Int, by size: Int) -> [Int] {
    var shape = self
    shape[axis] = size
    return shape
  }

  /// This shape with the given axes of size 1.
  func keeping(_ axes: [Int]) -> [Int] {
    indices.map { axes.contains($0) ? 1 : self[$0] }
  }
}

extension Engine {
  /// The gradient of a sum: each element of `shape` gets its result's gradient (a view).
  func spread(_ g: Tensor, over axes: [Int], keep: Bool, to shape: [Int]) throws -> Tensor {
    try g.reshaped(shape.keeping(axes)).expanded(to: shape)
  }

  /// a / b, and 0 where b is 0.
  func dividedOrZero(_ a: Tensor, _ b: Tensor) throws -> Tensor {
    let isZero = try compare(.equal, b, b.zero)
    return try select(isZero, a.zero, div(a, select(isZero, b.one, b)))
  }
}
