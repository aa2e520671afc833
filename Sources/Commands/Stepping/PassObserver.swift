import Autograd
import Interpreter
import Syntax
import Tensor

/// Follows a forward pass from outside, so that each operation is known by its line and its site.
/// Subclasses look at the operations.
class PassObserver: Debugger, TapeObserver {
  let interpreter: Interpreter
  private let map = SourceMap(keepsFrames: false)

  init(_ interpreter: Interpreter) { self.interpreter = interpreter }

  /// Where the operation stands that has just run.
  final var path: String { interpreter.currentPath }
  final var span: Span? { map.current?.span }

  final func willEnter(_ frame: Frame) { map.enter(frame) }
  final func didLeave(_ frame: Frame, _ result: Value?) { map.leave() }
  final func willRun(_ code: Code, _ frame: Frame) { map.stand(at: code) }
  final func willOperate(_ code: Code, _ frame: Frame) { map.operate(code, frame) }
  final func didOperate(_ code: Code, _ value: Value, _ frame: Frame) -> Value { value }

  func didRun(operation: String, inputs: [Variable], output: Variable, tag: Int) {}
}

extension Interpreter {
  /// Runs `body` with an observer of the language and of the tape; another takes its place again
  /// afterwards.
  func observing<R>(
    with observer: some Debugger & TapeObserver, _ body: () throws -> R
  ) rethrows -> R {
    let before = (debugger: debugger, tape: tape.observer)
    defer {
      debugger = before.debugger
      tape.observer = before.tape
    }
    debugger = observer
    tape.observer = observer
    return try body()
  }
}
