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
    output += "\""
    for unit in text.utf16 {
      switch unit {
      case 0x22: output += "\\\""
      case 0x5C: output += "\\\\"
      case 8: output += "\\b"
      case 12: output += "\\f"
      case 10: output += "\\n"
      case 13: output += "\\r"
      case 9: output += "\\t"
      case 0x20...0x7E: output.unicodeScalars.append(Unicode.Scalar(UInt8(unit)))
      default:
        let digits = String(unit, radix: 16)
        output += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      }
    }
    output += "\""
  }
}
