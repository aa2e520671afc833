import Foundation
import Interpreter
import Syntax

/// What one cell did, as `--json` prints it: one object a line.
struct CellReport: Encodable {
  struct Place: Encodable {
    let file: String
    let line: Int
    let column: Int

    init(_ span: Span) {
      file = span.source.name
      line = span.line
      column = span.column
    }
  }

  struct Call: Encodable {
    let name: String
    let at: Place
  }

  struct Problem: Encodable {
    let severity: String
    let code: String
    let message: String
    let at: Place?
    let note: String?
    let fix: String?
    let calls: [Call]
  }

  /// A printed value: its type and the line of the statement that gave it.
  struct Printed: Encodable {
    let type: String
    let line: Int
  }

  let cell: Int
  var prose: String?
  let source: String
  /// `ok`, `error`, `syntax error`, `interrupted`.
  var status = "ok"
  var output = ""
  var values: [Printed] = []
  var problems: [Problem] = []
  var seconds = 0.0

  init(cell: Int, source: String, prose: String? = nil) {
    self.cell = cell
    self.source = source
    self.prose = prose
  }

  mutating func append(output text: String) { output += text }

  mutating func value(_ type: String, line: Int) { values.append(Printed(type: type, line: line)) }

  mutating func append(_ diagnostic: Diagnostic, stack: [StackEntry]) {
    problems.append(
      Problem(
        severity: diagnostic.severity.rawValue, code: diagnostic.code,
        message: diagnostic.message, at: diagnostic.span.map { Place($0) }, note: diagnostic.note,
        fix: diagnostic.fix, calls: stack.map { Call(name: $0.name, at: Place($0.span)) }))
  }

  /// One line of JSON, its keys in alphabetical order.
  var json: String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    guard let bytes = try? encoder.encode(self) else { return "{}" }
    return String(decoding: bytes, as: UTF8.self)
  }
}
