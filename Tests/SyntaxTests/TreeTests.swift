import Testing

@testable import Syntax

@Suite("Tree") struct TreeTests {
  static let expressions: [(String, String)] = [
    // Literals.
    ("1_000", "1000"), ("0.5", "0.5"), ("1e-3", "0.001"), ("2.5E+2", "250.0"), ("30s", "30s"),
    ("64KiB", "64KiB"), ("1.5k", "1.5k"), ("true", "true"), ("none", "none"),
    (#""a\n\u{3b1}\\""#, #""a\nα\\""#), (#""""#, #""""#),
    (#""a \(b + 1) c""#, #"(string "a " (+ b 1) " c")"#),
    (#""\(f("x\(y)"))""#, #"(string (call f (string "x" y)))"#),
    ("α", "α"), ("in_features", "in_features"), ("params", "params"), ("news", "news"),
    // Contextual words are names elsewhere.
    ("module + method", "(+ module method)"), ("state(param)", "(call state param)"),
    ("within", "within"), ("new", "new"), ("x.in", "(. x in)"),
    ("f(if=1)", "(call f (= if 1))"), ("with.as", "(. with as)"),
    ("x[new + 1]", "(index x (+ new 1))"),
    // Precedence, loosest first.
    ("a |> f or b", "(|> a (or f b))"), ("a or b and c", "(or a (and b c))"),
    ("not a and b", "(and (not a) b)"), ("not a == b", "(not (== a b))"),
    ("not not a", "(not (not a))"), ("a and not b", "(and a (not b))"),
    ("a + b < c * d", "(< (+ a b) (* c d))"), ("a ~= b + c", "(~= a (+ b c))"),
    ("a - b - c", "(- (- a b) c)"), ("a * b @ c / d // e % f", "(% (// (/ (@ (* a b) c) d) e) f)"),
    ("a + b @ c", "(+ a (@ b c))"), ("-a * b", "(* (- a) b)"), ("a * -b", "(* a (- b))"),
    ("-a ** b", "(- (** a b))"), ("a ** -b", "(** a (- b))"), ("a ** b ** c", "(** a (** b c))"),
    ("2 ** -3 ** 2", "(** 2 (- (** 3 2)))"), ("--a", "(- (- a))"),
    ("-a.b(c)", "(- (call (. a b) c))"),
    ("a ** b.c", "(** a (. b c))"), ("(a + b) * c", "(* (+ a b) c)"),
    ("a - (b - c)", "(- a (- b c))"),
    ("a |> f |> g(1)", "(|> (|> a f) (call g 1))"),
    ("a < b and b < c", "(and (< a b) (< b c))"), ("(a < b) == c", "(== (< a b) c)"),
    // Calls, indices, members, with.
    ("f()", "(call f)"), ("f(1, b=2,)", "(call f 1 (= b 2))"),
    ("f(a)(b)[c].d", "(. (index (call (call f a) b) c) d)"),
    ("x[0:3, :, -1, new, ...]", "(index x (: 0 3 _) (: _ _ _) (- 1) new ...)"),
    ("x[::2, 1:, :n]", "(index x (: _ _ 2) (: 1 _ _) (: _ n _))"),
    ("b with (w = 1, \"a.b\" = 2).c", "(. (with b (= w 1) (= \"a.b\" 2)) c)"),
    ("a + b with (c = d)", "(+ a (with b (= c d)))"),
    // Lists and tuples.
    ("[]", "(list)"), ("[1, [2],]", "(list 1 (list 2))"), ("()", "(tuple)"), ("(a)", "a"),
    ("((a))", "a"),
    ("(a,)", "(tuple a)"), ("(a, b)", "(tuple a b)"), ("(rank=8)", "(tuple (= rank 8))"),
    ("(rank=8, alpha=16)", "(tuple (= rank 8) (= alpha 16))"), ("(1, b=2)", "(tuple 1 (= b 2))"),
    // Lambdas.
    ("x -> x + 1", "(lambda (parameters x) (+ x 1))"),
    ("x -> a |> f", "(lambda (parameters x) (|> a f))"),
    ("x -> y -> x", "(lambda (parameters x) (lambda (parameters y) x))"),
    ("() -> 1", "(lambda (parameters) 1)"),
    ("(a, b = 2) -> a", "(lambda (parameters a (b 2)) a)"),
    ("(x: [B, 3]) -> x", "(lambda (parameters (x (shape B 3))) x)"),
    ("f(x -> x, y)", "(call f (lambda (parameters x) x) y)"),
    ("a |> (x -> x)", "(|> a (lambda (parameters x) x))"),
    ("() -> { a; b }", "(lambda (parameters) (block (silenced a) b))"),
    // if.
    ("if a { b }", "(if a (block b))"), ("if a {} else {}", "(if a (block) (else (block)))"),
    ("if a { b } else if c { d } else { e }", "(if a (block b) c (block d) (else (block e)))"),
    ("1 + if a { b } else { c }", "(+ 1 (if a (block b) (else (block c))))"),
  ]

  @Test(arguments: expressions)
  func expression(text: String, tree: String) { #expect(dump(text) == tree) }

  static let statements: [(String, String)] = [
    ("x = 1", "(assign x 1)"), ("x = y -> y", "(assign x (lambda (parameters y) y))"),
    ("(a, b) = f()", "(assign (names a b) (call f))"),
    ("(a,) = f()", "(assign (names a) (call f))"),
    ("a = 1; b", "(silenced (assign a 1))\nb"), (";", "(silenced (empty))"), ("", ""), ("\n\n", ""),
    ("state = 3", "(assign state 3)"), ("module = method", "(assign module method)"),
    (
      "fn f(x: [..., In], k = 1, s: [_, 3] = z) -> [..., Out] = x",
      "(fn f (parameters (x (shape ... In)) (k 1) (s (shape _ 3) z)) (shape ... Out) x)"
    ),
    ("fn f() { return }", "(fn f (parameters) (block (return)))"),
    ("fn f() { return 1; }", "(fn f (parameters) (block (silenced (return 1))))"),
    (
      "module M(base, r = 8) { param A = r\n state s = A\n x = 1\n fn forward(x) = x\n if r { param B = 1 } }",
      "(module M (parameters base (r 8)) (block (param A r) (state s A) (assign x 1) "
        + "(fn forward (parameters x) x) (if r (block (param B 1)))))"
    ),
    (
      "method m(model, at = model.targets) in prompt { model }",
      "(method m (parameters model (at (. model targets))) (in prompt) (block model))"
    ),
    ("for x in [1, 2] { print(x) }", "(for x (list 1 2) (block (call print x)))"),
    (
      "for (a, b) in z { break; continue }",
      "(for (names a b) z (block (silenced (break)) (continue)))"
    ),
    ("while a < b { a = a + 1 }", "(while (< a b) (block (assign a (+ a 1))))"),
    ("import \"a.peft\"", "(import \"a.peft\")"),
    ("import \"a.peft\" as b", "(import \"a.peft\" b)"),
    ("expect a == b", "(expect (== a b))"),
    ("expect (a)(b) ~= c within 1e-4", "(expect (~= (call a b) c) (within 0.0001))"),
    ("## p\n## q\nfn f() = 1", "(prose \"p\" \"q\")\n(fn f (parameters) (doc \"p\\nq\") 1)"),
    ("## p\n\nfn f() = 1", "(prose \"p\")\n(fn f (parameters) 1)"),
    ("a # c\n# d\nb", "(commented a \"c\")\n(comment \"d\")\nb"),
    ("a\n#> 1\n#> 2\n#\nb", "(golden a \"1\" \"2\")\n(comment \"\")\nb"),
    ("if a { # c\n b\n # d\n}", "(if a (block (head \"c\") b (comment \"d\")))"),
    ("\u{FEFF}a\r\nb\r\n", "a\nb"),
  ]

  @Test(arguments: statements)
  func statement(text: String, tree: String) { #expect(dump(text) == tree) }

  static let quantities: [(String, Number)] = [
    ("30s", .float(30)), ("5m", .float(300)), ("2h", .float(7200)), ("100ms", .float(0.1)),
    ("64KiB", .integer(65536)), ("2MiB", .integer(2_097_152)), ("1GiB", .integer(1_073_741_824)),
    ("3KB", .integer(3000)), ("3MB", .integer(3_000_000)), ("3GB", .integer(3_000_000_000)),
    ("1.5k", .integer(1500)), ("2M", .integer(2_000_000)), ("0.0001k", .float(0.1)),
    ("9000000000000000000k", .float(9e21)),
  ]

  @Test(arguments: quantities)
  func quantity(text: String, value: Number) throws {
    let statement = try #require(Parser.parse(Source(text)).statements.first)
    guard case .expression(let expression) = statement.kind,
      case .quantity(let quantity) = expression.kind
    else {
      Issue.record("no quantity: \(text)")
      return
    }
    #expect(quantity.value == value)
  }

  @Test func declarationsKeepTheirText() throws {
    let result = Parser.parse(Source("a; fn f(x) = x  # c\nmodule M() { }\n"))
    let texts = result.statements.map(\.span.text)
    #expect(texts == ["a", "fn f(x) = x", "module M() { }"])
    guard case .function(let declaration) = result.statements[1].kind else {
      Issue.record("no function")
      return
    }
    #expect(declaration.span.text == "fn f(x) = x")
  }

  @Test func spansOfParentheses() throws {
    let result = Parser.parse(Source("(a + b) * c"))
    guard case .expression(let product) = result.statements[0].kind,
      case .binary(.multiply, let left, _, let symbol) = product.kind
    else {
      Issue.record("no product")
      return
    }
    #expect(left.span.text == "(a + b)")
    #expect(left.bareSpan.text == "a + b")
    #expect(symbol.text == "*")
    #expect(product.height == 3)
  }

  @Test func dumpAsJSON() {
    let result = Parser.parse(Source("x = \"a\\\"\"\nf(1)"))
    #expect(result.dump.map(\.json) == [#"["assign", "x", "\"a\\\"\""]"#, #"["call", "f", "1"]"#])
  }
}
