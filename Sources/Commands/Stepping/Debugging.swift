import Autograd
import Interpreter
import Syntax
import Terminal
import Training

/// Runs a piece of code under the debugger, again and again as it is told to go back.
public struct Debugging {
  private let interpreter: Interpreter
  private let stepper: Stepper
  private let runs: [Run]
  /// Puts back what only the caller knows, such as the session's names.
  private let restoreNames: () -> Void
  private let isScripted: Bool

  /// - Parameters:
  ///   - read: nil after the last of a script's commands; the rest then runs without a stop.
  ///   - reaching: values from which runs may be reached beside the session's own names.
  public init(
    _ interpreter: Interpreter, isScripted: Bool, reaching values: [Value] = [],
    restoringNames: @escaping () -> Void = {}, read: @escaping (DebugQuestion) throws -> DebugInput
  ) throws {
    guard !(interpreter.debugger is Stepper) else {
      throw Mistake("the debugger runs already", fix: "`quit` leaves it")
    }
    self.interpreter = interpreter
    self.isScripted = isScripted
    restoreNames = restoringNames
    let globals = interpreter.globals
    let reached = Debugging.reach(values + globals.ownNames.compactMap { globals.lookup($0) })
    runs = reached.runs
    let isInterrupted = interpreter.isInterrupted
    stepper = Stepper(
      interpreter, models: reached.models, echoes: isScripted, isInterruptedOutside: isInterrupted,
      wasInterrupted: {
        guard !isScripted, isInterrupted() else { return false }
        Interrupt.clear()
        return true
      }, read: read)
  }

  /// What `body` gives; nil if it was left by `quit`, everything being as before.
  public func run(_ body: () throws -> Value) throws -> Value? {
    let kept = Kept(interpreter)
    defer { kept.restore(interpreter) }
    interpreter.debugger = stepper
    interpreter.tape.observer = stepper
    interpreter.makeProgress = nil
    if !isScripted {
      interpreter.isInterrupted = { false }
      interpreter.tape.checkpoint = nil
    }
    let (bookmarks, state) = (runs.map { $0.bookmark() }, interpreter.state)
    func restore() {
      for bookmark in bookmarks { bookmark.run.restore(bookmark) }
      interpreter.state = state
      restoreNames()
    }
    var moment: Int?
    while true {
      begin(upTo: moment, kept)
      do { return try attempt(body) } catch let signal as GoBack {
        restore()
        moment = signal.moment
      } catch is LeaveDebugger {
        restore()
        return nil
      }
    }
  }

  private func begin(upTo moment: Int?, _ kept: Kept) {
    stepper.begin(upTo: moment)
    // What was printed on the way was seen before.
    interpreter.output = { [unowned stepper] text in
      if stepper.target == nil { kept.output(text) }
    }
  }

  /// An error that no frame of the language saw is a stop too.
  private func attempt(_ body: () throws -> Value) throws -> Value {
    do { return try body() } catch {
      if !(error is any Signal) { try stepper.didFailOutside(error) }
      throw error
    }
  }

  /// What the interpreter had before.
  private struct Kept {
    let debugger: (any Debugger)?
    let observer: (any TapeObserver)?
    let isInterrupted: () -> Bool
    let checkpoint: (() throws -> Void)?
    let output: (String) -> Void
    let makeProgress: ((String, Int) -> (any ProgressLine)?)?

    init(_ interpreter: Interpreter) {
      debugger = interpreter.debugger
      observer = interpreter.tape.observer
      isInterrupted = interpreter.isInterrupted
      checkpoint = interpreter.tape.checkpoint
      output = interpreter.output
      makeProgress = interpreter.makeProgress
    }

    func restore(_ interpreter: Interpreter) {
      interpreter.debugger = debugger
      interpreter.tape.observer = observer
      interpreter.isInterrupted = isInterrupted
      interpreter.tape.checkpoint = checkpoint
      interpreter.output = output
      interpreter.makeProgress = makeProgress
    }
  }

  /// The runs and models that values hold, each once.
  private static func reach(_ values: [Value]) -> (runs: [Run], models: [Module]) {
    var runs: [Run] = []
    var models: [Module] = []
    func visit(_ value: Value) {
      switch value {
      case .host(let host):
        guard let value = host as? RunValue, !runs.contains(where: { $0 === value.run }) else {
          return
        }
        runs.append(value.run)
        models.append(value.trainee.model)
      case .module(let module): models.append(module)
      case .list(let list): for element in list.elements { visit(element) }
      case .tuple(let tuple): for element in tuple.elements { visit(element) }
      case .function(let function):
        if case .closure(_, let captured, _) = function.kind { captured.forEach { $0.map(visit) } }
      default: break
      }
    }
    values.forEach(visit)
    return (runs, models)
  }
}
