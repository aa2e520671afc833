import Tensor
import Testing
import Training

/// A step happens as a whole or not at all.
@Suite struct FailureTests {
  /// After an attempt that fails, the run stands where it stood and goes on as if nothing had been.
  private func expectUnharmed(
    _ spoil: (ToyModel) -> Void, _ mend: (ToyModel) -> Void, check: (any Error) -> Void
  ) throws {
    let (plain, model) = (ToyModel(), ToyModel())
    let (reference, run) = (try plain.run(), try model.run())
    for _ in 0..<5 {
      try reference.step()
      try run.step()
    }
    let before = try Fingerprint(run, model)
    spoil(model)
    let error = #expect(throws: (any Error).self) { try run.step() }
    if let error { check(error) }
    #expect(try Fingerprint(run, model) == before)
    mend(model)
    for _ in 0..<5 {
      try reference.step()
      try run.step()
    }
    #expect(try Fingerprint(run, model) == Fingerprint(reference, plain))
  }

  @Test func aLossThatIsNotANumber() throws {
    try expectUnharmed({ $0.nanStep = 5 }, { $0.nanStep = nil }) { error in
      let error = error as? TrainingError
      #expect(error?.kind == .notFinite)
      #expect(error?.step == 6)
      #expect(error?.message.contains("step 6: the loss is nan") == true)
    }
  }

  @Test func aGradientThatIsInfinite() throws {
    try expectUnharmed({ $0.infiniteGradientStep = 5 }, { $0.infiniteGradientStep = nil }) {
      let error = $0 as? TrainingError
      #expect(error?.kind == .notFinite)
      #expect(error?.message.contains("'weight'") == true)
    }
  }

  @Test func aHookThatThrowsAfterTheUpdate() throws {
    try expectUnharmed({ $0.throwingStep = 5 }, { $0.throwingStep = nil }) {
      #expect($0 is ToyModel.Broken)
    }
  }

  @Test func anUpdateThatOverflows() throws {
    let model = ToyModel()
    let run = try model.run(optimizer: SGD(learningRate: 1e38))
    let before = try Fingerprint(run, model)
    let error = #expect(throws: TrainingError.self) {
      for _ in 0..<3 { try run.step() }
    }
    #expect(error?.kind == .notFinite)
    if run.stepCount == 0 { #expect(try Fingerprint(run, model) == before) }
    #expect(try model.numbers.allSatisfy(\.isFinite))
  }

  @Test func interruptionBetweenSteps() throws {
    let model = ToyModel()
    let run = try model.run(RunOptions(seed: 3, batchSize: 4, horizon: .steps(20)))
    var seen: [Int] = []
    let outcome = try run.train(
      progress: { seen.append($0.step) }, shouldStop: { seen.count == 7 })
    #expect(outcome == .interrupted)
    #expect(seen == Array(1...7))
    #expect(run.stepCount == 7)
    #expect(try run.train() == .finished)
    let whole = ToyModel()
    let reference = try whole.run(RunOptions(seed: 3, batchSize: 4, horizon: .steps(20)))
    try reference.train()
    #expect(try Fingerprint(run, model) == Fingerprint(reference, whole))
  }

  @Test func interruptionAtEveryPlaceWithinAStep() throws {
    let options = RunOptions(seed: 3, batchSize: 4, horizon: .steps(6), accumulate: 3)
    let whole = ToyModel()
    let reference = try whole.run(options)
    try reference.train()
    var places = 0
    for stopAt in 1...100 {
      let model = ToyModel()
      let run = try model.run(options)
      try run.train(to: 2)
      let before = try Fingerprint(run, model)
      var polls = 0
      let outcome = try run.train(
        to: 3,
        shouldStop: {
          polls += 1
          return polls == stopAt
        })
      if outcome == .reached { break }
      places += 1
      #expect(outcome == .interrupted)
      #expect(try Fingerprint(run, model) == before)
      try run.train()
      #expect(try Fingerprint(run, model) == Fingerprint(reference, whole))
    }
    // Before the step, around each of three micro-batches' forward passes, before the update and behind it.
    #expect(places == 9)
  }

  @Test func anErrorInTrainKeepsTheStepsBefore() throws {
    let model = ToyModel()
    model.nanStep = 4
    let run = try model.run(RunOptions(batchSize: 4, horizon: .steps(9)))
    #expect(throws: TrainingError.self) { try run.train() }
    #expect(run.stepCount == 4)
    #expect(run.history.count == 4)
  }

  @Test func recordingIsRestored() throws {
    let model = ToyModel()
    let run = try model.run()
    model.tape.recording = false
    try run.step()
    #expect(!model.tape.recording)
  }
}
