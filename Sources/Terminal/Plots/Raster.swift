/// A drawing as pixels, its edges smoothed.
struct Raster {
  let width: Int
  let height: Int
  /// Red, green and blue of each pixel, row by row.
  private(set) var pixels: [UInt8]
  private let scale: Double

  /// - Parameter scale: pixels a point.
  init(_ drawing: Drawing, scale: Double = 2) {
    self.scale = scale
    width = max(1, Int((drawing.width * scale).rounded()))
    height = max(1, Int((drawing.height * scale).rounded()))
    pixels = Array(repeating: 255, count: width * height * 3)
    for shape in drawing.shapes { draw(shape) }
  }

  private mutating func draw(_ shape: Drawing.Shape) {
    switch shape {
    case .line(let points, let color, let thickness):
      stroke(points, color, thickness)
    case .rectangle(let corner, let width, let height, let color):
      fill(corner, width, height, color)
    case .text(let text, let place, let anchor, let size, let color, let isUpright):
      let strokes = StrokeFont.strokes(text, size: size, anchor: anchor)
      for line in strokes {
        let points = line.map {
          isUpright
            ? Drawing.Point(place.x + $0.y, place.y - $0.x)
            : Drawing.Point(place.x + $0.x, place.y + $0.y)
        }
        stroke(points, color, size / 10)
      }
    }
  }

  private mutating func stroke(
    _ points: [Drawing.Point], _ color: Drawing.Color, _ thickness: Double
  ) {
    if let only = points.first, points.count == 1 { segment(only, only, color, thickness) }
    for (start, end) in zip(points, points.dropFirst()) { segment(start, end, color, thickness) }
  }

  /// Pixels near the segment, by how much of each lies within half the thickness of it.
  private mutating func segment(
    _ start: Drawing.Point, _ end: Drawing.Point, _ color: Drawing.Color, _ thickness: Double
  ) {
    let (x0, y0, x1, y1) = (start.x * scale, start.y * scale, end.x * scale, end.y * scale)
    let half = thickness * scale / 2
    let columns = range(min(x0, x1) - half - 1, max(x0, x1) + half + 1, width)
    let rows = range(min(y0, y1) - half - 1, max(y0, y1) + half + 1, height)
    let (dx, dy) = (x1 - x0, y1 - y0)
    let square = dx * dx + dy * dy
    for row in rows {
      for column in columns {
        let (x, y) = (Double(column) + 0.5 - x0, Double(row) + 0.5 - y0)
        let along = square > 0 ? min(1, max(0, (x * dx + y * dy) / square)) : 0
        let (ox, oy) = (x - along * dx, y - along * dy)
        let distance = (ox * ox + oy * oy).squareRoot()
        blend(column, row, color, min(1, max(0, half + 0.5 - distance)))
      }
    }
  }

  private mutating func fill(
    _ corner: Drawing.Point, _ width: Double, _ height: Double, _ color: Drawing.Color
  ) {
    let (left, right) = (corner.x * scale, (corner.x + width) * scale)
    let (top, bottom) = (corner.y * scale, (corner.y + height) * scale)
    for row in range(top, bottom + 1, self.height) {
      let tall = min(bottom, Double(row + 1)) - max(top, Double(row))
      for column in range(left, right + 1, self.width) where tall > 0 {
        let wide = min(right, Double(column + 1)) - max(left, Double(column))
        if wide > 0 { blend(column, row, color, tall * wide) }
      }
    }
  }

  private func range(_ low: Double, _ high: Double, _ limit: Int) -> Range<Int> {
    let first = min(Double(limit), max(0, low.rounded(.down)))
    let last = min(Double(limit), max(first, high.rounded(.up)))
    return Int(first)..<Int(last)
  }

  private mutating func blend(_ x: Int, _ y: Int, _ color: Drawing.Color, _ share: Double) {
    if share <= 0 { return }
    let place = (y * width + x) * 3
    for (offset, part) in [color.red, color.green, color.blue].enumerated() {
      let old = Double(pixels[place + offset])
      pixels[place + offset] = UInt8((old + (Double(part) - old) * share).rounded())
    }
  }
}
