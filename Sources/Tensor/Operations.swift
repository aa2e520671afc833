/// Operations on two operands. The raw values are the kernels' codes.
public enum BinaryOp: Int32, Sendable, CaseIterable {
  case add, sub, mul, div, pow, maximum, minimum
  /// `floor(a / b)`, and the remainder that goes with it (the divisor's sign, as in Python).
  case floorDivide, remainder

  public var name: String { Self.names[Int(rawValue)] }
  /// Describing a case each time it runs would cost more than running it on one number.
  private static let names = allCases.map { String(describing: $0) }
}

public enum CompareOp: Int32, Sendable, CaseIterable {
  case equal, notEqual, less, lessEqual, greater, greaterEqual

  public var name: String { Self.names[Int(rawValue)] }
  private static let names = allCases.map { String(describing: $0) }
}

/// Operations on one operand. The raw values are the kernels' codes.
public enum UnaryOp: Int32, Sendable, CaseIterable {
  case neg, exp, log, sqrt, rsqrt, abs, sign, square, reciprocal
  case tanh, sigmoid, relu
  /// `x Φ(x)` by the error function, and its tanh approximation.
  case gelu, geluTanh
  case silu, sin, cos, erf
  case softplus, floor, ceil
  /// To the nearest whole number, ties to even.
  case round
  case expm1, log1p

  public var name: String { Self.names[Int(rawValue)] }
  private static let names = allCases.map { String(describing: $0) }

  /// True if `Engine.unaryBackward` wants the output of the forward operation, false if its input.
  public var savesOutput: Bool {
    switch self {
    case .exp, .sqrt, .rsqrt, .reciprocal, .tanh, .sigmoid, .relu, .expm1: return true
    default: return false
    }
  }
}

public enum ReduceOp: Int32, Sendable, CaseIterable {
  case sum, mean, max, min, prod

  public var name: String { Self.names[Int(rawValue)] }
  private static let names = allCases.map { String(describing: $0) }
}
