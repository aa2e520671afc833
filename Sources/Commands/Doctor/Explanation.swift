import Interpreter
import Terminal

/// `explain(x)`: what a value is, line by line under short titles, which are its members too.
final class Explanation: HostValue {
  struct Row {
    let title: String
    let lines: [String]
  }

  let head: String
  let rows: [Row]

  init(_ head: String, _ rows: [Row]) {
    self.head = head
    self.rows = rows
  }

  var typeName: String { "explanation" }
  var memberNames: [String] { rows.map { $0.title.replacing(" ", with: "_") } }

  func member(_ name: String) throws -> Value? {
    rows.first { $0.title.replacing(" ", with: "_") == name }.map {
      .string($0.lines.joined(separator: "\n"))
    }
  }

  func description(for printer: Printer) -> String {
    let left = (rows.map(\.title.count).max() ?? 0) + 4
    let isNarrow = printer.width < left + 30
    var lines = wrap(head, printer.width).map { printer.style($0, .heading) }
    for row in rows {
      if isNarrow { lines.append("  " + printer.style(row.title, .dim)) }
      let margin = isNarrow ? 4 : left
      for (index, line) in row.lines.flatMap({ wrap($0, printer.width - margin) }).enumerated() {
        let title = index == 0 && !isNarrow ? "  " + row.title : ""
        let blanks = String(repeating: " ", count: margin - title.count)
        lines.append((title.isEmpty ? "" : "  " + printer.style(row.title, .dim)) + blanks + line)
      }
    }
    return lines.joined(separator: "\n")
  }

  /// A formula's own indentation is kept.
  private func wrap(_ line: String, _ width: Int) -> [String] {
    let lead = String(line.prefix { $0 == " " })
    let pieces = String(line.dropFirst(lead.count)).wrapped(to: Swift.max(16, width - lead.count))
    return pieces.map { lead + $0.drop { $0 == " " } }
  }
}
