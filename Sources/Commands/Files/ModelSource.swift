import Checkpoints
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
      let name = "tokenizer_config.json"
      let configuration =
        folder.source.contains(name)
        ? try folder.source.open(name, purpose: "the tokenizer's settings").array : nil
      return try ModelSource.tokenizer(
        try folder.tokenizer().array, configuration, path: folder.tokenizerPath,
        remedy: "Take tokenizer.json from the model that the folder is of.")
    }
  }

  init(_ model: GGUFModel) throws {
    path = model.path
    settings = "what \(model.path) says of its model"
    type = model.config["model_type"]?.string ?? ""
    config = model.config
    weights = { model }
    maximumLength = nil
    tokenizer = {
      guard model.hasTokenizer else { return nil }
      return try ModelSource.tokenizer(
        try model.tokenizer(), model.tokenizerConfiguration(), path: model.path,
        remedy: "Take the model as a folder with its tokenizer.json.")
    }
  }

  private static func tokenizer(
    _ bytes: [UInt8], _ configuration: [UInt8]?, path: String, remedy: String
  ) throws -> TokenizerValue {
    do {
      return TokenizerValue(
        try TokenizerFile.load(bytes, configuration: configuration), file: bytes)
    } catch let error as TokenizerError {
      throw CheckpointError(path: path, error.message, remedy: remedy)
    }
  }
}
