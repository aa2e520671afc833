import Testing

@testable import Terminal

@Suite struct XYPlotTests {
  private let ascii = Style(usesColor: false, usesUnicode: false)

  @Test func lineWithTitleAndLabels() {
    let text = XYPlot([.init("loss", [8, 4, 2, 1, 0.5])], title: "Loss", xLabel: "step").render(
      width: 24, height: 5)
    #expect(
      text == """
            Loss
        10 ┤
           │⠑⠢⡀
         5 ┤  ⠈⠑⠤⣀
           │      ⠉⠒⠢⢄⣀⡀
         0 ┤           ⠈⠉⠑⠒⠒⠒⠤⠤⠤
           └┬─────────┬────────┬
            0         2        4
                    step
        ── loss
        """)
  }

  @Test func seriesWithoutColourHaveMarks() {
    let text = XYPlot([.init("a", [0, 1, 2, 3]), .init("b", [3, 2, 1, 0])], yLabel: "y").render(
      width: 24, height: 5)
    #expect(
      text == """
           y
        4 ┤
          │××××             ••••
        2 ┤    ××××××•••••••
          │    ••••••×××××××
        0 ┤••••             ××××
          └┬────────────┬───────
           0            2
        • a   × b
        """)
  }

  @Test func seriesInASCII() {
    let text = XYPlot([.init("a", [0, 1, 2, 3]), .init("b", [3, 2, 1, 0])]).render(
      width: 24, height: 5, style: ascii)
    #expect(
      text == """
        4 +
          |xxxx             ****
        2 +    xxxxxx*******
          |    ******xxxxxxx
        0 +****             xxxx
          ++------------+-------
           0            2
        * a   x b
        """)
  }

  @Test func scatter() {
    let text = XYPlot([.init("", x: [0, 1, 2, 3], y: [0, 9, 1, 4])], mark: .points).render(
      width: 24, height: 4, style: ascii)
    #expect(
      text == """
        10 +      *
           |
         5 +                   *
           |
         0 +*            *
           ++------------+------
            0            2
        """)
  }

  @Test func gapsWhereValuesAreNotFinite() {
    let text = XYPlot([.init("", [1, .nan, 3, .infinity, 5, 6])]).render(
      width: 24, height: 4, style: ascii)
    #expect(
      text == """
        6 +                *****
        4 +        *
        2 +*
        0 +
          ++-------+-------+----
           0       2       4
        """)
  }

  @Test func constantSeries() {
    let text = XYPlot([.init("", [5, 5])]).render(width: 24, height: 4, style: ascii)
    #expect(
      text == """
        8 +
        6 +*********************
        4 +
        2 +
          ++---------+---------+
           0.0      0.5      1.0
        """)
  }

  @Test func noSeries() {
    let text = XYPlot([]).render(width: 24, height: 3, style: ascii)
    #expect(
      text == """
        1.0 +
        0.5 +
        0.0 +
            ++--------+--------+
             0.0     0.5     1.0
        (no finite values)
        """)
  }

  @Test func nothingFinite() {
    let text = XYPlot([.init("", [.nan])]).render(width: 24, height: 3, style: ascii)
    #expect(
      text == """
        1.0 +
        0.5 +
        0.0 +
            ++--------+--------+
             -1       0        1
        (no finite values)
        """)
  }

  @Test func largestNumbers() {
    let text = XYPlot([.init("", [1e300, -1e308, 1.7e308])]).render(
      width: 24, height: 4, style: ascii)
    #expect(
      text == """
                |             **
         1e+308 +           **
              0 +****     **
        -1e+308 +    *****
                ++------+------+
                 0      1      2
        """)
  }

  @Test func seriesInColourShareBraille() {
    let plot = XYPlot([.init("a", [0, 1]), .init("b", [1, 0])])
    let text = plot.render(width: 20, height: 3, style: Style(usesColor: true))
    #expect(text.contains("\u{1B}[36m──\u{1B}[0m a   \u{1B}[33m──\u{1B}[0m b"))
    #expect(text.contains("⠤"))
  }

  @Test(arguments: [
    (0.3, 0.2), (0.7, 0.5), (1.0, 1), (24.75, 20), (33.0, 50), (0.0, 1), (8e-9, 1e-8),
  ])
  func stepsAreRound(_ raw: Double, _ step: Double) {
    #expect(Axis.roundStep(raw).value == step)
  }

  @Test func everyLineFitsTheWidth() {
    let values = (0..<500).map { Double($0 * $0 % 977) * 1234.5 }
    for width in [30, 41, 72, 120] {
      let text = XYPlot([.init("a", values)], xLabel: "step").render(width: width, height: 9)
      #expect(text.split(separator: "\n").allSatisfy { displayWidth(String($0)) <= width })
      let bars = Histogram(values).render(width: width)
      #expect(bars.split(separator: "\n").allSatisfy { displayWidth(String($0)) <= width })
    }
  }
}
