import Autograd
import Interpreter
import Syntax
import Tensor

/// Notes every operation of a forward pass with its result.
final class OperationRecorder: PassObserver {
  struct Step {
    let path: String
    let operation: String
    let inputs: [Variable]
    let output: Variable
    let span: Span?
  }

  private(set) var steps: [Step] = []

  override func didRun(
    operation: String, inputs: [Variable], output: Variable, tag: Int
  ) {
    steps.append(
      Step(path: path, operation: operation, inputs: inputs, output: output, span: span))
  }

  /// The operations of a model's forward pass on `input`.
  static func record(
    _ model: Module, on input: Value, _ interpreter: Interpreter, at span: Span
  ) throws -> [Step] {
    let recorder = OperationRecorder(interpreter)
    _ = try interpreter.observing(with: recorder) {
      try interpreter.call(.module(model), Arguments(values: [input]), at: span)
    }
    return recorder.steps
  }
}

/// `divergence(a, b, on=)`: two models in lockstep on the same data, up to the first operation
/// whose results differ.
struct Divergence {
  let interpreter: Interpreter
  /// The largest difference, by the size of the result, that still counts as the same.
  let tolerance: Double
  /// The parameters of either model by their memory.
  let weights: [ObjectIdentifier: String]

  init(_ a: Module, _ b: Module, tolerance: Double, interpreter: Interpreter) {
    self.interpreter = interpreter
    self.tolerance = tolerance
    var weights: [ObjectIdentifier: String] = [:]
    for named in a.parameters() + b.parameters() {
      weights[ObjectIdentifier(named.parameter.value.storage)] = named.path
    }
    self.weights = weights
  }

  /// How far operations that only one model has may lead before the other's next one is met again.
  private static let reach = 200

  func find(_ a: [OperationRecorder.Step], _ b: [OperationRecorder.Step]) throws -> Explanation {
    var (i, j) = (0, 0)
    var same = 0
    var (onlyA, onlyB): ([OperationRecorder.Step], [OperationRecorder.Step]) = ([], [])
    while i < a.count, j < b.count {
      try interpreter.poll()
      if isSame(a[i], b[j]) {
        if let gap = try gap(a[i].output.value, b[j].output.value) {
          return report(a[i], b[j], gap, same: same, onlyA, onlyB)
        }
        (i, j, same) = (i + 1, j + 1, same + 1)
        continue
      }
      guard let (skipA, skipB) = meeting(a, i, b, j) else {
        return structure(a[i], b[j], same: same)
      }
      onlyA += a[i..<i + skipA]
      onlyB += b[j..<j + skipB]
      (i, j) = (i + skipA, j + skipB)
    }
    onlyA += a[i...]
    onlyB += b[j...]
    var rows = [row("same", "\(same) operations, with the same results")]
    rows += extra(onlyA, onlyB)
    return Explanation("the two models do not part", rows)
  }

  /// The nearest place where both do the same again.
  private func meeting(
    _ a: [OperationRecorder.Step], _ i: Int, _ b: [OperationRecorder.Step], _ j: Int
  ) -> (Int, Int)? {
    for skip in 1...Self.reach {
      if j + skip < b.count, isSame(a[i], b[j + skip]) { return (0, skip) }
      if i + skip < a.count, isSame(a[i + skip], b[j]) { return (skip, 0) }
    }
    return nil
  }

  private func isSame(_ a: OperationRecorder.Step, _ b: OperationRecorder.Step) -> Bool {
    a.operation == b.operation && a.path == b.path && a.output.shape == b.output.shape
  }

  /// max |x − y| and, by max |x|; nil where they are the same.
  private func gap(_ x: Tensor, _ y: Tensor) throws -> (absolute: Double, relative: Double)? {
    guard x.dtype == y.dtype, x.hasValues, y.hasValues, !x.isEmpty else { return nil }
    let engine = interpreter.engine
    guard x.dtype.isFloat else { return try x.ints() == y.ints() ? nil : (1, 1) }
    let (left, right) = try (engine.cast(x, to: .f64), engine.cast(y, to: .f64))
    // NaN differs from everything but NaN, and infinity less infinity is no number.
    if try engine.sum(engine.cast(engine.compare(.notEqual, left, right), to: .i64)).item() == 0 {
      return nil
    }
    let difference = try engine.max(engine.abs(engine.sub(left, right))).item()
    let size = try engine.max(engine.abs(left)).item()
    let relative = size > 0 ? difference / size : .infinity
    return relative <= tolerance ? nil : (difference, relative)
  }

  // MARK: - Reports

  private func row(_ title: String, _ lines: String...) -> Explanation.Row {
    .init(title: title, lines: lines)
  }

  private func name(_ step: OperationRecorder.Step) -> String {
    "\(step.path.isEmpty ? "the model" : step.path), `\(step.operation)` "
      + "\(describe(step.output.shape))"
  }

  private func source(_ step: OperationRecorder.Step) -> String { step.span?.text.onOneLine ?? "" }

  private func number(_ x: Double) -> String { interpreter.printer.number(x.rounded(to: 3)) }

  private func report(
    _ a: OperationRecorder.Step, _ b: OperationRecorder.Step,
    _ gap: (absolute: Double, relative: Double),
    same: Int, _ onlyA: [OperationRecorder.Step], _ onlyB: [OperationRecorder.Step]
  ) -> Explanation {
    var rows = [row("at", name(b)), row("source", source(b))]
    rows.append(
      row(
        "differs by",
        "up to \(number(gap.absolute)), \(number(gap.relative)) of the largest number in a"))
    if let cause = cause(a, b, onlyA, onlyB) { rows.append(row("because", cause)) }
    rows.append(row("before it", "\(same) operations with the same results"))
    rows += extra(onlyA, onlyB)
    return Explanation("the models part at \(b.path.isEmpty ? "the root" : b.path)", rows)
  }

  /// Inputs that differ although no operation before did are weights, or come from an operation that
  /// only one model has.
  private func cause(
    _ a: OperationRecorder.Step, _ b: OperationRecorder.Step,
    _ onlyA: [OperationRecorder.Step], _ onlyB: [OperationRecorder.Step]
  ) -> String? {
    for (place, (x, y)) in zip(a.inputs, b.inputs).enumerated() where x.shape == y.shape {
      if let gap = try? gap(x.value, y.value) {
        for (model, steps, input) in [("a", onlyA, x), ("b", onlyB, y)] {
          let source = steps.last { $0.output.value.storage === input.value.storage }
          if let source { return "it reads what only \(model) computes: \(name(source))" }
        }
        let name = weights[ObjectIdentifier(y.stored.storage)] ?? "input \(place + 1)"
        return "\(name), \(describe(x.shape)), differs by up to \(number(gap.absolute))"
      }
    }
    return nil
  }

  private func structure(
    _ a: OperationRecorder.Step, _ b: OperationRecorder.Step, same: Int
  ) -> Explanation {
    Explanation(
      "the models part at \(a.path.isEmpty ? "the root" : a.path): they compute other things",
      [
        row("a", name(a), source(a)), row("b", name(b), source(b)),
        row("before it", "\(same) operations with the same results"),
      ])
  }

  private func extra(_ a: [OperationRecorder.Step], _ b: [OperationRecorder.Step]) -> [Explanation
    .Row]
  {
    [("only a", a), ("only b", b)].compactMap { title, steps in
      guard let first = steps.first else { return nil }
      let places = Set(steps.map(\.path)).sorted()
      return row(
        title,
        "\(steps.count) operation\(steps.count == 1 ? "" : "s"), at "
          + "\(places.prefix(4).joined(separator: ", "))\(places.count > 4 ? ", …" : ""); first "
          + "\(name(first))"
      )
    }
  }
}
