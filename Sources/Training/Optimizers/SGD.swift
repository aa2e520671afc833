import Tensor

/// Stochastic gradient descent with PyTorch's momentum:
///
///     g = g + λ p
///     b = μ b + g        (b = g at the first update)
///     p = p − lr (g + μ b  with Nesterov, else b)
public struct SGD: Optimizer, Equatable {
  public var learningRate: Double
  public var momentum: Double
  public var nesterov: Bool
  public var weightDecay: Double

  public var name: String { "sgd" }

  public init(
    learningRate: Double = 1e-2, momentum: Double = 0, nesterov: Bool = false,
    weightDecay: Double = 0
  ) {
    self.learningRate = learningRate
    self.momentum = momentum
    self.nesterov = nesterov
    self.weightDecay = weightDecay
  }

  public func validate() throws {
    try require("the learning rate", atLeastZero: learningRate)
    try require("the momentum", atLeastZero: momentum)
    try require("the weight decay", atLeastZero: weightDecay)
    guard !nesterov || momentum > 0 else {
      throw TrainingError(
        .invalidArgument, "sgd: nesterov needs a momentum above 0; give one, such as 0.9")
    }
  }

  public func update(
    _ value: Tensor, gradient: Tensor, state: SlotState, learningRate: Double,
    weightDecay: Double, engine: Engine
  ) throws -> (value: Tensor, state: SlotState) {
    var direction = try engine.addingDecay(weightDecay, of: value, to: gradient)
    var state = state
    if momentum != 0 {
      var buffer = direction
      if let earlier = state.tensors["momentum_buffer"] {
        buffer = try engine.add(engine.affine(earlier, scale: momentum), direction)
      }
      state.tensors["momentum_buffer"] = buffer
      direction =
        nesterov ? try engine.add(direction, engine.affine(buffer, scale: momentum)) : buffer
    }
    let change = try engine.affine(direction, scale: -learningRate)
    return (try engine.add(value, change), state)
  }
}
