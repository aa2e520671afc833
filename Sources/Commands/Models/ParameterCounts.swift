import Autograd
import Interpreter
import Syntax
import Tensor

/// The three honest counts of what a method costs and does.
struct ParameterCounts {
  var total = 0
  /// What the optimiser holds.
  var trainable = 0
  /// Parameters of the merged model that differ from the pretrained ones; nil where there are shapes only.
  var changed: Int?
  /// The numerical rank of each weight's change, summed.
  var rank: Int?
  var storedBytes = 0
  var optimizerBytes = 0

  init(of model: Module, interpreter: Interpreter, span: Span) throws {
    for named in model.parameters() where named.parameter.kind == .trained {
      let value = named.parameter.value
      total += value.count
      guard named.parameter.isTrainable else { continue }
      trainable += value.count
      storedBytes += value.byteCount
      // Two moments a value.
      optimizerBytes += 2 * value.byteCount
    }
    guard model.parameters().allSatisfy({ $0.parameter.value.hasValues }) else { return }
    let engine = interpreter.engine
    var (changed, rank) = (0, 0)
    defer { (self.changed, self.rank) = (changed, rank) }
    for named in try interpreter.merge(model, at: span).parameters() {
      guard named.parameter.origin == .base, let original = named.parameter.original?.dense,
        named.parameter.kind == .trained
      else { continue }
      let tuned = named.parameter.value.dense
      let before = try engine.cast(original, to: tuned.dtype)
      let difference = try engine.compare(.notEqual, tuned, before)
      let count = Int(try engine.sum(engine.cast(difference, to: .i64)).item())
      changed += count
      if count > 0, original.rank == 2 {
        rank += try NumericalRank.ofChange(from: original, to: tuned, engine: engine)
      }
    }
  }
}

enum NumericalRank {
  /// The rank of W − W₀: how many columns can be projected out, largest first, before what is left is no more than the
  /// rounding of W itself, ε · max|W| · √max(m, n).
  static func ofChange(from original: Tensor, to tuned: Tensor, engine: Engine) throws -> Int {
    try factors(from: original, to: tuned, engine: engine).count
  }

  /// W − W₀ as a sum of products of a column [m, 1] and a row [1, n]: the columns are orthonormal, the numerical rank is
  /// how many there are. `limit` ends the search.
  static func factors(
    from original: Tensor, to tuned: Tensor, limit: Int = .max, engine: Engine
  ) throws -> [(column: Tensor, row: Tensor)] {
    let before = try engine.cast(original, to: .f64)
    var rest = try engine.sub(engine.cast(tuned, to: .f64), before)  // [m, n]
    let epsilon = tuned.dtype == .f64 ? 0x1p-52 : (tuned.dtype == .bf16 ? 0x1p-8 : 0x1p-23)
    let largest = try engine.max(engine.abs(before)).item()
    let size = Double(Swift.max(rest.shape[0], rest.shape[1]))
    let tolerance = epsilon * Swift.max(largest, 1e-12) * size.squareRoot()
    var factors: [(column: Tensor, row: Tensor)] = []
    while factors.count < Swift.min(rest.shape[0], rest.shape[1], limit) {
      let squares = try engine.sum(engine.mul(rest, rest), axes: [0])  // [n]
      let column = try engine.argmax(squares, axis: 0).ints()[0]
      let norm = try squares.doubles()[column].squareRoot()
      if norm <= tolerance { break }
      let direction = try engine.affine(
        rest.sliced(axis: 1, range: column..<(column + 1)), scale: 1 / norm)  // [m, 1]
      let shares = try engine.matmul(direction.transposed(), rest)  // [1, n]
      rest = try engine.sub(rest, engine.matmul(direction, shares))
      factors.append((direction, shares))
    }
    return factors
  }
}
