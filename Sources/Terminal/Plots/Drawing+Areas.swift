extension Histogram {
  /// The bars as a picture of a size in points.
  public func drawing(width: Double = 640, height: Double = 400) -> Drawing {
    let y = Axis([0, Double(counts.max() ?? 0)], count: 6, rounded: true)
    let x = Axis(edges, count: 10, rounded: false)
    var frame = PlotFrame(
      width: width, height: height, x: x, y: y, title: title,
      xLabel: outside > 0 ? "\(outside) not finite" : "", yLabel: "")
    frame.rules()
    for (index, count) in counts.enumerated() where count > 0 {
      let (left, right) = (frame.column(edges[index]), frame.column(edges[index + 1]))
      let top = frame.row(Double(count))
      frame.drawing.rectangle(
        .init(left + 1, top), max(1, right - left - 2), frame.bottom - top, Drawing.color(0))
    }
    frame.axes()
    return frame.drawing
  }
}

extension HeatMap {
  /// The cells as a picture of a size in points, their scale at the right.
  public func drawing(width: Double = 640, height: Double = 400) -> Drawing {
    var drawing = Drawing(width: width, height: height)
    let columns = values.map(\.count).max() ?? 0
    drawing.text(title, .init(width / 2, 20), size: 14)
    guard columns > 0 else { return drawing }
    let size = PlotFrame.small
    let left = 16 + (rowLabels.map { StrokeFont.width($0, size: size) }.max() ?? 0)
    let top = title.isEmpty ? 16.0 : 40
    let below = columnLabels.map { StrokeFont.width($0, size: size) }.max() ?? 0
    let finite = values.joined().filter(\.isFinite)
    let (low, high) = (finite.min() ?? 0, finite.max() ?? 0)
    let scale = StrokeFont.width(compact(low), size: size)
    let right = width - 52 - max(scale, StrokeFont.width(compact(high), size: size))
    let bottom = height - 16 - below
    let (wide, tall) = ((right - left) / Double(columns), (bottom - top) / Double(values.count))
    for (row, cells) in values.enumerated() {
      for (column, value) in cells.enumerated() where value.isFinite {
        drawing.rectangle(
          // A little over its neighbours, which draw over it in turn: smoothed edges would show the sheet between.
          .init(left + Double(column) * wide, top + Double(row) * tall), wide + 0.5, tall + 0.5,
          Self.color(Self.fraction(value, low, high)))
      }
      guard row < rowLabels.count else { continue }
      drawing.text(
        rowLabels[row], .init(left - 6, top + (Double(row) + 0.5) * tall), .end, size: size)
    }
    for (column, label) in columnLabels.prefix(columns).enumerated() {
      let place = Drawing.Point(left + (Double(column) + 0.5) * wide, bottom + 8)
      drawing.text(label, place, .end, size: size, isUpright: true)
    }
    Self.ramp(&drawing, x: right + 16, top, bottom, compact(low), compact(high))
    return drawing
  }

  private static func fraction(_ value: Double, _ low: Double, _ high: Double) -> Double {
    let span = high / 2 - low / 2
    return span > 0 ? (value / 2 - low / 2) / span : 0.5
  }

  private static func ramp(
    _ drawing: inout Drawing, x: Double, _ top: Double, _ bottom: Double, _ low: String,
    _ high: String
  ) {
    let steps = 48
    let tall = (bottom - top) / Double(steps)
    for step in 0..<steps {
      let place = Drawing.Point(x, bottom - Double(step + 1) * tall)
      drawing.rectangle(place, 14, tall, color((Double(step) + 0.5) / Double(steps)))
    }
    drawing.text(high, .init(x + 20, top + 6), .start, size: PlotFrame.small)
    drawing.text(low, .init(x + 20, bottom - 6), .start, size: PlotFrame.small)
  }

  // From dark to light, so that it reads without colour too.
  private static let stops: [(Double, Double, Double)] = [
    (16, 16, 74), (106, 27, 154), (208, 56, 107), (245, 139, 42), (251, 233, 79),
  ]

  private static func color(_ fraction: Double) -> Drawing.Color {
    let place = min(1, max(0, fraction)) * Double(stops.count - 1)
    let index = min(stops.count - 2, Int(place))
    let (a, b, share) = (stops[index], stops[index + 1], place - Double(index))
    func mix(_ x: Double, _ y: Double) -> UInt32 { UInt32((x + (y - x) * share).rounded()) }
    return Drawing.Color(mix(a.0, b.0) << 16 | mix(a.1, b.1) << 8 | mix(a.2, b.2))
  }
}
