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

  /// What no folder holds is refused, and nothing is written.
  @Test(arguments: [
    ("base |> lora(rank=2) |> after(\"blocks.0\", h -> h * 1.1)", "`after` made at blocks.0"),
    ("base |> before(\"blocks.1.ffn\", h -> h * 0.5)", "`before` made at blocks.1.ffn"),
    (
      "base with (\"blocks.0.attn.out.bias\" = stop_gradient(ones([16]))) |> lora(rank=2)",
      "blocks.0.attn.out.bias of the base changed"
    ),
    ("merge(filled(base |> lora(rank=2))) |> lora(rank=2)", "of the base changed"),
    ("base |> p_tuning_v2(length=2) |> after(\"blocks.0\", h -> h * 1.1)", "`after` made at \"blocks.0\""),
    ("base |> classifier() |> lora(rank=2, at=\"{head,blocks.*.attn.out}\")", "the adapter at head"),
  ])
  func whatAFolderHasNoPlaceForIsRefused(_ model: String, _ reason: String) throws {
    let bench = try Bench()
    try bench.run(
      """
      base = load("Tests/Golden/fixtures/lora_f64/bert")
      fn filled(m) = map_modules(m, LoRA, l -> l with (B=l.B + 1.0));
      """)
    let failure = try #require(try bench.failure("save(\(model), \"lost\")"))
    #expect(failure.diagnostic.code == "E0717")
    #expect(failure.diagnostic.message.contains(reason), "\(failure.diagnostic.message)")
    #expect(!FileManager.default.fileExists(atPath: bench.path("lost")))
  }

  @Test(arguments: ["save(m, \"lost\")", "train(m, on=read(\"reviews\"), total=1)"])
  func whatPassesGradientsOnIsNoParameter(_ line: String) throws {
    let bench = try Bench()
    try bench.run(
      "m = load(\"tiny-bert\") |> classifier(); m = m with (\"head.bias\" = m.head.bias + 1.0);")
    #expect(try bench.failure(line)?.diagnostic.code == "E0718")
    try bench.run("m = m with (head = m.head with (bias = stop_gradient(m.head.bias)));")
    try bench.run(line)
  }

  /// What training did to the base is saved with the whole model, and not without it.
  @Test func aTunedBaseIsNotLeftOut() throws {
    let bench = try Bench()
    try bench.run(
      """
      m = load("tiny-bert") |> classifier() |> lora(rank=2) |> unfreeze("blocks.0.**.bias")
      r = train(m, on=read("reviews"), batch=4, total=1, length=16);
      """)
    let failure = try #require(try bench.failure("save(r.model, \"lost\")"))
    #expect(failure.diagnostic.code == "E0717")
    try bench.run("save(merge(r.model), \"whole\");")
    let bias = "[\"blocks.0.attn.q.bias\"]"
    let after = try bench.tensor("load(\"\(bench.path("whole"))\")\(bias)")
    #expect(try after.doubles() == bench.tensor("r.model\(bias)").doubles())
    #expect(try after.doubles() != bench.tensor("load(\"tiny-bert\")\(bias)").doubles())
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
