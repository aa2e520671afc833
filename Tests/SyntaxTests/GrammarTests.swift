import Foundation
import Testing

@testable import Syntax

@Suite("Grammar file") struct GrammarTests {
  /// The file without its comments.
  static func grammar() throws -> String {
    let root = URL(fileURLWithPath: #filePath)
      .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    return try String(
      contentsOf: root.appendingPathComponent("grammar/peft.ebnf"), encoding: .utf8
    )
    .replacing(/\(\*.*?\*\)/.dotMatchesNewlines(), with: "")
    .replacing(/[ \t]+\n/, with: "\n")
  }

  /// The right side of a rule.
  static func rule(_ name: String) throws -> String {
    let text = try grammar()
    for part in text.split(separator: ";\n") {
      let sides = part.split(separator: " = ", maxSplits: 1)
      if sides.count == 2, sides[0].trimmingCharacters(in: .whitespacesAndNewlines) == name {
        return String(sides[1])
      }
    }
    Issue.record("no rule \(name)")
    return ""
  }

  static func words(_ name: String) throws -> Set<String> {
    Set(try rule(name).matches(of: /"([^"]*)"/).map { String($0.output.1) })
  }

  /// The parser's tables count on it.
  @Test func kindsAreCounted() {
    for (index, kind) in Token.Kind.allCases.enumerated() { #expect(kind.ordinal == index) }
    for row in InfixRow.rows { #expect(InfixRow.row(of: row.token)?.meaning == row.meaning) }
    #expect(InfixRow.row(of: .name) == nil)
  }

  @Test func reservedWordsAgree() throws {
    #expect(try GrammarTests.words("reserved") == Set(Token.Kind.reservedWords))
  }

  @Test func unitsAndCategoriesAgree() throws {
    #expect(try GrammarTests.words("unit") == Set(NumberUnit.allCases.map(\.rawValue)))
    #expect(try GrammarTests.words("category") == Set(Parser.methodCategories))
  }

  static let levels: [(String, Precedence)] = [
    ("pipe", .pipe), ("disjunction", .or), ("conjunction", .and), ("comparison", .comparison),
    ("sum", .sum), ("product", .product), ("power", .power),
  ]

  @Test(arguments: levels)
  func operatorsAgree(rule: String, level: Precedence) throws {
    let rows = InfixRow.rows.filter { $0.precedence == level }.map(\.token.rawValue)
    #expect(try GrammarTests.words(rule) == Set(rows))
  }

  @Test func everyRuleIsDefinedAndUsed() throws {
    let text = try GrammarTests.grammar()
      .replacing(/\?[^?\n]*\?/, with: "")
      .replacing(/"[^"\n]*"|'[^'\n]*'/, with: "")
    var defined: Set<String> = []
    var used: Set<String> = ["file"]
    for part in text.split(separator: ";\n") {
      let sides = part.split(separator: "=", maxSplits: 1)
      guard sides.count == 2 else { continue }
      defined.insert(sides[0].trimmingCharacters(in: .whitespacesAndNewlines))
      for word in sides[1].matches(of: /[A-Za-z]+( [a-z]+)*/) { used.insert(String(word.output.0)) }
    }
    #expect(used.subtracting(["NEWLINE", "END"]) == defined)
  }
}
