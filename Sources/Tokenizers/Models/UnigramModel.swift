/// The most probable segmentation of a word under independent tokens (Viterbi).
struct UnigramModel: Model {
  let vocabulary: Vocabulary
  let pieces: [(token: String, score: Double)]
  let unknownID: Int32?
  let byteFallback: Bool
  private let lowestScore: Double
  private let scores: [Double]
  private let trie: ByteTrie
  private let byteIDs: [Int32?]
  /// Extra cost of an unknown character, in nats below the least probable token.
  private static let unknownPenalty = 10.0

  init(_ place: JSONPlace) throws {
    let elements = try place.member("vocab").array()
    var vocabulary = Vocabulary(capacity: elements.count)
    var pieces: [(token: String, score: Double)] = []
    var trie = ByteTrie(capacity: elements.count)
    for (index, element) in elements.enumerated() {
      let pair = try element.array()
      guard pair.count == 2 else { throw element.wrong("a token and its log-probability") }
      pieces.append((token: try pair[0].string(), score: try pair[1].double()))
      vocabulary.insert(pieces[index].token, Int32(index))
      trie.insert(pieces[index].token, Int32(index))
    }
    self.vocabulary = vocabulary
    self.pieces = pieces
    self.trie = trie
    scores = pieces.map(\.score)
    unknownID = try place.optional("unk_id")?.id()
    if let unknownID, Int(unknownID) >= pieces.count {
      throw TokenizerError(
        "The tokenizer file's model.unk_id is \(unknownID), but the vocabulary has only "
          + "\(pieces.count) tokens.")
    }
    byteFallback = try place.bool("byte_fallback", default: false)
    lowestScore = pieces.lazy.map(\.score).min() ?? 0
    let digits = Array("0123456789ABCDEF")
    let falls = byteFallback
    byteIDs = (0..<256).map { byte in
      falls ? vocabulary.id(of: "<0x\(digits[byte / 16])\(digits[byte % 16])>") : nil
    }
  }

  func json() -> JSONValue {
    .make([
      "type": .string("Unigram"), "unk_id": unknownID.map { .int(Int($0)) } ?? .null,
      "vocab": .array(pieces.map { .array([.string($0.token), .double($0.score)]) }),
      "byte_fallback": .bool(byteFallback),
    ])
  }

  private struct Best {
    var score = 0.0
    var start = -1
    var id: Int32 = -1
  }

  func tokenize(_ word: UnsafeBufferPointer<UInt8>, into parts: inout [WordPart]) throws {
    guard word.count > 0 else { return }
    var best = [Best](repeating: Best(), count: word.count + 1)
    var start = 0
    while start < word.count {
      let scalar = min(UTF8Text.length(ofScalarStartingWith: word[start]), word.count - start)
      extend(&best, from: start, in: word, firstScalar: scalar)
      start += scalar
    }
    try appendPath(best, word, &parts)
  }

  /// Enters every token that begins at `start` into the table of best ends.
  private func extend(
    _ best: inout [Best], from start: Int, in word: UnsafeBufferPointer<UInt8>, firstScalar: Int
  ) {
    var hasSingle = false
    func enter(_ end: Int, _ score: Double, _ id: Int32) {
      if best[end].start < 0 || score > best[end].score {
        best[end] = Best(score: score, start: start, id: id)
      }
    }
    let before = best[start].score
    trie.forEachKey(in: word, from: start) { end, id in
      enter(end, before + scores[Int(id)], id)
      if end - start == firstScalar { hasSingle = true }
    }
    if !hasSingle {
      let score = best[start].score + lowestScore - UnigramModel.unknownPenalty
      enter(start + firstScalar, score, -1)
    }
  }

  /// Walks back from the end; adjacent unknown characters are one unknown token.
  private func appendPath(
    _ best: [Best], _ word: UnsafeBufferPointer<UInt8>, _ parts: inout [WordPart]
  ) throws {
    var path: [(start: Int, end: Int, id: Int32)] = []
    var end = word.count
    while end > 0 {
      let step = best[end]
      let isUnknown = step.id < 0 || step.id == unknownID
      if isUnknown, let last = path.last, last.id < 0 {
        path[path.count - 1].start = step.start
      } else {
        path.append((start: step.start, end: end, id: isUnknown ? -1 : step.id))
      }
      end = step.start
    }
    for step in path.reversed() {
      let slice = word[step.start..<step.end]
      if step.id >= 0 {
        parts.append(WordPart(id: step.id, length: Int32(slice.count)))
      } else if byteFallback, slice.allSatisfy({ byteIDs[Int($0)] != nil }) {
        for byte in slice { parts.append(WordPart(id: byteIDs[Int(byte)] ?? 0, length: 1)) }
      } else {
        guard let unknownID else { throw TokenizerError.missingUnknown(nil) }
        parts.append(WordPart(id: unknownID, length: Int32(slice.count)))
      }
    }
  }
}
