// What people write by habit, and what to write instead.
extension Parser {
  private static let foreignWords: [String: String] = [
    "def": "a function is `fn name(x) = …` or `fn name(x) { … }`",
    "function": "a function is `fn name(x) = …` or `fn name(x) { … }`",
    "func": "a function is `fn name(x) = …` or `fn name(x) { … }`",
    "elif": "write `} else if … {`",
    "let": "write `name = value`",
    "var": "write `name = value`",
    "const": "write `name = value`",
    "lambda": "write `x -> …`",
    "class": "a model's part is `module Name(…) { … }`",
    "assert": "write `expect …`",
    "from": "write `import \"file.peft\"`",
    "raise": "write `expect …`",
    "del": "names need not be deleted",
    "pass": "an empty body is `{}`",
  ]

  mutating func expectStatementEnd(of statement: Statement.Kind, from start: Int) throws(Panic) {
    if endsStatement { return }
    let first = tokens[start]
    if first.kind == .name, let fix = Parser.foreignWords[first.text] {
      throw fail(
        "E0210", "`\(first.text)` is not a word of the language", at: span(first), fix: fix)
    }
    switch kind {
    case .if:
      throw fail(
        "E0210", "a condition stands in front of its values",
        fix: "write `if condition { a } else { b }`")
    case .arrow: throw misplacedArrow()
    case .equals:
      throw fail(
        "E0210", "a statement has one `=`", fix: "to compare write `==`")
    default:
      throw fail(
        "E0210", "expected the end of the statement, but \(found)",
        fix: unitApart ?? "start a new line, or separate statements with `;`")
    }
  }

  mutating func misplacedArrow() -> Panic {
    fail(
      "E0211", "in front of `->` stand a lambda's parameters: `x -> …` or `(a, b) -> …`",
      note: "`->` binds loosest of all operators",
      fix: "put the lambda in parentheses")
  }

  mutating func leadingOperator() -> Panic {
    let symbol = span(token).text
    return fail(
      "E0212", "a line cannot start with `\(symbol)`",
      note: "the line above is already complete without it",
      fix: "end the line above with `\(symbol)`, or put the whole in parentheses")
  }

  /// Skips the branch too, so that it is not reported a second time.
  mutating func misplacedElse() throws(Panic) -> Panic {
    let panic = fail(
      "E0213", "`else` has no `if` in front of it",
      fix: "put it on the line of the `}` that closes the `if`: `} else {`")
    advance()
    if kind == .if {
      advance()
      _ = try expression()
    }
    if kind == .leftBrace { _ = try block("an `else`") }
    return panic
  }

  /// A condition, in which `=` is surely meant as `==`.
  mutating func condition(_ word: String) throws(Panic) -> Expression {
    let value = try expression()
    if kind == .equals {
      throw fail("E0214", "`=` does not compare", fix: "write `\(word) … == … {`")
    }
    return value
  }
}
