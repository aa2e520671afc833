import Testing

@testable import Syntax

// Each pair is a text and what is printed for it, to the letter.
@Suite("Diagnostics: Words, numbers, declarations and recovery, 2") struct DiagnosticContext2Tests {
  static let cases: [(String, String)] = [
    (
      #"""
      漢字 = f("日本", x y)
      """#,
      #"""
      error[E0201]: expected `,` or `)`, but found `y`
       --> lesson.peft:1:16
        |
      1 | 漢字 = f("日本", x y)
        |                    ^
        |         - opened here
      """#
    ),
    (
      #"""
      import foo
      """#,
      #"""
      error[E0201]: expected a path in quotes behind `import`, but found `foo`
       --> lesson.peft:1:8
        |
      1 | import foo
        |        ^^^
      fix: write `import "file.peft"`
      """#
    ),
    (
      #"""
      (a, b.c) = 3
      """#,
      #"""
      error[E0208]: only names can stand in `(a, b) = …`
       --> lesson.peft:1:1
        |
      1 | (a, b.c) = 3
        | ^^^^^^^^
      """#
    ),
    (
      #"""
      #> 3
      """#,
      #"""
      warning[W0220]: expected output without a statement directly above it
       --> lesson.peft:1:1
        |
      1 | #> 3
        | ^^^^
      note: `#>` lines belong under the statement that prints them
      """#
    ),
    (
      #"""
      "\(a b)"
      """#,
      #"""
      error[E0226]: expected `)` behind the expression in `\(…)`, but found `b`
       --> lesson.peft:1:6
        |
      1 | "\(a b)"
        |      ^
      """#
    ),
    (
      #"""
      x = “hi”
      """#,
      #"""
      error[E0101]: `“` is no part of the language
       --> lesson.peft:1:5
        |
      1 | x = “hi”
        |     ^^^^
      fix: strings stand in plain double quotes: "…"
      """#
    ),
    (
      #"""
      while x: y
      """#,
      #"""
      error[E0201]: expected `{` for a `while`, but found `:`
       --> lesson.peft:1:8
        |
      1 | while x: y
        |        ^
      fix: bodies stand in braces: `{ … }`
      """#
    ),
    (
      #"""
      fn f() {
        if x
      """#,
      #"""
      error[E0201]: expected `{` for an `if`, but the text ends
       --> lesson.peft:2:7
        |
      2 |   if x
        |       ^
      fix: bodies stand in braces: `{ … }`

      error[E0205]: `{` is not closed
       --> lesson.peft:2:7
        |
      1 | fn f() {
        |        - opened here
      2 |   if x
        |       ^
      fix: add `}`
      """#
    ),
    (
      #"""
      for x in
      """#,
      #"""
      error[E0207]: expected an expression, but the text ends
       --> lesson.peft:1:9
        |
      1 | for x in
        |         ^
      """#
    ),
    (
      #"""
      f("abc
      """#,
      #"""
      error[E0105]: the string is not closed on its line
       --> lesson.peft:1:3
        |
      1 | f("abc
        |   ^
      fix: add a `"`

      error[E0205]: `(` is not closed
       --> lesson.peft:1:7
        |
      1 | f("abc
        |       ^
        |  - opened here
      fix: add `)`
      """#
    ),
    (
      #"""
      x = f(a,
        b
      fn g(x) {
        y = 1
      }
      z = )
      w = 2
      """#,
      #"""
      error[E0205]: `(` is not closed
       --> lesson.peft:2:4
        |
      1 | x = f(a,
        |      - opened here
      2 |   b
        |    ^
      fix: add `)`

      error[E0207]: expected an expression, but found `)`
       --> lesson.peft:6:5
        |
      6 | z = )
        |     ^
      """#
    ),
    (
      #"""
      f(a
        b,
        c)
      d
      """#,
      #"""
      error[E0201]: expected `,` or `)`, but found `b`
       --> lesson.peft:2:3
        |
      1 | f(a
        |  - opened here
      2 |   b,
        |   ^
      """#
    ),
    (
      #"""
      fn f(x) {
        a b
        c = )
        return x
      }
      y = 1 2
      z = 3
      """#,
      #"""
      error[E0210]: expected the end of the statement, but found `b`
       --> lesson.peft:2:5
        |
      2 |   a b
        |     ^
      fix: start a new line, or separate statements with `;`

      error[E0207]: expected an expression, but found `)`
       --> lesson.peft:3:7
        |
      3 |   c = )
        |       ^

      error[E0210]: expected the end of the statement, but found the number `2`
       --> lesson.peft:6:7
        |
      6 | y = 1 2
        |       ^
      fix: start a new line, or separate statements with `;`
      """#
    ),
    (
      #"""
      x = [1, 2
      y = 3
      """#,
      #"""
      error[E0205]: `[` is not closed
       --> lesson.peft:1:10
        |
      1 | x = [1, 2
        |          ^
        |     - opened here
      fix: add `]`
      """#
    ),
    (
      #"""
      def f(x):
        return x
      """#,
      #"""
      error[E0210]: `def` is not a word of the language
       --> lesson.peft:1:1
        |
      1 | def f(x):
        | ^^^
      fix: a function is `fn name(x) = …` or `fn name(x) { … }`

      error[E0302]: `return` stands outside a function
       --> lesson.peft:2:3
        |
      2 |   return x
        |   ^^^^^^
      """#
    ),
    (
      #"""
      x = 5kib
      """#,
      #"""
      error[E0102]: `kib` is no unit
       --> lesson.peft:1:6
        |
      1 | x = 5kib
        |      ^^^
      note: units: ms, s, m, h, KB, MB, GB, KiB, MiB, GiB, k, M
      fix: did you mean `KiB`?
      """#
    ),
    (
      #"""
      fn f(x: [..., A, ...]) = x
      """#,
      #"""
      error[E0217]: a shape has at most one `...`
       --> lesson.peft:1:18
        |
      1 | fn f(x: [..., A, ...]) = x
        |                  ^^^
      """#
    ),
    (
      #"""
      x = a = b
      """#,
      #"""
      error[E0210]: a statement has one `=`
       --> lesson.peft:1:7
        |
      1 | x = a = b
        |       ^
      fix: to compare write `==`
      """#
    ),
    (
      #"""
      x = fn y
      """#,
      #"""
      error[E0207]: expected an expression, but found `fn`
       --> lesson.peft:1:5
        |
      1 | x = fn y
        |     ^^
      fix: a function without a name is a lambda: `(x) -> …`
      """#
    ),
    (
      #"""
      f(a
        b c)
      """#,
      #"""
      error[E0201]: expected `,` or `)`, but found `b`
       --> lesson.peft:2:3
        |
      1 | f(a
        |  - opened here
      2 |   b c)
        |   ^
      """#
    ),
  ]

  @Test(arguments: cases)
  func isPrinted(text: String, expected: String) {
    #expect(rendered(text) == expected)
  }
}
