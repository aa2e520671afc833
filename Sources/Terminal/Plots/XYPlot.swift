/// Points or lines over two axes, drawn in text.
///
/// Dots are Braille characters where they suffice. Several series without colour, and any plot
/// without Unicode, use one mark a series instead. The same data give the same text everywhere.
public struct XYPlot: Equatable, Sendable {
  public struct Series: Equatable, Sendable {
    public var name: String
    public var x: [Double]
    public var y: [Double]

    /// Values of which one is NaN or infinite leave a gap; surplus ones are dropped.
    public init(_ name: String = "", x: [Double], y: [Double]) {
      self.name = name
      self.x = x
      self.y = y
    }

    /// Values over 0, 1, 2 …
    public init(_ name: String, _ y: [Double]) {
      self.init(name, x: y.indices.map(Double.init), y: y)
    }
  }

  public enum Mark: Sendable { case line, points }

  public var series: [Series]
  public var mark: Mark
  public var title: String
  public var xLabel: String
  public var yLabel: String

  public init(
    _ series: [Series], mark: Mark = .line, title: String = "", xLabel: String = "",
    yLabel: String = ""
  ) {
    self.series = series
    self.mark = mark
    self.title = title
    self.xLabel = xLabel
    self.yLabel = yLabel
  }

  /// The plot in at most `width` columns, its drawing about `height` rows high, title, axis and legend
  /// around it. Lines end without spaces, the text without a newline.
  public func render(width: Int = 72, height: Int = 12, style: Style = .plain) -> String {
    let wanted = max(3, height)
    let y = Axis(series.flatMap(\.y), count: max(2, wanted / 3), rounded: true)
    let height = Self.rows(wanted, y)
    let margin = y.labels.map(displayWidth).max() ?? 0
    let plotWidth = max(8, width - margin - 2)
    let x = Axis(
      series.flatMap { $0.x.prefix($0.y.count) }, count: max(2, plotWidth / 12), rounded: false)
    var canvas = DotCanvas(width: plotWidth, height: height, kind: kind(style))
    for (ink, series) in series.enumerated() { draw(series, ink, x, y, &canvas) }

    var lines = heading(style, margin: margin)
    lines += body(canvas, y, margin: margin, style)
    lines += bottom(x, margin: margin, width: plotWidth, canvas, style)
    if series.allSatisfy({ points(of: $0).isEmpty }) { lines.append("(no finite values)") }
    lines += legend(style, width: width)
    return lines.map { $0.trimmingTrailingSpaces() }.joined(separator: "\n")
  }

  /// As many rows as let the ticks stand equally far apart.
  private static func rows(_ wanted: Int, _ axis: Axis) -> Int {
    let intervals = axis.ticks.count - 1
    guard intervals > 0, axis.ticks.first == axis.lower, axis.ticks.last == axis.upper
    else { return wanted }
    return max(1, (wanted - 1 + intervals / 2) / intervals) * intervals + 1
  }

  private static let marks: [Character] = ["•", "×", "+", "○", "▲", "◆"]
  private static let asciiMarks: [Character] = ["*", "x", "+", "o", "#", "@"]

  private func kind(_ style: Style) -> DotCanvas.Kind {
    if !style.usesUnicode { return .marks(Self.asciiMarks) }
    return series.count > 1 && !style.usesColor ? .marks(Self.marks) : .braille
  }

  func points(of series: Series) -> [(index: Int, x: Double, y: Double)] {
    zip(series.x, series.y).enumerated().compactMap { index, point in
      point.0.isFinite && point.1.isFinite ? (index, point.0, point.1) : nil
    }
  }

  private func draw(
    _ series: Series, _ ink: Int, _ xAxis: Axis, _ yAxis: Axis, _ canvas: inout DotCanvas
  ) {
    var last: (index: Int, x: Int, y: Int)?
    for point in points(of: series) {
      let x = Self.dot(xAxis.fraction(point.x), canvas.dotWidth)
      let y = canvas.dotHeight - 1 - Self.dot(yAxis.fraction(point.y), canvas.dotHeight)
      if mark == .line, let last, last.index == point.index - 1 {
        canvas.line(from: (last.x, last.y), to: (x, y), ink: ink)
      } else {
        canvas.set(x, y, ink: ink)
      }
      last = (point.index, x, y)
    }
  }

  private static func dot(_ fraction: Double, _ count: Int) -> Int {
    Int((min(1, max(0, fraction)) * Double(count - 1)).rounded())
  }

  // MARK: Around the drawing

  private func heading(_ style: Style, margin: Int) -> [String] {
    var lines: [String] = []
    let indent = String(repeating: " ", count: margin + 2)
    if !title.isEmpty { lines.append(indent + style(.heading, title)) }
    if !yLabel.isEmpty { lines.append(indent + style(.dim, yLabel)) }
    return lines
  }

  private func body(_ canvas: DotCanvas, _ axis: Axis, margin: Int, _ style: Style) -> [String] {
    var labels: [Int: String] = [:]
    for (tick, label) in zip(axis.ticks, axis.labels) {
      let dot = canvas.dotHeight - 1 - Self.dot(axis.fraction(tick), canvas.dotHeight)
      labels[dot / canvas.dotsPerRow] = label
    }
    let (tick, rule) = style.usesUnicode ? ("┤", "│") : ("+", "|")
    return (0..<canvas.height).map { row in
      let label = (labels[row] ?? "").padded(to: margin, .right)
      return label + " " + style(.dim, labels[row] == nil ? rule : tick)
        + canvas.row(row, style: style)
    }
  }

  private func bottom(
    _ axis: Axis, margin: Int, width: Int, _ canvas: DotCanvas, _ style: Style
  ) -> [String] {
    let (corner, rule, tick) = style.usesUnicode ? ("└", "─", "┬") : ("+", "-", "+")
    var marks = Array(repeating: rule, count: width)
    var labels = ""
    let perColumn = canvas.dotWidth / canvas.width
    for (value, label) in zip(axis.ticks, axis.labels) {
      let column = Self.dot(axis.fraction(value), canvas.dotWidth) / perColumn
      marks[column] = tick
      // Centred under its tick, moved left at the right edge, left out where it would touch.
      let size = displayWidth(label)
      let start = max(0, min(column - (size - 1) / 2, width - size))
      if labels.isEmpty || start > displayWidth(labels) {
        labels = labels.padded(to: start) + label
      }
    }
    let indent = String(repeating: " ", count: margin + 1)
    var lines = [indent + style(.dim, corner + marks.joined()), indent + " " + labels]
    if !xLabel.isEmpty {
      lines.append(indent + " " + style(.dim, xLabel.padded(to: width, .center)))
    }
    return lines
  }

  private func legend(_ style: Style, width: Int) -> [String] {
    guard series.count > 1 || series.contains(where: { !$0.name.isEmpty }) else { return [] }
    let entries = series.enumerated().map { index, series in
      let name = series.name.isEmpty ? "\(index + 1)" : series.name
      return style.series(index, sign(index, style)) + " " + name
    }
    return entries.joined(separator: "   ").wrapped(to: max(8, width))
  }

  private func sign(_ index: Int, _ style: Style) -> String {
    switch kind(style) {
    case .braille: mark == .line ? "──" : "⠿"
    case .marks(let marks): String(marks[index % marks.count])
    }
  }
}
