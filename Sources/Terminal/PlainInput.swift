import CLibEdit
import Glibc

/// Lines of a file, a pipe, or a terminal that cannot be edited on.
final class PlainInput {
  private enum Event {
    case line(String)
    case end
    case interrupted
  }

  private let descriptor: Int32
  private let promptDescriptor: Int32?
  private var pending: [UInt8] = []
  private var start = 0  // of what is not handed out yet
  private var isAtEnd = false

  init(descriptor: Int32, output: Int32) {
    self.descriptor = descriptor
    // A person at a terminal wants a prompt even when the output goes to a file.
    promptDescriptor =
      isTerminal(descriptor) ? [output, STDERR_FILENO].first(where: isTerminal) : nil
  }

  /// Reads lines until they make a whole cell. A cell that the input's end cuts off is answered
  /// as it is, so that its error is shown.
  func read(
    prompt: String, isIncomplete: (String) -> Bool
  ) throws(TerminalError) -> LineEditor.Input {
    var cell: String?
    var shown = prompt
    while true {
      if let promptDescriptor { try write(shown, to: promptDescriptor) }
      switch try nextEvent() {
      case .interrupted: return .interrupted
      case .end: return cell.map { .cell($0) } ?? .endOfInput
      case .line(let line):
        let text = cell.map { $0 + "\n" + line } ?? line
        if !isIncomplete(text) { return .cell(text) }
        cell = text
        shown = String(repeating: ".", count: max(1, displayWidth(prompt) - 1)) + " "
      }
    }
  }

  private func nextEvent() throws(TerminalError) -> Event {
    var searched = start
    while true {
      if let end = pending[searched...].firstIndex(of: 0x0A) {
        defer { start = end + 1 }
        return .line(Self.text(pending[start..<end]))
      }
      pending.removeSubrange(..<start)
      start = 0
      searched = pending.count
      if isAtEnd {
        defer { start = pending.count }
        return start == pending.count ? .end : .line(Self.text(pending[start...]))
      }
      if try waitIsInterrupted() { return .interrupted }
      try fill()
    }
  }

  private func waitIsInterrupted() throws(TerminalError) -> Bool {
    while true {
      var ready = [
        pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0),
        pollfd(fd: signals_descriptor(), events: Int16(POLLIN), revents: 0),
      ]
      if poll(&ready, 2, -1) < 0, errno != EINTR {
        throw .read(reason: String(cString: strerror(errno)))
      }
      signals_drain()
      if signals_take_interrupt() {
        pending = []
        start = 0
        return true
      }
      if ready[0].revents != 0 { return false }
    }
  }

  private func fill() throws(TerminalError) {
    var chunk = [UInt8](repeating: 0, count: 65536)
    let count = Glibc.read(descriptor, &chunk, chunk.count)
    if count > 0 {
      pending += chunk[..<count]
    } else if count == 0 {
      isAtEnd = true
    } else if errno != EINTR, errno != EAGAIN {
      throw .read(reason: String(cString: strerror(errno)))
    }
  }

  private static func text(_ bytes: ArraySlice<UInt8>) -> String {
    let line = bytes.last == 0x0D ? bytes.dropLast() : bytes
    return String(decoding: line, as: UTF8.self)
  }
}
