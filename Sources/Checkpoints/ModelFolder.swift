/// A model as Hugging Face tools store one: configuration, weights, tokenizer.
public struct ModelFolder: Sendable {
  public let source: FileSource
  /// The contents of `config.json`.
  public let config: JSONObject

  static let configName = "config.json"

  /// Opens a folder on disk. Throws `CheckpointError` if it is none, or holds no `config.json`.
  public static func open(_ path: String) throws -> ModelFolder {
    switch FileSystem.kind(of: path) {
    case .folder: return try open(.disk(path))
    case nil:
      throw CheckpointError(
        path: path, "There is no such folder.", remedy: "Check the path.")
    default:
      throw CheckpointError(
        path: path,
        "This is a file; a model is a folder with 'config.json' and "
          + "'model.safetensors'.", remedy: "Name the folder that the file is in.")
    }
  }

  /// Opens a model that is in memory, such as one embedded in the binary.
  public static func open(_ bundle: FileBundle) throws -> ModelFolder { try open(.memory(bundle)) }

  private static func open(_ source: FileSource) throws -> ModelFolder {
    if !source.contains(configName) && source.contains(AdapterFolder.configName) {
      throw CheckpointError(
        path: source.description, "This is the folder of an adapter, not of a whole model.",
        remedy: "Load the adapter's base model first, then load the adapter onto it.")
    }
    return ModelFolder(
      source: source,
      config: try source.json(configName, purpose: "the model's configuration"))
  }

  /// What errors call the folder.
  public var path: String { source.description }

  /// `model_type` of the configuration: `"bert"`, `"gpt2"`, `"llama"`, ...
  public func modelType() throws -> String {
    if let type = config["model_type"]?.string { return type }
    throw CheckpointError(
      path: source.path(of: Self.configName), at: .key("model_type"),
      "The configuration does not say which architecture the model has.",
      remedy: "Add \"model_type\", for example \"bert\" or \"llama\".")
  }

  /// True if the folder holds weights in a form that `weights()` reads.
  public var hasWeights: Bool {
    source.contains(Weights.singleName) || source.contains(Weights.indexName)
  }

  /// Opens the weights; their data is read when it is used.
  public func weights() throws -> Weights {
    if !hasWeights {
      let names = source.fileNames
      if let pickle = names.first(where: { $0.hasSuffix(".bin") || $0.hasSuffix(".pt") }) {
        throw CheckpointError(
          path: path,
          "'\(Weights.singleName)' was expected here; '\(pickle.excerpt)' is a pickle, "
            + "which can run code and is never opened.",
          remedy: "Convert the model to safetensors, or get a copy that has them.")
      }
    }
    return try Weights.open(in: source)
  }

  /// A JSON file of the folder, such as `generation_config.json`; nil if it is not there.
  public func json(_ name: String) throws -> JSONObject? {
    source.contains(name) ? try source.json(name, purpose: "settings") : nil
  }

  public var hasTokenizer: Bool { source.contains("tokenizer.json") }

  /// The bytes of `tokenizer.json`.
  public func tokenizer() throws -> ByteRegion {
    try source.open("tokenizer.json", purpose: "the tokenizer")
  }

  /// Where `tokenizer.json` is; for a model in memory, what errors call it.
  public var tokenizerPath: String { source.path(of: "tokenizer.json") }

  /// `tokenizer_config.json`, which also holds the chat template; nil if it is not there.
  public func tokenizerConfig() throws -> JSONObject? { try json("tokenizer_config.json") }

  /// A text file of the folder, such as `chat_template.jinja`; nil if it is not there.
  public func text(_ name: String) throws -> String? {
    guard source.contains(name) else { return nil }
    let region = try source.open(name, purpose: "text")
    if let text = String(validating: region.bytes, as: UTF8.self) { return text }
    throw CheckpointError(
      path: source.path(of: name), "The file is not valid UTF-8.",
      remedy: "Save it as UTF-8 text.")
  }
}
