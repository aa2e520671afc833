import Autograd
import Checkpoints
import Foundation
import Interpreter
import Tensor
import Testing

@testable import Commands

/// Every architecture against transformers, from the same weights and batch; the references are
/// scripts/make-fixtures.d/architectures.py's.
struct ArchitectureParityTests {
  static let names = [
    "bert", "roberta", "distilbert", "gpt2", "llama-plain", "llama-grouped-tied", "llama-3",
    "llama-older-config", "qwen2", "qwen2-tied", "gpt2-classes", "llama-classes", "qwen2-classes",
    "roberta-odd", "bert-odd", "t5", "t5-gated",
  ]
  static let cases: [(String, Math)] = names.flatMap { [($0, .fast), ($0, .exact)] }
  static let tolerance = 1e-10

  static func fixture(_ name: String, _ math: Math = .fast) throws -> LoRAFixture {
    try LoRAFixture(name, math, in: "architectures")
  }

  @Test(arguments: cases)
  func logitsLossAndEveryGradient(_ name: String, _ math: Math) throws {
    let fixture = try Self.fixture(name, math)
    let model = fixture.base
    #expect(fixture.bench.printed.isEmpty, "\(fixture.bench.printed)")
    #expect(model.parameters().allSatisfy { $0.parameter.value.dtype == .f64 })
    let (output, loss) = try fixture.forward(model)
    var outputs = Agreement()
    try outputs.compare("logits", output.doubles(), fixture.numbers("base_logits"))
    try outputs.compare("loss", [loss.value.item()], fixture.numbers("base_loss"))
    #expect(outputs.within(Self.tolerance), "\(outputs)")

    let gradients = try fixture.gradients(of: loss, model)
    var agreement = Agreement()
    var exempt = 0
    for named in model.parameters() {
      let external = try #require(fixture.naming(model).external(named.path))
      // Zero but for round-off where nothing turns the keys: softmax does not see a bias of theirs.
      if external.hasSuffix("key.bias") || external.hasSuffix("k_lin.bias") {
        exempt += 1
        continue
      }
      let gradient = try #require(gradients[named.parameter.key], "\(named.path)")
      try agreement.compare(
        external, fixture.oriented(gradient, named.path),
        fixture.reference.tensor("full." + external))
    }
    #expect(agreement.count + exempt == fixture.reference.names.count)
    #expect(agreement.within(Self.tolerance), "\(agreement)")
    Report.line("\(name) \(math):", ["outputs", outputs, "gradients", agreement])
  }

  @Test(arguments: names)
  func inF32TheOutputsAgreeToF32(_ name: String) throws {
    let fixture = try Self.fixture(name)
    let model = try fixture.base.mappingParameters { _, parameter in
      parameter.with(value: try Engine().cast(parameter.value, to: .f32))
    }
    let (output, loss) = try fixture.forward(model)
    #expect(output.dtype == .f32)
    var outputs = Agreement()
    try outputs.compare("logits", output.doubles(), fixture.numbers("base_logits"))
    try outputs.compare("loss", [loss.value.item()], fixture.numbers("base_loss"))
    #expect(outputs.within(1e-5), "\(outputs)")
  }

  /// Saved and loaded again: the same names, the same bits, the same logits.
  @Test(arguments: names)
  func savedModelsLoadAgain(_ name: String) throws {
    let fixture = try Self.fixture(name)
    try fixture.bench.run("save(base, \"again\")")
    let files = (
      try SafetensorsFile.open("\(Package.fixtures)/architectures/\(name)/model.safetensors"),
      try SafetensorsFile.open(fixture.bench.path("again/model.safetensors"))
    )
    #expect(files.0.names.sorted() == files.1.names.sorted())
    for tensor in files.0.names {
      #expect(try files.0.tensor(tensor).doubles() == files.1.tensor(tensor).doubles(), "\(tensor)")
    }
    let again = try fixture.bench.module("load(\"again\")")
    #expect(
      try fixture.forward(again).logits.doubles() == fixture.forward(fixture.base).logits.doubles())
  }

  /// A model made here has the configuration that its architecture's file makes of it.
  @Test(arguments: [
    ("Roberta(43, 12, 2, 3, positions=20)", "roberta"),
    ("Roberta(43, 12, 2, 3, positions=20) |> classifier(3)", "roberta"),
    ("DistilBert(43, 12, 2, 3) |> classifier(3)", "distilbert"),
    ("Llama(43, 12, 2, 6, 2, 6, tied=true)", "llama"),
    ("Llama(43, 12, 1, 2, biased=true, ffn_biased=true, theta=500.0)", "llama"),
    (
      "Llama(43, 12, 1, 2, scaling=(type=\"llama3\", factor=4.0, low=1.0, high=4.0, context=32))",
      "llama"
    ),
    ("Llama(43, 12, 1, 2, scaling=(type=\"linear\", factor=4.0))", "llama"),
    ("qwen2(43, 12, 2, 3, 1, inner=20)", "qwen2"),
    ("Llama(43, 12, 1, 2) |> classifier(3)", "llama"), ("Gpt(43, 12, 1, 2) |> classifier(3)", "gpt2"),
    ("T5(43, 12, 1, 3)", "t5"), ("T5(43, 12, 1, 3, gated=true, activation=\"gelu_new\", tied=false)", "t5"),
  ])
  func modelsMadeHereAreSavedAndLoaded(_ code: String, _ type: String) throws {
    let bench = try Bench()
    try bench.run("m = \(code); save(m, \"made\")")
    let config = try Package.jsonFile(bench.path("made/config.json"))
    #expect(config["model_type"]?.string == type)
    try bench.run("again = load(\"made\")")
    #expect(bench.printed.isEmpty, "\(bench.printed)")
    let made = try bench.tensor("m(\(Self.batch)).hidden").doubles()
    #expect(try bench.tensor("again(\(Self.batch)).hidden").doubles() == made)
  }

  private static let batch =
    "(ids=tensor([[5, 7, 2, 1]]), mask=tensor([[true, true, true, false]]), "
    + "segments=tensor([[0, 0, 0, 0]]), labels=none)"

  /// What would give other numbers without a word is a mistake.
  @Test func settingsThatAreNotKnownAreRefused() throws {
    for (fixture, key, value, word) in [
      ("llama-3", "\"rope_type\": \"llama3\"", "\"rope_type\": \"yarn\"", "yarn"),
      ("qwen2", "\"use_sliding_window\": false", "\"use_sliding_window\": true", "sliding"),
    ] {
      let bench = try Bench()
      try bench.copy("architectures/\(fixture)", as: "changed")
      let path = bench.path("changed/config.json")
      let text = try String(contentsOfFile: path, encoding: .utf8)
      try #require(text.contains(key))
      try text.replacingOccurrences(of: key, with: value)
        .write(toFile: path, atomically: true, encoding: .utf8)
      let failure = try #require(try bench.failure("load(\"changed\")"))
      #expect(failure.diagnostic.code == "E0714")
      #expect(failure.diagnostic.note?.contains(word) == true, "\(failure.diagnostic)")
    }
  }
}
