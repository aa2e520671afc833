/// A token that is found in the text as it is, before the model sees it.
public struct AddedToken: Sendable, Equatable {
  public var content: String
  public var id: Int32
  /// Left out by `decode(_:skipSpecial:)`.
  public var isSpecial: Bool
  /// Only where no word character touches it.
  public var singleWord: Bool
  /// Takes the white space in front of it.
  public var stripsLeft: Bool
  /// Takes the white space behind it.
  public var stripsRight: Bool
  /// Looked for in normalised text instead of the original.
  public var isNormalized: Bool

  public init(
    content: String, id: Int32, isSpecial: Bool, singleWord: Bool = false, stripsLeft: Bool = false,
    stripsRight: Bool = false, isNormalized: Bool? = nil
  ) {
    self.content = content
    self.id = id
    self.isSpecial = isSpecial
    self.singleWord = singleWord
    self.stripsLeft = stripsLeft
    self.stripsRight = stripsRight
    self.isNormalized = isNormalized ?? !isSpecial
  }
}

/// Finds added tokens in text: the leftmost, and of those the longest.
struct AddedTokenMatcher: Sendable {
  struct Section: Equatable {
    var piece: Piece
    var id: Int32?
  }

  private struct Entry {
    var bytes: [UInt8]
    var token: AddedToken
  }

  private let entries: [Entry]
  /// For each first byte the entries that begin with it, longest first.
  private let byFirstByte: [[Int]]

  /// - Parameter tokens: what to find in the text, and for which token.
  init(_ tokens: [(bytes: [UInt8], token: AddedToken)]) {
    let sorted = tokens.filter { !$0.bytes.isEmpty }.sorted { $0.bytes.count > $1.bytes.count }
    entries = sorted.map { Entry(bytes: $0.bytes, token: $0.token) }
    var table = [[Int]](repeating: [], count: 256)
    for (index, entry) in entries.enumerated() { table[Int(entry.bytes[0])].append(index) }
    byFirstByte = table
  }

  var isEmpty: Bool { entries.isEmpty }

  /// Cuts text into added tokens and what lies between them.
  func sections(of text: [UInt8]) -> [Section] {
    var sections: [Section] = []
    var covered = 0
    guard !entries.isEmpty else {
      return text.isEmpty ? [] : [Section(piece: Piece(start: 0, end: text.count), id: nil)]
    }
    text.withUnsafeBufferPointer { text in
      var index = 0
      while index < text.count {
        guard let entry = match(text, index) else {
          index += 1
          continue
        }
        let end = index + entry.bytes.count
        append(entry.token, Piece(start: index, end: end), text, &sections, &covered)
        index = end
      }
      if covered < text.count {
        sections.append(Section(piece: Piece(start: covered, end: text.count), id: nil))
      }
    }
    return sections
  }

  @inline(__always)
  private func match(_ text: UnsafeBufferPointer<UInt8>, _ index: Int) -> Entry? {
    let candidates = byFirstByte[Int(text[index])]
    guard !candidates.isEmpty else { return nil }
    for candidate in candidates {
      let bytes = entries[candidate].bytes
      if index + bytes.count <= text.count,
        text[index..<(index + bytes.count)].elementsEqual(bytes)
      {
        return entries[candidate]
      }
    }
    return nil
  }

  private func append(
    _ token: AddedToken, _ match: Piece, _ text: UnsafeBufferPointer<UInt8>,
    _ sections: inout [Section], _ covered: inout Int
  ) {
    guard let bytes = text.baseAddress else { return }
    var piece = match
    if token.singleWord, touchesWord(piece, bytes, text.count) { return }
    let tables = UnicodeTables.shared
    if token.stripsLeft {
      while piece.start > covered {
        let before = UTF8Text.before(bytes, piece.start)
        var index = before
        guard tables.has(UTF8Text.scalar(bytes, &index), .whitespace) else { break }
        piece.start = before
      }
      piece.start = max(piece.start, covered)
    }
    if token.stripsRight {
      var index = piece.end
      while index < text.count, tables.has(UTF8Text.scalar(bytes, &index), .whitespace) {
        piece.end = index
      }
    }
    if covered < piece.start {
      sections.append(Section(piece: Piece(start: covered, end: piece.start), id: nil))
    }
    sections.append(Section(piece: piece, id: token.id))
    covered = piece.end
  }

  private func touchesWord(_ piece: Piece, _ bytes: UnsafePointer<UInt8>, _ count: Int) -> Bool {
    let tables = UnicodeTables.shared
    if piece.start > 0 {
      var index = UTF8Text.before(bytes, piece.start)
      if tables.has(UTF8Text.scalar(bytes, &index), .word) { return true }
    }
    var index = piece.end
    return index < count && tables.has(UTF8Text.scalar(bytes, &index), .word)
  }
}
