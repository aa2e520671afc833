/// A hash table from pairs of ids to a merge: its rank and the id that it makes.
struct PairTable: Sendable {
  struct Merge: Sendable {
    var rank: UInt32
    var id: Int32
  }

  private var keys: [UInt64]
  private var merges: [Merge]
  private var count = 0
  /// No pair of ids, which are never negative, has this key.
  private static let empty = UInt64.max

  init(capacity: Int) {
    var size = 16
    while size < capacity * 2 { size *= 2 }
    keys = [UInt64](repeating: PairTable.empty, count: size)
    merges = [Merge](repeating: Merge(rank: 0, id: 0), count: size)
  }

  @inline(__always)
  static func key(_ first: Int32, _ second: Int32) -> UInt64 {
    UInt64(UInt32(bitPattern: first)) << 32 | UInt64(UInt32(bitPattern: second))
  }

  @inline(__always)
  private func slot(_ key: UInt64) -> Int {
    let mask = keys.count - 1
    let mixed = key &* 0x9E37_79B9_7F4A_7C15
    var slot = Int(truncatingIfNeeded: mixed ^ mixed >> 32) & mask
    while keys[slot] != key, keys[slot] != PairTable.empty { slot = (slot + 1) & mask }
    return slot
  }

  @inline(__always)
  func find(_ first: Int32, _ second: Int32) -> Merge? {
    let key = PairTable.key(first, second)
    let slot = slot(key)
    return keys[slot] == key ? merges[slot] : nil
  }

  /// Sets a pair's merge. There must be room: no more pairs than the capacity.
  mutating func insert(_ first: Int32, _ second: Int32, _ merge: Merge) {
    let key = PairTable.key(first, second)
    let slot = slot(key)
    keys[slot] = key
    merges[slot] = merge
  }
}
