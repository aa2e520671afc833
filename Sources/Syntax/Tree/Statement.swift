/// One statement. Immutable; its identity may serve as a key.
public final class Statement: Sendable {
  public indirect enum Kind: Sendable {
    /// `if` is an expression, so it arrives here as `.conditional`.
    case expression(Expression)
    /// `x = e`, `(a, b) = e`.
    case assign(Pattern, Expression)
    case function(FunctionDeclaration)
    /// A function with a `category`.
    case method(FunctionDeclaration)
    case module(ModuleDeclaration)
    /// `param A = e`, in a module's body only.
    case param(Name, Expression)
    /// `state s = e`, in a module's body only.
    case state(Name, Expression)
    case forEach(Pattern, in: Expression, Block)
    case whileLoop(Expression, Block)
    case returning(Expression?)
    case breaking
    case continuing
    case importing(path: String, pathSpan: Span, alias: Name?)
    case expect(Expression, within: Expression?)
    /// A lone `;`.
    case empty
    /// Could not be parsed; the span covers what was skipped.
    case error
  }

  public let kind: Kind
  /// From the first to the last character, without `;` and comments.
  public let span: Span
  /// A `;` ends it, so it does not print.
  public let isSilenced: Bool
  /// The `#` comment behind it on its last line.
  public let trailingComment: Comment?
  /// The `#>` lines directly under it: the output that it should print.
  public let golden: [Comment]
  /// Comments stand between its tokens; the formatter then keeps its line breaks.
  public let hasInnerComments: Bool
  public let height: Int

  public init(
    _ kind: Kind, _ span: Span, isSilenced: Bool = false, trailingComment: Comment? = nil,
    golden: [Comment] = [], hasInnerComments: Bool = false
  ) {
    self.kind = kind
    self.span = span
    self.isSilenced = isSilenced
    self.trailingComment = trailingComment
    self.golden = golden
    self.hasInnerComments = hasInnerComments
    height = kind.childHeight + 1
  }
}

/// What is assigned to: `x` or `(a, b)`. The name `_` drops its value.
public enum Pattern: Sendable {
  case name(Name)
  case tuple([Name], Span)

  public var names: [Name] {
    switch self {
    case .name(let name): [name]
    case .tuple(let names, _): names
    }
  }

  public var span: Span {
    switch self {
    case .name(let name): name.span
    case .tuple(_, let span): span
    }
  }
}

/// What stands in a file or between braces, in order: statements and the text between them.
public struct Item: Sendable {
  public enum Kind: Sendable {
    case statement(Statement)
    /// Consecutive `##` lines: Markdown.
    case prose([Comment])
    /// A `#` comment on its own line, or a `#>` line that has no statement above.
    case comment(Comment)
  }

  public let kind: Kind
  public let followsBlankLine: Bool

  public init(_ kind: Kind, followsBlankLine: Bool) {
    self.kind = kind
    self.followsBlankLine = followsBlankLine
  }

  public var statement: Statement? {
    if case .statement(let statement) = kind { statement } else { nil }
  }

  public var span: Span {
    switch kind {
    case .statement(let statement): statement.span
    case .comment(let comment): comment.span
    case .prose(let lines): lines[0].span.joined(with: lines[lines.count - 1].span)
    }
  }
}

/// `{ … }`.
public struct Block: Sendable {
  public let items: [Item]
  /// With its braces.
  public let span: Span
  /// The comment behind the opening brace.
  public let headComment: Comment?

  public init(items: [Item], span: Span, headComment: Comment? = nil) {
    self.items = items
    self.span = span
    self.headComment = headComment
  }

  public var statements: [Statement] { items.compactMap(\.statement) }
}
