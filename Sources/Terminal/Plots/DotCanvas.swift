/// A raster of dots that is printed as characters.
///
/// Braille characters hold 2 × 4 dots each, in one ink a character; with marks, a character holds
/// one dot and shows whose it is.
struct DotCanvas {
  enum Kind: Equatable {
    case braille
    case marks([Character])
  }

  let width: Int
  let height: Int
  let kind: Kind
  private var dots: [UInt8]
  private var inks: [Int]

  init(width: Int, height: Int, kind: Kind) {
    self.width = width
    self.height = height
    self.kind = kind
    dots = Array(repeating: 0, count: width * height)
    inks = Array(repeating: -1, count: width * height)
  }

  var dotWidth: Int { kind == .braille ? width * 2 : width }
  var dotHeight: Int { kind == .braille ? height * 4 : height }
  var dotsPerRow: Int { kind == .braille ? 4 : 1 }

  /// Sets a dot; (0, 0) is at the top left. Dots outside are left out.
  mutating func set(_ x: Int, _ y: Int, ink: Int) {
    guard x >= 0, y >= 0, x < dotWidth, y < dotHeight else { return }
    if kind == .braille {
      let cell = y / 4 * width + x / 2
      // Unicode numbers Braille dots down the left column, down the right one, then the last row.
      let bits: [[UInt8]] = [[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]]
      dots[cell] |= bits[y % 4][x % 2]
      inks[cell] = ink
    } else {
      dots[y * width + x] = 1
      inks[y * width + x] = ink
    }
  }

  /// A straight line by Bresenham's algorithm.
  mutating func line(from start: (x: Int, y: Int), to end: (x: Int, y: Int), ink: Int) {
    var (x, y) = start
    let dx = abs(end.x - x)
    let dy = -abs(end.y - y)
    let stepX = x < end.x ? 1 : -1
    let stepY = y < end.y ? 1 : -1
    var error = dx + dy
    while true {
      set(x, y, ink: ink)
      if x == end.x, y == end.y { return }
      let doubled = 2 * error
      if doubled >= dy {
        error += dy
        x += stepX
      }
      if doubled <= dx {
        error += dx
        y += stepY
      }
    }
  }

  /// One row as text, each run of an ink coloured.
  func row(_ index: Int, style: Style) -> String {
    var text = ""
    var run = ""
    var ink = -1
    for cell in index * width..<(index + 1) * width {
      if inks[cell] != ink {
        text += ink < 0 ? run : style.series(ink, run)
        run = ""
        ink = inks[cell]
      }
      run.append(glyph(cell))
    }
    return text + (ink < 0 ? run : style.series(ink, run))
  }

  private func glyph(_ cell: Int) -> Character {
    guard dots[cell] != 0 else { return " " }
    switch kind {
    case .braille:
      return Unicode.Scalar(0x2800 + UInt32(dots[cell])).map { Character($0) } ?? " "
    case .marks(let marks): return marks[max(0, inks[cell]) % marks.count]
    }
  }
}
