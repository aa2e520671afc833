import Autograd
import Syntax
import Tensor

extension Interpreter {
  /// How deep values may be nested that are walked by recursion.
  static let nestingLimit = 10_000

  /// `==` of values other than tensors: the same kind and the same contents.
  func equal(_ a: Value, _ b: Value, depth: Int = 0) throws -> Bool {
    guard depth < Self.nestingLimit else {
      throw Mistake(
        "lists nested more than \(Self.nestingLimit) deep cannot be compared", code: "E0509")
    }
    switch (a, b) {
    case (.none, .none): return true
    case (.bool(let x), .bool(let y)): return x == y
    case (.int(let x), .int(let y)): return x == y
    case (.float(let x), .float(let y)): return x == y
    case (.int(let x), .float(let y)): return Double(x) == y
    case (.float(let x), .int(let y)): return x == Double(y)
    case (.string(let x), .string(let y)): return x == y
    case (.list(let x), .list(let y)):
      return try x.elements.count == y.elements.count
        && zip(x.elements, y.elements).allSatisfy { try equal($0, $1, depth: depth + 1) }
    case (.tuple(let x), .tuple(let y)):
      return try x.names == y.names
        && zip(x.elements, y.elements).allSatisfy { try equal($0, $1, depth: depth + 1) }
    case (.tensor(let x), .tensor(let y)):
      guard x.shape == y.shape, x.dtype == y.dtype else { return false }
      return try engine.compare(.equal, x.value, y.value).bools().allSatisfy { $0 }
    case (.module(let x), .module(let y)): return x === y
    case (.function(let x), .function(let y)): return x === y
    case (.host(let x), .host(let y)): return x === y
    default: return false
    }
  }

  /// The largest difference of two numbers, tensors, or lists and tuples of such; NaN where either has one.
  func difference(_ a: Value, _ b: Value) throws -> Double {
    switch (a, b) {
    case (.list(let x), .list(let y)): return try difference(x.elements, y.elements)
    case (.tuple(let x), .tuple(let y)): return try difference(x.elements, y.elements)
    case (.bool(let x), .bool(let y)): return x == y ? 0 : 1
    case (.list, .tensor): return try difference(a, listed(b))
    case (.tensor, .list): return try difference(listed(a), b)
    default: break
    }
    guard a.isNumeric, b.isNumeric else {
      throw Mistake(
        "`~=` compares numbers and tensors, not \(a.typeWithArticle) and \(b.typeWithArticle)",
        code: "E0507")
    }
    let x = try tensor(from: a)
    let y = try tensor(from: b)
    guard x.shape == y.shape || x.rank == 0 || y.rank == 0 else {
      throw Mistake(
        "`~=` compares equal shapes, not \(describe(x.shape)) and \(describe(y.shape))",
        code: "E0508")
    }
    let left = try x.doubles()
    let right = try y.doubles()
    var largest = 0.0
    for index in 0..<Swift.max(left.count, right.count) {
      let p = left[left.count == 1 ? 0 : index]
      let q = right[right.count == 1 ? 0 : index]
      if p == q { continue }
      let gap = Swift.abs(p - q)
      if gap.isNaN { return .nan }
      largest = Swift.max(largest, gap)
    }
    return largest
  }

  private func difference(_ x: [Value], _ y: [Value]) throws -> Double {
    guard x.count == y.count else {
      throw Mistake("`~=` compares equal lengths, not \(x.count) and \(y.count)", code: "E0508")
    }
    return try zip(x, y).reduce(0) { largest, pair in
      let gap = try difference(pair.0, pair.1)
      return gap.isNaN ? .nan : Swift.max(largest, gap)
    }
  }

  private func listed(_ value: Value) throws -> Value { .list(try elements(of: value)) }

  /// Nil if the comparison holds, else what was found on both sides.
  func expectation(
    _ operation: BinaryOperator, _ a: Value, _ b: Value, within tolerance: Double?
  ) throws -> String? {
    if operation == .close {
      let scale = tolerance == nil ? try magnitude(b) : 1
      let allowed = tolerance ?? Interpreter.closeness * scale
      let gap = try difference(a, b)
      if gap <= allowed { return nil }
      return "the largest difference is \(printer.number(gap)), more than \(printer.number(allowed))"
    }
    if let tolerance, operation == .equal {
      return try expectation(.close, a, b, within: tolerance)
    }
    let verdict = try apply(operation, a, b)
    switch verdict {
    case .bool(true): return nil
    case .tensor(let mask) where try mask.value.bools().allSatisfy({ $0 }): return nil
    default: return "left: \(printer.inline(a)); right: \(printer.inline(b))"
    }
  }

  /// What `~=` allows without a `within`: relative to the right side's largest element, or absolute below 1.
  static let closeness = 1e-5

  func isClose(_ a: Value, _ b: Value) throws -> Bool {
    try difference(a, b) <= Interpreter.closeness * magnitude(b)
  }

  private func magnitude(_ value: Value) throws -> Double {
    guard value.isNumeric else { return 1 }
    return try tensor(from: value).doubles().reduce(1) { Swift.max($0, Swift.abs($1)) }
  }
}

extension Value {
  var isNumeric: Bool {
    switch self {
    case .int, .float, .tensor, .bool: true
    default: false
    }
  }
}
