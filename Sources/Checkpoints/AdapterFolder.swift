import Tensor

/// An adapter as a folder: settings and named tensors. Which name belongs to which site, and what
/// the settings mean, is for the caller to say.
public struct AdapterFolder: Sendable {
  /// Whose file names the folder uses.
  public enum Layout: Sendable, CaseIterable {
    /// `adapter_config.json`, `adapter_model.safetensors`.
    case peft
    /// `adapter_config.json`, `adapter.safetensors`, and perhaps `head_config.json` with
    /// `model_head.safetensors`.
    case adapterHub

    var weightsName: String {
      self == .peft ? "adapter_model.safetensors" : "adapter.safetensors"
    }
  }

  static let configName = "adapter_config.json"
  static let headConfigName = "head_config.json"
  static let headName = "model_head.safetensors"

  public let path: String
  public let layout: Layout
  public let config: JSONObject
  public let tensors: SafetensorsFile
  /// AdapterHub's prediction head, if the folder has one.
  public let headConfig: JSONObject?
  public let headTensors: SafetensorsFile?

  /// Opens a folder on disk. Throws `CheckpointError`.
  public static func open(_ path: String) throws -> AdapterFolder {
    guard FileSystem.kind(of: path) == .folder else {
      throw CheckpointError(
        path: path, "There is no such folder.",
        remedy: "Name the folder that holds '\(configName)'.")
    }
    return try AdapterFolder(.disk(path))
  }

  public static func open(_ bundle: FileBundle) throws -> AdapterFolder {
    try AdapterFolder(.memory(bundle))
  }

  private init(_ source: FileSource) throws {
    path = source.description
    config = try source.json(Self.configName, purpose: "the adapter's configuration")
    let found = Layout.allCases.first { source.contains($0.weightsName) }
    if found == nil, let pickle = source.fileNames.first(where: { $0.hasSuffix(".bin") }) {
      throw CheckpointError(
        path: path,
        "'\(Layout.peft.weightsName)' was expected here; '\(pickle.excerpt)' is a "
          + "pickle, which can run code and is never opened.",
        remedy: "Save the adapter again with safetensors.")
    }
    layout = found ?? .peft
    let region = try source.open(layout.weightsName, purpose: "the adapter's tensors")
    tensors = try SafetensorsFile.open(region, name: source.path(of: layout.weightsName))
    let hasHead = layout == .adapterHub && source.contains(Self.headName)
    headConfig =
      hasHead && source.contains(Self.headConfigName)
      ? try source.json(Self.headConfigName, purpose: "the head's configuration") : nil
    headTensors =
      hasHead
      ? try SafetensorsFile.open(
        try source.open(Self.headName, purpose: "the head"), name: source.path(of: Self.headName))
      : nil
  }
}

// MARK: Saving

extension AdapterFolder {
  /// A prediction head in AdapterHub's layout.
  public struct Head {
    public let config: JSONObject
    public let tensors: [(name: String, tensor: Tensor)]

    public init(config: JSONObject, tensors: [(name: String, tensor: Tensor)]) {
      self.config = config
      self.tensors = tensors
    }
  }

  /// Writes an adapter's folder, whole or not at all; replaces an earlier save, no other folder.
  ///
  /// The settings are written with sorted keys, as PEFT writes them. `head` is for AdapterHub's
  /// layout; PEFT keeps heads among the tensors.
  public static func save(
    to path: String, config: JSONObject, tensors: [(name: String, tensor: Tensor)],
    layout: Layout = .peft, head: Head? = nil, as type: SafetensorsWriter.StoredType = .unchanged
  ) throws {
    var files = [jsonFile(configName, config)]
    files.append(try tensorFile(layout.weightsName, tensors, type, path))
    if let head {
      files.append(jsonFile(headConfigName, head.config))
      files.append(try tensorFile(headName, head.tensors, type, path))
    }
    try FolderWriter(path: path, marker: configName, kind: "an adapter's folder").write(files)
  }
}

extension ModelFolder {
  /// Writes a model's folder, whole or not at all; replaces an earlier save, but no other folder.
  /// - Parameter files: further files, such as `tokenizer.json`, as they are.
  /// - Parameter shardBytes: no file of weights gets larger, unless by one tensor alone; with nil there is one.
  public static func save(
    to path: String, config: JSONObject, tensors: [(name: String, tensor: Tensor)],
    files others: [(name: String, bytes: ByteRegion)] = [],
    as type: SafetensorsWriter.StoredType = .unchanged, shardBytes: Int? = nil
  ) throws {
    var files = [jsonFile(configName, config, end: "\n")]
    files += try weightFiles(tensors, type, shardBytes, path)
    files += others.map { ($0.name, [$0.bytes]) }
    try FolderWriter(path: path, marker: configName, kind: "a model's folder").write(files)
  }
}

/// One file, or several with the index that says which tensor is in which.
private func weightFiles(
  _ tensors: [(name: String, tensor: Tensor)], _ type: SafetensorsWriter.StoredType, _ limit: Int?,
  _ folder: String
) throws -> [(name: String, parts: [ByteRegion])] {
  guard let limit else { return [try tensorFile(Weights.singleName, tensors, type, folder)] }
  var shards: [[SafetensorsWriter.Entry]] = []
  var room = 0
  for named in tensors {
    // A tensor's scales stay with it.
    let entries = try SafetensorsWriter.entries([named], as: type)
    let size = entries.reduce(0) { $0 + $1.data.count }
    if size > room || shards.isEmpty {
      shards.append([])
      room = limit
    }
    room -= size
    shards[shards.count - 1] += entries
  }
  guard shards.count > 1 else { return [try tensorFile(Weights.singleName, tensors, type, folder)] }
  var (files, map) = ([(name: String, parts: [ByteRegion])](), JSONObject())
  for (number, entries) in shards.enumerated() {
    let name = "model-\(padded(number + 1))-of-\(padded(shards.count)).safetensors"
    let metadata = SafetensorsWriter.metadata(for: type)
    let parts = try SafetensorsWriter.parts(
      entries, metadata: metadata, path: "\(folder)/\(name)")
    files.append((name, parts))
    for entry in entries { map[entry.name] = .string(name) }
  }
  let size = shards.joined().reduce(0) { $0 + $1.data.count }
  let index: JSONObject = ["metadata": ["total_size": .int(size)], "weight_map": .object(map)]
  return files + [jsonFile(Weights.indexName, index, end: "\n")]
}

private func padded(_ number: Int) -> String {
  String(repeating: "0", count: max(0, 5 - String(number).count)) + String(number)
}

/// Sorted and indented as PEFT and Transformers write their settings; only the latter end the line.
private func jsonFile(_ name: String, _ object: JSONObject, end: String = "") -> (
  name: String, parts: [ByteRegion]
) {
  let text = JSONValue.object(object).text(.indented, sortedKeys: true) + end
  return (name, [ByteRegion(copying: Array(text.utf8))])
}

private func tensorFile(
  _ name: String, _ tensors: [(name: String, tensor: Tensor)], _ type: SafetensorsWriter.StoredType,
  _ folder: String
) throws -> (name: String, parts: [ByteRegion]) {
  let parts = try SafetensorsWriter.parts(tensors, as: type, path: "\(folder)/\(name)")
  return (name, parts)
}
