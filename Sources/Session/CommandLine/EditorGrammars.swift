import Foundation
import Syntax

/// The word lists of the editors' grammars under `grammar/`, from the lexer's tables. `scripts/write-grammars` has them
/// written; a test fails while they are stale.
enum EditorGrammars {
  /// The files that hold lists, below `grammar/`.
  static let files = [
    "peft.tmLanguage.json", "peft_lexer.py", "tree-sitter/grammar.js",
    "tree-sitter/queries/highlights.scm",
  ]

  private static let constants = ["false", "none", "true"]
  private static let keywords = Token.Kind.reservedWords.filter { !constants.contains($0) }
  /// Longest first, so that the first that fits is the right one.
  private static let units = NumberUnit.allCases.map(\.rawValue)
    .sorted { ($1.count, $0) < ($0.count, $1) }

  /// The text with every list written anew.
  static func updated(_ text: String) -> String {
    var text = text
    // Python and JavaScript: NAME = ("…", "…") or ["…", "…"].
    for (name, words) in [("KEYWORDS", keywords), ("CONSTANTS", constants), ("UNITS", units)] {
      let list = words.map { "\"\($0)\"" }.joined(separator: ", ")
      replace("(\\b\(name) = [\\[(])[^\\])]*", list, in: &text)
    }
    // TextMate: the alternatives of a rule.
    let alternatives = { (words: [String]) in words.joined(separator: "|") }
    replace(
      "(\"keyword\\.control\\.peft\",\\s*\"match\": \"[^\"]*\\?:)[a-z|]+", alternatives(keywords),
      in: &text)
    replace(
      "(\"constant\\.language\\.peft\",\\s*\"match\": \"[^\"]*\\?:)[a-z|]+",
      alternatives(constants), in: &text)
    replace(
      "(\"quantity\": \\{\\s*\"match\": \"[^\"]*\\()[A-Za-z|]+(?=\\)\\\\\\\\b\")",
      alternatives(units), in: &text)
    // Tree-sitter's queries: one list of tokens.
    let tokens = keywords.map { "\"\($0)\"" }.joined(separator: " ")
    replace("(\\[)[^\\]]*(?=\\] @keyword\\n)", tokens, in: &text)
    return text
  }

  /// Puts `list` behind what the pattern's group holds, wherever the pattern stands.
  private static func replace(_ pattern: String, _ list: String, in text: inout String) {
    guard let expression = try? NSRegularExpression(pattern: pattern) else { return }
    let range = NSRange(text.startIndex..., in: text)
    text = expression.stringByReplacingMatches(
      in: text, range: range,
      withTemplate: "$1" + NSRegularExpression.escapedTemplate(for: list))
  }

  /// Rewrites the files of a folder in place.
  static func write(in folder: String) throws {
    for name in files {
      let path = folder + "/" + name
      let text = try ScriptFile.read(path).text
      let new = updated(text)
      if new != text { try GoldenUpdate.write(new, to: path) }
    }
  }
}
