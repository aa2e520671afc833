/// A raster as the bytes of a PNG file (ISO/IEC 15948), compressed by runs alone: plots are mostly white.
enum PNG {
  static func encoded(_ raster: Raster) -> [UInt8] {
    var header = bigEndian(UInt32(raster.width)) + bigEndian(UInt32(raster.height))
    header += [8, 2, 0, 0, 0]  // eight bits of each colour, no interlace
    var bytes: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
    bytes += chunk("IHDR", header)
    bytes += chunk("IDAT", zlib(filtered(raster)))
    return bytes + chunk("IEND", [])
  }

  /// Each row as its difference to the row above, which makes long runs of zeros.
  private static func filtered(_ raster: Raster) -> [UInt8] {
    let stride = raster.width * 3
    var bytes: [UInt8] = []
    bytes.reserveCapacity((stride + 1) * raster.height)
    for row in 0..<raster.height {
      bytes.append(2)
      for place in row * stride..<(row + 1) * stride {
        let above = row > 0 ? raster.pixels[place - stride] : 0
        bytes.append(raster.pixels[place] &- above)
      }
    }
    return bytes
  }

  private static func chunk(_ name: String, _ content: [UInt8]) -> [UInt8] {
    let body = Array(name.utf8) + content
    return bigEndian(UInt32(content.count)) + body + bigEndian(checksum(body))
  }

  private static func bigEndian(_ value: UInt32) -> [UInt8] {
    [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
  }

  private static let table: [UInt32] = (0..<256).map { index in
    (0..<8).reduce(UInt32(index)) { value, _ in
      value & 1 == 1 ? 0xEDB8_8320 ^ (value >> 1) : value >> 1
    }
  }

  /// CRC-32 as PNG wants it.
  static func checksum(_ bytes: [UInt8]) -> UInt32 {
    ~bytes.reduce(~UInt32(0)) { table[Int(($0 ^ UInt32($1)) & 0xFF)] ^ ($0 >> 8) }
  }

  /// One block of fixed codes (RFC 1951, 3.2.6) in zlib's frame (RFC 1950).
  static func zlib(_ bytes: [UInt8]) -> [UInt8] {
    var bits = BitWriter()
    bits.write(1, 1)  // the last block
    bits.write(1, 2)  // fixed codes
    var place = 0
    while place < bytes.count {
      var run = 0
      let byte = bytes[place]
      while place > 0, run < 258, place + run < bytes.count, bytes[place + run] == bytes[place - 1]
      {
        run += 1
      }
      if run >= 3 {
        bits.length(run)
        bits.reversed(0, 5)  // one byte back
        place += run
      } else {
        bits.symbol(Int(byte))
        place += 1
      }
    }
    bits.symbol(256)
    var (a, b) = (UInt32(1), UInt32(0))
    for byte in bytes {
      a = (a + UInt32(byte)) % 65521
      b = (b + a) % 65521
    }
    return [0x78, 0x01] + bits.finished() + bigEndian(b << 16 | a)
  }
}

/// Bits from the lowest of each byte on.
private struct BitWriter {
  private var bytes: [UInt8] = []
  private var pending: UInt32 = 0
  private var count = 0

  mutating func write(_ value: UInt32, _ length: Int) {
    pending |= value << count
    count += length
    while count >= 8 {
      bytes.append(UInt8(truncatingIfNeeded: pending))
      pending >>= 8
      count -= 8
    }
  }

  /// Codes stand with their highest bit first.
  mutating func reversed(_ code: UInt32, _ length: Int) {
    var mirrored: UInt32 = 0
    for bit in 0..<length where code >> bit & 1 == 1 { mirrored |= 1 << (length - 1 - bit) }
    write(mirrored, length)
  }

  /// A literal, the end, or a length's code.
  mutating func symbol(_ symbol: Int) {
    switch symbol {
    case ..<144: reversed(UInt32(0x30 + symbol), 8)
    case ..<256: reversed(UInt32(0x190 + symbol - 144), 9)
    case ..<280: reversed(UInt32(symbol - 256), 7)
    default: reversed(UInt32(0xC0 + symbol - 280), 8)
    }
  }

  /// Lengths 3 to 258: a code and its extra bits (RFC 1951, 3.2.5).
  mutating func length(_ length: Int) {
    if length == 258 { return symbol(285) }
    let value = length - 3
    if value < 8 { return symbol(257 + value) }
    let extra = (Int.bitWidth - 1 - value.leadingZeroBitCount) - 2
    symbol(257 + 4 * extra + (value >> extra))
    write(UInt32(value & ((1 << extra) - 1)), extra)
  }

  mutating func finished() -> [UInt8] {
    if count > 0 { write(0, 8 - count) }
    return bytes
  }
}
