extension Parser {
  mutating func statementKind(documentation: String?) throws(Panic) -> Statement.Kind {
    switch token.kind {
    case .semicolon: return .empty
    case .fn: return .function(try function(documentation, isMethod: false))
    case .for: return try forLoop()
    case .while: return try whileLoop()
    case .return: return try returning()
    case .break, .continue: return leaving()
    case .import: return try importing()
    case .expect: return try expectation()
    case .else: throw try misplacedElse()
    case .rightBrace, .rightParen, .rightBracket:
      throw fail("E0206", "`\(token.kind.rawValue)` closes nothing")
    case .colon:
      throw fail(
        "E0207", "expected a statement, but found `:`",
        note: "session commands such as `:undo` are typed at the prompt; files have none")
    case .name where follows(.name) && !changesValue: return try contextual(documentation)
    default:
      if InfixRow.row(of: token.kind) != nil, token.kind != .minus { throw leadingOperator() }
      return try expressionOrAssignment()
    }
  }

  /// `param with (a = 1)` changes the value of a variable called `param`; but what `module with (a) {` begins
  /// declares a module called `with`.
  private var changesValue: Bool {
    let open = position + 2
    guard tokens[position + 1].text == "with", follows(.leftParen, at: open) else { return false }
    switch token.text {
    case "module", "method":
      let behind = match[open] + 1
      guard match[open] >= 0, behind < tokens.count else { return false }
      return ![.leftBrace, .arrow, .in].contains(tokens[behind].kind)
    default: return true
    }
  }

  /// `module`, `method`, `param` and `state` are words only in front of a name.
  private mutating func contextual(_ documentation: String?) throws(Panic) -> Statement.Kind {
    switch token.text {
    case "module": return .module(try module(documentation))
    case "method": return .method(try function(documentation, isMethod: true))
    case "param": return try field { .param($0, $1) }
    case "state": return try field { .state($0, $1) }
    default: return try expressionOrAssignment()
    }
  }

  private mutating func field(
    _ make: (Name, Expression) -> Statement.Kind
  ) throws(Panic) -> Statement.Kind {
    let word = advance()
    if !context.isInModule {
      report(
        "E0301", "`\(word.text)` stands outside a module's body", at: span(word),
        note: "parameters live in modules only", fix: "declare it inside `module Name(…) { … }`")
    }
    let name = try expectName("the name of a \(word.text)")
    _ = try expect(
      .equals, "behind the name of a \(word.text)", fix: "give its initial value")
    return make(name, try expression())
  }

  private mutating func forLoop() throws(Panic) -> Statement.Kind {
    advance()
    let pattern = try pattern()
    _ = try expect(.in, "behind the loop's variable")
    let sequence = try expression()
    return .forEach(pattern, in: sequence, try loopBody("a `for`"))
  }

  private mutating func whileLoop() throws(Panic) -> Statement.Kind {
    advance()
    let condition = try condition("while")
    return .whileLoop(condition, try loopBody("a `while`"))
  }

  private mutating func loopBody(_ owner: String) throws(Panic) -> Block {
    let outer = context
    context.isInLoop = true
    defer { context = outer }
    return try block(owner)
  }

  private mutating func pattern() throws(Panic) -> Pattern {
    guard kind == .leftParen else { return .name(try expectName("a loop's variable")) }
    var names: [Name] = []
    let span = try bracketed(closedBy: .rightParen) { (parser: inout Parser) throws(Panic) in
      names.append(try parser.expectName("a loop's variable"))
    }
    if names.isEmpty || (names.count == 1 && tokens[position - 2].kind != .comma) {
      throw fail(
        "E0208", "`\(span.text)` takes no element apart", at: span,
        fix: names.isEmpty ? "write a name" : "write `\(names[0].text)`, or `(\(names[0].text),)`")
    }
    return .tuple(names, span)
  }

  private mutating func returning() throws(Panic) -> Statement.Kind {
    let word = advance()
    if !context.isInFunction {
      report("E0302", "`return` stands outside a function", at: span(word))
    }
    return .returning(endsStatement ? nil : try expression())
  }

  private mutating func leaving() -> Statement.Kind {
    let word = advance()
    if !context.isInLoop {
      report("E0303", "`\(word.text)` stands outside a loop", at: span(word))
    }
    return word.kind == .break ? .breaking : .continuing
  }

  private mutating func importing() throws(Panic) -> Statement.Kind {
    advance()
    guard kind == .stringStart else {
      throw fail(
        "E0201", "expected a path in quotes behind `import`, but \(found)",
        fix: "write `import \"file.peft\"`")
    }
    let path = try plainString("an imported path")
    guard isWord("as") else { return .importing(path: path.text, pathSpan: path.span, alias: nil) }
    advance()
    let alias = try expectName("the name of an import")
    return .importing(path: path.text, pathSpan: path.span, alias: alias)
  }

  private mutating func expectation() throws(Panic) -> Statement.Kind {
    advance()
    let value = try expression()
    guard isWord("within") else { return .expect(value, within: nil) }
    advance()
    return .expect(value, within: try expression())
  }

  private mutating func expressionOrAssignment() throws(Panic) -> Statement.Kind {
    let value = try expression()
    if kind == .augmented {
      let symbol = span(token).text
      throw fail(
        "E0209", "the language has no `\(symbol)`",
        fix: "write `\(value.span.text) = \(value.span.text) \(symbol.dropLast()) …`")
    }
    guard kind == .equals else { return .expression(value) }
    let target = try assignable(value)
    advance()
    return .assign(target, try expression())
  }

  /// The pattern that an expression in front of `=` stands for.
  private mutating func assignable(_ target: Expression) throws(Panic) -> Pattern {
    switch target.kind {
    case .name(let text) where !target.isParenthesised:
      return .name(Name(text, target.span))
    case .tuple(let elements):
      let names = elements.compactMap { element -> Name? in
        guard element.name == nil, case .name(let text) = element.value.kind,
          !element.value.isParenthesised
        else { return nil }
        return Name(text, element.value.span)
      }
      if names.count == elements.count, !names.isEmpty { return .tuple(names, target.span) }
      throw fail("E0208", "only names can stand in `(a, b) = …`", at: target.span)
    default: throw refusedTarget(target)
    }
  }

  private mutating func refusedTarget(_ target: Expression) -> Panic {
    let text = target.span.text
    switch target.kind {
    case .member(let base, let name):
      let owner = base.span.text
      return fail(
        "E0208", "`\(text)` cannot be assigned: values do not change", at: target.span,
        fix: "make a changed copy: `\(owner) = \(owner) with (\(name.text) = …)`")
    case .index:
      return fail(
        "E0208", "`\(text)` cannot be assigned: values do not change", at: target.span,
        fix: "make a changed copy, with `with (…)` for a path in a model")
    case .call(let callee, _):
      return fail(
        "E0208", "a call cannot be assigned", at: target.span,
        fix: "to define a function write `fn \(callee.span.text)(…) = …`")
    default:
      return fail(
        "E0208", "`\(text)` cannot be assigned", at: target.span,
        note: "in front of `=` stands a name, or names in parentheses",
        fix: "to compare write `==`")
    }
  }
}
