import Syntax

/// Statements in order; the value is the last one's.
final class BlockCode: Code {
  let statements: [Code]
  init(_ span: Span, _ statements: [Code]) {
    self.statements = statements
    super.init(span)
  }
  override func evaluate(_ frame: Frame) throws -> Value {
    var last: Value = .none
    for statement in statements {
      if let debugger = frame.interpreter.debugger { try debugger.willRun(statement, frame) }
      last = try statement.evaluate(frame)
      if frame.control != .none { return .none }
    }
    return last
  }
}

final class IfCode: Code {
  let condition: Code
  let then: Code
  let otherwise: Code?
  init(_ span: Span, _ condition: Code, _ then: Code, _ otherwise: Code?) {
    self.condition = condition
    self.then = then
    self.otherwise = otherwise
    super.init(span)
  }
  override func evaluate(_ frame: Frame) throws -> Value {
    if try frame.interpreter.truth(of: try condition.evaluate(frame), at: condition.span) {
      return try then.evaluate(frame)
    }
    return try otherwise?.evaluate(frame) ?? .none
  }
}

final class WhileCode: Code {
  let condition: Code
  let body: Code
  init(_ span: Span, _ condition: Code, _ body: Code) {
    self.condition = condition
    self.body = body
    super.init(span)
  }
  override func evaluate(_ frame: Frame) throws -> Value {
    while try frame.interpreter.truth(of: try condition.evaluate(frame), at: condition.span) {
      try frame.interpreter.poll()
      _ = try body.evaluate(frame)
      if frame.leavesLoop() { break }
    }
    return .none
  }
}

final class ForCode: Code {
  let sequence: Code
  let element: ElementHolder
  let target: Code
  let body: Code
  init(_ span: Span, sequence: Code, element: ElementHolder, target: Code, body: Code) {
    self.sequence = sequence
    self.element = element
    self.target = target
    self.body = body
    super.init(span)
  }
  override func evaluate(_ frame: Frame) throws -> Value {
    let value = try sequence.evaluate(frame)
    if case .host(let host) = value, let range = host as? RangeValue {
      var index = range.start
      while range.step > 0 ? index < range.end : index > range.end {
        if try !run(.int(index), frame) { break }
        index += range.step
      }
      return .none
    }
    let elements = try frame.interpreter.placing(at: sequence.span) {
      try frame.interpreter.elements(of: value)
    }
    for element in elements where try !run(element, frame) { break }
    return .none
  }

  /// One turn; false when the loop is left.
  private func run(_ value: Value, _ frame: Frame) throws -> Bool {
    try frame.interpreter.poll()
    // The holder is shared by all frames of this code, so it is read before the body can run it again.
    element.value = value
    _ = try target.evaluate(frame)
    _ = try body.evaluate(frame)
    return !frame.leavesLoop()
  }
}

extension Frame {
  /// Handles what a loop's body left behind; true when the loop ends.
  func leavesLoop() -> Bool {
    switch control {
    case .none: return false
    case .continuing:
      control = .none
      return false
    case .breaking:
      control = .none
      return true
    case .returning: return true
    }
  }
}

final class ReturnCode: Code {
  let value: Code?
  init(_ span: Span, _ value: Code?) {
    self.value = value
    super.init(span)
  }
  override func evaluate(_ frame: Frame) throws -> Value {
    frame.returned = try value?.evaluate(frame) ?? .none
    frame.control = .returning
    return .none
  }
}

final class JumpCode: Code {
  let control: Frame.Control
  init(_ span: Span, _ control: Frame.Control) {
    self.control = control
    super.init(span)
  }
  override func evaluate(_ frame: Frame) throws -> Value {
    frame.control = control
    return .none
  }
}

/// `expect e [within t]`: nothing when it holds, a failure that shows both sides when not.
final class ExpectCode: Code {
  let condition: Code
  let tolerance: Code?
  init(_ span: Span, _ condition: Code, tolerance: Code?) {
    self.condition = condition
    self.tolerance = tolerance
    super.init(span)
  }
  override func evaluate(_ frame: Frame) throws -> Value {
    let interpreter = frame.interpreter
    let within = try tolerance.map { code in
      try interpreter.number(try code.evaluate(frame), at: code.span)
    }
    guard let comparison = condition as? BinaryCode, comparison.operation.isComparison else {
      if try interpreter.truth(of: try condition.evaluate(frame), at: condition.span) { return .none }
      throw failure(frame, "the expectation does not hold", code: "E0600")
    }
    let left = try comparison.left.evaluate(frame)
    let right = try comparison.right.evaluate(frame)
    let verdict = try interpreter.placing(at: comparison.span) {
      try interpreter.expectation(comparison.operation, left, right, within: within)
    }
    guard let complaint = verdict else { return .none }
    throw failure(frame, "the expectation does not hold", code: "E0600", note: complaint)
  }
}
