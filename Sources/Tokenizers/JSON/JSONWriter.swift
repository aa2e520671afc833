/// Writes JSON as UTF-8 bytes, without spaces; text outside ASCII is written as it is.
struct JSONWriter {
  private(set) var bytes: [UInt8] = []

  static func write(_ value: JSONValue) -> [UInt8] {
    var writer = JSONWriter()
    writer.append(value)
    return writer.bytes
  }

  private mutating func append(_ value: JSONValue) {
    switch value {
    case .null: bytes.append(contentsOf: "null".utf8)
    case .bool(let bool): bytes.append(contentsOf: (bool ? "true" : "false").utf8)
    case .int(let int): bytes.append(contentsOf: "\(int)".utf8)
    case .double(let double): bytes.append(contentsOf: "\(double)".utf8)
    case .string(let string): append(string)
    case .array(let elements):
      appendList(elements, "[", "]") { $0.append($1) }
    case .object(let members):
      appendList(members, "{", "}") {
        $0.append($1.key)
        $0.bytes.append(UInt8(ascii: ":"))
        $0.append($1.value)
      }
    }
  }

  private mutating func appendList<Element>(
    _ elements: [Element], _ open: StaticString, _ close: StaticString,
    _ write: (inout JSONWriter, Element) -> Void
  ) {
    bytes.append(open.utf8Start[0])
    for (index, element) in elements.enumerated() {
      if index > 0 { bytes.append(UInt8(ascii: ",")) }
      write(&self, element)
    }
    bytes.append(close.utf8Start[0])
  }

  private mutating func append(_ string: String) {
    let digits = Array("0123456789abcdef".utf8)
    bytes.append(UInt8(ascii: "\""))
    for byte in string.utf8 {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"):
        bytes.append(UInt8(ascii: "\\"))
        bytes.append(byte)
      case 0..<0x20:
        bytes.append(contentsOf: "\\u00".utf8)
        bytes.append(digits[Int(byte >> 4)])
        bytes.append(digits[Int(byte & 15)])
      default: bytes.append(byte)
      }
    }
    bytes.append(UInt8(ascii: "\""))
  }
}
