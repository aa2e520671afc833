/// A scalar of normalised text and the bytes of the original that it stands for.
struct AlignedScalar: Equatable {
  var value: UInt32
  var start: UInt32
  var end: UInt32
}

/// Canonical and compatibility decomposition and composition (Unicode Standard, section 3.11).
struct NormalizationForms {
  let tables = UnicodeTables.shared
  private let compositions: [UInt64: UInt32]

  private enum Hangul {
    static let syllables: UInt32 = 0xAC00
    static let leading: UInt32 = 0x1100
    static let vowel: UInt32 = 0x1161
    static let trailing: UInt32 = 0x11A7
    static let count: UInt32 = 11172
  }

  /// - Parameter composing: build the pair table that NFC and NFKC need.
  init(composing: Bool) {
    var pairs: [UInt64: UInt32] = [:]
    if composing {
      let tables = UnicodeTables.shared
      let known = tables.composable.map { ($0, tables.canonical[$0] ?? []) }
      // Shorter ones first: the first part of a pair may itself be a composite.
      for (scalar, parts) in known.sorted(by: { ($0.1.count, $0.0) < ($1.1.count, $1.0) }) {
        guard var first = parts.first, let last = parts.last else { continue }
        for part in parts.dropFirst().dropLast() {
          first = pairs[NormalizationForms.key(first, part)] ?? first
        }
        pairs[NormalizationForms.key(first, last)] = scalar
      }
    }
    compositions = pairs
  }

  private static func key(_ first: UInt32, _ second: UInt32) -> UInt64 {
    UInt64(first) << 32 | UInt64(second)
  }

  static func hangulParts(_ scalar: UInt32) -> [UInt32]? {
    guard scalar >= Hangul.syllables, scalar < Hangul.syllables + Hangul.count else { return nil }
    let index = scalar - Hangul.syllables
    let parts = [Hangul.leading + index / 588, Hangul.vowel + index % 588 / 28]
    return index % 28 == 0 ? parts : parts + [Hangul.trailing + index % 28]
  }

  func decomposed(_ text: [AlignedScalar], compatibility: Bool) -> [AlignedScalar] {
    var result: [AlignedScalar] = []
    result.reserveCapacity(text.count)
    for scalar in text {
      if scalar.value < 0x80 {
        result.append(scalar)
        continue
      }
      let parts =
        (compatibility ? UnicodeTables.compatible[scalar.value] : nil) ?? tables.canonical[
          scalar.value]
        ?? NormalizationForms.hangulParts(scalar.value)
      guard let parts else {
        appendInOrder(scalar, to: &result)
        continue
      }
      for part in parts {
        appendInOrder(
          AlignedScalar(value: part, start: scalar.start, end: scalar.end), to: &result)
      }
    }
    return result
  }

  /// Keeps marks sorted by combining class, stably, as they arrive.
  private func appendInOrder(_ scalar: AlignedScalar, to result: inout [AlignedScalar]) {
    result.append(scalar)
    guard let rank = tables.combiningClass[scalar.value] else { return }
    var index = result.count - 1
    while index > 0, let before = tables.combiningClass[result[index - 1].value], before > rank {
      result.swapAt(index, index - 1)
      index -= 1
    }
  }

  /// Composes text that is decomposed and ordered. A composite stands for all bytes of its parts.
  func composed(_ text: [AlignedScalar]) -> [AlignedScalar] {
    var result: [AlignedScalar] = []
    result.reserveCapacity(text.count)
    var starter = -1
    var lastClass: UInt8 = 0
    for scalar in text {
      let rank = tables.combiningClass[scalar.value] ?? 0
      let adjacent = starter >= 0 && starter == result.count - 1
      if starter >= 0, adjacent || (lastClass < rank && lastClass != 0),
        let composite = composite(result[starter].value, scalar.value)
      {
        result[starter].value = composite
        result[starter].end = max(result[starter].end, scalar.end)
        continue
      }
      if rank == 0 { starter = result.count }
      lastClass = rank
      result.append(scalar)
    }
    return result
  }

  private func composite(_ first: UInt32, _ second: UInt32) -> UInt32? {
    if first >= Hangul.leading, first < Hangul.leading + 19, second >= Hangul.vowel,
      second < Hangul.vowel + 21
    {
      return Hangul.syllables + ((first - Hangul.leading) * 21 + (second - Hangul.vowel)) * 28
    }
    if first >= Hangul.syllables, first < Hangul.syllables + Hangul.count,
      (first - Hangul.syllables) % 28 == 0, second > Hangul.trailing,
      second < Hangul.trailing + 28
    {
      return first + second - Hangul.trailing
    }
    return compositions[NormalizationForms.key(first, second)]
  }
}
