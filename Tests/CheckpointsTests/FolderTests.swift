import Foundation
import Tensor
import Testing

@testable import Checkpoints

struct FolderTests {
  @Test(arguments: ["model", "sharded"], [true, false])
  func readsModels(name: String, fromMemory: Bool) throws {
    let folder =
      try fromMemory
      ? ModelFolder.open(Fixtures.bundle(name)) : ModelFolder.open(Fixtures.path(name))
    #expect(try folder.modelType() == "bert")
    #expect(folder.config["hidden_size"]?.int == 4)
    #expect(folder.hasWeights && !folder.hasTokenizer)
    let weights = try folder.weights()
    #expect(weights.files.count == (name == "model" ? 1 : 2))
    #expect(weights.names.count == 25)
    #expect(weights.contains("classifier.bias") && !weights.contains("x"))
    // Parameter 0 and the last of 25, as the script filled them: -1 + i / 8 + number.
    let first = try values(weights.tensor("bert.embeddings.word_embeddings.weight"))
    #expect(first.count == 48 && first[0] == -1 && first[47] == 4.875)
    #expect(try values(weights.tensor("classifier.bias")) == [23, 23.125])
    #expect(failure { _ = try weights.tensor("x") }?.location == .tensor("x"))
  }

  @Test func saysWhatIsMissing() throws {
    let scratch = try Scratch()
    #expect(
      failure { _ = try ModelFolder.open("\(scratch.path)/no") }?.problem.contains("no such folder")
        == true)
    #expect(
      failure { _ = try ModelFolder.open(Fixtures.path("types.safetensors")) }?.problem.contains(
        "This is a file") == true)
    #expect(
      failure { _ = try ModelFolder.open(scratch.path) }?.problem.contains(
        "'config.json' (the model's configuration) was expected here; there are no files") == true)
    try scratch.write("{}", to: "config.json")
    let folder = try ModelFolder.open(scratch.path)
    #expect(failure { _ = try folder.modelType() }?.location == .key("model_type"))
    #expect(
      failure { _ = try folder.weights() }?.problem.contains(
        "'model.safetensors' (the weights) was expected here; the folder holds 'config.json'.")
        == true)
    #expect(failure { _ = try folder.tokenizer() }?.problem.contains("'tokenizer.json'") == true)
    try scratch.write("x", to: "pytorch_model.bin")
    #expect(failure { _ = try folder.weights() }?.problem.contains("is a pickle") == true)
    try scratch.write("{", to: "config.json")
    #expect(failure { _ = try ModelFolder.open(scratch.path) }?.location == .byte(1))
    try scratch.write("[]", to: "config.json")
    #expect(
      failure { _ = try ModelFolder.open(scratch.path) }?.problem.contains("not a list") == true)
    #expect(
      failure { _ = try ModelFolder.open(Fixtures.path("lora")) }?.problem.contains("adapter")
        == true)
  }

  @Test(arguments: [
    (#"{"weight_map":{"a":"../x.safetensors"}}"#, "a file of the same folder"),
    (#"{"weight_map":{"a":7}}"#, "a file of the same folder"),
    (#"{"weight_map":{"a":"other.safetensors"}}"#, "'other.safetensors'"),
    (#"{"weight_map":{"a":"part.safetensors"}}"#, "which it does not"),
    (#"{"weights":{}}"#, "must map the name"),
  ])
  func refusesBadIndexes(index: String, problem: String) throws {
    let part = try SafetensorsWriter.bytes([(name: "b", tensor: Tensor([1]))])
    let bundle = FileBundle(
      name: "memory",
      files: [
        "config.json": ByteRegion(copying: Array("{}".utf8)),
        "part.safetensors": ByteRegion(copying: part),
        "model.safetensors.index.json": ByteRegion(copying: Array(index.utf8)),
      ])
    let folder = try ModelFolder.open(bundle)
    #expect(failure { _ = try folder.weights() }?.problem.contains(problem) == true)
  }

  // MARK: Adapters

  @Test(arguments: [true, false])
  func readsPEFT(fromMemory: Bool) throws {
    let adapter =
      try fromMemory
      ? AdapterFolder.open(Fixtures.bundle("lora")) : AdapterFolder.open(Fixtures.path("lora"))
    #expect(adapter.layout == .peft)
    #expect(adapter.config["r"]?.int == 2)
    #expect(adapter.config["target_modules"] == ["query", "value"])
    #expect(adapter.tensors.names.count == 6)
    let name = "base_model.model.bert.encoder.layer.0.attention.self.query.lora_A.weight"
    #expect(adapter.tensors.shape(of: name) == [2, 4])
  }

  /// What we save has the bytes that PEFT saved.
  @Test func savesWhatPEFTSaves() throws {
    let scratch = try Scratch()
    let adapter = try AdapterFolder.open(Fixtures.path("lora"))
    let tensors = try adapter.tensors.names.map {
      (name: $0, tensor: try adapter.tensors.tensor($0))
    }
    let path = "\(scratch.path)/new/adapter"
    // Twice: a save replaces an earlier one.
    for _ in 0..<2 {
      try AdapterFolder.save(to: path, config: adapter.config, tensors: tensors)
      #expect(try scratch.list("new") == ["adapter"])
      for name in ["adapter_config.json", "adapter_model.safetensors"] {
        let saved = try Data(contentsOf: URL(fileURLWithPath: "\(path)/\(name)"))
        #expect(try Array(saved) == Fixtures.bytes("lora/\(name)"))
      }
    }
  }

  @Test func adapterHubWithHead() throws {
    let scratch = try Scratch()
    let path = "\(scratch.path)/hub/"
    try AdapterFolder.save(
      to: path, config: ["name": "x"], tensors: [(name: "a", tensor: Tensor([1]))],
      layout: .adapterHub,
      head: .init(config: ["head_type": "y"], tensors: [(name: "h", tensor: Tensor([2]))]))
    let adapter = try AdapterFolder.open(path)
    #expect(adapter.layout == .adapterHub)
    #expect(try values(adapter.tensors.tensor("a")) == [1])
    #expect(adapter.headConfig?["head_type"] == "y")
    #expect(try adapter.headTensors.map { try values($0.tensor("h")) } == [2])
  }

  @Test func neverOverwritesAnotherFolder() throws {
    let scratch = try Scratch()
    func save(_ name: String) -> CheckpointError? {
      failure {
        try AdapterFolder.save(
          to: "\(scratch.path)/\(name)", config: [:], tensors: [(name: "a", tensor: Tensor([1]))])
      }
    }
    try FileManager.default.createDirectory(
      atPath: "\(scratch.path)/mine", withIntermediateDirectories: true)
    #expect(save("mine") == nil, "an empty folder may be used")
    try scratch.write("x", to: "mine/thesis.tex")
    #expect(save("mine")?.problem.contains("'thesis.tex'") == true)
    #expect(try scratch.list("mine").contains("thesis.tex"))
    try FileManager.default.createDirectory(
      atPath: "\(scratch.path)/photos", withIntermediateDirectories: true)
    try scratch.write("x", to: "photos/1.jpg")
    #expect(save("photos")?.problem.contains("is not an adapter's folder") == true)
    try scratch.write("x", to: "file")
    #expect(save("file")?.problem.contains("A file stands") == true)
    #expect(try scratch.list() == ["file", "mine", "photos"])
  }

  @Test func failedSavesLeaveTheOldFolder() throws {
    let scratch = try Scratch()
    let path = "\(scratch.path)/a"
    try AdapterFolder.save(to: path, config: ["v": 1], tensors: [(name: "a", tensor: Tensor([1]))])
    let error = failure {
      try AdapterFolder.save(
        to: path, config: ["v": 2],
        tensors: [(name: "a", tensor: Tensor([1])), (name: "a", tensor: Tensor([2]))])
    }
    #expect(error?.location == .tensor("a"))
    #expect(try AdapterFolder.open(path).config == ["v": 1])
    #expect(try scratch.list() == ["a"])
  }

  /// What a killed process had begun goes at the next save; what a living one writes stays.
  @Test func leftoversOfKilledProcessesGo() throws {
    let dead = Process()
    dead.executableURL = URL(fileURLWithPath: "/bin/true")
    try dead.run()
    dead.waitUntilExit()
    let scratch = try Scratch()
    let (stale, busy) = (".out.new-\(dead.processIdentifier)", ".out.new-\(getppid())")
    for name in [stale, busy] {
      try FileManager.default.createDirectory(
        atPath: "\(scratch.path)/\(name)", withIntermediateDirectories: true)
      try scratch.write("{}", to: "\(name)/config.json")
    }
    try ModelFolder.save(
      to: "\(scratch.path)/out", config: [:], tensors: [(name: "a", tensor: Tensor([1]))])
    #expect(try Set(scratch.list()) == [busy, "out"])
    #expect(try scratch.list(busy) == ["config.json"])
  }

  @Test func savesModels() throws {
    let scratch = try Scratch()
    let folder = try ModelFolder.open(Fixtures.path("model"))
    let weights = try folder.weights()
    let path = "\(scratch.path)/copy"
    try ModelFolder.save(
      to: path, config: folder.config,
      tensors: weights.names.map { (name: $0, tensor: try weights.tensor($0)) },
      files: [(name: "tokenizer.json", bytes: ByteRegion(copying: Array("{}".utf8)))])
    for name in ["config.json", "model.safetensors"] {
      let saved = try Data(contentsOf: URL(fileURLWithPath: "\(path)/\(name)"))
      #expect(try Array(saved) == Fixtures.bytes("model/\(name)"), "\(name)")
    }
    let copy = try ModelFolder.open(path)
    #expect(try copy.tokenizer().array == Array("{}".utf8))
    #expect(copy.tokenizerPath == "\(path)/tokenizer.json")
  }

  @Test func missingPiecesOfAdapters() throws {
    let scratch = try Scratch()
    #expect(
      failure { _ = try AdapterFolder.open(scratch.path) }?.problem.contains(
        "'adapter_config.json'") == true)
    try scratch.write("{}", to: "adapter_config.json")
    #expect(
      failure { _ = try AdapterFolder.open(scratch.path) }?.problem.contains(
        "'adapter_model.safetensors'") == true)
    try scratch.write("x", to: "adapter_model.bin")
    #expect(
      failure { _ = try AdapterFolder.open(scratch.path) }?.problem.contains("pickle") == true)
  }
}
