import Foundation
import Tensor
import Terminal

/// The program as a process: standard streams, signals, a stack that deep recursion fits on.
public enum Program {
  /// Runs the tool on the process's own streams; answers the exit code.
  public static func main(_ words: [String]) -> Int32 {
    // A reader that leaves, such as `head`, ends the program by a failed write instead of a signal.
    signal(SIGPIPE, SIG_IGN)
    StandardInput.openClosedStreams()
    Interrupt.install()
    // Every command and operator polls when it ends, so that nothing unfinished is kept.
    Engine.setStopCheck { Interrupt.isRequested }
    // `--threads` changes it later; the exact kernels give the same bits for any number.
    Engine.setThreads(ProcessInfo.processInfo.activeProcessorCount)
    return onDeepStack {
      let streams = Streams()
      let tool = Tool(
        console: streams.console,
        readInput: { try StandardInput.read() },
        prompt: { Prompt(session: $0, asJSON: $1).run() })
      let status = tool.run(words)
      return Interrupt.endingSignal.map { 128 + $0 } ?? status
    }
  }

  /// Bytes of stack; calls of the language may be nested 2000 deep, expressions in them 500.
  static let stackSize = 512 << 20

  /// Runs `body` on a thread of its own with a large stack, and waits for it.
  static func onDeepStack(_ body: @escaping () -> Int32) -> Int32 {
    let job = Job(body)
    let thread = Thread { job.run() }
    thread.stackSize = stackSize
    thread.start()
    job.done.wait()
    return job.status
  }

  private final class Job: @unchecked Sendable {
    let done = DispatchSemaphore(value: 0)
    private(set) var status: Int32 = 0
    private let body: () -> Int32

    init(_ body: @escaping () -> Int32) { self.body = body }

    func run() {
      status = body()
      done.signal()
    }
  }
}

/// Standard output and standard error. A closed output ends the program.
private struct Streams {
  var console: Console {
    var console = Console(
      out: { Self.emit($0, to: STDOUT_FILENO) }, err: { Self.emit($0, to: STDERR_FILENO) },
      style: Style.detect(descriptor: STDOUT_FILENO),
      errStyle: Style.detect(descriptor: STDERR_FILENO), redrawsProgress: isTerminal(STDERR_FILENO),
      width: { TerminalSize.current().columns })
    if isTerminal(STDOUT_FILENO), isTerminal(STDIN_FILENO) {
      console.page = { try? Pager.show($0) }
    }
    return console
  }

  private static func emit(_ text: String, to descriptor: Int32) {
    do { try write(text, to: descriptor) } catch {
      // Nobody reads on: there is nobody to tell either.
      if descriptor == STDOUT_FILENO { exit(ExitCode.failed) }
    }
  }
}
