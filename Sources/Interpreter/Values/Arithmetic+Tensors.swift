import Autograd
import Foundation
import Syntax
import Tensor

func _power(_ x: Double, _ y: Double) -> Double { pow(x, y) }

extension Interpreter {
  /// A number or tensor as a tensor; `like` says the type a plain number takes.
  public func tensor(from value: Value, like other: DType? = nil) throws -> Tensor {
    try variable(from: value, like: other).value
  }

  public func variable(from value: Value, like other: DType? = nil) throws -> Variable {
    switch value {
    case .tensor(let variable): return variable
    case .int(let x):
      return Variable(Tensor.scalar(Double(x), dtype: other ?? .i64))
    case .float(let x):
      let dtype = other.map { $0.isFloat ? $0 : .f32 } ?? .f32
      return Variable(Tensor.scalar(x, dtype: dtype))
    case .bool(let x): return Variable(Tensor([x], shape: []))
    default:
      throw Mistake("this must be a tensor or a number, not \(value.typeWithArticle)", code: "E0506")
    }
  }

  /// Two operands of one type: a plain number takes the tensor's, a smaller type is widened.
  func promoted(_ a: Value, _ b: Value) throws -> (Variable, Variable) {
    var x = try variable(from: a, like: a.isPlainNumber ? b.tensorType : nil)
    var y = try variable(from: b, like: b.isPlainNumber ? a.tensorType : nil)
    if x.dtype != y.dtype {
      let target = wider(x.dtype, y.dtype)
      if x.dtype != target { x = try tape.cast(x, to: target) }
      if y.dtype != target { y = try tape.cast(y, to: target) }
    }
    return (x, y)
  }

  private func wider(_ a: DType, _ b: DType) -> DType {
    func rank(_ type: DType) -> Int {
      switch type {
      case .bool: 0
      case .i32: 1
      case .i64: 2
      case .bf16: 3
      case .f32: 4
      case .f64: 5
      }
    }
    let wide = rank(a) >= rank(b) ? a : b
    return wide == .bf16 ? .f32 : wide
  }

  func applyTensors(_ operation: BinaryOperator, _ a: Value, _ b: Value) throws -> Value {
    // A plain exponent or factor needs no tensor of its own.
    if case .tensor(let x) = a, b.isPlainNumber, x.dtype.isFloat {
      let number = b.plainNumber
      switch operation {
      case .power: return .tensor(try tape.pow(x, number))
      case .add: return .tensor(try tape.add(x, number))
      case .subtract: return .tensor(try tape.add(x, -number))
      case .multiply: return .tensor(try tape.mul(x, number))
      default: break
      }
    }
    if case .tensor(let y) = b, a.isPlainNumber, y.dtype.isFloat {
      let number = a.plainNumber
      switch operation {
      case .add: return .tensor(try tape.add(y, number))
      case .multiply: return .tensor(try tape.mul(y, number))
      default: break
      }
    }
    var (x, y) = try promoted(a, b)
    if operation == .divide, !x.dtype.isFloat {
      x = try tape.cast(x, to: .f32)
      y = try tape.cast(y, to: .f32)
    }
    switch operation {
    case .add: return .tensor(try tape.add(x, y))
    case .subtract: return .tensor(try tape.sub(x, y))
    case .multiply: return .tensor(try tape.mul(x, y))
    case .divide: return .tensor(try tape.div(x, y))
    case .power: return .tensor(try tape.pow(x, y))
    case .matmul: return .tensor(try tape.matmul(x, y))
    case .floorDivide: return .tensor(try engine.binary(.floorDivide, x.value, y.value))
    case .remainder: return .tensor(try engine.binary(.remainder, x.value, y.value))
    case .equal: return .tensor(try engine.compare(.equal, x.value, y.value))
    case .notEqual: return .tensor(try engine.compare(.notEqual, x.value, y.value))
    case .less: return .tensor(try engine.compare(.less, x.value, y.value))
    case .lessEqual: return .tensor(try engine.compare(.lessEqual, x.value, y.value))
    case .greater: return .tensor(try engine.compare(.greater, x.value, y.value))
    case .greaterEqual: return .tensor(try engine.compare(.greaterEqual, x.value, y.value))
    case .close: return .bool(try isClose(a, b))
    case .pipe, .and, .or: return .none
    }
  }
}

extension Value {
  /// An int or a float.
  var isPlainNumber: Bool {
    switch self {
    case .int, .float: true
    default: false
    }
  }

  var plainNumber: Double {
    switch self {
    case .int(let x): Double(x)
    case .float(let x): x
    default: .nan
    }
  }

  var tensorType: DType? {
    if case .tensor(let variable) = self { return variable.dtype }
    return nil
  }
}
