import Foundation
import Glibc

/// A program on a terminal of its own, which a test types at and reads, as a person would.
///
/// Waits are for what the terminal shows, never for a time: a loaded machine makes them longer, not wrong.
public final class TerminalProgram {
  /// What did not come before the wait's limit, and what came instead.
  public struct Missing: Error, CustomStringConvertible {
    public let description: String
  }

  /// Everything that the program wrote to the terminal so far.
  public private(set) var output: [UInt8] = []
  public let process: pid_t
  private let user: Int32
  private var seen = 0
  private var status: Int32?

  /// - Parameters:
  ///   - environment: beside `PATH` and `TERM`; nothing else is inherited.
  ///   - errors: a file that takes standard error; nil leaves it on the terminal.
  public init(
    _ path: String, _ arguments: [String] = [], environment: [String: String] = [:],
    folder: String, columns: UInt16 = 80, rows: UInt16 = 24, errors: String? = nil
  ) throws {
    // The kernel's own calls (ioctl_tty(2)), because Swift does not see POSIX's `posix_openpt`.
    let (setLock, getNumber): (UInt, UInt) = (0x4004_5431, 0x8004_5430)
    user = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
    var number: Int32 = 0
    guard user >= 0, ioctl(user, setLock, &number) == 0, ioctl(user, getNumber, &number) == 0
    else { throw POSIXError(.ENOTTY) }
    var variables = ["TERM": "xterm", "PATH": ProcessInfo.processInfo.environment["PATH"] ?? ""]
    variables.merge(environment) { $1 }
    process = try Self.spawn(
      path, arguments, variables, terminal: "/dev/pts/\(number)", folder: folder, errors: errors,
      size: (user, columns, rows))
  }

  deinit {
    if status == nil {
      kill(process, SIGKILL)
      waitpid(process, nil, 0)
    }
    close(user)
  }

  /// The first terminal that the leader of a new session opens becomes the one whose Ctrl-C reaches it.
  private static func spawn(
    _ path: String, _ arguments: [String], _ variables: [String: String], terminal: String,
    folder: String, errors: String?, size: (descriptor: Int32, columns: UInt16, rows: UInt16)
  ) throws -> pid_t {
    var window = winsize(ws_row: size.rows, ws_col: size.columns, ws_xpixel: 0, ws_ypixel: 0)
    _ = ioctl(size.descriptor, UInt(TIOCSWINSZ), &window)
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, terminal, O_RDWR, 0)
    posix_spawn_file_actions_adddup2(&actions, 0, 1)
    if let errors {
      posix_spawn_file_actions_addopen(&actions, 2, errors, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    } else {
      posix_spawn_file_actions_adddup2(&actions, 0, 2)
    }
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    // Tests run on threads that take no signals, which a program would inherit.
    var signals = sigset_t()
    sigemptyset(&signals)
    posix_spawnattr_setsigmask(&attributes, &signals)
    let newSession: Int32 = 0x80  // POSIX_SPAWN_SETSID, which Swift does not see
    posix_spawnattr_setflags(&attributes, Int16(newSession | Int32(POSIX_SPAWN_SETSIGMASK)))
    // A shell changes to the folder, since Swift does not see the call for it.
    let shell = ["/bin/sh", "-c", "cd \"$0\" && exec \"$@\"", folder, path]
    let words = (shell + arguments).map { strdup($0) } + [nil]
    let pairs = variables.map { strdup("\($0)=\($1)") } + [nil]
    defer { (words + pairs).forEach { free($0) } }
    var process: pid_t = 0
    let failure = posix_spawn(&process, shell[0], &actions, &attributes, words, pairs)
    guard failure == 0 else { throw POSIXError(.init(rawValue: failure) ?? .ENOENT) }
    return process
  }

  public func type(_ keys: String) {
    var bytes = Array(keys.utf8)[...]
    // A terminal takes a few thousand bytes at a time; what it echoes must be read meanwhile.
    while !bytes.isEmpty {
      var ready = pollfd(fd: user, events: Int16(POLLIN | POLLOUT), revents: 0)
      guard poll(&ready, 1, 60_000) > 0 else { return }
      if ready.revents & Int16(POLLIN) != 0 { _ = readSome() }
      guard ready.revents & Int16(POLLOUT) != 0 else { continue }
      let count = bytes.prefix(512).withUnsafeBytes { write(user, $0.baseAddress, $0.count) }
      if count <= 0 { return }
      bytes = bytes.dropFirst(count)
    }
  }

  /// Waits until `text` stands behind what earlier waits saw; answers everything up to it.
  @discardableResult
  public func wait(for text: String, seconds: Double = 120) throws -> String {
    let wanted = Array(text.utf8)
    let deadline = Date().addingTimeInterval(seconds)
    var searched = seen
    while true {
      if let found = output[searched...].firstRange(of: wanted) {
        defer { seen = found.upperBound }
        return String(decoding: output[seen..<found.upperBound], as: UTF8.self)
      }
      searched = max(seen, output.count - wanted.count)
      let rest = deadline.timeIntervalSinceNow
      var ready = pollfd(fd: user, events: Int16(POLLIN), revents: 0)
      guard rest > 0, poll(&ready, 1, Int32(rest * 1000) + 1) > 0, readSome() else {
        let came = String(decoding: output[seen...].suffix(2000), as: UTF8.self)
        throw Missing(
          description: "waited for \(text.debugDescription); came \(came.debugDescription)")
      }
    }
  }

  /// Waits until the program has ended; answers its exit code, or 128 and the signal that ended it.
  public func waitForEnd(seconds: Double = 60) throws -> Int32 {
    let deadline = Date().addingTimeInterval(seconds)
    while true {
      var ready = pollfd(fd: user, events: Int16(POLLIN), revents: 0)
      let rest = deadline.timeIntervalSinceNow
      guard rest > 0, poll(&ready, 1, Int32(rest * 1000) + 1) > 0 else {
        let came = String(decoding: output[seen...].suffix(2000), as: UTF8.self)
        throw Missing(description: "the program did not end; came \(came.debugDescription)")
      }
      if !readSome() { break }
    }
    var code: Int32 = 0
    guard waitpid(process, &code, 0) == process else { throw POSIXError(.ECHILD) }
    let signal = code & 0x7F
    let answer = signal == 0 ? (code >> 8) & 0xFF : 128 + signal
    status = answer
    return answer
  }

  public func resize(columns: UInt16, rows: UInt16 = 24) {
    var size = winsize(ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0)
    _ = ioctl(user, UInt(TIOCSWINSZ), &size)
  }

  /// What the terminal shows of all that was written, for a window that was never resized.
  public func screen(columns: Int = 80) -> [String] {
    Screen(columns: columns, String(decoding: output, as: UTF8.self)).lines
  }

  /// Processor time of the program so far, all its threads: what it did, however busy the machine is.
  public var processorSeconds: Double {
    let text = (try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8)) ?? ""
    // Fields 14 and 15 of proc(5), counted behind the parenthesised name.
    let fields = text.split(separator: ")").last?.split(separator: " ") ?? []
    guard fields.count > 12, let user = Double(fields[11]), let system = Double(fields[12])
    else { return .nan }
    return (user + system) / Double(sysconf(Int32(_SC_CLK_TCK)))
  }

  /// Waits until the program has computed for so long; this is where it stands in the middle of something.
  public func wait(untilComputed seconds: Double, since start: Double) {
    let deadline = Date().addingTimeInterval(120)
    while processorSeconds < start + seconds, Date() < deadline { usleep(1000) }
  }

  /// False at the end of the output: every holder of the terminal has closed it.
  private func readSome() -> Bool {
    var chunk = [UInt8](repeating: 0, count: 65536)
    while true {
      let count = read(user, &chunk, chunk.count)
      if count > 0 {
        output += chunk[..<count]
        return true
      }
      if count == 0 || errno != EINTR { return false }
    }
  }
}
