import Glibc

/// A terminal's size in characters.
public struct TerminalSize: Equatable, Sendable {
  public var columns: Int
  public var rows: Int

  public init(columns: Int = 80, rows: Int = 24) {
    self.columns = columns
    self.rows = rows
  }

  /// The size of the terminal behind `descriptor`; 80 by 24 where there is none.
  public static func current(descriptor: Int32 = STDOUT_FILENO) -> TerminalSize {
    var size = winsize()
    guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0 else { return TerminalSize() }
    let standard = TerminalSize()
    return TerminalSize(
      columns: size.ws_col > 0 ? Int(size.ws_col) : standard.columns,
      rows: size.ws_row > 0 ? Int(size.ws_row) : standard.rows)
  }
}

/// Whether `descriptor` is a terminal.
public func isTerminal(_ descriptor: Int32) -> Bool { isatty(descriptor) == 1 }

/// The process's environment as it is now.
public func processEnvironment() -> [String: String] {
  var variables: [String: String] = [:]
  var entry = environ
  while let text = entry.pointee {
    let pair = String(cString: text)
    if let equals = pair.firstIndex(of: "=") {
      variables[String(pair[..<equals])] = String(pair[pair.index(after: equals)...])
    }
    entry += 1
  }
  return variables
}

/// Writes all of `text`, after what standard output still held back.
///
/// - Throws: `TerminalError.write` if the descriptor takes no more (a closed pipe, a full disk).
public func write(_ text: String, to descriptor: Int32) throws(TerminalError) {
  var text = text
  let failure = text.withUTF8 { bytes -> Int32 in
    var done = 0
    while done < bytes.count {
      let count = Glibc.write(descriptor, bytes.baseAddress.map { $0 + done }, bytes.count - done)
      if count > 0 {
        done += count
      } else if errno != EINTR {
        return errno
      }
    }
    return 0
  }
  if failure != 0 { throw .write(reason: String(cString: strerror(failure))) }
}
