import Interpreter
import Terminal

extension Registry {
  /// Looking around, and drawing.
  static func sessionCommands() -> [CommandRecord] {
    [
      CommandRecord(
        "help", [ParameterSpec("name", default: Value.none)], .session,
        "what a command, method or module is, or the list of all"
      ) { call in .host(TextValue(try Help(call.interpreter).text(for: call[0]))) },
      CommandRecord(
        "source", [ParameterSpec("function")], .session,
        "the text of a method, module or function of the language"
      ) { call in .host(TextValue(try Help(call.interpreter).source(of: call[0]))) },
      CommandRecord(
        "quit", [ParameterSpec("status", default: .int(0))], .session,
        "leaves the session or ends the script, with an exit code from 0 to 255"
      ) { call in
        let status = try call.int(0)
        guard (0...255).contains(status) else {
          throw Mistake("an exit code is from 0 to 255, not \(status)", argument: "status")
        }
        throw Quit(status: Int32(status))
      },
      plotCommand(),
    ]
  }

  private static func plotCommand() -> CommandRecord {
    CommandRecord(
      "plot",
      [ParameterSpec("y"), ParameterSpec("x", default: Value.none), ParameterSpec("title", default: .string("")),
       ParameterSpec("height", default: .int(10))],
      .session, "a line plot in the terminal: a list of numbers, or a tuple of named lists",
      examples: [.init("plot([1, 2, 3])", nil)]
    ) { call in
      func numbers(_ value: Value) throws -> [Double] {
        try call.interpreter.elements(of: value).map { try call.interpreter.number($0, at: call.span) }
      }
      let x = call.isNone(1) ? nil : try numbers(call[1])
      var series: [XYPlot.Series] = []
      if case .tuple(let tuple) = call[0] {
        for (name, element) in zip(tuple.names, tuple.elements) {
          let y = try numbers(element)
          series.append(XYPlot.Series(name, x: x ?? y.indices.map { Double($0 + 1) }, y: y))
        }
      } else {
        let y = try numbers(call[0])
        series = [XYPlot.Series("", x: x ?? y.indices.map { Double($0 + 1) }, y: y)]
      }
      let plot = XYPlot(series, title: try call.string(2))
      return .host(PlotValue(plot, height: Swift.max(3, try call.int(3))))
    }
  }
}

/// A plot, drawn when it is printed, at the width that there is.
final class PlotValue: HostValue {
  let plot: XYPlot
  let height: Int
  init(_ plot: XYPlot, height: Int) {
    self.plot = plot
    self.height = height
  }
  var typeName: String { "plot" }
  func description(for printer: Printer) -> String {
    plot.render(width: Swift.min(printer.width, 72), height: height).trimmingTrailingNewline
  }
}
