import Autograd
import Syntax
import Tensor

extension BinaryOperator {
  var isComparison: Bool {
    switch self {
    case .equal, .notEqual, .less, .lessEqual, .greater, .greaterEqual, .close: true
    default: false
    }
  }

  /// Whole-number arithmetic that cannot fail; nil sends the operands the general way.
  @inline(__always)
  func fastInteger(_ x: Int, _ y: Int) -> Value? {
    switch self {
    case .add:
      let (sum, overflow) = x.addingReportingOverflow(y)
      return overflow ? nil : .int(sum)
    case .subtract:
      let (difference, overflow) = x.subtractingReportingOverflow(y)
      return overflow ? nil : .int(difference)
    case .multiply:
      let (product, overflow) = x.multipliedReportingOverflow(by: y)
      return overflow ? nil : .int(product)
    case .equal: return .bool(x == y)
    case .notEqual: return .bool(x != y)
    case .less: return .bool(x < y)
    case .lessEqual: return .bool(x <= y)
    case .greater: return .bool(x > y)
    case .greaterEqual: return .bool(x >= y)
    default: return nil
    }
  }
}

extension Interpreter {
  func negate(_ value: Value) throws -> Value {
    switch value {
    case .int(let x): return .int(try checked(0.subtractingReportingOverflow(x)))
    case .float(let x): return .float(-x)
    case .tensor(let x):
      let result = try tape.neg(x)
      try poll()
      return .tensor(result)
    default: throw Mistake("\(value.typeWithArticle) has no negative", code: "E0501")
    }
  }

  func not(_ value: Value) throws -> Value {
    switch value {
    case .bool(let x): return .bool(!x)
    case .tensor(let x) where x.dtype == .bool: return .tensor(try engine.logicalNot(x.value))
    default:
      throw Mistake("`not` needs true or false, not \(value.typeWithArticle)", code: "E0502")
    }
  }

  public func truth(of value: Value, at span: Span) throws -> Bool {
    switch value {
    case .bool(let x): return x
    case .tensor(let x) where x.dtype == .bool && x.value.count == 1:
      return try placing(at: span) { try x.value.bools()[0] }
    default:
      throw failure(
        "this must be true or false, not \(value.typeWithArticle)", at: span, code: "E0502",
        fix: "compare it with something, as in `x != 0`")
    }
  }

  public func number(_ value: Value, at span: Span) throws -> Double {
    switch value {
    case .int(let x): return Double(x)
    case .float(let x): return x
    case .tensor(let x) where x.value.count == 1:
      return try placing(at: span) { try x.value.item() }
    default:
      throw failure("this must be a number, not \(value.typeWithArticle)", at: span, code: "E0503")
    }
  }

  func checked(_ result: (partialValue: Int, overflow: Bool)) throws -> Int {
    if result.overflow {
      throw Mistake(
        "the whole number is too large", code: "E0504", note: "an int holds up to 2**63 - 1",
        fix: "make one side a float, as in `2.0 ** 80`")
    }
    return result.partialValue
  }

  /// Every infix operator but `|>`, `and` and `or`.
  func apply(_ operation: BinaryOperator, _ a: Value, _ b: Value) throws -> Value {
    switch (a, b) {
    case (.tensor, .tensor), (.tensor, .int), (.tensor, .float), (.int, .tensor), (.float, .tensor),
      (.tensor, .bool), (.bool, .tensor):
      let value = try applyTensors(operation, a, b)
      try poll()
      return value
    case (.int(let x), .int(let y)): return try applyIntegers(operation, x, y)
    case (.int(let x), .float(let y)): return try applyFloats(operation, Double(x), y)
    case (.float(let x), .int(let y)): return try applyFloats(operation, x, Double(y))
    case (.float(let x), .float(let y)): return try applyFloats(operation, x, y)
    default: return try applyOthers(operation, a, b)
    }
  }

  private func applyIntegers(_ operation: BinaryOperator, _ x: Int, _ y: Int) throws -> Value {
    switch operation {
    case .divide:
      if y == 0 { throw divisionByZero() }
      return .float(Double(x) / Double(y))
    case .floorDivide:
      if y == 0 { throw divisionByZero() }
      let (quotient, remainder) = x.quotientAndRemainder(dividingBy: y)
      return .int(remainder != 0 && (remainder < 0) != (y < 0) ? quotient - 1 : quotient)
    case .remainder:
      if y == 0 { throw divisionByZero() }
      if y == -1 { return .int(0) }
      let remainder = x % y
      return .int(remainder != 0 && (remainder < 0) != (y < 0) ? remainder + y : remainder)
    case .power: return try power(x, y)
    case .close: return .bool(x == y)
    case .add: return .int(try checked(x.addingReportingOverflow(y)))
    case .subtract: return .int(try checked(x.subtractingReportingOverflow(y)))
    case .multiply: return .int(try checked(x.multipliedReportingOverflow(by: y)))
    case .matmul: throw matmulNeedsTensors()
    default: return operation.fastInteger(x, y) ?? .none
    }
  }

  private func power(_ x: Int, _ y: Int) throws -> Value {
    if y < 0 { return .float(powerOf(Double(x), Double(y))) }
    var result = 1
    var base = x
    var exponent = y
    while exponent > 0 {
      if exponent & 1 == 1 { result = try checked(result.multipliedReportingOverflow(by: base)) }
      exponent >>= 1
      if exponent > 0 { base = try checked(base.multipliedReportingOverflow(by: base)) }
    }
    return .int(result)
  }

  private func applyFloats(_ operation: BinaryOperator, _ x: Double, _ y: Double) throws -> Value {
    switch operation {
    case .add: return .float(x + y)
    case .subtract: return .float(x - y)
    case .multiply: return .float(x * y)
    case .divide:
      if y == 0 { throw divisionByZero() }
      return .float(x / y)
    case .floorDivide:
      if y == 0 { throw divisionByZero() }
      return .float((x / y).rounded(.down))
    case .remainder:
      if y == 0 { throw divisionByZero() }
      return .float(x - (x / y).rounded(.down) * y)
    case .power: return .float(powerOf(x, y))
    case .equal: return .bool(x == y)
    case .notEqual: return .bool(x != y)
    case .less: return .bool(x < y)
    case .lessEqual: return .bool(x <= y)
    case .greater: return .bool(x > y)
    case .greaterEqual: return .bool(x >= y)
    case .close: return .bool(Swift.abs(x - y) <= Interpreter.closeness * Swift.max(1, Swift.abs(y)))
    case .matmul: throw matmulNeedsTensors()
    case .pipe, .and, .or: return .none
    }
  }

  private func applyOthers(_ operation: BinaryOperator, _ a: Value, _ b: Value) throws -> Value {
    switch (operation, a, b) {
    case (.equal, _, _): return .bool(try equal(a, b))
    case (.notEqual, _, _): return .bool(try !equal(a, b))
    case (.add, .string(let x), .string(let y)): return .string(x + y)
    case (.multiply, .string(let x), .int(let n)) where n >= 0 && n * x.utf8.count < 1 << 24:
      return .string(String(repeating: x, count: n))
    case (.add, .list(let x), .list(let y)): return .list(x.elements + y.elements)
    case (.add, .tuple(let x), .tuple(let y)):
      return .tuple(x.updating(Array(zip(y.names, y.elements))))
    case (.less, .string(let x), .string(let y)): return .bool(x < y)
    case (.lessEqual, .string(let x), .string(let y)): return .bool(x <= y)
    case (.greater, .string(let x), .string(let y)): return .bool(x > y)
    case (.greaterEqual, .string(let x), .string(let y)): return .bool(x >= y)
    case (.close, _, _): return .bool(try isClose(a, b))
    default:
      throw unfit(operation, a, b)
    }
  }

  private func unfit(_ operation: BinaryOperator, _ a: Value, _ b: Value) -> Mistake {
    let isAlike =
      a.typeName == b.typeName && ["list", "string", "tuple", "function"].contains(a.typeName)
    let sides =
      isAlike ? "two \(a.typeName)s" : "\(a.typeWithArticle) and \(b.typeWithArticle)"
    var fix: String?
    if operation == .add, a.typeName != b.typeName, [a, b].contains(where: { $0.typeName == "string" }) {
      fix = "to put a value into a text write `\"… \\(value)\"`"
    }
    return Mistake(
      "`\(operation.rawValue)` \(operation.isComparison ? "does not compare" : "cannot be used on") \(sides)",
      code: "E0501", fix: fix)
  }

  private func powerOf(_ x: Double, _ y: Double) -> Double { _power(x, y) }

  private func divisionByZero() -> Mistake { Mistake("division by zero", code: "E0505") }

  private func matmulNeedsTensors() -> Mistake {
    Mistake("`@` multiplies tensors", code: "E0501", fix: "for numbers write `*`")
  }
}

extension Interpreter {
  /// `a + b`, for commands that sum values.
  public func add(_ a: Value, _ b: Value) throws -> Value { try apply(.add, a, b) }
}
