extension Expression {
  public var dump: Dump {
    switch kind {
    case .integer(let value): .word(String(value))
    case .float(let value): .word(String(value))
    case .quantity(let quantity): .word(quantity.spelling)
    case .string(let parts): parts.dump
    case .boolean(let value): .word(String(value))
    case .none: .word("none")
    case .name(let name): .word(name)
    case .list(let elements): .node("list", elements.map(\.dump))
    case .tuple(let elements): .node("tuple", elements.map(\.dump))
    case .call(let callee, let arguments):
      .node("call", [callee.dump] + arguments.map(\.dump))
    case .index(let base, let subscripts):
      .node("index", [base.dump] + subscripts.map(\.dump))
    case .member(let base, let name): .node(".", [base.dump, .word(name.text)])
    case .with(let base, let changes): .node("with", [base.dump] + changes.map(\.dump))
    case .unary(let symbol, let operand): .node(symbol.rawValue, [operand.dump])
    case .binary(let symbol, let left, let right, _):
      .node(symbol.rawValue, [left.dump, right.dump])
    case .lambda(let lambda):
      .node("lambda", [.node("parameters", lambda.parameters.map(\.dump)), lambda.body.dump])
    case .conditional(let branches, let otherwise):
      .node(
        "if",
        branches.flatMap { [$0.condition.dump, $0.body.dump] }
          + (otherwise.map { [.node("else", [$0.dump])] } ?? []))
    case .block(let block): block.dump
    case .error: .node("error", [])
    }
  }
}

extension [StringPart] {
  /// A plain string is a word in quotes; one with interpolations is a node.
  fileprivate var dump: Dump {
    if count == 0 { return .word("\"\"") }
    if count == 1, case .text(let text) = self[0] { return .word(Dump.quoted(text)) }
    return .node(
      "string",
      map { part in
        switch part {
        case .text(let text): .word(Dump.quoted(text))
        case .interpolation(let value): value.dump
        }
      })
  }
}

extension Argument {
  var dump: Dump {
    name.map { .node("=", [.word($0.text), value.dump]) } ?? value.dump
  }
}

extension Change {
  var dump: Dump {
    .node("=", [.word(isQuoted ? Dump.quoted(path.text) : path.text), value.dump])
  }
}

extension Subscript {
  var dump: Dump {
    switch self {
    case .expression(let value): value.dump
    case .newAxis: .word("new")
    case .ellipsis: .word("...")
    case .slice(let lower, let upper, let step, _):
      .node(":", [lower, upper, step].map { $0?.dump ?? .word("_") })
    }
  }
}

extension Quantity {
  /// The number and its unit, without underscores: `64KiB`.
  public var spelling: String {
    switch number {
    case .integer(let value): "\(value)\(unit.rawValue)"
    case .float(let value): "\(value)\(unit.rawValue)"
    }
  }
}
