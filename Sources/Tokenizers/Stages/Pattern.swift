/// What a split or a replacement looks for.
enum Pattern: Sendable {
  case literal([UInt8])
  /// A run of `least` to `most` scalars of one class.
  case run(ScalarClass, least: Int, most: Int)
  /// A run of `least` to `most` times one ASCII character.
  case repeated(UInt8, least: Int, most: Int)
  case gpt2
  /// The pattern of cl100k and its successors; `digits` are the most digits of a number's piece.
  case cl100k(digits: Int)

  struct Match: Equatable {
    var start: Int
    var end: Int
    var isMatch: Bool
  }

  /// Matches and what lies between them, covering the slice; indices are the slice's own.
  func matches(in slice: ArraySlice<UInt8>) -> [Match] {
    var result: [Match] = []
    slice.withUnsafeBufferPointer { buffer in
      guard let bytes = buffer.baseAddress else { return }
      let scanner = Scanner(bytes: bytes, count: buffer.count)
      let base = slice.startIndex
      var index = 0
      var plain = 0
      while index < buffer.count {
        let end = end(ofMatchAt: index, scanner)
        guard end > index else {
          index += UTF8Text.length(ofScalarStartingWith: bytes[index])
          continue
        }
        if plain < index {
          result.append(Match(start: base + plain, end: base + index, isMatch: false))
        }
        result.append(Match(start: base + index, end: base + end, isMatch: true))
        index = end
        plain = end
      }
      if plain < buffer.count {
        result.append(Match(start: base + plain, end: base + buffer.count, isMatch: false))
      }
    }
    return result
  }

  /// The end of the match that begins at `index`, or `index` itself if none does.
  @inline(__always)
  func end(ofMatchAt index: Int, _ scanner: Scanner) -> Int {
    switch self {
    case .gpt2: return scanner.gpt2(index)
    case .cl100k(let digits): return scanner.cl100k(index, digits: digits)
    case .run(let kind, let least, let most):
      return scanner.run(index, kind, least: least, most: most)
    case .repeated(let byte, let least, let most):
      var end = index
      while end < scanner.count, end - index < most, scanner.bytes[end] == byte { end += 1 }
      return end - index >= least ? end : index
    case .literal(let literal):
      guard !literal.isEmpty, index + literal.count <= scanner.count else { return index }
      for (offset, byte) in literal.enumerated() where scanner.bytes[index + offset] != byte {
        return index
      }
      return index + literal.count
    }
  }

  /// The regular expressions of well-known tokenizers. There is no general engine for them.
  static func known(regex: String) -> Pattern? {
    let number = ScalarClass.number
    switch regex {
    case gpt2Source: return .gpt2
    case cl100kSource(number: "\\p{N}{1,3}"): return .cl100k(digits: 3)
    case cl100kSource(number: "\\p{N}"): return .cl100k(digits: 1)
    case "\\s": return .run(.whitespace, least: 1, most: 1)
    case "\\s+": return .run(.whitespace, least: 1, most: .max)
    case "\\p{N}", "\\p{N}{1}": return .run(number, least: 1, most: 1)
    case "\\p{N}+": return .run(number, least: 1, most: .max)
    case "\\p{N}{1,3}": return .run(number, least: 1, most: 3)
    case "\\p{L}+": return .run(.letter, least: 1, most: .max)
    case " {2,}": return .repeated(0x20, least: 2, most: .max)
    case " +": return .repeated(0x20, least: 1, most: .max)
    case " ": return .literal([0x20])
    default: return nil
    }
  }

  private static let gpt2Source =
    "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+"

  private static func cl100kSource(number: String) -> String {
    "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\(number)|"
      + " ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"
  }
}
