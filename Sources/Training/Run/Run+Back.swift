extension Run {
  /// Undoes the last `count` steps: parameters, optimiser, order of examples, step count and
  /// history are bit for bit as they were.
  ///
  /// Where the state itself was dropped for want of memory, the nearest earlier one is taken and
  /// the steps in between are made again (`stepsToReplay` says how many).
  ///
  /// - Throws: `TrainingError` when fewer steps were made, when `shouldStop` asks for a stop, or
  ///   when steps that are made again differ from the first time, as they do if the model depends
  ///   on something else than seed and step. The run then stands where it stood.
  public func back(_ count: Int = 1, shouldStop: StopCheck = { false }) throws {
    guard count >= 0 else {
      throw TrainingError(
        .invalidArgument, "cannot go back \(count) steps; give a number of at least 0")
    }
    guard count > 0 else { return }
    try requireRest("back")
    let target = stepCount - count
    guard target >= 0, let nearest = try snapshots.nearest(notAfter: target) else {
      throw tooFarBack(count)
    }
    let present = capture()
    let records = history
    let kept = snapshots
    do {
      restore(nearest)
      snapshots.removeAll(after: target)
      try replay(to: target, records.records, shouldStop)
    } catch {
      snapshots = kept
      restore(present)
      history = records
      throw error
    }
  }

  /// How many steps `back(count)` would have to make again: 0 when the state itself is kept.
  public func stepsToReplay(back count: Int) -> Int {
    let target = stepCount - count
    guard count > 0, let nearest = snapshots.nearestStep(notAfter: target) else {
      return 0
    }
    return target - nearest
  }

  private func replay(to target: Int, _ records: [StepRecord], _ shouldStop: StopCheck) throws {
    while stepCount < target {
      let again = try step(shouldStop: shouldStop)
      let first = records[stepCount - 1]
      guard again.isSameStep(as: first) else {
        throw TrainingError(
          .notReproducible, step: stepCount,
          "step \(stepCount) was made again on the way back and gave a loss of "
            + "\(again.loss) instead "
            + "of \(first.loss); something in the model or its hooks depends on more than seed "
            + "and step. A larger snapshot budget keeps more states and avoids making steps again")
      }
      history.records[stepCount - 1] = first
    }
  }

  private func tooFarBack(_ count: Int) -> TrainingError {
    let possible = stepCount - (snapshots.steps.first ?? stepCount)
    return TrainingError(
      .tooFarBack, step: stepCount,
      "cannot go back \(count) steps: the run is after step \(stepCount) and can go back "
        + "\(possible)")
  }
}
