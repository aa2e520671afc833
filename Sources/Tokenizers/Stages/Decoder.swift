/// Turns tokens back into text, step by step.
indirect enum Decoder: Sendable {
  case wordPiece(prefix: [UInt8], cleansUp: Bool)
  case byteLevel
  case metaspace(replacement: [UInt8], dropsFirst: Bool)
  case byteFallback
  case fuse
  case strip(content: [UInt8], start: Int, stop: Int)
  case replace(Pattern, [UInt8])
  case suffix([UInt8])
  case sequence([Decoder])

  func apply(_ tokens: [[UInt8]]) -> [[UInt8]] {
    switch self {
    case .wordPiece(let prefix, let cleansUp): return wordPieces(tokens, prefix, cleansUp)
    case .byteLevel:
      let bytes = tokens.flatMap { ByteCharacters.shared.bytes(of: $0) ?? $0 }
      return [Array(String(decoding: bytes, as: UTF8.self).utf8)]
    case .metaspace(let replacement, let dropsFirst):
      return tokens.enumerated().map { index, token in
        Pattern.literal(replacement).replaced(in: token, by: index == 0 && dropsFirst ? [] : [0x20])
      }
    case .byteFallback: return bytesJoined(tokens)
    case .fuse: return [Array(tokens.joined())]
    case .strip(let content, let start, let stop):
      return tokens.map { stripped($0, content, start, stop) }
    case .replace(let pattern, let content):
      return tokens.map { pattern.replaced(in: $0, by: content) }
    case .suffix(let suffix):
      return tokens.enumerated().map { index, token in
        Pattern.literal(suffix).replaced(in: token, by: index == tokens.count - 1 ? [] : [0x20])
      }
    case .sequence(let stages): return stages.reduce(tokens) { $1.apply($0) }
    }
  }

  private func wordPieces(_ tokens: [[UInt8]], _ prefix: [UInt8], _ cleansUp: Bool) -> [[UInt8]] {
    tokens.enumerated().map { index, token in
      var token = token
      if index > 0 {
        token = token.starts(with: prefix) ? Array(token.dropFirst(prefix.count)) : [0x20] + token
      }
      guard cleansUp else { return token }
      return Decoder.cleanup.reduce(token) { $1.0.replaced(in: $0, by: $1.1) }
    }
  }

  /// What the reference decoder takes for traces of tokenization, in its order.
  private static let cleanup: [(Pattern, [UInt8])] = [
    (" .", "."), (" ?", "?"), (" !", "!"), (" ,", ","), (" ' ", "'"), (" n't", "n't"),
    (" 'm", "'m"), (" do not", " don't"), (" 's", "'s"), (" 've", "'ve"), (" 're", "'re"),
  ].map { (Pattern.literal(Array($0.0.utf8)), Array($0.1.utf8)) }

  /// Runs of tokens `<0x41>` become their text, or one U+FFFD a byte if they are no UTF-8.
  private func bytesJoined(_ tokens: [[UInt8]]) -> [[UInt8]] {
    var result: [[UInt8]] = []
    var bytes: [UInt8] = []
    func flush() {
      guard !bytes.isEmpty else { return }
      if String(validating: bytes, as: UTF8.self) != nil {
        result.append(bytes)
      } else {
        result += bytes.map { _ in [0xEF, 0xBF, 0xBD] }
      }
      bytes = []
    }
    for token in tokens {
      if let byte = Decoder.byte(token) {
        bytes.append(byte)
      } else {
        flush()
        result.append(token)
      }
    }
    flush()
    return result
  }

  private static func byte(_ token: [UInt8]) -> UInt8? {
    guard token.count == 6, token.starts(with: Array("<0x".utf8)), token[5] == UInt8(ascii: ">")
    else { return nil }
    return UInt8(String(decoding: token[3..<5], as: UTF8.self), radix: 16)
  }

  private func stripped(
    _ token: [UInt8], _ content: [UInt8], _ start: Int, _ stop: Int
  ) -> [UInt8] {
    var rest = token[...]
    var count = 0
    while count < start, !content.isEmpty, rest.starts(with: content) {
      rest = rest.dropFirst(content.count)
      count += 1
    }
    count = 0
    while count < stop, !content.isEmpty, rest.count >= content.count,
      rest.suffix(content.count).elementsEqual(content)
    {
      rest = rest.dropLast(content.count)
      count += 1
    }
    return Array(rest)
  }
}

extension Pattern {
  func replaced(in bytes: [UInt8], by content: [UInt8]) -> [UInt8] {
    let matches = matches(in: bytes[...])
    guard matches.contains(where: \.isMatch) else { return bytes }
    return matches.flatMap { $0.isMatch ? content : Array(bytes[$0.start..<$0.end]) }
  }
}
