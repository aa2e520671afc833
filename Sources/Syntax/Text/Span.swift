/// A stretch of a source: UTF-8 offsets, the end not included.
public struct Span: Sendable, Hashable {
  public let start: Int
  public let end: Int
  public let source: Source

  public init(_ start: Int, _ end: Int, _ source: Source) {
    self.start = start
    self.end = max(start, end)
    self.source = source
  }

  /// The exact source text.
  public var text: String { source.text(in: start..<end) }
  /// One-based line of the start.
  public var line: Int { source.lineIndex(at: start) + 1 }
  /// One-based column of the start, in characters.
  public var column: Int { source.place(of: start).column }

  /// The smallest span that covers both; both must be of one source.
  public func joined(with other: Span) -> Span {
    Span(min(start, other.start), max(end, other.end), source)
  }

  public static func == (a: Span, b: Span) -> Bool {
    a.start == b.start && a.end == b.end && a.source === b.source
  }

  public func hash(into hasher: inout Hasher) {
    hasher.combine(start)
    hasher.combine(end)
    hasher.combine(ObjectIdentifier(source))
  }
}
