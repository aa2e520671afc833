/// A picture as a list of shapes over a white sheet, in points from the top left; what SVG and PNG files are made of.
public struct Drawing: Equatable, Sendable {
  public struct Point: Equatable, Sendable {
    public var x: Double
    public var y: Double
    init(_ x: Double, _ y: Double) {
      self.x = x
      self.y = y
    }
  }

  public struct Color: Equatable, Sendable {
    public var red: UInt8
    public var green: UInt8
    public var blue: UInt8
    init(_ hex: UInt32) {
      red = UInt8(truncatingIfNeeded: hex >> 16)
      green = UInt8(truncatingIfNeeded: hex >> 8)
      blue = UInt8(truncatingIfNeeded: hex)
    }

    static let black = Color(0x22_22_22)
    static let grey = Color(0x88_88_88)
    static let pale = Color(0xE4_E4_E4)
  }

  /// Which part of a text stands at its place; its middle line is at the place's height.
  public enum Anchor: String, Sendable { case start, middle, end }

  enum Shape: Equatable, Sendable {
    /// Joined by straight strokes; one point alone is a dot.
    case line([Point], Color, thickness: Double)
    case rectangle(Point, width: Double, height: Double, Color)
    /// Written upwards if `isUpright`.
    case text(String, at: Point, Anchor, size: Double, Color, isUpright: Bool)
  }

  public let width: Double
  public let height: Double
  var shapes: [Shape] = []

  init(width: Double, height: Double) {
    self.width = width
    self.height = height
  }

  mutating func line(_ points: [Point], _ color: Color, thickness: Double = 1) {
    shapes.append(.line(points, color, thickness: thickness))
  }

  mutating func rectangle(_ corner: Point, _ width: Double, _ height: Double, _ color: Color) {
    shapes.append(.rectangle(corner, width: width, height: height, color))
  }

  mutating func text(
    _ text: String, _ place: Point, _ anchor: Anchor = .middle, size: Double = 12,
    color: Color = .black, isUpright: Bool = false
  ) {
    if text.isEmpty { return }
    shapes.append(
      .text(text, at: place, anchor, size: size, color, isUpright: isUpright))
  }
}

extension Drawing {
  /// The drawing as the text of an SVG 1.1 file.
  public var svg: String {
    let (width, height) = (Self.number(width), Self.number(height))
    var lines = [
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"\(width)\" height=\"\(height)\""
        + " viewBox=\"0 0 \(width) \(height)\" font-family=\"sans-serif\">",
      "<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>",
    ]
    lines += shapes.map(Self.element)
    return (lines + ["</svg>"]).joined(separator: "\n") + "\n"
  }

  private static func element(_ shape: Shape) -> String {
    switch shape {
    case .line(let points, let color, let thickness):
      if let point = points.first, points.count == 1 {
        return "<circle cx=\"\(number(point.x))\" cy=\"\(number(point.y))\""
          + " r=\"\(number(thickness / 2))\" fill=\"\(hex(color))\"/>"
      }
      let places = points.map { "\(number($0.x)),\(number($0.y))" }.joined(separator: " ")
      return "<polyline points=\"\(places)\" fill=\"none\" stroke=\"\(hex(color))\""
        + " stroke-width=\"\(number(thickness))\" stroke-linejoin=\"round\""
        + " stroke-linecap=\"round\"/>"
    case .rectangle(let corner, let width, let height, let color):
      return "<rect x=\"\(number(corner.x))\" y=\"\(number(corner.y))\" width=\"\(number(width))\""
        + " height=\"\(number(height))\" fill=\"\(hex(color))\"/>"
    case .text(let text, let place, let anchor, let size, let color, let isUpright):
      let (x, y) = (number(place.x), number(place.y))
      let turn = isUpright ? " transform=\"rotate(-90 \(x) \(y))\"" : ""
      return "<text x=\"\(x)\" y=\"\(y)\" text-anchor=\"\(anchor.rawValue)\""
        + " dominant-baseline=\"central\" font-size=\"\(number(size))\" fill=\"\(hex(color))\"\(turn)>"
        + escaped(text) + "</text>"
    }
  }

  private static func number(_ value: Double) -> String {
    compact((value * 100).rounded() / 100, digits: 7)
  }

  private static func hex(_ color: Color) -> String {
    let digits = Array("0123456789abcdef")
    return "#"
      + [color.red, color.green, color.blue].map {
        "\(digits[Int($0 >> 4)])\(digits[Int($0 & 15)])"
      }.joined()
  }

  /// Characters that XML gives a meaning are named, those that it forbids left out.
  private static func escaped(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "&": result += "&amp;"
      case "\"": result += "&quot;"
      default: if scalar.value >= 0x20 { result.unicodeScalars.append(scalar) }
      }
    }
    return result
  }
}
