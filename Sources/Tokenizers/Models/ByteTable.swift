/// A hash table from byte strings to numbers: open addressing, all keys in one array.
///
/// Keys are bytes and not `String`s because canonically equivalent strings are different tokens,
/// and because slices of a text can be looked up without making a string of them.
struct ByteTable: Sendable {
  private struct Entry {
    var hash: UInt64
    var offset: UInt32
    var length: UInt32
    var value: Int32
  }

  private var slots: [UInt32]  // index of an entry + 1; 0 is empty
  private var entries: [Entry] = []
  private var keys: [UInt8] = []

  init(capacity: Int = 16) {
    var size = 16
    while size < capacity * 2 { size *= 2 }
    slots = [UInt32](repeating: 0, count: size)
    entries.reserveCapacity(capacity)
  }

  var count: Int { entries.count }
  var keyBytes: Int { keys.count }

  /// A 64-bit mix of eight bytes at a time (multiply and fold).
  @inline(__always)
  static func hash(_ key: UnsafeBufferPointer<UInt8>) -> UInt64 {
    guard let start = key.baseAddress else { return 0 }
    let raw = UnsafeRawPointer(start)
    var hash = UInt64(truncatingIfNeeded: key.count) &* 0x9E37_79B9_7F4A_7C15
    var index = 0
    while index + 8 <= key.count {
      hash = mix(hash ^ raw.loadUnaligned(fromByteOffset: index, as: UInt64.self))
      index += 8
    }
    var tail: UInt64 = 0
    while index < key.count {
      tail = tail << 8 | UInt64(start[index])
      index += 1
    }
    return mix(hash ^ tail)
  }

  @inline(__always)
  private static func mix(_ value: UInt64) -> UInt64 {
    let product = value.multipliedFullWidth(by: 0xA076_1D64_78BD_642F)
    return product.high ^ product.low ^ value
  }

  @inline(__always)
  func find(_ key: UnsafeBufferPointer<UInt8>) -> Int32? {
    find(key, hash: ByteTable.hash(key))
  }

  @inline(__always)
  func find(_ key: UnsafeBufferPointer<UInt8>, hash: UInt64) -> Int32? {
    let mask = slots.count - 1
    var slot = Int(truncatingIfNeeded: hash) & mask
    while slots[slot] != 0 {
      let entry = entries[Int(slots[slot]) - 1]
      if entry.hash == hash, isKey(entry, key) { return entry.value }
      slot = (slot + 1) & mask
    }
    return nil
  }

  @inline(__always)
  private func isKey(_ entry: Entry, _ key: UnsafeBufferPointer<UInt8>) -> Bool {
    guard Int(entry.length) == key.count else { return false }
    return keys.withUnsafeBufferPointer { keys in
      let offset = Int(entry.offset)
      for index in 0..<key.count where keys[offset + index] != key[index] { return false }
      return true
    }
  }

  func find(_ key: String) -> Int32? {
    var key = key
    return key.withUTF8 { find($0) }
  }

  func find(_ key: [UInt8]) -> Int32? {
    key.withUnsafeBufferPointer { find($0) }
  }

  /// Sets the value of a key; a later value replaces an earlier one.
  mutating func insert(_ key: UnsafeBufferPointer<UInt8>, _ value: Int32) {
    let hash = ByteTable.hash(key)
    var mask = slots.count - 1
    var slot = Int(truncatingIfNeeded: hash) & mask
    while slots[slot] != 0 {
      let index = Int(slots[slot]) - 1
      if entries[index].hash == hash, isKey(entries[index], key) {
        entries[index].value = value
        return
      }
      slot = (slot + 1) & mask
    }
    entries.append(
      Entry(
        hash: hash, offset: UInt32(keys.count), length: UInt32(key.count), value: value))
    keys.append(contentsOf: key)
    slots[slot] = UInt32(entries.count)
    guard entries.count * 2 > slots.count else { return }
    slots = [UInt32](repeating: 0, count: slots.count * 2)
    mask = slots.count - 1
    for (index, entry) in entries.enumerated() {
      slot = Int(truncatingIfNeeded: entry.hash) & mask
      while slots[slot] != 0 { slot = (slot + 1) & mask }
      slots[slot] = UInt32(index + 1)
    }
  }

  mutating func insert(_ key: String, _ value: Int32) {
    var key = key
    key.withUTF8 { insert($0, value) }
  }

  mutating func removeAll() {
    entries.removeAll(keepingCapacity: true)
    keys.removeAll(keepingCapacity: true)
    for index in slots.indices { slots[index] = 0 }
  }
}
