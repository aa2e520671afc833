/// A matrix as shades, for attention, confusion and weights.
public struct HeatMap: Equatable, Sendable {
  public var values: [[Double]]
  public var rowLabels: [String]
  public var columnLabels: [String]
  public var title: String

  /// - Parameter values: rows; shorter rows are filled with NaN.
  public init(
    _ values: [[Double]], rowLabels: [String] = [], columnLabels: [String] = [],
    title: String = ""
  ) {
    self.values = values
    self.rowLabels = rowLabels
    self.columnLabels = columnLabels
    self.title = title
  }

  /// The matrix in at most `width` columns and `height` rows, and its scale below.
  ///
  /// A matrix that is larger shows means over blocks, without labels on that side. Values that are
  /// not finite are `?` (and left out of means).
  public func render(width: Int = 72, height: Int = 24, style: Style = .plain) -> String {
    var lines = title.isEmpty ? [] : [style(.heading, title)]
    let columns = values.map(\.count).max() ?? 0
    guard columns > 0 else { return (lines + ["(no values)"]).joined(separator: "\n") }
    let margin = values.count <= height ? labelWidth(width) : 0
    let room = max(1, width - margin)
    let cellWidth = columns * 2 <= room ? 2 : 1
    let cells = pooled(rows: min(values.count, max(1, height)), columns: min(columns, room))
    let finite = cells.joined().filter(\.isFinite)
    let (low, high) = (finite.min() ?? 0, finite.max() ?? 0)
    if columns <= room { lines += header(margin, cellWidth, columns) }
    for (index, row) in cells.enumerated() {
      let name = margin > 0 && index < rowLabels.count ? rowLabels[index] : ""
      let label = margin > 0 ? name.truncated(to: margin - 1).padded(to: margin) : ""
      lines.append(label + row.map { shade($0, low, high, cellWidth, style) }.joined())
    }
    lines.append(finite.isEmpty ? "(no finite values)" : scale(low, high, style))
    return lines.map { $0.trimmingTrailingSpaces() }.joined(separator: "\n")
  }

  private func labelWidth(_ width: Int) -> Int {
    let widest = rowLabels.map(displayWidth).max() ?? 0
    return widest == 0 ? 0 : min(widest, max(1, width / 3)) + 1
  }

  // Written downwards, one character a line, since a cell is narrower than a word.
  private func header(_ margin: Int, _ cellWidth: Int, _ columns: Int) -> [String] {
    let labels = columnLabels.prefix(columns).map { Array($0.prefix(8)) }
    let height = labels.map(\.count).max() ?? 0
    return (0..<height).map { row in
      let cells = labels.map { label -> String in
        let index = row - (height - label.count)
        let text = index >= 0 ? String(label[index]) : ""
        return (displayWidth(text) <= cellWidth ? text : "").padded(to: cellWidth)
      }
      return String(repeating: " ", count: margin) + cells.joined()
    }
  }

  private func pooled(rows: Int, columns: Int) -> [[Double]] {
    let fullColumns = values.map(\.count).max() ?? 0
    func block(_ index: Int, _ count: Int, _ full: Int) -> Range<Int> {
      index * full / count..<(index + 1) * full / count
    }
    return (0..<rows).map { row in
      (0..<columns).map { column in
        var sum = 0.0
        var count = 0.0
        for i in block(row, rows, values.count) {
          for j in block(column, columns, fullColumns) where j < values[i].count {
            guard values[i][j].isFinite else { continue }
            sum += values[i][j]
            count += 1
          }
        }
        return count > 0 ? sum / count : .nan
      }
    }
  }

  // MARK: Shades

  private static let shades: [Character] = [" ", "░", "▒", "▓", "█"]
  private static let asciiShades: [Character] = [" ", ".", ":", "-", "=", "+", "*", "#", "%", "@"]
  // From dark to light in the 6 × 6 × 6 cube of xterm's 256 colours, blue over red to yellow.
  private static let colors = [17, 18, 54, 90, 126, 162, 198, 203, 208, 214, 220, 226]

  private func shade(
    _ value: Double, _ low: Double, _ high: Double, _ width: Int, _ style: Style
  ) -> String {
    guard value.isFinite else { return String(repeating: "?", count: width) }
    // Halves, because the span of two large numbers may exceed the largest.
    let span = high / 2 - low / 2
    let fraction = span > 0 ? (value / 2 - low / 2) / span : 0.5
    func pick<T>(_ choices: [T]) -> T {
      choices[min(choices.count - 1, Int(fraction * Double(choices.count)))]
    }
    if style.usesColor {
      return style.colored(String(repeating: " ", count: width), "48;5;\(pick(Self.colors))")
    }
    let glyph = pick(style.usesUnicode ? Self.shades : Self.asciiShades)
    return String(repeating: glyph, count: width)
  }

  private func scale(_ low: Double, _ high: Double, _ style: Style) -> String {
    guard high > low else { return "all \(compact(low))" }
    let steps = style.usesColor ? Self.colors.count : style.usesUnicode ? 5 : 10
    let ramp = (0..<steps).map { step in
      shade(low + (high - low) * (Double(step) + 0.5) / Double(steps), low, high, 1, style)
    }
    return "\(compact(low)) \(ramp.joined()) \(compact(high))"
  }
}
