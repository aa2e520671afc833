import Foundation
import Syntax

extension Session {
  /// Runs a whole file's text, one JSON object a cell if `asJSON`.
  func runScript(_ source: Source, asJSON: Bool) -> Outcome {
    guard asJSON else { return feed(source) }
    let parsed = Parser.parse(source)
    if parsed.hasErrors {
      return reported(cell: 1, source: source.text) { feed(parsed) }
    }
    for (index, cell) in Cells(parsed).cells.enumerated() {
      let prose = cell.prose.isEmpty ? nil : cell.prose.joined(separator: "\n")
      let outcome = reported(cell: index + 1, source: cell.text(in: source), prose: prose) {
        feed(cell.statements)
      }
      if outcome != .done { return outcome }
    }
    return .done
  }

  /// Runs `body` with its output collected into one JSON object, which is printed instead.
  func reported(
    cell: Int, source: String, prose: String? = nil, _ body: () -> Outcome
  ) -> Outcome {
    let console = console
    self.console.out = { _ in }
    self.console.err = { _ in }
    report = CellReport(cell: cell, source: source, prose: prose)
    let start = Date()
    let outcome = body()
    report?.seconds = (Date().timeIntervalSince(start) * 1e6).rounded() / 1e6
    switch outcome {
    case .failed: report?.status = "error"
    case .syntaxError: report?.status = "syntax error"
    case .interrupted: report?.status = "interrupted"
    case .done, .quit: break
    }
    self.console = console
    if let report { console.out(report.json + "\n") }
    report = nil
    return outcome
  }
}
