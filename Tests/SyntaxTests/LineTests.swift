import Testing

@testable import Syntax

@Suite("Line ends") struct LineTests {
  static let accepted: [(String, String)] = [
    ("a\nb", "a\nb"), ("f(a,\n\n b\n)", "(call f a b)"), ("f(\n)", "(call f)"),
    ("(a\n+ b)", "(+ a b)"), ("[a\n, b]", "(list a b)"), ("x[a\n:b]", "(index x (: a b _))"),
    ("a +\nb", "(+ a b)"), ("a |>\n f", "(|> a f)"), ("a and\nb or\n c", "(or (and a b) c)"),
    ("x =\n 1", "(assign x 1)"), ("x ->\n x", "(lambda (parameters x) x)"),
    ("for x in\n y { }", "(for x y (block))"), ("fn f() =\n 1", "(fn f (parameters) 1)"),
    ("fn f() ->\n [B] = 1", "(fn f (parameters) (shape B) 1)"),
    ("f\n(a)", "f\na"), ("x\n[1]", "x\n(list 1)"), ("a\n-b", "a\n(- b)"),
    ("return_ = 1\nx", "(assign return_ 1)\nx"),
    ("if a {\nb\n\nc\n}\nd", "(if a (block b c))\nd"),
    // A brace restores line ends inside brackets; a bracket inside it ignores them again.
    (
      "f(x -> {\na\n-b\n(c\n+ d)\n},\n2)",
      "(call f (lambda (parameters x) (block a (- b) (+ c d))) 2)"
    ),
    ("(if a { b }\nelse { c })", "(if a (block b) (else (block c)))"),
    ("a + # c\n b", "(+ a b)"), ("fn f() { return\n1 }", "(fn f (parameters) (block (return) 1))"),
  ]

  @Test(arguments: accepted)
  func joins(text: String, tree: String) { #expect(dump(text) == tree) }

  static let refused: [(String, [String])] = [
    ("a\n+ b", ["E0212"]), ("a\n|> f", ["E0212"]), ("x.\ny", ["E0202"]), ("x\n.y", ["E0207"]),
    ("x\n= 1", ["E0207"]), ("fn f()\n= 1", ["E0201", "E0207"]), ("fn f()\n{ 1 }", ["E0204"]),
    ("if a { b }\nelse { c }", ["E0213"]), ("not\na", ["E0207"]),
    ("fn\nf() = 1", ["E0202", "E0208"]),
    ("module M()\n{ }", ["E0204"]), ("x -> x\n-> y", ["E0207"]), ("expect a\nwithin b", ["E0210"]),
  ]

  @Test(arguments: refused)
  func doesNotJoin(text: String, expected: [String]) { #expect(codes(text) == expected) }

  static let incomplete = [
    "(", "f(", "f(a", "f(a,", "[1,", "x = [", "x =", "a +", "a |>", "a and", "x ->", "for x in",
    "if a {", "if a {\n b", "if a {\n b\n", "if a { b } else {", "fn f(x) =", "fn f(x) {",
    "fn f(x", "fn f(x: [B,", "module M() {\n param A = 1\n", "method m() in prompt {",
    "f(x -> {", "f(x -> {\n a\n}", "f(\n\n", "x = (1 +", "x.f(a.", "while a { b(", "x with (",
    "x with (a =", "expect a ~=", "x[0:", "f(a # c", "a = # c", "(a,", "if a { # c",
    "fn f() {\n x = [1,\n",
    "if a and", "(not", "f(-", "-",
  ]

  @Test(arguments: incomplete)
  func isIncomplete(text: String) { #expect(Parser.parse(Source(text)).isIncomplete) }

  static let complete = [
    "", "a", "f(a)", "x = 1", "\"abc", "f(\"abc", "f(]", "f(a b", "x.", "if a", "fn f(x)", "fn",
    "for x", "while a", "import", "not", "}", "f(a))", "if a { b }", "# (", "## (", "x = 1 2 (",
    "\"\\(a", "5q + (", "fn f() {\n if x", "return (a", "f(a=1, a=2,", "a +\n)", "expect",
    "module M",
    "'abc' + (",
  ]

  @Test(arguments: complete)
  func isComplete(text: String) { #expect(!Parser.parse(Source(text)).isIncomplete) }
}
