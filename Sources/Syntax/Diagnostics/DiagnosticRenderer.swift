/// Prints diagnostics with their source line and a caret:
///
///     error[E0205]: `(` is not closed
///      --> lesson.peft:3:11
///       |
///     3 | x = f(1, 2
///       |           ^
///       |      - opened here
///     fix: add `)`
public struct DiagnosticRenderer: Sendable {
  /// The parts of a message that may be coloured.
  public enum Role: Sendable {
    case error, warning, message, place, gutter, caret, secondary, note, fix
  }

  /// Gives a part its colour; must keep its width.
  public typealias Style = @Sendable (Role, String) -> String

  static let tabStop = 4
  /// More messages than a person reads at once; later ones often follow from the first.
  static let maximumCount = 20

  /// The columns to fill at most: 40 to 100.
  public let width: Int
  let style: Style

  public init(width: Int = 100, style: @escaping Style = { $1 }) {
    self.width = min(max(width, 40), 100)
    self.style = style
  }

  /// The whole message; ends without a line end.
  public func render(_ diagnostic: Diagnostic) -> String {
    let severity = diagnostic.severity
    let role: Role = severity == .error ? .error : .warning
    var lines = labelled(
      "\(severity.rawValue)[\(diagnostic.code)]: ", diagnostic.message, role, body: .message)
    if let span = diagnostic.span { lines += excerpt(of: diagnostic, at: span) }
    if let note = diagnostic.note { lines += labelled("note: ", note, .note) }
    if let fix = diagnostic.fix { lines += labelled("fix: ", fix, .fix) }
    return lines.joined(separator: "\n")
  }

  /// Several messages with an empty line between them; of very many the first.
  public func render(_ diagnostics: [Diagnostic]) -> String {
    var texts = diagnostics.prefix(Self.maximumCount).map(render)
    let rest = diagnostics.count - texts.count
    if rest > 0 { texts.append("… and \(rest) \(rest == 1 ? "message" : "messages") more") }
    return texts.joined(separator: "\n\n")
  }

  /// `label: text`, wrapped, with further lines set in by the label's width.
  private func labelled(
    _ label: String, _ text: String, _ role: Role, body: Role? = nil
  ) -> [String] {
    let inset = min(label.count, 8)
    return wrap(text, first: width - label.count, rest: width - inset).enumerated()
      .map { index, line in
        let line = body.map { style($0, line) } ?? line
        return index == 0
          ? style(role, label) + line : String(repeating: " ", count: inset) + line
      }
  }

  /// Breaks at blanks; a word longer than a line stays whole. Line ends in the text are kept.
  private func wrap(_ text: String, first: Int, rest: Int) -> [String] {
    var lines: [String] = []
    for paragraph in text.split(separator: "\n", omittingEmptySubsequences: false) {
      var line = ""
      for word in paragraph.split(separator: " ", omittingEmptySubsequences: false) {
        let room = lines.isEmpty ? first : rest
        if !line.isEmpty, displayWidth(of: line) + 1 + displayWidth(of: word) > room {
          lines.append(line)
          line = String(word)
        } else {
          line += line.isEmpty ? String(word) : " " + word
        }
      }
      lines.append(line)
    }
    return lines
  }
}
