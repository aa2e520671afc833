import Autograd
import Tensor
import Training

/// Linear regression with dropout, a parameter that no gradient reaches, and a running average that
/// only `afterStep` changes: everything that a step must restore.
final class ToyModel: Trainable {
  struct Batch { let x: Tensor, y: Tensor }
  final class Box<Value> {
    let value: Value
    init(_ value: Value) { self.value = value }
  }
  struct State { var weight: Tensor, bias: Tensor, unused: Tensor, average: Double }
  struct Broken: Error {}

  static let features = 3
  static let exampleCount = 10
  let tape: Tape
  let keys = [LeafKey(), LeafKey(), LeafKey()]
  var state: State
  var dropout = 0.25
  var penaltyScale: Double?
  /// The step (from 0) whose loss is NaN, whose gradient is infinite, whose hook throws.
  var nanStep: Int?
  var infiniteGradientStep: Int?
  var throwingStep: Int?
  var frozen = false
  var detached = false
  /// Something that is not keyed by seed and step.
  var drift = 0.0
  var calls = 0
  var hookCalls: [String] = []
  var seeds: [UInt64] = []

  init(_ dtype: DType = .f32, math: Math = .exact) {
    tape = Tape(engine: Engine(math: math))
    state = State(
      weight: ToyModel.tensor([0.1, -0.2, 0.3], [3, 1], dtype),
      bias: ToyModel.tensor([0.05], [1], dtype),
      unused: ToyModel.tensor([7, 8], [2], dtype), average: 0)
  }

  static func tensor(_ values: [Double], _ shape: [Int], _ dtype: DType) -> Tensor {
    dtype == .f32
      ? Tensor(values.map { Float($0) }, shape: shape) : Tensor(values, shape: shape)
  }

  /// Rows whose target is a linear function of them, up to a bit of a third power.
  func batch(_ indices: [Int], _ step: Int) -> AnyObject {
    let rows = indices.map { index in
      (0..<3).map { Double((index * 7 + $0 * 5) % 11) / 5 - 1 }
    }
    let targets = rows.map { 1.5 * $0[0] - 0.5 * $0[1] + 0.25 * $0[2] * $0[2] * $0[2] + 0.7 }
    let dtype = state.weight.dtype
    return Box(
      Batch(
        x: ToyModel.tensor(rows.flatMap { $0 }, [rows.count, 3], dtype),
        y: ToyModel.tensor(targets, [rows.count, 1], dtype)))
  }

  var trainable: [ParameterSlot] {
    guard !frozen else { return [] }
    return [
      ParameterSlot(key: keys[0], path: "weight", value: state.weight),
      ParameterSlot(key: keys[1], path: "bias", value: state.bias, group: "bias"),
      ParameterSlot(key: keys[2], path: "unused", value: state.unused),
    ]
  }

  func update(_ values: [LeafKey: Tensor]) {
    state.weight = values[keys[0]] ?? state.weight
    state.bias = values[keys[1]] ?? state.bias
    state.unused = values[keys[2]] ?? state.unused
  }

  func forward(batch: AnyObject, step: StepContext) throws -> StepOutput {
    calls += 1
    seeds.append(step.seed)
    guard let batch = (batch as? Box<Batch>)?.value else { throw Broken() }
    let stream = hash64("toy", "dropout", UInt64(step.step))
    let weight = detached ? tape.constant(state.weight) : tape.leaf(state.weight, key: keys[0])
    let bias = detached ? tape.constant(state.bias) : tape.leaf(state.bias, key: keys[1])
    var x = tape.constant(batch.x)
    if dropout > 0 {
      x = try tape.dropout(x, rate: dropout, random: Philox(seed: step.seed, stream: stream))
    }
    let guess = try tape.add(tape.matmul(x, weight), bias)
    let gap = try tape.sub(guess, tape.constant(batch.y))
    var loss = try tape.mean(tape.mul(gap, gap))
    if drift != 0 { loss = try tape.mul(loss, 1 + drift * Double(calls)) }
    if step.step == nanStep { loss = try tape.mul(loss, .nan) }
    if step.step == infiniteGradientStep {
      // √x at 0: the value is finite, the gradient is not.
      let zero = try tape.mul(tape.sum(tape.mul(weight, weight)), 0)
      loss = try tape.add(loss, tape.sqrt(zero))
    }
    let penalty = try penaltyScale.map { try tape.mul(tape.sum(tape.mul(weight, weight)), $0) }
    let count = Double(batch.y.count)
    return StepOutput(
      loss: loss, penalty: penalty,
      metrics: [Run.tokensMetric: 2 * count, "mean_target": try mean(batch.y)])
  }

  private func mean(_ y: Tensor) throws -> Double {
    try y.doubles().reduce(0, +) / Double(y.count)
  }

  func beforeStep(_ step: StepContext, batch: AnyObject) throws { hookCalls.append("before \(step.step)") }

  func afterStep(_ step: StepContext, gradients: [LeafKey: Tensor]) throws {
    hookCalls.append("after \(step.step)")
    let largest = try gradients[keys[0]]?.doubles().map(abs).max() ?? 0
    state.average = 0.5 * state.average + 0.5 * largest
    if step.step == throwingStep { throw Broken() }
  }

  func snapshot() -> AnyObject { Box(state) }

  func restore(_ snapshot: AnyObject) {
    if let box = snapshot as? Box<State> { state = box.value }
  }

  /// Every number that makes up the model.
  var numbers: [Double] {
    get throws {
      try state.weight.doubles() + state.bias.doubles() + state.unused.doubles() + [state.average]
    }
  }

  func run(
    _ options: RunOptions = RunOptions(seed: 3, batchSize: 4),
    optimizer: any Optimizer = AdamW(learningRate: 0.05)
  ) throws -> Run {
    try Run(
      model: self, tape: tape, optimizer: optimizer, exampleCount: ToyModel.exampleCount,
      options: options
    ) { [unowned self] indices, step in batch(indices, step) }
  }
}

/// All that a run is at a step, to compare bit for bit.
struct Fingerprint: Equatable {
  let step: Int
  let numbers: [Double]
  let optimizer: [[Double]]
  let updates: [Int?]
  let losses: [Double]

  init(_ run: Run, _ model: ToyModel) throws {
    step = run.stepCount
    numbers = try model.numbers
    optimizer = try model.keys.flatMap { key in
      try (run.optimizerState.slots[key]?.tensors ?? [:]).sorted { $0.key < $1.key }
        .map { try $0.value.doubles() }
    }
    updates = model.keys.map { run.optimizerState.slots[$0]?.step }
    losses = run.history.losses
  }
}
