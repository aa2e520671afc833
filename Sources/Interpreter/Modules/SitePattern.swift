/// A pattern over dotted paths: `*` is one part or a piece of one, `**` any number of parts, `{q,v}` either.
public struct SitePattern {
  public let text: String
  private let alternatives: [[Part]]

  private enum Part {
    case anyDepth
    /// Literal pieces between stars.
    case pieces([String])
  }

  public init(_ text: String) throws {
    self.text = text
    alternatives = try SitePattern.expand(text).map { alternative in
      alternative.split(separator: ".", omittingEmptySubsequences: true).map { part in
        part == "**"
          ? .anyDepth
          : .pieces(part.split(separator: "*", omittingEmptySubsequences: false).map(String.init))
      }
    }
  }

  /// Whether the pattern can only mean one path.
  public var isLiteral: Bool { !text.contains { "*{}".contains($0) } }

  public func matches(_ path: String) -> Bool {
    let parts = path.split(separator: ".").map(String.init)
    return alternatives.contains { SitePattern.matches($0[...], parts[...]) }
  }

  private static func matches(_ pattern: ArraySlice<Part>, _ parts: ArraySlice<String>) -> Bool {
    guard let first = pattern.first else { return parts.isEmpty }
    switch first {
    case .anyDepth:
      for start in parts.startIndex...parts.endIndex
      where matches(pattern.dropFirst(), parts[start...]) {
        return true
      }
      return false
    case .pieces(let pieces):
      guard let part = parts.first, matches(pieces, part) else { return false }
      return matches(pattern.dropFirst(), parts.dropFirst())
    }
  }

  /// `pieces` joined by any text equal `part`.
  private static func matches(_ pieces: [String], _ part: String) -> Bool {
    guard let first = pieces.first, let last = pieces.last else { return part.isEmpty }
    if pieces.count == 1 { return part == first }
    guard part.hasPrefix(first), part.count >= first.count + last.count, part.hasSuffix(last) else {
      return false
    }
    var rest = part.dropFirst(first.count).dropLast(last.count)
    for piece in pieces.dropFirst().dropLast() where !piece.isEmpty {
      guard let range = rest.firstRange(of: piece) else { return false }
      rest = rest[range.upperBound...]
    }
    return true
  }

  /// `a.{q,v}` → `a.q`, `a.v`; groups may nest and follow one another.
  static func expand(_ text: String) throws -> [String] {
    guard let open = text.firstIndex(of: "{") else {
      if text.contains("}") { throw unbalanced(text) }
      return [text]
    }
    var depth = 0
    var choices: [String] = []
    var start = text.index(after: open)
    var index = open
    while index < text.endIndex {
      switch text[index] {
      case "{": depth += 1
      case "}":
        depth -= 1
        if depth == 0 {
          choices.append(String(text[start..<index]))
          let head = text[..<open]
          let tail = text[text.index(after: index)...]
          return try choices.flatMap { try expand(head + $0 + tail) }
        }
      case "," where depth == 1:
        choices.append(String(text[start..<index]))
        start = text.index(after: index)
      default: break
      }
      index = text.index(after: index)
    }
    throw unbalanced(text)
  }

  private static func unbalanced(_ text: String) -> Mistake {
    Mistake(
      "the braces of the pattern \"\(text)\" do not match", code: "E0560",
      fix: "write `{q,v}` for either of two names")
  }
}
