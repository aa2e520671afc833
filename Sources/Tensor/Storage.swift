import CKernels

/// The bytes behind one or more tensors: a block of the pool, a region that something else owns (a
/// mapped file), or no bytes at all (a tensor of which only the shape is known).
///
/// Bytes are written once, by whoever makes the storage, and never after a tensor over it has been
/// handed out.
public final class Storage: @unchecked Sendable {
  /// How many bytes the storage has, or would have when it is shape-only.
  public let byteCount: Int
  /// The first byte; nil for a shape-only storage, and for one that the system had no room for.
  public let base: UnsafeMutableRawPointer?
  /// Codes in place of elements; then there are no bytes of the elements themselves.
  public let quantization: Quantization?
  private let owner: AnyObject?
  private let pooled: Bool

  /// True if the system had no room: whoever asks for an address gets `OutOfMemory`.
  public var isRefused: Bool { pooled && base == nil }

  /// A block from the pool, 64-byte aligned, not cleared.
  public init(byteCount: Int) {
    self.byteCount = byteCount
    self.base = ck_try_alloc(byteCount)
    self.quantization = nil
    self.owner = nil
    self.pooled = true
  }

  /// Wraps memory that `owner` keeps valid for as long as `owner` lives (for example a mapped
  /// file). Never written to.
  public init(external base: UnsafeRawPointer, byteCount: Int, owner: AnyObject) {
    self.byteCount = byteCount
    self.base = UnsafeMutableRawPointer(mutating: base)
    self.quantization = nil
    self.owner = owner
    self.pooled = false
  }

  /// A storage without bytes.
  public init(shapeOnly byteCount: Int) {
    self.byteCount = byteCount
    self.base = nil
    self.quantization = nil
    self.owner = nil
    self.pooled = false
  }

  /// A storage of codes.
  public init(_ quantization: Quantization) {
    self.byteCount = quantization.byteCount
    self.base = nil
    self.quantization = quantization
    self.owner = nil
    self.pooled = false
  }

  deinit {
    if pooled, let base { ck_free(base) }
  }

  /// True if the storage wraps memory of another owner.
  public var isExternal: Bool { owner != nil }

  /// Lets the system take back the memory of a mapped file's part: it is read again when it is used.
  public func releasePages() {
    guard let base, let owner = owner as? any MappedMemory else { return }
    owner.release(UnsafeRawPointer(base), byteCount)
  }

  /// Bytes of the pool in use now.
  public static var bytesInUse: Int { Int(ck_bytes_in_use()) }
  /// The most bytes of the pool that were in use at one time since `resetPeak`.
  public static var peakBytes: Int { Int(ck_bytes_peak()) }
  /// What the system could still give; nil where it does not say.
  public static var bytesAvailable: Int? {
    let bytes = Int(ck_bytes_available())
    return bytes < 0 ? nil : bytes
  }
  public static func resetPeak() { ck_reset_peak() }
  /// Gives the pool's kept free blocks back to the system.
  public static func trim() { ck_trim() }
}

/// Memory that a file stands behind.
public protocol MappedMemory: AnyObject {
  /// Drops the pages that lie wholly inside; their contents come from the file again.
  func release(_ start: UnsafeRawPointer, _ byteCount: Int)
}
