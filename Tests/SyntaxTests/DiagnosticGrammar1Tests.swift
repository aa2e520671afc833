import Testing

@testable import Syntax

// Each pair is a text and what is printed for it, to the letter.
@Suite("Diagnostics: Statements and brackets, 1") struct DiagnosticGrammar1Tests {
  static let cases: [(String, String)] = [
    (
      #"""
      x = (1 +
      """#,
      #"""
      error[E0207]: expected an expression, but the text ends
       --> lesson.peft:1:9
        |
      1 | x = (1 +
        |         ^
      """#
    ),
    (
      #"""
      f(a
      y = g(b)
      z = 3
      """#,
      #"""
      error[E0205]: `(` is not closed
       --> lesson.peft:1:4
        |
      1 | f(a
        |    ^
        |  - opened here
      fix: add `)`
      """#
    ),
    (
      #"""
      a.b = 3
      """#,
      #"""
      error[E0208]: `a.b` cannot be assigned: values do not change
       --> lesson.peft:1:1
        |
      1 | a.b = 3
        | ^^^
      fix: make a changed copy: `a = a with (b = …)`
      """#
    ),
    (
      #"""
      x[0] = 3
      """#,
      #"""
      error[E0208]: `x[0]` cannot be assigned: values do not change
       --> lesson.peft:1:1
        |
      1 | x[0] = 3
        | ^^^^
      fix: make a changed copy, with `with (…)` for a path in a model
      """#
    ),
    (
      #"""
      f(x) = x + 1
      """#,
      #"""
      error[E0208]: a call cannot be assigned
       --> lesson.peft:1:1
        |
      1 | f(x) = x + 1
        | ^^^^
      fix: to define a function write `fn f(…) = …`
      """#
    ),
    (
      #"""
      x += 1
      """#,
      #"""
      error[E0209]: the language has no `+=`
       --> lesson.peft:1:3
        |
      1 | x += 1
        |   ^^
      fix: write `x = x + …`
      """#
    ),
    (
      #"""
      a < b < c
      """#,
      #"""
      error[E0220]: comparisons cannot be chained
       --> lesson.peft:1:7
        |
      1 | a < b < c
        |       ^
      fix: write `a < b and b < …`
      """#
    ),
    (
      #"""
      a
      |> f
      """#,
      #"""
      error[E0212]: a line cannot start with `|>`
       --> lesson.peft:2:1
        |
      2 | |> f
        | ^^
      note: the line above is already complete without it
      fix: end the line above with `|>`, or put the whole in parentheses
      """#
    ),
    (
      #"""
      if x
      { a }
      """#,
      #"""
      error[E0204]: the `{` of an `if` stands on a line of its own
       --> lesson.peft:2:1
        |
      2 | { a }
        | ^
      fix: put it at the end of the line above
      """#
    ),
    (
      #"""
      if x { a }
      else { b }
      """#,
      #"""
      error[E0213]: `else` has no `if` in front of it
       --> lesson.peft:2:1
        |
      2 | else { b }
        | ^^^^
      fix: put it on the line of the `}` that closes the `if`: `} else {`
      """#
    ),
    (
      #"""
      if x = 3 { a }
      """#,
      #"""
      error[E0214]: `=` does not compare
       --> lesson.peft:1:6
        |
      1 | if x = 3 { a }
        |      ^
      fix: write `if … == … {`
      """#
    ),
    (
      #"""
      def f(x): 3
      """#,
      #"""
      error[E0210]: `def` is not a word of the language
       --> lesson.peft:1:1
        |
      1 | def f(x): 3
        | ^^^
      fix: a function is `fn name(x) = …` or `fn name(x) { … }`
      """#
    ),
    (
      #"""
      elif x { a }
      """#,
      #"""
      error[E0210]: `elif` is not a word of the language
       --> lesson.peft:1:1
        |
      1 | elif x { a }
        | ^^^^
      fix: write `} else if … {`
      """#
    ),
  ]

  @Test(arguments: cases)
  func isPrinted(text: String, expected: String) {
    #expect(rendered(text) == expected)
  }
}
