import Tensor

/// Lion (Chen et al. 2023, arXiv:2302.06675): the sign of an interpolated momentum.
///
///     p = p (1 − lr λ)
///     p = p − lr sign(β₁ m + (1 − β₁) g)
///     m = β₂ m + (1 − β₂) g
public struct Lion: Optimizer, Equatable {
  public var learningRate: Double
  public var beta1: Double
  public var beta2: Double
  public var weightDecay: Double

  public var name: String { "lion" }

  public init(
    learningRate: Double = 1e-4, beta1: Double = 0.9, beta2: Double = 0.99,
    weightDecay: Double = 0
  ) {
    self.learningRate = learningRate
    self.beta1 = beta1
    self.beta2 = beta2
    self.weightDecay = weightDecay
  }

  public func validate() throws {
    try require("the learning rate", atLeastZero: learningRate)
    try require("beta1", belowOne: beta1)
    try require("beta2", belowOne: beta2)
    try require("the weight decay", atLeastZero: weightDecay)
  }

  public func update(
    _ value: Tensor, gradient: Tensor, state: SlotState, learningRate: Double,
    weightDecay: Double, engine: Engine
  ) throws -> (value: Tensor, state: SlotState) {
    let moment = state.tensors["exp_avg"] ?? .zeros(value.shape, dtype: value.dtype)
    func mixed(_ beta: Double) throws -> Tensor {
      try engine.add(
        engine.affine(moment, scale: beta), engine.affine(gradient, scale: 1 - beta))
    }
    let decayed = try engine.affine(value, scale: 1 - learningRate * weightDecay)
    let change = try engine.affine(engine.sign(mixed(beta1)), scale: -learningRate)
    let next = SlotState(step: state.step, tensors: ["exp_avg": try mixed(beta2)])
    return (try engine.add(decayed, change), next)
  }
}
