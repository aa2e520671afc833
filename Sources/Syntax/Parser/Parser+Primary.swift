extension Parser {
  mutating func primary() throws(Panic) -> Expression {
    let token = token
    switch (kind, token.number) {
    case (.integer, .integer(let value)?): return literal(.integer(value))
    case (.float, .float(let value)?): return literal(.float(value))
    case (.quantity, let number?):
      guard let unit = token.unit else { break }
      return literal(.quantity(Quantity(number: number, unit: unit)))
    case (.true, _): return literal(.boolean(true))
    case (.false, _): return literal(.boolean(false))
    case (.none, _): return literal(.none)
    case (.name, _): return literal(.name(token.text))
    case (.stringStart, _): return try string()
    case (.leftParen, _): return try parenthesised()
    case (.leftBracket, _): return try list()
    case (.if, _): return try conditional()
    default: break
    }
    throw unexpected()
  }

  private mutating func literal(_ kind: Expression.Kind) -> Expression {
    Expression(kind, span(advance()))
  }

  private mutating func unexpected() -> Panic {
    switch kind {
    case .leftBrace:
      fail(
        "E0207", "expected an expression, but found `{`",
        note: "a block stands behind `if`, `else`, `for`, `while`, a head, or `->`",
        fix: "a named tuple is written `(name=value)`")
    case .fn:
      fail(
        "E0207", "expected an expression, but found `fn`",
        fix: "a function without a name is a lambda: `(x) -> …`")
    case .dot where follows(.integer):
      fail(
        "E0207", "a number needs a digit in front of its point",
        fix: "write `0.\(span(tokens[position + 1]).text)`")
    case .equals:
      fail("E0207", "expected an expression, but found `=`", fix: "to compare write `==`")
    case .stringEnd, .stringText, .interpolationStart:
      fail("E0207", "expected an expression")
    default:
      fail("E0207", "expected an expression, but \(found)")
    }
  }

  /// `(e)`, `(a, b)`, `(name=e)`, `(a,)`, `()`.
  private mutating func parenthesised() throws(Panic) -> Expression {
    let start = token.start
    let (elements, endsWithComma) = try arguments("element")
    let span = span(from: start)
    if elements.count == 1, elements[0].name == nil, !endsWithComma {
      let inner = elements[0].value
      return Expression(inner.kind, span, bareSpan: inner.bareSpan)
    }
    return Expression(.tuple(elements), span)
  }

  private mutating func list() throws(Panic) -> Expression {
    var elements: [Expression] = []
    let span = try bracketed(closedBy: .rightBracket) { (parser: inout Parser) throws(Panic) in
      elements.append(try parser.expression())
    }
    return Expression(.list(elements), span)
  }

  mutating func index(_ base: Expression) throws(Panic) -> Expression {
    var subscripts: [Subscript] = []
    let span = try bracketed(closedBy: .rightBracket) { (parser: inout Parser) throws(Panic) in
      subscripts.append(try parser.subscripted())
    }
    if subscripts.isEmpty {
      report("E0225", "nothing stands between the brackets of the index", at: span)
    }
    return Expression(.index(base, subscripts), base.span.joined(with: span))
  }

  private mutating func subscripted() throws(Panic) -> Subscript {
    let start = token
    let next = tokens[min(position + 1, tokens.count - 1)].kind
    if isWord("new"), next == .comma || next == .rightBracket {
      return .newAxis(span(advance()))
    }
    if kind == .ellipsis { return .ellipsis(span(advance())) }
    let lower = kind == .colon ? nil : try expression()
    guard kind == .colon else {
      if let lower { return .expression(lower) }
      throw unexpected()
    }
    advance()
    let upper = try sliceEnd()
    var step: Expression?
    if kind == .colon {
      advance()
      step = try sliceEnd()
    }
    return .slice(lower: lower, upper: upper, step: step, span(from: start.start))
  }

  private mutating func sliceEnd() throws(Panic) -> Expression? {
    switch kind {
    case .colon, .comma, .rightBracket: nil
    default: try expression()
    }
  }

  /// `if c { a } else if d { b } else { e }`.
  private mutating func conditional() throws(Panic) -> Expression {
    let start = token.start
    var branches: [Branch] = []
    var otherwise: Block?
    repeat {
      advance()
      let condition = try condition("if")
      branches.append(Branch(condition: condition, body: try block("an `if`")))
      guard kind == .else else { break }
      advance()
      if kind != .if {
        otherwise = try block("an `else`")
        break
      }
    } while true
    return Expression(.conditional(branches, otherwise: otherwise), span(from: start))
  }

  /// `"text \(e)"`.
  private mutating func string() throws(Panic) -> Expression {
    let start = advance()
    var parts: [StringPart] = []
    let outer = ignoresLines
    ignoresLines = true
    while kind != .stringEnd {
      if kind == .stringText {
        parts.append(.text(advance().text))
      } else {
        parts.append(.interpolation(try interpolation()))
      }
    }
    advance()
    ignoresLines = outer
    return Expression(.string(parts), span(from: start.start))
  }

  private mutating func interpolation() throws(Panic) -> Expression {
    guard kind == .interpolationStart else { throw unexpected() }
    advance()
    openers.append(position - 1)
    let value = try expression()
    guard kind == .interpolationEnd else {
      throw fail("E0226", "expected `)` behind the expression in `\\(…)`, but \(found)")
    }
    advance()
    openers.removeLast()
    return value
  }

  /// A string without interpolations, as a name.
  mutating func plainString(_ role: String) throws(Panic) -> Name {
    let value = try string()
    guard case .string(let parts) = value.kind else { throw unexpected() }
    var text = ""
    for part in parts {
      guard case .text(let stretch) = part else {
        throw fail("E0226", "\(role) is plain text, without `\\(…)`", at: value.span)
      }
      text += stretch
    }
    return Name(text, value.span)
  }
}
