import Checkpoints
import Foundation
import Interpreter
import Tensor
import Testing

@testable import Commands

/// What is saved comes back: the same logits, bit for bit.
struct SavingTests {
  static let input = """
    batch = (ids=tensor([[2, 17, 5, 33], [2, 49, 3, 0]], dtype="i32"), mask=tensor([[true, true, true, true], \
    [true, true, true, false]]), segments=zeros([2, 4], dtype="i32"), labels=none);
    """

  @Test(arguments: ["bert", "gpt2"])
  func aWholeModelComesBack(_ name: String) throws {
    let bench = try Bench()
    try bench.run(Self.input)
    try bench.run("model = load(\"Tests/Golden/fixtures/lora_f64/\(name)\"); save(model, \"whole\");")
    let files = try FileManager.default.contentsOfDirectory(atPath: bench.path("whole"))
    #expect(Set(files) == ["config.json", "model.safetensors"])
    let before = try bench.tensor("model(batch).logits")
    let after = try bench.tensor("load(\"\(bench.path("whole"))\")(batch).logits")
    #expect(after.dtype == .f64)
    #expect(try before.doubles() == after.doubles())
  }

  /// The names and shapes of the fixture, which transformers wrote.
  @Test(arguments: ["bert", "gpt2"])
  func aWholeModelHasTheTensorsThatTransformersWrites(_ name: String) throws {
    let bench = try Bench()
    try bench.run("save(load(\"Tests/Golden/fixtures/lora_f64/\(name)\"), \"whole\");")
    let reference = try Package.tensors("lora_f64/\(name)/model.safetensors")
    let saved = try SafetensorsFile.open(bench.path("whole/model.safetensors"))
    #expect(Set(saved.names) == Set(reference.names))
    for name in reference.names {
      #expect(saved.shape(of: name) == reference.shape(of: name), "\(name)")
      #expect(try saved.tensor(name).doubles() == reference.tensor(name).doubles(), "\(name)")
    }
  }

  @Test(arguments: ["bert", "gpt2"])
  func anAdapterComesBack(_ name: String) throws {
    let bench = try Bench()
    try bench.run(Self.input)
    try bench.run(
      """
      base = load("Tests/Golden/fixtures/lora_f64/\(name)")
      model = load("Tests/Golden/fixtures/lora_f64/\(name)/adapter", base=base)
      save(model, "adapter")
      """)
    let before = try bench.tensor("model(batch).logits")
    let after = try bench.tensor("load(\"\(bench.path("adapter"))\", base=base)(batch).logits")
    #expect(try before.doubles() == after.doubles())
    let plain = try bench.tensor("base(batch).logits")
    #expect(try before.doubles() != plain.doubles())
  }

  @Test(arguments: ["bert", "gpt2"])
  func anAdapterHasTheTensorsAndSettingsThatPEFTWrites(_ name: String) throws {
    let bench = try Bench()
    let folder = "lora_f64/\(name)/adapter"
    try bench.run(
      """
      base = load("Tests/Golden/fixtures/lora_f64/\(name)")
      save(load("Tests/Golden/fixtures/\(folder)", base=base), "adapter")
      """)
    let reference = try Package.tensors("\(folder)/adapter_model.safetensors")
    let saved = try SafetensorsFile.open(bench.path("adapter/adapter_model.safetensors"))
    #expect(Set(saved.names) == Set(reference.names))
    for name in reference.names {
      #expect(try saved.tensor(name).doubles() == reference.tensor(name).doubles(), "\(name)")
    }
    let theirs = try Package.json("\(folder)/adapter_config.json")
    let ours = try Package.jsonFile(bench.path("adapter/adapter_config.json"))
    for key in [
      "peft_type", "task_type", "r", "lora_alpha", "lora_dropout", "bias", "target_modules",
      "fan_in_fan_out", "inference_mode",
    ] {
      #expect(ours[key] == theirs[key], "\(key)")
    }
  }

  /// A new model that was never loaded, in f32.
  @Test func aModelMadeHereComesBack() throws {
    let bench = try Bench()
    try bench.run(Self.input)
    try bench.run("model = Gpt(50, width=16, depth=1, heads=2, positions=8); save(model, \"gpt\")")
    let before = try bench.tensor("model(batch).logits")
    let after = try bench.tensor("load(\"\(bench.path("gpt"))\")(batch).logits")
    #expect(try before.floats() == after.floats())
  }

  @Test func aModelMadeHereWithAHeadComesBack() throws {
    let bench = try Bench()
    try bench.run(Self.input)
    try bench.run(
      """
      model = Bert(50, width=16, depth=1, heads=2, positions=8) |> classifier(classes=3)
      save(model, "bert")
      """)
    let before = try bench.tensor("model(batch).logits")
    let after = try bench.tensor("load(\"\(bench.path("bert"))\")(batch).logits")
    #expect(before.shape == [2, 3])
    #expect(try before.floats() == after.floats())
  }

  @Test func savingTwiceReplacesTheEarlierSave() throws {
    let bench = try Bench()
    try bench.run("model = Gpt(50, width=16, depth=1, heads=2, positions=8); save(model, \"gpt\")")
    try bench.run("other = Gpt(50, width=16, depth=1, heads=2, positions=8); save(other, \"gpt\")")
    try bench.run(Self.input)
    let found = try bench.tensor("load(\"\(bench.path("gpt"))\")(batch).logits").floats()
    #expect(try found == bench.tensor("other(batch).logits").floats())
    #expect(try found != bench.tensor("model(batch).logits").floats())
    #expect(try FileManager.default.contentsOfDirectory(atPath: bench.folder) == ["gpt"])
  }

  @Test func aForeignFolderIsNotOverwritten() throws {
    let bench = try Bench()
    try FileManager.default.createDirectory(
      atPath: bench.path("mine"), withIntermediateDirectories: true)
    try Data("letter".utf8).write(to: URL(fileURLWithPath: bench.path("mine/letter.txt")))
    try bench.run("model = Gpt(50, width=16, depth=1, heads=2, positions=8)")
    let failure = try #require(try bench.failure("save(model, \"mine\")"))
    #expect(failure.diagnostic.message.contains("not overwritten"))
    #expect(try String(contentsOfFile: bench.path("mine/letter.txt"), encoding: .utf8) == "letter")
    #expect(try FileManager.default.contentsOfDirectory(atPath: bench.folder) == ["mine"])
  }

  /// A merged adapter is a plain model, and says the same within rounding.
  @Test func aMergedModelIsSavedWhole() throws {
    let bench = try Bench()
    try bench.run(Self.input)
    try bench.run(
      """
      base = load("Tests/Golden/fixtures/lora_f64/gpt2")
      model = load("Tests/Golden/fixtures/lora_f64/gpt2/adapter", base=base)
      save(merge(model), "merged")
      """)
    var agreement = Agreement()
    try agreement.compare(
      "logits", bench.tensor("load(\"\(bench.path("merged"))\")(batch).logits"),
      bench.tensor("model(batch).logits"))
    #expect(agreement.within(1e-14), "\(agreement)")
  }
}
