import Foundation
import Interpreter
import Terminal

extension Registry {
  /// Drawing, in the terminal and into files.
  static func plotCommands(_ paths: Paths) -> [CommandRecord] {
    [
      CommandRecord(
        "plot",
        [
          ParameterSpec("y"), ParameterSpec("x", default: Value.none),
          ParameterSpec("kind", default: .string("line")),
          ParameterSpec("title", default: .string("")),
          ParameterSpec("x_label", default: .string("")),
          ParameterSpec("y_label", default: .string("")),
          ParameterSpec("height", default: .int(10)), ParameterSpec("bins", default: .int(10)),
          ParameterSpec("rows", default: Value.none), ParameterSpec("columns", default: Value.none),
        ], .session, "a plot in the terminal: lines, points, a histogram or a heat map",
        help: """
          `kind` is line, scatter, histogram or heat. `y` is a list or tensor of numbers, for a heat map a matrix. A named tuple \
          of lists is several series with a legend: `plot((train=a, test=b))`. Without `x`, values stand over 1, 2, 3 … \
          `height` is about how many rows, `bins` about how many bars; `rows` and `columns` name those of a heat map. \
          `save(plot(…), "loss.svg")` writes the plot to an SVG or PNG file.
          """,
        examples: [
          .init("plot([1, 2, 3])", nil),
          .init("plot([1, 4, 2], x=[0.5, 1, 3], kind=\"scatter\")", nil),
          .init(
            "plot([1, 1, 2, 5], kind=\"histogram\", bins=2)",
            """
            [0, 2) │████████████████████████████████████████████████████████████ 2
            [2, 4) │██████████████████████████████ 1
            [4, 6] │██████████████████████████████ 1
            """), .init("plot([[0, 1], [2, 3]], kind=\"heat\")", nil),
        ]
      ) { .host(PlotValue(try PlotMaker(call: $0).plot(), height: try $0.int(6))) },
      CommandRecord(
        "save", [ParameterSpec("plot"), ParameterSpec("path")], .files,
        "writes a plot to an SVG or PNG file, which the path's end tells", firstTypes: ["plot"]
      ) { call in
        try save(call.host(0, PlotValue.self, "a plot"), to: call.string(1), paths)
        return .none
      },
    ]
  }

  private static func save(_ value: PlotValue, to path: String, _ paths: Paths) throws {
    let kind = (path as NSString).pathExtension.lowercased()
    guard let bytes = value.plot.file(kind) else {
      throw Mistake(
        "a plot cannot be saved as \"\(path)\"", code: "E0751",
        fix: "end the path in .svg or .png", argument: "path")
    }
    let place = URL(fileURLWithPath: try paths.writable(path))
    do {
      try FileManager.default.createDirectory(
        at: place.deletingLastPathComponent(), withIntermediateDirectories: true)
      // To a temporary name, then renamed.
      try Data(bytes).write(to: place, options: .atomic)
    } catch {
      throw Mistake(
        "\"\(path)\" cannot be written", code: "E0702", note: error.localizedDescription,
        argument: "path")
    }
  }
}

/// Reads the arguments of `plot`.
private struct PlotMaker {
  let call: NativeCall

  private static let kinds = ["line", "scatter", "histogram", "heat"]

  func plot() throws -> Plot {
    let kind = try call.string(2)
    let title = try call.string(3)
    switch kind {
    case "line", "scatter":
      let plot = XYPlot(
        try series(), mark: kind == "line" ? .line : .points, title: title,
        xLabel: try call.string(4), yLabel: try call.string(5))
      return .xy(plot)
    case "histogram":
      return .histogram(
        Histogram(try numbers(call[0]), bins: Swift.max(1, try call.int(7)), title: title))
    case "heat":
      let rows = try call.interpreter.elements(of: call[0]).map(numbers)
      return .heatMap(
        HeatMap(rows, rowLabels: try names(8), columnLabels: try names(9), title: title))
    default:
      throw Mistake(
        "there is no kind of plot \"\(kind)\"", code: "E0750",
        note: "kinds: " + Self.kinds.joined(separator: ", "),
        fix: Suggestion.nearest(kind, Self.kinds).map { "did you mean \"\($0)\"?" },
        argument: "kind")
    }
  }

  private func series() throws -> [XYPlot.Series] {
    let x = call.isNone(1) ? nil : try numbers(call[1])
    func series(_ name: String, _ value: Value) throws -> XYPlot.Series {
      let y = try numbers(value)
      return XYPlot.Series(name, x: x ?? y.indices.map { Double($0 + 1) }, y: y)
    }
    guard case .tuple(let tuple) = call[0] else { return [try series("", call[0])] }
    return try zip(tuple.names, tuple.elements).map(series)
  }

  private func numbers(_ value: Value) throws -> [Double] {
    if case .tensor(let variable) = value, variable.rank == 1 {
      return try variable.value.doubles()
    }
    return try call.interpreter.elements(of: value).map {
      try call.interpreter.number($0, at: call.span)
    }
  }

  private func names(_ index: Int) throws -> [String] {
    if call.isNone(index) { return [] }
    return try call.list(index).map { call.interpreter.printer.text($0) }
  }
}

/// A plot, drawn when it is printed, at the width that there is.
final class PlotValue: HostValue {
  let plot: Plot
  let height: Int

  init(_ plot: Plot, height: Int) {
    self.plot = plot
    self.height = Swift.max(3, height)
  }

  var typeName: String { "plot" }

  func description(for printer: Printer) -> String {
    let usesColor = printer.style("x", .heading) != "x"
    return plot.render(
      width: Swift.min(printer.width, 72), height: height, style: Style(usesColor: usesColor)
    ).trimmingTrailingNewline
  }
}
