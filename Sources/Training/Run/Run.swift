import Autograd
import Tensor

/// A training run: it steps forward, back, and on to its horizon.
///
/// A run has no generator of random numbers. The order of examples and everything random in the
/// model is keyed by seed and step, so a step that is made again gives the same bits. A step either
/// happens as a whole or not at all: after an error or an interruption the run stands at the step
/// before, and can go on.
public final class Run {
  /// Makes the batch of some examples. `step` counts from 0.
  public typealias BatchMaker = (_ indices: [Int], _ step: Int) throws -> AnyObject

  public let model: any Trainable
  public let tape: Tape
  public let options: RunOptions
  /// The steps of the whole run, or nil when it is open-ended.
  public let horizon: Int?
  /// The steps that were made.
  public internal(set) var stepCount = 0
  public internal(set) var history = History()
  public internal(set) var optimizerState = OptimizerState()
  public internal(set) var order: BatchOrder

  /// Sees what the optimiser makes, before it takes effect.
  public weak var observer: (any StepObserver)?
  /// True while a step is being made: no other can be begun, nor undone, from inside of it.
  public internal(set) var isStepping = false

  let makeBatch: BatchMaker
  var snapshots: SnapshotStore
  /// What optimises from which step on: a branch may go on with another, and its past keeps its own.
  var optimizers: [Stretch]

  /// - Parameters:
  ///   - tape: The tape on which `model` records.
  ///   - exampleCount: The examples of the training set.
  ///   - batch: Makes a batch of the examples with these numbers.
  /// - Throws: `TrainingError` when an option is out of range, when a schedule has no horizon, or
  ///   when nothing in the model is trainable.
  public init(
    model: any Trainable, tape: Tape, optimizer: any Optimizer, exampleCount: Int,
    options: RunOptions, batch: @escaping BatchMaker
  ) throws {
    try optimizer.validate()
    try options.validate()
    let order = try BatchOrder(
      seed: options.seed, exampleCount: exampleCount, batchSize: options.batchSize,
      accumulate: options.accumulate, shuffle: options.shuffle)
    let horizon = try options.steps(perEpoch: order.stepsPerEpoch)
    try options.schedule.validate(horizon: horizon)
    self.model = model
    self.tape = tape
    self.optimizers = [Stretch(from: 0, optimizer: optimizer, forgets: false)]
    self.options = options
    self.order = order
    self.horizon = horizon
    self.makeBatch = batch
    self.snapshots = SnapshotStore(
      budget: options.snapshotBudget, diskBudget: options.diskBudget)
    _ = try slots()
  }

  /// What makes the next step.
  public var optimizer: any Optimizer { stretch.optimizer }
  /// Whether all steps up to the horizon were made; an open-ended run never is finished.
  public var isFinished: Bool { horizon.map { stepCount >= $0 } ?? false }
  public var stepsPerEpoch: Int { order.stepsPerEpoch }
  /// The epoch of the next step, from 0.
  public var epoch: Int { order.epoch(ofStep: stepCount) }
  /// The learning rate of the next step (of the last one when the run is finished).
  public var learningRate: Double {
    get throws {
      let next = isFinished ? max(0, stepCount - 1) : stepCount
      return try optimizer.learningRate * options.schedule.factor(step: next, horizon: horizon)
    }
  }
  /// The bytes that the optimiser's state takes.
  public var optimizerBytes: Int { optimizerState.byteCount }
  /// The bytes in memory of the states kept for `back`; a tensor that several states share counts
  /// once.
  public var snapshotBytes: Int { snapshots.byteCount }
  /// The bytes of states that are kept on disk.
  public var spilledBytes: Int { snapshots.diskByteCount }
  /// The steps whose states are kept: `back` reaches these without making a step again.
  public var keptSteps: [Int] { snapshots.steps }

  /// Groups that have options but no trainable parameter: perhaps a misspelt name.
  public var unusedGroups: [String] {
    let used = Set(model.trainable.compactMap(\.group))
    return options.groups.keys.filter { !used.contains($0) }.sorted()
  }

  /// What the next step may depend on.
  func context(learningRate: Double, seed: UInt64? = nil) -> StepContext {
    StepContext(
      step: stepCount, horizon: horizon, epoch: epoch, seed: seed ?? options.seed,
      learningRate: learningRate, isTraining: true)
  }

  func slots() throws -> [ParameterSlot] {
    let slots = model.trainable
    guard !slots.isEmpty else {
      throw TrainingError(
        .nothingTrainable,
        "the model has no trainable parameter; apply a method (such as lora) or unfreeze some "
          + "parameters first")
    }
    return slots
  }
}

// MARK: - States

extension Run {
  /// The run as it stands.
  func capture() -> Snapshot {
    let model = self.model.snapshot()
    let own = (model as? any TensorSnapshot)?.tensors ?? self.model.trainable.map(\.value)
    return Snapshot(
      step: stepCount, model: model, optimizer: optimizerState,
      tensors: own + optimizerState.tensors)
  }

  /// Stands where the run stood, the records of later steps forgotten.
  func restore(_ snapshot: Snapshot) {
    model.restore(snapshot.model)
    optimizerState = snapshot.optimizer
    stepCount = snapshot.step
    history.records.removeLast(max(0, history.count - snapshot.step))
  }
}
