import Tensor

/// A GGUF file (version 3, and 2, which is laid out alike), mapped into memory: magic, version,
/// counts, typed key-values, the tensors' names, sizes and places, then their data. Sizes stand
/// innermost first, the reverse of ours.
public struct GGUFFile: Sendable {
  public struct Entry: Sendable, Equatable {
    public let type: GGUFType
    /// Outermost first.
    public let shape: [Int]
    /// Byte offsets into the file.
    public let range: Range<Int>
  }

  /// What errors call the file.
  public let path: String
  public let values: JSONObject
  public let entries: [String: Entry]
  /// In order of the directory.
  public let names: [String]
  private let region: ByteRegion

  static let magic: [UInt8] = Array("GGUF".utf8)

  /// Whether a file begins as GGUF files do.
  public static func isGGUF(_ path: String) -> Bool {
    guard FileSystem.kind(of: path) == .file, let region = try? MappedFile.open(path) else {
      return false
    }
    return region.bytes.starts(with: magic)
  }

  public static func open(_ path: String) throws -> GGUFFile {
    try GGUFFile(try MappedFile.open(path), path: path)
  }

  public static func open(_ bytes: [UInt8], name: String = "bytes") throws -> GGUFFile {
    try GGUFFile(ByteRegion(copying: bytes), path: name)
  }

  private init(_ region: ByteRegion, path: String) throws {
    self.region = region
    self.path = path
    var reader = GGUFReader(region.bytes, path: path)
    guard region.bytes.starts(with: Self.magic) else {
      throw CheckpointError(
        path: path, at: .byte(0), "A GGUF file begins with the letters GGUF; this one does not.",
        remedy: "Check what the file is.")
    }
    _ = try reader.integer(UInt32.self, "the magic number")
    let version = try reader.integer(UInt32.self, "the version")
    guard version == 2 || version == 3 else {
      throw CheckpointError(
        path: path, at: .byte(4), "The file is of GGUF version \(version); 2 and 3 are read here.",
        remedy: "Convert the model again with a current tool.")
    }
    // A tensor's entry takes at least 24 bytes, a key with its value 13.
    let tensors = try reader.count("the number of tensors", eachAtLeast: 24)
    let keys = try reader.count("the number of keys", eachAtLeast: 13)
    values = try Self.readValues(&reader, count: keys)
    let alignment = values["general.alignment"]?.int ?? 32
    guard alignment > 0, alignment <= 1 << 20, alignment & (alignment - 1) == 0 else {
      throw reader.failure("The alignment \(alignment) is no power of two below 2^20.")
    }
    (entries, names) = try Self.readEntries(&reader, count: tensors, alignment: alignment)
  }

  private static func readValues(_ reader: inout GGUFReader, count: Int) throws -> JSONObject {
    var values = JSONObject()
    for _ in 0..<count {
      let key = try reader.string("a key")
      guard values[key] == nil else {
        throw reader.failure("The key '\(key.excerpt)' stands twice.")
      }
      let type = try reader.integer(UInt32.self, "the type of '\(key.excerpt)'")
      values[key] = try reader.value(type, of: key)
    }
    return values
  }

  private static func readEntries(
    _ reader: inout GGUFReader, count: Int, alignment: Int
  ) throws -> ([String: Entry], [String]) {
    var pending: [(name: String, type: GGUFType, shape: [Int], bytes: Int, offset: UInt64)] = []
    for _ in 0..<count {
      let name = try reader.string("the name of a tensor")
      let (type, shape, bytes) = try readShape(&reader, of: name)
      let offset = try reader.integer(UInt64.self, "the place of '\(name.excerpt)'")
      pending.append((name, type, shape, bytes, offset))
    }
    reader.align(to: alignment)
    let (start, size) = (reader.position, reader.left)
    var entries: [String: Entry] = [:]
    for tensor in pending {
      guard tensor.offset % UInt64(alignment) == 0 else {
        throw reader.failure(
          "'\(tensor.name.excerpt)' does not begin at a multiple of \(alignment).")
      }
      guard tensor.bytes <= size, tensor.offset <= UInt64(size - tensor.bytes) else {
        throw reader.failure(
          "'\(tensor.name.excerpt)' should have \(tensor.bytes) bytes from byte \(tensor.offset) of "
            + "the data, but the data has only \(size).")
      }
      let first = start + Int(tensor.offset)
      let entry = Entry(
        type: tensor.type, shape: tensor.shape, range: first..<first + tensor.bytes)
      guard entries.updateValue(entry, forKey: tensor.name) == nil else {
        throw reader.failure("The tensor '\(tensor.name.excerpt)' stands twice.")
      }
    }
    return (entries, pending.map(\.name))
  }

  private static func readShape(
    _ reader: inout GGUFReader, of name: String
  ) throws -> (GGUFType, [Int], bytes: Int) {
    let rank = try reader.integer(UInt32.self, "the rank of '\(name.excerpt)'")
    guard rank <= 4 else {
      throw reader.failure("'\(name.excerpt)' has \(rank) axes; the format allows four.")
    }
    var sizes: [Int] = []
    for _ in 0..<rank {
      let size = try reader.integer(UInt64.self, "the shape of '\(name.excerpt)'")
      // A bound that no tensor reaches keeps the products below from overflowing a word.
      guard size <= 1 << 40 else {
        throw reader.failure("'\(name.excerpt)' is too large for any file.")
      }
      sizes.append(Int(size))
    }
    let number = try reader.integer(UInt32.self, "the type of '\(name.excerpt)'")
    guard let type = GGUFType(rawValue: number) else {
      throw unread(path: reader.path, name, "number \(number)")
    }
    let row = sizes.first ?? 1
    guard row % type.blockSize == 0 else {
      throw reader.failure(
        "The rows of '\(name.excerpt)' have \(row) elements, no multiple of the \(type.blockSize) of "
          + "a \(type.name) block.")
    }
    // Axes of size 0 are left out of the bound, or one could hide a product that no word holds.
    var bound = type.blockBytes
    for size in sizes {
      let (product, isTooLarge) = bound.multipliedReportingOverflow(by: max(size, 1))
      guard !isTooLarge else {
        throw reader.failure("'\(name.excerpt)' is too large for any file.")
      }
      bound = product
    }
    let bytes = sizes.dropFirst().reduce(row / type.blockSize * type.blockBytes, *)
    return (type, Array(sizes.reversed()), bytes)
  }

  private static func unread(path: String, _ tensor: String, _ type: String) -> CheckpointError {
    let known = GGUFType.allCases.filter(\.isReadable).map(\.name).joined(separator: ", ")
    return CheckpointError(
      path: path, at: .tensor(tensor), "It is stored as \(type), which is not read here.",
      remedy: "Take the model as \(known), or as safetensors.")
  }

  /// A tensor by name: F32 and F64 as they are, all else as f32; with `keepBlocks` matrices in blocks
  /// as views of the file.
  public func tensor(_ name: String, keepBlocks: Bool = false) throws -> Tensor {
    guard let entry = entries[name] else {
      throw CheckpointError(
        path: path, at: .tensor(name),
        "There is no such tensor; the file holds \(SafetensorsFile.sample(of: names)).",
        remedy: "Check that the file belongs to this model.")
    }
    guard let reading = entry.type.reading else {
      throw Self.unread(path: path, name, entry.type.name)
    }
    let data = region.region(entry.range)
    let source = data.isAligned(to: 8) ? data : ByteRegion(copying: data.bytes)
    let storage = Storage(external: source.start, byteCount: source.count, owner: source.owner)
    let engine = Engine(math: .fast)
    return try withExtendedLifetime(source) {
      switch reading {
      case .plain(let type):
        let stored = Tensor(storage: storage, shape: entry.shape, dtype: type)
        return type == .bf16 ? try engine.cast(stored, to: .f32) : stored
      case .half: return try engine.decodeHalf(source.bytes, shape: entry.shape)
      case .blocks(let kind) where keepBlocks && entry.shape.count == 2:
        return Tensor(
          Quantization(
            .file(kind), rows: entry.shape[0], columns: entry.shape[1], codes: storage))
      case .blocks(let kind):
        return try engine.decodeBlocks(source.bytes, kind, shape: entry.shape)
      }
    }
  }
}
