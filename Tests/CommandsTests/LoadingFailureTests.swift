import Checkpoints
import Foundation
import Interpreter
import Tensor
import Testing

@testable import Commands

/// Bad files are mistakes with a place and a remedy, never crashes.
struct LoadingFailureTests {
  /// The failure of a piece of code, which must point at the call.
  private func failure(_ bench: Bench, _ code: String) throws -> Failure {
    let failure = try #require(try bench.failure(code), "\(code) did not fail")
    let span = try #require(failure.diagnostic.span)
    #expect(span.source.name == "test" && !span.text.isEmpty)
    return failure
  }

  /// Everything that the user would read.
  private func text(_ failure: Failure) -> String {
    let parts = [failure.diagnostic.message, failure.diagnostic.note, failure.diagnostic.fix]
    return parts.compactMap { $0 }.joined(separator: "\n")
  }

  @Test func aPathThatIsNowhere() throws {
    let bench = try Bench()
    let found = try failure(bench, "load(\"Tests/Golden/fixtures/lora_f64/brt\")")
    #expect(found.diagnostic.code == "E0702")
    #expect(text(found).contains("Tests/Golden/fixtures/lora_f64/brt"))
    #expect(text(found).contains("looked for in"))
    #expect(found.diagnostic.fix?.contains("lora_f64/bert") == true)
  }

  @Test func aFileWhereAFolderIsMeant() throws {
    let bench = try Bench()
    let found = try failure(
      bench, "load(\"Tests/Golden/fixtures/lora_f64/bert/model.safetensors\")")
    #expect(text(found).contains("Name the folder"))
  }

  /// Every length of the header, and some of the data.
  @Test func truncatedWeights() throws {
    let bench = try Bench()
    try bench.copy("lora_f64/bert", as: "cut")
    let path = bench.path("cut/model.safetensors")
    let whole = try Data(contentsOf: URL(fileURLWithPath: path))
    for length in [0, 1, 7, 8, 9, 100, 4000, whole.count / 2, whole.count - 1] {
      try whole.prefix(length).write(to: URL(fileURLWithPath: path))
      let found = try failure(bench, "load(\"\(bench.path("cut"))\")")
      #expect(text(found).contains("model.safetensors"), "\(length)")
      #expect(found.diagnostic.fix?.isEmpty == false || text(found).hasSuffix("."), "\(length)")
    }
  }

  @Test func weightsOfAnotherSizeThanTheConfiguration() throws {
    let bench = try Bench()
    try bench.copy("lora_f64/bert", as: "wide")
    try edit(bench.path("wide/config.json"), "\"hidden_size\": 16", "\"hidden_size\": 32")
    let found = try failure(bench, "load(\"\(bench.path("wide"))\")")
    let message = text(found)
    #expect(message.contains("bert.embeddings.word_embeddings.weight"))
    #expect(message.contains("[50, 16]") && message.contains("[50, 32]"))
    #expect(message.contains("config.json"))
  }

  @Test(arguments: [
    ("\"hidden_size\": 16", "\"hidden_size\": -16"), ("\"hidden_size\": 16", "\"hidden_size\": \"x\""),
    ("\"hidden_size\": 16", "\"size\": 16"), ("\"num_attention_heads\": 2", "\"num_attention_heads\": 0"),
    ("\"num_attention_heads\": 2", "\"num_attention_heads\": 3"),
    ("\"num_hidden_layers\": 2", "\"num_hidden_layers\": 1"),
    ("\"model_type\": \"bert\"", "\"model_type\": \"bort\""), ("{", "["),
    ("\"vocab_size\": 50", "\"vocab_size\": 9223372036854775807"),
    ("\"hidden_act\": \"gelu\"", "\"hidden_act\": \"glue\""),
  ])
  func configurationsThatAreWrong(_ old: String, _ new: String) throws {
    let bench = try Bench()
    try bench.copy("lora_f64/bert", as: "wrong")
    try edit(bench.path("wrong/config.json"), old, new)
    try bench.run(SavingTests.input)
    let found = try #require(try bench.failure("load(\"\(bench.path("wrong"))\")(batch)"), "\(new)")
    #expect(found.diagnostic.span != nil)
    #expect(!found.diagnostic.message.isEmpty)
    Report.line("configuration \(new):", [text(found)])
  }

  /// Told when the model is loaded, by the file and the key, not when it first runs.
  @Test(arguments: [
    ("\"hidden_size\": 16,", "", "it lacks hidden_size"),
    ("\"hidden_act\": \"gelu\",", "", "it lacks hidden_act"),
    ("\"num_attention_heads\": 2", "\"num_attention_heads\": 0", "num_attention_heads is 0"),
    (
      "\"num_attention_heads\": 2", "\"num_attention_heads\": 7",
      "hidden_size is 16, which num_attention_heads, 7, does not divide"
    ),
    ("\"hidden_act\": \"gelu\"", "\"hidden_act\": \"foo\"", "hidden_act is \"foo\""),
    ("\"hidden_act\": \"gelu\"", "\"hidden_act\": \"gelu_nwe\"", "did you mean \"gelu_new\"?"),
    (
      "\"hidden_size\": 16", "\"hidden_size\": 16, \"position_embedding_type\": \"relative_key\"",
      "position_embedding_type is \"relative_key\", which is not known here: \"absolute\" is"
    ),
    ("\"is_decoder\": false", "\"is_decoder\": true", "is_decoder is true"),
  ])
  func configurationsThatNameNoModelOfTheirs(_ old: String, _ new: String, _ told: String) throws {
    let bench = try Bench()
    try bench.copy("lora_f64/bert", as: "wrong")
    try edit(bench.path("wrong/config.json"), old, new)
    let found = try failure(bench, "load(\"\(bench.path("wrong"))\")")
    #expect(found.diagnostic.code == "E0714")
    #expect(text(found).contains("config.json") && text(found).contains(told), "\(text(found))")
  }

  @Test func aFolderWhereTheWeightsShouldBe() throws {
    let bench = try Bench()
    try bench.copy("lora_f64/bert", as: "wrong")
    let path = bench.path("wrong/model.safetensors")
    try FileManager.default.removeItem(atPath: path)
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    let found = try failure(bench, "load(\"\(bench.path("wrong"))\")")
    #expect(text(found).contains("model.safetensors") && text(found).contains("This is a folder"))
  }

  /// As Transformers does: what the file lacks starts anew, in the file's type, and is named.
  @Test func aLayerThatTheWeightsLack() throws {
    let bench = try Bench()
    try bench.copy("lora_f64/bert", as: "deep")
    try edit(bench.path("deep/config.json"), "\"num_hidden_layers\": 2", "\"num_hidden_layers\": 3")
    try bench.run(SavingTests.input)
    let logits = try bench.tensor("load(\"\(bench.path("deep"))\")(batch).logits")
    #expect(logits.dtype == .f64)
    #expect(bench.printed.contains("blocks.2.attn.q.weight"))
    #expect(!bench.printed.contains("blocks.1"))
    #expect(bench.printed.split(separator: "\n").count == 1)
  }

  @Test func weightsThatLackMostOfTheModel() throws {
    let bench = try Bench()
    try bench.copy("lora_f64/bert", as: "deep")
    try edit(bench.path("deep/config.json"), "\"num_hidden_layers\": 2", "\"num_hidden_layers\": 30")
    let found = try failure(bench, "load(\"\(bench.path("deep"))\")")
    #expect(found.diagnostic.code == "E0714")
    #expect(text(found).contains("lack 448 of") && text(found).contains("blocks.2."))
  }

  @Test func aModelWithoutATokenizerCannotReadText() throws {
    let bench = try Bench()
    try bench.run("model = load(\"Tests/Golden/fixtures/lora_f64/bert\")")
    let found = try failure(bench, "model(\"some text\")")
    #expect(found.diagnostic.code == "E0592")
    #expect(found.diagnostic.fix?.contains("with_tokenizer") == true)
    let second = try failure(bench, "tokens(model, \"some text\")")
    #expect(second.diagnostic.code == "E0592")
  }

  @Test func aTokenizerFileThatIsNone() throws {
    let bench = try Bench()
    try bench.copy("lora_f64/bert", as: "model")
    for (file, told) in [("{}", "model"), ("[1,2]", "must hold an object, but it holds an array")] {
      try Data(file.utf8).write(to: URL(fileURLWithPath: bench.path("model/tokenizer.json")))
      let found = try failure(bench, "load(\"\(bench.path("model"))\")")
      #expect(text(found).contains("tokenizer.json") && text(found).contains(told))
    }
  }

  // MARK: - Adapters

  /// PEFT writes whole names where ends of names would not tell the targets from others; users write patterns.
  @Test(arguments: [
    #"["bert.encoder.layer.0.attention.self.query", "bert.encoder.layer.1.attention.self.value", "bert.encoder.layer.1.attention.self.query", "bert.encoder.layer.0.attention.self.value"]"#,
    #"".*layer\\.[01]\\..*(query|value)""#,
  ])
  func targetsByWholeNamesOrByAPattern(_ targets: String) throws {
    let bench = try Bench()
    try bench.copy("lora_f64/bert/adapter", as: "adapter")
    let path = bench.path("adapter/adapter_config.json")
    var config = try #require(
      JSONSerialization.jsonObject(with: Data(contentsOf: URL(fileURLWithPath: path)))
        as? [String: Any])
    config["target_modules"] = try JSONSerialization.jsonObject(
      with: Data(targets.utf8), options: .fragmentsAllowed)
    try JSONSerialization.data(withJSONObject: config).write(to: URL(fileURLWithPath: path))
    try bench.run(SavingTests.input)
    try bench.run("base = load(\"Tests/Golden/fixtures/lora_f64/bert\")")
    let found = try bench.tensor("load(\"\(bench.path("adapter"))\", base=base)(batch).logits")
    let expected = try bench.tensor(
      "load(\"Tests/Golden/fixtures/lora_f64/bert/adapter\", base=base)(batch).logits")
    #expect(try found.doubles() == expected.doubles())
  }

  @Test func anAdapterWithATensorTooMany() throws {
    let found = try adapterFailure { tensors in
      tensors["base_model.model.bert.encoder.layer.7.attention.self.query.lora_A.weight"] =
        tensors.values.first
    }
    #expect(text(found).contains("layer.7") && text(found).contains("belongs to no site"))
    #expect(text(found).contains("base model"))
  }

  @Test func anAdapterWithATensorTooFew() throws {
    let key = "base_model.model.bert.encoder.layer.1.attention.self.value.lora_B.weight"
    let found = try adapterFailure { $0[key] = nil }
    #expect(text(found).contains(key))
  }

  @Test func anAdapterOfAnotherRank() throws {
    let found = try adapterFailure(config: ("\"r\": 4", "\"r\": 2")) { _ in }
    #expect(text(found).contains("[4, 16]") && text(found).contains("[2, 16]"))
  }

  /// Settings are held against the tensors before anything of their size is made.
  @Test func anAdapterOfARankThatNoMemoryHolds() throws {
    let found = try adapterFailure(config: ("\"r\": 4", "\"r\": 1000000000")) { _ in }
    #expect(text(found).contains("[4, 16]") && text(found).contains("[1000000000, 16]"))
  }

  @Test func anAdapterOfAnUnknownKind() throws {
    let found = try adapterFailure(config: ("\"LORA\"", "\"XYZ\"")) { _ in }
    #expect(found.diagnostic.code == "E0704")
    #expect(text(found).contains("XYZ") && text(found).contains("LORA"))
  }

  @Test func anAdapterForOtherModules() throws {
    let found = try adapterFailure(config: ("\"query\"", "\"c_attn\"")) { _ in }
    #expect(text(found).contains("base model"))
    let both = try adapterFailure(config: ("\"query\",\n    \"value\"", "\"c_attn\"")) { _ in }
    #expect(both.diagnostic.code == "E0706")
  }

  @Test func anAdapterOnABaseOfAnotherArchitecture() throws {
    let bench = try Bench()
    try bench.run("base = load(\"Tests/Golden/fixtures/lora_f64/gpt2\")")
    let found = try failure(
      bench, "load(\"Tests/Golden/fixtures/lora_f64/bert/adapter\", base=base)")
    #expect(found.diagnostic.code == "E0706")
  }

  @Test func anAdapterThatDoesNotNameItsBase() throws {
    let bench = try Bench()
    let found = try failure(bench, "load(\"Tests/Golden/fixtures/lora_f64/bert/adapter\")")
    #expect(found.diagnostic.code == "E0705")
    #expect(found.diagnostic.fix?.contains("base=") == true)
  }

  /// Settings that would change the numbers, but are not known here, are refused, not passed over.
  @Test(arguments: [
    ("\"use_qalora\": false", "\"use_qalora\": true"), ("\"lora_bias\": false", "\"lora_bias\": true"),
    ("\"init_lora_weights\": true", "\"init_lora_weights\": \"pissa\""),
    ("\"alpha_pattern\": {}", "\"alpha_pattern\": {\"query\": 32}"),
    ("\"rank_pattern\": {}", "\"rank_pattern\": {\"query\": 2}"),
    ("\"bias\": \"none\"", "\"bias\": \"all\""),
  ])
  func anAdapterWithSettingsThatAreNotKnownHere(_ old: String, _ new: String) throws {
    let found = try adapterFailure(config: (old, new)) { _ in }
    let setting = new.split(separator: "\"").first.map(String.init) ?? ""
    #expect(text(found).contains(setting), "\(text(found))")
  }

  /// Fewer sites than the file has tensors for: the settings are followed, so the tensors are too many.
  @Test(arguments: [
    ("\"layers_to_transform\": null", "\"layers_to_transform\": [0]", "layer.1"),
    ("\"exclude_modules\": null", "\"exclude_modules\": [\"value\"]", "self.value"),
  ])
  func anAdapterLimitedToSomeSites(_ old: String, _ new: String, _ unused: String) throws {
    let found = try adapterFailure(config: (old, new)) { _ in }
    #expect(text(found).contains(unused) && text(found).contains("belongs to no site"))
  }

  @Test func anAdapterWhoseTargetsAreAPattern() throws {
    let targets = "[\n    \"query\",\n    \"value\"\n  ]"
    let found = try adapterFailure(config: (targets, "\"all-linear\"")) { _ in }
    #expect(found.diagnostic.code == "E0706" && found.diagnostic.fix?.contains("list") == true)
  }

  private func adapterFailure(
    config: (String, String)? = nil, _ change: (inout [String: Tensor]) throws -> Void
  ) throws -> Failure {
    let bench = try Bench()
    try bench.copy("lora_f64/bert/adapter", as: "adapter")
    if let config { try edit(bench.path("adapter/adapter_config.json"), config.0, config.1) }
    let path = bench.path("adapter/adapter_model.safetensors")
    let file = try Package.tensors("lora_f64/bert/adapter/adapter_model.safetensors")
    var tensors: [String: Tensor] = [:]
    for name in file.names { tensors[name] = try file.tensor(name) }
    try change(&tensors)
    let sorted = tensors.sorted { $0.key < $1.key }.map { (name: $0.key, tensor: $0.value) }
    try SafetensorsWriter.write(sorted, to: path)
    try bench.run("base = load(\"Tests/Golden/fixtures/lora_f64/bert\")")
    return try failure(bench, "load(\"\(bench.path("adapter"))\", base=base)")
  }

  private func edit(_ path: String, _ old: String, _ new: String) throws {
    let text = try String(contentsOfFile: path, encoding: .utf8)
    guard let range = text.range(of: old) else { throw Unexpected("\(old) is not in \(path)") }
    try text.replacingCharacters(in: range, with: new).write(
      toFile: path, atomically: true, encoding: .utf8)
  }
}
