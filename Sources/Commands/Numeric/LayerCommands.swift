import Autograd
import Interpreter
import Tensor

extension Registry {
  /// What layers are made of.
  static func layerCommands() -> [CommandRecord] {
    let x = ParameterSpec("x")
    let none = Value.none
    return [
      CommandRecord(
        "linear", [x, ParameterSpec("weight"), ParameterSpec("bias", default: none)], .layers,
        "x Wᵀ + b: [..., in], [out, in], [out] → [..., out]"
      ) { call in
        .tensor(try call.tape.linear(call.tensor(0), call.tensor(1), call.optional(2)))
      },
      CommandRecord(
        "embedding", [ParameterSpec("table"), ParameterSpec("ids")], .layers,
        "a row of the table for each id: [V, d], [...] → [..., d]"
      ) { call in .tensor(try call.tape.gatherRows(call.tensor(0), call.tensor(1).value)) },
      CommandRecord(
        "layer_norm",
        [x, ParameterSpec("weight", default: none), ParameterSpec("bias", default: none),
         ParameterSpec("epsilon", default: .float(1e-5))],
        .layers, "(x - mean) / √(variance + ε) · weight + bias, over the last axis (arXiv:1607.06450)"
      ) { call in
        .tensor(
          try call.tape.layerNorm(
            call.tensor(0), weight: call.optional(1), bias: call.optional(2), eps: call.double(3)))
      },
      CommandRecord(
        "rms_norm",
        [x, ParameterSpec("weight", default: none), ParameterSpec("epsilon", default: .float(1e-6))],
        .layers, "x / √(mean x² + ε) · weight, over the last axis (arXiv:1910.07467)"
      ) { call in
        .tensor(
          try call.tape.rmsNorm(call.tensor(0), weight: call.optional(1), eps: call.double(2)))
      },
      CommandRecord(
        "attention",
        [ParameterSpec("q"), ParameterSpec("k"), ParameterSpec("v"), ParameterSpec("mask", default: none),
         ParameterSpec("causal", default: .bool(false)), ParameterSpec("scale", default: none)],
        .layers, "softmax(q kᵀ scale + mask) v: [B, H, T, d], [B, H, S, d] → [B, H, T, d]",
        help: """
          `mask` is true where a key may be seen: [B, S], or a shape that broadcasts to [B, H, T, S]. `scale` is 1/√d by \
          default. With fewer heads in k and v than in q, groups of q share them. Vaswani et al. 2017 (arXiv:1706.03762).
          """
      ) { call in
        let mask = try call.optional(3)?.value
        let isKeyMask = mask?.rank == 2
        return .tensor(
          try call.tape.attention(
            call.tensor(0), call.tensor(1), call.tensor(2), mask: isKeyMask ? nil : mask,
            keyMask: isKeyMask ? mask : nil, causal: call.bool(4),
            scale: call.isNone(5) ? nil : call.double(5)))
      },
      CommandRecord(
        "rotary", [x, ParameterSpec("cos"), ParameterSpec("sin")], .layers,
        "pairs of features turned by angles: x [B, H, T, d], cos and sin [T, d/2] or [B, T, d/2]",
        help: """
          Rotary position embedding (Su et al. 2021, arXiv:2104.09864), the halves (a, b) turned against each other as \
          Llama does: (a cos - b sin, b cos + a sin). Tables of r/2 < d/2 columns turn the first r features. The tables \
          are constants; they are taken in x's type.
          """,
        examples: [
          .init(
            "rotary(ones([1, 1, 1, 2]), tensor([[0.0]]), tensor([[1.0]]))",
            "tensor f32 [1, 1, 1, 2]\n  [0]\n    [0]\n      -1.0000   1.0000")
        ]
      ) { call in
        let input = try call.tensor(0)
        let engine = call.interpreter.engine
        return .tensor(
          try call.tape.rotary(
            input, cos: engine.cast(call.tensor(1).value, to: input.dtype),
            sin: engine.cast(call.tensor(2).value, to: input.dtype)))
      },
      CommandRecord(
        "drop", [x, ParameterSpec("rate")], .layers,
        "dropout: elements set to 0 at the rate, the others scaled up; outside training x itself",
        help: "Srivastava et al. 2014. What is dropped depends on seed, step and site alone."
      ) { call in
        let rate = try call.double(1)
        guard rate >= 0, rate < 1 else {
          throw Mistake(
            "a dropout rate is at least 0 and below 1, not \(call.interpreter.printer.number(rate))",
            code: "E0548", argument: "rate")
        }
        guard call.interpreter.isTraining, rate > 0 else { return call[0] }
        return .tensor(
          try call.tape.dropout(
            call.tensor(0), rate: rate, random: call.interpreter.randomStream("drop")))
      },
      CommandRecord(
        "activation", [ParameterSpec("name"), x], .layers,
        "an activation by the name that config files use: gelu, gelu_new, relu, silu, tanh"
      ) { call in
        let (name, input) = (try call.string(0), try call.tensor(1))
        switch ActivationName(rawValue: name) {
        case .gelu: return .tensor(try call.tape.gelu(input))
        case .geluNew, .geluPyTorch, .geluTanh:
          return .tensor(try call.tape.gelu(input, tanh: true))
        case .relu: return .tensor(try call.tape.relu(input))
        case .silu, .swish: return .tensor(try call.tape.silu(input))
        case .tanh: return .tensor(try call.tape.tanh(input))
        case nil:
          throw Mistake(
            "there is no activation \"\(name)\"", code: "E0548", note: ActivationName.list,
            fix: ActivationName.near(name), argument: "name")
        }
      },
    ]
  }

  static func lossCommands() -> [CommandRecord] {
    [
      CommandRecord(
        "cross_entropy",
        [ParameterSpec("logits"), ParameterSpec("labels"), ParameterSpec("ignore", default: .int(-100))],
        .losses, "-log softmax(logits)[label], the mean over labels that are not ignored",
        help: "[..., classes] and whole numbers [...]."
      ) { call in
        let logits = try call.tensor(0)
        let labels = try call.tensor(1)
        let classes = logits.shape.last ?? 1
        return .tensor(
          try call.tape.crossEntropy(
            call.tape.reshape(logits, [-1, classes]), labels: labels.value.reshaped([-1]),
            ignoreIndex: call.int(2)))
      },
      CommandRecord(
        "mse", [ParameterSpec("a"), ParameterSpec("b")], .losses, "the mean of (a - b)²",
        examples: [.init("mse(tensor([1.0, 2.0]), tensor([1.0, 4.0]))", "2.0")]
      ) { call in .tensor(try call.tape.meanSquaredError(call.float(0), call.float(1))) },
      CommandRecord(
        "kl_divergence", [ParameterSpec("log_p"), ParameterSpec("log_q")], .losses,
        "Σ p (log p - log q) over the last axis, the mean over rows"
      ) { call in .tensor(try call.tape.klDivergence(logP: call.float(0), logQ: call.float(1))) },
      CommandRecord(
        "binary_cross_entropy", [ParameterSpec("logits"), ParameterSpec("targets")], .losses,
        "the mean of -t log σ(x) - (1 - t) log(1 - σ(x))"
      ) { call in .tensor(try call.tape.binaryCrossEntropy(logits: call.float(0), targets: call.float(1))) },
    ]
  }
}

extension NativeCall {
  /// A tensor, or nil for `none`.
  func optional(_ index: Int) throws -> Variable? { isNone(index) ? nil : try tensor(index) }
}

/// The activations by the names that config files use; several mean the same.
enum ActivationName: String, CaseIterable {
  case gelu, relu, silu, swish, tanh
  case geluNew = "gelu_new"
  case geluPyTorch = "gelu_pytorch_tanh"
  case geluTanh = "gelu_tanh"

  static let list = "activations: gelu, gelu_new, relu, silu, tanh"

  static func near(_ name: String) -> String? {
    Suggestion.nearest(name, allCases.map(\.rawValue)).map { "did you mean \"\($0)\"?" }
  }
}
