/// Conversions between f32 and the 16-bit types, exact where the target can hold the value, else
/// rounded to the nearest, ties to even.
enum HalfPrecision {
  static func float(fromF16 half: UInt16) -> Float {
    let sign = UInt32(half & 0x8000) << 16
    // Exponent and fraction moved into place; the biases differ by 112, which the product repairs
    // for normal and subnormal values alike.
    let magnitude = UInt32(half & 0x7FFF) << 13
    if magnitude >= 0x0F80_0000 { return Float(bitPattern: sign | 0x7F80_0000 | magnitude) }
    let value = Float(bitPattern: magnitude) * 0x1p112
    return Float(bitPattern: sign | value.bitPattern)
  }

  static func f16(_ value: Float) -> UInt16 {
    let bits = value.bitPattern
    let sign = UInt16(truncatingIfNeeded: bits >> 16) & 0x8000
    let magnitude = bits & 0x7FFF_FFFF
    if magnitude > 0x7F80_0000 { return sign | 0x7E00 }
    if magnitude >= 0x4780_0000 { return sign | 0x7C00 }
    if magnitude < 0x3880_0000 {
      // Subnormal: adding 0.5 leaves the rounded fraction in the lowest bits.
      let rounded = Float(bitPattern: magnitude) + 0.5
      return sign | UInt16(truncatingIfNeeded: rounded.bitPattern &- 0x3F00_0000)
    }
    let odd = (magnitude >> 13) & 1
    let rounded = (magnitude &- 0x3800_0000 &+ 0xFFF &+ odd) >> 13
    return sign | UInt16(truncatingIfNeeded: rounded)
  }

  static func float(fromBF16 half: UInt16) -> Float { Float(bitPattern: UInt32(half) << 16) }

  static func bf16(_ value: Float) -> UInt16 {
    let bits = value.bitPattern
    if value.isNaN { return UInt16(truncatingIfNeeded: bits >> 16) | 0x40 }
    return UInt16(truncatingIfNeeded: (bits &+ 0x7FFF &+ ((bits >> 16) & 1)) >> 16)
  }
}
