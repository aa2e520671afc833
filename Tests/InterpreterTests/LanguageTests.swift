import Interpreter
import Testing

@Suite("The language")
struct LanguageTests {
  @Test(arguments: [
    ("1 + 2 * 3", "7"), ("2 ** 3 ** 2", "512"), ("-2 ** 2", "-4"), ("7 // 2", "3"), ("-7 // 2", "-4"),
    ("7 % 3", "1"), ("-7 % 3", "2"), ("7 / 2", "3.5"), ("1 / 3", "0.333333"), ("2 ** -1", "0.5"),
    ("1.5k", "1500"), ("64KiB", "65536"), ("30s", "30.0"), ("1e-3", "0.001"),
    ("true and not false", "true"), ("1 < 2", "true"), ("\"a\" + \"b\"", "\"ab\""),
    ("[1, 2] + [3]", "[1, 2, 3]"), ("[1, 2, 3][-1]", "3"), ("[1, 2, 3][0:2]", "[1, 2]"),
    ("[1, 2, 3][::-1]", "[3, 2, 1]"), ("(a=1, b=2).b", "2"), ("(a=1) with (a=5, c=2)", "(a=5, c=2)"),
    ("(a=1, b=2)[0]", "1"), ("\"x = \\(1 + 1)\"", "\"x = 2\""), ("1 == 1.0", "true"),
    ("[1, [2]] == [1, [2]]", "true"), ("if 1 > 2 { 3 } else { 4 }", "4"), ("none", "none"),
    ("1.0 ~= 1.0000001", "true"), ("1.0 ~= 1.1", "false"),
  ])
  func expressions(code: String, expected: String) throws {
    #expect(try Bench().show(code) == expected)
  }

  @Test(arguments: [
    ("x = 1\nx = x + 1\nx", "2"),
    ("fn f(n) = if n <= 1 { 1 } else { n * f(n - 1) }\nf(20)", "2432902008176640000"),
    ("fn f(a, b = a + 1) = a * b\nf(3)", "12"), ("fn f(a, b = 2) = a - b\nf(b=1, a=5)", "4"),
    ("s = 0\nfor i in range(5) { s = s + i }\ns", "10"),
    ("s = 0\nfor i in range(9) { if i == 3 { continue }\nif i == 5 { break }\ns = s + i }\ns", "7"),
    ("n = 0\nwhile n < 4 { n = n + 1 }\nn", "4"), ("(a, b) = (1, 2)\nb", "2"),
    ("fn f() { for i in range(9) { if i == 4 { return i } } }\nf()", "4"),
    ("[1, 2] |> map(x -> x * 10)", "[10, 20]"), ("f = x -> y -> x + y\nf(1)(2)", "3"),
    ("fn f() { k = 2\ng = x -> x * k\nk = 100\ng(3) }\nf()", "6"),
    ("fn f() { g = n -> if n == 0 { 0 } else { n + h(n) }\ng(2) }\nfn h(n) = 10\nf()", "12"),
    ("fn f() { fn g(n) = if n == 0 { 1 } else { n * g(n - 1) }\ng(5) }\nf()", "120"),
    ("y = 5\nfn f() = y\ny = 6\nf()", "6"), ("s = 0\nfor (a, b) in [(1, 2), (3, 4)] { s = s + a * b }\ns", "14"),
  ])
  func programs(code: String, expected: String) throws {
    #expect(try Bench().show(code) == expected)
  }

  @Test(arguments: [
    ("yy = 1\nyz", "E0401"), ("fn f() { x = x + 1 }\nf()", "E0402"), ("1 / 0", "E0505"),
    ("2 ** 64", "E0504"), ("1 + \"a\"", "E0501"), ("fn f(a) = a\nf()", "E0546"),
    ("fn f(a) = a\nf(b=1)", "E0543"), ("fn f(a) = a\nf(1, 2)", "E0545"), ("fn f(a) = a\nf(1, a=2)", "E0544"),
    ("3(4)", "E0540"), ("[1][5]", "E0514"), ("(a=1).b", "E0520"), ("if 1 { 2 }", "E0502"),
    ("expect 1 == 2", "E0600"), ("fn f(n) = f(n)\nf(1)", "E0542"), ("(a, b) = [1]", "E0511"),
    ("for x in 3 { x }", "E0517"), ("expect 1.0 ~= 1.1 within 0.01", "E0600"),
  ])
  func mistakes(code: String, expected: String) {
    #expect(Bench().mistake(code)?.diagnostic.code == expected)
  }

  @Test("An unknown name suggests the nearest one")
  func suggestion() {
    #expect(Bench().mistake("learning = 1\nlearnin")?.diagnostic.fix == "did you mean `learning`?")
  }

  @Test("The stack names the calls that led to a failure, innermost first")
  func stack() {
    let failure = Bench().mistake("fn f(x) = x / 0\nfn g(x) = f(x)\ng(1)")
    #expect(failure?.stack.map(\.name) == ["f", "g"])
    #expect(failure?.diagnostic.span?.text == "x / 0")
  }

  @Test("An interruption leaves a loop and keeps the values")
  func interruption() throws {
    let bench = Bench()
    try bench.run("n = 0")
    var polls = 0
    bench.interpreter.isInterrupted = {
      polls += 1
      return polls > 50
    }
    #expect(throws: Interrupted.self) { try bench.run("while true { n = n + 1 }") }
    bench.interpreter.isInterrupted = { false }
    #expect(try bench.show("n > 10") == "true")
  }
}
