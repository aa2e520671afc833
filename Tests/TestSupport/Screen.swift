import Terminal

/// What a terminal of a width shows of the bytes written to it, as far as the sequences for `xterm` that libedit and
/// this project use need it. Rows are never lost at the top.
public struct Screen {
  public let columns: Int
  /// One character a column; what a wide one covers is nil.
  private var rows: [[Character?]] = [[]]
  private var row = 0
  private var column = 0

  public init(columns: Int, _ text: String) {
    self.columns = columns
    var rest = Array(text)[...]
    while let first = rest.popFirst() {
      guard first == "\u{1B}" else {
        put(first)
        continue
      }
      // A control sequence ends with a letter or `~`; other escapes are two characters long.
      guard rest.first == "[" else {
        rest = rest.dropFirst()
        continue
      }
      let parameters = rest.dropFirst().prefix { !("@"..."~").contains($0) }
      rest = rest.dropFirst(1 + parameters.count)
      if let last = rest.popFirst() { control(String(parameters), last) }
    }
  }

  /// The rows without blanks at their ends.
  public var lines: [String] {
    rows.map { row in
      var text = String(row.compactMap(\.self))
      while text.hasSuffix(" ") { text.removeLast() }
      return text
    }
  }

  private mutating func put(_ character: Character) {
    switch character {
    case "\r": column = 0
    case "\n", "\r\n":
      if character == "\r\n" { column = 0 }
      moveTo(row: row + 1)
    case "\u{8}": column = max(0, column - 1)
    case "\u{7}": break
    default: print(character, max(1, displayWidth(character)))
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

  private mutating func control(_ parameters: String, _ last: Character) {
    let count = Int(parameters) ?? 1
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
