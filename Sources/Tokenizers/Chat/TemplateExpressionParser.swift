/// Reads the expressions inside of one tag, by Jinja's precedence.
struct TemplateExpressionParser {
  private let tokens: [TemplateToken]
  private var place = 0
  private var depth = 0

  init(_ tokens: [TemplateToken]) { self.tokens = tokens }

  private var peek: TemplateToken? { place < tokens.count ? tokens[place] : nil }

  mutating func takes(_ token: TemplateToken) -> Bool {
    guard peek == token else { return false }
    place += 1
    return true
  }

  mutating func name() throws -> String {
    guard case .name(let name)? = peek else { throw TemplateLexer.error("a name is missing") }
    place += 1
    return name
  }

  /// `a` or `a, b`, with or without parentheses.
  mutating func names() throws -> [String] {
    let isParenthesised = takes(.sign("("))
    var names = [try name()]
    while takes(.sign(",")) { names.append(try name()) }
    if isParenthesised, !takes(.sign(")")) { throw TemplateLexer.error("`)` is missing") }
    return names
  }

  func end() throws {
    guard place == tokens.count else {
      throw TemplateLexer.error("a tag holds more than it should")
    }
  }

  /// The tag's one expression; several with commas are a list.
  mutating func whole() throws -> TemplateExpression {
    var values = [try expression()]
    while takes(.sign(",")) {
      if peek == nil { break }
      values.append(try expression())
    }
    try end()
    return values.count == 1 ? values[0] : .list(values)
  }

  mutating func expression() throws -> TemplateExpression {
    depth += 1
    defer { depth -= 1 }
    guard depth <= TemplateParser.deepest else {
      throw TemplateLexer.error("it is nested too deep")
    }
    let first = try alternative()
    guard takes(.name("if")) else { return first }
    let test = try alternative()
    let otherwise = takes(.name("else")) ? try expression() : nil
    return .conditional(test: test, first, otherwise: otherwise)
  }

  /// An expression without `… if … else …`: what stands behind `in`.
  mutating func alternative() throws -> TemplateExpression {
    var left = try conjunction()
    var length = 0
    while takes(.name("or")) {
      try lengthen(&length)
      left = .binary("or", left, try conjunction())
    }
    return left
  }

  /// Each link of a chain is a level of the tree that is walked later.
  private func lengthen(_ length: inout Int) throws {
    length += 1
    guard length <= 300 else { throw TemplateLexer.error("an expression is too long") }
  }

  private mutating func conjunction() throws -> TemplateExpression {
    var left = try negation()
    var length = 0
    while takes(.name("and")) {
      try lengthen(&length)
      left = .binary("and", left, try negation())
    }
    return left
  }

  private mutating func negation() throws -> TemplateExpression {
    var count = 0
    while takes(.name("not")) { count += 1 }
    let value = try comparison()
    if count == 0 { return value }
    return count % 2 == 1 ? .not(value) : .not(.not(value))
  }

  private mutating func comparison() throws -> TemplateExpression {
    let first = try sum()
    var rest: [(sign: String, value: TemplateExpression)] = []
    while let sign = comparisonSign() { rest.append((sign, try sum())) }
    return rest.isEmpty ? first : .comparison(first, rest)
  }

  private mutating func comparisonSign() -> String? {
    switch peek {
    case .sign(let sign) where ["==", "!=", "<", ">", "<=", ">="].contains(sign):
      place += 1
      return sign
    case .name("in"):
      place += 1
      return "in"
    case .name("not") where place + 1 < tokens.count && tokens[place + 1] == .name("in"):
      place += 2
      return "not in"
    default: return nil
    }
  }

  private mutating func binary(
    _ signs: [String], _ next: (inout TemplateExpressionParser) throws -> TemplateExpression
  ) throws -> TemplateExpression {
    var left = try next(&self)
    var length = 0
    while case .sign(let sign)? = peek, signs.contains(sign) {
      try lengthen(&length)
      place += 1
      left = .binary(sign, left, try next(&self))
    }
    return left
  }

  private mutating func sum() throws -> TemplateExpression {
    try binary(["+", "-"]) { try $0.binary(["~"]) { try $0.product() } }
  }

  private mutating func product() throws -> TemplateExpression {
    try binary(["*", "/", "//", "%"]) { try $0.binary(["**"]) { try $0.unary() } }
  }

  private mutating func unary() throws -> TemplateExpression {
    depth += 1
    defer { depth -= 1 }
    guard depth <= TemplateParser.deepest else {
      throw TemplateLexer.error("it is nested too deep")
    }
    if takes(.sign("-")) { return .negative(try unary()) }
    if takes(.sign("+")) { return try unary() }
    return try filtered(try primary())
  }

  private mutating func primary() throws -> TemplateExpression {
    guard let token = peek else { throw TemplateLexer.error("an expression is missing") }
    place += 1
    switch token {
    case .int(let value): return .value(.int(value))
    case .double(let value): return .value(.double(value))
    case .string(var text):
      // Neighbours are one string.
      while case .string(let more)? = peek {
        text += more
        place += 1
      }
      return .value(.string(text))
    case .name(let name):
      switch name {
      case "true", "True": return .value(.bool(true))
      case "false", "False": return .value(.bool(false))
      case "none", "None": return .value(.none)
      default: return .name(name)
      }
    case .sign("("):
      if takes(.sign(")")) { return .list([]) }
      let first = try expression()
      guard takes(.sign(",")) else {
        guard takes(.sign(")")) else { throw TemplateLexer.error("`)` is missing") }
        return first
      }
      return .list([first] + (try elements(until: ")")))
    case .sign("["): return .list(try elements(until: "]"))
    case .sign("{"): return try dictionary()
    default: throw TemplateLexer.error("an expression is missing")
    }
  }

  private mutating func elements(until end: String) throws -> [TemplateExpression] {
    var values: [TemplateExpression] = []
    while !takes(.sign(end)) {
      values.append(try expression())
      if takes(.sign(",")) { continue }
      guard takes(.sign(end)) else { throw TemplateLexer.error("`\(end)` is missing") }
      break
    }
    return values
  }

  private mutating func dictionary() throws -> TemplateExpression {
    var members: [(TemplateExpression, TemplateExpression)] = []
    while !takes(.sign("}")) {
      let key = try expression()
      guard takes(.sign(":")) else { throw TemplateLexer.error("`:` is missing in a mapping") }
      members.append((key, try expression()))
      if takes(.sign(",")) { continue }
      guard takes(.sign("}")) else { throw TemplateLexer.error("`}` is missing") }
      break
    }
    return .dictionary(members)
  }

  /// Members, items, calls, filters and tests behind a value.
  private mutating func filtered(_ first: TemplateExpression) throws -> TemplateExpression {
    var value = first
    var length = 0
    while true {
      try lengthen(&length)
      if takes(.sign(".")) {
        if case .int(let index)? = peek {
          place += 1
          value = .item(value, .value(.int(index)))
        } else {
          value = .member(value, try name())
        }
      } else if takes(.sign("[")) {
        value = try item(of: value)
      } else if takes(.sign("(")) {
        value = .call(value, try call())
      } else if takes(.sign("|")) {
        let filter = try name()
        value = .filter(value, filter, takes(.sign("(")) ? try call() : TemplateCall())
      } else if takes(.name("is")) {
        value = try test(value)
      } else {
        return value
      }
    }
  }

  private mutating func test(_ value: TemplateExpression) throws -> TemplateExpression {
    let isNegated = takes(.name("not"))
    let test = try name()
    var call = TemplateCall()
    if takes(.sign("(")) {
      call = try self.call()
    } else if let next = peek {
      switch next {
      case .name(let word) where !["and", "or", "else", "if", "is", "in", "not"].contains(word):
        call.values = [try primary()]
      case .string, .int, .double: call.values = [try primary()]
      default: break
      }
    }
    let made = TemplateExpression.test(value, test, call)
    return isNegated ? .not(made) : made
  }

  private mutating func item(of value: TemplateExpression) throws -> TemplateExpression {
    var bounds: [TemplateExpression?] = []
    var current: TemplateExpression?
    var isSlice = false
    while true {
      if takes(.sign(":")) {
        isSlice = true
        bounds.append(current)
        current = nil
      } else if takes(.sign("]")) {
        bounds.append(current)
        break
      } else if current == nil {
        current = try expression()
      } else {
        throw TemplateLexer.error("`]` is missing")
      }
    }
    guard isSlice else {
      guard let index = bounds[0] else { throw TemplateLexer.error("an index is missing") }
      return .item(value, index)
    }
    guard bounds.count <= 3 else { throw TemplateLexer.error("a slice has too many parts") }
    return .slice(value, bounds[0], bounds[1], bounds.count > 2 ? bounds[2] : nil)
  }

  private mutating func call() throws -> TemplateCall {
    var call = TemplateCall()
    while !takes(.sign(")")) {
      if case .name(let key)? = peek, place + 1 < tokens.count, tokens[place + 1] == .sign("=") {
        place += 2
        call.named.append((key, try expression()))
      } else {
        call.values.append(try expression())
      }
      if takes(.sign(",")) { continue }
      guard takes(.sign(")")) else { throw TemplateLexer.error("`)` is missing") }
      break
    }
    return call
  }
}
