/// What may stand at the cursor: the completer's answer.
public struct Completion: Equatable, Sendable {
  /// Where the text that a candidate replaces begins, in UTF-8 bytes from the cell's start.
  /// It ends at the cursor.
  public var replaceFrom: Int
  /// Whole replacements, in the order to list them.
  public var candidates: [String]

  public init(replaceFrom: Int, candidates: [String]) {
    self.replaceFrom = replaceFrom
    self.candidates = candidates
  }

  /// The longest text that every candidate begins with; empty without candidates.
  public var commonPrefix: String {
    guard var common = candidates.first.map({ Array($0) }) else { return "" }
    for candidate in candidates.dropFirst() {
      let shared = zip(common, candidate).prefix { $0 == $1 }.count
      common.removeSubrange(shared...)
    }
    return String(common)
  }

  /// The candidates in as many columns as fit into `width`, read down each column.
  ///
  /// At most `rows` lines; what does not fit is counted in a last line.
  public func listing(width: Int, rows: Int) -> [String] {
    guard !candidates.isEmpty else { return [] }
    let cell = min((candidates.map(displayWidth).max() ?? 0) + 2, max(width, 4))
    let columns = max(1, width / cell)
    let needed = (candidates.count + columns - 1) / columns
    let shown = needed > max(rows, 2) ? max(rows, 2) - 1 : needed
    var lines: [String] = []
    for row in 0..<shown {
      let indices = stride(from: row, to: min(candidates.count, needed * columns), by: needed)
      let cells = indices.map { candidates[$0].truncated(to: cell - 2).padded(to: cell) }
      lines.append(cells.joined().trimmingTrailingSpaces())
    }
    if shown < needed {
      let visible = candidates.indices.count { $0 % needed < shown }
      lines.append("… and \(candidates.count - visible) more")
    }
    return lines
  }
}
