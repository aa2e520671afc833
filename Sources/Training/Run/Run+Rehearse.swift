import Autograd
import Tensor

/// What a step would do, seen from within.
public struct Rehearsal {
  /// The first micro-batch.
  public let batch: AnyObject
  public let output: StepOutput
  public let slots: [ParameterSlot]
  /// Of that micro-batch, as the backward pass gives them; a parameter that the loss does not depend
  /// on is missing.
  public let gradients: [LeafKey: Tensor]
  /// What the optimiser would make of them at its full rate, without warm-up or decay.
  public let updates: [LeafKey: Tensor]
}

extension Run {
  /// The batch of the next step (its first micro-batch).
  public func nextBatch() throws -> AnyObject {
    try makeBatch(order.microBatches(ofStep: stepCount)[0], stepCount)
  }

  /// Forward and backward pass of the next step, and the update, with nothing changed. A finished
  /// run has no next step; it is as if it had one more.
  ///
  /// - Parameters:
  ///   - changes: Values that parameters have on trial instead of their own.
  ///   - draw: Other random numbers than the step's own (0) for all that is drawn in it.
  public func rehearse(
    with changes: [LeafKey: Tensor] = [:], draw: Int = 0, shouldStop: StopCheck = { false }
  ) throws -> Rehearsal {
    try undoing {
      let seed = draw == 0 ? nil : hash64("\(options.seed)", "draw", UInt64(draw))
      let context = context(learningRate: try learningRate, seed: seed)
      let batch = try nextBatch()
      try model.beforeStep(context, batch: batch)
      if !changes.isEmpty { model.update(changes) }
      let slots = try slots()
      try checkStop(shouldStop)
      let output = try model.forward(batch: batch, step: context)
      let total = try output.penalty.map { try tape.add(output.loss, $0) } ?? output.loss
      try checkStop(shouldStop)
      let gradients = try tape.gradients(of: total, leaves: Set(slots.map(\.key)), release: true)
      let adjusted = try model.adjust(gradients, context)
      let new = try optimizer.step(
        slots, gradients: adjusted, state: startingState, groups: options.groups,
        engine: tape.engine)
      return Rehearsal(
        batch: batch, output: output, slots: slots, gradients: gradients, updates: new.values)
    }
  }

  /// A run of the same model at the same step that ends after so many; for trials, since both change one model.
  public func withHorizon(_ steps: Int) throws -> Run {
    var options = options
    options.horizon = .steps(steps)
    let run = try Run(
      model: model, tape: tape, optimizer: optimizer, exampleCount: order.exampleCount,
      options: options, batch: makeBatch)
    run.stepCount = stepCount
    run.optimizerState = optimizerState
    run.history = history
    return run
  }

  /// Makes the next step with all its hooks, and undoes it. Throws what the step would throw.
  public func tryStep(shouldStop: StopCheck = { false }) throws {
    guard !isFinished else { return }
    try undoing { _ = try perform(shouldStop) }
  }

  private func undoing<R>(_ body: () throws -> R) throws -> R {
    let start = capture()
    let recording = tape.recording
    tape.recording = true
    defer {
      tape.recording = recording
      restore(start)
    }
    return try body()
  }
}
