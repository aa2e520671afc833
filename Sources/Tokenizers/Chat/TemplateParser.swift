/// Makes the tree of a template.
struct TemplateParser {
  private let parts: [TemplateLexer.Part]
  private var place = 0
  private var depth = 0

  /// Deeper templates are refused instead of exhausting the stack.
  static let deepest = 60

  static func parse(_ template: String) throws -> [TemplateStatement] {
    var parser = TemplateParser(parts: try TemplateLexer.parts(of: template))
    let (body, end) = try parser.block(until: [])
    guard end == nil else { throw TemplateLexer.error("`\(end ?? "")` ends nothing") }
    return body
  }

  private init(parts: [TemplateLexer.Part]) { self.parts = parts }

  /// Statements up to one of the words, which begins a statement of its own; that word.
  private mutating func block(
    until ends: Set<String>
  ) throws -> (body: [TemplateStatement], end: String?) {
    depth += 1
    defer { depth -= 1 }
    guard depth <= TemplateParser.deepest else {
      throw TemplateLexer.error("it is nested too deep")
    }
    var body: [TemplateStatement] = []
    while place < parts.count {
      let part = parts[place]
      place += 1
      switch part {
      case .text(let text): body.append(.text(text))
      case .output(let tokens):
        var reader = TemplateExpressionParser(tokens)
        body.append(.output(try reader.whole()))
      case .statement(let tokens):
        guard case .name(let word)? = tokens.first else {
          throw TemplateLexer.error("a statement does not begin with a word")
        }
        if ends.contains(word) {
          place -= 1
          return (body, word)
        }
        if word.hasPrefix("end") || word == "else" || word == "elif" { return (body, word) }
        body.append(try statement(word, Array(tokens.dropFirst())))
      }
    }
    guard ends.isEmpty else {
      throw TemplateLexer.error("`\(ends.sorted().last ?? "")` is missing")
    }
    return (body, nil)
  }

  /// The tokens of the statement that ended a block.
  private mutating func closing() -> [TemplateToken] {
    guard place < parts.count, case .statement(let tokens) = parts[place] else { return [] }
    place += 1
    return Array(tokens.dropFirst())
  }

  private mutating func statement(
    _ word: String, _ tokens: [TemplateToken]
  ) throws -> TemplateStatement {
    var reader = TemplateExpressionParser(tokens)
    switch word {
    case "if": return try choice(&reader)
    case "for": return try loop(&reader)
    case "set": return try set(&reader)
    case "macro": return try macro(&reader)
    case "generation":
      let body = try block(until: ["endgeneration"]).body
      _ = closing()
      return .generation(body)
    case "break": return .leave
    case "continue": return .next
    default:
      throw TemplateLexer.error("the statement `\(word)` is not known here")
    }
  }

  private mutating func choice(_ reader: inout TemplateExpressionParser) throws -> TemplateStatement
  {
    var branches: [(test: TemplateExpression, body: [TemplateStatement])] = []
    var test = try reader.whole()
    while true {
      let (body, end) = try block(until: ["elif", "else", "endif"])
      let tokens = closing()
      branches.append((test, body))
      switch end {
      case "elif":
        var next = TemplateExpressionParser(tokens)
        test = try next.whole()
      case "else":
        let otherwise = try block(until: ["endif"]).body
        _ = closing()
        return .choice(branches, otherwise: otherwise)
      default: return .choice(branches, otherwise: [])
      }
    }
  }

  private mutating func loop(_ reader: inout TemplateExpressionParser) throws -> TemplateStatement {
    let names = try reader.names()
    guard reader.takes(.name("in")) else {
      throw TemplateLexer.error("`in` is missing behind `for`")
    }
    let source = try reader.alternative()
    let filter = reader.takes(.name("if")) ? try reader.expression() : nil
    if reader.takes(.name("recursive")) {
      throw TemplateLexer.error("`recursive` is not known here")
    }
    try reader.end()
    let start = place
    let (body, end) = try block(until: ["else", "endfor"])
    let usesState = parts[start..<place].contains { $0.tokens.contains(.name("loop")) }
    _ = closing()
    var otherwise: [TemplateStatement] = []
    if end == "else" {
      otherwise = try block(until: ["endfor"]).body
      _ = closing()
    }
    return .loop(
      TemplateLoop(names: names, source: source, filter: filter, body: body, otherwise: otherwise,
        usesState: usesState))
  }

  private mutating func set(_ reader: inout TemplateExpressionParser) throws -> TemplateStatement {
    let names = try reader.names()
    if names.count == 1, reader.takes(.sign(".")) {
      let member = try reader.name()
      guard reader.takes(.sign("=")) else { throw TemplateLexer.error("`=` is missing in `set`") }
      return .setMember(names[0], member, try reader.whole())
    }
    if reader.takes(.sign("=")) { return .set(names, try reader.whole()) }
    guard names.count == 1 else { throw TemplateLexer.error("`=` is missing in `set`") }
    try reader.end()
    let body = try block(until: ["endset"]).body
    _ = closing()
    return .setText(names[0], body)
  }

  private mutating func macro(_ reader: inout TemplateExpressionParser) throws -> TemplateStatement
  {
    let name = try reader.name()
    var parameters: [(name: String, value: TemplateExpression?)] = []
    guard reader.takes(.sign("(")) else {
      throw TemplateLexer.error("`(` is missing behind a macro")
    }
    while !reader.takes(.sign(")")) {
      let parameter = try reader.name()
      let value = reader.takes(.sign("=")) ? try reader.expression() : nil
      parameters.append((parameter, value))
      if reader.takes(.sign(",")) { continue }
      guard reader.takes(.sign(")")) else { throw TemplateLexer.error("a macro's `)` is missing") }
      break
    }
    try reader.end()
    let body = try block(until: ["endmacro"]).body
    _ = closing()
    return .macro(TemplateMacro(name: name, parameters: parameters, body: body))
  }
}
