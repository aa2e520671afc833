import Foundation

/// Standard input as a whole.
enum StandardInput {
  /// Descriptors 0 to 2 that whoever started the program had closed lead nowhere, so that no file or pipe of
  /// its own takes their number.
  static func openClosedStreams() {
    for descriptor in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO]
    where fcntl(descriptor, F_GETFD) < 0 {
      // The lowest free number is this one's.
      _ = open("/dev/null", O_RDWR)
    }
  }

  /// - Throws: `ScriptFile.Unreadable` with a sentence, as where it is a folder.
  static func read() throws -> Data {
    var data = Data()
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = Glibc.read(STDIN_FILENO, &buffer, buffer.count)
      if count == 0 { return data }
      if count > 0 {
        data.append(contentsOf: buffer[..<count])
      } else if errno == EAGAIN {
        // Whoever shares it with us made it answer at once.
        var ready = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
        poll(&ready, 1, -1)
      } else if errno != EINTR {
        let reason = String(cString: strerror(errno))
        throw ScriptFile.Unreadable(description: "standard input cannot be read: \(reason)")
      }
    }
  }
}
