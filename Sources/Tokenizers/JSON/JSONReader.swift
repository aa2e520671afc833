/// Reads JSON (RFC 8259) from UTF-8 bytes.
struct JSONReader {
  private let bytes: UnsafeBufferPointer<UInt8>
  private var index = 0
  private var depth = 0

  /// Deeper files are refused instead of exhausting the stack.
  private static let deepest = 200

  static func read(_ bytes: [UInt8]) throws -> JSONValue {
    try bytes.withUnsafeBufferPointer { buffer in
      var reader = JSONReader(bytes: buffer)
      if buffer.count >= 3, buffer[0] == 0xEF, buffer[1] == 0xBB, buffer[2] == 0xBF {
        reader.index = 3
      }
      let value = try reader.value()
      reader.skipSpace()
      guard reader.index == buffer.count else { throw reader.error("something follows the value") }
      return value
    }
  }

  private init(bytes: UnsafeBufferPointer<UInt8>) {
    self.bytes = bytes
  }

  private func error(_ what: String) -> TokenizerError {
    TokenizerError("The file is not valid JSON: \(what) at byte \(index).")
  }

  @inline(__always)
  private mutating func skipSpace() {
    while index < bytes.count {
      switch bytes[index] {
      case 0x20, 0x0A, 0x0D, 0x09: index += 1
      default: return
      }
    }
  }

  private mutating func expect(_ byte: UInt8) throws {
    skipSpace()
    guard index < bytes.count, bytes[index] == byte else {
      throw error("'\(Character(Unicode.Scalar(byte)))' is missing")
    }
    index += 1
  }

  private mutating func takes(_ byte: UInt8) -> Bool {
    skipSpace()
    guard index < bytes.count, bytes[index] == byte else { return false }
    index += 1
    return true
  }

  private mutating func value() throws -> JSONValue {
    skipSpace()
    guard index < bytes.count else { throw error("the end comes too early") }
    switch bytes[index] {
    case UInt8(ascii: "{"): return try nested { try $0.object() }
    case UInt8(ascii: "["): return try nested { try $0.array() }
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"): return try word("true", .bool(true))
    case UInt8(ascii: "f"): return try word("false", .bool(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    default: return try number()
    }
  }

  private mutating func nested(_ read: (inout JSONReader) throws -> JSONValue) throws -> JSONValue {
    depth += 1
    defer { depth -= 1 }
    guard depth <= JSONReader.deepest else { throw error("the nesting is too deep") }
    index += 1
    return try read(&self)
  }

  private mutating func object() throws -> JSONValue {
    var members: [JSONValue.Member] = []
    if takes(UInt8(ascii: "}")) { return .object(members) }
    repeat {
      skipSpace()
      guard index < bytes.count, bytes[index] == UInt8(ascii: "\"") else {
        throw error("a key is missing")
      }
      let key = try string()
      try expect(UInt8(ascii: ":"))
      members.append(JSONValue.Member(key: key, value: try value()))
    } while takes(UInt8(ascii: ","))
    try expect(UInt8(ascii: "}"))
    return .object(members)
  }

  private mutating func array() throws -> JSONValue {
    var elements: [JSONValue] = []
    if takes(UInt8(ascii: "]")) { return .array(elements) }
    repeat {
      elements.append(try value())
    } while takes(UInt8(ascii: ","))
    try expect(UInt8(ascii: "]"))
    return .array(elements)
  }

  private mutating func word(_ word: StaticString, _ value: JSONValue) throws -> JSONValue {
    for offset in 0..<word.utf8CodeUnitCount {
      guard index < bytes.count, bytes[index] == word.utf8Start[offset] else {
        throw error("an unknown word stands")
      }
      index += 1
    }
    return value
  }

  private mutating func number() throws -> JSONValue {
    let start = index
    var isInteger = true
    scan: while index < bytes.count {
      switch bytes[index] {
      case 0x30...0x39, UInt8(ascii: "-"): break
      case UInt8(ascii: "+"), UInt8(ascii: "."), UInt8(ascii: "e"), UInt8(ascii: "E"):
        isInteger = false
      default: break scan
      }
      index += 1
    }
    let text = String(decoding: bytes[start..<index], as: UTF8.self)
    if isInteger, let int = Int(text) { return .int(int) }
    guard let double = Double(text), double.isFinite else {
      index = start
      throw error("a value that is no JSON value stands")
    }
    return .double(double)
  }

  private mutating func string() throws -> String {
    index += 1
    let start = index
    while index < bytes.count {
      let byte = bytes[index]
      if byte == UInt8(ascii: "\"") {
        index += 1
        return String(decoding: bytes[start..<(index - 1)], as: UTF8.self)
      }
      if byte == UInt8(ascii: "\\") { return try escapedString(from: start) }
      guard byte >= 0x20 else { throw error("a control character stands in a string") }
      index += 1
    }
    throw error("a string does not end")
  }

  private mutating func escapedString(from start: Int) throws -> String {
    var text = Array(bytes[start..<index])
    while index < bytes.count {
      let byte = bytes[index]
      index += 1
      switch byte {
      case UInt8(ascii: "\""): return String(decoding: text, as: UTF8.self)
      case UInt8(ascii: "\\"): try escape(into: &text)
      case 0..<0x20: throw error("a control character stands in a string")
      default: text.append(byte)
      }
    }
    throw error("a string does not end")
  }

  private mutating func escape(into text: inout [UInt8]) throws {
    guard index < bytes.count else { throw error("a string does not end") }
    let byte = bytes[index]
    index += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
    case UInt8(ascii: "b"): text.append(0x08)
    case UInt8(ascii: "f"): text.append(0x0C)
    case UInt8(ascii: "n"): text.append(0x0A)
    case UInt8(ascii: "r"): text.append(0x0D)
    case UInt8(ascii: "t"): text.append(0x09)
    case UInt8(ascii: "u"): UTF8Text.append(try unicodeEscape(), to: &text)
    default: throw error("an unknown escape stands in a string")
    }
  }

  private mutating func unicodeEscape() throws -> UInt32 {
    let first = try hexadecimal()
    guard first & 0xF800 == 0xD800 else { return first }
    guard first < 0xDC00, index + 1 < bytes.count, bytes[index] == UInt8(ascii: "\\"),
      bytes[index + 1] == UInt8(ascii: "u")
    else { throw error("half of a surrogate pair stands in a string") }
    index += 2
    let second = try hexadecimal()
    guard second & 0xFC00 == 0xDC00 else {
      throw error("half of a surrogate pair stands in a string")
    }
    return 0x10000 + (first & 0x3FF) << 10 + second & 0x3FF
  }

  private mutating func hexadecimal() throws -> UInt32 {
    guard index + 4 <= bytes.count else { throw error("a string does not end") }
    var value: UInt32 = 0
    for _ in 0..<4 {
      guard let digit = Character(Unicode.Scalar(bytes[index])).hexDigitValue else {
        throw error("an escape without four hexadecimal digits stands")
      }
      value = value << 4 | UInt32(digit)
      index += 1
    }
    return value
  }
}
