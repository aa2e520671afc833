/// What a file or folder holds, as far as its directories and settings say: of the data itself
/// nothing is read, whatever its size.
public struct Inspection: Sendable {
  public enum Kind: String, Sendable {
    case modelFolder = "model folder"
    case ggufModel = "GGUF file"
    case peftAdapter = "PEFT adapter"
    case adapterHubAdapter = "AdapterHub adapter"
    case safetensors = "safetensors file"
    case tokenizer = "tokenizer file"
  }

  public struct TensorFact: Sendable {
    public let name: String
    /// As the format calls it.
    public let type: String
    /// Outermost first, as in the file.
    public let shape: [Int]
    public let byteCount: Int

    /// Numbers that it stands for.
    public var count: Int { shape.reduce(1, *) }
  }

  public let path: String
  public let kind: Kind
  /// `config.json`, a GGUF file's keys as such, or an adapter's settings.
  public internal(set) var config = JSONObject()
  public internal(set) var tensors: [TensorFact] = []
  /// The format's own remarks, such as safetensors' `__metadata__`.
  public internal(set) var metadata: [(key: String, value: String)] = []
  public internal(set) var tokenizer: TokenizerFacts?
  public internal(set) var hasChatTemplate = false
  /// How the weights were made smaller, where they were.
  public internal(set) var quantization: String?
  /// What keeps the whole, or a part, from being loaded.
  public internal(set) var problems: [String] = []

  init(path: String, kind: Kind) {
    self.path = path
    self.kind = kind
  }
}

extension Inspection {
  /// Numbers in all tensors; of packed weights, those that they stand for.
  public var parameterCount: Int { tensors.reduce(0) { $0 + $1.count } }
  public var byteCount: Int { tensors.reduce(0) { $0 + $1.byteCount } }

  /// Of each type how many tensors, numbers and bytes; most bytes first.
  public var types: [(name: String, tensors: Int, count: Int, bytes: Int)] {
    var found: [String: (tensors: Int, count: Int, bytes: Int)] = [:]
    for tensor in tensors {
      var entry = found[tensor.type] ?? (0, 0, 0)
      entry.tensors += 1
      entry.count += tensor.count
      entry.bytes += tensor.byteCount
      found[tensor.type] = entry
    }
    return found.map { ($0.key, $0.value.tensors, $0.value.count, $0.value.bytes) }
      .sorted { ($1.3, $0.0) < ($0.3, $1.0) }
  }

  /// The architecture by the name that library files know it by; nil for what is no model.
  public var architecture: String? {
    switch kind {
    case .modelFolder: return config["model_type"]?.string
    case .ggufModel: return config["general.architecture"]?.string
    default: return nil
    }
  }

  /// The model that an adapter is for, as its settings name it.
  public var base: String? {
    switch kind {
    case .peftAdapter: return config["base_model_name_or_path"]?.string
    case .adapterHubAdapter: return config["model_name"]?.string
    default: return nil
    }
  }
}

// MARK: Opening

extension Inspection {
  /// Looks at a file or folder on disk. Throws `CheckpointError` for what is damaged or unknown.
  public static func open(_ path: String) throws -> Inspection {
    switch FileSystem.kind(of: path) {
    case .folder: return try open(.disk(path))
    case .file: return try open(file: path)
    default:
      throw CheckpointError(
        path: path, "There is no such file or folder.", remedy: "Check the path.")
    }
  }

  public static func open(_ bundle: FileBundle) throws -> Inspection { try open(.memory(bundle)) }

  private static func open(file path: String) throws -> Inspection {
    if GGUFFile.isGGUF(path) { return try gguf(path) }
    let region = try MappedFile.open(path)
    if path.hasSuffix(".safetensors") {
      var found = Inspection(path: path, kind: .safetensors)
      found.add(try SafetensorsFile.open(region, name: path))
      return found
    }
    if path.hasSuffix(".json"), let facts = try? TokenizerFacts(json: region) {
      var found = Inspection(path: path, kind: .tokenizer)
      found.tokenizer = facts
      return found
    }
    throw CheckpointError(
      path: path, "This is no safetensors, GGUF or tokenizer file.",
      remedy: "Data sets are read by `read`; models and adapters are folders or GGUF files.")
  }

  private static func open(_ source: FileSource) throws -> Inspection {
    if source.contains(AdapterFolder.configName) { return try adapter(source) }
    if source.contains(ModelFolder.configName) { return try model(source) }
    let only = source.fileNames.filter { $0.hasSuffix(".gguf") }
    if only.count == 1, case .disk(let folder) = source { return try gguf("\(folder)/\(only[0])") }
    throw CheckpointError(
      path: source.description,
      "A model's folder holds '\(ModelFolder.configName)', an adapter's "
        + "'\(AdapterFolder.configName)'; here \(source.contents).",
      remedy: only.isEmpty ? "Check the path." : "Name one of the GGUF files.")
  }

  private static func model(_ source: FileSource) throws -> Inspection {
    var found = Inspection(path: source.description, kind: .modelFolder)
    found.config = try source.json(ModelFolder.configName, purpose: "the model's configuration")
    try found.addWeights(source)
    found.addTokenizer(source)
    return found
  }

  private static func adapter(_ source: FileSource) throws -> Inspection {
    let config = try source.json(AdapterFolder.configName, purpose: "the adapter's configuration")
    let layout: AdapterFolder.Layout = config["peft_type"] == nil ? .adapterHub : .peft
    var found = Inspection(
      path: source.description, kind: layout == .peft ? .peftAdapter : .adapterHubAdapter)
    found.config = config
    let names = [layout.weightsName] + (layout == .peft ? [] : [AdapterFolder.headName])
    for name in names where source.contains(name) {
      let region = try source.open(name, purpose: "the adapter's tensors")
      found.add(try SafetensorsFile.open(region, name: source.path(of: name)))
    }
    if !source.contains(layout.weightsName) { found.addMissing(layout.weightsName, source) }
    found.addTokenizer(source)
    return found
  }

  private static func gguf(_ path: String) throws -> Inspection {
    let file = try GGUFFile.open(path)
    var found = Inspection(path: path, kind: .ggufModel)
    for (key, value) in file.values where value.array == nil { found.config[key] = value }
    found.tensors = file.names.compactMap { name in
      file.entries[name].map {
        TensorFact(
          name: name, type: $0.type.name, shape: $0.shape, byteCount: $0.range.count)
      }
    }
    found.tokenizer = TokenizerFacts(gguf: file.values)
    found.hasChatTemplate = file.values["tokenizer.chat_template"] != nil
    if let name = found.architecture, !GGUFModel.architectures.contains(name) {
      found.problems.append("GGUF files of the architecture '\(name.excerpt)' are not read here")
    }
    let unread = Set(file.entries.values.map(\.type).filter { !$0.isReadable }.map(\.name))
    if !unread.isEmpty {
      found.problems.append("stored as \(unread.sorted().joined(separator: ", ")), not read here")
    }
    return found
  }
}

// MARK: Parts

extension Inspection {
  fileprivate mutating func add(_ file: SafetensorsFile) {
    var packed = 0
    for name in file.names {
      guard let entry = file.header.entries[name] else { continue }
      if file.isPacked(name) {
        packed += 1
        tensors.append(packedFact(name, in: file, entry))
      } else {
        tensors.append(
          TensorFact(
            name: name, type: entry.type.rawValue, shape: entry.shape,
            byteCount: entry.range.count))
      }
    }
    if packed > 0 { quantization = "NF4 (bitsandbytes), \(packed) tensors" }
    if file.metadata[SafetensorsFile.int8Key] != nil { quantization = "int8, a scale for each row" }
    for (key, value) in file.metadata.sorted(by: { $0.key < $1.key }) where value.count <= 200 {
      metadata.append((key, value))
    }
  }

  /// A matrix in four bits, with the scales that belong to it.
  private mutating func packedFact(
    _ name: String, in file: SafetensorsFile, _ entry: SafetensorsHeader.Entry
  ) -> TensorFact {
    let parts = NF4State.companionSuffixes.compactMap { file.header.entries[name + $0]?.range.count }
    let bytes = parts.reduce(entry.range.count, +)
    do {
      let state = try file.nf4State(name)
      return TensorFact(
        name: name, type: "NF4", shape: [state.rows, state.columns], byteCount: bytes)
    } catch {
      // Two of four bits in each byte, whatever its shape.
      problems.append("\(error)")
      return TensorFact(name: name, type: "4 bits", shape: [entry.count * 2], byteCount: bytes)
    }
  }

  fileprivate mutating func addWeights(_ source: FileSource) throws {
    if source.contains(Weights.singleName) {
      let region = try source.open(Weights.singleName, purpose: "the weights")
      return add(try SafetensorsFile.open(region, name: source.path(of: Weights.singleName)))
    }
    guard source.contains(Weights.indexName) else { return addMissing(Weights.singleName, source) }
    for name in try Weights.shardNames(in: source) {
      guard source.contains(name) else {
        problems.append("'\(name.excerpt)' is missing, which the index of the weights names")
        continue
      }
      let region = try source.open(name, purpose: "a part of the weights")
      add(try SafetensorsFile.open(region, name: source.path(of: name)))
    }
  }

  fileprivate mutating func addMissing(_ name: String, _ source: FileSource) {
    let pickle = source.fileNames.first { $0.hasSuffix(".bin") || $0.hasSuffix(".pt") }
    let what = pickle.map { "; '\($0.excerpt)' is a pickle, which is never opened" } ?? ""
    problems.append("'\(name)' is missing\(what)")
  }

  fileprivate mutating func addTokenizer(_ source: FileSource) {
    if source.contains("tokenizer.json") {
      do {
        tokenizer = try TokenizerFacts(
          json: source.open("tokenizer.json", purpose: "the tokenizer"))
      } catch {
        problems.append("'tokenizer.json' is damaged")
      }
    }
    let settings = try? source.json("tokenizer_config.json", purpose: "the tokenizer's settings")
    hasChatTemplate =
      source.contains("chat_template.jinja")
      || (settings?["chat_template"]).map { !$0.isNull } ?? false
  }
}
