extension Run {
  /// How `train` ended.
  public enum Outcome: Sendable, Equatable {
    /// At the horizon: all steps were made.
    case finished
    /// At the step that was asked for, before the horizon.
    case reached
    /// `shouldStop` asked for it; the run stands at a whole step and can go on.
    case interrupted
  }

  /// Makes steps until `target` steps were made in all; without one, up to the horizon.
  ///
  /// - Parameters:
  ///   - progress: Called after every step.
  ///   - shouldStop: Polled between steps and within them; a step that is stopped is undone.
  /// - Throws: `TrainingError` when there is neither target nor horizon, when the target lies
  ///   beyond the horizon, and as `step` does. All whole steps made so far are kept.
  @discardableResult
  public func train(
    to target: Int? = nil, progress: (StepRecord) throws -> Void = { _ in },
    shouldStop: StopCheck = { false }
  ) throws -> Outcome {
    guard let end = target ?? horizon else {
      throw TrainingError(
        .needsHorizon,
        "the run has no total, so it is not clear how long to train; say up to which step, or "
          + "start the run with a total of steps or epochs")
    }
    if let horizon, end > horizon {
      throw TrainingError(
        .finished,
        "cannot train to step \(end): the run's total of \(horizon) steps was fixed when it "
          + "started; start a new run with a larger total")
    }
    while stepCount < end {
      if shouldStop() { return .interrupted }
      do {
        try progress(step(shouldStop: shouldStop))
      } catch let error as TrainingError where error.kind == .interrupted {
        return .interrupted
      }
    }
    return isFinished ? .finished : .reached
  }
}
