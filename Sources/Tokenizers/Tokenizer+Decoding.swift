extension Tokenizer {
  /// The text of ids. Ids that no token has are left out, as the reference library does.
  public func decode(_ ids: [Int32], skipSpecial: Bool = true) -> String {
    var tokens: [[UInt8]] = []
    for id in ids where !(skipSpecial && isSpecial(id)) {
      if let token = token(of: id) { tokens.append(Array(token.utf8)) }
    }
    guard let decoder = stages.decoder else {
      return String(decoding: Array(tokens.joined(separator: [0x20])), as: UTF8.self)
    }
    return String(decoding: Array(decoder.apply(tokens).joined()), as: UTF8.self)
  }
}
