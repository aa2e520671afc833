/// Lays a program out in the one canonical way: two spaces, 100 columns, at most one empty line.
///
/// It keeps comments, prose, expected output, parentheses and the spelling of literals. A body of
/// at most one statement that stands on one line stays there while it fits. A statement with
/// comments between its tokens keeps its line breaks; only its indentation is made regular.
public struct SourceFormatter {
  static let width = 100
  static let indentStep = 2

  /// The formatted text; nil if the text has errors, since what was not understood cannot be kept.
  public static func format(_ result: ParseResult) -> String? {
    guard !result.hasErrors else { return nil }
    let text = SourceFormatter().items(result.items, indent: 0)
    return text.isEmpty ? "" : text + "\n"
  }

  public static func format(_ source: Source) -> String? { format(Parser.parse(source)) }

  func blanks(_ count: Int) -> String { String(repeating: " ", count: count) }

  /// The items from the margin on, without a line end behind the last.
  func items(_ items: [Item], indent: Int) -> String {
    var lines: [String] = []
    for (index, item) in items.enumerated() {
      if index > 0, item.followsBlankLine { lines.append("") }
      switch item.kind {
      case .comment(let comment): lines.append(blanks(indent) + text(of: comment))
      case .prose(let prose): lines += prose.map { blanks(indent) + text(of: $0) }
      case .statement(let statement):
        var line = blanks(indent) + self.statement(statement, indent: indent)
        if statement.isSilenced { line += ";" }
        if let comment = statement.trailingComment { line += "  " + text(of: comment) }
        lines.append(line)
        lines += statement.golden.map { blanks(indent) + text(of: $0) }
      }
    }
    return lines.joined(separator: "\n")
  }

  func text(of comment: Comment) -> String {
    let mark =
      switch comment.kind {
      case .comment: "#"
      case .prose: "##"
      case .golden: "#>"
      }
    if comment.text.isEmpty { return mark }
    // `#!` on a script's first line names its interpreter, so it stays in one piece.
    if comment.kind == .comment, comment.span.text.hasPrefix("#!") { return mark + comment.text }
    return mark + " " + comment.text
  }

  func statement(_ statement: Statement, indent: Int) -> String {
    if statement.hasInnerComments { return verbatim(statement.span, indent: indent) }
    let reserve = statement.isSilenced ? 1 : 0
    if let line = flat(statement.kind), indent + line.columns + reserve <= SourceFormatter.width {
      return line
    }
    return broken(statement.kind, at: Place(indent: indent, column: indent, reserve: reserve))
  }
}

extension String {
  var columns: Int { displayWidth(of: self) }
}
