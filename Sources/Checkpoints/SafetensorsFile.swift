/// A safetensors file, mapped into memory: opening one costs its header, not its data.
public struct SafetensorsFile: Sendable {
  /// What errors call the file.
  public let path: String
  public let header: SafetensorsHeader
  private let region: ByteRegion
  private let hasPacked: Bool

  /// Opens a file on disk. Throws `CheckpointError` for anything but a valid file.
  public static func open(_ path: String) throws -> SafetensorsFile {
    try open(try MappedFile.open(path), name: path)
  }

  /// Opens a file that is in memory already.
  public static func open(_ region: ByteRegion, name: String) throws -> SafetensorsFile {
    let header = try SafetensorsHeader.read(region.bytes, path: name)
    let hasPacked = header.names.contains {
      $0.hasSuffix(NF4State.suffix) || $0.hasSuffix(NF4State.otherSuffix)
    }
    return SafetensorsFile(path: name, header: header, region: region, hasPacked: hasPacked)
  }

  /// Opens a copy of `bytes`.
  public static func open(_ bytes: [UInt8], name: String = "bytes") throws -> SafetensorsFile {
    try open(ByteRegion(copying: bytes), name: name)
  }

  /// Names of the tensors in order of their data, without the scales of those in fewer bits.
  public var names: [String] { header.names.filter { !isPart($0) } }

  public var metadata: [String: String] { header.metadata }

  public func contains(_ name: String) -> Bool {
    header.entries[name] != nil && !isPart(name)
  }

  /// Whether it is in the file, if only as a part of another.
  func holds(_ name: String) -> Bool { header.entries[name] != nil }

  /// Of a matrix in four bits the one that it stands for.
  public func shape(of name: String) -> [Int]? {
    if isPacked(name), let state = try? nf4State(name) { return [state.rows, state.columns] }
    return header.entries[name]?.shape
  }

  private func isPart(_ name: String) -> Bool {
    isScale(name) || (hasPacked && isPackedCompanion(name))
  }

  /// The type in the file.
  public func type(of name: String) -> SafetensorsType? { header.entries[name]?.type }

  /// The bytes of a tensor as they stand in the file.
  public func bytes(of name: String) throws -> ByteRegion {
    region.region(try entry(name).range)
  }

  func entry(_ name: String) throws -> SafetensorsHeader.Entry {
    if let entry = header.entries[name] { return entry }
    throw CheckpointError(
      path: path, at: .tensor(name),
      "There is no such tensor; the file holds \(Self.sample(of: names)).",
      remedy: "Check that the file belongs to this model.")
  }

  static func sample(of names: [String]) -> String {
    if names.isEmpty { return "none at all" }
    let shown = names.prefix(5).map { "'\($0.excerpt)'" }.joined(separator: ", ")
    return names.count <= 5 ? shown : "\(names.count): \(shown), ..."
  }
}

// MARK: int8 with one scale a row

extension SafetensorsFile {
  /// The metadata key which says that I8 tensors are to be multiplied by a scale a row.
  static let int8Key = "int8_rows"
  static let scaleSuffix = ".row_scale"

  /// The scales of an int8 tensor written by `SafetensorsWriter`; nil for any other tensor.
  func scaleName(of name: String) -> String? {
    guard metadata[Self.int8Key] != nil, header.entries[name]?.type == .i8 else { return nil }
    let scale = name + Self.scaleSuffix
    return header.entries[scale] == nil ? nil : scale
  }

  private func isScale(_ name: String) -> Bool {
    guard metadata[Self.int8Key] != nil, name.hasSuffix(Self.scaleSuffix) else { return false }
    return scaleName(of: String(name.dropLast(Self.scaleSuffix.count))) != nil
  }
}
