/// Replaces what no run prints twice alike: `8,000 tokens/s`, `31 ms`, `3 min 20 s`, `12 MB`.
enum Masking {
  static func masked(_ line: String) -> String {
    let bytes = Array(line.utf8)
    // Most lines hold no such amount; they cost one look at each byte.
    guard bytes.contains(where: \.isDigit) else { return line }
    var result: [UInt8] = []
    var index = 0
    var isMasked = false
    while index < bytes.count {
      guard bytes[index].isDigit else {
        result.append(bytes[index])
        index += 1
        continue
      }
      let amount = Amount(bytes, from: index)
      if let mask = amount.mask {
        result += mask.utf8
        index = amount.end
        isMasked = true
      } else {
        result += bytes[index..<amount.numberEnd]
        index = amount.numberEnd
      }
    }
    // A masked number is as wide as it was: only then may the blanks around differ.
    return isMasked ? blanksJoined(String(decoding: result, as: UTF8.self)) : line
  }

  static func blanksJoined(_ text: String) -> String {
    var result: [UInt8] = []
    for byte in text.utf8 where byte != UInt8(ascii: " ") || result.last != byte {
      result.append(byte)
    }
    return String(decoding: result, as: UTF8.self)
  }
}

/// A number in a line and the unit behind it. Read from left to right without going back, so that no line is slow.
private struct Amount {
  private static let times = ["ns", "µs", "us", "ms", "s", "h", "min"]
  private static let sizes = ["kB", "KB", "MB", "GB", "TB", "KiB", "MiB", "GiB", "TiB"]

  /// Behind the digits.
  let numberEnd: Int
  /// Behind the unit; behind the digits where there is none.
  private(set) var end: Int
  /// What stands for the amount; nil: it is printed alike in each run.
  private(set) var mask: String?

  /// - Parameter start: the place of a digit.
  init(_ bytes: [UInt8], from start: Int) {
    var place = start
    while place < bytes.count, bytes[place].isDigit || bytes[place] == UInt8(ascii: ",") {
      place += 1
    }
    let whole = place
    if place + 1 < bytes.count, bytes[place] == UInt8(ascii: "."), bytes[place + 1].isDigit {
      place += 1
      while place < bytes.count, bytes[place].isDigit { place += 1 }
    }
    (numberEnd, end) = (place, place)
    let (unit, unitEnd) = Self.word(bytes, behind: place)
    guard !unit.isEmpty else { return }
    if Self.isRate(bytes, unitEnd) {
      (mask, end) = ("<rate>", unitEnd + 2)
    } else if Self.isEnd(bytes, unitEnd), Self.sizes.contains(unit) {
      (mask, end) = ("<memory>", unitEnd)
    } else if Self.isEnd(bytes, unitEnd), Self.times.contains(unit) {
      // Hours and minutes are whole numbers with a blank behind; what is less stands behind them.
      let isLong = unit == "h" || unit == "min"
      guard !isLong || (whole == place && unitEnd - unit.utf8.count > place) else { return }
      (mask, end) = ("<time>", unitEnd)
      if unit == "h" { takeLess("min", bytes) }
      if unit == "min" { takeLess("s", bytes) }
    }
  }

  /// ` 20 s` behind `3 min`.
  private mutating func takeLess(_ unit: String, _ bytes: [UInt8]) {
    var place = end
    guard place + 1 < bytes.count, bytes[place] == UInt8(ascii: " "), bytes[place + 1].isDigit
    else {
      return
    }
    place += 1
    while place < bytes.count, bytes[place].isDigit { place += 1 }
    let (found, unitEnd) = Self.word(bytes, behind: place)
    if found == unit, Self.isEnd(bytes, unitEnd) { end = unitEnd }
  }

  /// The letters behind a place, or behind one blank there.
  private static func word(_ bytes: [UInt8], behind place: Int) -> (text: String, end: Int) {
    let isApart = place < bytes.count && bytes[place] == UInt8(ascii: " ")
    let start = isApart ? place + 1 : place
    var end = start
    while end < bytes.count, bytes[end].isLetter || bytes[end] >= 0x80 { end += 1 }
    return (String(decoding: bytes[start..<end], as: UTF8.self), end)
  }

  /// `/s` behind the name of what is counted.
  private static func isRate(_ bytes: [UInt8], _ place: Int) -> Bool {
    place + 1 < bytes.count && bytes[place] == UInt8(ascii: "/")
      && bytes[place + 1] == UInt8(ascii: "s") && isEnd(bytes, place + 2)
  }

  private static func isEnd(_ bytes: [UInt8], _ place: Int) -> Bool {
    guard place < bytes.count else { return true }
    let byte = bytes[place]
    return !(byte.isLetter || byte.isDigit || byte == UInt8(ascii: "_") || byte >= 0x80)
  }
}

/// The numbers of a line, from left to right.
struct NumberScan {
  struct Found {
    let start: Int
    let end: Int
    /// With a point or an exponent.
    let isFloat: Bool
  }

  let bytes: [UInt8]
  private var place = 0

  init(_ line: String) { bytes = Array(line.utf8) }

  func text(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }

  mutating func next() -> Found? {
    while place < bytes.count, !bytes[place].isDigit { place += 1 }
    guard place < bytes.count else { return nil }
    let isNegative = place > 0 && bytes[place - 1] == UInt8(ascii: "-")
    let start = isNegative ? place - 1 : place
    skipDigits()
    let hasPoint = take(UInt8(ascii: "."), sign: false)
    let hasExponent = take(UInt8(ascii: "e"), sign: true)
    return Found(start: start, end: place, isFloat: hasPoint || hasExponent)
  }

  private mutating func skipDigits() {
    while place < bytes.count, bytes[place].isDigit { place += 1 }
  }

  /// A mark with digits behind it.
  private mutating func take(_ mark: UInt8, sign: Bool) -> Bool {
    guard place < bytes.count, bytes[place] == mark else { return false }
    var digit = place + 1
    if sign, digit < bytes.count, "+-".utf8.contains(bytes[digit]) { digit += 1 }
    guard digit < bytes.count, bytes[digit].isDigit else { return false }
    place = digit
    skipDigits()
    return true
  }
}

extension UInt8 {
  fileprivate var isDigit: Bool { self >= UInt8(ascii: "0") && self <= UInt8(ascii: "9") }
  fileprivate var isLetter: Bool {
    let lower = self | 0x20
    return lower >= UInt8(ascii: "a") && lower <= UInt8(ascii: "z")
  }
}
