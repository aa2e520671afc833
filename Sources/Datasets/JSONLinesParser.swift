/// Reads one JSON object a line. Columns are the keys in the order of their first appearance.
struct JSONLinesParser {
  let source: SourceText

  func table() throws -> Table {
    var columns: [String] = []
    var places: [String: Int] = [:]
    var lines: [(line: Int, members: [JSONLine.Member], excerpt: String)] = []
    for (index, slice) in source.bytes.split(separator: 10, omittingEmptySubsequences: false)
      .enumerated() where !slice.allSatisfy(SourceText.isSpace)
    {
      let excerpt = String(decoding: slice.prefix(240), as: UTF8.self)
      var reader = JSONLine(bytes: Array(slice))
      guard let members = reader.object() else {
        throw DatasetError(
          path: source.path, line: index + 1, excerpt: excerpt,
          "The line is not a JSON object (\(reader.problem) at column \(reader.position + 1)).",
          remedy: "Write one complete object in braces on each line.")
      }
      for member in members where places[member.key] == nil {
        places[member.key] = columns.count
        columns.append(member.key)
      }
      lines.append((index + 1, members, excerpt))
    }
    let records = lines.map { line in
      var fields = [String?](repeating: nil, count: columns.count)
      for member in line.members {
        if let place = places[member.key] { fields[place] = member.value }
      }
      return Table.Record(line: line.line, fields: fields, excerpt: line.excerpt)
    }
    return Table(columns: columns, records: records, hasNames: true)
  }
}

/// A reader of one JSON object that keeps values as text: strings unescaped, numbers and nested
/// values as they are written, null as nil.
struct JSONLine {
  typealias Member = (key: String, value: String?)

  enum JSONText {
    case null
    case text(String)

    var string: String? { if case .text(let text) = self { text } else { nil } }
  }

  private let bytes: [UInt8]
  private(set) var position = 0
  private(set) var problem = ""
  private static let deepest = 64

  init(bytes: [UInt8]) { self.bytes = bytes }

  /// Nil if the line is not exactly one object; then `problem` and `position` say why.
  mutating func object() -> [Member]? {
    skipSpace()
    guard let members = members(depth: 0) else { return nil }
    skipSpace()
    return position == bytes.count ? members : fail("text after the object")
  }

  private mutating func members(depth: Int) -> [Member]? {
    guard depth < Self.deepest else { return fail("nested too deep") }
    guard take("{") else { return fail("'{' was expected") }
    var members: [Member] = []
    skipSpace()
    if take("}") { return members }
    while true {
      skipSpace()
      guard let key = string() else { return nil }
      skipSpace()
      guard take(":") else { return fail("':' was expected") }
      guard let value = value(depth: depth + 1) else { return nil }
      members.append((key, value.string))
      skipSpace()
      if take("}") { return members }
      guard take(",") else { return fail("',' or '}' was expected") }
    }
  }

  private mutating func value(depth: Int) -> JSONText? {
    guard depth < Self.deepest else { return fail("nested too deep") }
    skipSpace()
    let start = position
    guard position < bytes.count else { return fail("a value was expected") }
    switch bytes[position] {
    case UInt8(ascii: "\""): return string().map { .text($0) }
    case UInt8(ascii: "{"): return members(depth: depth).map { _ in .text(raw(from: start)) }
    case UInt8(ascii: "["): return list(depth: depth) ? .text(raw(from: start)) : nil
    default: return scalar()
    }
  }

  private mutating func list(depth: Int) -> Bool {
    position += 1
    skipSpace()
    if take("]") { return true }
    while true {
      guard value(depth: depth + 1) != nil else { return false }
      skipSpace()
      if take("]") { return true }
      guard take(",") else {
        problem = "',' or ']' was expected"
        return false
      }
    }
  }

  /// A number, `true`, `false`, `null`, or the `NaN` and `Infinity` that Python writes.
  private mutating func scalar() -> JSONText? {
    let start = position
    while position < bytes.count, isWord(bytes[position]) { position += 1 }
    let word = raw(from: start)
    switch word {
    case "null": return .null
    case "true", "false", "NaN", "Infinity", "-Infinity": return .text(word)
    default:
      let isNumber = word.first.map { $0 == "-" || $0.isNumber } == true && Double(word) != nil
      if isNumber && !word.contains("x") { return .text(word) }
      position = start
      return fail("a value was expected")
    }
  }

  private func isWord(_ byte: UInt8) -> Bool {
    let scalar = Unicode.Scalar(byte)
    return scalar.properties.isAlphabetic || (48...57).contains(byte) || byte == 43
      || byte == 45 || byte == 46
  }

  private mutating func string() -> String? {
    guard take("\"") else { return fail("a string was expected") }
    var text: [UInt8] = []
    while position < bytes.count {
      let byte = bytes[position]
      position += 1
      switch byte {
      case UInt8(ascii: "\""): return String(decoding: text, as: UTF8.self)
      case UInt8(ascii: "\\"): guard escape(into: &text) else { return nil }
      case 0..<32: return fail("a control character in a string")
      default: text.append(byte)
      }
    }
    return fail("a string that does not end")
  }

  private mutating func escape(into text: inout [UInt8]) -> Bool {
    let simple: [UInt8: UInt8] = [
      34: 34, 92: 92, 47: 47, UInt8(ascii: "b"): 8, UInt8(ascii: "f"): 12, UInt8(ascii: "n"): 10,
      UInt8(ascii: "r"): 13, UInt8(ascii: "t"): 9,
    ]
    problem = "an unknown escape"
    guard position < bytes.count else { return false }
    let byte = bytes[position]
    position += 1
    if let plain = simple[byte] {
      text.append(plain)
      return true
    }
    guard byte == UInt8(ascii: "u"), var code = hexadecimal() else { return false }
    if (0xD800..<0xDC00).contains(code), take("\\"), take("u"), let low = hexadecimal(),
      (0xDC00..<0xE000).contains(low)
    {
      code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
    }
    // Half of a pair stands for no character: the replacement character, as other readers have it.
    let scalar = Unicode.Scalar(code) ?? "\u{FFFD}"
    text.append(contentsOf: Array(String(Character(scalar)).utf8))
    return true
  }

  private mutating func hexadecimal() -> UInt32? {
    guard position + 4 <= bytes.count else { return nil }
    var code: UInt32 = 0
    for byte in bytes[position..<position + 4] {
      guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue else { return nil }
      code = code << 4 | UInt32(digit)
    }
    position += 4
    return code
  }

  private func raw(from start: Int) -> String {
    String(decoding: bytes[start..<position], as: UTF8.self)
  }

  private mutating func take(_ character: Unicode.Scalar) -> Bool {
    guard position < bytes.count, UInt32(bytes[position]) == character.value else { return false }
    position += 1
    return true
  }

  private mutating func skipSpace() {
    while position < bytes.count, SourceText.isSpace(bytes[position]) { position += 1 }
  }

  private mutating func fail<Result>(_ problem: String) -> Result? {
    self.problem = problem
    return nil
  }
}
