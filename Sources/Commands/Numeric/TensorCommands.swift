import Autograd
import Interpreter
import Tensor

extension Registry {
  /// Making tensors.
  static func tensorCommands() -> [CommandRecord] {
    let shape = ParameterSpec("shape")
    let dtype = ParameterSpec("dtype", default: .string("f32"))
    func filled(_ name: String, _ value: Double, _ summary: String) -> CommandRecord {
      CommandRecord(
        name, [shape, dtype], .tensors, summary,
        examples: [.init("\(name)([2])", "tensor f32 [2]\n  \(value == 0 ? "0.0000  0.0000" : "1.0000  1.0000")")]
      ) { call in
        try call.fresh(call.shape(0), call.dtype(1)) { Tensor.full($0, value, dtype: $1) }
      }
    }
    return [
      CommandRecord(
        "tensor", [ParameterSpec("values"), ParameterSpec("dtype", default: Value.none)], .tensors,
        "a tensor of nested lists",
        help: "Whole numbers give i64, numbers with a fraction f32, true and false bool.",
        examples: [.init("tensor([[1.0, 2.0], [3.0, 4.0]])", "tensor f32 [2, 2]\n  1.0000  2.0000\n  3.0000  4.0000")]
      ) { call in
        let target = call.isNone(1) ? nil : try call.dtype(1)
        return call.watched(try TensorLiteral.tensor(from: call[0], dtype: target))
      },
      filled("zeros", 0, "a tensor of zeros"),
      filled("ones", 1, "a tensor of ones"),
      CommandRecord(
        "filled", [shape, ParameterSpec("value"), dtype], .tensors, "a tensor of one value",
        examples: [.init("filled([2], 0.5)", "tensor f32 [2]\n  0.5000  0.5000")]
      ) { call in
        let value = try call.double(1)
        return try call.fresh(call.shape(0), call.dtype(2)) { Tensor.full($0, value, dtype: $1) }
      },
      CommandRecord(
        "arange",
        [ParameterSpec("start"), ParameterSpec("stop", default: Value.none),
         ParameterSpec("step", default: .int(1))], .tensors,
        "whole numbers or steps from start to below stop; with one argument, from 0",
        examples: [.init("arange(4)", "tensor i64 [4]\n  0  1  2  3")]
      ) { call in
        let isWhole = (0..<3).allSatisfy { if case .float = call[$0] { false } else { true } }
        let (low, high) =
          call.isNone(1) ? (0, try call.double(0)) : (try call.double(0), try call.double(1))
        let result = try Tensor.arange(
          low, high, step: call.double(2), dtype: isWhole ? .i64 : .f32)
        return call.watched(result)
      },
      CommandRecord(
        "eye", [ParameterSpec("size")], .tensors, "the identity matrix"
      ) { call in
        let size = try call.int(0)
        return .tensor(
          try call.tape.diag(Variable(Tensor.full([size], 1))))
      },
      CommandRecord(
        "cast", [ParameterSpec("x"), ParameterSpec("dtype")], .tensors,
        "x with elements of another type: f32, f64, bf16, i32, i64, bool"
      ) { call in .tensor(try call.tape.cast(call.tensor(0), to: call.dtype(1))) },
      CommandRecord(
        "item", [ParameterSpec("x")], .tensors, "the one element of a tensor, as a number"
      ) { call in
        let x = try call.tensor(0)
        let value = try x.value.item()
        if x.dtype == .bool { return .bool(value != 0) }
        return x.dtype.isFloat ? .float(value) : .int(Int(value))
      },
      CommandRecord(
        "to_list", [ParameterSpec("x")], .tensors, "the elements as nested lists",
        firstTypes: ["tensor"]
      ) { call in try call.interpreter.listing(call.tensor(0)) },
    ]
  }

  /// Drawing tensors. Streams are keyed by seed and place, never by order of unrelated draws.
  static func randomCommands() -> [CommandRecord] {
    let shape = ParameterSpec("shape")
    let dtype = ParameterSpec("dtype", default: .string("f32"))
    return [
      CommandRecord(
        "uniform",
        [shape, ParameterSpec("low", default: .float(0)), ParameterSpec("high", default: .float(1)), dtype],
        .random, "numbers drawn evenly from [low, high)"
      ) { call in
        let (low, high) = (try call.double(1), try call.double(2))
        return try call.fresh(call.shape(0), call.dtype(3)) {
          try call.interpreter.randomStream("uniform").uniform($0, low: low, high: high, dtype: $1)
        }
      },
      CommandRecord(
        "normal",
        [shape, ParameterSpec("mean", default: .float(0)),
         ParameterSpec("deviation", default: .float(1)), dtype],
        .random, "numbers drawn from a normal distribution"
      ) { call in
        let (mean, deviation) = (try call.double(1), try call.double(2))
        return try call.fresh(call.shape(0), call.dtype(3)) {
          try call.interpreter.randomStream("normal").normal(
            $0, mean: mean, deviation: deviation, dtype: $1)
        }
      },
      CommandRecord(
        "truncated_normal", [shape, ParameterSpec("deviation", default: .float(1)), dtype], .random,
        "numbers drawn from a normal distribution around 0, none beyond two deviations",
        help: "What lies beyond is drawn again.",
        examples: [.init("truncated_normal([2, 3]).shape", "[2, 3]")]
      ) { call in
        let deviation = try call.double(1)
        return try call.fresh(call.shape(0), call.dtype(2)) { shape, dtype in
          let engine = call.interpreter.engine
          func draw() throws -> Tensor {
            try call.interpreter.randomStream("normal").normal(
              shape, mean: 0, deviation: deviation, dtype: dtype)
          }
          let bound = Tensor.full([], 2 * Swift.abs(deviation), dtype: dtype)
          var values = try draw()
          while true {
            let beyond = try engine.compare(.greater, engine.abs(values), bound)
            guard try engine.sum(engine.cast(beyond, to: .i64)).item() > 0 else { return values }
            values = try engine.select(beyond, draw(), values)
          }
        }
      },
      CommandRecord(
        "randn", [shape, dtype], .random, "numbers drawn from the standard normal distribution"
      ) { call in
        try call.fresh(call.shape(0), call.dtype(1)) {
          try call.interpreter.randomStream("normal").normal($0, dtype: $1)
        }
      },
      CommandRecord(
        "kaiming_uniform", [shape, ParameterSpec("dtype", default: .string("f32"))], .random,
        "U(-1/√in, 1/√in) for a weight [out, in]",
        help: "He et al. 2015 (arXiv:1502.01852) with a = √5, which is what linear layers and LoRA's A start from."
      ) { call in
        let sizes = try call.shape(0)
        guard sizes.count >= 2 else {
          throw Mistake("a weight has at least two axes", code: "E0548", argument: "shape")
        }
        let inputs = sizes.dropFirst().reduce(1, *)
        let bound = 1 / Double(Swift.max(inputs, 1)).squareRoot()
        return try call.fresh(sizes, call.dtype(1)) {
          try call.interpreter.randomStream("uniform").uniform($0, low: -bound, high: bound, dtype: $1)
        }
      },
      CommandRecord(
        "xavier_uniform",
        [shape, ParameterSpec("gain", default: .float(1)), dtype], .random,
        "U(-b, b), b = gain √(6 / (in + out)), for a weight [out, in] (Glorot and Bengio 2010)"
      ) { call in
        let sizes = try call.shape(0)
        guard sizes.count >= 2 else {
          throw Mistake("a weight has at least two axes", code: "E0548", argument: "shape")
        }
        let bound = try call.double(1) * (6 / Double(sizes[0] + sizes[1])).squareRoot()
        return try call.fresh(sizes, call.dtype(2)) {
          try call.interpreter.randomStream("uniform").uniform($0, low: -bound, high: bound, dtype: $1)
        }
      },
      CommandRecord(
        "seed", [ParameterSpec("number")], .random,
        "starts every random stream of the session anew"
      ) { call in
        call.interpreter.reseed(UInt64(bitPattern: Int64(try call.int(0))))
        return .none
      },
    ]
  }
}

extension NativeCall {
  func dtype(_ index: Int) throws -> DType {
    let name = try string(index)
    switch name {
    case "f32": return .f32
    case "f64": return .f64
    case "bf16": return .bf16
    case "i32": return .i32
    case "i64": return .i64
    case "bool": return .bool
    default:
      throw Mistake(
        "there is no element type \"\(name)\"", code: "E0548",
        note: "types: f32, f64, bf16, i32, i64, bool", argument: signature.parameters[index].name)
    }
  }

  /// A new tensor of the user's: a leaf, so that gradients with respect to it can be asked for.
  func watched(_ tensor: Tensor) -> Value {
    .tensor(tape.leaf(tensor, key: LeafKey()))
  }

  /// As `watched`, or only a shape where nothing else is wanted.
  func fresh(_ shape: [Int], _ dtype: DType, _ make: ([Int], DType) throws -> Tensor) throws -> Value {
    let isOutline = interpreter.buildsShapesOnly
    // The bytes are counted in an Int; whether there is room for them the system says.
    guard NativeCall.count(shape, isBelow: isOutline ? 1 << 56 : 1 << 48) else {
      throw Mistake("a tensor of shape \(describe(shape)) is too large", code: "E0548")
    }
    if isOutline { return .tensor(Tensor.shapeOnly(shape, dtype: dtype)) }
    return watched(try make(shape, dtype))
  }

  private static func count(_ shape: [Int], isBelow limit: Int) -> Bool {
    if shape.contains(0) { return true }
    var count = 1
    for size in shape {
      let (product, isTooLarge) = count.multipliedReportingOverflow(by: size)
      if isTooLarge || product >= limit { return false }
      count = product
    }
    return true
  }
}

extension Interpreter {
  /// A tensor as nested lists of numbers.
  func listing(_ variable: Variable) throws -> Value {
    let values = try variable.value.doubles()
    let dtype = variable.dtype
    func element(_ x: Double) -> Value {
      dtype == .bool ? .bool(x != 0) : dtype.isFloat ? .float(x) : .int(Int(x))
    }
    func nest(_ shape: ArraySlice<Int>, _ range: Range<Int>) -> Value {
      guard let size = shape.first else { return element(values[range.lowerBound]) }
      let step = size == 0 ? 0 : range.count / size
      return .list(
        (0..<size).map { index in
          let start = range.lowerBound + index * step
          return nest(shape.dropFirst(), start..<(start + step))
        })
    }
    return nest(variable.shape[...], 0..<values.count)
  }
}
