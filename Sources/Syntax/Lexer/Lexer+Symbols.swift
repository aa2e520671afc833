extension Lexer {
  /// By first byte, longest first, so that `->` is never read as `-` and `>`.
  private static let symbols: [[(spelling: [UInt8], kind: Token.Kind)]] = {
    let kinds: [Token.Kind] = [
      .leftParen, .rightParen, .leftBracket, .rightBracket, .leftBrace, .rightBrace, .comma,
      .colon, .semicolon, .dot, .ellipsis, .equals, .arrow, .pipe, .equal, .notEqual, .less,
      .lessEqual, .greater, .greaterEqual, .close, .plus, .minus, .star, .slash, .doubleSlash,
      .percent, .at, .power,
    ]
    let augmented = ["+=", "-=", "*=", "/=", "//=", "%=", "@=", "**="]
    let all =
      kinds.map { (spelling: Array($0.rawValue.utf8), kind: $0) }
      + augmented.map { (spelling: Array($0.utf8), kind: Token.Kind.augmented) }
    var rows = [[(spelling: [UInt8], kind: Token.Kind)]](repeating: [], count: 256)
    for entry in all.sorted(by: { $0.spelling.count > $1.spelling.count }) {
      rows[Int(entry.spelling[0])].append(entry)
    }
    return rows
  }()

  mutating func symbol() {
    let start = offset
    if follows(Lexer.walrus) { return unknownSymbol() }
    for (spelling, kind) in Lexer.symbols[Int(bytes[start])] where follows(spelling) {
      offset += spelling.count
      add(kind, from: start)
      return
    }
    unknownSymbol()
  }

  func follows(_ spelling: [UInt8], at start: Int? = nil) -> Bool {
    let start = start ?? offset
    guard start + spelling.count <= bytes.count else { return false }
    var index = 0
    while index < spelling.count {
      if bytes[start + index] != spelling[index] { return false }
      index += 1
    }
    return true
  }

  /// Never `:` and `=` in turn.
  private static let walrus = Array(":=".utf8)

  /// Other languages' spellings, and what to write here.
  private static let foreign: [(String, fix: String)] = [
    ("&&", "write `and`"), ("||", "write `or`"), ("!", "write `not`"),
    (":=", "write `=`"), ("'", "strings stand in double quotes: \"…\""),
    ("?", "in a file, write `help(name)` for `?name`"),
  ]

  private mutating func unknownSymbol() {
    let start = offset
    let foreign = Lexer.foreign.first { bytes[start...].starts(with: $0.0.utf8) }
    offset += foreign?.0.utf8.count ?? 1
    if foreign?.0 == "'" { skipSingleQuoted() }
    let byte = bytes[start]
    let shown =
      byte < 0x20 || byte == 0x7F
      ? "\\u{\(String(byte, radix: 16))}" : foreign?.0 ?? source.text(in: start..<offset)
    report("E0101", "`\(shown)` is no part of the language", from: start, fix: foreign?.fix)
    add(.invalid, from: start)
  }

  /// Takes all of 'text', so that what it holds is not read as code.
  private mutating func skipSingleQuoted() {
    var end = offset
    while end < bytes.count, bytes[end] != UInt8(ascii: "\n") {
      if bytes[end] == UInt8(ascii: "'") {
        offset = end + 1
        return
      }
      end += 1
    }
  }
}
