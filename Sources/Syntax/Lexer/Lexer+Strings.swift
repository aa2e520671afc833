extension Lexer {
  private static let escapes: [UInt8: String] = [
    UInt8(ascii: "n"): "\n", UInt8(ascii: "t"): "\t", UInt8(ascii: "r"): "\r",
    UInt8(ascii: "0"): "\0", UInt8(ascii: "\\"): "\\", UInt8(ascii: "\""): "\"",
  ]

  /// `"text \n \(expression)"`, on one line.
  mutating func string() {
    let start = offset
    offset += 1
    guard stringNesting < Lexer.maximumStringNesting else { return tooDeep(from: start) }
    stringNesting += 1
    defer { stringNesting -= 1 }
    add(.stringStart, from: start)
    var text: [UInt8] = []
    var partStart = offset
    while let byte = current, byte != UInt8(ascii: "\n") {
      switch byte {
      case UInt8(ascii: "\""):
        flush(&text, from: partStart)
        offset += 1
        return add(.stringEnd, from: offset - 1)
      case UInt8(ascii: "\\") where peek() == UInt8(ascii: "("):
        flush(&text, from: partStart)
        let reported = diagnostics.count
        guard interpolation() else {
          return unterminated(from: start, isReported: diagnostics.count > reported)
        }
        partStart = offset
      case UInt8(ascii: "\\"): escape(into: &text)
      default:
        text.append(byte)
        offset += 1
      }
    }
    flush(&text, from: partStart)
    unterminated(from: start)
  }

  private mutating func flush(_ text: inout [UInt8], from start: Int) {
    guard !text.isEmpty else { return }
    add(.stringText, from: start, text: String(decoding: text, as: UTF8.self))
    text = []
  }

  /// Closes the string where its line ends, so that the parser sees a whole one.
  private mutating func unterminated(from start: Int, isReported: Bool = false) {
    if !isReported {
      diagnostics.append(
        Diagnostic(
          "E0105", "the string is not closed on its line", at: span(start, start + 1),
          fix: "add a `\"`"))
    }
    add(.stringEnd, from: offset)
  }

  private mutating func tooDeep(from start: Int) {
    while let byte = current, byte != UInt8(ascii: "\n") { offset += 1 }
    report("E0108", "strings are nested too deeply in one another", from: start)
    add(.invalid, from: start)
  }

  /// The tokens of `\(…)`; false when the line ends first.
  private mutating func interpolation() -> Bool {
    let start = offset
    offset += 2
    add(.interpolationStart, from: start)
    var depth = 0
    while let byte = current, byte != UInt8(ascii: "\n") {
      if byte == UInt8(ascii: ")"), depth == 0 {
        offset += 1
        add(.interpolationEnd, from: offset - 1)
        return true
      }
      if byte == UInt8(ascii: "(") { depth += 1 }
      if byte == UInt8(ascii: ")") { depth -= 1 }
      step()
    }
    add(.interpolationEnd, from: offset)
    return false
  }

  private mutating func escape(into text: inout [UInt8]) {
    let start = offset
    guard let mark = peek(), mark != UInt8(ascii: "\n") else {
      offset += 1
      return
    }
    if let plain = Lexer.escapes[mark] {
      offset += 2
      return text.append(contentsOf: plain.utf8)
    }
    if mark == UInt8(ascii: "u"), peek(2) == UInt8(ascii: "{") {
      return unicodeEscape(into: &text, from: start)
    }
    offset += 2
    while let byte = current, byte & 0xC0 == 0x80 { offset += 1 }
    report(
      "E0106", "`\(source.text(in: start..<offset))` is no escape", from: start,
      note: "escapes: \\n \\t \\r \\0 \\\" \\\\ \\u{…} and \\(expression)",
      fix: "write `\\\\` for a backslash")
  }

  private mutating func unicodeEscape(into text: inout [UInt8], from start: Int) {
    offset += 3
    let digitStart = offset
    while let byte = current, byte.isDigit || byte.isLetter { offset += 1 }
    let digits = source.text(in: digitStart..<offset)
    let closed = current == UInt8(ascii: "}")
    if closed { offset += 1 }
    if closed, let scalar = UInt32(digits, radix: 16).flatMap(Unicode.Scalar.init) {
      return text.append(contentsOf: String(Character(scalar)).utf8)
    }
    report(
      "E0106", "`\(source.text(in: start..<offset))` is no character", from: start,
      note: "write a Unicode number in hexadecimal: \\u{3b1} is α")
  }
}
