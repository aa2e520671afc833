import Foundation
import Syntax
import TestSupport
import Testing

@testable import Session

/// The reader of golden lines on lines that nobody would write.
@Suite("Golden lines that nobody would write") struct GoldenLineTests {
  private static let scraps = [
    "…", "error ", "note: ", "fix: ", "1.5", "-0.25e-3", "1e", "1.5e-9223372036854775808",
    "9e999999999999999999999", ".", "-", "3 min 20 s", "8,000 tokens/s", "12 MB", "1,,.5 ms",
    "31 ms",
    "NaN", "  ", "\t", "é", "漢字", "tensor f32 [2, 3]", "#>", "##", "\u{0}", "1.0.0", "1e5e5",
  ]

  private static func line(_ random: inout Generator) -> String {
    (0..<Int.random(in: 0...4, using: &random))
      .map { _ in scraps.randomElement(using: &random) ?? "" }.joined()
  }

  private static func lines(_ random: inout Generator) -> [String] {
    (0..<Int.random(in: 0...8, using: &random)).map { _ in line(&random) }
  }

  @Test(arguments: [GoldenComparison(math: .exact), GoldenComparison(math: .fast)])
  func comparesAnything(_ comparison: GoldenComparison) {
    var random = Generator(state: 1)
    for _ in 0..<5000 {
      let (a, b) = (Self.lines(&random), Self.lines(&random))
      #expect(comparison.matches(a, a), "lines do not match themselves: \(a)")
      _ = comparison.matches(a, b)
      #expect(comparison.matches(["…"] + a, b + a), "… covers what stands in front: \(a)")
      _ = GoldenLines.compared(a, with: b)
    }
  }

  /// Read back, what an update writes is what was printed.
  @Test func anUpdateIsReadBack() {
    var random = Generator(state: 2)
    for _ in 0..<1000 {
      let printed = Self.lines(&random).map(GoldenLines.trimmed)
        .filter { !$0.contains("\u{0}") }
      let source = Source("f(x)  # c\n#> old\ny\n")
      let statement = Parser.parse(source).statements[0]
      var result = GoldenResult()
      result.blocks = [.init(statement: statement, actual: printed, isMatch: false)]
      let text = GoldenUpdate.updated(source, result)
      let read = Parser.parse(Source(text)).statements
      #expect(read.count == 2, "\(text)")
      #expect(read.first?.golden.map { GoldenLines.trimmed($0.text) } == printed, "\(text)")
    }
  }

  /// Digits and letters in their thousands, which a pattern that goes back and forth would never be done with.
  @Test func longLinesTakeNoTime() {
    for piece in ["1", "1,", "1.", "1a", "1 ", "-1", "1e", "12 min ", "a", " ", "1 tokens/"] {
      let line = String(repeating: piece, count: 100_000 / piece.count)
      for math in [GoldenComparison(math: .exact), GoldenComparison(math: .fast)] {
        #expect(math.matches(line: line, line + "") && !math.matches(line: line, line + "x"))
      }
    }
  }

  @Test func manyEllipsesTakeNoTime() {
    let comparison = GoldenComparison(math: .exact)
    let expected =
      Array(repeating: "…", count: 40) + ["b"] + Array(repeating: "…", count: 40) + ["c"]
    let actual = Array(repeating: "a", count: 400)
    #expect(!comparison.matches(expected, actual))
    #expect(comparison.matches(expected, actual + ["b", "c"]))
    #expect(comparison.matches(["a", "…", "b", "…"], ["a", "b", "a", "b", "c"]))
    #expect(!comparison.matches(["a", "…", "b"], ["a", "b", "c"]))
    #expect(comparison.matches(["…", "…"], []))
  }
}
