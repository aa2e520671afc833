extension JSONValue {
  public enum Style: Sendable {
    /// One line without spaces.
    case compact
    /// Indented by two spaces, as `json.dumps(value, indent=2)` writes it.
    case indented
  }

  /// The document as text. Characters outside ASCII are escaped, so that the bytes are those that
  /// Python's `json.dumps` writes for the same document.
  public func text(_ style: Style = .compact, sortedKeys: Bool = false) -> String {
    var output = ""
    write(to: &output, style: style, sorted: sortedKeys, indent: 0)
    return output
  }

  private func write(to output: inout String, style: Style, sorted: Bool, indent: Int) {
    switch self {
    case .null: output += "null"
    case .bool(let value): output += value ? "true" : "false"
    case .int(let value): output += String(value)
    case .double(let value): output += JSONValue.text(of: value)
    case .string(let value): JSONValue.quote(value, into: &output)
    case .array(let values):
      JSONValue.writeList(values, "[", "]", &output, style, indent) { value, output in
        value.write(to: &output, style: style, sorted: sorted, indent: indent + 1)
      }
    case .object(let object):
      var members = Array(object)
      // By code points, as Python sorts.
      if sorted {
        members.sort { $0.key.unicodeScalars.lexicographicallyPrecedes($1.key.unicodeScalars) }
      }
      JSONValue.writeList(members, "{", "}", &output, style, indent) { member, output in
        JSONValue.quote(member.key, into: &output)
        output += style == .compact ? ":" : ": "
        member.value.write(to: &output, style: style, sorted: sorted, indent: indent + 1)
      }
    }
  }

  private static func writeList<Element>(
    _ elements: [Element], _ opening: String, _ closing: String, _ output: inout String,
    _ style: Style, _ indent: Int, _ write: (Element, inout String) -> Void
  ) {
    output += opening
    for (index, element) in elements.enumerated() {
      if index > 0 { output += "," }
      if style == .indented { output += "\n" + String(repeating: "  ", count: indent + 1) }
      write(element, &output)
    }
    if style == .indented && !elements.isEmpty {
      output += "\n" + String(repeating: "  ", count: indent)
    }
    output += closing
  }

  private static func text(of value: Double) -> String {
    if value.isNaN { return "NaN" }
    if value.isInfinite { return value < 0 ? "-Infinity" : "Infinity" }
    return value.description
  }

  /// Appends `text` in double quotes, with the escapes of Python's `json`.
  static func quote(_ text: String, into output: inout String) {
    // Made as bytes: appending character by character costs several times as much.
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.utf8.count + 2)
    bytes.append(UInt8(ascii: "\""))
    for unit in text.utf16 {
      switch unit {
      case 0x22: bytes += [UInt8(ascii: "\\"), UInt8(ascii: "\"")]
      case 0x5C: bytes += [UInt8(ascii: "\\"), UInt8(ascii: "\\")]
      case 8: bytes += [UInt8(ascii: "\\"), UInt8(ascii: "b")]
      case 12: bytes += [UInt8(ascii: "\\"), UInt8(ascii: "f")]
      case 10: bytes += [UInt8(ascii: "\\"), UInt8(ascii: "n")]
      case 13: bytes += [UInt8(ascii: "\\"), UInt8(ascii: "r")]
      case 9: bytes += [UInt8(ascii: "\\"), UInt8(ascii: "t")]
      case 0x20...0x7E: bytes.append(UInt8(unit))
      default:
        bytes += [UInt8(ascii: "\\"), UInt8(ascii: "u")]
        for shift in [12, 8, 4, 0] { bytes.append(hexadecimal[Int(unit >> UInt16(shift) & 15)]) }
      }
    }
    bytes.append(UInt8(ascii: "\""))
    output += String(decoding: bytes, as: UTF8.self)
  }

  private static let hexadecimal = Array("0123456789abcdef".utf8)
}
