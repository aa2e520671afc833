import Syntax

final class UnaryCode: Code {
  enum Operator { case negate, not }
  let operation: Operator
  let operand: Code
  init(_ span: Span, _ operation: Operator, _ operand: Code) {
    self.operation = operation
    self.operand = operand
    super.init(span)
  }
  override func evaluate(_ frame: Frame) throws -> Value {
    let value = try operand.evaluate(frame)
    return try operated(frame) {
      switch operation {
      case .negate: try frame.interpreter.negate(value)
      case .not: try frame.interpreter.not(value)
      }
    }
  }
}

final class BinaryCode: Code {
  let operation: BinaryOperator
  let left: Code
  let right: Code
  init(_ span: Span, _ operation: BinaryOperator, _ left: Code, _ right: Code) {
    self.operation = operation
    self.left = left
    self.right = right
    super.init(span)
  }
  override func evaluate(_ frame: Frame) throws -> Value {
    let a = try left.evaluate(frame)
    let b = try right.evaluate(frame)
    // Whole numbers are most of what loops do; they skip the general way.
    if case .int(let x) = a, case .int(let y) = b, let fast = operation.fastInteger(x, y) {
      return fast
    }
    return try operated(frame) { try frame.interpreter.apply(operation, a, b) }
  }
}

final class LogicalCode: Code {
  let isAnd: Bool
  let left: Code
  let right: Code
  init(_ span: Span, isAnd: Bool, _ left: Code, _ right: Code) {
    self.isAnd = isAnd
    self.left = left
    self.right = right
    super.init(span)
  }
  override func evaluate(_ frame: Frame) throws -> Value {
    let first = try frame.interpreter.truth(of: try left.evaluate(frame), at: left.span)
    if first != isAnd { return .bool(first) }
    return .bool(try frame.interpreter.truth(of: try right.evaluate(frame), at: right.span))
  }
}
