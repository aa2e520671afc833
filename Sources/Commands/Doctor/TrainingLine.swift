import Interpreter
import Syntax

/// The call of `train` that started a run, as the user wrote it, to be handed back with something
/// changed.
struct TrainingLine {
  /// The names under which things go: `run`, `model`, `data.train`.
  let run: String
  let model: String
  let data: String
  private let arguments: [(name: String?, text: String)]

  init(_ run: RunValue, _ interpreter: Interpreter) {
    let names = interpreter.globals.ownNames
    self.run =
      names.first { name in
        if case .host(let host)? = interpreter.globals.lookup(name) { return host === run }
        return false
      } ?? "run"
    let written = TrainingLine.arguments(of: run.trainee.span)
    arguments = written
    func argument(_ name: String, _ place: Int) -> String? {
      if let named = written.first(where: { $0.name == name }) { return named.text }
      return written.indices.contains(place) && written[place].name == nil
        ? written[place].text : nil
    }
    model = argument("model", 0) ?? "model"
    data = argument("on", 1) ?? "data"
  }

  /// For a model that no run trains yet.
  init(model: String, data: String) {
    run = "run"
    self.model = model
    self.data = data
    arguments = [(nil, model), ("on", data)]
  }

  /// `run = train(…)` with an argument set anew, others as they were.
  func setting(_ changes: (name: String, text: String)..., without dropped: String...) -> String {
    var parts = arguments.filter { argument in !dropped.contains { $0 == argument.name } }
    if parts.isEmpty { parts = [(nil, model), ("on", data)] }
    for change in changes {
      if let place = parts.firstIndex(where: { $0.name == change.name }) {
        parts[place].text = change.text
      } else {
        parts.append((change.name, change.text))
      }
    }
    let list = parts.map { part in part.name.map { "\($0)=\(part.text)" } ?? part.text }
    return "\(run) = train(\(list.joined(separator: ", ")))"
  }

  /// The same call on another model or other data.
  func on(model: String? = nil, data: String? = nil) -> String {
    var line = self.arguments
    if line.isEmpty { line = [(nil, self.model), ("on", self.data)] }
    if let model {
      if let place = line.firstIndex(where: { $0.name == nil || $0.name == "model" }) {
        line[place].text = model
      }
    }
    if let data {
      if let place = line.firstIndex(where: { $0.name == "on" }) {
        line[place].text = data
      } else if line.count > 1 {
        line[1].text = data
      }
    }
    let list = line.map { part in part.name.map { "\($0)=\(part.text)" } ?? part.text }
    return "\(run) = train(\(list.joined(separator: ", ")))"
  }

  /// Of a call `train(…)` or `model |> train(…)`; none where the source is another.
  static func arguments(of span: Span, of name: String = "train") -> [(name: String?, text: String)]
  {
    let parsed = Parser.parse(Source(span.text, name: "call"))
    guard case .expression(let expression)? = parsed.statements.first?.kind else { return [] }
    return arguments(of: expression, name)
  }

  private static func arguments(
    of expression: Expression, _ name: String
  ) -> [(name: String?, text: String)] {
    switch expression.kind {
    case .call(let callee, let arguments):
      guard case .name(name) = callee.kind else { return [] }
      return arguments.map { ($0.name?.text, $0.value.span.text.onOneLine) }
    case .binary(.pipe, let left, let right, _):
      let rest = arguments(of: right, name)
      return rest.isEmpty ? [] : [(nil, left.span.text.onOneLine)] + rest
    default: return []
    }
  }
}
