import Tensor

/// What has come together of a node's gradient so far: a sum, or parts from slices of its value.
///
/// The parts of a value that was cut up along one axis, such as a fused projection's q, k and v, are
/// joined when the last one is there: a zero-padded tensor for each, and sums of them, would cost
/// several times as much.
struct PendingGradient {
  private typealias Part = (piece: Node.Piece, gradient: Tensor)

  private let shape: [Int]
  private var sum: Tensor?
  private var parts: [Part] = []

  init(_ gradient: Tensor) {
    shape = gradient.shape
    sum = gradient
  }

  init(_ gradient: Tensor, piece: Node.Piece, of shape: [Int]) {
    self.shape = shape
    parts = [(piece, gradient)]
  }

  mutating func add(_ gradient: Tensor, engine: Engine) throws {
    sum = try engine.add(total(engine), gradient)
    parts = []
  }

  mutating func add(_ gradient: Tensor, piece: Node.Piece, engine: Engine) throws {
    guard sum == nil else {
      return try add(PendingGradient.padded((piece, gradient), shape, engine), engine: engine)
    }
    parts.append((piece, gradient))
  }

  /// The whole gradient. Contributions add up in the order in which they came.
  func total(_ engine: Engine) throws -> Tensor {
    if let sum { return sum }
    if let joined = try joined(engine) { return joined }
    var total = try PendingGradient.padded(parts[0], shape, engine)
    for part in parts.dropFirst() {
      total = try engine.add(total, PendingGradient.padded(part, shape, engine))
    }
    return total
  }

  /// The parts one behind the other, if they are the whole without gaps or overlaps.
  private func joined(_ engine: Engine) throws -> Tensor? {
    let axis = parts[0].piece.axis
    guard parts.allSatisfy({ $0.piece.axis == axis }) else { return nil }
    let ordered = parts.sorted { $0.piece.range.lowerBound < $1.piece.range.lowerBound }
    var end = 0
    for part in ordered {
      guard part.piece.range.lowerBound == end else { return nil }
      end = part.piece.range.upperBound
    }
    guard end == shape[axis] else { return nil }
    return try engine.concatenate(ordered.map(\.gradient), axis: axis)
  }

  private static func padded(_ part: Part, _ shape: [Int], _ engine: Engine) throws -> Tensor {
    try engine.unslice(
      part.gradient, shape: shape, axis: part.piece.axis, range: part.piece.range, step: 1)
  }
}
