import Testing

@testable import Syntax

@Suite("Refusals") struct RefusalTests {
  static let refused: [(String, [String])] = [
    ("1.", ["E0104"]), ("5x", ["E0102"]), ("1e400", ["E0103"]), ("$", ["E0101"]),
    ("\"\\u{110000}\"", ["E0106"]), ("\"\\()\"", ["E0207"]), ("\"\\(a", ["E0105"]),
    ("f(a, ,b)", ["E0207"]), ("f(,)", ["E0207"]), ("f(a;b)", ["E0201"]), ("[a=1]", ["E0201"]),
    ("(a=1, a=2)", ["E0217"]), ("(a=1, 2)", ["E0223"]), ("m with (a)", ["E0201"]),
    ("m with (1 = 2)", ["E0202"]), ("m with (a = 1, a = 2)", ["E0217"]),
    ("with (a = 1).1", ["E0202"]),
    ("a == b == c", ["E0220"]), ("a ~= b < c", ["E0220"]), ("a or x -> b", ["E0211"]),
    ("1 -> 2", ["E0211"]), ("(a + b) -> c", ["E0201"]), ("(a, 1) -> c", ["E0202"]),
    ("(a) = 1", ["E0208"]), ("1 = 2", ["E0208"]), ("(a=b) = 1", ["E0208"]), ("() = 1", ["E0208"]),
    ("x -= 1", ["E0209"]), ("fn f(x) x", ["E0201"]), ("fn f x = 1", ["E0201"]),
    ("fn f(1) = 1", ["E0202"]),
    ("fn f(x: [B+1]) = 1", ["E0201"]), ("module M { }", ["E0201"]), ("module M() = 1", ["E0201"]),
    ("method m() in { }", ["E0202"]), ("method m() in wrong { }", ["E0216"]),
    ("for 1 in x { }", ["E0202"]),
    ("for x of y { }", ["E0201"]), ("import \"a\\(b)\"", ["E0226"]), ("expect", ["E0207"]),
    ("continue", ["E0303"]), ("fn f() { break }", ["E0303"]),
    ("while a { fn f() { break } }", ["E0303"]),
    ("module M() { return 1 }", ["E0302"]), ("fn f() { param A = 1 }", ["E0301"]),
    ("state s = 1", ["E0301"]),
    ("x[1:2:3:4]", ["E0201"]), ("x[...:2]", ["E0201"]), ("a b c d", ["E0210"]),
    ("a b\nc d", ["E0210", "E0210"]),
    ("else { a b }", ["E0210", "E0213"]), ("{", ["E0207"]), ("{ a }", ["E0207"]), (")", ["E0206"]),
    ("}\n}\na", ["E0206", "E0206"]), ("#> 1", ["W0220"]), ("x\n\n#> 1", ["W0220"]),
    ("a ? b", ["E0101"]),
    ("x := 1", ["E0101"]), ("!x", ["E0101"]),
  ]

  @Test(arguments: refused)
  func isRefused(text: String, expected: [String]) {
    #expect(codes(text).sorted() == expected.sorted(), "\(rendered(text))")
  }

  @Test func goesOnBehindMistakes() {
    let result = Parser.parse(
      Source("x = (1 2)\ny = 3\nfn f() {\n  a b\n  c\n}\nz = [1,\nw = 4\n"))
    #expect(
      result.dumpText == "(error)\n(assign y 3)\n(fn f (parameters) (block (error) c))\n(error)")
    #expect(result.diagnostics.map(\.code) == ["E0201", "E0210", "E0201"])
  }

  static let deep: [(String, String)] = [
    ("(", ")"), ("[", "]"), ("f(", ")"), ("-", ""), ("not ", ""), ("x -> ", ""), ("a ** ", ""),
    ("if a { ", "}"), ("fn f() { ", "}"), ("while a {\n", "\n}"), ("x[", "]"),
    ("a with (b = ", ")"),
    ("() -> {", "}"),
  ]

  @Test(arguments: deep)
  func nestingIsBounded(open: String, close: String) {
    func nested(_ count: Int) -> String {
      String(repeating: open, count: count) + "a" + String(repeating: close, count: count)
    }
    #expect(dump(nested(60)).hasPrefix("refused") == false)
    #expect(codes(nested(5000)).first == "E0218")
    #expect(codes(String(repeating: open, count: 5000)).first == "E0218")
  }

  @Test(arguments: [" + a", ".a", "(a)", "[a]", " |> a", " with (a = a)"])
  func chainsAreBounded(link: String) {
    let long = "a" + String(repeating: link, count: 400)
    #expect(codes(long) == [])
    #expect(SourceFormatter.format(Source(long)) != nil)
    #expect(codes("a" + String(repeating: link, count: 100_000)) == ["E0219"])
  }

  @Test func longElseChainsAreFlat() {
    let text = "if a { b }" + String(repeating: " else if a { b }", count: 3000)
    #expect(codes(text) == [])
  }

  @Test func stringsInStringsAreBounded() {
    let text = String(repeating: "\"\\(", count: 3000) + "a"
    #expect(codes(text).first == "E0105" || codes(text).first == "E0108")
    #expect(codes(text).contains("E0108"))
  }

  static let suggestionsWanted: [(String, [String], String?)] = [
    ("leraning", ["learning", "lr"], "learning"), ("lroa", ["lora", "loha", "ia3"], "lora"),
    ("Rank", ["rank", "alpha"], "rank"), ("x", ["y", "z"], nil),
    ("trian", ["train", "step"], "train"),
    ("banana", ["lora", "train"], nil), ("adamv", ["adamw", "adam"], "adam"), ("", ["a"], nil),
  ]

  @Test(arguments: suggestionsWanted)
  func suggestion(name: String, candidates: [String], expected: String?) {
    #expect(didYouMean(name, candidates) == expected)
  }

  @Test func suggestionsAreOrdered() {
    #expect(
      suggestions(for: "lora", among: ["loras", "lora2", "loha", "dora", "x"])
        == ["dora", "loha", "lora2"])
  }
}
