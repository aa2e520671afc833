/// GPT-2's printable character for each byte, so that vocabularies of bytes are text.
struct ByteCharacters: Sendable {
  static let shared = ByteCharacters()

  /// The scalar of each byte: itself if printable, else 256 and up in order.
  let scalars: [UInt32]
  /// The bytes of the scalars below 324; −1 for those that stand for none.
  private let bytes: [Int16]

  private init() {
    var scalars: [UInt32] = []
    var bytes = [Int16](repeating: -1, count: 324)
    var next: UInt32 = 256
    for byte in UInt32(0)..<256 {
      let isPrintable = (33...126).contains(byte) || (161...172).contains(byte) || byte >= 174
      scalars.append(isPrintable ? byte : next)
      if !isPrintable { next += 1 }
      bytes[Int(scalars[Int(byte)])] = Int16(byte)
    }
    self.scalars = scalars
    self.bytes = bytes
  }

  func byte(of scalar: UInt32) -> UInt8? {
    guard scalar < 324, bytes[Int(scalar)] >= 0 else { return nil }
    return UInt8(bytes[Int(scalar)])
  }

  func text(of word: UnsafeBufferPointer<UInt8>, into text: inout [UInt8]) {
    text.removeAll(keepingCapacity: true)
    for byte in word { UTF8Text.append(scalars[Int(byte)], to: &text) }
  }

  func text(of bytes: [UInt8]) -> String {
    var text: [UInt8] = []
    bytes.withUnsafeBufferPointer { self.text(of: $0, into: &text) }
    return String(decoding: text, as: UTF8.self)
  }

  /// The bytes that a token's characters stand for; nil if one of them stands for none.
  func bytes(of token: [UInt8]) -> [UInt8]? {
    var result: [UInt8] = []
    for scalar in String(decoding: token, as: UTF8.self).unicodeScalars {
      guard let byte = byte(of: scalar.value) else { return nil }
      result.append(byte)
    }
    return result
  }
}
