/// Learns merges of byte-pair encoding from words and their counts.
///
/// The pair that occurs most often merges next; of equally frequent pairs the one whose first id is
/// smaller, then the one whose second id is smaller. Ids come in order of creation, so the result
/// depends on nothing but the counts.
struct PairMerger {
  struct Word {
    var symbols: [Int32]
    var count: Int
  }

  private struct Candidate: Comparable {
    var count: Int
    var pair: UInt64

    /// The heap gives the smallest first: the highest count, then the lowest pair.
    static func < (a: Candidate, b: Candidate) -> Bool {
      a.count != b.count ? a.count > b.count : a.pair < b.pair
    }
  }

  private var words: [Word]
  private var counts: [UInt64: Int] = [:]
  /// Words that hold a pair, or held it once; a word may stand here twice.
  private var holders: [UInt64: [Int32]] = [:]
  private var heap = Heap<Candidate>()

  init(_ words: [Word]) {
    self.words = words
    for (index, word) in words.enumerated() {
      for (first, second) in zip(word.symbols, word.symbols.dropFirst()) {
        let pair = PairTable.key(first, second)
        counts[pair, default: 0] += word.count
        if holders[pair]?.last != Int32(index) { holders[pair, default: []].append(Int32(index)) }
      }
    }
    for (pair, count) in counts { heap.push(Candidate(count: count, pair: pair)) }
  }

  /// The next pair to merge, or nil if none occurs `least` times any more.
  mutating func next(least: Int) -> (first: Int32, second: Int32)? {
    while let top = heap.pop() {
      let count = counts[top.pair] ?? 0
      guard count >= max(least, 1) else { continue }
      guard count == top.count else {
        heap.push(Candidate(count: count, pair: top.pair))
        continue
      }
      return (
        Int32(truncatingIfNeeded: top.pair >> 32), Int32(truncatingIfNeeded: top.pair)
      )
    }
    return nil
  }

  /// Replaces the pair by `id` in every word.
  mutating func merge(_ first: Int32, _ second: Int32, into id: Int32) {
    let pair = PairTable.key(first, second)
    guard let indices = holders.removeValue(forKey: pair) else { return }
    var changed: Set<UInt64> = []
    var last: Int32 = -1
    for index in indices where index != last {
      last = index
      merge(first, second, into: id, word: Int(index), &changed)
    }
    counts[pair] = nil
    for pair in changed {
      if let count = counts[pair], count > 0 { heap.push(Candidate(count: count, pair: pair)) }
    }
  }

  private mutating func merge(
    _ first: Int32, _ second: Int32, into id: Int32, word index: Int, _ changed: inout Set<UInt64>
  ) {
    let old = words[index].symbols
    var new: [Int32] = []
    new.reserveCapacity(old.count)
    var position = 0
    while position < old.count {
      if position + 1 < old.count, old[position] == first, old[position + 1] == second {
        new.append(id)
        position += 2
      } else {
        new.append(old[position])
        position += 1
      }
    }
    guard new.count < old.count else { return }
    let count = words[index].count
    for (a, b) in zip(old, old.dropFirst()) { counts[PairTable.key(a, b), default: 0] -= count }
    for (a, b) in zip(new, new.dropFirst()) {
      let pair = PairTable.key(a, b)
      counts[pair, default: 0] += count
      // Only pairs with the new token are new to this word.
      guard a == id || b == id else { continue }
      changed.insert(pair)
      if holders[pair]?.last != Int32(index) { holders[pair, default: []].append(Int32(index)) }
    }
    words[index].symbols = new
  }
}
