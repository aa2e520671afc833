@testable import Syntax

/// A token as the grammar sees it: every terminal that it may stand for.
struct GrammarToken {
  let terminals: [String]

  /// The tokens of a source with its line ends made `NEWLINE` by the rule at the grammar's head;
  /// nil where the text has no tokens.
  static func tokens(_ source: Source, continuing: Set<String>) -> [GrammarToken]? {
    let lexed = Lexer.lex(source)
    if lexed.diagnostics.contains(where: { $0.severity == .error }) { return nil }
    var result: [GrammarToken] = []
    var open: [Token.Kind] = []
    var before: String?
    for token in lexed.tokens {
      let ignores = open.last == .leftParen || open.last == .leftBracket
      if token.startsLine, !ignores, let before, !continuing.contains(before) {
        result.append(GrammarToken(terminals: ["NEWLINE"]))
      }
      switch token.kind {
      case .leftParen, .leftBracket, .leftBrace: open.append(token.kind)
      case .rightParen, .rightBracket, .rightBrace: _ = open.popLast()
      default: break
      }
      if token.kind == .end { break }
      before = token.kind.rawValue
      result.append(GrammarToken(terminals: terminals(token)))
    }
    return result
  }

  private static func terminals(_ token: Token) -> [String] {
    switch token.kind {
    case .name: ["NAME", token.text]
    case .integer: ["INTEGER"]
    case .float: ["FLOAT"]
    case .quantity: ["QUANTITY"]
    case .stringStart, .stringEnd: ["\""]
    case .stringText: ["character"]
    case .interpolationStart: ["\\("]
    case .interpolationEnd: [")"]
    default: [token.kind.rawValue]
    }
  }
}

/// Says whether a row of tokens follows a grammar: every way through it is tried, each part at each
/// place once.
final class GrammarRecogniser {
  private enum Step {
    case terminal(Int)
    /// Takes nothing: before a closing brace, and at the end.
    case beforeBrace, atEnd
    case never
    case rule(Int)
    case sequence([Int])
    case choice([Int])
    case many(Int)
    case optional(Int)
  }

  /// Rules that are tokens to this grammar; they describe characters.
  static let tokenRules: Set<String> = [
    "NAME", "INTEGER", "FLOAT", "QUANTITY", "NEWLINE", "character", "escape",
  ]

  private var steps: [Step] = []
  private var first: [UInt128] = []
  private var nullable: [Bool] = []
  private var terminals: [String: Int] = [:]
  private var ruleSteps: [String: Int] = [:]
  private let rules: [String: GrammarNode]
  private var start = 0

  private var masks: [UInt128] = []
  private var braces: [Bool] = []
  private var known: [[Int]?] = []

  init(_ rules: [String: GrammarNode], start name: String) throws {
    self.rules = rules
    start = try rule(name)
    findFirst()
  }

  private func rule(_ name: String) throws -> Int {
    if Self.tokenRules.contains(name) { return add(.terminal(terminal(name))) }
    if name == "END" { return add(.atEnd) }
    if let known = ruleSteps[name] { return known }
    guard let node = rules[name] else { throw GrammarReader.Problem(message: "no rule \(name)") }
    let place = add(.never)
    ruleSteps[name] = place
    steps[place] = .rule(try compile(node))
    return place
  }

  private func add(_ step: Step) -> Int {
    steps.append(step)
    return steps.count - 1
  }

  private func terminal(_ name: String) -> Int {
    if let known = terminals[name] { return known }
    terminals[name] = terminals.count
    return terminals.count - 1
  }

  private func compile(_ node: GrammarNode) throws -> Int {
    switch node {
    case .quoted(let text): return add(.terminal(terminal(text)))
    case .rule(let name): return try rule(name)
    case .special("before \"}\""): return add(.beforeBrace)
    // Comments of every kind are no tokens.
    case .special: return add(.never)
    case .sequence(let parts): return add(.sequence(try parts.map(compile)))
    case .choice(let parts): return add(.choice(try parts.map(compile)))
    case .many(let part): return add(.many(try compile(part)))
    case .optional(let part): return add(.optional(try compile(part)))
    case .except: throw GrammarReader.Problem(message: "`-` in a rule of tokens")
    }
  }

  /// What each step may begin with, so that most ways are left at once.
  private func findFirst() {
    first = Array(repeating: 0, count: steps.count)
    nullable = Array(repeating: false, count: steps.count)
    var changed = true
    while changed {
      changed = false
      for (index, step) in steps.enumerated() {
        var (mask, empty) = (first[index], nullable[index])
        switch step {
        case .terminal(let id): mask |= 1 << UInt128(id)
        case .beforeBrace, .atEnd: empty = true
        case .never: break
        case .rule(let inner): (mask, empty) = (mask | first[inner], empty || nullable[inner])
        case .many(let inner), .optional(let inner): (mask, empty) = (mask | first[inner], true)
        case .choice(let parts):
          for part in parts { (mask, empty) = (mask | first[part], empty || nullable[part]) }
        case .sequence(let parts):
          var open = true
          for part in parts where open {
            mask |= first[part]
            open = nullable[part]
          }
          empty = empty || open
        }
        if mask != first[index] || empty != nullable[index] { changed = true }
        (first[index], nullable[index]) = (mask, empty)
      }
    }
  }

  func accepts(_ tokens: [GrammarToken]) -> Bool {
    masks = tokens.map { token in
      token.terminals.reduce(into: UInt128(0)) { mask, name in
        if let id = terminals[name] { mask |= 1 << UInt128(id) }
      }
    }
    braces = tokens.map { $0.terminals == ["}"] }
    known = Array(repeating: nil, count: steps.count * (tokens.count + 1))
    return ends(start, 0).contains(tokens.count)
  }

  /// Where the step may end that begins at `place`, rising.
  private func ends(_ index: Int, _ place: Int) -> [Int] {
    let mask = place < masks.count ? masks[place] : 0
    if first[index] & mask == 0, !nullable[index] { return [] }
    switch steps[index] {
    case .terminal: return [place + 1]
    case .beforeBrace: return place < braces.count && braces[place] ? [place] : []
    case .atEnd: return place == masks.count ? [place] : []
    case .never: return []
    case .rule(let inner): return ends(inner, place)
    default: break
    }
    let key = index * (masks.count + 1) + place
    if let found = known[key] { return found }
    let result = compound(index, place)
    known[key] = result
    return result
  }

  private func compound(_ index: Int, _ place: Int) -> [Int] {
    switch steps[index] {
    case .sequence(let parts):
      var places = [place]
      for part in parts where !places.isEmpty {
        places = merged(places.flatMap { ends(part, $0) })
      }
      return places
    case .choice(let parts): return merged(parts.flatMap { ends($0, place) })
    case .optional(let part): return merged([place] + ends(part, place))
    case .many(let part):
      var all: Set<Int> = [place]
      var pending = [place]
      while let next = pending.popLast() {
        for end in ends(part, next) where all.insert(end).inserted { pending.append(end) }
      }
      return all.sorted()
    default: return []
    }
  }

  private func merged(_ places: [Int]) -> [Int] {
    places.count < 2 ? places : Set(places).sorted()
  }
}
