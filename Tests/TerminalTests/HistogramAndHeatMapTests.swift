import Testing

@testable import Terminal

@Suite struct HistogramAndHeatMapTests {
  private let ascii = Style(usesColor: false, usesUnicode: false)

  @Test func histogram() {
    let text = Histogram([1, 2, 2, 3, 3, 3, 3.5, .nan], bins: 4, title: "h").render(width: 30)
    #expect(
      text == """
        h
        [1.0, 1.5) │███▌ 1
        [1.5, 2.0) │ 0
        [2.0, 2.5) │███████ 2
        [2.5, 3.0) │ 0
        [3.0, 3.5] │██████████████ 4
        1 not finite
        """)
  }

  @Test func histogramOfAConstant() {
    let text = Histogram([0.5, 0.5, 0.5], bins: 4).render(width: 30, style: ascii)
    #expect(
      text == """
        [0.2, 0.3) | 0
        [0.3, 0.4) | 0
        [0.4, 0.5) | 0
        [0.5, 0.6) |############## 3
        [0.6, 0.7) | 0
        [0.7, 0.8] | 0
        """)
  }

  @Test func histogramOfNothing() {
    let text = Histogram([.nan]).render()
    #expect(
      text == """
        (no finite values)
        1 not finite
        """)
  }

  @Test func binLimitsAreExact() {
    let text = Histogram((0..<100).map { Double($0) / 100 }, bins: 10).render(width: 40)
    #expect(
      text == """
        [0.0, 0.1) │███████████████████████ 10
        [0.1, 0.2) │███████████████████████ 10
        [0.2, 0.3) │███████████████████████ 10
        [0.3, 0.4) │███████████████████████ 10
        [0.4, 0.5) │███████████████████████ 10
        [0.5, 0.6) │███████████████████████ 10
        [0.6, 0.7) │███████████████████████ 10
        [0.7, 0.8) │███████████████████████ 10
        [0.8, 0.9) │███████████████████████ 10
        [0.9, 1.0] │███████████████████████ 10
        """)
  }

  @Test func heatMapWithLabels() {
    let text = HeatMap(
      [[1, 0, 0.2], [0.3, 0.5, .nan], [0.9, 0.1, 0.6]], rowLabels: ["the", "cat", "漢字"],
      columnLabels: ["the", "cat", "sat"], title: "attention"
    ).render(width: 40)
    #expect(
      text == """
        attention
             t c s
             h a a
             e t t
        the  ██  ░░
        cat  ░░▒▒??
        漢字 ██  ▓▓
        0  ░▒▓█ 1
        """)
  }

  @Test func largeHeatMapShowsMeans() {
    let text = HeatMap((0..<8).map { i in (0..<100).map { Double($0 + i) } }).render(
      width: 20, height: 4, style: ascii)
    #expect(
      text == """
           ..::--==++**##%%@
          ..::--==++**##%%@@
          ..::--==++**##%%@@
         ..::--==++**##%%@@@
        2.5  .:-=+*#%@ 103.5
        """)
  }

  @Test func constantHeatMap() {
    let text = HeatMap([[2, 2]]).render()
    #expect(
      text == """
        ▒▒▒▒
        all 2
        """)
  }

  @Test func emptyHeatMap() {
    let text = HeatMap([]).render()
    #expect(
      text == """
        (no values)
        """)
  }

  @Test func heatMapInColour() {
    let text = HeatMap([[0, 1]]).render(style: Style(usesColor: true))
    #expect(text.hasPrefix("\u{1B}[48;5;17m  \u{1B}[0m\u{1B}[48;5;226m  \u{1B}[0m\n0 "))
    #expect(displayWidth(text.split(separator: "\n").last.map(String.init) ?? "") == 16)
  }
}
