import Autograd
import Interpreter
import Tensor
import Testing

@testable import Commands

/// What additive methods need of the rooms around them: folders whose tensors stand under no site, one run of a shared
/// network, numbers cut off at two deviations. The methods' own numbers are MethodParityTests'.
struct AdditiveMethodTests {
  static let adapters = [
    ("bert", "ia3()"), ("bert", "ia3(inner=\"blocks.*.{attn.out,ffn.down}\")"),
    ("gpt2", "ia3(dialect=\"peft\")"), ("bert", "prompt_tuning(length=3, dialect=\"peft\")"),
    ("gpt2", "p_tuning(length=3, inner=8, dialect=\"peft\")"), ("bert", "p_tuning_v2(length=3)"),
    ("gpt2", "prefix_tuning(length=3, inner=8)"),
  ]

  @Test(arguments: adapters)
  func aSavedAdapterComesBack(_ base: String, _ method: String) throws {
    let bench = try Bench()
    try bench.run(SavingTests.input)
    try bench.run("base = load(\"Tests/Golden/fixtures/lora_f64/\(base)\");")
    // Moved off its start: factors of 1 would come back whatever was read.
    let model = try bench.module("base |> \(method)").mappingParameters { _, parameter in
      guard parameter.origin == .added else { return parameter }
      let moves = (0..<parameter.value.count).map { Double($0 % 7) / 50 }
      return parameter.with(
        value: try bench.interpreter.engine.add(
          parameter.value, Tensor(moves, shape: parameter.value.shape)))
    }
    bench.define("model", .module(model))
    try bench.run("save(model, \"adapter\");")
    let before = try bench.tensor("model(batch).logits").doubles()
    let again = "load(\"\(bench.path("adapter"))\", base=base)"
    #expect(try bench.tensor("\(again)(batch).logits").doubles() == before)
    #expect(try bench.tensor("base(batch).logits").doubles() != before)
  }

  /// The lists of modules that PEFT reads name the sites that were edited and no others.
  @Test func theListsOfAFolderNameWhatWasEdited() throws {
    let bench = try Bench()
    try bench.run("model = load(\"Tests/Golden/fixtures/lora_f64/gpt2\") |> ia3(dialect=\"peft\");")
    try bench.run("save(model, \"adapter\");")
    let config = try Package.jsonFile(bench.path("adapter/adapter_config.json"))
    #expect(config["target_modules"]?.array?.compactMap(\.string) == ["c_attn", "mlp.c_proj"])
    #expect(config["feedforward_modules"]?.array?.compactMap(\.string) == ["mlp.c_proj"])
  }

  @Test func aDialectThatPEFTDoesNotHaveIsNotSavedForIt() throws {
    let bench = try Bench()
    try bench.run("model = load(\"Tests/Golden/fixtures/lora_f64/bert\") |> prompt_tuning();")
    let failure = try #require(try bench.failure("save(model, \"adapter\")"))
    #expect(failure.diagnostic.code == "E0709")
    #expect(failure.diagnostic.fix == "make it with `dialect=\"peft\"`")
  }

  /// Two layers take their rows from one network: it runs once in a forward pass, and again in the next.
  @Test func aSharedNetworkRunsOnceAForwardPass() throws {
    let bench = try Bench()
    try bench.run(SavingTests.input)
    try bench.run("model = load(\"Tests/Golden/fixtures/lora_f64/gpt2\") |> prefix_tuning(length=3);")
    let counter = OperationCounter()
    bench.interpreter.tape.observer = counter
    try bench.run("model(batch);")
    #expect(counter.counts["tanh"] == 1)
    try bench.run("model(batch);")
    #expect(counter.counts["tanh"] == 2)
  }

  @Test func truncatedNormalsEndAtTwoDeviations() throws {
    let bench = try Bench()
    let values = try bench.tensor("truncated_normal([4096], deviation=0.5)").doubles()
    #expect(values.allSatisfy { abs($0) <= 1 })
    // Cut at two deviations, the deviation is 0.8796 of the whole normal's.
    let deviation = (values.map { $0 * $0 }.reduce(0, +) / Double(values.count)).squareRoot()
    #expect(abs(deviation / 0.5 - 0.8796) < 0.03)
  }
}

private final class OperationCounter: TapeObserver {
  private(set) var counts: [String: Int] = [:]

  func didRun(operation: String, inputs: [Variable], output: Variable, tag: Int) {
    counts[operation, default: 0] += 1
  }
}
