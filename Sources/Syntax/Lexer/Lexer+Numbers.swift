extension Lexer {
  /// `7`, `1_000`, `0.5`, `1e-3`, `30s`, `64KiB`, `1.5k`.
  mutating func number() {
    let start = offset
    var isFloat = false
    digits()
    if current == UInt8(ascii: "."), let next = peek(), next.isDigit {
      isFloat = true
      offset += 1
      digits()
    }
    if exponentFollows { isFloat = true }
    let value = value(from: start, isFloat: isFloat)
    suffix(from: start, value: value)
  }

  private mutating func digits() {
    while let byte = current, byte.isDigit || byte == UInt8(ascii: "_") { offset += 1 }
  }

  /// Takes `e-3`; an `e` without digits is left for `suffix` to refuse.
  private var exponentFollows: Bool {
    mutating get {
      guard let mark = current, mark | 0x20 == UInt8(ascii: "e") else { return false }
      let sign = peek() == UInt8(ascii: "-") || peek() == UInt8(ascii: "+")
      guard let digit = peek(sign ? 2 : 1), digit.isDigit else { return false }
      offset += sign ? 2 : 1
      digits()
      return true
    }
  }

  private mutating func value(from start: Int, isFloat: Bool) -> Number {
    let text = source.text(in: start..<offset).filter { $0 != "_" }
    if !isFloat {
      if let value = Int(text) { return .integer(value) }
      report(
        "E0103", "the integer \(text.excerpt) is too large", from: start,
        note: "the largest integer is \(Int.max)",
        fix: "write it as a float" + (text == text.excerpt ? ": \(text).0" : ""))
      return .integer(0)
    }
    let value = Double(text) ?? 0
    if value.isInfinite {
      report(
        "E0103", "the number \(text.excerpt) is too large for a float", from: start,
        note: "the largest float is about 1.8e308")
    }
    return .float(value)
  }

  private mutating func suffix(from start: Int, value: Number) {
    let unitStart = offset
    while let byte = current, byte.continuesName { offset += 1 }
    if unitStart == offset {
      bareDot(from: start)
      switch value {
      case .integer: return add(.integer, from: start, number: value)
      case .float: return add(.float, from: start, number: value)
      }
    }
    let text = source.text(in: unitStart..<offset)
    if let unit = NumberUnit(rawValue: text) {
      return add(.quantity, from: start, number: value, unit: unit)
    }
    let units = NumberUnit.allCases.map(\.rawValue)
    report(
      "E0102", "`\(text.excerpt)` is no unit", from: unitStart,
      note: "units: \(units.joined(separator: ", "))",
      fix: didYouMean(text, units).map { "did you mean `\($0)`?" }
        ?? "a name does not begin with a digit")
    add(.invalid, from: start)
  }

  /// `1.` is refused, since `.` is for members.
  private mutating func bareDot(from start: Int) {
    guard current == UInt8(ascii: "."), peek() != UInt8(ascii: ".") else { return }
    if let next = peek(), next.startsName { return }
    offset += 1
    let digits = source.text(in: start..<offset)
    report(
      "E0104", "a number needs a digit behind its point", from: start, fix: "write \(digits)0")
  }
}
