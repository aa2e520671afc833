/// A name where it stands.
public struct Name: Sendable, Equatable {
  public let text: String
  public let span: Span

  public init(_ text: String, _ span: Span) {
    self.text = text
    self.span = span
  }
}
