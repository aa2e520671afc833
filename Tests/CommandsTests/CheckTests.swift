import Foundation
import Testing

@testable import Commands

/// `check` has nothing to say of any method as its author means it, before the first step and after some, and leaves the
/// run as it was. What it finds is in Tests/Golden/doctor.
struct CheckTests {
  private static let calls = [
    "fish_mask": "fish_mask(batches(plain, data, size=1)[0:4], keep=0.2)",
    "adapter_drop": "pfeiffer(size=8) |> adapter_drop()",
    // Of a model that was not tuned there is no change to compress: see below.
    "compress": "tuned() |> compress()",
    "adapter_fusion": "adapter_fusion([plain |> pfeiffer(size=8), plain |> pfeiffer(size=4)])",
  ]

  @Test(arguments: SteppingTests.methods)
  func aMethodIsHealthy(_ method: String) throws {
    let bench = try Bench(math: .exact)
    try bench.run(
      """
      seed(3)
      data = read("reviews", task="classify")[0:96]
      plain = load("tiny-bert") |> classifier(classes=2)
      fn tuned(model) = train(model |> full(), on=data, batch=8, total=2).model
      model = plain |> \(Self.calls[method] ?? "\(method)()")
      run = train(model, on=data, optimizer=adamw(lr=1e-3), batch=8, epochs=1, steps=0)
      """)
    let before = try bench.display("check(run)")
    #expect(before.hasPrefix("nothing found"), "\(before)")
    try bench.run("first = step(run, 3).loss; rewind(run); check(run); again = step(run, 3).loss;")
    #expect(try bench.display("first == again") == "true")
    let after = try bench.display("check(run)")
    #expect(after.hasPrefix("nothing found"), "\(after)")
    #expect(try bench.display("run.step") == "3")
  }

  /// No change compressed is A = 0 and B = 0, which hold each other: neither moves, however long it trains.
  @Test func factorsThatAreBothZeroNeverMove() throws {
    let bench = try Bench(math: .exact)
    try bench.run(
      """
      seed(3)
      data = read("reviews", task="classify")[0:96]
      model = load("tiny-bert") |> classifier(classes=2) |> compress()
      run = train(model, on=data, optimizer=adamw(lr=1e-2), batch=8, epochs=1, steps=0)
      """)
    for _ in 0..<2 {
      let text = try bench.display("check(run)").replacing(/\s+/, with: " ")
      #expect(text.contains("8 trainable parameters that will never move"), "\(text)")
      #expect(!text.contains("moves first"), "\(text)")
      try bench.run("step(run, 5);")
      for name in ["A", "B"] {
        #expect(try bench.display("norm(run.model[\"blocks.0.attn.q.compress.\(name)\"])") == "0.0")
      }
    }
  }

  /// What a step leaves out by chance is no finding, what every step leaves out is one, and the run's own draws stay.
  @Test func whatChanceLeavesOutIsExpected() throws {
    let bench = try Bench(math: .exact)
    try bench.run(
      """
      seed(3)
      module Gated(base, open) {
        param gain = ones([base.outputs])
        param idle = ones([base.outputs])
        fn forward(x) {
          gate = cast(uniform([1]) < open, "f32")
          base(x) * (1 + gate * (gain - 1)) * (1 + 0 * idle)
        }
      }
      data = read("reviews", task="classify")[0:96]
      plain = load("tiny-bert") |> classifier(classes=2)
      fn gated(open) = plain |> freeze() |> replace("blocks.*.attn.{q,k,v}", l -> Gated(l, open))
      run = train(gated(0.3), on=data, batch=8, epochs=1, steps=0)
      """)
    let text = try bench.display("check(run)").replacing(/\s+/, with: " ")
    #expect(text.contains("6 trainable parameters with a gradient of exactly 0"), "\(text)")
    #expect(text.contains("expected: no gradient in the next step at"), "\(text)")
    #expect(!text.contains("gated.gain (6)"), "some gates are open in this step: \(text)")
    try bench.run("first = step(run, 3).loss; rewind(run); check(run); again = step(run, 3).loss;")
    #expect(try bench.display("first == again") == "true")
    let closed = try bench.display("check(train(gated(0.0), on=data, batch=8, epochs=1, steps=0))")
    #expect(closed.contains("12 trainable parameters with a gradient of exactly 0"), "\(closed)")
  }

  /// The doctor's own limits: a graph is drawn where Graphviz is, and its source written where it is not.
  @Test func aGraphIsWritten() throws {
    let bench = try Bench()
    try bench.run("m = load(\"tiny-bert\") |> lora(rank=2);")
    let path = try bench.display("graph(m, on=\"a text\", to=\"graph.svg\")").trimmingCharacters(in: ["\""])
    let text = try String(contentsOfFile: path, encoding: .utf8)
    #expect(path.hasSuffix(".svg") ? text.contains("<svg") : text.hasPrefix("digraph tape {"))
    let source = try bench.display("graph(m, on=\"a text\", to=\"tape.dot\")").trimmingCharacters(in: ["\""])
    let lines = try String(contentsOfFile: source, encoding: .utf8).split(separator: "\n")
    #expect(lines.count { $0.contains("fillcolor=\"#f9cb9c\"") } == 8)
    #expect(lines.count { $0.contains("fillcolor=\"#d9ead3\"") } == 24)
  }
}
