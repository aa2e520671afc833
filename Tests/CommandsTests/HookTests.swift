import Testing

@testable import Commands

/// Hooks run inside of the step: what they draw and the batch that they get are the step's own, so that a step made again
/// is the same step.
struct HookTests {
  /// Loss: the gap between what the hook saw of the batch and what the forward pass sees, plus the number that the hook
  /// drew.
  private static let model = """
    seed(11)
    module Seen(base) {
      state ids = 0.0
      state draw = 0.0
      param weight = ones([1])
      fn forward(batch) = batch
      fn loss(output, batch) = sum(weight * 0) + (sum(cast(batch.ids, "f32")) - ids) ** 2 + draw
    }
    fn look(m, batch, run) = m with (ids = sum(cast(batch.ids, "f32")), draw = sum(uniform([1])))
    model = Seen(load("tiny-bert") |> freeze()) |> before_step(look)
    data = read("reviews", task="classify")[0:40]
    run = train(model, on=data, batch=4, total=12, steps=0)
    """

  @Test func aHookBeforeAStepGetsTheStepsBatchAndDraws() throws {
    let bench = try Bench()
    try bench.run(Self.model)
    try bench.run("train(run)")
    // Draws lie in [0, 1) and differ from step to step: a batch of another step would be off by thousands.
    #expect(try bench.display("max(run.loss) < 1 and min(run.loss) >= 0") == "true")
    #expect(try bench.display("len(filter(run.loss, x -> x == run.loss[0])) == 1") == "true")
  }

  @Test func aStepMadeAgainDrawsTheSame() throws {
    let bench = try Bench()
    try bench.run(Self.model)
    try bench.run("train(run); first = run.loss; back(run, 7); train(run)")
    #expect(try bench.display("run.loss == first") == "true")
    // In a new run whose earlier steps were never made by this session's interpreter.
    try bench.run("other = train(model, on=data, batch=4, total=12); ")
    #expect(try bench.display("other.loss == first") == "true")
  }

  /// The forward pass's own draws are those that it has without a hook that draws too.
  @Test func aHooksDrawsLeaveTheForwardPassAlone() throws {
    let bench = try Bench()
    try bench.run(
      """
      seed(2)
      data = read("reviews", task="classify")[0:16]
      plain = load("tiny-bert") |> classifier(classes=2, dropout=0.5)
      fn idle(m, batch, run) {
        uniform([3])
        m
      }
      a = train(plain, on=data, batch=4, total=3)
      b = train(plain |> before_step(idle), on=data, batch=4, total=3)
      """)
    #expect(try bench.display("a.loss == b.loss") == "true")
  }
}
