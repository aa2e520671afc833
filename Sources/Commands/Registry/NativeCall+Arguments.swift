import Autograd
import Interpreter
import Tensor

/// Typed access to a command's arguments; the wrong type is a mistake that names the parameter.
extension NativeCall {
  private func wrong(_ index: Int, _ expected: String) -> Mistake {
    let name = signature.parameters[index].name
    return Mistake(
      "`\(name)` of `\(signature.name)` must be \(expected), not \(self[index].typeWithArticle)",
      code: "E0547", argument: name)
  }

  func tensor(_ index: Int) throws -> Variable {
    switch self[index] {
    case .tensor(let variable): return variable
    case .int, .float, .bool: return try interpreter.variable(from: self[index], like: .f32)
    case .list: return Variable(try TensorLiteral.tensor(from: self[index], dtype: nil))
    default: throw wrong(index, "a tensor")
    }
  }

  func int(_ index: Int) throws -> Int {
    if case .int(let value) = self[index] { return value }
    if case .float(let value) = self[index], value == value.rounded(), Swift.abs(value) < 1e15 {
      return Int(value)
    }
    throw wrong(index, "a whole number")
  }

  func double(_ index: Int) throws -> Double {
    switch self[index] {
    case .int(let value): return Double(value)
    case .float(let value): return value
    case .tensor(let variable) where variable.value.count == 1: return try variable.value.item()
    default: throw wrong(index, "a number")
    }
  }

  func bool(_ index: Int) throws -> Bool {
    if case .bool(let value) = self[index] { return value }
    throw wrong(index, "true or false")
  }

  func string(_ index: Int) throws -> String {
    if case .string(let value) = self[index] { return value }
    throw wrong(index, "a string")
  }

  func module(_ index: Int) throws -> Module {
    if case .module(let value) = self[index] { return value }
    throw wrong(index, "a model or a module")
  }

  func function(_ index: Int) throws -> Value {
    switch self[index] {
    case .function, .module: return self[index]
    default: throw wrong(index, "a function")
    }
  }

  func host<H: HostValue>(_ index: Int, _ type: H.Type, _ expected: String) throws -> H {
    if case .host(let value) = self[index], let host = value as? H { return host }
    throw wrong(index, expected)
  }

  func list(_ index: Int) throws -> [Value] {
    switch self[index] {
    case .list(let list): return list.elements
    case .tuple(let tuple): return tuple.elements
    default: throw wrong(index, "a list")
    }
  }

  /// A shape: a list of whole numbers, or one number for a vector.
  func shape(_ index: Int) throws -> [Int] {
    if case .int(let size) = self[index] { return [try checked(size, index)] }
    return try list(index).map { element in
      guard case .int(let size) = element else {
        let name = signature.parameters[index].name
        throw Mistake(
          "`\(name)` of `\(signature.name)` must hold whole numbers, not \(element.typeWithArticle)",
          code: "E0547", fix: "write sizes such as [2, 3]", argument: name)
      }
      return try checked(size, index)
    }
  }

  private func checked(_ size: Int, _ index: Int) throws -> Int {
    if size < 0 {
      throw Mistake(
        "a size cannot be negative, but is \(size)", code: "E0548",
        argument: signature.parameters[index].name)
    }
    return size
  }

  /// One axis, several, or none for all.
  func axes(_ index: Int) throws -> [Int]? {
    switch self[index] {
    case .none: return nil
    case .int(let axis): return [axis]
    default:
      return try list(index).map { element in
        guard case .int(let axis) = element else { throw wrong(index, "an axis or a list of axes") }
        return axis
      }
    }
  }

  func isNone(_ index: Int) -> Bool {
    if case .none = self[index] { return true }
    return false
  }

  var tape: Tape { interpreter.tape }
}

/// Nested lists as tensors.
enum TensorLiteral {
  /// Ints give `i64`, anything with a float gives `f32`, booleans give `bool`, unless `dtype` says otherwise.
  static func tensor(from value: Value, dtype: DType?) throws -> Tensor {
    var numbers: [Double] = []
    var kind = DType.bool
    let shape = try collect(value, into: &numbers, &kind)
    let target = dtype ?? kind
    switch target {
    case .i64: return Tensor(numbers.map { Int($0) }, shape: shape)
    case .i32: return Tensor(numbers.map { Int32($0) }, shape: shape)
    case .bool: return Tensor(numbers.map { $0 != 0 }, shape: shape)
    case .f64: return Tensor(numbers, shape: shape)
    default:
      return Tensor(numbers.map { Float($0) }, shape: shape)
    }
  }

  private static func collect(
    _ value: Value, into numbers: inout [Double], _ kind: inout DType
  ) throws -> [Int] {
    switch value {
    case .int(let x):
      if kind == .bool { kind = .i64 }
      numbers.append(Double(x))
      return []
    case .float(let x):
      kind = .f32
      numbers.append(x)
      return []
    case .bool(let x):
      numbers.append(x ? 1 : 0)
      return []
    case .tensor(let variable):
      if variable.dtype.isFloat { kind = .f32 } else if kind == .bool { kind = .i64 }
      numbers += try variable.value.doubles()
      return variable.shape
    case .list(let list):
      var inner: [Int]?
      for element in list.elements {
        let shape = try collect(element, into: &numbers, &kind)
        if let known = inner, known != shape {
          throw Mistake(
            "the rows of a tensor differ: \(describe(known)) and \(describe(shape))", code: "E0549")
        }
        inner = shape
      }
      return [list.elements.count] + (inner ?? [])
    default:
      throw Mistake("\(value.typeWithArticle) cannot be part of a tensor", code: "E0549")
    }
  }
}
