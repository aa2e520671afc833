import Autograd
import Interpreter
import Tensor

extension Registry {
  /// Element-wise functions, reductions, products.
  static func mathematicsCommands() -> [CommandRecord] { elementwise() + reductions() + products() }

  private static func elementwise() -> [CommandRecord] {
    let x = ParameterSpec("x")
    func unary(
      _ name: String, _ summary: String, _ example: CommandRecord.Example? = nil,
      _ body: @escaping (Tape, Variable) throws -> Variable
    ) -> CommandRecord {
      CommandRecord(
        name, [x], .mathematics, summary, help: "Element by element.",
        examples: example.map { [$0] } ?? []
      ) { call in
        var input = try call.tensor(0)
        if !input.dtype.isFloat { input = try call.tape.cast(input, to: .f32) }
        return call.like(0, try body(call.tape, input))
      }
    }
    return [
      unary("exp", "eˣ", .init("exp(0.0)", "1.0")) { try $0.exp($1) },
      unary("log", "natural logarithm", .init("log(1.0)", "0.0")) { try $0.log($1) },
      unary("sqrt", "square root", .init("sqrt(9.0)", "3.0")) { try $0.sqrt($1) },
      unary("abs", "absolute value", .init("abs(-2.0)", "2.0")) { try $0.abs($1) },
      unary("sin", "sine of radians") { try $0.sin($1) },
      unary("cos", "cosine of radians") { try $0.cos($1) },
      unary("tanh", "hyperbolic tangent", .init("tanh(0.0)", "0.0")) { try $0.tanh($1) },
      unary("sigmoid", "1 / (1 + e⁻ˣ)", .init("sigmoid(0.0)", "0.5")) { try $0.sigmoid($1) },
      unary("relu", "max(x, 0)", .init("relu(-1.0)", "0.0")) { try $0.relu($1) },
      unary("silu", "x sigmoid(x)") { try $0.silu($1) },
      unary("softplus", "log(1 + eˣ)") { try $0.softplus($1) },
      unary("log_sigmoid", "log(sigmoid(x))") { try $0.logSigmoid($1) },
      unary("erf", "the error function") { try $0.erf($1) },
      CommandRecord(
        "gelu", [x, ParameterSpec("tanh", default: .bool(false))], .mathematics,
        "x Φ(x), exactly or by its tanh form (Hendrycks and Gimpel 2016, arXiv:1606.08415)"
      ) { call in call.like(0, try call.tape.gelu(call.float(0), tanh: call.bool(1))) },
      CommandRecord(
        "clip",
        [x, ParameterSpec("low", default: Value.none), ParameterSpec("high", default: Value.none)],
        .mathematics, "x held between low and high", examples: [.init("clip(5.0, 0.0, 1.0)", "1.0")]
      ) { call in
        call.like(
          0,
          try call.tape.clip(
            call.float(0), min: call.isNone(1) ? nil : call.double(1),
            max: call.isNone(2) ? nil : call.double(2)))
      },
      CommandRecord(
        "where", [ParameterSpec("mask"), ParameterSpec("a"), ParameterSpec("b")], .mathematics,
        "a where the mask is true, else b", help: "A number takes the other's type.",
        examples: [.init("where(tensor([true, false]), tensor([1.0, 2.0]), 0)", "tensor f32 [2]\n  1.0000  0.0000")]
      ) { call in
        var (a, b) = (try call.float(1), try call.float(2))
        if call.isNumber(1) { a = try call.interpreter.variable(from: call[1], like: b.dtype) }
        if call.isNumber(2) { b = try call.interpreter.variable(from: call[2], like: a.dtype) }
        return .tensor(try call.tape.select(call.tensor(0).value, a, b))
      },
    ]
  }

  private static func reductions() -> [CommandRecord] {
    let parameters = [
      ParameterSpec("x"), ParameterSpec("axes", default: Value.none),
      ParameterSpec("keep", default: .bool(false)),
    ]
    func reduction(
      _ name: String, _ summary: String, _ example: CommandRecord.Example? = nil,
      _ body: @escaping (Tape, Variable, [Int]?, Bool) throws -> Variable
    ) -> CommandRecord {
      CommandRecord(
        name, parameters, .mathematics, summary,
        help: "Over all axes, or over one or several; `keep` leaves them with size 1.",
        examples: example.map { [$0] } ?? [], firstTypes: ["tensor", "int", "float"]
      ) { call in
        .tensor(try body(call.tape, call.tensor(0), call.axes(1), call.bool(2)))
      }
    }
    return [
      reduction("sum", "the sum", .init("sum(tensor([1.0, 2.0]))", "3.0")) {
        let x = $1.dtype == .bool ? try $0.cast($1, to: .i64) : $1
        return try $0.sum(x, axes: $2, keep: $3)
      },
      reduction("mean", "the mean", .init("mean(tensor([1.0, 2.0]))", "1.5")) {
        let x = $1.dtype.isFloat ? $1 : try $0.cast($1, to: .f32)
        return try $0.mean(x, axes: $2, keep: $3)
      },
      reduction("max", "the largest", .init("max(tensor([1.0, 2.0]))", "2.0")) {
        try $0.max($1, axes: $2, keep: $3)
      },
      reduction("min", "the smallest", .init("min(tensor([1.0, 2.0]))", "1.0")) {
        try $0.min($1, axes: $2, keep: $3)
      },
      reduction("logsumexp", "log Σ eˣ, without overflow") { try $0.logSumExp($1, axes: $2, keep: $3) },
      reduction("norm", "√Σ x²", .init("norm(tensor([3.0, 4.0]))", "5.0")) {
        try $0.norm($1, axes: $2, keep: $3)
      },
      CommandRecord(
        "variance", parameters, .mathematics, "the variance, dividing by n"
      ) { call in
        .tensor(
          try call.tape.variance(call.float(0), axes: call.axes(1), keep: call.bool(2)))
      },
      CommandRecord(
        "argmax", [ParameterSpec("x"), ParameterSpec("axis", default: .int(-1))], .mathematics,
        "where the largest is, along an axis; the first of equals",
        examples: [.init("argmax(tensor([1.0, 3.0, 2.0]))", "1")]
      ) { call in .tensor(try call.interpreter.engine.argmax(call.tensor(0).value, axis: call.int(1))) },
      CommandRecord(
        "cumsum", [ParameterSpec("x"), ParameterSpec("axis", default: .int(-1))], .mathematics,
        "running sums along an axis"
      ) { call in .tensor(try call.tape.cumsum(call.tensor(0), axis: call.int(1))) },
      CommandRecord(
        "softmax", [ParameterSpec("x"), ParameterSpec("axis", default: .int(-1))], .mathematics,
        "eˣ / Σ eˣ along an axis"
      ) { call in .tensor(try call.tape.softmax(call.float(0), axis: call.int(1))) },
      CommandRecord(
        "log_softmax", [ParameterSpec("x"), ParameterSpec("axis", default: .int(-1))],
        .mathematics, "log(softmax(x)), without overflow"
      ) { call in .tensor(try call.tape.logSoftmax(call.float(0), axis: call.int(1))) },
    ]
  }

  private static func products() -> [CommandRecord] {
    [
      CommandRecord(
        "einsum",
        [ParameterSpec("pattern"), ParameterSpec("tensors", variadic: true)], .mathematics,
        "a product of tensors with named axes, summed over those left out",
        examples: [.init("einsum(\"i, i ->\", tensor([1.0, 2.0]), tensor([3.0, 4.0]))", "11.0")]
      ) { call in
        let operands = try call.list(1).map { try call.interpreter.variable(from: $0) }
        return .tensor(try call.tape.einsum(call.string(0), operands))
      },
      CommandRecord(
        "kron", [ParameterSpec("a"), ParameterSpec("b")], .mathematics, "the Kronecker product of two matrices"
      ) { call in .tensor(try call.tape.kron(call.tensor(0), call.tensor(1))) },
      CommandRecord(
        "svd", [ParameterSpec("x")], .mathematics, "(u, s, v) with x = u diag(s) vᵀ, s falling",
        help: "One-sided Jacobi in f64. Not differentiable."
      ) { call in
        let x = try call.tensor(0).value
        let engine = call.interpreter.engine
        let parts = try engine.svd(engine.cast(x, to: .f64))
        func back(_ part: Tensor) throws -> Value { .tensor(try engine.cast(part, to: x.dtype)) }
        return .tuple([("u", try back(parts.u)), ("s", try back(parts.s)), ("v", try back(parts.v))])
      },
    ]
  }
}

extension NativeCall {
  /// A tensor of floating type; whole numbers become f32.
  func float(_ index: Int) throws -> Variable {
    let x = try tensor(index)
    return x.dtype.isFloat ? x : try tape.cast(x, to: .f32)
  }

  func isNumber(_ index: Int) -> Bool {
    switch self[index] {
    case .int, .float: true
    default: false
    }
  }

  /// The result as a plain number where the argument was one.
  func like(_ index: Int, _ result: Variable) -> Value {
    switch self[index] {
    case .int, .float: (try? result.value.item()).map { .float($0) } ?? .tensor(result)
    default: .tensor(result)
    }
  }
}
