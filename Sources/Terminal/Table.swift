/// Rows of text in aligned columns.
public struct Table: Equatable, Sendable {
  public struct Column: Equatable, Sendable {
    public var title: String
    /// Nil: right if every cell is a number or empty, else left.
    public var alignment: Alignment?

    public init(_ title: String, alignment: Alignment? = nil) {
      self.title = title
      self.alignment = alignment
    }
  }

  public var columns: [Column]
  /// Missing cells are empty; surplus ones are dropped.
  public var rows: [[String]]

  public init(columns: [Column], rows: [[String]]) {
    self.columns = columns
    self.rows = rows
  }

  public init(_ titles: [String], rows: [[String]]) {
    self.init(columns: titles.map { Column($0) }, rows: rows)
  }

  /// The lines, joined by newlines, without a last one and without trailing spaces.
  ///
  /// Columns stand two spaces apart. If they are wider than `width` together, the widest are cut
  /// with `…` until they fit or each has shrunk to four. Titles are headings; none if all are empty.
  public func render(width: Int = 80, style: Style = .plain) -> String {
    guard !columns.isEmpty else { return "" }
    let mark = style.usesUnicode ? "…" : "."
    let cells = rows.map { row in
      columns.indices.map { $0 < row.count ? Self.oneLine(row[$0]) : "" }
    }
    let widths = fitted(naturalWidths(cells), to: width)
    let alignments = columns.indices.map { index in
      columns[index].alignment
        ?? (Self.areNumbers(cells.map { $0[index] }) ? Alignment.right : .left)
    }
    func line(_ texts: [String], _ paint: (String) -> String = { $0 }) -> String {
      columns.indices.map { index in
        let text = paint(texts[index].truncated(to: widths[index], mark: mark))
        return text.padded(to: widths[index], alignments[index])
      }.joined(separator: "  ").trimmingTrailingSpaces()
    }
    var lines: [String] = []
    if columns.contains(where: { !$0.title.isEmpty }) {
      lines.append(line(columns.map(\.title)) { style(.heading, $0) })
      let rule = style.usesUnicode ? "─" : "-"
      let rules = widths.map { style(.dim, String(repeating: rule, count: $0)) }
      lines.append(rules.joined(separator: "  "))
    }
    lines += cells.map { line($0) }
    return lines.joined(separator: "\n")
  }

  private func naturalWidths(_ cells: [[String]]) -> [Int] {
    columns.indices.map { index in
      cells.reduce(displayWidth(columns[index].title)) { max($0, displayWidth($1[index])) }
    }
  }

  private func fitted(_ natural: [Int], to width: Int) -> [Int] {
    var widths = natural
    var surplus = widths.reduce(0, +) + 2 * (widths.count - 1) - width
    while surplus > 0, let widest = widths.max(), widest > 4,
      let index = widths.lastIndex(of: widest)
    {
      // Down to the next widest at once, so that this takes a few rounds, not one a column.
      let next = max(4, widths.filter { $0 < widest }.max() ?? 4)
      let cut = min(surplus, widest - next)
      widths[index] -= cut
      surplus -= cut
    }
    return widths
  }

  private static func oneLine(_ cell: String) -> String {
    cell.contains { $0.isNewline || $0 == "\t" }
      ? String(cell.map { $0.isNewline || $0 == "\t" ? " " : $0 }) : cell
  }

  /// Whether a column reads as numbers: `-1.5e3`, `1,024`, `12%`, `3.5 MB`, `nan`, dashes for none.
  static func areNumbers(_ cells: [String]) -> Bool {
    let filled = cells.map(withoutEscapes).filter { !$0.isEmpty && $0 != "-" && $0 != "–" }
    return !filled.isEmpty && filled.allSatisfy(isNumber)
  }

  private static func withoutEscapes(_ cell: String) -> String {
    guard cell.contains("\u{1B}") else { return cell }
    return TextPieces(cell).filter { !$0.isEscape }.map { String($0.text) }.joined()
  }

  private static func isNumber(_ cell: String) -> Bool {
    let parts = cell.split(separator: " ")
    guard let first = parts.first, parts.count <= 2 else { return false }
    if parts.count == 2, !parts[1].allSatisfy({ $0.isLetter || "/%".contains($0) }) { return false }
    var digits = first
    while let last = digits.last, last == "%" || last == "×" { digits.removeLast() }
    if ["nan", "inf", "-inf"].contains(String(digits)) { return true }
    return Double(digits.filter { $0 != "," && $0 != "_" }) != nil
  }
}
