/// Reads a GGUF file's directory front to back. Nothing in the file is trusted: every length and
/// count is held against the bytes that are left before anything of that size is made.
struct GGUFReader {
  let bytes: UnsafeRawBufferPointer
  let path: String
  private(set) var position = 0

  /// Lists in lists deeper than this are in no real file.
  private static let deepest = 4

  init(_ bytes: UnsafeRawBufferPointer, path: String) {
    self.bytes = bytes
    self.path = path
  }

  var left: Int { bytes.count - position }

  func failure(_ problem: String) -> CheckpointError {
    CheckpointError(
      path: path, at: .byte(position), problem,
      remedy: "The file is damaged or incomplete: copy or download it again.")
  }

  mutating func integer<T: FixedWidthInteger>(
    _ type: T.Type, _ what: @autoclosure () -> String
  ) throws -> T {
    let size = MemoryLayout<T>.size
    guard left >= size else { throw failure("The file ends inside \(what()).") }
    defer { position += size }
    return T(littleEndian: bytes.loadUnaligned(fromByteOffset: position, as: T.self))
  }

  /// A count of things of which each takes at least `size` bytes.
  mutating func count(_ what: @autoclosure () -> String, eachAtLeast size: Int) throws -> Int {
    let value = try integer(UInt64.self, what())
    guard value <= UInt64(left / size) else {
      position -= 8
      throw failure("\(what()) is \(value), more than the \(left) bytes that follow can hold.")
    }
    return Int(value)
  }

  mutating func string(_ what: @autoclosure () -> String) throws -> String {
    let length = try count("the length of \(what())", eachAtLeast: 1)
    let part = UnsafeRawBufferPointer(rebasing: bytes[position..<position + length])
    guard let text = String(validating: part, as: UTF8.self) else {
      throw failure("\(what()) is not valid UTF-8.")
    }
    position += length
    return text
  }

  /// The value of a key of the given type number.
  mutating func value(_ type: UInt32, of key: String, depth: Int = 0) throws -> JSONValue {
    // Only a failure asks for it: a list of tokens has tens of thousands of values.
    func what() -> String { "the value of '\(key.excerpt)'" }
    switch type {
    case 0: return .int(Int(try integer(UInt8.self, what())))
    case 1: return .int(Int(try integer(Int8.self, what())))
    case 2: return .int(Int(try integer(UInt16.self, what())))
    case 3: return .int(Int(try integer(Int16.self, what())))
    case 4: return .int(Int(try integer(UInt32.self, what())))
    case 5: return .int(Int(try integer(Int32.self, what())))
    case 6: return .double(Double(Float(bitPattern: try integer(UInt32.self, what()))))
    case 7:
      let byte = try integer(UInt8.self, what())
      guard byte <= 1 else { throw failure("\(what()) is \(byte), where true or false is 1 or 0.") }
      return .bool(byte == 1)
    case 8: return .string(try string(what()))
    case 9: return try list(of: key, depth: depth)
    case 10:
      let number = try integer(UInt64.self, what())
      guard let value = Int(exactly: number) else { throw failure("\(what()) is too large.") }
      return .int(value)
    case 11: return .int(Int(try integer(Int64.self, what())))
    case 12: return .double(Double(bitPattern: try integer(UInt64.self, what())))
    default: throw failure("\(what()) has type \(type), which the format does not know.")
    }
  }

  private mutating func list(of key: String, depth: Int) throws -> JSONValue {
    guard depth < Self.deepest else {
      throw failure("The lists of '\(key.excerpt)' are nested more than \(Self.deepest) deep.")
    }
    let type = try integer(UInt32.self, "the type of the list '\(key.excerpt)'")
    // The fewest bytes that an element of the type takes.
    let sizes = [1, 1, 2, 2, 4, 4, 4, 1, 8, 12, 8, 8, 8]
    guard type < sizes.count else {
      throw failure("The list '\(key.excerpt)' has elements of type \(type), which is none.")
    }
    let count = try count("the length of the list '\(key.excerpt)'", eachAtLeast: sizes[Int(type)])
    var elements: [JSONValue] = []
    elements.reserveCapacity(count)
    for _ in 0..<count { elements.append(try value(type, of: key, depth: depth + 1)) }
    return .array(elements)
  }

  /// Passes over the bytes before the next multiple of `alignment`; no further than the end.
  mutating func align(to alignment: Int) {
    let rest = position % alignment
    if rest > 0 { position += min(alignment - rest, left) }
  }
}
