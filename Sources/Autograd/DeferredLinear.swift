import Tensor

/// A linear layer's product that waits until its value is asked for, because all of it would be
/// large and perhaps only some rows, or only their cross-entropy, are wanted: a language model's
/// logits. Views that choose or regroup rows choose them of `x` instead.
final class DeferredLinear {
  let x: Variable  // [..., in]
  let weight: Variable  // [out, in]
  let bias: Variable?  // [out]
  let shape: [Int]
  private let engine: Engine
  private(set) lazy var value: Tensor = compute()

  init(_ x: Variable, _ weight: Variable, _ bias: Variable?, engine: Engine) {
    self.x = x
    self.weight = weight
    self.bias = bias
    self.engine = engine
    shape = x.shape.dropLast() + [weight.shape[0]]
  }

  private func compute() -> Tensor {
    do {
      return try engine.linear(x.value.flattenedRows(), weight.stored, bias?.value).reshaped(shape)
    } catch {
      // Shapes, types and values were checked when it was put off.
      preconditionFailure("a product that was put off cannot be computed: \(error)")
    }
  }
}

extension Tape {
  /// Whether a product may wait: large, nobody watches values, and no gradient of the
  /// product itself can be asked for (in a step that is known; without recording there is none).
  func defers(_ x: Variable, _ weight: Variable, _ bias: Variable?) -> Bool {
    guard observer?.seesValues != true, !recording || inStep, x.rank > 1, x.dtype != .bf16,
      x.dtype == weight.dtype, bias == nil || bias?.dtype == x.dtype
    else { return false }
    let rows = x.shape.dropLast().reduce(1, *)
    guard rows * weight.shape[0] * x.dtype.size > largeResultBytes else { return false }
    return x.value.hasValues && weight.stored.hasValues && bias?.value.hasValues != false
  }

  /// The same product of other rows.
  func deferred(_ x: Variable, like product: DeferredLinear) throws -> Variable {
    try deferredLinear(x, product.weight, product.bias)
  }

  func deferredLinear(_ x: Variable, _ weight: Variable, _ bias: Variable?) throws -> Variable {
    let product = DeferredLinear(x, weight, bias, engine: engine)
    let inputs = linearInputs(x, weight, bias)
    return Variable(product, node: node("linear", product.shape, x.dtype, inputs))
  }
}
