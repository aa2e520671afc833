import Autograd

/// The steps of a run that one optimiser makes.
struct Stretch {
  /// The steps made before its first.
  let from: Int
  let optimizer: any Optimizer
  /// Whether it starts without memory of the steps before.
  let forgets: Bool
}

extension Run {
  var stretch: Stretch { optimizers.last { $0.from <= stepCount } ?? optimizers[0] }

  /// What the optimiser remembers as the next step begins.
  var startingState: OptimizerState {
    stretch.forgets && stretch.from == stepCount ? OptimizerState() : optimizerState
  }

  /// Another run that stands where this one stands, with the same past: each goes on, and back, by
  /// itself.
  ///
  /// - Parameters:
  ///   - model: A trainable of its own that holds what this run's model holds now.
  ///   - optimizer: What the branch goes on with; nil: as before. One of another kind starts without
  ///     memory. Going back behind the branching, and forward again, is as it was all the same.
  public func branched(model: any Trainable, optimizer: (any Optimizer)? = nil) throws -> Run {
    let branch = try Run(
      model: model, tape: tape, optimizer: self.optimizer, exampleCount: order.exampleCount,
      options: options, batch: makeBatch)
    branch.stepCount = stepCount
    branch.history = history
    branch.optimizerState = optimizerState
    branch.snapshots = snapshots.forked()
    branch.optimizers = optimizers.filter { $0.from <= stepCount }
    if let optimizer {
      try optimizer.validate()
      branch.optimizers.removeAll { $0.from >= stepCount }
      branch.optimizers.append(
        Stretch(
          from: stepCount, optimizer: optimizer, forgets: optimizer.name != self.optimizer.name))
    }
    return branch
  }

  /// Goes back until `target` steps were made in all; 0 is the start.
  public func rewind(to target: Int, shouldStop: StopCheck = { false }) throws {
    guard target >= 0, target <= stepCount else {
      throw TrainingError(
        .tooFarBack, step: stepCount,
        "cannot rewind to step \(target): the run is after step \(stepCount); steps from 0 to "
          + "\(stepCount) can be reached, and later ones by training on")
    }
    try back(stepCount - target, shouldStop: shouldStop)
  }
}
