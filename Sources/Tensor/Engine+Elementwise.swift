import CKernels

extension Engine {
  /// `a op b` element by element with NumPy broadcasting. Integers have no `div`; an integer
  /// divided by zero is an error.
  public func binary(_ op: BinaryOp, _ a: Tensor, _ b: Tensor) throws -> Tensor {
    try match(op.name, a, b)
    if a.shape == b.shape, a.dtype.isFloat, a.dtype == a.dtype.compute, a.isContiguous {
      return try alike(op, a, b)
    }
    let shape = try Tensor.broadcast(a.shape, b.shape, op.name)
    try checkRank(shape, op.name)
    if let outline = outline(a, b, shape: shape) { return outline }
    if a.dtype == .bf16 {
      return try cast(binary(op, cast(a, to: .f32), cast(b, to: .f32)), to: .bf16)
    }
    let x = try a.expanded(to: shape)
    let y = try b.expanded(to: shape)
    let result = Tensor(uninitialized: shape, dtype: a.dtype)
    let (p, q, r) = (try x.address(op.name), try y.address(op.name), try result.address(op.name))
    if a.dtype.isFloat {
      try kernels(a.dtype, op.name).binary(
        op.rawValue, shape.count, shape, x.strides, y.strides, p, q, r)
    } else {
      try checkInteger(op, b)
      ck_integer_binary(
        op.rawValue, Int32(a.dtype.rawValue), shape.count, shape, x.strides, y.strides, p, q, r)
    }
    return result
  }

  /// Operands of one shape need no broadcasting, which costs more than one number's arithmetic.
  private func alike(_ op: BinaryOp, _ a: Tensor, _ b: Tensor) throws -> Tensor {
    try checkRank(a.shape, op.name)
    if let outline = outline(a, b, shape: a.shape) { return outline }
    let result = Tensor(like: a, dtype: a.dtype)
    try kernels(a.dtype, op.name).binary(
      op.rawValue, a.shape.count, a.shape, a.strides, b.strides, try a.address(op.name),
      try b.address(op.name), try result.address(op.name))
    return result
  }

  private func checkInteger(_ op: BinaryOp, _ divisor: Tensor) throws {
    let dtype = divisor.dtype
    if op == .div {
      throw TensorError("div", "\(dtype.name) values do not divide; convert them to f32, or use //")
    }
    if dtype == .bool && op != .maximum && op != .minimum {
      throw TensorError(op.name, "bool values have no arithmetic; convert them to i64 or f32")
    }
    guard op == .floorDivide || op == .remainder else { return }
    let dense = try contiguous(divisor)
    if ck_has_zero(Int32(dtype.rawValue), try dense.address(op.name), dense.count) != 0 {
      throw TensorError(op.name, "division of integers by zero")
    }
  }

  public func add(_ a: Tensor, _ b: Tensor) throws -> Tensor { try binary(.add, a, b) }
  public func sub(_ a: Tensor, _ b: Tensor) throws -> Tensor { try binary(.sub, a, b) }
  public func mul(_ a: Tensor, _ b: Tensor) throws -> Tensor { try binary(.mul, a, b) }
  public func div(_ a: Tensor, _ b: Tensor) throws -> Tensor { try binary(.div, a, b) }
  public func pow(_ a: Tensor, _ b: Tensor) throws -> Tensor { try binary(.pow, a, b) }
  public func maximum(_ a: Tensor, _ b: Tensor) throws -> Tensor { try binary(.maximum, a, b) }
  public func minimum(_ a: Tensor, _ b: Tensor) throws -> Tensor { try binary(.minimum, a, b) }

  /// Element by element with broadcasting, to `bool`. Nothing but `notEqual` holds for NaN.
  public func compare(_ op: CompareOp, _ a: Tensor, _ b: Tensor) throws -> Tensor {
    let name = op.name
    try match(name, a, b)
    let shape = try Tensor.broadcast(a.shape, b.shape, name)
    try checkRank(shape, name)
    let x = try cast(a, to: a.dtype.compute).expanded(to: shape)
    let y = try cast(b, to: b.dtype.compute).expanded(to: shape)
    let result = Tensor(uninitialized: shape, dtype: .bool)
    ck_compare(
      op.rawValue, Int32(x.dtype.rawValue), shape.count, shape, x.strides, y.strides,
      try x.address(name), try y.address(name),
      try result.address(name).assumingMemoryBound(to: UInt8.self))
    return result
  }

  public func logicalAnd(_ a: Tensor, _ b: Tensor) throws -> Tensor {
    try binary(.minimum, truth(a, "and"), truth(b, "and"))
  }
  public func logicalOr(_ a: Tensor, _ b: Tensor) throws -> Tensor {
    try binary(.maximum, truth(a, "or"), truth(b, "or"))
  }
  public func logicalNot(_ a: Tensor) throws -> Tensor {
    try compare(.equal, truth(a, "not"), Tensor.full([], 0, dtype: .bool))
  }

  private func truth(_ x: Tensor, _ operation: String) throws -> Tensor {
    guard x.dtype == .bool else {
      throw TensorError(operation, "needs bool values, not \(x.dtype.name)")
    }
    return x
  }

  /// `scale * x + shift`, of x's type.
  public func affine(_ x: Tensor, scale: Double = 1, shift: Double = 0) throws -> Tensor {
    if let outline = outline(x, shape: x.shape) { return outline }
    let source = try ready(x)
    let result = Tensor(uninitialized: x.shape, dtype: source.dtype)
    try kernels(x.dtype, "affine").affine(
      scale, shift, try source.address("affine"), try result.address("affine"), result.count)
    return try cast(result, to: x.dtype)
  }

  public func unary(_ op: UnaryOp, _ x: Tensor) throws -> Tensor {
    if let outline = outline(x, shape: x.shape) { return outline }
    if x.dtype.isInteger, let whole = try integerUnary(op, x) { return whole }
    if x.dtype == x.dtype.compute, x.isContiguous { return try denseUnary(op, x) }
    return try cast(denseUnary(op, ready(x)), to: x.dtype)
  }

  private func denseUnary(_ op: UnaryOp, _ x: Tensor) throws -> Tensor {
    let result = Tensor(like: x, dtype: x.dtype)
    try kernels(x.dtype, op.name).unary(
      op.rawValue, try x.address(op.name), try result.address(op.name), x.count)
    return result
  }

  /// What integers can do without leaving their type.
  private func integerUnary(_ op: UnaryOp, _ x: Tensor) throws -> Tensor? {
    let zero = Tensor.full([], 0, dtype: x.dtype)
    switch op {
    case .neg: return try binary(.sub, zero, x)
    case .abs: return try binary(.maximum, x, binary(.sub, zero, x))
    case .square: return try binary(.mul, x, x)
    case .relu: return try binary(.maximum, x, zero)
    case .sign: return try clip(x, low: -1, high: 1)
    case .floor, .ceil, .round: return x
    default: return nil
    }
  }

  /// The gradient of `unary`: `gradient * f'(x)`. `saved` is the output for the operations of which
  /// `UnaryOp.savesOutput` is true, else the input.
  public func unaryBackward(_ op: UnaryOp, saved: Tensor, gradient: Tensor) throws -> Tensor {
    try match(op.name, saved, gradient)
    try require("gradient of \(op.name)", "gradient", gradient, saved.shape)
    let x = try ready(saved)
    let g = try ready(gradient)
    let result = Tensor(uninitialized: x.shape, dtype: x.dtype)
    try kernels(x.dtype, op.name).unary_backward(
      op.rawValue, try x.address(op.name), try g.address(op.name), try result.address(op.name),
      result.count)
    return try cast(result, to: saved.dtype)
  }

  public func neg(_ x: Tensor) throws -> Tensor { try unary(.neg, x) }
  public func exp(_ x: Tensor) throws -> Tensor { try unary(.exp, x) }
  public func log(_ x: Tensor) throws -> Tensor { try unary(.log, x) }
  public func sqrt(_ x: Tensor) throws -> Tensor { try unary(.sqrt, x) }
  public func rsqrt(_ x: Tensor) throws -> Tensor { try unary(.rsqrt, x) }
  public func abs(_ x: Tensor) throws -> Tensor { try unary(.abs, x) }
  public func sign(_ x: Tensor) throws -> Tensor { try unary(.sign, x) }
  public func tanh(_ x: Tensor) throws -> Tensor { try unary(.tanh, x) }
  public func sigmoid(_ x: Tensor) throws -> Tensor { try unary(.sigmoid, x) }
  public func relu(_ x: Tensor) throws -> Tensor { try unary(.relu, x) }
  public func gelu(_ x: Tensor, tanh: Bool = false) throws -> Tensor {
    try unary(tanh ? .geluTanh : .gelu, x)
  }
  public func silu(_ x: Tensor) throws -> Tensor { try unary(.silu, x) }
  public func sin(_ x: Tensor) throws -> Tensor { try unary(.sin, x) }
  public func cos(_ x: Tensor) throws -> Tensor { try unary(.cos, x) }
  public func erf(_ x: Tensor) throws -> Tensor { try unary(.erf, x) }

  /// `min(max(x, low), high)`; NaN stays NaN.
  public func clip(_ x: Tensor, low: Double?, high: Double?) throws -> Tensor {
    if x.dtype.isInteger {
      var result = x
      if let low { result = try maximum(result, Tensor.full([], low, dtype: x.dtype)) }
      if let high { result = try minimum(result, Tensor.full([], high, dtype: x.dtype)) }
      return result
    }
    let source = try ready(x)
    let result = Tensor(uninitialized: x.shape, dtype: source.dtype)
    try kernels(x.dtype, "clip").clip(
      low ?? -.infinity, high ?? .infinity, try source.address("clip"), try result.address("clip"),
      result.count)
    return try cast(result, to: x.dtype)
  }
}
