/// Byte-pair encoding: adjacent tokens of a word merge, the pair of lowest rank first.
struct BytePairModel: Model {
  struct Options: Sendable {
    var unknownToken: String?
    var prefix = ""
    var suffix = ""
    var fusesUnknown = false
    var byteFallback = false
    /// A word that is a token as a whole is that token, whatever the merges say.
    var ignoresMerges = false
  }

  let vocabulary: Vocabulary
  let merges: [(String, String)]
  let options: Options
  private let pairs: PairTable
  private let unknownID: Int32?
  private let byteIDs: [Int32?]

  init(vocabulary: Vocabulary, merges: [(String, String)], options: Options) throws {
    self.vocabulary = vocabulary
    self.merges = merges
    self.options = options
    unknownID = options.unknownToken.flatMap { vocabulary.id(of: $0) }
    var pairs = PairTable(capacity: merges.count)
    let prefixLength = options.prefix.utf8.count
    for (rank, (first, second)) in merges.enumerated() {
      let merged = Array(first.utf8) + Array(second.utf8.dropFirst(prefixLength))
      guard let firstID = vocabulary.id(of: first), let secondID = vocabulary.id(of: second),
        let id = vocabulary.ids.find(merged)
      else {
        throw TokenizerError(
          "Merge \(rank) of the tokenizer file, \"\(first)\" with \"\(second)\", names or makes a "
            + "token that is not in the vocabulary.")
      }
      pairs.insert(firstID, secondID, PairTable.Merge(rank: UInt32(rank), id: id))
    }
    self.pairs = pairs
    let digits = Array("0123456789ABCDEF")
    byteIDs = (0..<256).map { byte in
      options.byteFallback ? vocabulary.id(of: "<0x\(digits[byte / 16])\(digits[byte % 16])>") : nil
    }
  }

  func tokenize(_ word: UnsafeBufferPointer<UInt8>, into parts: inout [WordPart]) throws {
    if options.ignoresMerges, let id = vocabulary.ids.find(word) {
      parts.append(WordPart(id: id, length: Int32(word.count)))
      return
    }
    var symbols = try symbols(of: word)
    if symbols.count > BytePairModel.longestScanned {
      symbols = mergedWithHeap(symbols)
    } else {
      mergeByScanning(&symbols)
    }
    parts.append(contentsOf: symbols)
  }

  /// Scanning for the best pair is quadratic; beyond this length a heap is faster.
  private static let longestScanned = 48

  private func mergeByScanning(_ symbols: inout [WordPart]) {
    var ranks: [PairTable.Merge?] = []
    ranks.reserveCapacity(symbols.count)
    for index in symbols.indices.dropLast() {
      ranks.append(pairs.find(symbols[index].id, symbols[index + 1].id))
    }
    while true {
      var best = -1
      var merge = PairTable.Merge(rank: .max, id: 0)
      for (index, candidate) in ranks.enumerated() {
        if let candidate, candidate.rank < merge.rank {
          merge = candidate
          best = index
        }
      }
      guard best >= 0 else { return }
      symbols[best] = WordPart(
        id: merge.id, length: symbols[best].length + symbols[best + 1].length)
      symbols.remove(at: best + 1)
      ranks.remove(at: best)
      if best > 0 { ranks[best - 1] = pairs.find(symbols[best - 1].id, merge.id) }
      if best < ranks.count { ranks[best] = pairs.find(merge.id, symbols[best + 1].id) }
    }
  }

  private func mergedWithHeap(_ symbols: [WordPart]) -> [WordPart] {
    var chain = SymbolChain(symbols)
    var heap = Heap<Candidate>()
    func push(_ index: Int) {
      let next = chain.next[index]
      guard next >= 0 else { return }
      let (first, second) = (chain.symbols[index].id, chain.symbols[next].id)
      guard let merge = pairs.find(first, second) else { return }
      heap.push(
        Candidate(rank: merge.rank, position: index, id: merge.id, first: first, second: second))
    }
    for index in symbols.indices { push(index) }
    while let top = heap.pop() {
      guard chain.holds(top.first, top.second, at: top.position) else { continue }
      chain.merge(at: top.position, into: top.id)
      if chain.previous[top.position] >= 0 { push(chain.previous[top.position]) }
      push(top.position)
    }
    return chain.remaining
  }

  private struct Candidate: Comparable {
    var rank: UInt32
    var position: Int
    var id: Int32
    var first: Int32
    var second: Int32

    static func < (a: Candidate, b: Candidate) -> Bool {
      (a.rank, a.position) < (b.rank, b.position)
    }
  }

  /// The word's characters as tokens, before merging.
  private func symbols(of word: UnsafeBufferPointer<UInt8>) throws -> [WordPart] {
    var symbols: [WordPart] = []
    symbols.reserveCapacity(word.count)
    var unknownLength: Int32 = 0
    var index = 0
    while index < word.count {
      let length = min(
        UTF8Text.length(ofScalarStartingWith: word[index]), word.count - index)
      let slice = UnsafeBufferPointer(rebasing: word[index..<(index + length)])
      if let id = id(ofSymbol: slice, isFirst: index == 0, isLast: index + length == word.count) {
        appendUnknown(&unknownLength, to: &symbols)
        symbols.append(WordPart(id: id, length: Int32(length)))
      } else if options.byteFallback, slice.allSatisfy({ byteIDs[Int($0)] != nil }) {
        // Unknown characters that wait go behind these bytes, as the reference library does.
        for byte in slice { symbols.append(WordPart(id: byteIDs[Int(byte)] ?? 0, length: 1)) }
      } else if options.unknownToken != nil {
        guard unknownID != nil else { throw TokenizerError.missingUnknown(options.unknownToken) }
        if !options.fusesUnknown { appendUnknown(&unknownLength, to: &symbols) }
        unknownLength += Int32(length)
      }
      index += length
    }
    appendUnknown(&unknownLength, to: &symbols)
    return symbols
  }

  private func appendUnknown(_ length: inout Int32, to symbols: inout [WordPart]) {
    guard length > 0, let unknownID else { return }
    symbols.append(WordPart(id: unknownID, length: length))
    length = 0
  }

  private func id(
    ofSymbol symbol: UnsafeBufferPointer<UInt8>, isFirst: Bool, isLast: Bool
  ) -> Int32? {
    let hasPrefix = !isFirst && !options.prefix.isEmpty
    let hasSuffix = isLast && !options.suffix.isEmpty
    if !hasPrefix, !hasSuffix { return vocabulary.ids.find(symbol) }
    let affixed =
      (hasPrefix ? Array(options.prefix.utf8) : []) + Array(symbol)
      + (hasSuffix ? Array(options.suffix.utf8) : [])
    return vocabulary.ids.find(affixed)
  }
}
