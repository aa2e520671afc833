extension TokenRun {
  /// Takes the white space at a token's start and end off what it stands for.
  ///
  /// - Parameter token: the token as the vocabulary spells it; `Ġ` is a space there.
  mutating func trimSpans(addsPrefixSpace: Bool, token: (Int32) -> String?) {
    for index in ids.indices {
      let span = spans[index]
      let string =
        found.contains(index)
        ? String(decoding: text[Int(span.start)..<Int(span.end)], as: UTF8.self)
        : token(ids[index]) ?? ""
      guard let first = string.utf8.first, let last = string.utf8.last else { continue }
      // Most tokens begin and end with an ASCII letter.
      guard first < 0x21 || first >= 0x80 || last < 0x21 || last >= 0x80 else { continue }
      trim(index, string.unicodeScalars, addsPrefixSpace)
    }
  }

  private mutating func trim(
    _ index: Int, _ token: String.UnicodeScalarView, _ addsPrefixSpace: Bool
  ) {
    let isSpace = { (scalar: Unicode.Scalar) in
      scalar.value == 0x120 || UnicodeTables.shared.has(scalar.value, .whitespace)
    }
    var leading = token.prefix(while: isSpace).count
    let trailing = token.reversed().prefix(while: isSpace).count
    // One space in front of the first word is the one that was added.
    let isFirst = index == 0 || spans[index].start == 0
    if leading == 1, isFirst, addsPrefixSpace { leading = 0 }
    var (start, end) = (Int(spans[index].start), Int(spans[index].end))
    for _ in 0..<leading where start < end {
      start = min(start + UTF8Text.length(ofScalarStartingWith: text[start]), end)
    }
    text.withUnsafeBufferPointer { text in
      guard let bytes = text.baseAddress else { return }
      for _ in 0..<trailing where end > start { end = max(UTF8Text.before(bytes, end), start) }
    }
    spans[index] = Span(start: UInt32(start), end: UInt32(end))
  }
}
