/// Hand-written matchers of the regular expressions that byte-level tokenizers split with.
///
/// Each takes an index and returns the end of the match that begins there. The expressions of
/// GPT-2 and cl100k match at every index, so their matches cover a text.
struct Scanner {
  let bytes: UnsafePointer<UInt8>
  let count: Int
  private let classes = UnicodeTables.shared.classes

  init(bytes: UnsafePointer<UInt8>, count: Int) {
    self.bytes = bytes
    self.count = count
  }

  /// Classes of the scalar at `index`, which moves behind it; none at the end.
  @inline(__always)
  private func next(_ index: inout Int) -> ScalarClass {
    guard index < count else { return [] }
    return ScalarClass(rawValue: classes[Int(UTF8Text.scalar(bytes, &index))])
  }

  @inline(__always)
  private func byte(_ index: Int) -> UInt8 { index < count ? bytes[index] : 0 }

  /// The end of the longest run of scalars that have (or, negated, lack) one of the classes.
  @inline(__always)
  private func skip(_ start: Int, _ kinds: ScalarClass, lacking: Bool = false) -> Int {
    var index = start
    while index < count {
      var after = index
      let isMember = !next(&after).isDisjoint(with: kinds)
      if isMember == lacking { break }
      index = after
    }
    return index
  }

  private static let plain: ScalarClass = [.letter, .number, .whitespace]

  func run(_ start: Int, _ kind: ScalarClass, least: Int, most: Int) -> Int {
    var index = start
    var length = 0
    while index < count, length < most {
      var after = index
      guard next(&after).contains(kind) else { break }
      index = after
      length += 1
    }
    return length >= least ? index : start
  }

  /// `'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`
  func gpt2(_ start: Int) -> Int {
    if bytes[start] == 0x27 {
      let end = contraction(start, ignoringCase: false)
      if end > start { return end }
    }
    let first = bytes[start] == 0x20 ? start + 1 : start
    var after = first
    if first < count {
      let kind = next(&after)
      if kind.contains(.letter) { return skip(after, .letter) }
      if kind.contains(.number) { return skip(after, .number) }
      if !kind.contains(.whitespace) { return skip(after, Scanner.plain, lacking: true) }
    }
    return space(start)
  }

  /// As GPT-2's, with contractions in any case, letters that may take one other character in front,
  /// short numbers, and line breaks that end a piece.
  func cl100k(_ start: Int, digits: Int) -> Int {
    if bytes[start] == 0x27 {
      let end = contraction(start, ignoringCase: true)
      if end > start { return end }
    }
    var after = start
    let kind = next(&after)
    if kind.contains(.letter) { return skip(after, .letter) }
    if kind.contains(.number) { return run(start, .number, least: 1, most: digits) }
    if !kind.contains(.newline) {
      let end = skip(after, .letter)
      if end > after { return end }
    }
    let first = bytes[start] == 0x20 ? start + 1 : start
    let end = skip(first, Scanner.plain, lacking: true)
    if end > first { return skip(end, .newline) }
    return lineBreaks(start) ?? space(start)
  }

  /// `\s*[\r\n]+`: to behind the last line break of the white space.
  private func lineBreaks(_ start: Int) -> Int? {
    var index = start
    var end: Int?
    while index < count {
      let kind = next(&index)
      guard kind.contains(.whitespace) else { break }
      if kind.contains(.newline) { end = index }
    }
    return end
  }

  /// `\s+(?!\S)|\s+`: white space before a word leaves its last character to the word.
  private func space(_ start: Int) -> Int {
    let end = skip(start, .whitespace)
    guard end < count, end > start else { return end }
    let last = UTF8Text.before(bytes, end)
    return last > start ? last : end
  }

  /// `'s|'t|'re|'ve|'m|'ll|'d`
  private func contraction(_ start: Int, ignoringCase: Bool) -> Int {
    let fold: UInt8 = ignoringCase ? 0x20 : 0
    // U+017F, the long s, is an s when case is ignored.
    if ignoringCase, byte(start + 1) == 0xC5, byte(start + 2) == 0xBF { return start + 3 }
    let first = byte(start + 1) | fold
    switch first {
    case UInt8(ascii: "s"), UInt8(ascii: "t"), UInt8(ascii: "m"), UInt8(ascii: "d"):
      return start + 2
    case UInt8(ascii: "r"), UInt8(ascii: "v"):
      return byte(start + 2) | fold == UInt8(ascii: "e") ? start + 3 : start
    case UInt8(ascii: "l"):
      return byte(start + 2) | fold == UInt8(ascii: "l") ? start + 3 : start
    default: return start
    }
  }
}
