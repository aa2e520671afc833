/// Bytes of an original text, as a half-open range.
struct Span: Equatable, Sendable {
  var start: UInt32
  var end: UInt32
}

/// A part of a text's bytes, as a half-open range.
struct Piece: Equatable, Sendable {
  var start: Int
  var end: Int
}

/// Normalised UTF-8 that remembers for each byte which bytes of the original it stands for.
struct AlignedText {
  var bytes: [UInt8]
  /// One a byte; nil while the text is still the original, shifted by `base`.
  var spans: [Span]?
  /// Where the text begins in the original.
  var base: Int

  init(original: ArraySlice<UInt8>) {
    bytes = Array(original)
    base = original.startIndex
  }

  init(scalars: [AlignedScalar], base: Int) {
    bytes = []
    bytes.reserveCapacity(scalars.count)
    var spans: [Span] = []
    spans.reserveCapacity(scalars.count)
    for scalar in scalars {
      UTF8Text.append(scalar.value, to: &bytes)
      while spans.count < bytes.count { spans.append(Span(start: scalar.start, end: scalar.end)) }
    }
    self.spans = spans
    self.base = base
  }

  /// What a part stands for. A part that begins or ends inside a scalar stands for all of it.
  @inline(__always)
  func original(_ start: Int, _ end: Int) -> Span {
    guard let spans else {
      var (start, end) = (start, end)
      while start > 0, start < bytes.count, bytes[start] & 0xC0 == 0x80 { start -= 1 }
      while end < bytes.count, bytes[end] & 0xC0 == 0x80 { end += 1 }
      return Span(start: UInt32(base + start), end: UInt32(base + end))
    }
    guard start < end else {
      let at = start < spans.count ? spans[start].start : spans.last?.end ?? UInt32(base)
      return Span(start: at, end: at)
    }
    return Span(start: spans[start].start, end: spans[end - 1].end)
  }

  /// The span of the whole scalar whose first byte is at `start`.
  @inline(__always)
  func span(ofScalarAt start: Int, length: Int) -> Span {
    spans?[start] ?? Span(start: UInt32(base + start), end: UInt32(base + start + length))
  }

  var scalars: [AlignedScalar] {
    var result: [AlignedScalar] = []
    result.reserveCapacity(bytes.count)
    bytes.withUnsafeBufferPointer { buffer in
      guard let bytes = buffer.baseAddress else { return }
      var index = 0
      while index < buffer.count {
        let start = index
        let value = UTF8Text.scalar(bytes, &index)
        let span = span(ofScalarAt: start, length: index - start)
        result.append(AlignedScalar(value: value, start: span.start, end: span.end))
      }
    }
    return result
  }

  /// A part as a text of its own.
  func slice(_ piece: Piece) -> AlignedText {
    var text = self
    text.bytes = Array(bytes[piece.start..<piece.end])
    if let spans {
      text.spans = Array(spans[piece.start..<piece.end])
    } else {
      text.base = base + piece.start
    }
    return text
  }

  mutating func append(_ scalar: UInt32, _ span: Span) {
    UTF8Text.append(scalar, to: &bytes)
    while (spans?.count ?? bytes.count) < bytes.count { spans?.append(span) }
  }
}
