import TestSupport

/// Writes sentences by following a grammar with dice.
struct GrammarSentences {
  let rules: [String: GrammarNode]
  /// How many rules deep the shortest text of each rule is.
  private var depths: [String: Int] = [:]

  private static let spellings: [String: [String]] = [
    "NAME": [
      "x", "y", "model", "f", "LoRA", "_", "new", "with", "param", "state", "as", "within",
      "module", "method",
    ],
    "INTEGER": ["0", "7", "1_000"],
    "FLOAT": ["0.5", "1e-3", "2.5e2"],
    "QUANTITY": ["30s", "64KiB", "1.5k"],
    "NEWLINE": ["\n"],
    "string": ["\"a\"", "\"\\(x) b\\n\"", "\"\"", "\"\\(f(x, [1]))\""],
    "plain string": ["\"a.peft\"", "\"blocks.*.attn.{q,v}\""],
  ]

  init(_ rules: [String: GrammarNode]) {
    self.rules = rules
    var changed = true
    while changed {
      changed = false
      for (name, node) in rules {
        guard let found = depth(node), found + 1 < depths[name] ?? .max else { continue }
        depths[name] = found + 1
        changed = true
      }
    }
  }

  /// Nil where no way to an end is known yet.
  private func depth(_ node: GrammarNode) -> Int? {
    switch node {
    case .quoted, .special, .many, .optional: return 0
    case .rule(let name):
      return Self.spellings[name] != nil || name == "END" ? 0 : depths[name]
    case .sequence(let parts):
      let found = parts.compactMap(depth)
      return found.count == parts.count ? found.max() : nil
    case .choice(let parts): return parts.compactMap(depth).min()
    case .except(let node, _): return depth(node)
    }
  }

  /// The words of one sentence.
  func sentence(of rule: String, budget: Int, _ random: inout Generator) -> [String] {
    var words: [String] = []
    write(.rule(rule), budget, &words, &random)
    return words
  }

  private func write(
    _ node: GrammarNode, _ budget: Int, _ words: inout [String], _ random: inout Generator
  ) {
    switch node {
    case .quoted(let text): words.append(text)
    case .special: break
    case .rule(let name):
      if let spelling = Self.spellings[name]?.randomElement(using: &random) {
        words.append(spelling)
      } else if let inner = rules[name] {
        write(inner, budget - 1, &words, &random)
      }
    case .sequence(let parts):
      for part in parts { write(part, budget, &words, &random) }
    case .choice(let parts):
      let open = parts.filter { (depth($0) ?? .max) < budget }
      let shallow = parts.min { (depth($0) ?? .max) < (depth($1) ?? .max) }
      if let part = open.randomElement(using: &random) ?? shallow {
        write(part, budget, &words, &random)
      }
    case .many(let part):
      guard (depth(part) ?? .max) < budget else { return }
      for _ in 0..<[0, 0, 0, 1, 1, 2].randomElement(using: &random, or: 0) {
        write(part, budget, &words, &random)
      }
    case .optional(let part):
      if (depth(part) ?? .max) < budget, Bool.random(using: &random) {
        write(part, budget, &words, &random)
      }
    case .except(let node, _): write(node, budget, &words, &random)
    }
  }
}

extension Array {
  fileprivate func randomElement(using random: inout Generator, or fallback: Element) -> Element {
    randomElement(using: &random) ?? fallback
  }
}
