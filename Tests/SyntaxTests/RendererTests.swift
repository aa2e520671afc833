import Testing

@testable import Syntax

@Suite("Renderer") struct RendererTests {
  @Test func tabsAreExpanded() {
    #expect(
      rendered("\tx =\tf(1 2)") == """
        error[E0201]: expected `,` or `)`, but found the number `2`
         --> lesson.peft:1:10
          |
        1 |     x = f(1 2)
          |             ^
          |          - opened here
        """)
  }

  @Test func longLinesAreCutAroundTheMark() {
    let name = String(repeating: "n", count: 30)
    let lines = rendered("f(\(name), \(name), \(name) x, \(name))", width: 60)
      .split(separator: "\n")
    #expect(lines.allSatisfy { displayWidth(of: $0) <= 60 })
    let mark = lines.firstIndex { $0.contains("^") } ?? 0
    let column = lines[mark].distance(
      from: lines[mark].startIndex, to: lines[mark].firstIndex(of: "^") ?? lines[mark].endIndex)
    #expect(Array(lines[mark - 1])[column] == "x")
    #expect(lines[mark - 1].hasPrefix("1 | …"))
  }

  @Test func messagesAreWrapped() {
    let words = Array(repeating: "word", count: 30).joined(separator: " ")
    let text = DiagnosticRenderer(width: 10).render(
      Diagnostic("E0900", words, at: nil, note: words, fix: words))
    #expect(text.split(separator: "\n").allSatisfy { $0.count <= 40 })
    #expect(text.split { " \n".contains($0) }.filter { $0 == "word" }.count == 90)
  }

  @Test func otherSourcesAreNamed() {
    let (one, two) = (Source("a b", name: "one"), Source("\n  c", name: "two"))
    let diagnostic = Diagnostic(
      "E0900", "m", at: Span(2, 3, one), secondary: [.init(Span(3, 4, two), "here")])
    #expect(
      DiagnosticRenderer().render(diagnostic) == """
        error[E0900]: m
         --> one:1:3
          |
        1 | a b
          |   ^
         ::: two:2:3
        2 |   c
          |   - here
        """)
  }

  @Test func partsAreStyled() {
    let style: DiagnosticRenderer.Style = { role, text in "<\(role):\(text)>" }
    let source = Source("a", name: "s")
    let text = DiagnosticRenderer(style: style).render(
      Diagnostic("W1", "m", at: Span(0, 1, source), severity: .warning, fix: "f"))
    #expect(text.hasPrefix("<warning:warning[W1]: ><message:m>\n<place: --> s:1:1>"))
    #expect(text.hasSuffix("<caret:^>\n<fix:fix: >f"))
  }

  @Test func widths() {
    #expect(displayWidth(of: "aé漢\u{1F600}e\u{301}") == 7)
  }
}
