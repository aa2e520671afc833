/// One picture of numbers, of whichever kind: drawn in text, or as a file of a kind that its name tells.
public enum Plot: Equatable, Sendable {
  case xy(XYPlot)
  case histogram(Histogram)
  case heatMap(HeatMap)

  /// The plot in text. A histogram is as high as it has bins.
  public func render(width: Int, height: Int, style: Style) -> String {
    switch self {
    case .xy(let plot): plot.render(width: width, height: height, style: style)
    case .histogram(let plot): plot.render(width: width, style: style)
    case .heatMap(let plot): plot.render(width: width, height: max(height, 24), style: style)
    }
  }

  public func drawing() -> Drawing {
    switch self {
    case .xy(let plot): plot.drawing()
    case .histogram(let plot): plot.drawing()
    case .heatMap(let plot): plot.drawing()
    }
  }

  /// The kinds of files, by the ends of their names.
  public static let fileKinds = ["svg", "png"]

  /// The bytes of a file; nil for a kind that is none of `fileKinds`.
  public func file(_ kind: String) -> [UInt8]? {
    switch kind {
    case "svg": Array(drawing().svg.utf8)
    case "png": PNG.encoded(Raster(drawing()))
    default: nil
    }
  }
}
