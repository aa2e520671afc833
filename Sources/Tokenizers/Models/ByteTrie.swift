/// Byte strings as the paths of a tree: finds all keys that a text begins with in one walk, which
/// ends where no key goes on.
struct ByteTrie: Sendable {
  private struct Edge {
    /// Node · 256 + byte, plus 1; 0 is empty.
    var key: UInt64
    var node: Int32
  }

  private var edges: [Edge]
  private var count = 0
  /// The value of the key that ends at each node; −1: none does.
  private var values: [Int32] = [-1]

  init(capacity: Int) {
    var size = 64
    while size < capacity * 4 { size *= 2 }
    edges = [Edge](repeating: Edge(key: 0, node: 0), count: size)
  }

  /// A later value replaces an earlier one.
  mutating func insert(_ key: String, _ value: Int32) {
    var node: Int32 = 0
    for byte in key.utf8 {
      let edge = UInt64(node) << 8 + UInt64(byte) + 1
      let slot = edges.withUnsafeBufferPointer { ByteTrie.slot(edge, $0) }
      if edges[slot].key == 0 {
        edges[slot] = Edge(key: edge, node: Int32(values.count))
        values.append(-1)
        count += 1
        node = Int32(values.count - 1)
        if count * 2 > edges.count { grow() }
      } else {
        node = edges[slot].node
      }
    }
    values[Int(node)] = value
  }

  private mutating func grow() {
    let old = edges
    edges = [Edge](repeating: Edge(key: 0, node: 0), count: old.count * 2)
    for edge in old where edge.key != 0 {
      edges[edges.withUnsafeBufferPointer { ByteTrie.slot(edge.key, $0) }] = edge
    }
  }

  @inline(__always)
  private static func slot(_ key: UInt64, _ edges: UnsafeBufferPointer<Edge>) -> Int {
    let mask = edges.count - 1
    let mixed = key &* 0x9E37_79B9_7F4A_7C15
    var slot = Int(truncatingIfNeeded: mixed ^ mixed >> 32) & mask
    while edges[slot].key != key, edges[slot].key != 0 { slot = (slot + 1) & mask }
    return slot
  }

  /// Calls `body` with the end and the value of each key that the text has from `start` on, the
  /// shortest first.
  @inline(__always)
  func forEachKey(
    in text: UnsafeBufferPointer<UInt8>, from start: Int, _ body: (Int, Int32) -> Void
  ) {
    edges.withUnsafeBufferPointer { edges in
      values.withUnsafeBufferPointer { values in
        var node: Int32 = 0
        var index = start
        while index < text.count {
          let edge = edges[
            ByteTrie.slot(UInt64(node) << 8 + UInt64(text[index]) + 1, edges)]
          guard edge.key != 0 else { return }
          node = edge.node
          index += 1
          if values[Int(node)] >= 0 { body(index, values[Int(node)]) }
        }
      }
    }
  }
}
