/// Namespace of the generated tables.
enum UnicodeData {}

/// What the scanners ask about a scalar.
struct ScalarClass: OptionSet, Sendable {
  let rawValue: UInt16

  static let letter = ScalarClass(rawValue: 1)
  static let number = ScalarClass(rawValue: 2)
  static let whitespace = ScalarClass(rawValue: 4)
  static let word = ScalarClass(rawValue: 8)
  static let numeric = ScalarClass(rawValue: 16)
  static let punctuation = ScalarClass(rawValue: 32)
  static let control = ScalarClass(rawValue: 64)
  static let nonspacing = ScalarClass(rawValue: 128)
  static let combining = ScalarClass(rawValue: 256)
  static let chinese = ScalarClass(rawValue: 512)
  static let lowers = ScalarClass(rawValue: 1024)
  static let reorders = ScalarClass(rawValue: 2048)
  static let decomposes = ScalarClass(rawValue: 4096)
  static let newline = ScalarClass(rawValue: 8192)
}

/// Properties, case and decompositions of scalars, in the versions of Unicode that tokenizer
/// files were made with, whatever version the Swift library of this machine follows.
final class UnicodeTables: @unchecked Sendable {
  static let shared = UnicodeTables()

  /// Raw `ScalarClass` of each scalar; written only by `init`, then read without locks.
  let classes: UnsafeMutablePointer<UInt16>
  private(set) var lowercase: [UInt32: UInt32] = [:]
  private(set) var combiningClass: [UInt32: UInt8] = [:]
  private(set) var canonical: [UInt32: [UInt32]] = [:]
  private(set) var composable: Set<UInt32> = []
  /// Compatibility decompositions are wanted rarely; read when first asked for.
  static let compatible: [UInt32: [UInt32]] = UnicodeTables.readCompatible()

  private init() {
    classes = UnsafeMutablePointer<UInt16>.allocate(capacity: 0x110000)
    classes.initialize(repeating: 0, count: 0x110000)
    mark(.letter, UnicodeData.letters)
    mark(.number, UnicodeData.numbers)
    mark(.whitespace, UnicodeData.whitespace)
    mark(.word, UnicodeData.words)
    mark(.numeric, UnicodeData.numeric)
    mark(.punctuation, UnicodeData.punctuation)
    mark(.control, UnicodeData.control)
    mark(.nonspacing, UnicodeData.nonspacing)
    mark(.combining, UnicodeData.combining)
    for block in UnicodeTables.chineseBlocks { mark(.chinese, block) }
    mark(.newline, 0x0A...0x0A)
    mark(.newline, 0x0D...0x0D)
    mark(.decomposes, 0xAC00...0xD7A3)
    readLowercase()
    readCombiningClasses()
    readCanonical()
  }

  deinit { classes.deallocate() }

  /// The ideograph blocks that BERT sets apart with spaces (the list of its first release).
  private static let chineseBlocks: [ClosedRange<Int>] = [
    0x4E00...0x9FFF, 0x3400...0x4DBF, 0x20000...0x2A6DF, 0x2A700...0x2B73F, 0x2B740...0x2B81F,
    0x2B920...0x2CEAF, 0xF900...0xFAFF, 0x2F800...0x2FA1F,
  ]

  @inline(__always)
  func has(_ scalar: UInt32, _ wanted: ScalarClass) -> Bool {
    classes[Int(scalar)] & wanted.rawValue != 0
  }

  private func mark(_ kind: ScalarClass, _ range: ClosedRange<Int>) {
    for scalar in range { classes[scalar] |= kind.rawValue }
  }

  private func mark(_ kind: ScalarClass, _ table: String) {
    var numbers = VariableLengthIntegers(base64: table)
    var previous = 0
    while let gap = numbers.next(), let length = numbers.next() {
      let first = previous + gap
      mark(kind, first...(first + length))
      previous = first + length
    }
  }

  private func readLowercase() {
    var numbers = VariableLengthIntegers(base64: UnicodeData.lowercase)
    var previous = 0
    while let gap = numbers.next(), let more = numbers.next(), let stride = numbers.next(),
      let difference = numbers.nextSigned()
    {
      for step in 0...more {
        previous = step == 0 ? previous + gap : previous + stride + 1
        lowercase[UInt32(previous)] = UInt32(previous + difference)
        mark(.lowers, previous...previous)
      }
    }
    mark(.lowers, 0x130...0x130)  // the one mapping to two scalars; see `lowered`
  }

  private func readCombiningClasses() {
    var numbers = VariableLengthIntegers(base64: UnicodeData.combiningClasses)
    var previous = 0
    while let gap = numbers.next(), let length = numbers.next(), let value = numbers.next() {
      let first = previous + gap
      for scalar in first...(first + length) { combiningClass[UInt32(scalar)] = UInt8(value) }
      mark(.reorders, first...(first + length))
      previous = first + length
    }
  }

  private func readCanonical() {
    var numbers = VariableLengthIntegers(base64: UnicodeData.canonical)
    canonical.reserveCapacity(2100)
    while let (scalar, flag, mapping) = numbers.nextMapping() {
      canonical[scalar] = mapping
      if flag { composable.insert(scalar) }
      classes[Int(scalar)] |= ScalarClass.decomposes.rawValue
    }
  }

  private static func readCompatible() -> [UInt32: [UInt32]] {
    var table: [UInt32: [UInt32]] = [:]
    var numbers = VariableLengthIntegers(base64: UnicodeData.compatible)
    while let (scalar, _, mapping) = numbers.nextMapping() { table[scalar] = mapping }
    return table
  }
}

/// Reads the generated tables: base64 of little-endian base-128 integers.
struct VariableLengthIntegers {
  private var bytes: [UInt8] = []
  private var position = 0
  private var scalar = 0

  init(base64: String) {
    bytes.reserveCapacity(base64.utf8.count * 3 / 4)
    var bits: UInt32 = 0
    var count: UInt32 = 0
    for character in base64.utf8 {
      let value: UInt8
      switch character {
      case 65...90: value = character - 65
      case 97...122: value = character - 71
      case 48...57: value = character + 4
      case 43: value = 62
      case 47: value = 63
      default: continue  // padding and the end of the line
      }
      bits = bits << 6 | UInt32(value)
      count += 6
      if count >= 8 {
        count -= 8
        bytes.append(UInt8(truncatingIfNeeded: bits >> count))
      }
    }
  }

  mutating func next() -> Int? {
    var value = 0
    var shift = 0
    while position < bytes.count {
      let byte = bytes[position]
      position += 1
      value |= Int(byte & 0x7F) << shift
      if byte < 0x80 { return value }
      shift += 7
    }
    return nil
  }

  mutating func nextSigned() -> Int? {
    next().map { $0 & 1 == 0 ? $0 >> 1 : -($0 >> 1) - 1 }
  }

  mutating func nextMapping() -> (scalar: UInt32, flag: Bool, mapping: [UInt32])? {
    guard let gap = next(), let countAndFlag = next() else { return nil }
    scalar += gap
    var last = scalar
    var mapping: [UInt32] = []
    for _ in 0..<(countAndFlag >> 1) {
      guard let difference = nextSigned() else { return nil }
      last += difference
      mapping.append(UInt32(last))
    }
    return (UInt32(scalar), countAndFlag & 1 == 1, mapping)
  }
}
