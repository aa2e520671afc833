import Testing

@testable import Tensor

/// Naive references in f64, written as plainly as possible.
struct Reference {
  var shape: [Int]
  var values: [Double]

  init(_ shape: [Int], _ values: [Double]) {
    self.shape = shape
    self.values = values
  }

  init(_ tensor: Tensor) throws {
    self.init(tensor.shape, try tensor.doubles())
  }

  var strides: [Int] { Tensor.rowMajorStrides(shape) }

  subscript(_ index: Int...) -> Double {
    values[zip(index, strides).reduce(0) { $0 + $1.0 * $1.1 }]
  }

  /// All indices in row-major order.
  static func indices(_ shape: [Int]) -> [[Int]] {
    shape.reduce([[]]) { lists, size in lists.flatMap { list in (0..<size).map { list + [$0] } } }
  }

  func at(_ index: [Int]) -> Double {
    values[zip(index, strides).reduce(0) { $0 + $1.0 * $1.1 }]
  }
}

/// max|a − b| / max|b|, infinite if shapes differ or a value is NaN where the reference is not.
func relativeError(_ tensor: Tensor, _ expected: [Double], shape: [Int]? = nil) throws -> Double {
  let values = try tensor.doubles()
  guard values.count == expected.count, shape == nil || shape == tensor.shape else {
    return .infinity
  }
  var most = 0.0
  var scale = 0.0
  for (a, b) in zip(values, expected) {
    if b.isNaN != a.isNaN { return .infinity }
    if b.isNaN || (a == b && !b.isFinite) { continue }
    if !b.isFinite || !a.isFinite { return .infinity }
    most = max(most, abs(a - b))
    scale = max(scale, abs(b))
  }
  return most == 0 ? 0 : most / max(scale, .leastNormalMagnitude)
}

func tolerance(_ dtype: DType) -> Double { dtype == .f64 ? 1e-13 : 3e-6 }

let engines = [Engine(math: .fast), Engine(math: .exact)]
let floatTypes: [DType] = [.f32, .f64]

func random(_ shape: [Int], _ name: String, dtype: DType = .f32) throws -> Tensor {
  try Philox(seed: 1, stream: hash64(name)).normal(shape, dtype: dtype)
}

/// The bits of a result with one, two and three threads must be equal in exact math. The number of
/// threads is one setting of the process, but it changes no exact result, so tests may run beside
/// each other.
func sameBitsForAnyThreads(_ body: (Engine) throws -> [Tensor]) throws -> Bool {
  let engine = Engine(math: .exact)
  var runs: [[[UInt8]]] = []
  for threads in [1, 2, 3] {
    Engine.setThreads(threads)
    runs.append(try body(engine).map { try $0.withContiguousBytes { Array($0) } })
  }
  Engine.setThreads(2)
  return runs.allSatisfy { $0 == runs[0] }
}
