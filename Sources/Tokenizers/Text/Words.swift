/// A normalised text and the words that it was cut into so far.
struct Words {
  var text: AlignedText
  var pieces: [Piece]

  init(_ text: AlignedText) {
    self.text = text
    pieces = text.bytes.isEmpty ? [] : [Piece(start: 0, end: text.bytes.count)]
  }

  /// Cuts each piece; `cut` gets a scanner that ends at the piece's end and the piece's start.
  mutating func split(_ cut: (Scanner, Int, inout [Piece]) -> Void) {
    var result: [Piece] = []
    result.reserveCapacity(text.bytes.count / 4)
    text.bytes.withUnsafeBufferPointer { buffer in
      guard let bytes = buffer.baseAddress else { return }
      for piece in pieces {
        cut(Scanner(bytes: bytes, count: piece.end), piece.start, &result)
      }
    }
    pieces = result
  }

  mutating func split(_ pattern: Pattern, _ behavior: SplitBehavior, inverted: Bool) {
    if behavior == .isolated, !inverted {
      return split { scanner, start, result in
        var index = start
        var plain = start
        while index < scanner.count {
          let end = pattern.end(ofMatchAt: index, scanner)
          guard end > index else {
            index += UTF8Text.length(ofScalarStartingWith: scanner.bytes[index])
            continue
          }
          if plain < index { result.append(Piece(start: plain, end: index)) }
          result.append(Piece(start: index, end: end))
          index = end
          plain = end
        }
        if plain < scanner.count { result.append(Piece(start: plain, end: scanner.count)) }
      }
    }
    var result: [Piece] = []
    for piece in pieces {
      var matches = pattern.matches(in: text.bytes[piece.start..<piece.end])
      if inverted { for index in matches.indices { matches[index].isMatch.toggle() } }
      behavior.appendPieces(matches, &result)
    }
    pieces = result
  }

  /// Puts a scalar in front of every piece (`always`) or of the text's first one (`first`), unless
  /// the piece begins with it already.
  mutating func prepend(_ scalar: UInt32, scheme: PrependScheme) {
    guard scheme != .never else { return }
    var mark: [UInt8] = []
    UTF8Text.append(scalar, to: &mark)
    rebuild { piece, source, target in
      let isFirst = source.original(piece.start, piece.end).start == 0
      let has = source.bytes[piece.start..<piece.end].starts(with: mark)
      if !has, scheme == .always || isFirst {
        target.append(scalar, source.byteSpan(piece.start))
      }
      for index in piece.start..<piece.end {
        target.bytes.append(source.bytes[index])
        target.spans?.append(source.byteSpan(index))
      }
    }
  }

  mutating func replaceSpaces(by scalar: UInt32) {
    rebuild { piece, source, target in
      for index in piece.start..<piece.end {
        if source.bytes[index] == 0x20 {
          target.append(scalar, source.byteSpan(index))
        } else {
          target.bytes.append(source.bytes[index])
          target.spans?.append(source.byteSpan(index))
        }
      }
    }
  }

  private mutating func rebuild(_ write: (Piece, AlignedText, inout AlignedText) -> Void) {
    var target = AlignedText(original: [])
    target.base = text.base
    target.spans = []
    for index in pieces.indices {
      let start = target.bytes.count
      write(pieces[index], text, &target)
      pieces[index] = Piece(start: start, end: target.bytes.count)
    }
    text = target
  }
}

extension AlignedText {
  /// What one byte stands for: that of its scalar.
  @inline(__always)
  func byteSpan(_ index: Int) -> Span { spans?[index] ?? original(index, index + 1) }
}

extension SplitBehavior {
  /// Turns matches and what lies between them into pieces.
  func appendPieces(_ matches: [Pattern.Match], _ pieces: inout [Piece]) {
    switch self {
    case .isolated: pieces += matches.map { Piece(start: $0.start, end: $0.end) }
    case .removed:
      pieces += matches.filter { !$0.isMatch }.map { Piece(start: $0.start, end: $0.end) }
    case .contiguous: merge(matches, &pieces) { $0.isMatch == $1.isMatch }
    case .mergedWithPrevious: merge(matches, &pieces) { !$0.isMatch && $1.isMatch }
    case .mergedWithNext: merge(matches, &pieces) { $0.isMatch && !$1.isMatch }
    }
  }

  private func merge(
    _ matches: [Pattern.Match], _ pieces: inout [Piece],
    joins: (Pattern.Match, Pattern.Match) -> Bool
  ) {
    var previous: Pattern.Match?
    for match in matches {
      if let last = previous, joins(last, match), !pieces.isEmpty {
        pieces[pieces.count - 1].end = match.end
      } else {
        pieces.append(Piece(start: match.start, end: match.end))
      }
      previous = match
    }
  }
}
