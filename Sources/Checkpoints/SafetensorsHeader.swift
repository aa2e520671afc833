/// The directory of a safetensors file: u64 length (little-endian), that many bytes of JSON, data.
///
/// Nothing in it is trusted: `read` checks the length against the file, the JSON, each type and
/// shape, and that the tensors cover the data exactly, without overlap and without gap.
public struct SafetensorsHeader: Sendable {
  public struct Entry: Sendable, Equatable {
    public let type: SafetensorsType
    public let shape: [Int]
    /// Byte offsets into the file, not into its data.
    public let range: Range<Int>

    public var count: Int { shape.reduce(1, *) }
  }

  public let entries: [String: Entry]
  public let metadata: [String: String]
  /// In order of their data.
  public let names: [String]

  /// The format's own bound on the header, so that a lie about its length costs nothing.
  static let maximumLength = 100_000_000
  private static let remedy = "The file is damaged or incomplete: copy or download it again."

  /// Throws `CheckpointError`, whose path is `path`.
  public static func read(_ bytes: UnsafeRawBufferPointer, path: String) throws -> Self {
    guard bytes.count >= 8 else {
      throw CheckpointError(
        path: path, at: .byte(bytes.count),
        "A safetensors file begins with 8 bytes of header length, but this file has only "
          + "\(bytes.count) bytes.", remedy: remedy)
    }
    let length = UInt64(littleEndian: bytes.loadUnaligned(as: UInt64.self))
    guard length <= UInt64(maximumLength) else {
      throw CheckpointError(
        path: path, at: .byte(0),
        "The header claims to be \(length) bytes long; at most \(maximumLength) are allowed.",
        remedy: "This is probably no safetensors file; check what it is.")
    }
    guard Int(length) <= bytes.count - 8 else {
      throw CheckpointError(
        path: path, at: .byte(0),
        "The header claims to be \(length) bytes long, but only \(bytes.count - 8) follow.",
        remedy: remedy)
    }
    let json = UnsafeRawBufferPointer(rebasing: bytes[8..<8 + Int(length)])
    let reader = Reader(path: path, dataStart: 8 + Int(length), fileCount: bytes.count)
    return try reader.header(try reader.parse(json))
  }
}

/// Checks a header's JSON against the file's size.
private struct Reader {
  let path: String
  let dataStart: Int
  let fileCount: Int

  func parse(_ json: UnsafeRawBufferPointer) throws -> JSONObject {
    guard json.first == UInt8(ascii: "{") else {
      throw CheckpointError(
        path: path, at: .byte(8), "The header must begin with '{'.",
        remedy: "This is probably no safetensors file; check what it is.")
    }
    do {
      // Six levels are more than a header needs.
      let value = try JSONParser.parse(json, duplicates: .reject, maximumDepth: 6)
      return value.object ?? JSONObject()
    } catch let error as JSONError {
      throw CheckpointError(
        path: path, at: .byte(8 + error.offset), "The header is not valid JSON: \(error.problem).",
        remedy: "The file is damaged: copy or download it again.")
    }
  }

  func header(_ json: JSONObject) throws -> SafetensorsHeader {
    var entries: [String: SafetensorsHeader.Entry] = [:]
    var metadata: [String: String] = [:]
    for (name, value) in json {
      if name == "__metadata__" {
        metadata = try readMetadata(value)
      } else {
        entries[name] = try entry(name, value)
      }
    }
    let names = entries.keys.sorted { a, b in
      let (left, right) = (entries[a]?.range, entries[b]?.range)
      let (low, high) = (left?.lowerBound ?? 0, right?.lowerBound ?? 0)
      if low != high { return low < high }
      // An empty tensor stands at the start of the one behind it.
      let (lowEnd, highEnd) = (left?.upperBound ?? 0, right?.upperBound ?? 0)
      return lowEnd != highEnd ? lowEnd < highEnd : a < b
    }
    try checkCover(names, entries)
    return SafetensorsHeader(entries: entries, metadata: metadata, names: names)
  }

  private func readMetadata(_ value: JSONValue) throws -> [String: String] {
    guard let object = value.object else {
      throw failure(.key("__metadata__"), "It must be an object of strings.")
    }
    var metadata: [String: String] = [:]
    for (key, value) in object {
      guard let text = value.string else {
        throw failure(.key("__metadata__"), "'\(key.excerpt)' must be a string.")
      }
      metadata[key] = text
    }
    return metadata
  }

  private func entry(_ name: String, _ value: JSONValue) throws -> SafetensorsHeader.Entry {
    let place = CheckpointError.Location.tensor(name)
    guard let object = value.object, object.count == 3, let typeName = object["dtype"]?.string,
      let sizes = object["shape"]?.array, let offsets = object["data_offsets"]?.array
    else {
      throw failure(place, "Its entry must hold exactly dtype, shape and data_offsets.")
    }
    guard let type = SafetensorsType(rawValue: typeName) else {
      throw CheckpointError(
        path: path, at: place, "'\(typeName.excerpt)' is not a type of the safetensors format.",
        remedy: "Write the file again with F32, F16 or BF16 tensors.")
    }
    let shape = try sizes.map { try size($0, "shape", place) }
    let ends = try offsets.map { try size($0, "data_offsets", place) }
    guard ends.count == 2, ends[0] <= ends[1] else {
      throw failure(place, "data_offsets must be [begin, end] with begin <= end.")
    }
    guard ends[1] <= fileCount - dataStart else {
      throw failure(
        place,
        "Its data ends at byte \(ends[1]) of the data, but only \(fileCount - dataStart) "
          + "bytes are there.")
    }
    guard let expected = byteCount(shape, type) else {
      throw failure(place, "Its shape \(shape) is too large for any file.")
    }
    guard expected == ends[1] - ends[0] else {
      throw failure(
        place,
        "Shape \(shape) of \(typeName) needs \(expected) bytes, but data_offsets give "
          + "\(ends[1] - ends[0]).")
    }
    return .init(type: type, shape: shape, range: dataStart + ends[0]..<dataStart + ends[1])
  }

  private func size(_ value: JSONValue, _ key: String, _ place: CheckpointError.Location) throws
    -> Int
  {
    guard case .int(let size) = value, size >= 0 else {
      throw failure(place, "\(key) must hold whole numbers that are not negative.")
    }
    return size
  }

  /// Nil on overflow, or if sub-byte elements do not fill whole bytes. Sizes of 0 count as 1 for
  /// the overflow, so that strides can be computed from any shape that passes.
  private func byteCount(_ shape: [Int], _ type: SafetensorsType) -> Int? {
    var bits = type.bits
    for size in shape {
      let (product, overflow) = bits.multipliedReportingOverflow(by: max(size, 1))
      if overflow { return nil }
      bits = product
    }
    if shape.contains(0) { return 0 }
    return bits % 8 == 0 ? bits / 8 : nil
  }

  /// The format wants the data covered without holes: bytes that no tensor names could hide things.
  private func checkCover(_ names: [String], _ entries: [String: SafetensorsHeader.Entry]) throws {
    var end = dataStart
    for name in names {
      guard let range = entries[name]?.range else { continue }
      if range.lowerBound < end {
        throw failure(.tensor(name), "Its data overlaps that of another tensor.")
      }
      if range.lowerBound > end {
        throw failure(
          .tensor(name),
          "There are \(range.lowerBound - end) bytes before its data that belong "
            + "to no tensor.")
      }
      end = range.upperBound
    }
    if end != fileCount {
      throw failure(
        .byte(end), "The header accounts for \(end) bytes, but the file has \(fileCount).")
    }
  }

  private func failure(_ place: CheckpointError.Location, _ problem: String) -> CheckpointError {
    CheckpointError(
      path: path, at: place, problem,
      remedy: "The file is damaged or incomplete: copy or download it again.")
  }
}
