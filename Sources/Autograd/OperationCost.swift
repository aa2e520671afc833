import Tensor

/// What an operation costs, by counts that can be checked by hand; `docs/stepping.md` has the
/// table.
///
/// A multiplication and an addition are one each, a function of one number too; views and copies
/// are free.
public struct OperationCost: Equatable, Sendable {
  /// Of the forward pass.
  public var flops = 0
  /// Of the backward pass, for the inputs that want a gradient.
  public var backwardFlops = 0
  /// The tensors that stay for the backward pass, of those that went in or came out.
  public var saved: [SavedTensor] = []
  /// Bytes of what stays beside them, such as the statistics of a norm.
  public var savedBytes = 0

  /// A storage that stays.
  public struct SavedTensor: Equatable, Sendable {
    public let storage: ObjectIdentifier
    public let byteCount: Int
  }

  public init(_ operation: String, inputs: [Variable], output: Variable) {
    let n = output.value.count
    let rule = OperationRule.all[operation] ?? OperationRule(.output(1), saves: .nothing)
    flops = Self.flops(rule.work, operation, inputs, n)
    guard output.node != nil else { return }
    backwardFlops = backward(operation, inputs)
    for variable in rule.saves.tensors(inputs, output) { save(variable.stored) }
    // To the power of a number: one operand, and it alone stays.
    if operation == "pow", inputs.count == 1 {
      saved = []
      save(inputs[0].value)
    }
    savedBytes += Self.extra(operation, inputs, output)
    if operation == "linear", inputs.count > 1, inputs[1].node != nil,
      let x = inputs.first, !x.value.isContiguous
    {
      // Rows of a tensor that is not dense are copied, and the copy stays.
      saved.removeAll { $0.storage == ObjectIdentifier(x.value.storage) }
      savedBytes += x.value.byteCount
    }
  }

  private mutating func save(_ tensor: Tensor) {
    let key = ObjectIdentifier(tensor.storage)
    guard !saved.contains(where: { $0.storage == key }) else { return }
    saved.append(SavedTensor(storage: key, byteCount: tensor.storage.byteCount))
  }

  private static func flops(
    _ work: OperationRule.Work, _ operation: String, _ inputs: [Variable], _ n: Int
  ) -> Int {
    switch work {
    case .free: return 0
    case .output(let each): return each * n
    case .input(let each): return each * (inputs.first?.value.count ?? 0)
    case .product: return product(inputs, n) + bias(inputs, n, operation)
    case .attention:
      let scores = scores(inputs)
      return 4 * scores * (inputs.first?.shape.last ?? 0) + 6 * scores
    case .rows(let each):
      let x = inputs.first?.value
      return each * (x?.count ?? 0) + (x?.count ?? 0) / max(x?.shape.last ?? 1, 1)
    }
  }

  /// 2 m n k of a product whose result has `n` elements.
  private static func product(_ inputs: [Variable], _ n: Int) -> Int {
    2 * n * (inputs.first?.shape.last ?? 0)
  }

  private static func bias(_ inputs: [Variable], _ n: Int, _ operation: String) -> Int {
    operation == "linear" && inputs.count > 2 ? n : 0
  }

  /// Elements of [B, H, Tq, Tk].
  private static func scores(_ inputs: [Variable]) -> Int {
    guard inputs.count > 1, inputs[0].rank == 4, inputs[1].rank == 4 else { return 0 }
    return inputs[0].shape.dropLast().reduce(1, *) * inputs[1].shape[2]
  }

  private func backward(_ operation: String, _ inputs: [Variable]) -> Int {
    switch operation {
    case "matmul", "linear":
      let bias = inputs.count > 2 && inputs[2].node != nil ? inputs[2].value.count : 0
      let wanted = inputs.prefix(2).count { $0.node != nil }
      let hasBias = inputs.count > 2
      let width = max(inputs.last?.value.count ?? 1, 1)
      let n = hasBias ? flops / (2 * (inputs[0].shape.last ?? 0) + 1) : 0
      return wanted * (flops - n) + (bias == 0 ? 0 : n / width * bias)
    case "attention":
      let scores = Self.scores(inputs)
      return 10 * scores * (inputs.first?.shape.last ?? 0) + 6 * scores
    default: return flops
    }
  }

  /// What operations make for their backward pass beside their result.
  private static func extra(_ operation: String, _ inputs: [Variable], _ output: Variable) -> Int {
    guard let x = inputs.first else { return 0 }
    let size = x.dtype == .f64 ? 8 : 4
    let rows = x.value.count / max(x.shape.last ?? 1, 1)
    switch operation {
    case "layerNorm": return 2 * rows * size
    case "rmsNorm": return rows * size
    case "attention": return rows * size
    // The rows' log-sum-exp and weights.
    case "crossEntropy": return 2 * rows * size
    case "dropout", "logSigmoid", "variance", "standardDeviation": return x.value.byteCount
    case "logSumExp": return 2 * output.value.byteCount
    case "klDivergence": return (x.node == nil ? 1 : 2) * x.value.byteCount
    case "meanSquaredError": return max(x.value.byteCount, inputs.last?.value.byteCount ?? 0)
    default: return 0
    }
  }
}

/// How an operation's cost is counted, and what its gradients are made of.
struct OperationRule {
  enum Work {
    case free
    /// So many for each element of the result.
    case output(Int)
    /// So many for each element of the first operand.
    case input(Int)
    case product
    case attention
    /// So many for each element of the first operand, and one a row.
    case rows(Int)
  }

  enum Saves {
    case nothing
    case input
    case output
    case both
    /// Each operand for the other's gradient.
    case other
    /// The divisor, and for its own gradient the quotient.
    case quotient
    case allAndOutput
    case inputAndWeight

    func tensors(_ inputs: [Variable], _ output: Variable) -> [Variable] {
      switch self {
      case .nothing: return []
      case .input: return Array(inputs.prefix(1))
      case .output: return [output]
      case .both: return Array(inputs.prefix(1)) + [output]
      case .allAndOutput: return inputs + [output]
      case .inputAndWeight: return Array(inputs.prefix(2))
      case .other:
        guard inputs.count > 1 else { return [] }
        return (inputs[1].node == nil ? [] : [inputs[0]])
          + (inputs[0].node == nil ? [] : [inputs[1]])
      case .quotient:
        guard inputs.count > 1 else { return [] }
        return [inputs[1]] + (inputs[1].node == nil ? [] : [output])
      }
    }
  }

  let work: Work
  let saves: Saves

  init(_ work: Work, saves: Saves) {
    self.work = work
    self.saves = saves
  }

  static let all: [String: OperationRule] = {
    var rules: [String: OperationRule] = [:]
    func set(_ names: [String], _ work: Work, _ saves: Saves) {
      for name in names { rules[name] = OperationRule(work, saves: saves) }
    }
    set(["add", "sub", "neg"], .output(1), .nothing)
    set(["mul"], .output(1), .other)
    set(["pow", "maximum", "minimum"], .output(1), .allAndOutput)
    set(["div"], .output(1), .quotient)
    set(
      ["exp", "sqrt", "rsqrt", "reciprocal", "tanh", "sigmoid", "relu", "expm1"], .output(1),
      .output)
    set(
      ["log", "square", "abs", "sin", "cos", "erf", "log1p", "gelu", "silu", "softplus"],
      .output(1),
      .input)
    set(["clip"], .output(1), .both)
    set(["logSigmoid"], .output(1), .nothing)
    set(["sum", "mean", "cumsum"], .input(1), .nothing)
    set(["max", "min"], .input(1), .both)
    set(["prod"], .input(1), .input)
    set(["norm"], .input(2), .both)
    set(["variance"], .input(3), .nothing)
    set(["standardDeviation"], .input(3), .output)
    set(["logSumExp"], .input(3), .both)
    set(["matmul", "linear"], .product, .other)
    set(["outer", "kron"], .output(1), .other)
    set(["softmax", "logSoftmax"], .output(5), .output)
    set(["layerNorm"], .output(8), .inputAndWeight)
    set(["rmsNorm"], .output(5), .inputAndWeight)
    set(["attention"], .attention, .allAndOutput)
    set(["rotary"], .output(3), .nothing)
    set(["crossEntropy"], .rows(5), .input)
    set(["dropout"], .output(1), .nothing)
    set(["meanSquaredError"], .input(3), .nothing)
    set(["klDivergence"], .input(4), .nothing)
    set(["binaryCrossEntropy"], .input(4), .inputAndWeight)
    set(
      [
        "reshape", "permute", "transpose", "expand", "squeeze", "unsqueeze", "flip", "tile",
        "concatenate", "stack", "slice", "selecting", "pad", "diag", "tril", "triu", "gatherRows",
        "index", "takeAlong", "cast", "stopGradient", "reverseGradient", "select", "sort", "topK",
      ], .free, .nothing)
    return rules
  }()
}
