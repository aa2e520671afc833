import Foundation
import Testing

@testable import Syntax

/// The editors' grammars hold the lexer's own words.
@Suite("Editor grammars") struct EditorGrammarTests {
  private static func file(_ name: String) throws -> String {
    try String(
      contentsOf: GrammarAgreementTests.root.appendingPathComponent("grammar/" + name),
      encoding: .utf8)
  }

  private static let constants: Set<String> = ["false", "none", "true"]
  private static let keywords = Set(Token.Kind.reservedWords).subtracting(constants)
  private static let units = Set(NumberUnit.allCases.map(\.rawValue))

  @Test func textMate() throws {
    let object = try JSONSerialization.jsonObject(
      with: Data(Self.file("peft.tmLanguage.json").utf8))
    let repository = (object as? [String: Any])?["repository"] as? [String: Any]
    func words(_ rule: String, _ pattern: Regex<(Substring, Substring)>) -> Set<String> {
      let match = (repository?[rule] as? [String: Any])?["match"] as? String ?? ""
      let list = match.firstMatch(of: pattern)?.output.1 ?? ""
      return Set(list.split(separator: "|").map(String.init))
    }
    #expect(words("keyword", /\(\?:([a-z|]+)\)/) == Self.keywords)
    #expect(words("constant", /\(\?:([a-z|]+)\)/) == Self.constants)
    #expect(words("quantity", /\(([A-Za-z|]+)\)/) == Self.units)
  }

  /// Every expression is one that can be compiled.
  @Test func textMatePatternsCompile() throws {
    let object = try JSONSerialization.jsonObject(
      with: Data(Self.file("peft.tmLanguage.json").utf8))
    var patterns: [String] = []
    func collect(_ value: Any) {
      if let list = value as? [Any] { list.forEach(collect) }
      guard let map = value as? [String: Any] else { return }
      for (key, inner) in map {
        if ["match", "begin", "end"].contains(key), let text = inner as? String {
          patterns.append(text)
        } else {
          collect(inner)
        }
      }
    }
    collect(object)
    #expect(patterns.count > 12)
    for pattern in patterns {
      #expect(throws: Never.self, "\(pattern)") { _ = try NSRegularExpression(pattern: pattern) }
    }
  }

  @Test func pygments() throws {
    let text = try Self.file("peft_lexer.py")
    func words(_ name: String) -> Set<String> {
      let line = text.split(separator: "\n").first { $0.hasPrefix(name + " = (") } ?? ""
      return Set(line.matches(of: /"([^"]+)"/).map { String($0.output.1) })
    }
    #expect(words("KEYWORDS") == Self.keywords)
    #expect(words("CONSTANTS") == Self.constants)
    #expect(words("UNITS") == Self.units)
  }
}
