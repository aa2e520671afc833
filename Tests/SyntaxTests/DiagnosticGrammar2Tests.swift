import Testing

@testable import Syntax

// Each pair is a text and what is printed for it, to the letter.
@Suite("Diagnostics: Statements and brackets, 2") struct DiagnosticGrammar2Tests {
  static let cases: [(String, String)] = [
    (
      #"""
      x = a if b else c
      """#,
      #"""
      error[E0210]: a condition stands in front of its values
       --> lesson.peft:1:7
        |
      1 | x = a if b else c
        |       ^^
      fix: write `if condition { a } else { b }`
      """#
    ),
    (
      #"""
      fn f(x) { return x
      """#,
      #"""
      error[E0205]: `{` is not closed
       --> lesson.peft:1:19
        |
      1 | fn f(x) { return x
        |                   ^
        |         - opened here
      fix: add `}`
      """#
    ),
    (
      #"""
      }
      """#,
      #"""
      error[E0206]: `}` closes nothing
       --> lesson.peft:1:1
        |
      1 | }
        | ^
      """#
    ),
    (
      #"""
      f(a b)
      """#,
      #"""
      error[E0201]: expected `,` or `)`, but found `b`
       --> lesson.peft:1:5
        |
      1 | f(a b)
        |     ^
        |  - opened here
      """#
    ),
    (
      #"""
      f(a]
      """#,
      #"""
      error[E0201]: expected `,` or `)`, but found `]`
       --> lesson.peft:1:4
        |
      1 | f(a]
        |    ^
        |  - opened here
      """#
    ),
    (
      #"""
      x = "abc
      """#,
      #"""
      error[E0105]: the string is not closed on its line
       --> lesson.peft:1:5
        |
      1 | x = "abc
        |     ^
      fix: add a `"`
      """#
    ),
    (
      #"""
      x = 'abc'
      """#,
      #"""
      error[E0101]: `'` is no part of the language
       --> lesson.peft:1:5
        |
      1 | x = 'abc'
        |     ^^^^^
      fix: strings stand in double quotes: "…"
      """#
    ),
    (
      #"""
      x = 5q + 1.
      """#,
      #"""
      error[E0102]: `q` is no unit
       --> lesson.peft:1:6
        |
      1 | x = 5q + 1.
        |      ^
      note: units: ms, s, m, h, KB, MB, GB, KiB, MiB, GiB, k, M
      fix: a name does not begin with a digit

      error[E0104]: a number needs a digit behind its point
       --> lesson.peft:1:10
        |
      1 | x = 5q + 1.
        |          ^^
      fix: write 1.0
      """#
    ),
    (
      #"""
      x = 99999999999999999999
      """#,
      #"""
      error[E0103]: the integer 99999999999999999999 is too large
       --> lesson.peft:1:5
        |
      1 | x = 99999999999999999999
        |     ^^^^^^^^^^^^^^^^^^^^
      note: the largest integer is 9223372036854775807
      fix: write it as a float: 99999999999999999999.0
      """#
    ),
    (
      #"""
      "\q \u{zz}"
      """#,
      #"""
      error[E0106]: `\q` is no escape
       --> lesson.peft:1:2
        |
      1 | "\q \u{zz}"
        |  ^^
      note: escapes: \n \t \r \0 \" \\ \u{…} and \(expression)
      fix: write `\\` for a backslash

      error[E0106]: `\u{zz}` is no character
       --> lesson.peft:1:5
        |
      1 | "\q \u{zz}"
        |     ^^^^^^
      note: write a Unicode number in hexadecimal: \u{3b1} is α
      """#
    ),
    (
      #"""
      return 3
      """#,
      #"""
      error[E0302]: `return` stands outside a function
       --> lesson.peft:1:1
        |
      1 | return 3
        | ^^^^^^
      """#
    ),
    (
      #"""
      break
      """#,
      #"""
      error[E0303]: `break` stands outside a loop
       --> lesson.peft:1:1
        |
      1 | break
        | ^^^^^
      """#
    ),
    (
      #"""
      param A = 3
      """#,
      #"""
      error[E0301]: `param` stands outside a module's body
       --> lesson.peft:1:1
        |
      1 | param A = 3
        | ^^^^^
      note: parameters live in modules only
      fix: declare it inside `module Name(…) { … }`
      """#
    ),
  ]

  @Test(arguments: cases)
  func isPrinted(text: String, expected: String) {
    #expect(rendered(text) == expected)
  }
}
