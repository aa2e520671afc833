import Foundation
import TestSupport
import Testing

@testable import Syntax

/// `grammar/peft.ebnf` is run as it stands, and must say of each text what the parser says.
@Suite("The grammar and the parser agree") struct GrammarAgreementTests {
  static let isFull = ProcessInfo.processInfo.environment["PEFT_REPL_FULL"] == "true"

  /// What the parser checks beside the grammar; the grammar's head names these rules.
  static let besideGrammar: Set<String> = [
    "E0217", "E0218", "E0219", "E0301", "E0302", "E0303",
  ]

  static let root = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  /// Compares the two on texts and counts.
  private struct Comparison {
    let recogniser: GrammarRecogniser
    let sentences: GrammarSentences
    let continuing: Set<String>
    var accepted = 0
    var refused = 0
    var disagreements: [String] = []

    init() throws {
      let rules = try GrammarReader.rules(try GrammarTests.grammar())
      recogniser = try GrammarRecogniser(rules, start: "file")
      sentences = GrammarSentences(rules)
      var words: Set<String> = [",", "=", "->", "{", "in"]
      for (rule, _) in GrammarTests.levels { words.formUnion(try GrammarTests.words(rule)) }
      continuing = words
    }

    mutating func compare(_ text: String) {
      let source = Source(text, name: "case")
      let errors = Parser.parse(source).errors
      let parserAccepts = errors.allSatisfy { besideGrammar.contains($0.code) }
      // What has no tokens is refused before the grammar is asked.
      guard let tokens = GrammarToken.tokens(source, continuing: continuing) else {
        if parserAccepts { disagreements.append("no tokens, yet accepted:\n\(text)") }
        refused += 1
        return
      }
      // Recovery from a rule beside the grammar may hide what comes behind it in its statement.
      let grammarAccepts = recogniser.accepts(tokens)
      if grammarAccepts { accepted += 1 } else { refused += 1 }
      if grammarAccepts != parserAccepts {
        let reason = errors.first { !besideGrammar.contains($0.code) }
          .map { "refused by the parser alone: \($0.code) \($0.message)" }
        disagreements.append("\(reason ?? "refused by the grammar alone"):\n\(text)")
      }
    }
  }

  private static func scripts() throws -> [String] {
    var texts = Corpus.all
    for folder in ["Sources/Library", "tutorials", "scripts", "Tests/Golden"] {
      let url = root.appendingPathComponent(folder)
      let found = FileManager.default.enumerator(at: url, includingPropertiesForKeys: nil)
      for case let file as URL in found ?? .init() where file.pathExtension == "peft" {
        texts.append(try String(contentsOf: file, encoding: .utf8))
      }
    }
    return texts
  }

  @Test func everyScript() throws {
    var comparison = try Comparison()
    let scripts = try GrammarAgreementTests.scripts()
    #expect(scripts.count > 20)
    for script in scripts { comparison.compare(script) }
    #expect(comparison.disagreements == [])
    #expect(comparison.accepted > 20)
  }

  @Test(arguments: 1...(isFull ? 40 : 2))
  func generatedSentences(seed: Int) throws {
    var comparison = try Comparison()
    var random = Generator(state: UInt64(seed))
    for _ in 0..<(Self.isFull ? 1000 : 600) {
      let rule = [
        "assignment", "function", "method", "module", "for", "while", "import", "expect", "items",
        "expression", "pipe", "comparison", "postfix", "lambda", "conditional", "index", "changes",
      ].randomElement(using: &random)
      let words = comparison.sentences.sentence(
        of: rule ?? "file", budget: Int.random(in: 8...22, using: &random), &random)
      let isPart = rule == "index" || rule == "changes"
      comparison.compare(((isPart ? ["x"] : []) + words.prefix(400)).joined(separator: " "))
    }
    #expect(comparison.disagreements.prefix(5) == [])
    #expect(comparison.accepted > 300, "most sentences of the grammar must be whole")
  }

  @Test(arguments: 1...(isFull ? 40 : 2))
  func mutatedTokens(seed: Int) throws {
    var comparison = try Comparison()
    var random = Generator(state: UInt64(1000 + seed))
    let scripts = try GrammarAgreementTests.scripts().map(GrammarAgreementTests.pieces)
      .filter { !$0.isEmpty }
    let pool = scripts.flatMap { $0.map(\.text) }.filter { $0.count < 12 } + Self.rare
    for _ in 0..<(Self.isFull ? 2000 : 1000) {
      guard let script = scripts.randomElement(using: &random) else { continue }
      comparison.compare(Self.mutated(script, pool, &random))
    }
    #expect(comparison.disagreements.prefix(5) == [])
    #expect(comparison.accepted > 100 && comparison.refused > 100)
  }
}

// MARK: - Mutated scripts

extension GrammarAgreementTests {
  /// A token, or a whole string, with the line end in front of it if there is one.
  private struct Piece {
    var text: String
    var startsLine: Bool
  }

  private static let rare = [
    "...", "@", "%", "//", "~=", "!=", "continue", "break", "return", "import", "expect", "within",
    "as", "new", "with", "module", "method", "param", "state", "not", "and", "or", "0.5", "30s",
    "+=", "else", "while", "_", ";", "{", "}", "->", "|>", "**", ":", "in",
  ]

  private static func pieces(_ text: String) -> [Piece] {
    let source = Source(text)
    var pieces: [Piece] = []
    var depth = 0
    var start = 0
    var startsLine = false
    for token in Lexer.lex(source).tokens where token.kind != .end {
      if token.kind == .stringStart {
        if depth == 0 { (start, startsLine) = (token.start, token.startsLine) }
        depth += 1
      }
      if depth == 0 {
        pieces.append(
          Piece(
            text: source.text(in: token.start..<token.end), startsLine: token.startsLine))
      }
      if token.kind == .stringEnd {
        depth -= 1
        if depth == 0 {
          pieces.append(Piece(text: source.text(in: start..<token.end), startsLine: startsLine))
        }
      }
    }
    return pieces
  }

  /// Some lines of a script with one to three pieces changed.
  private static func mutated(
    _ script: [Piece], _ pool: [String], _ random: inout Generator
  ) -> String {
    let starts = script.indices.filter { script[$0].startsLine }
    let line = starts.indices.randomElement(using: &random) ?? 0
    let lines = Int.random(in: 1...6, using: &random)
    let from = starts.isEmpty ? 0 : starts[line]
    let to = line + lines < starts.count ? starts[line + lines] : script.count
    var pieces = Array(script[from..<min(to, from + 120)])
    for _ in 0..<Int.random(in: 0...3, using: &random) where !pieces.isEmpty {
      let at = Int.random(in: 0..<pieces.count, using: &random)
      let other = Int.random(in: 0..<pieces.count, using: &random)
      let word = pool.randomElement(using: &random) ?? "x"
      switch Int.random(in: 0..<7, using: &random) {
      case 0: pieces.remove(at: at)
      case 1: pieces.insert(pieces[at], at: other)
      case 2: pieces.swapAt(at, other)
      case 3: pieces[at].startsLine.toggle()
      case 4: pieces[at].text = word
      default: pieces.insert(Piece(text: word, startsLine: false), at: at)
      }
    }
    return pieces.enumerated().map { index, piece in
      (index == 0 ? "" : piece.startsLine ? "\n" : " ") + piece.text
    }.joined()
  }
}
