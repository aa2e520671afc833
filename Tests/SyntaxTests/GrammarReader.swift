/// A piece of a grammar: what stands between the operators of its EBNF.
indirect enum GrammarNode {
  /// `"fn"`: a token spelt like this.
  case quoted(String)
  /// `NAME`, or another rule.
  case rule(String)
  /// `? before "}" ?`: what the notation cannot say.
  case special(String)
  case sequence([GrammarNode])
  case choice([GrammarNode])
  /// `{ … }`
  case many(GrammarNode)
  /// `[ … ]`
  case optional(GrammarNode)
  /// `a - b`
  case except(GrammarNode, GrammarNode)
}

/// Reads ISO/IEC 14977 EBNF, as far as `grammar/peft.ebnf` uses it.
struct GrammarReader {
  struct Problem: Error { let message: String }

  private enum Mark: Equatable {
    case name(String)
    case quoted(String)
    case special(String)
    case symbol(Character)
  }

  private var marks: [Mark] = []
  private var position = 0

  /// The rules by name, in a text without comments.
  static func rules(_ text: String) throws -> [String: GrammarNode] {
    var reader = GrammarReader()
    try reader.scan(Array(text))
    var rules: [String: GrammarNode] = [:]
    while reader.position < reader.marks.count {
      guard case .name(let name) = reader.marks[reader.position] else {
        throw Problem(message: "expected a rule, not \(reader.marks[reader.position])")
      }
      reader.position += 1
      try reader.take("=")
      guard rules[name] == nil else { throw Problem(message: "two rules \(name)") }
      rules[name] = try reader.choice()
      try reader.take(";")
    }
    return rules
  }

  private mutating func scan(_ text: [Character]) throws {
    var index = 0
    func end(_ quote: Character) throws -> Int {
      guard let end = text[(index + 1)...].firstIndex(of: quote) else {
        throw Problem(message: "\(quote) is not closed")
      }
      return end
    }
    while index < text.count {
      let character = text[index]
      if character.isWhitespace {
        index += 1
      } else if character == "\"" || character == "'" {
        let close = try end(character)
        marks.append(.quoted(String(text[(index + 1)..<close])))
        index = close + 1
      } else if character == "?" {
        let close = try end("?")
        let inner = String(text[(index + 1)..<close])
        marks.append(.special(String(inner.dropFirst().dropLast())))
        index = close + 1
      } else if character.isLetter {
        var close = index
        // A name may have two words: `plain string`.
        while close < text.count, text[close].isLetter || text[close] == " " { close += 1 }
        let words = String(text[index..<close]).split(separator: " ")
        marks.append(.name(words.joined(separator: " ")))
        index = close
      } else {
        marks.append(.symbol(character))
        index += 1
      }
    }
  }

  private var next: Mark? { position < marks.count ? marks[position] : nil }

  private mutating func take(_ symbol: Character) throws {
    guard next == .symbol(symbol) else {
      throw Problem(
        message: "expected \(symbol) at mark \(position), not \(String(describing: next))")
    }
    position += 1
  }

  private mutating func choice() throws -> GrammarNode {
    var parts = [try sequence()]
    while next == .symbol("|") {
      position += 1
      parts.append(try sequence())
    }
    return parts.count == 1 ? parts[0] : .choice(parts)
  }

  private mutating func sequence() throws -> GrammarNode {
    var parts = [try term()]
    while next == .symbol(",") {
      position += 1
      parts.append(try term())
    }
    return parts.count == 1 ? parts[0] : .sequence(parts)
  }

  private mutating func term() throws -> GrammarNode {
    let node = try primary()
    guard next == .symbol("-") else { return node }
    position += 1
    return .except(node, try primary())
  }

  private mutating func primary() throws -> GrammarNode {
    guard let mark = next else { throw Problem(message: "the grammar ends within a rule") }
    position += 1
    switch mark {
    case .name(let name): return .rule(name)
    case .quoted(let text): return .quoted(text)
    case .special(let text): return .special(text)
    case .symbol("{"): return .many(try closed("}"))
    case .symbol("["): return .optional(try closed("]"))
    case .symbol("("): return try closed(")")
    case .symbol(let symbol): throw Problem(message: "unexpected \(symbol)")
    }
  }

  private mutating func closed(_ symbol: Character) throws -> GrammarNode {
    let inner = try choice()
    try take(symbol)
    return inner
  }
}
