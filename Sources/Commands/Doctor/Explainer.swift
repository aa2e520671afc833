import Autograd
import Interpreter
import Syntax
import Tensor
import Training

/// Makes explanations.
struct Explainer {
  let interpreter: Interpreter
  let span: Span

  var printer: Printer { interpreter.printer }
  var engine: Engine { interpreter.engine }

  func explain(_ value: Value, at path: String?) throws -> Explanation {
    switch value {
    case .module(let module): return try explain(module: module, at: path)
    case .host(let host):
      if let run = host as? RunValue {
        return try path.map { try explain(run.trainee.model, $0, in: run) } ?? explain(run: run)
      }
    case .tensor(let variable): return try explain(tensor: variable)
    case .function(let function): return explain(function: function)
    default: break
    }
    throw Mistake(
      "`explain` says nothing of \(value.typeWithArticle)", code: "E0547",
      note: "it takes a parameter, tensor, module, run or method", argument: "x")
  }

  private func explain(module: Module, at path: String?) throws -> Explanation {
    // A module that hangs in no model has no parameters yet.
    let root = module.isAttached ? module : try interpreter.attachRoot(module)
    guard let path else { return try explain(root, root.path.isEmpty ? nil : root, in: nil) }
    return try explain(root, path, in: nil)
  }

  /// A parameter or a site of a model by its path.
  private func explain(_ model: Module, _ path: String, in run: RunValue?) throws -> Explanation {
    if let named = model.parameters().first(where: { $0.path == path }) {
      return try explain(parameter: named, of: model, in: run)
    }
    if path.isEmpty { return try explain(model, nil, in: run) }
    let found = try interpreter.selectSites(model, path)
    return try explain(model, found[0].module, in: run)
  }

  // MARK: - Words

  func row(_ title: String, _ lines: String...) -> Explanation.Row {
    .init(title: title, lines: lines)
  }

  func bytes(_ count: Int) -> String { "\(printer.grouped(count)) bytes" }

  func number(_ x: Double) -> String { printer.number(x.rounded(to: 4)) }

  /// A line of source with its place.
  func line(_ span: Span) -> String {
    let text = span.text.onOneLine
    let place = span.source.name == "<input>" ? "typed" : "\(span.source.name):\(span.line)"
    return (text.count > 160 ? text.prefix(159) + "…" : text) + "  (\(place))"
  }

  /// A module's `##` lines, and how its `forward` is written.
  func formula(of type: ModuleType) -> [String] {
    let forward = type.functions["forward"].map { [$0.source.withoutIndentation] } ?? []
    return type.documentation + forward.flatMap { $0.split(separator: "\n").map(String.init) }
  }

  /// min, max, mean and size of some numbers.
  func values(of tensor: Tensor) throws -> String {
    guard tensor.hasValues else { return "none: a shape alone" }
    guard !tensor.isEmpty else { return "no elements" }
    let numbers = try engine.cast(tensor, to: .f64)
    let norm = try engine.sumOfSquares(numbers).squareRoot()
    if tensor.count == 1 { return number(try numbers.item()) }
    let (low, high) = (try engine.min(numbers).item(), try engine.max(numbers).item())
    if low == high { return "all \(number(low))" }
    let rms = norm / Double(tensor.count).squareRoot()
    let mean = try engine.mean(numbers).item()
    return
      "\(number(low)) to \(number(high)), mean \(number(mean)), root mean square \(number(rms)), "
        + "norm \(number(norm))"
  }

  /// The edits that lead to a place, outermost call first, each line once.
  func chain(_ edit: Edit) -> [String] {
    var lines: [String] = []
    for place in edit.places.reversed() where !lines.contains(line(place)) {
      lines.append(line(place))
    }
    return lines
  }
}

extension String {
  /// The lines, less the blanks that all but the first begin with.
  var withoutIndentation: String {
    let lines = split(separator: "\n", omittingEmptySubsequences: false)
    let margin =
      lines.dropFirst().filter { !$0.allSatisfy { $0 == " " } }
      .map { $0.prefix { $0 == " " }.count }.min() ?? 0
    return
      ([lines.first ?? ""] + lines.dropFirst().map { $0.dropFirst(Swift.min(margin, $0.count)) })
      .joined(separator: "\n")
  }
}
