/// Why a text is not JSON, and where.
public struct JSONError: Error, Equatable, Sendable {
  public let offset: Int
  public let problem: String
}

/// Reads JSON as Python's `json` module reads it: `NaN`, `Infinity` and `-Infinity` are numbers.
/// Never recurses deeper than `maximumDepth`, whatever the text says.
public struct JSONParser {
  public enum DuplicateKeys: Sendable { case reject, keepLast }

  private let bytes: UnsafeRawBufferPointer
  private let duplicates: DuplicateKeys
  private let maximumDepth: Int
  private var position = 0

  private init(_ bytes: UnsafeRawBufferPointer, _ duplicates: DuplicateKeys, _ depth: Int) {
    self.bytes = bytes
    self.duplicates = duplicates
    self.maximumDepth = depth
  }

  /// Throws `JSONError`.
  public static func parse(
    _ bytes: UnsafeRawBufferPointer, duplicates: DuplicateKeys = .keepLast, maximumDepth: Int = 128
  ) throws -> JSONValue {
    var parser = JSONParser(bytes, duplicates, maximumDepth)
    parser.skipMark()
    let value = try parser.value(depth: 0)
    parser.skipSpace()
    if parser.position < bytes.count { throw parser.error("text after the end of the value") }
    return value
  }

  /// Throws `JSONError`.
  public static func parse(_ text: String, duplicates: DuplicateKeys = .keepLast) throws
    -> JSONValue
  {
    var text = text
    return try text.withUTF8 {
      try parse(UnsafeRawBufferPointer($0), duplicates: duplicates)
    }
  }

  // MARK: Values

  private mutating func value(depth: Int) throws -> JSONValue {
    guard depth < maximumDepth else { throw error("nested deeper than \(maximumDepth) levels") }
    skipSpace()
    guard let byte = peek else { throw error("the text ends where a value was expected") }
    switch byte {
    case UInt8(ascii: "{"): return .object(try object(depth: depth))
    case UInt8(ascii: "["): return .array(try array(depth: depth))
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"): return try word("true", .bool(true))
    case UInt8(ascii: "f"): return try word("false", .bool(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    case UInt8(ascii: "N"): return try word("NaN", .double(.nan))
    case UInt8(ascii: "I"): return try word("Infinity", .double(.infinity))
    default: return try number()
    }
  }

  private mutating func object(depth: Int) throws -> JSONObject {
    position += 1
    var result = JSONObject()
    skipSpace()
    if take("}") { return result }
    while true {
      skipSpace()
      guard peek == UInt8(ascii: "\"") else { throw error("a key in double quotes was expected") }
      let start = position
      let key = try string()
      if duplicates == .reject && result[key] != nil {
        position = start
        throw error("the key '\(key.excerpt)' stands here twice")
      }
      skipSpace()
      guard take(":") else { throw error("':' was expected behind a key") }
      result[key] = try value(depth: depth + 1)
      skipSpace()
      if take("}") { return result }
      guard take(",") else { throw error("',' or '}' was expected") }
    }
  }

  private mutating func array(depth: Int) throws -> [JSONValue] {
    position += 1
    var result: [JSONValue] = []
    skipSpace()
    if take("]") { return result }
    while true {
      result.append(try value(depth: depth + 1))
      skipSpace()
      if take("]") { return result }
      guard take(",") else { throw error("',' or ']' was expected") }
    }
  }

  private mutating func word(_ word: StaticString, _ value: JSONValue) throws -> JSONValue {
    let length = word.utf8CodeUnitCount
    guard position + length <= bytes.count,
      UnsafeRawBufferPointer(start: word.utf8Start, count: length)
        .elementsEqual(bytes[position..<position + length])
    else { throw error("a value was expected") }
    position += length
    return value
  }

  // MARK: Numbers

  private mutating func number() throws -> JSONValue {
    let start = position
    let negative = take("-")
    if negative && peek == UInt8(ascii: "I") { return try word("Infinity", .double(-.infinity)) }
    let whole = digits()
    guard whole > 0 else {
      position = start
      throw error("a value was expected")
    }
    if whole > 1 && bytes[position - whole] == UInt8(ascii: "0") {
      throw error("a number begins with a needless 0")
    }
    var isInteger = true
    if take(".") {
      isInteger = false
      guard digits() > 0 else { throw error("digits were expected behind the point") }
    }
    if take("e") || take("E") {
      isInteger = false
      if !take("+") { _ = take("-") }
      guard digits() > 0 else { throw error("digits were expected in the exponent") }
    }
    let text = String(decoding: bytes[start..<position], as: UTF8.self)
    if isInteger, let value = Int(text) { return .int(value) }
    guard let value = Double(text) else { throw error("'\(text.excerpt)' is not a number") }
    return .double(value)
  }

  private mutating func digits() -> Int {
    let start = position
    while let byte = peek, byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") { position += 1 }
    return position - start
  }

  // MARK: Strings

  private mutating func string() throws -> String {
    position += 1
    var text: [UInt8] = []
    while let byte = peek {
      switch byte {
      case UInt8(ascii: "\""):
        guard let result = String(validating: text, as: UTF8.self) else {
          throw error("a string is not valid UTF-8")
        }
        position += 1
        return result
      case UInt8(ascii: "\\"):
        position += 1
        try escape(into: &text)
      case 0..<0x20:
        throw error("a control character stands inside a string")
      default:
        text.append(byte)
        position += 1
      }
    }
    throw error("a string does not end")
  }

  private mutating func escape(into text: inout [UInt8]) throws {
    guard let byte = peek else { throw error("a string does not end") }
    position += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
    case UInt8(ascii: "b"): text.append(8)
    case UInt8(ascii: "f"): text.append(12)
    case UInt8(ascii: "n"): text.append(10)
    case UInt8(ascii: "r"): text.append(13)
    case UInt8(ascii: "t"): text.append(9)
    case UInt8(ascii: "u"):
      var code = try hexadecimal()
      if code >= 0xD800 && code < 0xDC00, take("\\"), take("u") {
        let low = try hexadecimal()
        guard low >= 0xDC00 && low < 0xE000 else { throw error("half of a surrogate pair") }
        code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
      }
      guard let scalar = Unicode.Scalar(code) else { throw error("half of a surrogate pair") }
      text.append(contentsOf: Array(String(Character(scalar)).utf8))
    default: throw error("an unknown escape in a string")
    }
  }

  private mutating func hexadecimal() throws -> UInt32 {
    guard position + 4 <= bytes.count else { throw error("four digits were expected behind \\u") }
    var code: UInt32 = 0
    for byte in bytes[position..<position + 4] {
      guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
        throw error("four digits were expected behind \\u")
      }
      code = code << 4 | UInt32(digit)
    }
    position += 4
    return code
  }

  // MARK: Bytes

  private var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

  private mutating func take(_ character: Unicode.Scalar) -> Bool {
    guard let byte = peek, UInt32(byte) == character.value else { return false }
    position += 1
    return true
  }

  private mutating func skipSpace() {
    while let byte = peek, byte == 32 || (9...10).contains(byte) || byte == 13 { position += 1 }
  }

  /// Some editors put a byte order mark in front.
  private mutating func skipMark() {
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
  }

  private func error(_ problem: String) -> JSONError {
    JSONError(offset: position, problem: problem)
  }
}
