import Interpreter
import Syntax

/// The `#>` lines of a statement, and what it printed in the same form.
enum GoldenLines {
  /// A line that stands for any number of lines.
  static let ellipsis = "…"

  /// Printed text as golden lines hold it: without the last line end and without blanks at a line's end.
  static func lines(of output: String) -> [String] {
    var lines = output.split(separator: "\n", omittingEmptySubsequences: false).map(trimmed)
    if lines.last == "" { lines.removeLast() }
    return lines
  }

  static func trimmed(_ line: some StringProtocol) -> String {
    var end = line.endIndex
    while end > line.startIndex, line[line.index(before: end)].isWhitespace {
      end = line.index(before: end)
    }
    return String(line[..<end])
  }

  /// `error` followed by a message: the statement is expected to fail.
  static func announcesError(_ line: String) -> Bool { line == "error" || line.hasPrefix("error ") }

  /// `error MESSAGE`, then note and fix on lines of their own.
  static func lines(of diagnostic: Diagnostic) -> [String] {
    var lines = self.lines(of: "error " + diagnostic.message)
    if let note = diagnostic.note { lines += self.lines(of: "note: " + note) }
    if let fix = diagnostic.fix { lines += self.lines(of: "fix: " + fix) }
    return lines
  }

  /// The lines of `actual` that `expected` speaks of: note and fix may be left out under an error.
  static func compared(_ actual: [String], with expected: [String]) -> [String] {
    guard let start = actual.firstIndex(where: announcesError) else { return actual }
    func holds(_ prefix: String) -> Bool { expected.contains { $0.hasPrefix(prefix) } }
    let (hasNote, hasFix) = (holds("note: "), holds("fix: "))
    var result: [String] = []
    var isKept = true
    for (index, line) in actual.enumerated() {
      if index > start, line.hasPrefix("note: ") { isKept = hasNote }
      if index > start, line.hasPrefix("fix: ") { isKept = hasFix }
      if isKept { result.append(line) }
    }
    return result
  }
}
