/// The frame that the plots share: a field with two axes, a title above and names at the sides.
struct PlotFrame {
  var drawing: Drawing
  let left: Double
  let right: Double
  let top: Double
  let bottom: Double
  let x: Axis
  let y: Axis

  static let small = 11.0

  /// - Parameter below: room under the field for more than the axis.
  init(
    width: Double, height: Double, x: Axis, y: Axis, title: String, xLabel: String, yLabel: String,
    below: Double = 0
  ) {
    let labels = y.labels.map { StrokeFont.width($0, size: Self.small) }.max() ?? 0
    left = 18 + labels + (yLabel.isEmpty ? 0 : 20)
    right = width - 22
    top = title.isEmpty ? 16 : 40
    bottom = height - 30 - (xLabel.isEmpty ? 0 : 20) - below
    self.x = x
    self.y = y
    drawing = Drawing(width: width, height: height)
    drawing.text(title, Drawing.Point((left + right) / 2, 20), size: 14)
    drawing.text(yLabel, Drawing.Point(14, (top + bottom) / 2), isUpright: true)
    drawing.text(xLabel, Drawing.Point((left + right) / 2, bottom + 36))
  }

  func column(_ value: Double) -> Double { left + x.fraction(value) * (right - left) }
  func row(_ value: Double) -> Double { bottom - y.fraction(value) * (bottom - top) }

  mutating func rules() {
    for (tick, label) in zip(y.ticks, y.labels) {
      let height = row(tick)
      drawing.line([.init(left, height), .init(right, height)], .pale)
      drawing.text(label, .init(left - 8, height), .end, size: Self.small)
    }
  }

  mutating func axes(numbered: Bool = true) {
    drawing.line([.init(left, top), .init(left, bottom), .init(right, bottom)], .grey)
    guard numbered else { return }
    for (tick, label) in zip(x.ticks, x.labels) {
      let place = column(tick)
      drawing.line([.init(place, bottom), .init(place, bottom + 4)], .grey)
      drawing.text(label, .init(place, bottom + 14), size: Self.small)
    }
  }
}

extension Drawing {
  /// Colours of series, in order; they repeat after six.
  static let palette: [Color] = [
    Color(0x1F_6F_B2), Color(0xD1_71_1B), Color(0x8A_3F_A0), Color(0x2E_8B_57), Color(0x1B_9A_AA),
    Color(0xC0_39_2B),
  ]

  static func color(_ index: Int) -> Color { palette[index % palette.count] }
}

extension XYPlot {
  /// The plot as a picture of a size in points.
  public func drawing(width: Double = 640, height: Double = 400) -> Drawing {
    let y = Axis(series.flatMap(\.y), count: 6, rounded: true)
    let x = Axis(series.flatMap { $0.x.prefix($0.y.count) }, count: 8, rounded: false)
    let names = series.enumerated().map {
      $1.name.isEmpty && series.count > 1 ? "\($0 + 1)" : $1.name
    }
    let hasLegend = names.contains { !$0.isEmpty }
    var frame = PlotFrame(
      width: width, height: height, x: x, y: y, title: title, xLabel: xLabel, yLabel: yLabel,
      below: hasLegend ? 20 : 0)
    frame.rules()
    for (index, series) in series.enumerated() { draw(series, Drawing.color(index), &frame) }
    frame.axes()
    if hasLegend { legend(names, &frame) }
    return frame.drawing
  }

  private func draw(_ series: Series, _ color: Drawing.Color, _ frame: inout PlotFrame) {
    var run: [Drawing.Point] = []
    var last: Int?
    for point in points(of: series) {
      if mark == .points || last != point.index - 1 {
        finish(&run, color, &frame)
      }
      run.append(Drawing.Point(frame.column(point.x), frame.row(point.y)))
      last = point.index
    }
    finish(&run, color, &frame)
  }

  /// A run of neighbours is a line; one alone is a dot.
  private func finish(
    _ run: inout [Drawing.Point], _ color: Drawing.Color, _ frame: inout PlotFrame
  ) {
    if !run.isEmpty { frame.drawing.line(run, color, thickness: run.count == 1 ? 5 : 1.6) }
    run = []
  }

  private func legend(_ names: [String], _ frame: inout PlotFrame) {
    var x = frame.left
    let y = frame.drawing.height - 12
    for (index, name) in names.enumerated() {
      let color = Drawing.color(index)
      let stroke = [Drawing.Point(x, y), Drawing.Point(x + 16, y)]
      frame.drawing.line(
        mark == .line ? stroke : [.init(x + 8, y)], color, thickness: mark == .line ? 2 : 5)
      frame.drawing.text(name, .init(x + 22, y), .start, size: PlotFrame.small)
      x += 22 + StrokeFont.width(name, size: PlotFrame.small) + 22
    }
  }
}
