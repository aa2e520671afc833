import Autograd
import Tensor

/// What an optimiser remembers about one parameter.
public struct SlotState: Sendable {
  /// The updates that this parameter has had. Counted for each parameter, so that one which joins
  /// late, or has no gradient in some steps, gets the right bias correction.
  public var step = 0
  /// By PyTorch's names: `exp_avg`, `exp_avg_sq`, `momentum_buffer`.
  public var tensors: [String: Tensor] = [:]

  public init(step: Int = 0, tensors: [String: Tensor] = [:]) {
    self.step = step
    self.tensors = tensors
  }
}

/// What an optimiser remembers: a value, so that an old one stays valid after a step.
public struct OptimizerState: Sendable {
  public var slots: [LeafKey: SlotState] = [:]

  public init() {}

  /// Every tensor that the optimiser holds.
  public var tensors: [Tensor] { slots.values.flatMap { $0.tensors.values } }
  /// The bytes of these tensors.
  public var byteCount: Int { tensors.reduce(0) { $0 + $1.byteCount } }
}

/// How a named group of parameters differs from the rest.
public struct GroupOptions: Sendable, Equatable {
  /// Takes the place of the optimiser's learning rate; nil keeps it.
  public var learningRate: Double?
  /// Multiplies the learning rate, whichever it is.
  public var multiplier: Double
  /// Takes the place of the optimiser's weight decay; nil keeps it.
  public var weightDecay: Double?

  public init(learningRate: Double? = nil, multiplier: Double = 1, weightDecay: Double? = nil) {
    self.learningRate = learningRate
    self.multiplier = multiplier
    self.weightDecay = weightDecay
  }
}

/// A rule that makes new values from values and gradients. All its memory is in `OptimizerState`.
public protocol Optimizer: Sendable {
  /// As the language calls it.
  var name: String { get }
  var learningRate: Double { get }
  var weightDecay: Double { get }

  /// Throws `TrainingError` when a setting is out of range.
  func validate() throws

  /// The update of one parameter, out of place. Value, gradient and state are of one type, `f32` or
  /// `f64`; `state` is empty the first time, and its `step` already counts this update.
  func update(
    _ value: Tensor, gradient: Tensor, state: SlotState, learningRate: Double,
    weightDecay: Double, engine: Engine
  ) throws -> (value: Tensor, state: SlotState)
}

extension Optimizer {
  /// One step over all parameters.
  ///
  /// A parameter without a gradient is left alone: no decay, no change of its state. A `bf16`
  /// parameter is updated in `f32`, with state in `f32`, and rounded once at the end.
  ///
  /// - Parameters:
  ///   - scale: The schedule's factor for this step, which multiplies every learning rate.
  ///   - groups: By `ParameterSlot.group`; a slot whose group is not among them takes the
  ///     optimiser's own settings.
  /// - Returns: The new values of the parameters that have a gradient, and the new state.
  public func step(
    _ slots: [ParameterSlot], gradients: [LeafKey: Tensor], state: OptimizerState,
    scale: Double = 1, groups: [String: GroupOptions] = [:], engine: Engine
  ) throws -> (values: [LeafKey: Tensor], state: OptimizerState) {
    var values: [LeafKey: Tensor] = [:]
    var next = state
    for slot in slots {
      guard values[slot.key] == nil, let gradient = gradients[slot.key] else { continue }
      let group = slot.group.flatMap { groups[$0] } ?? GroupOptions()
      var memory = state.slots[slot.key] ?? SlotState()
      memory.step += 1
      let kind = slot.value.dtype
      let updated = try update(
        engine.cast(slot.value, to: kind.compute),
        gradient: engine.cast(gradient, to: kind.compute),
        state: memory,
        learningRate: (group.learningRate ?? learningRate) * group.multiplier * scale,
        weightDecay: group.weightDecay ?? weightDecay,
        engine: engine)
      values[slot.key] = try engine.cast(updated.value, to: kind)
      next.slots[slot.key] = updated.state
    }
    return (values, next)
  }

  /// Throws when `value` is not a finite number of at least 0.
  func require(_ label: String, atLeastZero value: Double) throws {
    guard value >= 0, value.isFinite else {
      throw TrainingError(
        .invalidArgument, "\(name): \(label) is \(value), but it must be 0 or more and finite")
    }
  }

  /// Throws when `value` is not in [0, 1).
  func require(_ label: String, belowOne value: Double) throws {
    guard value >= 0, value < 1 else {
      throw TrainingError(
        .invalidArgument, "\(name): \(label) is \(value), but it must be at least 0 and below 1")
    }
  }
}
