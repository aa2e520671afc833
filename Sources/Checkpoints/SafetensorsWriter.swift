/// Writes safetensors files: the same tensors give the same bytes, in the order that the format's
/// own library uses.
public enum SafetensorsWriter {
  /// A tensor as it will stand in the file.
  public struct Entry: Sendable {
    public let name: String
    public let type: SafetensorsType
    public let shape: [Int]
    public let data: ByteRegion

    public init(name: String, type: SafetensorsType, shape: [Int], data: ByteRegion) {
      self.name = name
      self.type = type
      self.shape = shape
      self.data = data
    }
  }

  /// What other tools expect of files that hold PyTorch-like tensors.
  public static let defaultMetadata = ["format": "pt"]

  /// The file as a list of parts: header, then the data of each tensor. `path` is for errors.
  public static func parts(
    _ entries: [Entry], metadata: [String: String] = defaultMetadata, path: String = "bytes"
  ) throws -> [ByteRegion] {
    let sorted = entries.sorted {
      $0.type.rank != $1.type.rank
        ? $0.type.rank > $1.type.rank
        : $0.name.utf8.lexicographicallyPrecedes($1.name.utf8)
    }
    var seen: Set<String> = []
    var header = "{"
    appendMetadata(metadata, to: &header)
    var offset = 0
    for entry in sorted {
      try check(entry, path: path)
      guard seen.insert(entry.name).inserted && entry.name != "__metadata__" else {
        throw CheckpointError(
          path: path, at: .tensor(entry.name), "The name is used twice or reserved.",
          remedy: "Give each tensor a name of its own.")
      }
      if header.utf8.count > 1 { header += "," }
      header += quoted(entry.name) + ":{\"dtype\":\"\(entry.type.rawValue)\",\"shape\":["
      header += entry.shape.map(String.init).joined(separator: ",")
      header += "],\"data_offsets\":[\(offset),\(offset + entry.data.count)]}"
      offset += entry.data.count
    }
    header += "}"
    var bytes = Array(header.utf8)
    while bytes.count % 8 != 0 { bytes.append(UInt8(ascii: " ")) }
    let length = withUnsafeBytes(of: UInt64(bytes.count).littleEndian) { Array($0) }
    return [ByteRegion(copying: length + bytes)] + sorted.map(\.data)
  }

  /// The whole file in memory.
  public static func bytes(
    _ entries: [Entry], metadata: [String: String] = defaultMetadata
  ) throws -> [UInt8] {
    try parts(entries, metadata: metadata).flatMap(\.array)
  }

  /// Writes to a temporary file beside `path`, then renames it: readers see the old file or the
  /// new one, never a part.
  public static func write(
    _ entries: [Entry], to path: String, metadata: [String: String] = defaultMetadata
  ) throws {
    let regions = try parts(entries, metadata: metadata, path: path)
    let temporary = FileSystem.temporary(for: path)
    do {
      try withExtendedLifetime(regions) {
        try FileSystem.write(regions.map(\.bytes), to: temporary)
      }
      try FileSystem.move(temporary, to: path)
    } catch {
      FileSystem.remove(temporary)
      throw error
    }
  }

  private static func check(_ entry: Entry, path: String) throws {
    let count = entry.shape.reduce(1, *)
    guard count * entry.type.bits == entry.data.count * 8 else {
      throw CheckpointError(
        path: path, at: .tensor(entry.name),
        "Shape \(entry.shape) of \(entry.type.rawValue) does not fit \(entry.data.count) bytes.",
        remedy: "Pass the bytes of the whole tensor.")
    }
  }

  private static func appendMetadata(_ metadata: [String: String], to header: inout String) {
    if metadata.isEmpty { return }
    let members = metadata.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
    header += "\"__metadata__\":{"
    header += members.map { quoted($0.key) + ":" + quoted($0.value) }.joined(separator: ",")
    header += "}"
  }

  /// A JSON string as the format's library writes it: UTF-8 as it is, only what must be escaped.
  private static func quoted(_ text: String) -> String {
    var output = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": output += "\\\""
      case "\\": output += "\\\\"
      case "\n": output += "\\n"
      case "\r": output += "\\r"
      case "\t": output += "\\t"
      case "\u{8}": output += "\\b"
      case "\u{C}": output += "\\f"
      case _ where scalar.value < 0x20:
        output += scalar.value < 16 ? "\\u000" : "\\u00"
        output += String(scalar.value, radix: 16)
      default: output.unicodeScalars.append(scalar)
      }
    }
    return output + "\""
  }
}
