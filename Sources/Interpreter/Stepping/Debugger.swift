import Autograd
import Syntax

/// Is told of what runs, piece by piece; `docs/stepping.md` says when. Absent, it costs one branch
/// at each place that asks.
public protocol Debugger: AnyObject {
  /// A function's arguments are bound, its body is about to run.
  func willEnter(_ frame: Frame)
  /// The result is nil where an error leaves the frame.
  func didLeave(_ frame: Frame, _ result: Value?)
  /// Before a statement, and before the body of a function that is one expression.
  func willRun(_ code: Code, _ frame: Frame) throws
  /// The operands of a piece of an expression are known; operations of the tape belong to it from
  /// here.
  func willOperate(_ code: Code, _ frame: Frame)
  /// After a piece of an expression; what this returns goes on in the value's place.
  func didOperate(_ code: Code, _ value: Value, _ frame: Frame) throws -> Value
  func didAssign(_ name: String, _ value: Value, _ frame: Frame)
  /// A trainable parameter was read under its path.
  func didRead(_ path: String, _ variable: Variable)
  /// An error is about to leave a frame.
  func didFail(_ error: any Error, _ frame: Frame) throws
}

extension Debugger {
  public func didAssign(_ name: String, _ value: Value, _ frame: Frame) {}
  public func didRead(_ path: String, _ variable: Variable) {}
  public func didFail(_ error: any Error, _ frame: Frame) throws {}
}

/// Thrown to leave all that runs, and no error of the program: passed on as it is.
public protocol Signal: Error {}

extension Code {
  /// Runs `body`, an operation whose operands are known, and lets a debugger see what it gives.
  @inline(__always)
  final func operated(_ frame: Frame, _ body: () throws -> Value) throws -> Value {
    let interpreter = frame.interpreter
    guard let debugger = interpreter.debugger else { return try placed(frame, body) }
    debugger.willOperate(self, frame)
    let value = try placed(frame, body)
    return try debugger.didOperate(self, value, frame)
  }
}

extension Interpreter {
  /// A function's body under a debugger.
  func observed(_ body: Code, _ frame: Frame, by debugger: any Debugger) throws -> Value {
    debugger.willEnter(frame)
    do {
      if !(body is BlockCode) { try debugger.willRun(body, frame) }
      let value = try body.evaluate(frame)
      debugger.didLeave(frame, frame.control == .returning ? frame.returned : value)
      return value
    } catch {
      defer { debugger.didLeave(frame, nil) }
      if !(error is any Signal) { try debugger.didFail(error, frame) }
      throw error
    }
  }
}
