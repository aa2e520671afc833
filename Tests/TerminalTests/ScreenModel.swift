import Foundation

@testable import Terminal

/// What a terminal of a width shows of the bytes written to it, as far as libedit's sequences for `xterm` need it.
struct ScreenModel {
  let columns: Int
  /// One character a column; what a wide one covers is nil.
  private var rows: [[Character?]] = [[]]
  private var row = 0
  private var column = 0

  init(columns: Int, _ text: String) {
    self.columns = columns
    for piece in TextPieces(text) {
      if piece.isEscape {
        control(String(piece.text))
      } else {
        put(String(piece.text), piece.width)
      }
    }
  }

  /// The rows without blanks at their ends.
  var lines: [String] {
    rows.map { row in
      var text = String(row.compactMap(\.self))
      while text.hasSuffix(" ") { text.removeLast() }
      return text
    }
  }

  private mutating func put(_ text: String, _ width: Int) {
    for character in text {
      switch character {
      case "\r": column = 0
      case "\n", "\r\n":
        if character == "\r\n" { column = 0 }
        moveTo(row: row + 1)
      case "\u{8}": column = max(0, column - 1)
      case "\u{7}": break
      default: print(character, max(1, width))
      }
    }
  }

  private mutating func print(_ character: Character, _ width: Int) {
    // The cursor waits behind a full row until something follows.
    if column + width > columns {
      moveTo(row: row + 1)
      column = 0
    }
    pad(to: column + width)
    rows[row][column] = character
    if width == 2 { rows[row][column + 1] = nil }
    column += width
  }

  private mutating func moveTo(row next: Int) {
    row = max(0, next)
    while rows.count <= row { rows.append([]) }
  }

  private mutating func pad(to count: Int) {
    while rows[row].count < count { rows[row].append(" ") }
  }

  private mutating func control(_ sequence: String) {
    guard sequence.hasPrefix("\u{1B}["), let last = sequence.last else { return }
    let number = Int(sequence.dropFirst(2).dropLast())
    let count = number ?? 1
    switch last {
    case "A": moveTo(row: row - count)
    case "B": moveTo(row: row + count)
    case "C": column = min(columns - 1, column + count)
    case "D": column = max(0, column - count)
    case "G": column = count - 1
    case "K", "J":
      rows[row] = Array(rows[row].prefix(column))
      if last == "J" { rows.removeSubrange((row + 1)...) }
    case "P":
      let end = min(rows[row].count, column + count)
      if column < end { rows[row].removeSubrange(column..<end) }
    case "@":
      pad(to: column)
      rows[row].insert(contentsOf: Array(repeating: " ", count: count), at: column)
      rows[row] = Array(rows[row].prefix(columns))
    default: break
    }
  }
}
