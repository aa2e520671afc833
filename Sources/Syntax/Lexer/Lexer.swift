/// The tokens of a source, its comments, and what could not be read.
public struct LexResult: Sendable {
  /// Ends with one `end` token.
  public let tokens: [Token]
  public let comments: [Comment]
  public let diagnostics: [Diagnostic]
}

/// Cuts a source into tokens. It never fails: unreadable bytes become `invalid` tokens.
public struct Lexer {
  /// Strings within interpolations within strings, and so on.
  static let maximumStringNesting = 20

  let source: Source
  let bytes: [UInt8]
  var offset = 0
  var tokens: [Token] = []
  var comments: [Comment] = []
  var diagnostics: [Diagnostic] = []

  /// What lies between the last token and the next.
  var startsLine = true
  var followsBlankLine = false
  var lineIsEmpty = false
  var firstComment = 0
  var stringNesting = 0

  init(_ source: Source) {
    self.source = source
    bytes = source.utf8
  }

  public static func lex(_ source: Source) -> LexResult {
    var lexer = Lexer(source)
    lexer.skipByteOrderMark()
    while lexer.offset < lexer.bytes.count { lexer.step() }
    lexer.add(.end, from: lexer.offset)
    return LexResult(
      tokens: lexer.tokens, comments: lexer.comments, diagnostics: lexer.diagnostics)
  }

  var current: UInt8? { offset < bytes.count ? bytes[offset] : nil }

  func peek(_ distance: Int = 1) -> UInt8? {
    offset + distance < bytes.count ? bytes[offset + distance] : nil
  }

  func span(_ start: Int, _ end: Int) -> Span { Span(start, end, source) }

  mutating func skipByteOrderMark() {
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { offset = 3 }
  }

  /// Reads one token, comment or stretch of blanks; always moves on.
  mutating func step() {
    guard let byte = current else { return }
    switch byte {
    case UInt8(ascii: "\n"): lineEnd()
    case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"): offset += 1
    case UInt8(ascii: "#"): comment()
    case UInt8(ascii: "\""): string()
    case _ where byte.isDigit: number()
    case _ where byte.startsName: word()
    default: symbol()
    }
  }

  mutating func lineEnd() {
    offset += 1
    if lineIsEmpty { followsBlankLine = true }
    startsLine = true
    lineIsEmpty = true
  }

  mutating func add(
    _ kind: Token.Kind, from start: Int, text: String = "", number: Number? = nil,
    unit: NumberUnit? = nil
  ) {
    tokens.append(
      Token(
        kind: kind, start: start, end: offset, text: text, number: number, unit: unit,
        startsLine: startsLine, followsBlankLine: followsBlankLine,
        comments: firstComment..<comments.count))
    startsLine = false
    followsBlankLine = false
    lineIsEmpty = false
    firstComment = comments.count
  }

  mutating func report(
    _ code: String, _ message: String, from start: Int, note: String? = nil, fix: String? = nil
  ) {
    diagnostics.append(
      Diagnostic(code, message, at: span(start, offset), note: note, fix: fix))
  }

  mutating func comment() {
    let start = offset
    while let byte = current, byte != UInt8(ascii: "\n") { offset += 1 }
    var end = offset
    while end > start, bytes[end - 1].isBlank { end -= 1 }
    let ownLine = startsLine || tokens.isEmpty
    var kind = Comment.Kind.comment
    var textStart = start + 1
    if ownLine, end > start + 1 {
      if bytes[start + 1] == UInt8(ascii: "#") { kind = .prose }
      if bytes[start + 1] == UInt8(ascii: ">") { kind = .golden }
      if kind != .comment { textStart += 1 }
    }
    if textStart < end, bytes[textStart] == UInt8(ascii: " ") { textStart += 1 }
    comments.append(
      Comment(
        kind: kind, text: source.text(in: textStart..<max(textStart, end)),
        span: span(start, end), ownLine: ownLine, followsBlankLine: followsBlankLine))
    followsBlankLine = false
    lineIsEmpty = false
  }

  mutating func word() {
    let start = offset
    var isASCII = true
    while let byte = current, byte.continuesName {
      isASCII = isASCII && byte < 0x80
      offset += 1
    }
    if let kind = reservedWord(from: start) {
      return add(kind, from: start, text: kind.rawValue)
    }
    let text = source.text(in: start..<offset)
    if !isASCII, let stranger = text.unicodeScalars.first(where: { !$0.mayStandInName }) {
      report(
        "E0101", "`\(stranger)` is no part of the language", from: start,
        fix: "“”„«»".unicodeScalars.contains(stranger)
          ? "strings stand in plain double quotes: \"…\"" : nil)
      return add(.invalid, from: start)
    }
    add(.name, from: start, text: text)
  }

  private func reservedWord(from start: Int) -> Token.Kind? {
    for (spelling, kind) in Lexer.reservedWords[Int(bytes[start])]
    where spelling.count == offset - start && follows(spelling, at: start) {
      return kind
    }
    return nil
  }

  /// By first byte: most names are told from a reserved word without being hashed.
  private static let reservedWords: [[(spelling: [UInt8], kind: Token.Kind)]] = {
    var rows = [[(spelling: [UInt8], kind: Token.Kind)]](repeating: [], count: 256)
    for (word, kind) in Token.Kind.reserved {
      let spelling = Array(word.utf8)
      rows[Int(spelling[0])].append((spelling, kind))
    }
    return rows
  }()
}

extension Token.Kind {
  /// The reserved words. `module`, `method`, `param`, `state`, `with`, `within`, `new` and `as`
  /// are words only where the grammar expects them, and names elsewhere.
  static let reserved: [String: Token.Kind] = Dictionary(
    uniqueKeysWithValues: [
      .fn, .if, .else, .for, .in, .while, .return, .import, .expect, .and, .or, .not, .true,
      .false, .none, .break, .continue,
    ].map { (kind: Token.Kind) in (kind.rawValue, kind) })

  /// The words that the lexer never gives to a name.
  public static var reservedWords: [String] { reserved.keys.sorted() }

  var isReservedWord: Bool { Token.Kind.areReserved[ordinal] }

  private static let areReserved = allCases.map { reserved[$0.rawValue] != nil }

  /// A line end behind such a token does not end the statement.
  var continuesLine: Bool {
    switch self {
    case .comma, .equals, .arrow, .in, .leftBrace, .augmented: true
    default: InfixRow.row(of: self) != nil
    }
  }
}

extension Unicode.Scalar {
  var mayStandInName: Bool {
    isASCII || properties.isAlphabetic || properties.isXIDContinue
  }
}

extension UInt8 {
  var isDigit: Bool { self >= UInt8(ascii: "0") && self <= UInt8(ascii: "9") }
  var isBlank: Bool { self == UInt8(ascii: " ") || self == UInt8(ascii: "\t") || self == 13 }
  var isLetter: Bool {
    let lower = self | 0x20
    return lower >= UInt8(ascii: "a") && lower <= UInt8(ascii: "z")
  }
  /// Letters of other alphabets (α, β) are letters of names.
  var startsName: Bool { isLetter || self == UInt8(ascii: "_") || self >= 0x80 }
  var continuesName: Bool { startsName || isDigit }
}
