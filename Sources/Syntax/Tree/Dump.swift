/// The tree as nested words, for tests and tools: everything that has meaning, no layout.
///
/// Written as `(assign x (+ 1 2))`, or as JSON arrays `["assign", "x", ["+", "1", "2"]]`.
public indirect enum Dump: Sendable, Equatable {
  case word(String)
  case node(String, [Dump])

  public var text: String {
    switch self {
    case .word(let word): word
    case .node(let name, let children):
      "(" + ([name] + children.map(\.text)).joined(separator: " ") + ")"
    }
  }

  public var json: String {
    switch self {
    case .word(let word): Dump.quoted(word)
    case .node(let name, let children):
      "[" + ([Dump.quoted(name)] + children.map(\.json)).joined(separator: ", ") + "]"
    }
  }

  /// In double quotes, escaped as JSON wants it.
  static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\t": result += "\\t"
      case "\r": result += "\\r"
      case _ where scalar.value < 0x20:
        let digits = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}

extension ParseResult {
  /// One entry an item, in order.
  public var dump: [Dump] { items.map(\.dump) }

  /// The dump, one item a line.
  public var dumpText: String { dump.map(\.text).joined(separator: "\n") }
}

extension Item {
  public var dump: Dump {
    switch kind {
    case .statement(let statement): statement.dump
    case .prose(let lines): .node("prose", lines.map { .word(Dump.quoted($0.text)) })
    case .comment(let comment):
      .node(comment.kind.rawValue, [.word(Dump.quoted(comment.text))])
    }
  }
}

extension Statement {
  public var dump: Dump {
    var result = kind.dump
    if isSilenced { result = .node("silenced", [result]) }
    if let trailingComment {
      result = .node("commented", [result, .word(Dump.quoted(trailingComment.text))])
    }
    if !golden.isEmpty {
      result = .node("golden", [result] + golden.map { .word(Dump.quoted($0.text)) })
    }
    return result
  }
}

extension Statement.Kind {
  var dump: Dump {
    switch self {
    case .expression(let value): value.dump
    case .assign(let pattern, let value): .node("assign", [pattern.dump, value.dump])
    case .function(let declaration): declaration.dump("fn")
    case .method(let declaration): declaration.dump("method")
    case .module(let declaration): declaration.dump
    case .param(let name, let value): .node("param", [.word(name.text), value.dump])
    case .state(let name, let value): .node("state", [.word(name.text), value.dump])
    case .forEach(let pattern, let sequence, let body):
      .node("for", [pattern.dump, sequence.dump, body.dump])
    case .whileLoop(let condition, let body): .node("while", [condition.dump, body.dump])
    case .returning(let value): .node("return", value.map { [$0.dump] } ?? [])
    case .breaking: .node("break", [])
    case .continuing: .node("continue", [])
    case .importing(let path, _, let alias):
      .node("import", [.word(Dump.quoted(path))] + (alias.map { [.word($0.text)] } ?? []))
    case .expect(let value, let tolerance):
      .node("expect", [value.dump] + (tolerance.map { [.node("within", [$0.dump])] } ?? []))
    case .empty: .node("empty", [])
    case .error: .node("error", [])
    }
  }
}

extension Pattern {
  var dump: Dump {
    switch self {
    case .name(let name): .word(name.text)
    case .tuple(let names, _): .node("names", names.map { .word($0.text) })
    }
  }
}

extension Block {
  var dump: Dump {
    let head = headComment.map { [Dump.node("head", [.word(Dump.quoted($0.text))])] } ?? []
    return .node("block", head + items.map(\.dump))
  }
}

extension FunctionDeclaration {
  func dump(_ word: String) -> Dump {
    var parts: [Dump] = [.word(name.text), .node("parameters", parameters.map(\.dump))]
    if let result { parts.append(result.dump) }
    if let category { parts.append(.node("in", [.word(category.text)])) }
    if let documentation { parts.append(.node("doc", [.word(Dump.quoted(documentation))])) }
    return .node(word, parts + [body.dump])
  }
}

extension ModuleDeclaration {
  var dump: Dump {
    var parts: [Dump] = [.word(name.text), .node("parameters", parameters.map(\.dump))]
    if let documentation { parts.append(.node("doc", [.word(Dump.quoted(documentation))])) }
    return .node("module", parts + [body.dump])
  }
}

extension Parameter {
  var dump: Dump {
    if shape == nil, defaultValue == nil { return .word(name.text) }
    return .node(name.text, [shape?.dump, defaultValue?.dump].compactMap { $0 })
  }
}

extension ShapeSignature {
  var dump: Dump { .node("shape", dimensions.map { .word($0.kind.spelling) }) }
}

extension ShapeSignature.Dimension.Kind {
  /// As written: `B`, `3`, `...`, `_`.
  public var spelling: String {
    switch self {
    case .name(let name): name
    case .size(let size): String(size)
    case .ellipsis: "..."
    case .any: "_"
    }
  }
}
