import Checkpoints
import Datasets
import Interpreter
import Tensor
import Testing
import Training

@testable import Commands

/// `trace` against PyTorch's hooks, and its counts against counts by hand. The model is the two-layer f64 BERT with LoRA
/// of scripts/make-fixtures.d/trace_f64.py: 2 texts of 7 tokens, width 16, 2 heads, inner width 32, rank 4.
struct TraceTests {
  private let fixture: ParityFixture

  init() throws { fixture = try traced(.fast) }

  @Test(arguments: [Math.fast, .exact])
  func everyNumberIsPyTorchs(_ math: Math) throws {
    let fixture = try traced(math)
    try fixture.bench.run("t = trace(run, values=true)")
    var kinds: [String: Agreement] = [:]
    for name in fixture.reference.names {
      let parts = name.split(separator: ".", maxSplits: 1).map(String.init)
      let member = ["activation": "activations", "update": "updates"][parts[0]] ?? "gradients"
      let found = try fixture.bench.tensor("t.\(member)[\"\(parts[1])\"]")
      try kinds[parts[0], default: Agreement()].compare(name, found, fixture.reference.tensor(name))
    }
    #expect(
      kinds.mapValues(\.count) == ["activation": 27, "gradient": 23, "parameter": 10, "update": 10])
    for (kind, agreement) in kinds { #expect(agreement.within(1e-10), "\(kind): \(agreement)") }
    let loss = try #require(fixture.numbers("losses").first)
    guard case .float(let found) = try fixture.bench.run("t.loss") else {
      throw Unexpected("no loss")
    }
    #expect(abs(found - loss) < 1e-12)
  }

  @Test func theNormsThatAreShown() throws {
    try fixture.bench.run("t = trace(run, values=true)")
    for path in ["blocks.0.attn.q.lora.A", "blocks.1.attn.v.lora.B", "head.weight"] {
      guard
        case .list(let rows) = try fixture.bench.run(
          "map(range(len(t.optimizer)), i -> t.optimizer[i])")
      else { throw Unexpected("no rows") }
      let row = try #require(
        rows.elements.first { row in
          if case .tuple(let tuple) = row, case .string(path)? = tuple["parameter"] { return true }
          return false
        })
      guard case .tuple(let tuple) = row, case .float(let gradient)? = tuple["gradient"],
        case .float(let update)? = tuple["update"]
      else { throw Unexpected("no numbers") }
      let expected = try norm(fixture.reference.tensor("parameter.\(path)"))
      #expect(abs(gradient - expected) < 1e-10 * expected)
      let change = try norm(fixture.reference.tensor("update.\(path)"))
      #expect(abs(update - change) < 1e-10 * change)
    }
  }

  private func norm(_ tensor: Tensor) throws -> Double {
    try tensor.doubles().reduce(0) { $0 + $1 * $1 }.squareRoot()
  }

  struct Count: Sendable {
    let site: String
    let flops: Int
    let backward: Int
    let saved: Int
  }

  /// 14 rows of 16 numbers, 8 bytes each: an activation has 224 numbers, 1,792 bytes.
  static let counts: [Count] = [
    // W x + b: 2·14·16·16 + 224, and its input is frozen. A x, B A x: 2·14·16·4 each; scaled; added: 224 each.
    // Back: A x by A alone, B A x by both. Kept: x, and A x (14·4 numbers).
    Count(
      site: "blocks.0.attn.v", flops: 7392 + 2 * 1792 + 448, backward: 3 * 1792 + 448,
      saved: 1792 + 448),
    // x was kept by v, which comes first in BERT's source.
    Count(
      site: "blocks.0.attn.q", flops: 7392 + 2 * 1792 + 448, backward: 3 * 1792 + 448, saved: 448),
    Count(site: "blocks.0.attn.k", flops: 7392, backward: 0, saved: 0),
    // Its input has a gradient, its weight none: nothing is kept but the weight, which is there.
    Count(site: "blocks.1.attn.k", flops: 7392, backward: 7168, saved: 0),
    // 2·2·7·7 = 196 scores, d = 8. Kept: q, k, v, the result, and 28 log-sums.
    Count(
      site: "blocks.1.attn.core", flops: 4 * 196 * 8 + 6 * 196, backward: 10 * 196 * 8 + 6 * 196,
      saved: 4 * 1792 + 28 * 8),
    Count(site: "blocks.1.ffn.act", flops: 448, backward: 448, saved: 3584),
    // h + x, then the norm: its input, 14 means and 14 deviations.
    Count(
      site: "blocks.1.ffn.add", flops: 224 + 8 * 224, backward: 224 + 8 * 224,
      saved: 1792 + 2 * 14 * 8),
    // [2, 16] to 3 classes. The weight's gradient needs the input, but tanh kept that, its own result.
    Count(site: "head", flops: 2 * 2 * 16 * 3 + 6, backward: 2 * 192 + 6, saved: 0),
  ]

  @Test(arguments: counts) func countsByHand(_ count: Count) throws {
    try fixture.bench.run("t = trace(run, at=\"\(count.site)\")")
    #expect(try fixture.bench.display("t.flops") == "\(count.flops)")
    #expect(try fixture.bench.display("t.backward_flops") == "\(count.backward)")
    #expect(try fixture.bench.display("t.saved_bytes") == "\(count.saved)")
  }

  /// Summed by depth or not, it is the same step.
  @Test func depthKeepsTheSums() throws {
    try fixture.bench.run("all = trace(run); top = trace(run, depth=1)")
    for member in ["flops", "backward_flops", "saved_bytes"] {
      #expect(try fixture.bench.display("all.\(member) == top.\(member)") == "true")
    }
    #expect(try fixture.bench.display("len(top.forward) < len(all.forward)") == "true")
  }

  @Test func theRunStaysWhereItIs() throws {
    let before = try fixture.bench.display("[run.step, run.model[\"head\"].weight[0, 0]]")
    try fixture.bench.run("trace(run); trace(run)")
    #expect(try fixture.bench.display("[run.step, run.model[\"head\"].weight[0, 0]]") == before)
    let first = try fixture.bench.display("step(run).loss")
    #expect(first == "1.01992")
  }
}

/// The fixture with its one-batch run as `run`.
private func traced(_ math: Math) throws -> ParityFixture {
  let fixture = try ParityFixture(folder: "trace_f64", base: "lora_f64/bert", math)
  let model = try fixture.bench.module(
    "load(\"Tests/Golden/fixtures/lora_f64/bert/adapter\", base=base)")
  let trainee = fixture.trainee(model)
  let run = try fixture.run(trainee, model, steps: 10)
  let data = Dataset(name: "one batch", task: .classify, rows: [])
  fixture.bench.define("run", .host(RunValue(run, trainee: trainee, data: data)))
  return fixture
}
