import Glibc
import Testing

@testable import Terminal

@Suite struct TextTests {
  @Test(arguments: [
    ("", 0), ("abc", 3), ("é", 1), ("e\u{301}", 1), ("漢字", 4), ("ｆ", 2), ("ｶ", 1), ("한글", 4),
    ("\u{1112}\u{1161}\u{11AB}", 2), ("😀", 2), ("👨‍👩‍👧", 2), ("🇩🇪", 2), ("👍🏽", 2), ("❤️", 2), ("❤", 1),
    ("a\u{200B}b", 2), ("\u{1B}[1;31mred\u{1B}[0m", 3), ("→", 1), ("█", 1), ("⣿", 1),
    ("a\u{7}b", 2), ("\u{1B}", 0), ("🀄", 2), ("、", 2),
  ])
  func widths(_ text: String, _ width: Int) {
    #expect(displayWidth(text) == width)
  }

  @Test func padding() {
    #expect("漢".padded(to: 4) == "漢  ")
    #expect("漢".padded(to: 4, .right) == "  漢")
    #expect("ab".padded(to: 5, .center) == " ab  ")
    #expect("abcdef".padded(to: 3) == "abcdef")
  }

  @Test func truncation() {
    #expect("abcdef".truncated(to: 6) == "abcdef")
    #expect("abcdef".truncated(to: 4) == "abc…")
    #expect("漢字漢字".truncated(to: 4) == "漢…")
    #expect("\u{1B}[31mabcdef\u{1B}[0m".truncated(to: 3) == "\u{1B}[31mab…\u{1B}[0m")
    #expect("abc".truncated(to: 0) == "")
    #expect("abcdef".truncated(to: 4, mark: "") == "abcd")
  }

  @Test func wrapping() {
    #expect("the quick brown fox".wrapped(to: 10) == ["the quick", "brown fox"])
    #expect("a\n\nb".wrapped(to: 10) == ["a", "", "b"])
    #expect("漢字漢字漢".wrapped(to: 5) == ["漢字", "漢字", "漢"])
    #expect("  indented stays".wrapped(to: 12) == ["  indented", "stays"])
  }

  @Test func numbers() {
    #expect(fixed(-0.0001, 2) == "0.00")
    #expect(fixed(2.5, 1) == "2.5")
    #expect(compact(.nan) == "nan")
    #expect(compact(-.infinity) == "-inf")
    #expect(compact(123_456) == "1.235e+05")
  }

  @Test func commonPrefixAndListing() {
    let completion = Completion(replaceFrom: 0, candidates: ["évaluer", "évader", "éva"])
    #expect(completion.commonPrefix == "éva")
    #expect(completion.listing(width: 20, rows: 10) == ["évaluer  éva", "évader"])
    let many = Completion(replaceFrom: 0, candidates: (1...10).map { "c\($0)" })
    #expect(many.listing(width: 5, rows: 4) == ["c1", "c2", "c3", "… and 7 more"])
    #expect(Completion(replaceFrom: 0, candidates: []).commonPrefix == "")
  }

  @Test func styleRespectsItsSurroundings() {
    let color = ["TERM": "xterm-256color"]
    func uses(_ environment: [String: String], terminal: Bool = true, off: Bool = false) -> Bool {
      Style.detect(isTerminal: terminal, noColor: off, environment: environment).usesColor
    }
    #expect(uses(color))
    #expect(!uses(color, terminal: false))
    #expect(!uses(color, off: true))
    #expect(!uses(["TERM": "xterm", "NO_COLOR": "1"]))
    #expect(uses(["TERM": "xterm", "NO_COLOR": ""]))
    #expect(!uses(["TERM": "dumb"]))
    #expect(!uses([:]))
  }

  @Test func unicodeFollowsTheLocale() {
    func uses(_ environment: [String: String]) -> Bool {
      Style.detect(isTerminal: true, noColor: false, environment: environment).usesUnicode
    }
    #expect(uses([:]))
    #expect(uses(["LANG": "de_DE.UTF-8"]))
    #expect(!uses(["LANG": "de_DE.UTF-8", "LC_ALL": "C"]))
    #expect(!uses(["LANG": "de_DE.ISO-8859-1"]))
    #expect(uses(["LC_ALL": "", "LC_CTYPE": "C.utf8", "LANG": "C"]))
  }

  @Test func stylePaintsByRole() {
    let style = Style(usesColor: true)
    #expect(style(.error, "no") == "\u{1B}[1;31mno\u{1B}[0m")
    #expect(style(.error, "") == "")
    #expect(Style.plain(.error, "no") == "no")
    #expect(style.series(6, "x") == style.series(0, "x"))
  }

  @Test func sizeWithoutATerminal() throws {
    let descriptor = open("/dev/null", O_RDONLY)
    defer { close(descriptor) }
    #expect(TerminalSize.current(descriptor: descriptor) == TerminalSize(columns: 80, rows: 24))
    let terminal = try Pseudoterminal(columns: 93, rows: 17)
    #expect(
      TerminalSize.current(descriptor: terminal.program) == TerminalSize(columns: 93, rows: 17))
  }
}
