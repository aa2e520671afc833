/// SentencePiece's normaliser: a table from pieces of text to their replacements, as a double array
/// of characters with the replacements behind it, each ended by a zero.
///
/// As in the reference library a grapheme of at most five bytes is looked up as a whole, other
/// text character by character; and of several entries that are prefixes of what is looked up the
/// shortest replaces all of it.
struct PrecompiledNormalizer: Sendable {
  private let units: [UInt32]
  private let replacements: [UInt8]
  /// What each ASCII character becomes; nil: itself.
  private var ascii: [[UInt8]?]

  private static let longestGrapheme = 5

  /// - Parameter table: u32 length of the double array in bytes, its units, the replacements.
  init(table: [UInt8]) throws {
    func word(_ place: Int) -> UInt32 {
      (0..<4).reduce(0) { $0 | UInt32(table[place + $1]) << (8 * UInt32($1)) }
    }
    guard table.count >= 4, case let size = Int(word(0)), size % 4 == 0, size <= table.count - 4
    else {
      throw TokenizerError(
        "The tokenizer file's precompiled_charsmap is damaged: its first four bytes give no length."
      )
    }
    units = (0..<size / 4).map { word(4 + 4 * $0) }
    replacements = Array(table[(4 + size)...])
    guard String(validating: replacements, as: UTF8.self) != nil else {
      throw TokenizerError("The tokenizer file's precompiled_charsmap holds text that is no UTF-8.")
    }
    ascii = []
    ascii = (UInt8(0)..<128).map { byte in replacement(of: [byte]).map { Array($0) } }
  }

  /// The replacement for the shortest prefix that has one.
  private func replacement(of text: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
    guard let root = units.first else { return nil }
    var place = PrecompiledNormalizer.offset(root)
    for byte in text {
      place ^= Int(byte)
      guard byte != 0, place < units.count else { return nil }
      let unit = units[place]
      guard unit & (1 << 31 | 0xFF) == UInt32(byte) else { return nil }
      place ^= PrecompiledNormalizer.offset(unit)
      guard unit >> 8 & 1 == 1 else { continue }
      guard place < units.count else { return nil }
      let start = Int(units[place] & 0x7FFF_FFFF)
      guard start < replacements.count else { return nil }
      return replacements[start...].prefix { $0 != 0 }
    }
    return nil
  }

  private static func offset(_ unit: UInt32) -> Int { Int(unit >> 10) << Int(unit >> 6 & 8) }

  func apply(_ text: inout AlignedText) {
    let source = text
    let bytes = source.bytes
    var result = AlignedText(original: [])
    result.spans = []
    result.base = source.base
    result.bytes.reserveCapacity(bytes.count)
    var index = 0
    while index < bytes.count {
      let byte = bytes[index]
      let isAlone = index + 1 == bytes.count || bytes[index + 1] < 0x80 && byte != 0x0D
      if byte < 0x80, isAlone {
        write(index..<index + 1, ascii[Int(byte)]?[...], source, &result)
        index += 1
        continue
      }
      // Graphemes do not end inside of this: its end is between two ASCII characters.
      var end = index + 1
      while end < bytes.count, bytes[end] >= 0x80 || bytes[end - 1] >= 0x80 || bytes[end] == 0x0A {
        end += 1
      }
      for grapheme in String(decoding: bytes[index..<end], as: UTF8.self) {
        let next = index + grapheme.utf8.count
        normalize(index..<next, source, &result)
        index = next
      }
    }
    text = result
  }

  private func normalize(
    _ grapheme: Range<Int>, _ source: AlignedText, _ result: inout AlignedText
  ) {
    let bytes = source.bytes
    if grapheme.count <= PrecompiledNormalizer.longestGrapheme,
      let found = replacement(of: bytes[grapheme])
    {
      return write(grapheme, found, source, &result)
    }
    var start = grapheme.lowerBound
    while start < grapheme.upperBound {
      let end = min(
        start + UTF8Text.length(ofScalarStartingWith: bytes[start]), grapheme.upperBound)
      write(start..<end, replacement(of: bytes[start..<end]), source, &result)
      start = end
    }
  }

  /// A part, or what takes its place; that stands for all of the part.
  private func write(
    _ part: Range<Int>, _ replacement: ArraySlice<UInt8>?, _ source: AlignedText,
    _ result: inout AlignedText
  ) {
    let span = source.original(part.lowerBound, part.upperBound)
    result.bytes += replacement ?? source.bytes[part]
    while (result.spans?.count ?? .max) < result.bytes.count { result.spans?.append(span) }
  }
}

/// Base64, as JSON files hold bytes.
enum Base64 {
  /// Nil for what is none. White space is not expected.
  static func bytes(of text: String) -> [UInt8]? {
    var output: [UInt8] = []
    var (word, bits, padding) = (UInt32(0), 0, 0)
    for character in text.utf8 {
      if character == UInt8(ascii: "=") {
        padding += 1
        continue
      }
      guard padding == 0, let value = value(of: character) else { return nil }
      word = word << 6 | value
      bits += 6
      if bits >= 8 {
        bits -= 8
        output.append(UInt8(truncatingIfNeeded: word >> UInt32(bits)))
      }
    }
    return padding <= 2 ? output : nil
  }

  private static func value(of character: UInt8) -> UInt32? {
    switch character {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"): return UInt32(character) - 65
    case UInt8(ascii: "a")...UInt8(ascii: "z"): return UInt32(character) - 97 + 26
    case UInt8(ascii: "0")...UInt8(ascii: "9"): return UInt32(character) - 48 + 52
    case UInt8(ascii: "+"): return 62
    case UInt8(ascii: "/"): return 63
    default: return nil
    }
  }
}
