// Looking at tokens, taking them, and reporting those that do not fit.
extension Parser {
  var token: Token { tokens[position] }

  /// The kind of the next token; `.newline` where a line end ends the statement.
  var kind: Token.Kind {
    // Field by field: a copy of the token would count references to its text.
    if tokens[position].startsLine, !ignoresLines, lineTaken != position,
      !tokens[position - 1].kind.continuesLine
    {
      return .newline
    }
    return tokens[position].kind
  }

  var endsStatement: Bool {
    switch kind {
    case .newline, .end, .semicolon, .rightBrace: true
    default: false
    }
  }

  @discardableResult
  mutating func advance() -> Token {
    let token = tokens[position]
    if token.comments.upperBound > nextComment {
      hasInnerComments = true
      nextComment = token.comments.upperBound
    }
    if token.kind != .end { position += 1 }
    return token
  }

  mutating func skipLineEnds() {
    if kind == .newline { lineTaken = position }
  }

  /// Whether the next token is this contextual word.
  func isWord(_ word: String) -> Bool { kind == .name && token.text == word }

  /// Whether the token behind the next is of this kind, on the same line where lines count.
  func follows(_ wanted: Token.Kind, at index: Int? = nil) -> Bool {
    let index = index ?? position + 1
    guard index < tokens.count else { return false }
    return tokens[index].kind == wanted && (ignoresLines || !tokens[index].startsLine)
  }

  func span(_ token: Token) -> Span { Span(token.start, token.end, source) }

  /// From the start of a token to the end of the last one taken.
  func span(from start: Int) -> Span {
    Span(start, position > 0 ? max(start, tokens[position - 1].end) : start, source)
  }

  /// Where the next token stands; just behind the last one if the line or the text ends.
  var hereSpan: Span {
    if kind == .newline || kind == .end {
      let end = position > 0 ? tokens[position - 1].end : 0
      return Span(end, end, source)
    }
    return span(token)
  }

  /// What stands here, for messages.
  var found: String {
    switch kind {
    case .newline: "the line ends"
    case .end: "the text ends"
    case .stringStart: "found a string"
    case .integer, .float, .quantity: "found the number `\(span(token).text.excerpt)`"
    case .interpolationEnd: "found `)`"
    default: "found `\(span(token).text.excerpt)`"
    }
  }

  /// `2 GB`: a unit that a blank parts from its number.
  var unitApart: String? {
    guard kind == .name, NumberUnit(rawValue: token.text) != nil, position > 0 else { return nil }
    let number = tokens[position - 1]
    guard number.kind == .integer || number.kind == .float else { return nil }
    return "a unit stands directly behind its number: `\(span(number).text)\(token.text)`"
  }

  mutating func report(
    _ code: String, _ message: String, at span: Span, note: String? = nil, fix: String? = nil,
    secondary: [Diagnostic.Label] = []
  ) {
    if !hasError {
      hasError = true
      firstErrorIsAtOpenEnd = isAtOpenEnd(span)
    }
    diagnostics.append(
      Diagnostic(code, message, at: span, note: note, fix: fix, secondary: secondary))
  }

  /// Whether a mistake at `span` could be mended by more lines: the text ends here, and a line end
  /// would not end the statement.
  private func isAtOpenEnd(_ span: Span) -> Bool {
    guard token.kind == .end, position > 0 else { return false }
    let last = tokens[position - 1]
    return span.start >= last.end
      && (ignoresLines || last.kind.continuesLine || lineTaken == position)
  }

  /// Reports and gives what to throw. What the lexer has refused is not reported again.
  mutating func fail(
    _ code: String, _ message: String, at span: Span? = nil, note: String? = nil,
    fix: String? = nil, secondary: [Diagnostic.Label] = []
  ) -> Panic {
    if kind == .invalid { return Panic() }
    report(
      code, message, at: span ?? hereSpan, note: note, fix: fix, secondary: secondary)
    return Panic()
  }

  mutating func expect(
    _ wanted: Token.Kind, _ place: String, note: String? = nil, fix: String? = nil
  ) throws(Panic) -> Token {
    guard kind == wanted else {
      throw fail(
        "E0201", "expected `\(wanted.rawValue)` \(place), but \(found)", note: note, fix: fix)
    }
    return advance()
  }

  mutating func expectName(_ role: String) throws(Panic) -> Name {
    if kind == .name { return name(advance()) }
    if kind.isReservedWord {
      throw fail(
        "E0203", "`\(token.text)` is a reserved word, so it cannot be \(role)",
        fix: "choose another name, such as `\(token.text)_`")
    }
    throw fail("E0202", "expected \(role), but \(found)")
  }

  func name(_ token: Token) -> Name { Name(token.text, span(token)) }

  /// Runs `body` one level deeper; refuses what is nested too deeply to be walked safely.
  mutating func nested<T>(_ body: (inout Parser) throws(Panic) -> T) throws(Panic) -> T {
    guard depth < Parser.maximumNesting else {
      throw fail(
        "E0218", "nested more than \(Parser.maximumNesting) levels deep",
        fix: "name the inner parts and use the names")
    }
    depth += 1
    defer { depth -= 1 }
    return try body(&self)
  }

  mutating func checkHeight(_ expression: Expression) throws(Panic) {
    guard expression.height > Parser.maximumHeight else { return }
    throw fail(
      "E0219", "the expression chains more than \(Parser.maximumHeight) operations",
      fix: "split it over several statements")
  }

  /// `open element, element, close`, with line ends ignored inside; gives the whole span.
  mutating func bracketed(
    closedBy closer: Token.Kind, _ element: (inout Parser) throws(Panic) -> Void
  ) throws(Panic) -> Span {
    let opener = advance()
    openers.append(position - 1)
    let outer = ignoresLines
    ignoresLines = true
    while kind != closer {
      try element(&self)
      if kind == .comma {
        advance()
      } else if kind != closer {
        throw unclosed(opener, closer)
      }
    }
    advance()
    openers.removeLast()
    ignoresLines = outer
    return span(from: opener.start)
  }

  /// The byte column of a token.
  func column(_ token: Token) -> Int {
    token.start - source.lineStarts[source.lineIndex(at: token.start)]
  }

  /// Whether the next token looks like a new statement, though brackets are still open.
  var startsStatement: Bool {
    token.startsLine && ignoresLines && column(token) <= statementColumn
  }

  mutating func unclosed(_ opener: Token, _ closer: Token.Kind) -> Panic {
    let label = Diagnostic.Label(span(opener), "opened here")
    if kind == .end || startsStatement {
      let end = tokens[position - 1].end
      return fail(
        "E0205", "`\(span(opener).text)` is not closed", at: Span(end, end, source),
        fix: "add `\(closer.rawValue)`", secondary: [label])
    }
    return fail(
      "E0201", "expected `,` or `\(closer.rawValue)`, but \(found)", fix: unitApart,
      secondary: [label])
  }
}
