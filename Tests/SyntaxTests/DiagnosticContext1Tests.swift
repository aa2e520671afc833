import Testing

@testable import Syntax

// Each pair is a text and what is printed for it, to the letter.
@Suite("Diagnostics: Words, numbers, declarations and recovery, 1") struct DiagnosticContext1Tests {
  static let cases: [(String, String)] = [
    (
      #"""
      fn f(x, x) = x
      """#,
      #"""
      error[E0217]: the parameter `x` is given twice
       --> lesson.peft:1:9
        |
      1 | fn f(x, x) = x
        |         ^
        |      - first here
      """#
    ),
    (
      #"""
      f(a=1, a=2, 3)
      """#,
      #"""
      error[E0217]: the argument `a` is given twice
       --> lesson.peft:1:8
        |
      1 | f(a=1, a=2, 3)
        |        ^
        |   - first here

      error[E0223]: a positional argument stands behind a named one
       --> lesson.peft:1:13
        |
      1 | f(a=1, a=2, 3)
        |             ^
      fix: put it in front, or name it
      """#
    ),
    (
      #"""
      f(x: 3)
      """#,
      #"""
      error[E0222]: a named argument is written with `=`
       --> lesson.peft:1:4
        |
      1 | f(x: 3)
        |    ^
      fix: write `x=…`
      """#
    ),
    (
      #"""
      method m(x) in reparametrisation { x }
      """#,
      #"""
      error[E0216]: `reparametrisation` is no class of methods
       --> lesson.peft:1:16
        |
      1 | method m(x) in reparametrisation { x }
        |                ^^^^^^^^^^^^^^^^^
      note: classes: adapter, prompt, selective, reparameterisation, hybrid
      fix: did you mean `reparameterisation`?
      """#
    ),
    (
      #"""
      method m(x) { x }
      """#,
      #"""
      error[E0216]: a method names its class: `in …`
       --> lesson.peft:1:13
        |
      1 | method m(x) { x }
        |             ^
      note: classes: adapter, prompt, selective, reparameterisation, hybrid
      """#
    ),
    (
      #"""
      fn f(in) = 3
      """#,
      #"""
      error[E0203]: `in` is a reserved word, so it cannot be a parameter's name
       --> lesson.peft:1:6
        |
      1 | fn f(in) = 3
        |      ^^
      fix: choose another name, such as `in_`
      """#
    ),
    (
      #"""
      fn f(x: int) = 3
      """#,
      #"""
      error[E0201]: expected a shape, but found `int`
       --> lesson.peft:1:9
        |
      1 | fn f(x: int) = 3
        |         ^^^
      note: only shapes are declared; types are not
      fix: write it in brackets: `[batch, tokens, 64]`, `[..., width]`
      """#
    ),
    (
      #"""
      x.0
      """#,
      #"""
      error[E0202]: expected a member's name behind `.`, but found the number `0`
       --> lesson.peft:1:3
        |
      1 | x.0
        |   ^
      fix: elements are counted in brackets: `[0]`
      """#
    ),
    (
      #"""
      a + not b
      """#,
      #"""
      error[E0221]: `not` binds more loosely than the operator in front of it
       --> lesson.peft:1:5
        |
      1 | a + not b
        |     ^^^
      fix: put `not …` in parentheses
      """#
    ),
    (
      #"""
      x |> y -> z
      """#,
      #"""
      error[E0211]: in front of `->` stand a lambda's parameters: `x -> …` or `(a, b) -> …`
       --> lesson.peft:1:8
        |
      1 | x |> y -> z
        |        ^^
      note: `->` binds loosest of all operators
      fix: put the lambda in parentheses
      """#
    ),
    (
      #"""
      x = { a }
      """#,
      #"""
      error[E0207]: expected an expression, but found `{`
       --> lesson.peft:1:5
        |
      1 | x = { a }
        |     ^
      note: a block stands behind `if`, `else`, `for`, `while`, a head, or `->`
      fix: a named tuple is written `(name=value)`
      """#
    ),
    (
      #"""
      fn f(x) = { x }
      """#,
      #"""
      error[E0215]: a body in braces has no `=` in front of it
       --> lesson.peft:1:11
        |
      1 | fn f(x) = { x }
        |           ^
      fix: leave out the `=`
      """#
    ),
    (
      #"""
      x = .5
      """#,
      #"""
      error[E0207]: a number needs a digit in front of its point
       --> lesson.peft:1:5
        |
      1 | x = .5
        |     ^
      fix: write `0.5`
      """#
    ),
    (
      #"""
      x[]
      """#,
      #"""
      error[E0225]: nothing stands between the brackets of the index
       --> lesson.peft:1:2
        |
      1 | x[]
        |  ^^
      """#
    ),
    (
      #"""
      m with ()
      """#,
      #"""
      error[E0224]: `with` changes nothing
       --> lesson.peft:1:8
        |
      1 | m with ()
        |        ^^
      fix: write `with (name = value)`
      """#
    ),
    (
      #"""
      a && b
      """#,
      #"""
      error[E0101]: `&&` is no part of the language
       --> lesson.peft:1:3
        |
      1 | a && b
        |   ^^
      fix: write `and`
      """#
    ),
    (
      #"""
      :undo
      """#,
      #"""
      error[E0207]: expected a statement, but found `:`
       --> lesson.peft:1:1
        |
      1 | :undo
        | ^
      note: session commands such as `:undo` are typed at the prompt; files have none
      """#
    ),
    (
      #"""
      ?help
      """#,
      #"""
      error[E0101]: `?` is no part of the language
       --> lesson.peft:1:1
        |
      1 | ?help
        | ^
      fix: in a file, write `help(name)` for `?name`
      """#
    ),
    (
      #"""
      fn(x) = 3
      """#,
      #"""
      error[E0202]: expected a function's name, but found `(`
       --> lesson.peft:1:3
        |
      1 | fn(x) = 3
        |   ^
      fix: a function without a name is a lambda: `(x) -> …`
      """#
    ),
    (
      #"""
      x y
      """#,
      #"""
      error[E0210]: expected the end of the statement, but found `y`
       --> lesson.peft:1:3
        |
      1 | x y
        |   ^
      fix: start a new line, or separate statements with `;`
      """#
    ),
  ]

  @Test(arguments: cases)
  func isPrinted(text: String, expected: String) {
    #expect(rendered(text) == expected)
  }
}
