import Tensor

/// Adam with decoupled weight decay (Loshchilov & Hutter 2019, arXiv:1711.05101), with PyTorch's
/// order of operations:
///
///     p = p (1 − lr λ)
///     m = β₁ m + (1 − β₁) g            v = β₂ v + (1 − β₂) g²
///     p = p − lr / (1 − β₁ᵗ) · m / (√v / √(1 − β₂ᵗ) + ε)
public struct AdamW: Optimizer, Equatable {
  public var learningRate: Double
  public var beta1: Double
  public var beta2: Double
  public var epsilon: Double
  public var weightDecay: Double

  public var name: String { "adamw" }

  public init(
    learningRate: Double = 1e-3, beta1: Double = 0.9, beta2: Double = 0.999,
    epsilon: Double = 1e-8, weightDecay: Double = 0.01
  ) {
    self.learningRate = learningRate
    self.beta1 = beta1
    self.beta2 = beta2
    self.epsilon = epsilon
    self.weightDecay = weightDecay
  }

  public func validate() throws {
    try validateAdam(self, beta1: beta1, beta2: beta2, epsilon: epsilon)
  }

  public func update(
    _ value: Tensor, gradient: Tensor, state: SlotState, learningRate: Double,
    weightDecay: Double, engine: Engine
  ) throws -> (value: Tensor, state: SlotState) {
    let first = state.tensors["exp_avg"] ?? .zeros(value.shape, dtype: value.dtype)
    let second = state.tensors["exp_avg_sq"] ?? .zeros(value.shape, dtype: value.dtype)
    let new = try engine.adamw(
      value, gradient: gradient, first: first, second: second, rate: learningRate, beta1: beta1,
      beta2: beta2, eps: epsilon, decay: weightDecay, step: state.step)
    let tensors = ["exp_avg": new.first, "exp_avg_sq": new.second]
    return (new.parameter, SlotState(step: state.step, tensors: tensors))
  }
}

/// Adam (Kingma & Ba 2015, arXiv:1412.6980). Weight decay is an L2 penalty as in PyTorch: λ p is
/// added to the gradient. For decoupled decay take `AdamW`.
public struct Adam: Optimizer, Equatable {
  public var learningRate: Double
  public var beta1: Double
  public var beta2: Double
  public var epsilon: Double
  public var weightDecay: Double

  public var name: String { "adam" }

  public init(
    learningRate: Double = 1e-3, beta1: Double = 0.9, beta2: Double = 0.999,
    epsilon: Double = 1e-8, weightDecay: Double = 0
  ) {
    self.learningRate = learningRate
    self.beta1 = beta1
    self.beta2 = beta2
    self.epsilon = epsilon
    self.weightDecay = weightDecay
  }

  public func validate() throws {
    try validateAdam(self, beta1: beta1, beta2: beta2, epsilon: epsilon)
  }

  public func update(
    _ value: Tensor, gradient: Tensor, state: SlotState, learningRate: Double,
    weightDecay: Double, engine: Engine
  ) throws -> (value: Tensor, state: SlotState) {
    let gradient = try engine.addingDecay(weightDecay, of: value, to: gradient)
    let rule = AdamW(beta1: beta1, beta2: beta2, epsilon: epsilon)
    return try rule.update(
      value, gradient: gradient, state: state, learningRate: learningRate, weightDecay: 0,
      engine: engine)
  }
}

private func validateAdam(
  _ optimizer: some Optimizer, beta1: Double, beta2: Double, epsilon: Double
) throws {
  try optimizer.require("the learning rate", atLeastZero: optimizer.learningRate)
  try optimizer.require("beta1", belowOne: beta1)
  try optimizer.require("beta2", belowOne: beta2)
  try optimizer.require("epsilon", atLeastZero: epsilon)
  try optimizer.require("the weight decay", atLeastZero: optimizer.weightDecay)
}

extension Engine {
  /// `gradient + decay * value`: weight decay as an L2 penalty.
  func addingDecay(_ decay: Double, of value: Tensor, to gradient: Tensor) throws -> Tensor {
    decay == 0 ? gradient : try add(gradient, affine(value, scale: decay))
  }
}
