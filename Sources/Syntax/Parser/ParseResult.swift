/// What a parse gives, whatever the text was.
public struct ParseResult: Sendable {
  public let source: Source
  public let items: [Item]
  /// In the order of their places.
  public let diagnostics: [Diagnostic]
  /// The first error stands at the end of the text inside an open construct: more lines may mend it.
  public let isIncomplete: Bool

  public var statements: [Statement] { items.compactMap(\.statement) }
  public var errors: [Diagnostic] { diagnostics.filter { $0.severity == .error } }
  public var hasErrors: Bool { diagnostics.contains { $0.severity == .error } }
}
