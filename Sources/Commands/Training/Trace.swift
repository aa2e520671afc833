import Autograd
import Interpreter
import Syntax
import Tensor

/// Notes every operation of a step as the tape runs it.
final class TraceObserver: TapeObserver {
  struct Row {
    let isBackward: Bool
    let path: String
    let operation: String
    let shape: [Int]
    let span: Span?
    /// The norm of the gradient that reaches the operation's result; nil in the forward pass.
    let norm: Double?
  }

  private let interpreter: Interpreter
  private(set) var rows: [Row] = []
  private var places: [Int: (path: String, span: Span?)] = [:]

  init(_ interpreter: Interpreter) { self.interpreter = interpreter }

  func didRun(operation: String, inputs: [Variable], output: Variable, tag: Int) {
    let (path, span) = (interpreter.currentPath, interpreter.currentSpan)
    if let node = output.node { places[node.id] = (path, span) }
    rows.append(
      Row(
        isBackward: false, path: path, operation: operation, shape: output.shape, span: span,
        norm: nil))
  }

  func didRunBackward(node: Node, gradient: Tensor, inputGradients: [Tensor?]) {
    let place = places[node.id]
    let norm = (try? interpreter.engine.sumOfSquares(gradient))?.squareRoot()
    rows.append(
      Row(
        isBackward: true, path: place?.path ?? "", operation: node.operation,
        shape: gradient.shape, span: place?.span, norm: norm))
  }
}

/// `trace(run)`: the rows of a step, and what the optimiser reports.
final class TraceReport: HostValue {
  private let forward: [TraceObserver.Row]
  private let backward: [TraceObserver.Row]
  private let step: StepReport

  init(_ rows: [TraceObserver.Row], _ step: StepReport, at pattern: SitePattern) {
    let chosen = rows.filter { pattern.matches($0.path) }
    forward = chosen.filter { !$0.isBackward }
    backward = chosen.filter(\.isBackward)
    self.step = step
  }

  var typeName: String { "trace" }
  var memberNames: [String] { ["forward", "backward", "loss"] }

  func member(_ name: String) throws -> Value? {
    switch name {
    case "forward": return .host(table(forward, caption: nil))
    case "backward": return .host(table(backward, caption: nil))
    default: return try step.member(name)
    }
  }

  func description(for printer: Printer) -> String {
    let parts = [
      table(forward, caption: "forward").description(for: printer),
      table(backward, caption: "backward, from the loss").description(for: printer),
      step.description(for: printer),
    ]
    return parts.joined(separator: "\n\n")
  }

  private func table(_ rows: [TraceObserver.Row], caption: String?) -> TableValue {
    let hasNorms = rows.contains { $0.norm != nil }
    let titles = ["site", "operation", "shape"] + (hasNorms ? ["gradient norm"] : []) + ["source"]
    return TableValue(
      titles,
      rows.map { row in
        var cells: [Value] = [
          .string(row.path), .string(row.operation), .string(describe(row.shape)),
        ]
        if hasNorms { cells.append(row.norm.map { .float($0.rounded(to: 4)) } ?? Value.none) }
        cells.append(.string(row.span.map(TraceReport.line) ?? ""))
        return cells
      }, caption: caption)
  }

  /// The text of the expression, on one line.
  private static func line(_ span: Span) -> String {
    span.text.split(whereSeparator: \.isNewline).map { String($0.drop { $0 == " " }) }
      .joined(separator: " ")
  }
}
