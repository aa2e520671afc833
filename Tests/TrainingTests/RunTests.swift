import Autograd
import Tensor
import Testing
import Training

@Suite struct RunTests {
  @Test func learns() throws {
    let model = ToyModel(.f64)
    model.dropout = 0
    let run = try model.run(
      RunOptions(seed: 3, batchSize: 4, horizon: .epochs(100)), optimizer: AdamW(learningRate: 0.05)
    )
    #expect(run.horizon == 300)
    #expect(try run.train() == .finished)
    #expect(run.isFinished)
    let losses = run.history.losses
    #expect(losses.count == 300)
    #expect(losses[0] > 0.5)
    #expect(losses[297...].allSatisfy { $0 < 0.05 })
  }

  @Test func recordsWhatAStepDid() throws {
    let model = ToyModel(.f64)
    model.penaltyScale = 0.5
    let before = try model.state.weight.doubles() + model.state.bias.doubles()
    let run = try model.run(
      RunOptions(
        seed: 3, batchSize: 4, horizon: .steps(10), schedule: .linear(), clip: 0.01),
      optimizer: SGD(learningRate: 0.1))
    let record = try run.step()
    let after = try model.state.weight.doubles() + model.state.bias.doubles()
    #expect(record.step == 1)
    #expect(record.epoch == 1)
    #expect(record.examples == 4)
    #expect(record.tokens == 8)
    #expect(record.learningRate == 0.1)
    // Half the sum of squares of the first weights.
    #expect(abs(record.penalty - 0.07) < 1e-15)
    #expect(record.gradientNorm > 0.01)
    #expect(record.metrics.keys.sorted() == ["mean_target"])
    let change = zip(after, before).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }.squareRoot()
    let size = before.reduce(0) { $0 + $1 * $1 }.squareRoot()
    #expect(abs(record.updateRatio - change / size) < 1e-14)
    // SGD moves by rate × clipped norm.
    #expect(abs(change - 0.1 * 0.01) < 1e-7)
    #expect(try run.step().learningRate == 0.1 * 0.9)
    #expect(run.history.column("learning_rate") == [0.1, 0.1 * 0.9])
    #expect(run.history.column("mean_target")?.count == 2)
    #expect(run.history.column("nonsense") == nil)
    #expect(run.history.columns.contains("update_ratio"))
    #expect(model.hookCalls == ["before 0", "after 0", "before 1", "after 1"])
    #expect(model.state.unused.storage === run.model.trainable[2].value.storage)
  }

  @Test func groupsHaveTheirOwnRate() throws {
    let model = ToyModel(.f64)
    let options = RunOptions(
      batchSize: 4, groups: ["bias": GroupOptions(learningRate: 0), "typo": GroupOptions()])
    let run = try model.run(options, optimizer: SGD(learningRate: 0.1))
    let weight = try model.state.weight.doubles()
    try run.step()
    #expect(try model.state.bias.doubles() == [0.05])
    #expect(try model.state.weight.doubles() != weight)
    #expect(run.unusedGroups == ["typo"])
  }

  @Test func accumulationIsABigBatch() throws {
    // Ten examples in parts of 4, 4 and 2: the parts weigh by their examples.
    func trained(_ options: RunOptions) throws -> (ToyModel, Run) {
      let model = ToyModel(.f64)
      model.dropout = 0
      model.penaltyScale = 0.1
      let run = try model.run(options, optimizer: AdamW(learningRate: 0.05))
      for _ in 0..<5 { try run.step() }
      return (model, run)
    }
    let (big, bigRun) = try trained(RunOptions(seed: 1, batchSize: 10))
    let (small, smallRun) = try trained(RunOptions(seed: 1, batchSize: 4, accumulate: 3))
    #expect(smallRun.stepsPerEpoch == 1)
    #expect(small.calls == 15)
    #expect(zip(try small.numbers, try big.numbers).allSatisfy { abs($0 - $1) < 1e-12 })
    for (a, b) in zip(smallRun.history.records, bigRun.history.records) {
      #expect(abs(a.loss - b.loss) < 1e-13)
      #expect(abs(a.penalty - b.penalty) < 1e-13)
      #expect(abs(a.gradientNorm - b.gradientNorm) < 1e-12)
      #expect(a.tokens == 20 && b.tokens == 20)
      let means = try [a, b].map { try #require($0.metrics["mean_target"]) }
      #expect(abs(means[0] - means[1]) < 1e-13)
    }
  }

  @Test func microBatchesDrawTheirOwnNumbers() throws {
    let model = ToyModel()
    let run = try model.run(RunOptions(seed: 9, batchSize: 4, accumulate: 3))
    try run.step()
    #expect(model.seeds.count == 3)
    #expect(model.seeds[0] == 9)
    #expect(Set(model.seeds).count == 3)
  }

  @Test func stopsAtItsHorizon() throws {
    let model = ToyModel()
    let run = try model.run(RunOptions(batchSize: 4, horizon: .steps(2)))
    #expect(try run.train(to: 1) == .reached)
    #expect(throws: TrainingError.self) { try run.train(to: 3) }
    #expect(try run.train() == .finished)
    let error = #expect(throws: TrainingError.self) { try run.step() }
    #expect(error?.kind == .finished)
    #expect(run.stepCount == 2)
    #expect(try run.learningRate == 0.05)
  }

  @Test func openRunsNeedATarget() throws {
    let run = try ToyModel().run()
    let error = #expect(throws: TrainingError.self) { try run.train() }
    #expect(error?.kind == .needsHorizon)
    #expect(try run.train(to: 2) == .reached)
    #expect(!run.isFinished)
  }

  @Test func nothingTrainableIsAnError() throws {
    let frozen = ToyModel()
    frozen.frozen = true
    let error = #expect(throws: TrainingError.self) { try frozen.run() }
    #expect(error?.kind == .nothingTrainable)
    let detached = ToyModel()
    detached.detached = true
    let run = try detached.run()
    let second = #expect(throws: TrainingError.self) { try run.step() }
    #expect(second?.kind == .nothingTrainable)
    #expect(second?.step == 1)
    #expect(run.stepCount == 0)
  }

  @Test func refusesOptionsOutOfRange() throws {
    let model = ToyModel()
    let wrong = [
      RunOptions(batchSize: 0), RunOptions(batchSize: 4, accumulate: 0),
      RunOptions(batchSize: 4, clip: 0), RunOptions(batchSize: 4, clip: .nan),
      RunOptions(batchSize: 4, horizon: .steps(0)), RunOptions(batchSize: 4, schedule: .cosine()),
      RunOptions(batchSize: 4, groups: ["bias": GroupOptions(multiplier: -1)]),
    ]
    for options in wrong {
      #expect(throws: TrainingError.self) { try model.run(options) }
    }
    #expect(throws: TrainingError.self) {
      try Run(
        model: model, tape: model.tape, optimizer: SGD(), exampleCount: 0,
        options: RunOptions(batchSize: 4), batch: model.batch)
    }
    #expect(throws: TrainingError.self) { try model.run(optimizer: SGD(learningRate: -1)) }
  }
}
