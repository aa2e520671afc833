/// How often values fall into equal bins, as horizontal bars.
public struct Histogram: Equatable, Sendable {
  public var title: String
  /// The limits of the bins, one more than there are bins. The last bin includes its upper limit.
  public let edges: [Double]
  public let counts: [Int]
  /// NaN and infinities, which no bin holds.
  public let outside: Int

  /// - Parameter bins: about how many; limits are round numbers.
  public init(_ values: [Double], bins: Int = 10, title: String = "") {
    self.title = title
    let finite = values.filter(\.isFinite)
    outside = values.count - finite.count
    let axis = Axis(finite, count: max(1, bins), rounded: true)
    edges = axis.ticks
    var counts = Array(repeating: 0, count: max(0, axis.ticks.count - 1))
    for value in finite where !counts.isEmpty {
      // The quotient may round across a limit: the limits decide.
      var bin = min(counts.count - 1, Int(axis.fraction(value) * Double(counts.count)))
      if value < edges[bin] { bin -= 1 }
      if bin + 1 < counts.count, value >= edges[bin + 1] { bin += 1 }
      counts[max(0, bin)] += 1
    }
    self.counts = counts
  }

  /// One line a bin: its limits, its bar and its count, in at most `width` columns.
  public func render(width: Int = 72, style: Style = .plain) -> String {
    var lines = title.isEmpty ? [] : [style(.heading, title)]
    if counts.contains(where: { $0 > 0 }) {
      lines += bars(width: width, style: style)
    } else {
      lines.append("(no finite values)")
    }
    if outside > 0 { lines.append("\(outside) not finite") }
    return lines.joined(separator: "\n")
  }

  private func bars(width: Int, style: Style) -> [String] {
    let axis = Axis(edges, count: max(1, counts.count), rounded: true)
    let names = axis.labels.count == edges.count ? axis.labels : edges.map { compact($0) }
    let nameWidth = names.map(\.count).max() ?? 0
    let largest = counts.max() ?? 1
    let room = max(4, width - 2 * nameWidth - 9 - "\(largest)".count)
    let rule = style.usesUnicode ? "│" : "|"
    return counts.indices.map { index in
      let low = names[index].padded(to: nameWidth, .right)
      let high = names[index + 1].padded(to: nameWidth, .right)
      let close = index == counts.count - 1 ? "]" : ")"
      let bar = Self.bar(Double(counts[index]) / Double(largest), room, style)
      return "[\(low), \(high)\(close) \(style(.dim, rule))\(style.series(0, bar)) \(counts[index])"
    }
  }

  private static func bar(_ fraction: Double, _ room: Int, _ style: Style) -> String {
    guard style.usesUnicode else {
      return String(repeating: "#", count: Int((fraction * Double(room)).rounded()))
    }
    let eighths = Int((fraction * Double(room * 8)).rounded())
    let partial = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"][eighths % 8]
    return String(repeating: "█", count: eighths / 8) + partial
  }
}
