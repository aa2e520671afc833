/// What is wrong, where, why, and what to do: the one form of every message about a program.
///
/// Codes: `E01xx` text (characters, numbers, strings), `E02xx` grammar, `E03xx` grammar in context
/// (`return` outside a function). Higher hundreds are free for the rooms above.
public struct Diagnostic: Error, Sendable, Equatable {
  public enum Severity: String, Sendable { case error, warning }

  /// A further place that explains the first, such as the bracket that was never closed.
  public struct Label: Sendable, Equatable {
    public let span: Span
    public let message: String

    public init(_ span: Span, _ message: String) {
      self.span = span
      self.message = message
    }
  }

  public var code: String
  public var severity: Severity
  public var message: String
  /// Absent when the mistake has no place in any source, such as a bad command-line argument.
  public var span: Span?
  public var note: String?
  public var fix: String?
  public var secondary: [Label]

  public init(
    _ code: String, _ message: String, at span: Span?, severity: Severity = .error,
    note: String? = nil, fix: String? = nil, secondary: [Label] = []
  ) {
    self.code = code
    self.severity = severity
    self.message = message
    self.span = span
    self.note = note
    self.fix = fix
    self.secondary = secondary
  }
}

extension String {
  /// At most forty letters, for messages that quote what somebody wrote.
  var excerpt: String { count > 40 ? prefix(39) + "…" : self }
}
