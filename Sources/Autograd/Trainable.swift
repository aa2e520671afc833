import Tensor

/// A parameter that an optimiser may change, as `Training` sees it.
public struct ParameterSlot {
  public let key: LeafKey
  /// The parameter's path in the model, such as `blocks.0.attn.q.lora.A`.
  public let path: String
  public let value: Tensor
  /// The name of its parameter group (its own learning rate), or nil for the default.
  public let group: String?

  public init(key: LeafKey, path: String, value: Tensor, group: String? = nil) {
    self.key = key
    self.path = path
    self.value = value
    self.group = group
  }
}

/// What a step may depend on. All randomness is keyed by seed and step, so a context holds no
/// generator state and a step can be run again.
public struct StepContext {
  /// The steps that were made before this one: 0 for the first.
  public let step: Int
  /// The steps that the run will make in all, or nil when it has no horizon.
  public let horizon: Int?
  public let epoch: Int
  public let seed: UInt64
  public let learningRate: Double
  public let isTraining: Bool

  public init(
    step: Int, horizon: Int?, epoch: Int = 0, seed: UInt64, learningRate: Double = 0,
    isTraining: Bool = true
  ) {
    self.step = step
    self.horizon = horizon
    self.epoch = epoch
    self.seed = seed
    self.learningRate = learningRate
    self.isTraining = isTraining
  }
}

/// What one forward pass gives.
public struct StepOutput {
  /// A scalar, without the penalty.
  public let loss: Variable
  /// A scalar to add to the loss before gradients are taken; nil for none.
  public let penalty: Variable?
  public let metrics: [String: Double]
  /// Whatever the model returned, for hooks.
  public let output: AnyObject?

  public init(
    loss: Variable, penalty: Variable? = nil, metrics: [String: Double] = [:],
    output: AnyObject? = nil
  ) {
    self.loss = loss
    self.penalty = penalty
    self.metrics = metrics
    self.output = output
  }
}

/// Anything that `Training` can train; it needs to know of no language.
public protocol Trainable: AnyObject {
  /// The current values, in a stable order.
  var trainable: [ParameterSlot] { get }
  /// The new values after an optimiser step.
  func update(_ values: [LeafKey: Tensor])
  /// Runs the model on a batch, recording on the tape that `Training` takes gradients from.
  func forward(batch: AnyObject, step: StepContext) throws -> StepOutput
  /// Hooks. `Training` calls them around each step; `batch` is the step's first.
  func beforeStep(_ step: StepContext, batch: AnyObject) throws
  func afterStep(_ step: StepContext, gradients: [LeafKey: Tensor]) throws
  /// The gradients to clip and to step with, made of those of the backward pass; one that is left out leaves its parameter alone.
  func adjust(_ gradients: [LeafKey: Tensor], _ step: StepContext) throws -> [LeafKey: Tensor]
  /// Values are immutable, so a snapshot is a set of references.
  func snapshot() -> AnyObject
  func restore(_ snapshot: AnyObject)
}

extension Trainable {
  public func beforeStep(_ step: StepContext, batch: AnyObject) throws {}
  public func afterStep(_ step: StepContext, gradients: [LeafKey: Tensor]) throws {}
  public func adjust(_ gradients: [LeafKey: Tensor], _ step: StepContext) throws -> [LeafKey: Tensor] {
    gradients
  }
}
