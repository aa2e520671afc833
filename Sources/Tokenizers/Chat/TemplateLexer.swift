/// A template's parts: text as it is, and tags. White space around tags goes as the tags say, and as
/// the tools that templates are written for set it: the line break behind a statement, and the
/// blanks in front of one that begins its line.
struct TemplateLexer {
  enum Part: Equatable {
    case text(String)
    /// `{{ … }}`
    case output([TemplateToken])
    /// `{% … %}`
    case statement([TemplateToken])

    var tokens: [TemplateToken] {
      switch self {
      case .text: []
      case .output(let tokens), .statement(let tokens): tokens
      }
    }
  }

  private let source: [Unicode.Scalar]
  private var index = 0
  private var parts: [Part] = []

  static func parts(of template: String) throws -> [Part] {
    var scalars: [Unicode.Scalar] = []
    for scalar in template.unicodeScalars {
      if scalar == "\n", scalars.last == "\r" { scalars.removeLast() }
      scalars.append(scalar)
    }
    // One line break at the end belongs to the file, not to the template.
    if scalars.last == "\n" { scalars.removeLast() }
    var lexer = TemplateLexer(source: scalars)
    try lexer.run()
    return lexer.parts
  }

  private init(source: [Unicode.Scalar]) { self.source = source }

  private mutating func run() throws {
    var start = 0
    var stripsNext = false
    var trimsNext = false
    while true {
      let open = nextTag(from: index)
      var text = source[start..<(open ?? source.count)]
      if stripsNext {
        text = text.drop(while: TemplateLexer.isSpace)
      } else if trimsNext, text.first == "\n" {
        text = text.dropFirst()
      }
      guard let open else {
        append(text)
        return
      }
      let kind = source[open + 1]
      let mark = open + 2 < source.count ? source[open + 2] : " "
      if mark == "-" {
        while let last = text.last, TemplateLexer.isSpace(last) { text.removeLast() }
      } else if mark != "+", kind != "{" {
        // Only where nothing but blanks stands in front of the tag on its line.
        let blanks = text.reversed().prefix { $0 == " " || $0 == "\t" }.count
        let before = text.dropLast(blanks)
        if before.last == "\n"
          || before.isEmpty
            && (start == 0 || source[start - 1] == "\n" || before.startIndex > start)
        {
          text = before
        }
      }
      append(text)
      index = open + 2 + (mark == "-" || mark == "+" ? 1 : 0)
      let closing = try tag(kind)
      stripsNext = closing == "-"
      trimsNext = kind != "{" && closing != "+"
      start = index
    }
  }

  private mutating func append(_ text: ArraySlice<Unicode.Scalar>) {
    guard !text.isEmpty else { return }
    var string = String.UnicodeScalarView()
    string.append(contentsOf: text)
    parts.append(.text(String(string)))
  }

  private func nextTag(from start: Int) -> Int? {
    var place = start
    while place + 1 < source.count {
      if source[place] == "{", ["{", "%", "#"].contains(source[place + 1]) { return place }
      place += 1
    }
    return nil
  }

  static func isSpace(_ scalar: Unicode.Scalar) -> Bool {
    scalar.properties.isWhitespace || (0x1C...0x1F).contains(scalar.value)
  }

  /// Reads to behind the tag's end; the sign in front of that end, or a blank.
  private mutating func tag(_ kind: Unicode.Scalar) throws -> Unicode.Scalar {
    if kind == "#" { return try comment() }
    var tokens: [TemplateToken] = []
    // Open braces, inside of which `}}` closes mappings.
    var depth = 0
    let end: Unicode.Scalar = kind == "{" ? "}" : "%"
    let last: Unicode.Scalar = "}"
    while true {
      while index < source.count, TemplateLexer.isSpace(source[index]) { index += 1 }
      guard index < source.count else { throw TemplateLexer.error("a tag does not end") }
      let sign = source[index]
      let isSigned = sign == "-" || sign == "+"
      let place = isSigned ? index + 1 : index
      if depth <= 0, place + 1 < source.count, source[place] == end,
        source[place + 1] == last
      {
        index = place + 2
        if kind == "%", tokens == [.name("raw")] {
          try raw(strips: sign == "-")
          return "+"
        }
        parts.append(kind == "{" ? .output(tokens) : .statement(tokens))
        return isSigned ? sign : " "
      }
      let token = try TemplateToken.next(source, &index)
      if token == .sign("{") { depth += 1 }
      if token == .sign("}") { depth -= 1 }
      tokens.append(token)
    }
  }

  private mutating func comment() throws -> Unicode.Scalar {
    while index + 1 < source.count {
      if source[index] == "#", source[index + 1] == "}" {
        let sign = source[index - 1]
        index += 2
        return sign == "-" || sign == "+" ? sign : " "
      }
      index += 1
    }
    throw TemplateLexer.error("a comment does not end")
  }

  /// `{% raw %} … {% endraw %}`: the text between, as it is.
  private mutating func raw(strips: Bool) throws {
    let start = index
    while index + 1 < source.count {
      if source[index] == "{", source[index + 1] == "%" {
        var place = index + 2
        var tokens: [TemplateToken] = []
        while tokens.count < 2, place < source.count,
          let token = try? TemplateToken.next(source, &place)
        {
          tokens.append(token)
          if token == .sign("%") { break }
        }
        if tokens.first == .name("endraw") || tokens.dropFirst().first == .name("endraw") {
          append(source[start..<index])
          while place + 1 < source.count, !(source[place - 1] == "%" && source[place] == "}") {
            place += 1
          }
          index = min(place + 1, source.count)
          return
        }
      }
      index += 1
    }
    throw TemplateLexer.error("`raw` does not end")
  }

  static func error(_ what: String) -> TokenizerError {
    TokenizerError("The chat template cannot be read: \(what).")
  }
}

/// A word or sign inside a tag.
enum TemplateToken: Equatable {
  case name(String)
  case string(String)
  case int(Int)
  case double(Double)
  case sign(String)

  private static let signs = [
    "==", "!=", "<=", ">=", "//", "**", "(", ")", "[", "]", "{", "}", ",", ":", ".", "|", "=", "<",
    ">", "+", "-", "*", "/", "%", "~",
  ].map { ($0, Array($0.unicodeScalars)) }

  /// The token at `index`, which is no white space; `index` moves behind it and the blanks after.
  static func next(_ source: [Unicode.Scalar], _ index: inout Int) throws -> TemplateToken {
    while index < source.count, TemplateLexer.isSpace(source[index]) { index += 1 }
    guard index < source.count else { throw TemplateLexer.error("a tag does not end") }
    let first = source[index]
    if first == "\"" || first == "'" { return .string(try string(source, &index)) }
    if first.properties.isXIDStart || first == "_" {
      let start = index
      while index < source.count, source[index].properties.isXIDContinue { index += 1 }
      return .name(text(source[start..<index]))
    }
    if ("0"..."9").contains(first) { return try number(source, &index) }
    for (sign, scalars) in signs where source[index...].starts(with: scalars) {
      index += scalars.count
      return .sign(sign)
    }
    throw TemplateLexer.error("an unexpected '\(first)' stands in a tag")
  }

  private static func text(_ scalars: ArraySlice<Unicode.Scalar>) -> String {
    var view = String.UnicodeScalarView()
    view.append(contentsOf: scalars)
    return String(view)
  }

  private static func number(_ source: [Unicode.Scalar], _ index: inout Int) throws -> TemplateToken
  {
    let start = index
    func digits() {
      while index < source.count, ("0"..."9").contains(source[index]) { index += 1 }
    }
    digits()
    func isDigit(_ place: Int) -> Bool {
      place < source.count && ("0"..."9").contains(source[place])
    }
    let whole = index
    if index < source.count, source[index] == ".", isDigit(index + 1) {
      index += 1
      digits()
    }
    if index < source.count, source[index] == "e" || source[index] == "E" {
      let isSigned =
        index + 1 < source.count && (source[index + 1] == "-" || source[index + 1] == "+")
      if isDigit(isSigned ? index + 2 : index + 1) {
        index += isSigned ? 2 : 1
        digits()
      }
    }
    if index > whole { return .double(Double(text(source[start..<index])) ?? 0) }
    guard let value = Int(text(source[start..<index])) else {
      throw TemplateLexer.error("a number is too large")
    }
    return .int(value)
  }

  private static func string(_ source: [Unicode.Scalar], _ index: inout Int) throws -> String {
    let quote = source[index]
    index += 1
    var result = String.UnicodeScalarView()
    while index < source.count {
      let scalar = source[index]
      index += 1
      if scalar == quote { return String(result) }
      guard scalar == "\\", index < source.count else {
        result.append(scalar)
        continue
      }
      let escaped = source[index]
      index += 1
      switch escaped {
      case "n": result.append("\n")
      case "t": result.append("\t")
      case "r": result.append("\r")
      case "x": result.append(try code(source, &index, digits: 2))
      case "u": result.append(try code(source, &index, digits: 4))
      case "U": result.append(try code(source, &index, digits: 8))
      case "\\", "'", "\"": result.append(escaped)
      case "\n": break
      default:
        result.append("\\")
        result.append(escaped)
      }
    }
    throw TemplateLexer.error("a string does not end")
  }

  private static func code(
    _ source: [Unicode.Scalar], _ index: inout Int, digits: Int
  ) throws -> Unicode.Scalar {
    guard index + digits <= source.count,
      let value = UInt32(text(source[index..<index + digits]), radix: 16),
      let scalar = Unicode.Scalar(value)
    else { throw TemplateLexer.error("an escape in a string is no character") }
    index += digits
    return scalar
  }
}
