import Testing

@testable import Terminal

@Suite struct TableTests {
  @Test func alignsTextAndNumbers() {
    let table = Table(
      ["name", "params", "score"],
      rows: [
        ["lora", "1,024", "0.91"], ["漢字", "20", "12%"], ["é", "3.5 MB", "nan"], ["x", "-"],
      ])
    #expect(
      table.render() == """
        name  params  score
        ────  ──────  ─────
        lora   1,024   0.91
        漢字      20    12%
        é     3.5 MB    nan
        x          -
        """)
  }

  @Test func cutsTheWidestColumns() {
    let table = Table(
      ["a", "b"], rows: [["a very long text indeed", "short"], ["漢字漢字漢字漢字", "x\ny"]])
    #expect(
      table.render(width: 20) == """
        a              b
        ─────────────  ─────
        a very long …  short
        漢字漢字漢字…  x y
        """)
    let lines = table.render(width: 20).split(separator: "\n")
    #expect(lines.allSatisfy { displayWidth(String($0)) <= 20 })
  }

  @Test func titlesMayBeMissing() {
    #expect(Table(["", ""], rows: [["a", "1"], ["bc", "10"]]).render() == "a    1\nbc  10")
    #expect(Table([], rows: [["a"]]).render() == "")
    #expect(
      Table(["only"], rows: []).render(style: Style(usesColor: false, usesUnicode: false))
        == "only\n----")
  }

  @Test func coloursDoNotCountAsWidth() {
    let style = Style(usesColor: true)
    let table = Table(["n"], rows: [[style(.number, "1")], ["10"]])
    #expect(
      table.render(style: style)
        == " \u{1B}[1mn\u{1B}[0m\n" + "\u{1B}[2m──\u{1B}[0m\n \u{1B}[36m1\u{1B}[0m\n10")
  }

  @Test(arguments: [
    ("1.5e-3", true), ("1,024", true), ("-3", true), ("12%", true), ("3 MB", true), ("inf", true),
    ("rank 8", false), ("8 of 9", false), ("", false), ("blocks.0", false),
  ])
  func numbersAreRecognised(_ cell: String, _ isNumber: Bool) {
    #expect(Table.areNumbers([cell]) == isNumber)
  }
}
