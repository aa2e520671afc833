/// `fn name(x: [B, T], k = 1) -> [B, T] = e`, or with a block;
/// `method name(…) in class { … }` too.
public final class FunctionDeclaration: Sendable {
  public let name: Name
  public let parameters: [Parameter]
  public let result: ShapeSignature?
  /// An expression, or `.block`.
  public let body: Expression
  /// A method's class in the taxonomy; nil for a function.
  public let category: Name?
  /// The `##` lines directly above, joined by line ends.
  public let documentation: String?
  /// The exact text of the declaration is `span.text`.
  public let span: Span

  public init(
    name: Name, parameters: [Parameter], result: ShapeSignature?, body: Expression,
    category: Name?, documentation: String?, span: Span
  ) {
    self.name = name
    self.parameters = parameters
    self.result = result
    self.body = body
    self.category = category
    self.documentation = documentation
    self.span = span
  }
}

/// `module Name(base, rank = 8) { … }`.
public final class ModuleDeclaration: Sendable {
  public let name: Name
  public let parameters: [Parameter]
  public let body: Block
  public let documentation: String?
  public let span: Span

  public init(
    name: Name, parameters: [Parameter], body: Block, documentation: String?, span: Span
  ) {
    self.name = name
    self.parameters = parameters
    self.body = body
    self.documentation = documentation
    self.span = span
  }
}

/// `x`, `x: [B, T, In]`, `x = 8`.
public struct Parameter: Sendable {
  public let name: Name
  public let shape: ShapeSignature?
  public let defaultValue: Expression?
  public let span: Span

  public init(name: Name, shape: ShapeSignature?, defaultValue: Expression?, span: Span) {
    self.name = name
    self.shape = shape
    self.defaultValue = defaultValue
    self.span = span
  }
}

/// `[B, T, 3, ..., _]` in a signature.
public struct ShapeSignature: Sendable {
  public struct Dimension: Sendable {
    public enum Kind: Sendable, Equatable {
      case name(String)
      case size(Int)
      /// `...`: any number of dimensions, at most once.
      case ellipsis
      /// `_`: one dimension of any size.
      case any
    }

    public let kind: Kind
    public let span: Span

    public init(_ kind: Kind, _ span: Span) {
      self.kind = kind
      self.span = span
    }
  }

  public let dimensions: [Dimension]
  public let span: Span

  public init(dimensions: [Dimension], span: Span) {
    self.dimensions = dimensions
    self.span = span
  }
}
