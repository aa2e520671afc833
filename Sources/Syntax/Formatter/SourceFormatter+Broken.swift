// Over several lines, where one is too short.
extension SourceFormatter {
  /// Where a text begins: its line's indentation, its column, and what must still fit behind it.
  struct Place {
    var indent: Int
    var column: Int
    var reserve: Int

    /// Behind `text`, which begins here.
    func behind(_ text: String, reserve: Int? = nil) -> Place {
      var place = self
      place.reserve = reserve ?? self.reserve
      if let lineEnd = text.lastIndex(of: "\n") {
        place.column = String(text[text.index(after: lineEnd)...]).columns
      } else {
        place.column += text.columns
      }
      return place
    }

    /// At the start of a line one step further in.
    func inside(reserve: Int) -> Place {
      let indent = indent + SourceFormatter.indentStep
      return Place(indent: indent, column: indent, reserve: reserve)
    }

    func fits(_ text: String) -> Bool {
      column + text.columns + reserve <= SourceFormatter.width
    }
  }

  func broken(_ kind: Statement.Kind, at place: Place) -> String {
    switch kind {
    case .function(let declaration), .method(let declaration):
      var text = "\(declaration.word) \(declaration.name.text)"
      text += parameters(declaration.parameters, at: place.behind(text), declaration.tail.count + 1)
      text += declaration.tail
      return text + expression(declaration.body, at: place.behind(text))
    case .module(let declaration):
      var text = "module \(declaration.name.text)"
      text += parameters(declaration.parameters, at: place.behind(text), 2) + " "
      return text + block(declaration.body, at: place)
    case .forEach(_, let value, let body), .whileLoop(let value, let body):
      let head = kind.head + expression(value, at: place.behind(kind.head, reserve: 2))
      return head + " " + block(body, at: place)
    case .expect(let value, within: let tolerance?):
      var text = kind.head + expression(value, at: place.behind(kind.head, reserve: 7))
      text += " within "
      return text + expression(tolerance, at: place.behind(text))
    default:
      guard let value = kind.headValue else { return kind.head }
      return kind.head + expression(value, at: place.behind(kind.head))
    }
  }

  func expression(_ value: Expression, at place: Place) -> String {
    if let line = flat(value), place.fits(line) { return line }
    guard value.isParenthesised else { return brokenBare(value, at: place) }
    var inner = place.behind("(")
    inner.reserve += 1
    return "(" + brokenBare(value, at: inner) + ")"
  }

  private func brokenBare(_ value: Expression, at place: Place) -> String {
    switch value.kind {
    case .list(let elements): return list(elements, at: place)
    case .tuple(let elements):
      return "(" + arguments(elements.parts, ")", at: place.behind("("), elements.needsComma)
    case .call(let callee, let arguments):
      let head = expression(callee, at: place.with(reserve: 1)) + "("
      return head + self.arguments(arguments.parts, ")", at: place.behind(head))
    case .with(let base, let changes):
      let head = expression(base, at: place.with(reserve: 7)) + " with ("
      let parts = changes.map { ($0.prefix, $0.value) }
      return head + arguments(parts, ")", at: place.behind(head))
    case .index(let base, let subscripts):
      let head = expression(base, at: place.with(reserve: 1))
      let inner = subscripts.map { subscripted($0, at: place.behind(head)) }
      return head + "[" + inner.joined(separator: ", ") + "]"
    case .member(let base, let name):
      let reserve = place.reserve + name.text.count + 1
      return expression(base, at: place.with(reserve: reserve)) + "." + name.text
    case .unary(let symbol, let operand):
      return symbol.prefix + expression(operand, at: place.behind(symbol.prefix))
    case .binary: return chain(value, at: place)
    case .lambda(let lambda): return self.lambda(lambda, at: place)
    case .conditional(let branches, let otherwise):
      return conditional(branches, otherwise, at: place)
    case .block(let block): return self.block(block, at: place)
    case .integer, .float, .quantity, .string, .boolean, .none, .name, .error:
      return value.bareSpan.text
    }
  }

  private func subscripted(_ part: Subscript, at place: Place) -> String {
    func text(_ value: Expression?) -> String {
      value.map { expression($0, at: place) } ?? ""
    }
    switch part {
    case .expression(let value): return text(value)
    case .newAxis: return "new"
    case .ellipsis: return "..."
    case .slice(let lower, let upper, let step, _):
      return text(lower) + ":" + text(upper) + (step == nil ? "" : ":" + text(step))
    }
  }

  private func lambda(_ lambda: Lambda, at place: Place) -> String {
    let head = lambdaHead(lambda, at: place)
    return head + expression(lambda.body, at: place.behind(head))
  }

  private func lambdaHead(_ lambda: Lambda, at place: Place) -> String {
    if let head = flatHead(lambda) { return head }
    return parameters(lambda.parameters, at: place, 4) + " -> "
  }

  func parameters(_ parameters: [Parameter], at place: Place, _ reserve: Int) -> String {
    if let line = flat(parameters), place.with(reserve: reserve).fits("(\(line))") {
      return "(\(line))"
    }
    let inner = place.inside(reserve: 1)
    let lines = parameters.map { parameter in
      guard let value = parameter.defaultValue else { return parameter.head }
      let head = parameter.head + " = "
      return head + expression(value, at: inner.behind(head))
    }
    return "(" + oneALine(lines, at: place) + ")"
  }

  private func oneALine(_ lines: [String], at place: Place) -> String {
    let indent = blanks(place.indent + SourceFormatter.indentStep)
    return "\n" + lines.map { indent + $0 }.joined(separator: ",\n") + "\n"
      + blanks(place.indent)
  }

  /// Elements and the closing bracket, from behind the opening one on.
  private func arguments(
    _ parts: [(prefix: String, value: Expression)], _ closer: String, at place: Place,
    _ needsComma: Bool = false
  ) -> String {
    let comma = needsComma ? "," : ""
    let texts = parts.map { part in flat(part.value).map { part.prefix + $0 } }
    if let line = joined(texts), place.fits(line + comma + closer) {
      return line + comma + closer
    }
    if let text = hugged(parts, texts, at: place) { return text + comma + closer }
    let inner = place.inside(reserve: 1)
    let lines = parts.map { $0.prefix + expression($0.value, at: inner.behind($0.prefix)) }
    return oneALine(lines, at: place).insertingComma(comma) + closer
  }

  /// `f(a, x -> {`: a block that comes last opens on the call's line.
  private func hugged(
    _ parts: [(prefix: String, value: Expression)], _ texts: [String?], at place: Place
  ) -> String? {
    guard let last = parts.last, case .lambda(let lambda) = last.value.kind,
      !last.value.isParenthesised, case .block(let block) = lambda.body.kind,
      let before = joined(texts.dropLast()), let head = flatHead(lambda)
    else { return nil }
    let line = (before.isEmpty ? "" : before + ", ") + last.prefix + head
    guard place.with(reserve: 1).fits(line) else { return nil }
    return line + self.block(block, at: place)
  }

  private func list(_ elements: [Expression], at place: Place) -> String {
    if elements.contains(where: { !$0.isLiteral }) {
      let parts = elements.map { (prefix: "", value: $0) }
      return "[" + arguments(parts, "]", at: place.behind("["))
    }
    // Many literals, such as numbers: as many a line as fit.
    let indent = place.indent + SourceFormatter.indentStep
    var lines: [String] = [""]
    for (index, element) in elements.enumerated() {
      let text = element.span.text + (index < elements.count - 1 ? "," : "")
      let line = lines[lines.count - 1]
      if !line.isEmpty, indent + line.columns + 1 + text.columns > SourceFormatter.width {
        lines.append(text)
      } else {
        lines[lines.count - 1] = line.isEmpty ? text : line + " " + text
      }
    }
    let inner = lines.map { blanks(indent) + $0 }.joined(separator: "\n")
    return "[\n" + inner + "\n" + blanks(place.indent) + "]"
  }
}

extension SourceFormatter.Place {
  func with(reserve: Int) -> Self {
    var place = self
    place.reserve = reserve
    return place
  }
}

extension [Argument] {
  fileprivate var parts: [(prefix: String, value: Expression)] {
    map { ($0.prefix, $0.value) }
  }
}

extension Expression {
  fileprivate var isLiteral: Bool {
    switch kind {
    case .integer, .float, .quantity, .string, .boolean, .none: true
    case .unary(.negate, let operand): operand.isLiteral
    default: false
    }
  }
}

extension String {
  /// In front of the line end that closes a list of lines.
  fileprivate func insertingComma(_ comma: String) -> String {
    guard !comma.isEmpty, let lineEnd = lastIndex(of: "\n") else { return self }
    return self[..<lineEnd] + comma + self[lineEnd...]
  }
}
