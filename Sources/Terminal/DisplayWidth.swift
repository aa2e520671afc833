/// How many columns of a terminal `text` takes.
///
/// Wide East Asian letters and emoji take two, combining marks and control characters none;
/// escape sequences for colours (`ESC[…m`) count nothing.
public func displayWidth(_ text: String) -> Int {
  if text.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) { return text.utf8.count }
  var width = 0
  for piece in TextPieces(text) { width += piece.width }
  return width
}

/// The columns that one character takes; a character may be several scalars (an emoji family).
public func displayWidth(_ character: Character) -> Int {
  let scalars = character.unicodeScalars
  guard let first = scalars.first else { return 0 }
  if scalars.count == 1 { return displayWidth(first) }
  let isEmoji =
    first.properties.isEmoji
    && scalars.dropFirst().contains {
      $0.value == 0xFE0F || $0.value == 0x200D || $0.properties.isEmojiModifier
    }
  let isFlag = scalars.allSatisfy { (0x1F1E6...0x1F1FF).contains($0.value) }
  if isEmoji || isFlag { return 2 }
  return scalars.reduce(0) { $0 + displayWidth($1) }
}

/// The columns that one scalar takes by itself.
public func displayWidth(_ scalar: Unicode.Scalar) -> Int {
  let value = scalar.value
  if value < 0x20 || (0x7F..<0xA0).contains(value) { return 0 }
  if value < 0x300 { return value == 0xAD ? 0 : 1 }
  if (0x1160...0x11FF).contains(value) { return 0 }  // vowels and finals join their Hangul syllable
  switch scalar.properties.generalCategory {
  case .nonspacingMark, .enclosingMark, .format, .lineSeparator, .paragraphSeparator: return 0
  default: break
  }
  if scalar.properties.isEmojiPresentation { return 2 }
  return isWide(value) ? 2 : 1
}

// Blocks whose letters are Wide or Fullwidth in Unicode's EastAsianWidth.txt, merged where the
// gaps between them are unassigned. Emoji are found by their property instead.
private let wideRanges: [ClosedRange<UInt32>] = [
  0x1100...0x115F, 0x2329...0x232A, 0x2E80...0x303E, 0x3041...0x33FF, 0x3400...0x4DBF,
  0x4E00...0x9FFF, 0xA000...0xA4CF, 0xA960...0xA97C, 0xAC00...0xD7A3, 0xF900...0xFAFF,
  0xFE10...0xFE19, 0xFE30...0xFE6B, 0xFF01...0xFF60, 0xFFE0...0xFFE6, 0x16FE0...0x18CFF,
  0x1AFF0...0x1B2FB, 0x1F200...0x1F320, 0x1F900...0x1F9FF, 0x20000...0x3FFFD,
]

private func isWide(_ value: UInt32) -> Bool {
  guard value >= 0x1100 else { return false }
  var low = 0
  var high = wideRanges.count
  while low < high {
    let middle = (low + high) / 2
    if wideRanges[middle].upperBound < value { low = middle + 1 } else { high = middle }
  }
  return low < wideRanges.count && wideRanges[low].contains(value)
}

/// A text as what a terminal sees of it: characters, and escape sequences that take no columns.
struct TextPieces: Sequence, IteratorProtocol {
  struct Piece {
    var text: Substring
    var width: Int
    var isEscape: Bool
  }

  private var rest: Substring

  init(_ text: String) { rest = text[...] }

  mutating func next() -> Piece? {
    guard let first = rest.first else { return nil }
    if first == "\u{1B}", let end = escapeEnd() {
      defer { rest = rest[end...] }
      return Piece(text: rest[..<end], width: 0, isEscape: true)
    }
    defer { rest = rest.dropFirst() }
    return Piece(text: rest.prefix(1), width: displayWidth(first), isEscape: false)
  }

  // A control sequence: ESC [ parameters, ended by one letter (ECMA-48, 5.4).
  private func escapeEnd() -> Substring.Index? {
    let body = rest.dropFirst()
    guard body.first == "[" else { return nil }
    let end = body.dropFirst().firstIndex { ("@"..."~").contains($0) }
    return end.map { rest.index(after: $0) }
  }
}
