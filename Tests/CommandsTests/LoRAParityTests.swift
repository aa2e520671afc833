import Autograd
import Checkpoints
import Interpreter
import Tensor
import Testing
import Training

@testable import Commands

/// LoRA in f64 against transformers and PEFT, from the same weights, adapter and batch; the references are
/// scripts/make-fixtures.d/lora_f64.py's.
struct LoRAParityTests {
  static let cases: [(String, Math)] = [
    ("bert", .fast), ("bert", .exact), ("gpt2", .fast), ("gpt2", .exact),
  ]
  static let tolerance = 1e-10

  @Test(arguments: cases)
  func theBaseModelsLogitsLossAndGradients(_ name: String, _ math: Math) throws {
    let fixture = try LoRAFixture(name, math)
    let model = fixture.base
    #expect(model.parameters().allSatisfy { $0.parameter.value.dtype == .f64 })
    let (output, loss) = try fixture.forward(model)
    var outputs = Agreement()
    try outputs.compare("logits", output.doubles(), fixture.numbers("base_logits"))
    try outputs.compare("loss", [loss.value.item()], fixture.numbers("base_loss"))
    #expect(outputs.within(Self.tolerance), "\(outputs)")

    let gradients = try fixture.gradients(of: loss, model)
    var agreement = Agreement()
    for named in model.parameters() {
      let external = try #require(fixture.naming(model).external(named.path))
      // The gradient by a key's bias is zero but for round-off: softmax does not see it.
      if external.hasSuffix("key.bias") { continue }
      let gradient = try #require(gradients[named.parameter.key], "\(named.path)")
      try agreement.compare(
        external, fixture.oriented(gradient, named.path),
        fixture.reference.tensor("full." + external))
    }
    #expect(agreement.count == model.parameters().count - (name == "bert" ? 2 : 0))
    #expect(agreement.within(Self.tolerance), "\(agreement)")
    report(name, math, "base outputs", outputs, "base gradients", agreement)
  }

  @Test(arguments: cases)
  func theAdaptersLogitsLossAndGradients(_ name: String, _ math: Math) throws {
    let fixture = try LoRAFixture(name, math)
    let model = try fixture.adapted()
    let (output, loss) = try fixture.forward(model)
    var outputs = Agreement()
    try outputs.compare("logits", output.doubles(), fixture.numbers("logits"))
    let first = try #require(fixture.numbers("losses").first)
    try outputs.compare("loss", [loss.value.item()], [first])
    #expect(outputs.within(Self.tolerance), "\(outputs)")

    let trained = model.parameters().filter(\.parameter.isTrainable)
    let gradients = try fixture.gradients(of: loss, model)
    var agreement = Agreement()
    for named in trained {
      let key = try #require(try fixture.key(named.path, model), "\(named.path)")
      let gradient = try #require(gradients[named.parameter.key], "\(named.path)")
      try agreement.compare(key, gradient, fixture.reference.tensor("gradient." + key))
    }
    #expect(agreement.count == fixture.reference.names.count { $0.hasPrefix("gradient.") })
    #expect(agreement.within(Self.tolerance), "\(agreement)")
    report(name, math, "adapter outputs", outputs, "adapter gradients", agreement)
  }

  @Test(arguments: cases)
  func tenStepsOfAdamWAndTheMergedWeights(_ name: String, _ math: Math) throws {
    let fixture = try LoRAFixture(name, math)
    let run = try fixture.run(on: try fixture.adapted())
    try run.run.train()
    var losses = Agreement()
    try losses.compare("losses", run.run.history.losses, fixture.numbers("losses"))
    let trained = run.trainee.model
    let (output, loss) = try fixture.forward(trained)
    try losses.compare("final loss", [loss.value.item()], fixture.numbers("final_loss"))
    try losses.compare("final logits", output.doubles(), fixture.numbers("final_logits"))
    #expect(losses.within(Self.tolerance), "\(losses)")

    var values = Agreement()
    for named in trained.parameters() where named.parameter.isTrainable {
      let key = try #require(try fixture.key(named.path, trained))
      try values.compare(key, named.parameter.value, fixture.reference.tensor("after." + key))
    }
    #expect(values.count == fixture.reference.names.count { $0.hasPrefix("after.") })
    #expect(values.within(Self.tolerance), "\(values)")

    fixture.bench.define("trained", .module(trained))
    let merged = try fixture.bench.module("merge(trained)")
    #expect(merged.modules().allSatisfy { $0.adapterName == nil })
    var weights = Agreement()
    for named in merged.parameters() {
      let external = try #require(fixture.naming(merged).external(named.path))
      guard fixture.reference.contains("merged." + external) else { continue }
      try weights.compare(
        external, fixture.oriented(named.parameter.value, named.path),
        fixture.reference.tensor("merged." + external))
    }
    #expect(weights.count == fixture.reference.names.count { $0.hasPrefix("merged.") })
    let mergedOutput = try fixture.forward(merged).logits.doubles()
    try weights.compare("merged logits", mergedOutput, fixture.numbers("final_logits"))
    #expect(weights.within(Self.tolerance), "\(weights)")
    report(name, math, "ten steps", losses, "values", values, "merged", weights)
  }

  /// A run may be undone and made again: the same bits.
  @Test(arguments: ["bert", "gpt2"])
  func steppingBackGivesTheSameStepsAgain(_ name: String) throws {
    let fixture = try LoRAFixture(name, .fast)
    let run = try fixture.run(on: try fixture.adapted()).run
    try run.train(to: 6)
    let losses = run.history.losses
    try run.back(4)
    #expect(run.history.losses == Array(losses.prefix(2)))
    try run.train(to: 6)
    #expect(run.history.losses == losses)
  }

  /// Prints what was seen when PARITY_REPORT is set.
  private func report(_ name: String, _ math: Math, _ parts: Any...) {
    Report.line("\(name) \(math):", parts)
  }
}

/// A folder of Tests/Golden/fixtures/lora_f64, or of another set in the same form: a base model with references of its own.
final class LoRAFixture: ParityFixture {
  let name: String
  private let folder: String

  init(_ name: String, _ math: Math, in set: String = "lora_f64") throws {
    self.name = name
    folder = "\(set)/\(name)"
    try super.init(folder: folder, base: folder, math)
  }

  func adapted() throws -> Module {
    try bench.module("load(\"Tests/Golden/fixtures/\(folder)/adapter\", base=base)")
  }

  func naming(_ model: Module) throws -> ExternalNaming {
    try ExternalNaming(model, bench.interpreter)
  }

  /// The name of a trained parameter in PEFT's file.
  func key(_ path: String, _ model: Module) throws -> String? {
    let layout = try Layout.all("peft", bench.interpreter).first { $0.type == "LORA" }
    return try layout.flatMap { try naming(model).adapterKey(of: path, $0) }
  }

  /// A weight, or a gradient by one, as the model's file stores it.
  func oriented(_ tensor: Tensor, _ path: String) throws -> Tensor {
    let architecture = try naming(base).architecture
    return architecture.transposed.contains { $0.matches(path) } ? try tensor.transposed() : tensor
  }

  /// Ten steps on the one batch, by the machinery behind `train`.
  func run(on model: Module) throws -> (run: Run, trainee: ModelTrainee) {
    let trainee = trainee(model)
    return (try run(trainee, model, steps: numbers("losses").count), trainee)
  }
}
