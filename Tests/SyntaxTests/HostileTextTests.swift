import Foundation
import TestSupport
import Testing

@testable import Syntax

/// Texts that nobody would write, but that a reader must take in its stride: cut short, nested deeply, or very long.
@Suite("Hostile texts") struct HostileTextTests {
  @Test func everyPrefixOfTheCorpusParses() {
    for text in Corpus.all {
      for end in text.indices {
        let result = Parser.parse(Source(String(text[..<end])))
        // A cut text is either whole, unfinished, or wrong at a place inside it.
        #expect(!result.isIncomplete || result.hasErrors)
      }
    }
  }

  // MARK: Nesting

  /// What may stand in itself, and what closes it.
  static let nests: [(open: String, close: String)] = [
    ("(", ")"), ("[", "]"), ("f(", ")"), ("x -> ", ""), ("-", ""), ("not ", ""), ("a ** ", ""),
    ("x[", "]"), ("(a=", ")"), ("x -> {\n", "\n}"), ("if a {\n", "\n}"), ("for i in x {\n", "\n}"),
    ("fn f() {\n", "\n}"), ("module M() {\n", "\n}"), ("a with (b = ", ")"), ("\"\\(", ")\""),
    ("if a { 1 } else if b { ", " }"), ("a |> f(x -> {\n", "\n})"),
  ]

  @Test(arguments: nests)
  func deepNestingIsAMessage(_ nest: (open: String, close: String)) {
    for depth in [300, 20_000] {
      let text =
        String(repeating: nest.open, count: depth) + "1"
        + String(repeating: nest.close, count: depth)
      let result = Parser.parse(Source(text))
      #expect(result.hasErrors, "\(nest.open)")
      let codes = Set(result.errors.map(\.code))
      #expect(!codes.isDisjoint(with: ["E0218", "E0219", "E0108"]), "\(nest.open): \(codes)")
      #expect(!DiagnosticRenderer().render(result.diagnostics).isEmpty)
    }
  }

  // MARK: Time

  /// Pieces that are repeated. What takes the square of a text's length takes sixteen times as long for four times the text.
  static let pieces: [String] = [
    "(", ")", "[", "]", "{", "}", "(]", "({", "})", "\"", "\"\\(", "\\", "'", "' ", "a", "a ", "é",
    "1", "1 ",
    "1.", "1_", ",", ";", "\n", "\r\n", "#", "#> x\n", "## x\n", "# x\n", "x\n#> 1\n", "=", "->",
    "x -> ",
    "a.", "a + ", "a < ", "a(", "f(a=1, ", "f(a, ", "(a, b) = ", "if a { ", "else ", "} else {",
    "fn f(",
    "fn f(x) = ", "module M() { param a = 1 }\n", "with (", "a with (a = 1) ", "x = 1\n", "x = (\n",
    "$ ",
    "$", "30s ", "5q ", "\u{0}", "\"\\u{", "\"a\" ", "for i in ", "import \"a\"\n",
    "expect a within b\n",
    "x[1:2, ", "a |> ", "a = b = ", "method m(a) in ", "not ", "- ", "** ", "...", "new", "\t",
  ]

  static func processorSeconds(_ body: () -> Void) -> Double {
    var (start, end) = (timespec(), timespec())
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &start)
    body()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &end)
    return Double(end.tv_sec - start.tv_sec) + Double(end.tv_nsec - start.tv_nsec) / 1e9
  }

  private static func read(_ text: String) {
    let result = Parser.parse(Source(text))
    _ = SourceFormatter.format(result)
    _ = DiagnosticRenderer().render(result.diagnostics)
  }

  @Test(arguments: pieces)
  func aLongTextIsReadInTimeThatGrowsWithIt(_ piece: String) {
    // Alone, and behind brackets that stay open.
    for opening in ["", "("] {
      func seconds(_ size: Int) -> Double {
        let count = size / piece.utf8.count
        let text = String(repeating: opening, count: count) + String(repeating: piece, count: count)
        return Self.processorSeconds { Self.read(text) }
      }
      let long = seconds(8000)
      // Too little for a clock to tell a line from a square.
      guard long > 0.1 else { continue }
      let ratio = long / max(seconds(2000), 1e-6)
      #expect(
        ratio < 10, "\(piece.debugDescription) takes \(ratio) times as long for four times the text"
      )
    }
  }

  @Test func manyNamesTakeNoTime() {
    let names = (0..<10_000).map { "a\($0)=1" }.joined(separator: ", ")
    for text in [
      "f(\(names))", "fn f(\(names)) = 1", "x with (\(names))", "module M(\(names)) {}",
      "(\(names))",
    ] {
      let seconds = Self.processorSeconds { Self.read(text) }
      #expect(seconds < 10, "\(text.prefix(12)) takes \(seconds) s")
    }
  }

  /// Blocks in blocks whose heads are too long for a line: each is laid out once.
  @Test func nestedChainsAreLaidOutOnce() {
    let long = String(repeating: "a", count: 99)
    for head in [
      "\(long) |> f(x -> {\n", "\(long) + f(x -> {\n", "f(\(long), x -> {\n", "(\(long))(x -> {\n",
    ] {
      let text = String(repeating: head, count: 40) + "1" + String(repeating: "\n})", count: 40)
      let seconds = Self.processorSeconds {
        let once = SourceFormatter.format(Source(text))
        #expect(once != nil && once.flatMap { SourceFormatter.format(Source($0)) } == once)
      }
      #expect(seconds < 10, "\(head.suffix(8)) takes \(seconds) s")
    }
  }
}
