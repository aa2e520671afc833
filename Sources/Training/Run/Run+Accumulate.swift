import Autograd
import Tensor

/// What forward and backward of a step's micro-batches gave.
struct AccumulatedPass {
  var gradients: [LeafKey: Tensor] = [:]
  var loss = 0.0
  var penalty = 0.0
  var weight = 0.0
  var examples = 0
  var tokens: Int?
  var metrics: [String: Double] = [:]
  /// The weight behind each metric: a micro-batch may leave one out.
  var metricWeights: [String: Double] = [:]
}

extension Run {
  /// The metric by which a model tells its number of tokens: summed, not averaged.
  public static let tokensMetric = "tokens"
  /// The metric by which a model tells of how many terms its loss is the mean (such as labels that
  /// are not ignored). Without it a micro-batch weighs as many as it has examples.
  public static let weightMetric = "loss_weight"

  /// Forward and backward of each micro-batch, and their mean: Σ wᵢ gᵢ / Σ wᵢ with wᵢ the number of
  /// terms of the micro-batch's loss, which is the gradient of one batch of them all.
  func accumulate(
    _ parts: [[Int]], first: AnyObject, _ context: StepContext, _ slots: [ParameterSlot],
    _ shouldStop: StopCheck
  ) throws -> AccumulatedPass {
    let keys = Set(slots.map(\.key))
    var pass = AccumulatedPass()
    for (place, indices) in parts.enumerated() {
      try checkStop(shouldStop)
      let batch = place == 0 ? first : try makeBatch(indices, stepCount)
      let output = try model.forward(batch: batch, step: microContext(context, place))
      let total = try checkedTotal(output)
      try checkStop(shouldStop)
      let gradients = try tape.gradients(of: total, leaves: keys, release: true)
      var weight = output.metrics[Run.weightMetric] ?? Double(indices.count)
      // A mean over one part is the part itself, without rounding.
      if parts.count == 1 { weight = min(weight, 1) }
      try pass.add(
        output, gradients, weight: weight, examples: indices.count,
        isOnly: parts.count == 1, engine: tape.engine)
    }
    try pass.finish(step: stepCount + 1, isOnly: parts.count == 1, engine: tape.engine)
    return pass
  }

  /// Each micro-batch draws its own random numbers; the first draws those of a step without
  /// accumulation.
  private func microContext(_ context: StepContext, _ place: Int) -> StepContext {
    guard place > 0 else { return context }
    let seed = hash64("\(options.seed)", "micro-batch", UInt64(place))
    return self.context(learningRate: context.learningRate, seed: seed)
  }

  private func checkedTotal(_ output: StepOutput) throws -> Variable {
    try checkFinite(output.loss, "loss")
    guard let penalty = output.penalty else { return output.loss }
    try checkFinite(penalty, "penalty")
    return try tape.add(output.loss, penalty)
  }

  private func checkFinite(_ variable: Variable, _ label: String) throws {
    guard variable.value.count == 1 else {
      throw TrainingError(
        .invalidArgument, step: stepCount + 1,
        "step \(stepCount + 1): the \(label) has shape \(describe(variable.shape)), but "
          + "it must be one "
          + "number; reduce it with sum or mean")
    }
    let value = try variable.value.item()
    guard !value.isFinite else { return }
    throw TrainingError(
      .notFinite, step: stepCount + 1,
      "step \(stepCount + 1): the \(label) is \(value); the run stands after step "
        + "\(stepCount), its "
        + "parameters untouched. Try a smaller learning rate, clip=1.0, or look at the batch")
  }
}

extension AccumulatedPass {
  mutating func add(
    _ output: StepOutput, _ new: [LeafKey: Tensor], weight: Double, examples: Int, isOnly: Bool,
    engine: Engine
  ) throws {
    self.weight += weight
    self.examples += examples
    loss += weight * (try output.loss.value.item())
    penalty += weight * (try output.penalty?.value.item() ?? 0)
    for (name, value) in output.metrics where name != Run.weightMetric {
      if name == Run.tokensMetric {
        tokens = (tokens ?? 0) + Int(value)
      } else {
        metrics[name, default: 0] += weight * value
        metricWeights[name, default: 0] += weight
      }
    }
    if isOnly {
      gradients = new
    } else if weight > 0 {
      for (key, gradient) in new {
        let weighted = try engine.affine(gradient, scale: weight)
        gradients[key] = try gradients[key].map { try engine.add($0, weighted) } ?? weighted
      }
    }
  }

  mutating func finish(step: Int, isOnly: Bool, engine: Engine) throws {
    guard weight > 0 else {
      throw TrainingError(
        .invalidArgument, step: step,
        "step \(step): no example of this step has a label that counts; check the "
          + "labels, or leave such "
          + "examples out")
    }
    let total = weight
    loss /= total
    penalty /= total
    for (name, sum) in metrics { metrics[name] = sum / (metricWeights[name] ?? total) }
    if !isOnly { gradients = try gradients.mapValues { try engine.affine($0, scale: 1 / total) } }
  }
}
