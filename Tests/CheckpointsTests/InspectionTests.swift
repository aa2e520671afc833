import Foundation
import Testing

@testable import Checkpoints

/// What `inspect` finds in files and folders of every kind, and in damaged ones.
struct InspectionTests {
  private static let golden = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("Golden/fixtures").path

  @Test func aModelFolder() throws {
    let found = try Inspection.open("\(Self.golden)/architectures/llama-3")
    #expect(found.kind == .modelFolder && found.architecture == "llama")
    #expect(found.tensors.contains { $0.name == "model.layers.1.mlp.up_proj.weight" })
    #expect(found.types.map(\.name) == ["F64"])
    #expect(found.byteCount == 8 * found.parameterCount)
    #expect(found.problems.isEmpty && found.tokenizer == nil)
  }

  @Test func aGGUFFile() throws {
    let found = try Inspection.open("\(Self.golden)/gguf/pieces.gguf")
    #expect(found.kind == .ggufModel && found.architecture == "llama")
    #expect(Set(found.types.map(\.name)) == ["F32", "Q2_K", "Q3_K", "Q4_K", "Q5_K", "Q6_K"])
    #expect(found.tokenizer?.kind == "BPE" && found.tokenizer?.count == 320)
    #expect(found.tokenizer?.special == ["<s>", "</s>"])
    // A file of an architecture that is not read is described all the same.
    let other = try Inspection.open("\(Self.golden)/gguf/unigram.gguf")
    #expect(other.architecture == "t5" && other.tokenizer?.kind == "Unigram")
  }

  @Test func adapters() throws {
    let peft = try Inspection.open("\(Self.golden)/minilm/lora_adapter")
    #expect(peft.kind == .peftAdapter && peft.base == "all-MiniLM-L6-v2")
    #expect(peft.config["peft_type"]?.string == "LORA" && !peft.tensors.isEmpty)
  }

  @Test func filesAlone() throws {
    let weights = try Inspection.open("\(Self.golden)/gguf/blocks.safetensors")
    #expect(weights.kind == .safetensors && weights.tensors.count == 20)
    let tokenizers = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("TokenizersTests/Fixtures").path
    let tokenizer = try Inspection.open("\(tokenizers)/bert.tokenizer.json")
    #expect(tokenizer.kind == .tokenizer && tokenizer.tokenizer?.kind == "WordPiece")
    #expect(failure { _ = try Inspection.open("\(tokenizers)/bert.cases.json") } != nil)
  }

  /// A shard that is not there is a problem, not a failure: the rest is described.
  @Test func missingPartsAreNamed() throws {
    let scratch = try Scratch()
    try scratch.write(#"{"model_type": "bert"}"#, to: "config.json")
    #expect(
      try Inspection.open(scratch.path).problems == ["'model.safetensors' is missing"])
    try scratch.write("x", to: "pytorch_model.bin")
    #expect(try Inspection.open(scratch.path).problems[0].contains("pickle"))
    try scratch.write(
      #"{"weight_map": {"a": "one.safetensors", "b": "two.safetensors"}}"#,
      to: "model.safetensors.index.json")
    try Data(
      file(header: #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, data: [0, 0, 0, 0])
    )
    .write(to: URL(fileURLWithPath: "\(scratch.path)/one.safetensors"))
    let found = try Inspection.open(scratch.path)
    #expect(found.tensors.map(\.name) == ["a"])
    #expect(found.problems.count == 1 && found.problems[0].contains("two.safetensors"))
  }

  @Test func packedWeightsCountAsWhatTheyStandFor() throws {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("Golden/fixtures/nf4/llama").path
    let model = try Inspection.open(folder)
    #expect(model.problems.isEmpty && model.quantization?.contains("14 tensors") == true)
    let query = try #require(model.tensors.first { $0.name.hasSuffix("0.self_attn.q_proj.weight") })
    #expect(query.type == "NF4" && query.shape == [32, 32])
    // Codes, 16 scales of blocks, one of theirs, two maps and the state.
    #expect(query.byteCount > 512 + 16 + 4 + 64 + 1024 && query.byteCount < 2000)
    #expect(!model.tensors.contains { $0.name.hasSuffix("absmax") || $0.name.hasSuffix("_map") })
  }

  @Test func damagedStatesAreProblems() throws {
    func entry(_ name: String, _ shape: String, _ from: Int, _ to: Int) -> String {
      #""\#(name)":{"dtype":"U8","shape":\#(shape),"data_offsets":[\#(from),\#(to)]}"#
    }
    let entries = [
      entry("w.weight", "[8,1]", 0, 8), entry("w.weight.absmax", "[2]", 8, 10),
      entry("w.weight.quant_state.bitsandbytes__nf4", "[2]", 10, 12),
    ]
    let scratch = try Scratch()
    let path = "\(scratch.path)/x.safetensors"
    let bytes = file(
      header: "{" + entries.joined(separator: ",") + "}", data: [UInt8](repeating: 0, count: 12))
    try Data(bytes).write(to: URL(fileURLWithPath: path))
    let found = try Inspection.open(path)
    #expect(found.parameterCount == 16 && found.tensors.map(\.type) == ["4 bits"])
    #expect(found.problems.count == 1 && found.problems[0].contains("quant_state"))
    #expect(found.quantization?.contains("NF4") == true)
  }
}
