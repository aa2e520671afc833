import Autograd
import Tensor

extension Run {
  /// Asks whether to stop; polled between steps and between the parts of a step.
  public typealias StopCheck = () -> Bool

  /// Makes one optimiser step: `beforeStep`, forward and backward of each micro-batch, `adjust`,
  /// clipping, the update, `afterStep` (which is given the clipped gradients).
  ///
  /// - Throws: `TrainingError` when the run is finished, when the loss, a gradient or an update is
  ///   not finite, or when `shouldStop` says so; and whatever the model or the batch closure
  ///   throws. The run then stands where it stood before the call.
  @discardableResult
  public func step(shouldStop: StopCheck = { false }) throws -> StepRecord {
    if isFinished, let horizon {
      throw TrainingError(
        .finished, step: stepCount,
        "the run has made all of its \(horizon) steps, a total that was fixed when it started; "
          + "start a new run from its model to train on, or go back some steps")
    }
    try requireRest("step")
    let start = capture()
    let recording = tape.recording
    tape.recording = true
    isStepping = true
    defer {
      tape.recording = recording
      isStepping = false
    }
    do {
      let record = try perform(shouldStop)
      snapshots.append(start)
      stepCount += 1
      history.records.append(record)
      return record
    } catch {
      restore(start)
      throw error
    }
  }

  func perform(_ shouldStop: StopCheck) throws -> StepRecord {
    let clock = ContinuousClock()
    let began = clock.now
    let scale = try options.schedule.factor(step: stepCount, horizon: horizon)
    let rate = optimizer.learningRate * scale
    let context = context(learningRate: rate)
    let parts = order.microBatches(ofStep: stepCount)
    let first = try makeBatch(parts[0], stepCount)
    try model.beforeStep(context, batch: first)
    let slots = try slots()
    let pass = try accumulate(parts, first: first, context, slots, shouldStop)
    var gradients = try model.adjust(pass.gradients, context)
    let norm = try checkedNorm(gradients, slots)
    if let clip = options.clip {
      gradients = try GradientNorm.clip(gradients, norm: norm, limit: clip, engine: tape.engine)
    }
    var new = try optimizer.step(
      slots, gradients: gradients, state: startingState, scale: scale, groups: options.groups,
      engine: tape.engine)
    if let observer {
      new.values = try observer.didCompute(
        StepUpdate(
          run: self, slots: slots, gradients: gradients, values: new.values,
          stateBefore: startingState, state: new.state, learningRate: rate))
    }
    let ratio = try updateRatio(slots, new.values)
    try checkStop(shouldStop)
    model.update(new.values)
    optimizerState = new.state
    try model.afterStep(context, gradients: gradients)
    try checkStop(shouldStop)
    return StepRecord(
      step: stepCount + 1, epoch: context.epoch + 1, loss: pass.loss, penalty: pass.penalty,
      learningRate: rate, gradientNorm: norm, updateRatio: ratio, examples: pass.examples,
      seconds: (clock.now - began) / .seconds(1), tokens: pass.tokens, metrics: pass.metrics)
  }

  func checkStop(_ shouldStop: StopCheck) throws {
    if shouldStop() {
      throw TrainingError(
        .interrupted, step: stepCount + 1,
        "stopped in step \(stepCount + 1), which was undone; the run stands after step \(stepCount)"
      )
    }
  }

  private func checkedNorm(
    _ gradients: [LeafKey: Tensor], _ slots: [ParameterSlot]
  ) throws -> Double {
    let present = slots.filter { gradients[$0.key] != nil }
    guard !present.isEmpty else {
      throw TrainingError(
        .nothingTrainable, step: stepCount + 1,
        "step \(stepCount + 1): the loss depends on none of the \(slots.count) trainable "
          + "parameters; "
          + "check that the forward pass uses them and that no gradient is stopped on the way")
    }
    // In the slots' order: a sum over a dictionary would differ from process to process.
    let norm = try GradientNorm.global(
      present.compactMap { gradients[$0.key] }, engine: tape.engine)
    guard !norm.isFinite else { return norm }
    let culprit = try present.first { slot in
      try gradients[slot.key].map { try !tape.engine.sumOfSquares($0).isFinite } ?? false
    }
    throw TrainingError(
      .notFinite, step: stepCount + 1,
      "step \(stepCount + 1): the gradient of '\(culprit?.path ?? present[0].path)' is "
        + "not finite; the "
        + "run stands after step \(stepCount). A smaller learning rate or clip=1.0 may help")
  }

  private func updateRatio(
    _ slots: [ParameterSlot], _ values: [LeafKey: Tensor]
  ) throws -> Double {
    var change = 0.0
    var size = 0.0
    for slot in slots {
      guard let new = values[slot.key] else { continue }
      let squares = try tape.engine.sumOfSquares(tape.engine.sub(new, slot.value))
      guard squares.isFinite else {
        throw TrainingError(
          .notFinite, step: stepCount + 1,
          "step \(stepCount + 1): the update of '\(slot.path)' is not finite; the run stands after "
            + "step \(stepCount). Try a smaller learning rate")
      }
      change += squares
      size += try tape.engine.sumOfSquares(slot.value)
    }
    // Parameters that were all 0 have no ratio; 0 keeps the record's numbers finite.
    return size > 0 ? (change / size).squareRoot() : 0
  }
}
