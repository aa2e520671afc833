extension Parser {
  /// The loosest level: a lambda, or operators from `|>` on.
  mutating func expression() throws(Panic) -> Expression {
    try nested { (parser: inout Parser) throws(Panic) in
      if parser.startsLambda { return try parser.lambda() }
      let value = try parser.infix(.pipe)
      if parser.kind == .arrow { throw parser.misplacedArrow() }
      return value
    }
  }

  private var startsLambda: Bool {
    switch kind {
    case .name: follows(.arrow)
    case .leftParen: match[position] > 0 && follows(.arrow, at: match[position] + 1)
    default: false
    }
  }

  private mutating func lambda() throws(Panic) -> Expression {
    let start = token.start
    var parameters: [Parameter] = []
    if kind == .name {
      let name = name(advance())
      parameters = [Parameter(name: name, shape: nil, defaultValue: nil, span: name.span)]
    } else {
      parameters = try self.parameters("a lambda")
    }
    advance()
    let outer = context
    context = Context(isInFunction: true)
    defer { context = outer }
    var body: Expression
    if kind == .leftBrace {
      let block = try block("a lambda")
      body = Expression(.block(block), block.span)
    } else {
      body = try expression()
    }
    return Expression(
      .lambda(Lambda(parameters: parameters, body: body)), span(from: start))
  }

  /// Operators that bind at least as tightly as `minimum`.
  mutating func infix(_ minimum: Precedence) throws(Panic) -> Expression {
    var left = try prefix(minimum)
    while let row = InfixRow.row(of: kind), row.precedence >= minimum {
      if row.associativity == .none { refuseChain(left) }
      let symbol = advance()
      let right = try operand(of: row)
      left = Expression(
        .binary(row.meaning, left, right, span(symbol)), left.span.joined(with: right.span))
      try checkHeight(left)
    }
    return left
  }

  private mutating func operand(of row: InfixRow) throws(Panic) -> Expression {
    guard row.associativity == .right else {
      return try infix(Precedence(rawValue: row.precedence.rawValue + 1) ?? .power)
    }
    return try nested { (parser: inout Parser) throws(Panic) in
      try parser.infix(row.precedence)
    }
  }

  private mutating func refuseChain(_ left: Expression) {
    guard case .binary(let first, let a, let b, _) = left.kind, !left.isParenthesised,
      first.precedence == .comparison
    else { return }
    let (middle, symbol) = (b.span.text, span(token).text)
    report(
      "E0220", "comparisons cannot be chained", at: span(token),
      fix: "write `\(a.span.text) \(first.rawValue) \(middle) and \(middle) \(symbol) …`")
  }

  private mutating func prefix(_ minimum: Precedence) throws(Panic) -> Expression {
    guard kind == .minus || kind == .not else { return try postfix() }
    let symbol = advance()
    let isNot = symbol.kind == .not
    if isNot, minimum > .not {
      report(
        "E0221", "`not` binds more loosely than the operator in front of it", at: span(symbol),
        fix: "put `not …` in parentheses")
    }
    let operand = try nested { (parser: inout Parser) throws(Panic) in
      try parser.infix(isNot ? .not : .negation)
    }
    return Expression(
      .unary(isNot ? .not : .negate, operand), span(symbol).joined(with: operand.span))
  }

  /// Calls, indices, members and `with`.
  private mutating func postfix() throws(Panic) -> Expression {
    var base = try primary()
    while true {
      let start = base.span.start
      switch kind {
      case .leftParen:
        let (arguments, _) = try arguments("argument")
        base = Expression(.call(base, arguments), span(from: start))
      case .leftBracket: base = try index(base)
      case .dot:
        advance()
        base = Expression(.member(base, try memberName()), span(from: start))
      case .name where token.text == "with" && follows(.leftParen):
        advance()
        base = Expression(.with(base, try changes()), span(from: start))
      default: return base
      }
      try checkHeight(base)
    }
  }

  /// Reserved words may be members, since columns of data may be called anything.
  private mutating func memberName() throws(Panic) -> Name {
    if kind == .name || kind.isReservedWord { return name(advance()) }
    if kind == .integer {
      throw fail(
        "E0202", "expected a member's name behind `.`, but \(found)",
        fix: "elements are counted in brackets: `[\(span(token).text)]`")
    }
    throw fail("E0202", "expected a member's name behind `.`, but \(found)")
  }

  /// `(a, b, name=c)`; also tells whether a comma stands behind the last.
  mutating func arguments(
    _ role: String
  ) throws(Panic) -> (elements: [Argument], endsWithComma: Bool) {
    var elements: [Argument] = []
    var names: [String: Name] = [:]
    _ = try bracketed(closedBy: .rightParen) { (parser: inout Parser) throws(Panic) in
      let isBehindNamed = elements.last?.name != nil
      elements.append(try parser.argument(role, &names, isBehindNamed: isBehindNamed))
    }
    return (elements, tokens[position - 2].kind == .comma)
  }

  private mutating func argument(
    _ role: String, _ names: inout [String: Name], isBehindNamed: Bool
  ) throws(Panic) -> Argument {
    guard kind == .name || kind.isReservedWord, tokens[position + 1].kind == .equals else {
      let value = try expression()
      if kind == .colon, case .name(let name) = value.kind {
        throw fail(
          "E0222", "a named \(role) is written with `=`", fix: "write `\(name)=…`")
      }
      if isBehindNamed {
        report(
          "E0223", "a positional \(role) stands behind a named one", at: value.span,
          fix: "put it in front, or name it")
      }
      return Argument(name: nil, value: value)
    }
    let name = name(advance())
    refuseSecond(name, &names, role)
    advance()
    return Argument(name: name, value: try expression())
  }

  private mutating func changes() throws(Panic) -> [Change] {
    var changes: [Change] = []
    var paths: [String: Name] = [:]
    let span = try bracketed(closedBy: .rightParen) { (parser: inout Parser) throws(Panic) in
      changes.append(try parser.change(&paths))
    }
    if changes.isEmpty {
      report("E0224", "`with` changes nothing", at: span, fix: "write `with (name = value)`")
    }
    return changes
  }

  private mutating func change(_ paths: inout [String: Name]) throws(Panic) -> Change {
    let isQuoted = kind == .stringStart
    let path: Name
    if isQuoted {
      path = try plainString("a path in `with`")
    } else if kind.isReservedWord {
      path = name(advance())
    } else {
      path = try expectName("a name or a quoted path in `with (…)`")
    }
    refuseSecond(path, &paths, "change")
    _ = try expect(.equals, "behind the name in `with (…)`")
    return Change(path: path, isQuoted: isQuoted, value: try expression())
  }
}
