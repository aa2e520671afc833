#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// The bytes of a data file, checked to be UTF-8.
struct SourceText {
  let path: String
  let bytes: [UInt8]

  /// Checks the bytes and drops a byte order mark. Throws if they are empty or not UTF-8.
  init(path: String, bytes: [UInt8]) throws {
    self.path = path
    self.bytes = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(bytes.dropFirst(3)) : bytes
    if self.bytes.allSatisfy(Self.isSpace) {
      throw DatasetError(
        path: path, "The file is empty.", remedy: "Check that it was written to the end.")
    }
    if let bad = Self.firstInvalid(self.bytes) {
      let line = 1 + self.bytes[..<bad].count { $0 == 10 }
      throw DatasetError(
        path: path, line: line, excerpt: excerpt(around: bad),
        "The text is not valid UTF-8 (byte \(hexadecimal(self.bytes[bad])) at offset \(bad)).",
        remedy: "Save the file as UTF-8; it may be in Latin-1 or UTF-16.")
    }
  }

  static func read(_ path: String) throws -> SourceText {
    guard let file = fopen(path, "rb") else { throw failure(path) }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = fread(&buffer, 1, buffer.count, file)
      if count == 0 { break }
      bytes.append(contentsOf: buffer[..<count])
    }
    // Also what reading a folder gives.
    if ferror(file) != 0 { throw failure(path) }
    return try SourceText(path: path, bytes: bytes)
  }

  private static func failure(_ path: String) -> DatasetError {
    DatasetError(
      path: path, "The file cannot be read: \(String(cString: strerror(errno))).",
      remedy: "Check the path.")
  }

  static func isSpace(_ byte: UInt8) -> Bool { byte == 32 || (9...13).contains(byte) }

  func text(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }

  /// The line that a byte is in, as far as it can be shown.
  private func excerpt(around place: Int) -> String {
    let start = bytes[..<place].lastIndex(of: 10).map { $0 + 1 } ?? 0
    let end = bytes[place...].firstIndex(of: 10) ?? bytes.count
    return String(decoding: bytes[start..<min(end, start + 240)], as: UTF8.self)
  }

  private func hexadecimal(_ byte: UInt8) -> String {
    (byte < 16 ? "0x0" : "0x") + String(byte, radix: 16, uppercase: true)
  }

  /// The offset of the first byte that is no part of well-formed UTF-8.
  private static func firstInvalid(_ bytes: [UInt8]) -> Int? {
    if String(validating: bytes, as: UTF8.self) != nil { return nil }
    // The longest valid prefix, found by halving; a prefix may end inside a character.
    var low = 0
    var high = bytes.count
    while high - low > 4 {
      let middle = (low + high) / 2
      var cut = middle
      while cut > low && bytes[cut] & 0xC0 == 0x80 { cut -= 1 }
      if cut == low { cut = middle }
      if String(validating: bytes[low..<cut], as: UTF8.self) != nil {
        low = cut
      } else {
        high = cut
      }
    }
    var place = low
    while place < bytes.count {
      let width = (1...4).first {
        place + $0 <= bytes.count
          && String(validating: bytes[place..<place + $0], as: UTF8.self) != nil
      }
      guard let width else { return place }
      place += width
    }
    return nil
  }
}
