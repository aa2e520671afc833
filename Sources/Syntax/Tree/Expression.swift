/// A node of the tree that has a value. Immutable; its identity may serve as a key.
public final class Expression: Sendable {
  public indirect enum Kind: Sendable {
    case integer(Int)
    case float(Double)
    case quantity(Quantity)
    /// Text and interpolations in turn; `""` has no parts.
    case string([StringPart])
    case boolean(Bool)
    case none
    case name(String)
    case list([Expression])
    /// `(a, b)`, `(rank=8)`, `(a,)`, `()`: a tuple, positional elements first.
    case tuple([Argument])
    case call(Expression, [Argument])
    case index(Expression, [Subscript])
    case member(Expression, Name)
    /// `base with (weight = e, "path.x" = e)`.
    case with(Expression, [Change])
    case unary(UnaryOperator, Expression)
    /// The span is the operator's.
    case binary(BinaryOperator, Expression, Expression, Span)
    case lambda(Lambda)
    /// `if a {…} else if b {…} else {…}`: at least one branch.
    case conditional([Branch], otherwise: Block?)
    /// A `{…}` body of a function, method or lambda; its value is its last expression's.
    case block(Block)
    /// Stands where parsing failed.
    case error
  }

  public let kind: Kind
  /// With its parentheses, if it stands in any.
  public let span: Span
  /// Without them.
  public let bareSpan: Span
  /// The levels of the tree below; the parser bounds it, so recursion over a tree is safe.
  public let height: Int

  public var isParenthesised: Bool { span.start != bareSpan.start }

  public init(_ kind: Kind, _ span: Span, bareSpan: Span? = nil) {
    self.kind = kind
    self.span = span
    self.bareSpan = bareSpan ?? span
    height = kind.childHeight + 1
  }
}

/// `value` or `name=value` in a call or a tuple.
public struct Argument: Sendable {
  public let name: Name?
  public let value: Expression

  public init(name: Name?, value: Expression) {
    self.name = name
    self.value = value
  }

  public var span: Span { name.map { $0.span.joined(with: value.span) } ?? value.span }
}

/// One place between the brackets of `x[0:3, :, -1, new, ...]`.
public enum Subscript: Sendable {
  case expression(Expression)
  case slice(lower: Expression?, upper: Expression?, step: Expression?, Span)
  case newAxis(Span)
  case ellipsis(Span)
}

/// `weight = e` or `"blocks.0.attn.q.weight" = e` in `with (…)`.
public struct Change: Sendable {
  /// A member's name or a dotted path, as written between the quotes.
  public let path: Name
  public let isQuoted: Bool
  public let value: Expression

  public init(path: Name, isQuoted: Bool, value: Expression) {
    self.path = path
    self.isQuoted = isQuoted
    self.value = value
  }
}

/// A stretch of a string literal.
public enum StringPart: Sendable {
  /// With escapes resolved.
  case text(String)
  case interpolation(Expression)
}

/// `x -> e`, `(a, b) -> e`, `() -> { … }`.
public struct Lambda: Sendable {
  public let parameters: [Parameter]
  public let body: Expression

  public init(parameters: [Parameter], body: Expression) {
    self.parameters = parameters
    self.body = body
  }
}

/// A condition and what is done when it holds.
public struct Branch: Sendable {
  public let condition: Expression
  public let body: Block

  public init(condition: Expression, body: Block) {
    self.condition = condition
    self.body = body
  }
}
