// What stands in front of a value, whether the value is broken over lines or not.

extension Statement.Kind {
  /// The words in front of `headValue`, or the whole statement where it has none.
  var head: String {
    switch self {
    case .assign(let pattern, _): "\(pattern.spelling) = "
    case .param(let name, _): "param \(name.text) = "
    case .state(let name, _): "state \(name.text) = "
    case .forEach(let pattern, _, _): "for \(pattern.spelling) in "
    case .whileLoop: "while "
    case .returning(let value): value == nil ? "return" : "return "
    case .breaking: "break"
    case .continuing: "continue"
    case .importing(_, let span, let alias):
      "import \(span.text)" + (alias.map { " as \($0.text)" } ?? "")
    case .expect: "expect "
    case .expression, .function, .method, .module, .empty, .error: ""
    }
  }

  var headValue: Expression? {
    switch self {
    case .expression(let value), .assign(_, let value), .param(_, let value),
      .state(_, let value), .forEach(_, in: let value, _), .whileLoop(let value, _),
      .expect(let value, _):
      value
    case .returning(let value): value
    default: nil
    }
  }
}

extension Pattern {
  fileprivate var spelling: String {
    switch self {
    case .name(let name): name.text
    case .tuple(let names, _):
      "(\(names.map(\.text).joined(separator: ", "))\(names.count == 1 ? "," : ""))"
    }
  }
}

extension FunctionDeclaration {
  var word: String { category == nil ? "fn" : "method" }

  /// What stands between the parameters and the body.
  var tail: String {
    let shape = result.map { " -> \($0.spelling)" } ?? ""
    let category = category.map { " in \($0.text)" } ?? ""
    if case .block = body.kind { return shape + category + " " }
    return shape + category + " = "
  }
}

extension ShapeSignature {
  /// As written: `[B, T, ...]`.
  public var spelling: String {
    "[" + dimensions.map(\.kind.spelling).joined(separator: ", ") + "]"
  }
}

extension Parameter {
  /// Without its default.
  var head: String { name.text + (shape.map { ": \($0.spelling)" } ?? "") }
  var isBare: Bool { shape == nil && defaultValue == nil }
}

extension Argument {
  var prefix: String { name.map { "\($0.text)=" } ?? "" }
}

extension Change {
  var prefix: String { (isQuoted ? path.span.text : path.text) + " = " }
}

extension UnaryOperator {
  var prefix: String { self == .not ? "not " : "-" }
}

extension [Argument] {
  /// `(a,)`: without the comma it would be a value in parentheses.
  var needsComma: Bool { count == 1 && self[0].name == nil }
}
