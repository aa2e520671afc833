/// The columns that a text takes on a terminal: 2 for wide (East Asian, emoji) characters, 0 for
/// control characters.
public func displayWidth(of text: some Sequence<Character>) -> Int {
  text.reduce(0) { $0 + $1.displayWidth }
}

/// As above; most texts are plain, and then a column is a byte.
public func displayWidth(of text: some StringProtocol) -> Int {
  text.isPlain ? text.utf8.count : text.reduce(0) { $0 + $1.displayWidth }
}

extension StringProtocol {
  /// Nothing but visible ASCII and blanks.
  var isPlain: Bool { utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7F } }
}

extension Character {
  /// Ranges of wide scalars, after Unicode's East Asian Width (W and F) and emoji presentation.
  private static let wide: [ClosedRange<UInt32>] = [
    0x1100...0x115F, 0x231A...0x231B, 0x2E80...0x303E, 0x3041...0x33FF, 0x3400...0x4DBF,
    0x4E00...0x9FFF, 0xA000...0xA4CF, 0xA960...0xA97F, 0xAC00...0xD7A3, 0xF900...0xFAFF,
    0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F1E6...0x1F1FF, 0x1F300...0x1F64F,
    0x1F680...0x1F6FF, 0x1F900...0x1F9FF, 0x1FA70...0x1FAFF, 0x20000...0x3FFFD,
  ]

  var displayWidth: Int {
    guard let scalar = unicodeScalars.first else { return 0 }
    if scalar.isASCII { return scalar.value < 0x20 || scalar.value == 0x7F ? 0 : 1 }
    switch scalar.properties.generalCategory {
    case .control, .format, .nonspacingMark, .enclosingMark: return 0
    default: break
    }
    if unicodeScalars.contains("\u{FE0F}") { return 2 }
    return Character.wide.contains { $0.contains(scalar.value) } ? 2 : 1
  }
}
