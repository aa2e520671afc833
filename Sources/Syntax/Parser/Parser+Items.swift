// What stands in a file or a block: statements, and the comments that belong to each.
extension Parser {
  /// Parses up to the closing brace or the end, which it does not take.
  mutating func items(until closer: Token.Kind) -> [Item] {
    var items: [Item] = []
    while true {
      skipLineEnds()
      claimComments(into: &items)
      if token.kind == .end { lineTaken = position }
      if token.kind == .end || (token.kind == .rightBrace && closer == .rightBrace) {
        return items
      }
      let followsBlankLine = token.followsBlankLine
      let statement = statement(documentation: documentation(in: items))
      items.append(Item(.statement(statement), followsBlankLine: followsBlankLine))
    }
  }

  /// The prose directly above the next token.
  private func documentation(in items: [Item]) -> String? {
    guard !token.followsBlankLine, token.startsLine, case .prose(let lines)? = items.last?.kind
    else { return nil }
    return lines.map(\.text).joined(separator: "\n")
  }

  /// Makes items of the comments above the next token.
  private mutating func claimComments(into items: inout [Item]) {
    var prose: [Comment] = []
    func proseItem() -> Item { Item(.prose(prose), followsBlankLine: prose[0].followsBlankLine) }
    while nextComment < token.comments.upperBound {
      let comment = comments[nextComment]
      nextComment += 1
      if !prose.isEmpty, comment.kind != .prose || comment.followsBlankLine {
        items.append(proseItem())
        prose = []
      }
      if comment.kind == .prose {
        prose.append(comment)
        continue
      }
      if comment.kind == .golden { warnOrphan(comment) }
      items.append(Item(.comment(comment), followsBlankLine: comment.followsBlankLine))
    }
    if !prose.isEmpty { items.append(proseItem()) }
  }

  private mutating func warnOrphan(_ comment: Comment) {
    diagnostics.append(
      Diagnostic(
        "W0220", "expected output without a statement directly above it", at: comment.span,
        severity: .warning, note: "`#>` lines belong under the statement that prints them"))
  }

  /// One statement with its `;`, its trailing comment and its golden lines. Never fails.
  private mutating func statement(documentation: String?) -> Statement {
    let start = position
    let outerComments = hasInnerComments
    let outer = (ignoresLines, openers.count, depth, context)
    let outerColumn = statementColumn
    statementColumn = column(token)
    hasInnerComments = false
    var kind = Statement.Kind.error
    do throws(Panic) {
      kind = try statementKind(documentation: documentation)
      try expectStatementEnd(of: kind, from: start)
    } catch {
      kind = .error
      synchronise(from: start, openersBefore: outer.1)
    }
    (ignoresLines, depth, context) = (outer.0, outer.2, outer.3)
    statementColumn = outerColumn
    openers.removeSubrange(outer.1...)
    let span = span(from: tokens[start].start)
    let isSilenced = self.kind == .semicolon
    if isSilenced { advance() }
    defer { hasInnerComments = outerComments }
    return Statement(
      kind, span, isSilenced: isSilenced, trailingComment: claimTrailingComment(),
      golden: claimGolden(), hasInnerComments: hasInnerComments)
  }

  /// The comment behind what was just taken, on the same line.
  mutating func claimTrailingComment() -> Comment? {
    guard nextComment < token.comments.upperBound, !comments[nextComment].ownLine else {
      return nil
    }
    nextComment += 1
    return comments[nextComment - 1]
  }

  private mutating func claimGolden() -> [Comment] {
    var lines: [Comment] = []
    while nextComment < token.comments.upperBound, comments[nextComment].kind == .golden,
      !comments[nextComment].followsBlankLine
    {
      lines.append(comments[nextComment])
      nextComment += 1
    }
    return lines
  }

  /// Moves to where the next statement may start: a line's start, a `;` or a `}`.
  private mutating func synchronise(from start: Int, openersBefore: Int) {
    let enclosing = openers[openersBefore...].first { match[$0] >= position }
    if let enclosing, !startsStatement { skip(to: match[enclosing] + 1) }
    if position == start { skipGroup() }
    while true {
      let token = tokens[position]
      if token.kind == .end || token.kind == .semicolon || token.startsLine { return }
      if token.kind == .rightBrace, !openersAreEmpty(openersBefore) { return }
      skipGroup()
    }
  }

  /// At top level a `}` closes nothing, so it is skipped with the rest.
  private func openersAreEmpty(_ count: Int) -> Bool {
    !openers[..<count].contains { tokens[$0].kind == .leftBrace }
  }

  private mutating func skipGroup() {
    skip(to: max(match[position], position) + 1)
  }

  private mutating func skip(to index: Int) {
    while position < min(index, tokens.count - 1) { advance() }
  }

  /// `{ … }`.
  mutating func block(_ owner: String) throws(Panic) -> Block {
    if kind == .newline, tokens[position].kind == .leftBrace {
      let panic = fail(
        "E0204", "the `{` of \(owner) stands on a line of its own", at: span(token),
        fix: "put it at the end of the line above")
      skip(to: max(match[position], position) + 1)
      throw panic
    }
    guard kind == .leftBrace else {
      throw fail(
        "E0201", "expected `{` for \(owner), but \(found)", fix: "bodies stand in braces: `{ … }`")
    }
    return try nested { (parser: inout Parser) throws(Panic) in try parser.openBlock() }
  }

  private mutating func openBlock() throws(Panic) -> Block {
    let opener = advance()
    openers.append(position - 1)
    let outer = ignoresLines
    ignoresLines = false
    let headComment = claimTrailingComment()
    let items = items(until: .rightBrace)
    guard token.kind == .rightBrace else { throw unclosed(opener, .rightBrace) }
    advance()
    openers.removeLast()
    ignoresLines = outer
    return Block(items: items, span: span(from: opener.start), headComment: headComment)
  }
}
