import Autograd
import Interpreter
import Syntax
import Tensor

/// Looks at every operation of a forward pass for numbers that bode ill.
final class ActivationObserver: PassObserver {
  struct Place {
    let path: String
    let operation: String
    let span: Span?
  }

  /// The first result with NaN, or, if there is none, with an infinite number.
  private(set) var nan: Place?
  private(set) var infinite: Place?
  /// The largest number of all, where it is above the limit.
  private(set) var largest: (place: Place, value: Double)?
  /// Activations most of whose units gave the same for every token.
  private(set) var dead: [(place: Place, share: Double)] = []
  /// The parameters that some operation read.
  private(set) var read: Set<LeafKey> = []

  /// The largest number that half precision has.
  static let limit = 65504.0

  override func didRun(
    operation: String, inputs: [Variable], output: Variable, tag: Int
  ) {
    for input in inputs { if let key = input.node?.key { read.insert(key) } }
    // A single number is a loss, a norm or a penalty, no activation.
    guard output.dtype.isFloat, output.rank > 0, !output.value.isEmpty else { return }
    let place = Place(path: path, operation: operation, span: span)
    // What cannot be looked at is not judged.
    try? look(at: output.value, place)
  }

  private func look(at value: Tensor, _ place: Place) throws {
    let engine = interpreter.engine
    let size = try engine.max(engine.abs(value)).item()
    if size.isFinite {
      // Masks are large on purpose.
      if place.operation != "select", size > Self.limit, size > largest?.value ?? 0 {
        largest = (place, size)
      }
    } else {
      let values = try value.doubles()
      if values.contains(where: \.isNaN) {
        if nan == nil { nan = place }
      } else if infinite == nil {
        infinite = place
      }
    }
    guard let test = Self.tests[place.operation], value.rank >= 2, let units = value.shape.last,
      value.count / units >= 16
    else { return }
    let rows = try engine.abs(value.reshaped([-1, units]))
    let (low, high) = try (
      engine.min(rows, axes: [0]).doubles(), engine.max(rows, axes: [0]).doubles()
    )
    let still = zip(low, high).count { test($0, $1) }
    if still * 2 > units { dead.append((place, Double(still) / Double(units))) }
  }

  /// By activation, whether a unit whose size lies between two numbers passes no gradient on.
  private static let tests: [String: @Sendable (Double, Double) -> Bool] = [
    "relu": { $1 == 0 }, "gelu": { $1 < 1e-6 }, "silu": { $1 < 1e-6 },
    "tanh": { low, _ in low > 0.9999 },
  ]
}
