import Tensor
import Testing
import Training

@Suite struct BackTests {
  @Test(
    arguments: [Math.exact, .fast],
    [
      AdamW(learningRate: 0.05) as any Optimizer, SGD(learningRate: 0.05, momentum: 0.9),
    ])
  func fiftyForwardBackForward(_ math: Math, _ optimizer: any Optimizer) throws {
    let model = ToyModel(math: math)
    let run = try model.run(optimizer: optimizer)
    var prints = [try Fingerprint(run, model)]
    for _ in 0..<50 {
      try run.step()
      prints.append(try Fingerprint(run, model))
    }
    let records = run.history.records
    try run.back(50)
    #expect(try Fingerprint(run, model) == prints[0])
    for place in 1...50 {
      let again = try run.step()
      #expect(again.isSameStep(as: records[place - 1]))
      #expect(try Fingerprint(run, model) == prints[place])
    }
    try run.back()
    #expect(try Fingerprint(run, model) == prints[49])
    try run.back(20)
    #expect(try Fingerprint(run, model) == prints[29])
    #expect(Set(prints.map(\.numbers)).count == 51)
  }

  /// Room for few states: the rest is made again from the nearest, and must come out the same.
  @Test(arguments: [0, 400, 1000])
  func replaysWhatWasDropped(_ budget: Int) throws {
    let model = ToyModel()
    let run = try model.run(RunOptions(seed: 3, batchSize: 4, snapshotBudget: budget))
    var prints = [try Fingerprint(run, model)]
    for _ in 0..<40 {
      try run.step()
      prints.append(try Fingerprint(run, model))
    }
    let records = run.history.records
    #expect(run.stepsToReplay(back: 13) > 0)
    // The first state is always kept: weight, bias and the unused parameter.
    #expect(run.snapshotBytes <= max(budget, 4 * (3 + 1 + 2)))
    for target in [39, 27, 26, 11, 3, 0] {
      let calls = model.calls
      let replayed = run.stepsToReplay(back: run.stepCount - target)
      try run.back(run.stepCount - target)
      #expect(model.calls - calls == replayed)
      #expect(try Fingerprint(run, model) == prints[target])
      // With the seconds that they took the first time.
      #expect(run.history.records == Array(records[..<target]))
    }
  }

  @Test func sharedTensorsCountOnce() throws {
    let model = ToyModel()
    let run = try model.run(RunOptions(seed: 3, batchSize: 4))
    try run.step()
    try run.step()
    // weight, bias, unused; then new weight, bias and two moments each; `unused` is shared.
    #expect(run.snapshotBytes == 4 * (3 + 1 + 2) + 4 * (3 * 3 + 3 * 1))
  }

  @Test func cannotGoBeforeTheFirstStep() throws {
    let model = ToyModel()
    let run = try model.run()
    try run.step()
    try run.step()
    let before = try Fingerprint(run, model)
    let error = #expect(throws: TrainingError.self) { try run.back(3) }
    #expect(error?.kind == .tooFarBack)
    #expect(error?.message.contains("can go back 2") == true)
    #expect(throws: TrainingError.self) { try run.back(-1) }
    #expect(try Fingerprint(run, model) == before)
    try run.back(0)
    #expect(run.stepCount == 2)
    try run.back(2)
    #expect(throws: TrainingError.self) { try run.back() }
  }

  @Test func noticesWhatCannotBeReproduced() throws {
    let model = ToyModel()
    model.drift = 1e-3
    let run = try model.run(RunOptions(seed: 3, batchSize: 4, snapshotBudget: 0))
    for _ in 0..<6 { try run.step() }
    let before = try Fingerprint(run, model)
    let error = #expect(throws: TrainingError.self) { try run.back(2) }
    #expect(error?.kind == .notReproducible)
    #expect(error?.step == 1)
    #expect(try Fingerprint(run, model) == before)
  }

  @Test func interruptedReplayChangesNothing() throws {
    let model = ToyModel()
    let run = try model.run(RunOptions(seed: 3, batchSize: 4, snapshotBudget: 0))
    for _ in 0..<10 { try run.step() }
    let before = try Fingerprint(run, model)
    var polls = 0
    let error = #expect(throws: TrainingError.self) {
      try run.back(2) {
        polls += 1
        return polls > 9
      }
    }
    #expect(error?.kind == .interrupted)
    #expect(try Fingerprint(run, model) == before)
    try run.back(2)
    #expect(run.stepCount == 8)
  }

  @Test func goesBackFromTheEndAndOnAgain() throws {
    let model = ToyModel()
    let options = RunOptions(seed: 3, batchSize: 4, horizon: .steps(12), schedule: .cosine())
    let run = try model.run(options)
    try run.train()
    let end = try Fingerprint(run, model)
    try run.back(5)
    #expect(!run.isFinished)
    try run.train()
    #expect(try Fingerprint(run, model) == end)
  }
}
