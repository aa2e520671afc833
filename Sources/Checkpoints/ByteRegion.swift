/// Bytes that somebody else owns: a part of a mapped file, of an array, or of the binary itself.
/// The owner is kept alive as long as the region is.
public struct ByteRegion: @unchecked Sendable {
  // Unchecked: bytes are never written after the region was made; the owner only frees them.
  public let owner: AnyObject
  public let start: UnsafeRawPointer
  public let count: Int

  /// - Parameter owner: keeps `start ..< start + count` valid and unchanged while it lives.
  public init(owner: AnyObject, start: UnsafeRawPointer, count: Int) {
    self.owner = owner
    self.start = start
    self.count = count
  }

  /// A private copy of `bytes`, aligned to 64 bytes.
  public init(copying bytes: some Collection<UInt8>) {
    let block = HeapBlock(count: bytes.count)
    UnsafeMutableRawBufferPointer(start: block.start, count: bytes.count).copyBytes(from: bytes)
    self.init(owner: block, start: UnsafeRawPointer(block.start), count: bytes.count)
  }

  public var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: start, count: count) }

  /// A part of the region. The range must lie within `0 ..< count`: callers check it before.
  public func region(_ range: Range<Int>) -> ByteRegion {
    precondition(range.lowerBound >= 0 && range.upperBound <= count, "range outside the region")
    return ByteRegion(owner: owner, start: start + range.lowerBound, count: range.count)
  }

  public func isAligned(to alignment: Int) -> Bool {
    UInt(bitPattern: start) % UInt(max(alignment, 1)) == 0
  }

  public var array: [UInt8] { Array(bytes) }
}

/// Memory from the allocator, freed with its last owner.
final class HeapBlock {
  let start: UnsafeMutableRawPointer

  init(count: Int) {
    start = .allocate(byteCount: max(count, 1), alignment: 64)
  }

  deinit { start.deallocate() }
}
