/// One word, number, bracket or operator of the text.
///
/// A string is several tokens: `stringStart`, then `stringText` and interpolations
/// (`interpolationStart`, the tokens of an expression, `interpolationEnd`), then `stringEnd`.
public struct Token: Sendable {
  public enum Kind: String, Sendable, CaseIterable {
    case name, integer, float, quantity
    case stringStart, stringText, interpolationStart, interpolationEnd, stringEnd
    // Reserved words.
    case fn, `if`, `else`, `for`, `in`, `while`, `return`, `import`, expect
    case and, or, not, `true`, `false`, none, `break`, `continue`
    // Brackets and punctuation.
    case leftParen = "("
    case rightParen = ")"
    case leftBracket = "["
    case rightBracket = "]"
    case leftBrace = "{"
    case rightBrace = "}"
    case comma = ","
    case colon = ":"
    case semicolon = ";"
    case dot = "."
    case ellipsis = "..."
    case equals = "="
    case arrow = "->"
    case pipe = "|>"
    // Operators.
    case equal = "=="
    case notEqual = "!="
    case less = "<"
    case lessEqual = "<="
    case greater = ">"
    case greaterEqual = ">="
    case close = "~="
    case plus = "+"
    case minus = "-"
    case star = "*"
    case slash = "/"
    case doubleSlash = "//"
    case percent = "%"
    case at = "@"
    case power = "**"
    /// `+=` and its like, which the language does not have; kept to explain that.
    case augmented
    /// What could not be read; a diagnostic says why.
    case invalid
    /// Seen by the parser only: a line end that ends a statement.
    case newline
    case end

    /// The place among the cases, for tables: to hash a kind is to hash the text of its raw value. Cases without
    /// payload, fewer than 256, are one byte that counts them; were they not, the cast itself would trap at once.
    var ordinal: Int { Int(unsafeBitCast(self, to: UInt8.self)) }
  }

  public let kind: Kind
  public let start: Int
  public let end: Int
  /// The name, the cooked text of a string part; empty for the rest.
  public let text: String
  /// The value of `integer`, `float` and `quantity`.
  public let number: Number?
  public let unit: NumberUnit?
  /// A line end lies between the token before and this one.
  public let startsLine: Bool
  /// An empty line lies directly above this token's line.
  public let followsBlankLine: Bool
  /// The comments between the token before and this one, as a range of `LexResult.comments`.
  public let comments: Range<Int>
}

/// A `#` comment, a line of `##` prose or a line of `#>` expected output.
public struct Comment: Sendable, Equatable {
  public enum Kind: String, Sendable { case comment, prose, golden }

  public let kind: Kind
  /// Without its mark and one space behind the mark.
  public let text: String
  public let span: Span
  /// Nothing but blanks stands before it on its line.
  public let ownLine: Bool
  public let followsBlankLine: Bool
}
