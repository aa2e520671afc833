#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// The few calls of the operating system that checkpoints need.
///
/// Written on POSIX directly: the binary starts faster without a larger library behind it.
enum FileSystem {
  enum Kind { case file, folder, link, other }

  /// The kind of what a path leads to, links followed; nil if nothing is there.
  static func kind(of path: String) -> Kind? {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    return kind(status)
  }

  /// As `kind(of:)`, but a link is a link.
  static func kindWithoutFollowing(_ path: String) -> Kind? {
    var status = stat()
    guard lstat(path, &status) == 0 else { return nil }
    return kind(status)
  }

  private static func kind(_ status: stat) -> Kind {
    switch status.st_mode & S_IFMT {
    case S_IFREG: return .file
    case S_IFDIR: return .folder
    case S_IFLNK: return .link
    default: return .other
    }
  }

  /// Names in a folder, sorted.
  static func list(_ path: String) throws -> [String] {
    guard let stream = opendir(path) else { throw failure(path, "The folder cannot be read") }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != "." && name != ".." { names.append(name) }
    }
    return names.sorted()
  }

  static func makeFolder(_ path: String) throws {
    guard mkdir(path, 0o777) == 0 else { throw failure(path, "The folder cannot be created") }
  }

  /// Creates the folder and those above it that are missing.
  static func makeFolders(_ path: String) throws {
    if path.isEmpty || kind(of: path) == .folder { return }
    try makeFolders(parent(of: path))
    if mkdir(path, 0o777) != 0 && errno != EEXIST {
      throw failure(path, "The folder cannot be created")
    }
  }

  static func move(_ source: String, to destination: String) throws {
    guard rename(source, destination) == 0 else {
      throw failure(destination, "The new files cannot be moved into place")
    }
  }

  /// Removes a folder of plain files, or a file; says nothing if it cannot.
  static func remove(_ path: String) {
    if kindWithoutFollowing(path) == .folder {
      for name in (try? list(path)) ?? [] { remove("\(path)/\(name)") }
      rmdir(path)
    } else {
      unlink(path)
    }
  }

  /// Writes the parts one after another and waits until they are on the disk.
  static func write(_ parts: [UnsafeRawBufferPointer], to path: String) throws {
    let file = open(path, O_WRONLY | O_CREAT | O_EXCL, 0o666)
    guard file >= 0 else { throw failure(path, "The file cannot be created") }
    defer { close(file) }
    for part in parts {
      var done = 0
      while done < part.count {
        // One call writes at most 2 GiB on some systems.
        let size = min(part.count - done, 1 << 30)
        let count = systemWrite(file, part.baseAddress.map { $0 + done }, size)
        if count < 0 && errno == EINTR { continue }
        guard count > 0 else { throw failure(path, "The file cannot be written") }
        done += count
      }
    }
    guard fsync(file) == 0 else { throw failure(path, "The file cannot be written") }
  }

  private static func systemWrite(_ file: Int32, _ start: UnsafeRawPointer?, _ size: Int) -> Int {
    #if canImport(Darwin)
      return Darwin.write(file, start, size)
    #else
      return Glibc.write(file, start, size)
    #endif
  }

  /// The path without links; the path itself if it does not exist.
  static func resolved(_ path: String) -> String {
    guard let real = realpath(path, nil) else { return path }
    defer { free(real) }
    return String(cString: real)
  }

  static func parent(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  /// A sibling of `path` that no other process writes: its name ends in the process's id.
  static func sibling(of path: String, _ purpose: String) -> String {
    var base = path
    while base.count > 1 && base.hasSuffix("/") { base.removeLast() }
    let name = base.split(separator: "/").last.map(String.init) ?? "checkpoint"
    return "\(parent(of: base))/.\(name).\(purpose)-\(getpid())"
  }

  /// A place beside `path` to write to before it is moved there. What killed processes left of theirs goes first.
  static func temporary(for path: String) -> String {
    let own = sibling(of: path, "new")
    let folder = parent(of: own)
    let ownName = own.split(separator: "/").last.map(String.init) ?? own
    let stem = ownName.dropLast(String(getpid()).count)
    for name in (try? list(folder)) ?? [] where name.hasPrefix(stem) {
      guard let process = pid_t(name.dropFirst(stem.count)), process > 0 else { continue }
      if process == getpid() || (kill(process, 0) != 0 && errno == ESRCH) {
        remove("\(folder)/\(name)")
      }
    }
    return own
  }

  static func failure(_ path: String, _ what: String) -> CheckpointError {
    let reason = String(cString: strerror(errno))
    return CheckpointError(
      path: path, "\(what): \(reason).",
      remedy: "Check that the path is right, that you may use it, and that the disk has room.")
  }
}
