import Tensor

/// The tensors of a model: of one safetensors file, or of several with an index.
public struct Weights: Sendable {
  /// What errors call it: the file, or the index.
  public let path: String
  public let files: [SafetensorsFile]
  private let places: [String: Int]

  public init(_ file: SafetensorsFile) {
    path = file.path
    files = [file]
    places = Dictionary(uniqueKeysWithValues: file.names.map { ($0, 0) })
  }

  static let singleName = "model.safetensors"
  static let indexName = "model.safetensors.index.json"

  /// Opens `model.safetensors`, or the shards that `model.safetensors.index.json` names.
  static func open(in source: FileSource) throws -> Weights {
    if source.contains(singleName) || !source.contains(indexName) {
      let region = try source.open(singleName, purpose: "the weights")
      return Weights(try SafetensorsFile.open(region, name: source.path(of: singleName)))
    }
    return try Weights(indexIn: source)
  }

  private init(indexIn source: FileSource) throws {
    path = source.path(of: Weights.indexName)
    let map = try Weights.map(in: source)
    var files: [SafetensorsFile] = []
    var numbers: [String: Int] = [:]
    var places: [String: Int] = [:]
    for (name, value) in map {
      guard let fileName = value.string, Weights.isPlain(fileName) else {
        throw CheckpointError(
          path: path, at: .tensor(name), "The index must name a file of the same folder for it.",
          remedy: "Download the index again.")
      }
      if numbers[fileName] == nil {
        let region = try source.open(fileName, purpose: "a part of the weights, says the index")
        numbers[fileName] = files.count
        files.append(try SafetensorsFile.open(region, name: source.path(of: fileName)))
      }
      guard let number = numbers[fileName], files[number].holds(name) else {
        throw CheckpointError(
          path: path, at: .tensor(name),
          "The index says that '\(fileName)' holds it, which it "
            + "does not.", remedy: "Download the index and its files again, from one place.")
      }
      places[name] = number
    }
    self.files = files
    self.places = places
  }

  /// The index: the name of each tensor, and the file that holds it.
  private static func map(in source: FileSource) throws -> JSONObject {
    let index = try source.json(indexName, purpose: "the index of the weights")
    if let map = index["weight_map"]?.object { return map }
    throw CheckpointError(
      path: source.path(of: indexName), at: .key("weight_map"),
      "The index must map the name of each tensor to the file that holds it.",
      remedy: "Download the index again.")
  }

  /// The files that the index names, whether they are there or not.
  static func shardNames(in source: FileSource) throws -> [String] {
    Set(try map(in: source).compactMap { $0.value.string }.filter(isPlain)).sorted()
  }

  /// A name without a folder in it: an index must not lead out of its folder.
  private static func isPlain(_ name: String) -> Bool {
    !name.isEmpty && !name.contains("/") && name != "." && name != ".." && !name.contains("\0")
  }

  /// File by file, in order of the data; only what the index names.
  public var names: [String] {
    files.enumerated().flatMap { number, file in file.names.filter { places[$0] == number } }
  }

  public func contains(_ name: String) -> Bool { places[name] != nil }

  public func shape(of name: String) -> [Int]? { file(of: name)?.shape(of: name) }

  public func type(of name: String) -> SafetensorsType? { file(of: name)?.type(of: name) }

  public func file(of name: String) -> SafetensorsFile? { places[name].map { files[$0] } }

  /// See `SafetensorsFile.tensor`.
  public func tensor(_ name: String, keepBF16: Bool = false) throws -> Tensor {
    guard let file = file(of: name) else {
      throw CheckpointError(
        path: path, at: .tensor(name),
        "There is no such tensor; the weights hold \(SafetensorsFile.sample(of: names)).",
        remedy: "Check that the weights belong to this model.")
    }
    return try file.tensor(name, keepBF16: keepBF16)
  }
}

extension FileSource {
  /// Reads a file as a JSON object.
  public func json(_ name: String, purpose: String) throws -> JSONObject {
    let region = try open(name, purpose: purpose)
    do {
      let value = try JSONParser.parse(region.bytes)
      if let object = value.object { return object }
      throw CheckpointError(
        path: path(of: name), at: .byte(0), "An object was expected here, not \(value.typeName).",
        remedy: "Check that this is the right file.")
    } catch let error as JSONError {
      throw CheckpointError(
        path: path(of: name), at: .byte(error.offset),
        "The file is not valid JSON: \(error.problem).",
        remedy: "Correct it, or download it again.")
    }
  }
}
