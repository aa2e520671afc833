/// UTF-8 of text that is known to be valid (it came from a `String`), scalar by scalar.
enum UTF8Text {
  /// The scalar at `index`, which moves behind it.
  @inline(__always)
  static func scalar(_ bytes: UnsafePointer<UInt8>, _ index: inout Int) -> UInt32 {
    let first = UInt32(bytes[index])
    if first < 0x80 {
      index += 1
      return first
    }
    if first < 0xE0 {
      let value = (first & 0x1F) << 6 | UInt32(bytes[index + 1]) & 0x3F
      index += 2
      return value
    }
    let second = UInt32(bytes[index + 1]) & 0x3F
    let third = UInt32(bytes[index + 2]) & 0x3F
    if first < 0xF0 {
      index += 3
      return (first & 0x0F) << 12 | second << 6 | third
    }
    let value = (first & 0x07) << 18 | second << 12 | third << 6 | UInt32(bytes[index + 3]) & 0x3F
    index += 4
    return value
  }

  /// Where the scalar that ends before `index` begins.
  @inline(__always)
  static func before(_ bytes: UnsafePointer<UInt8>, _ index: Int) -> Int {
    var start = index - 1
    while start > 0 && bytes[start] & 0xC0 == 0x80 { start -= 1 }
    return start
  }

  @inline(__always)
  static func length(ofScalarStartingWith byte: UInt8) -> Int {
    byte < 0x80 ? 1 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4
  }

  @inline(__always)
  static func append(_ scalar: UInt32, to bytes: inout [UInt8]) {
    if scalar < 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: scalar))
    } else if scalar < 0x800 {
      bytes.append(UInt8(truncatingIfNeeded: 0xC0 | scalar >> 6))
      bytes.append(UInt8(truncatingIfNeeded: 0x80 | scalar & 0x3F))
    } else if scalar < 0x10000 {
      bytes.append(UInt8(truncatingIfNeeded: 0xE0 | scalar >> 12))
      bytes.append(UInt8(truncatingIfNeeded: 0x80 | scalar >> 6 & 0x3F))
      bytes.append(UInt8(truncatingIfNeeded: 0x80 | scalar & 0x3F))
    } else {
      bytes.append(UInt8(truncatingIfNeeded: 0xF0 | scalar >> 18))
      bytes.append(UInt8(truncatingIfNeeded: 0x80 | scalar >> 12 & 0x3F))
      bytes.append(UInt8(truncatingIfNeeded: 0x80 | scalar >> 6 & 0x3F))
      bytes.append(UInt8(truncatingIfNeeded: 0x80 | scalar & 0x3F))
    }
  }
}
