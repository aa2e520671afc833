import Foundation
import Glibc
import Synchronization

/// Both ends of a terminal: an editor works on one, the test types and looks at the other.
final class Pseudoterminal: Sendable {
  let user: Int32
  let program: Int32
  private let screen = Screen()

  private final class Screen: Sendable {
    let bytes = Mutex<[UInt8]>([])
  }

  init(columns: UInt16 = 80, rows: UInt16 = 24) throws {
    // The kernel's own calls (ioctl_tty(2)), because Swift does not see POSIX's `posix_openpt`.
    let (setLock, getNumber): (UInt, UInt) = (0x4004_5431, 0x8004_5430)
    user = open("/dev/ptmx", O_RDWR | O_NOCTTY)
    var number: Int32 = 0
    guard user >= 0, ioctl(user, setLock, &number) == 0, ioctl(user, getNumber, &number) == 0
    else { throw POSIXError(.ENOTTY) }
    program = open("/dev/pts/\(number)", O_RDWR | O_NOCTTY)
    var size = winsize(ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0)
    _ = ioctl(program, UInt(TIOCSWINSZ), &size)
    Thread.detachNewThread { [user, screen] in Self.collect(user, into: screen) }
  }

  // Ends the collecting thread, which closes the other end.
  deinit { close(program) }

  var text: String { screen.bytes.withLock { String(decoding: $0, as: UTF8.self) } }

  func type(_ keys: String) {
    var keys = keys
    keys.withUTF8 { _ = write(user, $0.baseAddress, $0.count) }
  }

  /// Waits until `text` has appeared behind what earlier waits saw.
  func wait(for text: String, after start: inout Int) -> Bool {
    let wanted = Array(text.utf8)
    let deadline = Date().addingTimeInterval(30)
    while Date() < deadline {
      let end: Int? = screen.bytes.withLock { bytes in
        bytes[min(start, bytes.count)...].firstRange(of: wanted)?.upperBound
      }
      if let end {
        start = end
        return true
      }
      usleep(2000)
    }
    return false
  }

  private static func collect(_ user: Int32, into screen: Screen) {
    var chunk = [UInt8](repeating: 0, count: 4096)
    while true {
      let count = read(user, &chunk, chunk.count)
      if count > 0 {
        screen.bytes.withLock { $0 += chunk[..<count] }
      } else if count == 0 || errno != EINTR {
        break
      }
    }
    close(user)
  }
}
