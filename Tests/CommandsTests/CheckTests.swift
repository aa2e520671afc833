import Foundation
import Testing

@testable import Commands

/// `check` has nothing to say of any method as its author means it, before the first step and after some, and leaves the
/// run as it was. What it finds is in Tests/Golden/doctor.
struct CheckTests {
  private static let calls = [
    "fish_mask": "fish_mask(batches(plain, data, size=1)[0:4], keep=0.2)",
    // The classifier reads the first token, so edits of the last ones behind the last block do nothing, and check says so.
    "loreft": "loreft(last=0)",
    "adapter_fusion": "adapter_fusion([plain |> pfeiffer(size=8), plain |> pfeiffer(size=4)])",
  ]

  /// Two methods leave parts out of a step by chance: DiffPruning whole matrices, AdapterDrop the adapters of layers. Of
  /// those check says rightly that they have no gradient.
  @Test(arguments: SteppingTests.methods.filter { !["diff_pruning", "adapter_drop"].contains($0) })
  func aMethodIsHealthy(_ method: String) throws {
    let bench = try Bench(math: .exact)
    try bench.run(
      """
      seed(3)
      data = read("reviews", task="classify")[0:96]
      plain = load("tiny-bert") |> classifier(classes=2)
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
