import Foundation
import Testing

@testable import Syntax

@Suite("Fuzz") struct FuzzTests {
  static let scraps =
    Token.Kind.allCases.map(\.rawValue)
    + [
      "\n", "\n\n", " ", "\t", "\"", "\\(", "\\", "# c\n", "## p\n", "#> g\n", "x", "with (",
      "within",
      "new", "param A = ", "state", "module M(", "method m(", "as", "1e-3", "5s", "5q", "1.", "é",
      "漢",
      "\u{1F600}", "\r\n", "\0", "'", "«", "else if", "} else {", "x -> {", "fn f(x) {", "+=", ":=",
    ]

  private static let lines = Corpus.all.flatMap { $0.split(separator: "\n").map(String.init) }

  private static func mutated(using random: inout Generator) -> String {
    let start = Int.random(in: 0..<lines.count, using: &random)
    let count = Int.random(in: 1...5, using: &random)
    var bytes = Array(lines[start..<min(start + count, lines.count)].joined(separator: "\n").utf8)
    for _ in 0..<Int.random(in: 1...4, using: &random) {
      let at = Int.random(in: 0...bytes.count, using: &random)
      let end = min(bytes.count, at + Int.random(in: 0...6, using: &random))
      switch Int.random(in: 0..<5, using: &random) {
      case 0: bytes.removeSubrange(at..<end)
      case 1: bytes.insert(contentsOf: bytes[at..<end], at: 0)
      case 2: bytes.removeSubrange(at...)
      default:
        if let scrap = scraps.randomElement(using: &random) {
          bytes.insert(contentsOf: scrap.utf8, at: at)
        }
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Millions of texts, for a run of hours; nil for the usual ones.
  static let millions = ProcessInfo.processInfo.environment["PEFT_REPL_FUZZ"].flatMap(Int.init)
  static let rounds = millions.map { $0 * 100 } ?? (GrammarAgreementTests.isFull ? 40 : 4)

  @Test(arguments: 1...UInt64(rounds))
  func mutatedTexts(seed: UInt64) {
    var random = Generator(state: seed)
    var valid = 0
    for _ in 0..<(GrammarAgreementTests.isFull || Self.millions != nil ? 10_000 : 5000) {
      let text = FuzzTests.mutated(using: &random)
      if let complaint = FuzzTests.complaint(about: text, valid: &valid) {
        Issue.record("\(complaint) for:\n\(text)")
        return
      }
    }
    #expect(valid > 200, "too few mutations are valid to try the formatter on")
  }

  /// What is wrong with the parse of a text, if anything.
  private static func complaint(about text: String, valid: inout Int) -> String? {
    let source = Source(text, name: "fuzz")
    let result = Parser.parse(source)
    let size = source.utf8.count
    var spans = result.diagnostics.flatMap { $0.secondary.map(\.span) }
    spans += result.diagnostics.compactMap(\.span) + result.items.map(\.span)
    if spans.contains(where: { $0.start < 0 || $0.end > size || $0.start > $0.end }) {
      return "span out of bounds"
    }
    let starts = result.items.map(\.span.start)
    if starts != starts.sorted() { return "items out of order" }
    if result.isIncomplete, !result.hasErrors { return "incomplete without an error" }
    let failed = result.statements.contains { if case .error = $0.kind { true } else { false } }
    if failed, !result.hasErrors { return "an error node without a diagnostic" }
    for diagnostic in result.diagnostics where diagnostic.message.isEmpty {
      return "an empty message"
    }
    if !result.diagnostics.isEmpty { _ = DiagnosticRenderer(width: 60).render(result.diagnostics) }
    guard !result.hasErrors else { return nil }
    valid += 1
    guard let once = SourceFormatter.format(result) else { return "not formatted" }
    let again = Parser.parse(Source(once))
    if again.dumpText != result.dumpText { return "the formatter changed the tree:\n\(once)" }
    if SourceFormatter.format(again) != once { return "the formatter is not stable:\n\(once)" }
    return nil
  }

  @Test func everyPrefixOfTheCorpusParses() {
    for text in Corpus.all {
      for end in text.indices {
        let result = Parser.parse(Source(String(text[..<end])))
        // A cut text is either whole, unfinished, or wrong at a place inside it.
        #expect(!result.isIncomplete || result.hasErrors)
      }
    }
  }
}
