import Tensor

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// A whole file in memory, read on demand by the operating system, unmapped with its last owner.
public final class MappedFile: MappedMemory {
  private let start: UnsafeMutableRawPointer
  private let count: Int

  private init(start: UnsafeMutableRawPointer, count: Int) {
    self.start = start
    self.count = count
  }

  deinit { munmap(start, count) }

  /// Maps a regular file for reading. An empty file is an empty region.
  public static func open(_ path: String) throws -> ByteRegion {
    let descriptor = systemOpen(path)
    guard descriptor >= 0 else { throw FileSystem.failure(path, "The file cannot be opened") }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
      throw FileSystem.failure(path, "The file cannot be read")
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw CheckpointError(
        path: path, "This is a folder or a device, not a file.", remedy: "Name a file.")
    }
    let count = Int(status.st_size)
    if count == 0 { return ByteRegion(copying: []) }
    // Private: a later write by another process may or may not be seen, but we never write.
    let map = mmap(nil, count, PROT_READ, MAP_PRIVATE, descriptor, 0)
    guard let map, map != MAP_FAILED else {
      throw FileSystem.failure(path, "The file cannot be mapped into memory")
    }
    let owner = MappedFile(start: map, count: count)
    return ByteRegion(owner: owner, start: UnsafeRawPointer(map), count: count)
  }

  /// Nothing is written to a mapping, so its pages are those of the file.
  public func release(_ start: UnsafeRawPointer, _ byteCount: Int) {
    let page = Int(getpagesize())
    let first = (Int(bitPattern: start) + page - 1) / page * page
    let last = (Int(bitPattern: start) + byteCount) / page * page
    guard first < last, let address = UnsafeMutableRawPointer(bitPattern: first) else { return }
    madvise(address, last - first, MADV_DONTNEED)
  }

  private static func systemOpen(_ path: String) -> Int32 {
    #if canImport(Darwin)
      return Darwin.open(path, O_RDONLY | O_CLOEXEC)
    #else
      return Glibc.open(path, O_RDONLY | O_CLOEXEC)
    #endif
  }
}
