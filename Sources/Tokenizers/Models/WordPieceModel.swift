/// Greedy longest-match-first splitting of words (BERT).
struct WordPieceModel: Model {
  let vocabulary: Vocabulary
  let unknownToken: String
  let prefix: String
  let longestWord: Int
  private let unknownID: Int32?
  /// Continuing tokens without their prefix, so that slices of a word can be looked up as they are.
  private let continuing: ByteTable
  private let longestContinuing: Int

  init(vocabulary: Vocabulary, unknownToken: String, prefix: String, longestWord: Int) {
    self.vocabulary = vocabulary
    self.unknownToken = unknownToken
    self.prefix = prefix
    self.longestWord = longestWord
    unknownID = vocabulary.id(of: unknownToken)
    let prefixBytes = Array(prefix.utf8)
    var table = ByteTable(capacity: vocabulary.count)
    var longest = 0
    for (token, id) in vocabulary.sorted where token.utf8.starts(with: prefixBytes) {
      let rest = Array(token.utf8.dropFirst(prefixBytes.count))
      rest.withUnsafeBufferPointer { table.insert($0, id) }
      longest = max(longest, rest.count)
    }
    continuing = table
    longestContinuing = longest
  }

  init(_ place: JSONPlace) throws {
    self.init(
      vocabulary: try Vocabulary(place.member("vocab")),
      unknownToken: try place.string("unk_token", default: "[UNK]"),
      prefix: try place.string("continuing_subword_prefix", default: "##"),
      longestWord: try place.optional("max_input_chars_per_word")?.count() ?? 100)
  }

  func json() -> JSONValue {
    .make([
      "type": .string("WordPiece"), "unk_token": .string(unknownToken),
      "continuing_subword_prefix": .string(prefix),
      "max_input_chars_per_word": .int(longestWord), "vocab": vocabulary.json(),
    ])
  }

  func tokenize(_ word: UnsafeBufferPointer<UInt8>, into parts: inout [WordPart]) throws {
    let first = parts.count
    // A scalar has one byte that is no continuation byte.
    let scalars = word.count <= longestWord ? 0 : word.lazy.filter { $0 & 0xC0 != 0x80 }.count
    if scalars <= longestWord, match(word, into: &parts) { return }
    parts.removeSubrange(first...)
    guard let unknownID else { throw TokenizerError.missingUnknown(unknownToken) }
    parts.append(WordPart(id: unknownID, length: Int32(word.count)))
  }

  private func match(_ word: UnsafeBufferPointer<UInt8>, into parts: inout [WordPart]) -> Bool {
    guard let bytes = word.baseAddress else { return true }
    var start = 0
    while start < word.count {
      let longest = start == 0 ? vocabulary.longest : longestContinuing
      var end = min(word.count, start + longest)
      while end < word.count, end > start, bytes[end] & 0xC0 == 0x80 { end -= 1 }
      var found: Int32?
      while end > start {
        let slice = UnsafeBufferPointer(start: bytes + start, count: end - start)
        found = start == 0 ? vocabulary.ids.find(slice) : continuing.find(slice)
        if found != nil { break }
        end = UTF8Text.before(bytes, end)
      }
      guard let found else { return false }
      parts.append(WordPart(id: found, length: Int32(end - start)))
      start = end
    }
    return true
  }
}
