import Checkpoints
import Foundation
import Interpreter
import Tokenizers

/// A model as it is stored, whatever the format: a Hugging Face folder, or one GGUF file.
struct ModelSource {
  let path: String
  /// What errors call the configuration.
  let settings: String
  let type: String
  let config: JSONObject
  let weights: () throws -> any TensorSource
  /// Nil where the source holds none.
  let tokenizer: () throws -> TokenizerValue?
  /// The most tokens that its author lets through; nil: as many as the model has positions.
  let maximumLength: Int?

  init(_ folder: ModelFolder) throws {
    path = folder.path
    settings = "the config.json of \(folder.path)"
    type = try folder.modelType()
    config = folder.config
    weights = { try folder.weights() }
    maximumLength = try folder.json("tokenizer_config.json")?["model_max_length"]?.int
    tokenizer = {
      guard folder.hasTokenizer else { return nil }
      let companions = try Self.companionNames.filter(folder.source.contains).map {
        (name: $0, bytes: try folder.source.open($0, purpose: "the tokenizer's settings").array)
      }
      return try ModelSource.tokenizer(
        try folder.tokenizer().array, companions, path: folder.tokenizerPath,
        remedy: "Take tokenizer.json from the model that the folder is of.")
    }
  }

  private static let companionNames = ["tokenizer_config.json", "chat_template.jinja"]

  init(_ model: GGUFModel) throws {
    path = model.path
    settings = "what \(model.path) says of its model"
    type = model.config["model_type"]?.string ?? ""
    config = model.config
    weights = { model }
    maximumLength = nil
    tokenizer = {
      guard model.file.hasTokenizer else { return nil }
      return try ModelSource.tokenizer(of: model.file)
    }
  }

  /// The tokenizer of a GGUF file, whatever its model is.
  static func tokenizer(of file: GGUFFile) throws -> TokenizerValue {
    try tokenizer(
      try file.tokenizer(), [("tokenizer_config.json", file.tokenizerConfiguration())],
      path: file.path, remedy: "Take the model as a folder with its tokenizer.json.")
  }

  /// The tokenizer of a `tokenizer.json`, with what stands beside it.
  static func tokenizer(file path: String) throws -> TokenizerValue {
    let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
    let companions = try companionNames.map { "\(folder)/\($0)" }
      .filter(FileManager.default.fileExists).map {
        (name: URL(fileURLWithPath: $0).lastPathComponent, bytes: try MappedFile.open($0).array)
      }
    return try tokenizer(
      try MappedFile.open(path).array, companions, path: path,
      remedy: "Take tokenizer.json from a model's folder.")
  }

  private static func tokenizer(
    _ bytes: [UInt8], _ companions: [(name: String, bytes: [UInt8])], path: String, remedy: String
  ) throws -> TokenizerValue {
    let template = companions.first { $0.name.hasSuffix(".jinja") }
    do {
      let tokenizer = try TokenizerFile.load(
        bytes, configuration: companions.first { $0.name.hasSuffix(".json") }?.bytes,
        chatTemplate: template.map { String(decoding: $0.bytes, as: UTF8.self) })
      return TokenizerValue(tokenizer, file: bytes, companions: companions)
    } catch let error as TokenizerError {
      throw CheckpointError(path: path, error.message, remedy: remedy)
    }
  }
}
