/// f32 to the IEEE half float: exact where it can hold the value, else rounded to the nearest, ties
/// to even.
enum HalfPrecision {
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
}
