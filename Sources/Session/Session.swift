import Commands
import Interpreter
import Syntax
import Tensor
import Terminal

/// A running session: an interpreter with every command and the library, the cells that it was fed, and what it printed.
///
/// A file, a typed line and a golden test all go through `feed`, so that the same text gives the same output.
/// One thread uses a session.
public final class Session {
  public private(set) var interpreter: Interpreter
  public let paths: Paths
  public let options: SessionOptions
  public var console: Console
  /// Columns that the user asked for; nil follows the terminal.
  public var fixedWidth: Int?
  /// Significant digits of printed numbers.
  public var digits = 6
  /// Collects what the current cell did, for `--json`.
  var report: CellReport?
  /// What the cells so far defined, for `:undo`, latest last.
  var snapshots: [Snapshot] = []
  /// The text of every cell that ran without an error, for `:save`.
  var history: [String] = []
  /// Asks the user for a line behind a sign, while a cell runs; nil where nobody can be asked.
  public var ask: ((DebugQuestion) throws -> DebugInput)?
  private var progress: Progress?

  /// - Throws: `Failure` when a file of the library cannot be run, which is a mistake in the program itself.
  public init(options: SessionOptions = SessionOptions(), console: Console) throws {
    self.options = options
    self.console = console
    paths = Paths.standard(script: options.script)
    paths.isSandboxed = options.isSandboxed
    interpreter = try Session.makeInterpreter(options, paths)
    connect()
  }

  deinit { interpreter.close() }

  /// Forgets every name, as if the session had just started.
  public func reset() throws {
    let new = try Session.makeInterpreter(options, paths)
    interpreter.close()
    interpreter = new
    snapshots = []
    history = []
    connect()
  }

  private static func makeInterpreter(
    _ options: SessionOptions, _ paths: Paths
  ) throws -> Interpreter {
    let interpreter = Interpreter(engine: Engine(math: options.math))
    Registry.install(in: interpreter, paths: paths)
    try Embedded.loadLibrary(into: interpreter)
    if let seed = options.seed { interpreter.reseed(seed) }
    interpreter.convertInput = ModelInput.convert
    interpreter.readImport = { try Imports(paths: paths).source(of: $0, from: $1) }
    interpreter.globals.define("args", .list(options.arguments.map { Value.string($0) }))
    return interpreter
  }

  private func connect() {
    interpreter.output = { [unowned self] in write($0) }
    interpreter.isInterrupted = { Interrupt.isRequested }
    interpreter.tape.checkpoint = { if Interrupt.isRequested { throw Interrupted() } }
    interpreter.makeProgress = { [unowned self] in makeProgress($0, total: $1) }
    updatePrinter()
  }

  /// Takes up the terminal's present width.
  func updatePrinter() {
    let style = console.style
    interpreter.printer = Printer(width: fixedWidth ?? console.width(), digits: digits) {
      text, role in style(role.style, text)
    }
  }

  // MARK: Output

  /// Prints a result's text.
  func write(_ text: String) {
    progress?.clear()
    report?.append(output: text)
    console.out(text)
  }

  /// Prints a message that is no result.
  func writeError(_ text: String) {
    progress?.clear()
    console.err(text)
  }

  private func makeProgress(_ label: String, total: Int) -> (any ProgressLine)? {
    guard let redraws = console.redrawsProgress else { return nil }
    let console = console
    let progress = Progress(
      label, total: total, style: console.errStyle, isTerminal: redraws, width: console.width,
      write: console.err)
    self.progress = progress
    return ProgressAdapter(progress) { [weak self] in self?.progress = nil }
  }
}

/// A command's progress as the terminal draws it.
private final class ProgressAdapter: ProgressLine {
  private let progress: Progress
  private let onFinish: () -> Void

  init(_ progress: Progress, onFinish: @escaping () -> Void) {
    self.progress = progress
    self.onFinish = onFinish
  }

  func update(_ done: Int, details: [String]) { progress.update(done, details: details) }

  func finish() {
    progress.finish()
    onFinish()
  }
}

extension Printer.Role {
  var style: Style.Role {
    switch self {
    case .number: .number
    case .string: .string
    case .dim: .dim
    case .heading: .heading
    case .message(let role): role.style
    }
  }
}
