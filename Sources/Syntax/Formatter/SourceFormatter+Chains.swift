extension SourceFormatter {
  /// `a |> b |> c`: one operand a line, the operator at the line's end.
  func chain(_ value: Expression, at place: Place) -> String {
    let (first, links) = links(of: value)
    if let text = huggedChain(value, at: place) { return text }
    var text = expression(first, at: place.with(reserve: 3))
    let inner = place.inside(reserve: max(place.reserve, 3))
    for (symbol, operand) in links {
      text += " \(symbol.rawValue)\n" + blanks(inner.indent) + expression(operand, at: inner)
    }
    return text
  }

  /// The operands of operators of one precedence, from left to right.
  private func links(
    of value: Expression
  ) -> (first: Expression, links: [(BinaryOperator, Expression)]) {
    var links: [(BinaryOperator, Expression)] = []
    var left = value
    var isOutermost = true
    while case .binary(let symbol, let a, let b, _) = left.kind {
      if !isOutermost {
        guard !left.isParenthesised, symbol.precedence == links[0].0.precedence,
          symbol != .power
        else { break }
      }
      links.append((symbol, b))
      left = a
      isOutermost = false
    }
    return (left, links.reversed())
  }

  /// `model |> replace(at, layer -> {`: all but a last block stays on the line. Whether its line has room is asked
  /// before the block is laid out, since a block in a block in a block would else be laid out many times over.
  private func huggedChain(_ value: Expression, at place: Place) -> String? {
    guard case .binary(let symbol, let left, let right, _) = value.kind, right.endsInBlock,
      let before = flat(left), let head = flatHead(ofCall: right)
    else { return nil }
    let line = "\(before) \(symbol.rawValue) "
    guard place.with(reserve: 0).fits(line + head) else { return nil }
    let text = expression(right, at: place.behind(line))
    return text.contains("\n") ? line + text : nil
  }

  /// `replace(at, layer -> {`, for a call that ends in a block; nil where that does not stand on one line.
  private func flatHead(ofCall call: Expression) -> String? {
    guard case .call(let callee, let arguments) = call.kind, let last = arguments.last,
      case .lambda(let lambda) = last.value.kind, !last.value.isParenthesised,
      let name = flat(callee), let before = flat(Array(arguments.dropLast())),
      let head = flatHead(lambda)
    else { return nil }
    return name + "(" + (before.isEmpty ? "" : before + ", ") + last.prefix + head + "{"
  }

  func conditional(_ branches: [Branch], _ otherwise: Block?, at place: Place) -> String {
    var text = ""
    for branch in branches {
      text += text.isEmpty ? "if " : " else if "
      text += expression(branch.condition, at: place.behind(text, reserve: 2)) + " "
      text += block(branch.body, at: place)
    }
    if let otherwise { text += " else " + block(otherwise, at: place) }
    return text
  }

  /// On several lines, unless empty.
  func block(_ block: Block, at place: Place) -> String {
    let comment = block.headComment.map { "  " + text(of: $0) } ?? ""
    if block.items.isEmpty, comment.isEmpty { return "{}" }
    let indent = place.indent + SourceFormatter.indentStep
    let inner = items(block.items, indent: indent)
    return "{" + comment + "\n" + (inner.isEmpty ? "" : inner + "\n") + blanks(place.indent) + "}"
  }

  /// The statement's own lines, each set in by the brackets that are open at its start.
  func verbatim(_ span: Span, indent: Int) -> String {
    let source = Source(span.text)
    let tokens = Lexer.lex(source).tokens
    var openLines: [Int] = []
    var next = 0
    var result: [String] = []
    for line in source.lineStarts.indices {
      let range = source.lineRange(line)
      let text = source.text(in: range).trimmed
      let end = line + 1 < source.lineStarts.count ? source.lineStarts[line + 1] : range.upperBound
      let start = range.lowerBound
      // Brackets that close at the very start of the line count as closed already.
      while next < tokens.count, tokens[next].start < end, tokens[next].kind.opener != nil,
        source.text(in: start..<tokens[next].start).trimmed.allSatisfy({ ")]} ".contains($0) })
      {
        _ = openLines.popLast()
        next += 1
      }
      let isCloser = text.first.map { ")]}".contains($0) } ?? false
      let level = max(Set(openLines).count, isCloser ? 0 : 1)
      if line == 0 {
        result.append(text)
      } else if !text.isEmpty || result.last != "" {
        let inset = indent + level * SourceFormatter.indentStep
        result.append(text.isEmpty ? "" : blanks(inset) + text)
      }
      while next < tokens.count, tokens[next].start < end {
        if tokens[next].kind.opensGroup { openLines.append(line) }
        if tokens[next].kind.opener != nil { _ = openLines.popLast() }
        next += 1
      }
    }
    return result.joined(separator: "\n")
  }
}

extension Expression {
  /// A call whose last argument is a lambda with a block.
  fileprivate var endsInBlock: Bool {
    guard !isParenthesised, case .call(_, let arguments) = kind, let last = arguments.last,
      case .lambda(let lambda) = last.value.kind, case .block = lambda.body.kind
    else { return false }
    return true
  }
}

extension Token.Kind {
  fileprivate var opensGroup: Bool {
    switch self {
    case .leftParen, .leftBracket, .leftBrace, .interpolationStart: true
    default: false
    }
  }
}

extension String {
  fileprivate var trimmed: String {
    var result = self[...]
    while let first = result.unicodeScalars.first, first == " " || first == "\t" {
      result = Substring(result.unicodeScalars.dropFirst())
    }
    while let last = result.unicodeScalars.last, last == " " || last == "\t" || last == "\r" {
      result = Substring(result.unicodeScalars.dropLast())
    }
    return String(result)
  }
}
