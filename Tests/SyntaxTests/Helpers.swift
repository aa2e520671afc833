import Testing

@testable import Syntax

/// The tree of a text that must be without errors.
func dump(_ text: String) -> String {
  let result = Parser.parse(Source(text))
  if !result.diagnostics.isEmpty {
    return "refused: "
      + result.diagnostics.map { "\($0.code) \($0.message)" }
      .joined(separator: "; ")
  }
  return result.dumpText
}

/// The codes of a text's diagnostics, in order of place.
func codes(_ text: String) -> [String] {
  Parser.parse(Source(text)).diagnostics.map(\.code)
}

/// The rendered diagnostics of a text.
func rendered(_ text: String, width: Int = 100) -> String {
  DiagnosticRenderer(width: width).render(
    Parser.parse(Source(text, name: "lesson.peft")).diagnostics)
}
