import Autograd
import Tensor

/// One row of the gradient checks: an operation on some inputs, each of which gets its gradient
/// compared with differences of the result.
struct GradientCase: Sendable {
  let operation: String
  let label: String
  let inputs: [Tensor]
  /// What the analytic gradient is as a multiple of the true one; not 1 for what changes gradients
  /// on purpose (0 for a stopped one, −2 for a reversed one of scale 2).
  let factor: Double
  let body: @Sendable (Tape, [Variable]) throws -> Variable

  init(
    _ operation: String, _ label: String, _ inputs: [Tensor], factor: Double = 1,
    _ body: @escaping @Sendable (Tape, [Variable]) throws -> Variable
  ) {
    self.operation = operation
    self.label = label
    self.inputs = inputs
    self.factor = factor
    self.body = body
  }

  /// A case on one tensor of distinct values, all at least 0.03 apart and away from 0.
  init(
    _ operation: String, _ shape: [Int], factor: Double = 1, note: String = "",
    _ body: @escaping @Sendable (Tape, Variable) throws -> Variable
  ) {
    self.init(operation, "\(shape) \(note)", [Sample.signed(shape)], factor: factor) {
      try body($0, $1[0])
    }
  }
}

extension GradientCase {
  /// The largest |analytic − numeric| over the inputs, each relative to its largest |numeric|.
  ///
  /// Numeric: five points, (8 (f(x+h) − f(x−h)) − (f(x+2h) − f(x−2h))) / 12 h. With h = 2⁻¹⁰ the
  /// truncation error is h⁴/30 f⁽⁵⁾ ≈ 3e-14 f⁽⁵⁾ and the round-off about 1e-16 / h ≈ 1e-13 f, so a
  /// bound of 1e-8 leaves room for steep functions and for nothing else.
  func relativeError(math: Math) throws -> Double {
    let analytic = try analyticGradients(math: math)
    var worst = 0.0
    for place in inputs.indices {
      let numeric = try numericGradient(of: place, math: math).map { $0 * factor }
      guard numeric.count == analytic[place].count else { return .infinity }
      // A gradient that is all 0 is compared absolutely.
      let largest = numeric.map(abs).max() ?? 0
      let scale = largest > 1e-9 ? largest : 1
      for (a, b) in zip(analytic[place], numeric) {
        let error = abs(a - b) / scale
        if !(error <= worst) { worst = error }
      }
      if worst.isNaN { return .infinity }
    }
    return worst
  }

  private func analyticGradients(math: Math) throws -> [[Double]] {
    let tape = Tape(engine: Engine(math: math))
    let leaves = inputs.map { tape.leaf($0, key: LeafKey()) }
    let output = try body(tape, leaves)
    let seed = Sample.weights(output.shape)
    let gradients = try tape.gradients(of: output, wrt: leaves, seed: seed)
    return try zip(gradients, inputs).map { gradient, input in
      try gradient?.doubles() ?? [Double](repeating: 0, count: input.count)
    }
  }

  private func numericGradient(of place: Int, math: Math) throws -> [Double] {
    let h = 0x1p-10
    let tape = Tape(engine: Engine(math: math))
    tape.recording = false
    let values = try inputs[place].doubles()
    func objective(_ index: Int, _ shift: Double) throws -> Double {
      var moved = values
      moved[index] += shift
      var arguments = inputs.map { Variable($0) }
      arguments[place] = Variable(Tensor(moved, shape: inputs[place].shape))
      let output = try body(tape, arguments)
      let weights = try Sample.weights(output.shape).doubles()
      return try zip(output.value.doubles(), weights).reduce(0) { $0 + $1.0 * $1.1 }
    }
    return try values.indices.map { index in
      let near = try objective(index, h) - objective(index, -h)
      let far = try objective(index, 2 * h) - objective(index, -2 * h)
      return (8 * near - far) / (12 * h)
    }
  }
}

/// Values for the checks: made by a small generator of their own, multiples of 2⁻⁷ so that they and
/// their shifts are exact in f32 too.
enum Sample {
  private static func shuffledRanks(_ count: Int, seed: UInt64) -> [Int] {
    var state = seed &* 0x9e37_79b9_7f4a_7c15 | 1
    func next() -> UInt64 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return state >> 33
    }
    var ranks = Array(0..<count)
    for place in stride(from: count - 1, to: 0, by: -1) {
      ranks.swapAt(place, Int(next() % UInt64(place + 1)))
    }
    return ranks
  }

  private static func gridStep(_ count: Int) -> Double {
    count <= 16 ? 0.25 : count <= 32 ? 0.125 : count <= 64 ? 0.0625 : 0.03125
  }

  /// Distinct values around 0, 2⁻⁵ to 2⁻² apart, none nearer to 0 than half of that.
  static func signed(_ shape: [Int], seed: UInt64 = 1) -> Tensor {
    let count = shape.reduce(1, *)
    let step = gridStep(count)
    let values = shuffledRanks(count, seed: seed &+ UInt64(count)).map {
      (Double($0 - count / 2) + 0.5) * step
    }
    return Tensor(values, shape: shape)
  }

  /// Distinct values from 0.375 up.
  static func positive(_ shape: [Int], seed: UInt64 = 1) -> Tensor {
    let count = shape.reduce(1, *)
    let values = shuffledRanks(count, seed: seed &+ UInt64(count)).map {
      0.375 + Double($0) * gridStep(count) / 2
    }
    return Tensor(values, shape: shape)
  }

  /// Fixed weights of both signs for the elements of a result: the seed of the gradient.
  static func weights(_ shape: [Int]) -> Tensor {
    let count = shape.reduce(1, *)
    let values = (0..<count).map { place -> Double in
      let size = 0.5 + Double((place * 37 + 11) % 23) / 16
      return place % 3 == 1 ? -size : size
    }
    return Tensor(values, shape: shape)
  }
}
