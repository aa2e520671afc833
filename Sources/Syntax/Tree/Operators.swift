/// `-x` and `not x`.
public enum UnaryOperator: String, Sendable {
  case negate = "-"
  case not
}

/// The infix operators by their spelling; `|>` and `~=` among them.
public enum BinaryOperator: String, Sendable, CaseIterable {
  case pipe = "|>"
  case or
  case and
  case equal = "=="
  case notEqual = "!="
  case less = "<"
  case lessEqual = "<="
  case greater = ">"
  case greaterEqual = ">="
  case close = "~="
  case add = "+"
  case subtract = "-"
  case multiply = "*"
  case divide = "/"
  case floorDivide = "//"
  case remainder = "%"
  case matmul = "@"
  case power = "**"
}

/// How tightly an operator binds; loosest first.
public enum Precedence: Int, Sendable, Comparable {
  case lambda, pipe, or, and, not, comparison, sum, product, negation, power

  public static func < (a: Precedence, b: Precedence) -> Bool { a.rawValue < b.rawValue }
}
