import Glibc

/// Past cells in a file that sessions share.
///
/// One cell a line, newlines and backslashes escaped. Each cell is appended under a lock in one
/// write, so that two sessions never mix their lines; trimming replaces the file as a whole.
/// Lines that are no escaped UTF-8 text are skipped. A history that cannot be kept is no reason
/// to stop a session: failures are answered, not thrown.
public struct HistoryFile: Sendable {
  public let path: String
  public let limit: Int

  /// - Parameter limit: how many cells trimming keeps.
  public init(path: String, limit: Int = 1000) {
    self.path = path
    self.limit = max(1, limit)
  }

  /// The latest `limit` cells, oldest first; none if there is no such file.
  public func load() -> [String] {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return [] }
    defer { close(descriptor) }
    return Array(Self.cells(in: Self.contents(of: descriptor)).suffix(limit))
  }

  /// Adds one cell at the end. False if the file cannot be written.
  @discardableResult
  public func append(_ cell: String) -> Bool {
    withLock { descriptor in
      var line = Array(Self.escaped(cell).utf8) + [0x0A]
      // A crash may have left half a line: it must not swallow this one.
      if Self.lacksFinalNewline(descriptor) { line.insert(0x0A, at: 0) }
      return Self.writeAll(line, to: descriptor)
    }
  }

  /// Shortens the file to the latest `limit` cells once it holds a quarter more.
  @discardableResult
  public func trim() -> Bool {
    withLock { descriptor in
      let cells = Self.cells(in: Self.contents(of: descriptor))
      guard cells.count > limit + limit / 4 else { return true }
      let text = cells.suffix(limit).map { Self.escaped($0) + "\n" }.joined()
      let temporary = path + ".new"
      let replacement = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
      guard replacement >= 0 else { return false }
      let isWritten = Self.writeAll(Array(text.utf8), to: replacement) && fsync(replacement) == 0
      close(replacement)
      if isWritten, rename(temporary, path) == 0 { return true }
      unlink(temporary)
      return false
    }
  }

  // MARK: The file

  private func withLock(_ body: (Int32) -> Bool) -> Bool {
    // Another session may replace the file between open and lock: then lock the new one.
    for _ in 0..<16 {
      let descriptor = open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0o600)
      guard descriptor >= 0 else { return false }
      defer { close(descriptor) }
      while flock(descriptor, LOCK_EX) != 0 {
        if errno != EINTR { return false }
      }
      if isCurrent(descriptor) { return body(descriptor) }
    }
    return false
  }

  private func isCurrent(_ descriptor: Int32) -> Bool {
    var opened = stat()
    var named = stat()
    guard fstat(descriptor, &opened) == 0, stat(path, &named) == 0 else { return false }
    return opened.st_ino == named.st_ino && opened.st_dev == named.st_dev
  }

  private static func contents(of descriptor: Int32) -> [UInt8] {
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65536)
    while true {
      let count = read(descriptor, &chunk, chunk.count)
      if count > 0 {
        bytes += chunk[..<count]
      } else if count == 0 || errno != EINTR {
        return bytes
      }
    }
  }

  private static func lacksFinalNewline(_ descriptor: Int32) -> Bool {
    let end = lseek(descriptor, 0, SEEK_END)
    var last: UInt8 = 0
    return end > 0 && pread(descriptor, &last, 1, end - 1) == 1 && last != 0x0A
  }

  private static func writeAll(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
    var done = 0
    while done < bytes.count {
      let count = bytes[done...].withUnsafeBytes {
        Glibc.write(descriptor, $0.baseAddress, $0.count)
      }
      if count > 0 { done += count } else if errno != EINTR { return false }
    }
    return true
  }

  // MARK: Lines

  static func cells(in bytes: [UInt8]) -> [String] {
    bytes.split(separator: 0x0A).compactMap { line in
      String(validating: line, as: UTF8.self).flatMap(unescaped)
    }
  }

  static func escaped(_ cell: String) -> String {
    var text = ""
    for scalar in cell.unicodeScalars {
      switch scalar {
      case "\\": text += "\\\\"
      case "\n": text += "\\n"
      case "\r": text += "\\r"
      default: text.unicodeScalars.append(scalar)
      }
    }
    return text
  }

  /// Nil for a line that `escaped` cannot have written.
  static func unescaped(_ line: String) -> String? {
    var cell = String.UnicodeScalarView()
    var isEscape = false
    for scalar in line.unicodeScalars {
      if isEscape {
        switch scalar {
        case "\\": cell.append("\\")
        case "n": cell.append("\n")
        case "r": cell.append("\r")
        default: return nil
        }
        isEscape = false
      } else if scalar == "\\" {
        isEscape = true
      } else if scalar.value < 0x20, scalar != "\t" {
        return nil
      } else {
        cell.append(scalar)
      }
    }
    return isEscape || cell.isEmpty ? nil : String(cell)
  }
}
