import Foundation
import Interpreter
import Syntax
import Tensor
import Terminal

/// The rows of a trace under the function that they stand in, in columns, or below each other in a
/// narrow window.
struct TraceTable {
  static let narrow = 72
  private let rows: [TraceLine]
  private let printer: Printer
  private let isBackward: Bool

  init(_ rows: [TraceLine], _ printer: Printer) {
    self.rows = rows
    self.printer = printer
    isBackward = rows.contains { $0.norm != nil }
  }

  var lines: [String] {
    if rows.isEmpty { return ["  no operation here"] }
    let cells = rows.map(self.cells)
    let titles =
      isBackward
      ? ["operation", "shape", "norm", "time", "FLOPs"]
      : ["operation", "shape", "time", "FLOPs", "saved"]
    var widths = titles.map(\.count)
    for row in cells {
      for (column, cell) in row.enumerated() {
        widths[column] = Swift.max(widths[column], displayWidth(cell))
      }
    }
    // A time is never wider than this, so that a table looks the same each time.
    if let time = titles.firstIndex(of: "time") { widths[time] = 8 }
    return printer.width < TraceTable.narrow
      ? stacked(cells, titles) : columns(cells, titles, widths)
  }

  private func columns(_ cells: [[String]], _ titles: [String], _ widths: [Int]) -> [String] {
    let room = Swift.max(12, printer.width - 2 - widths.reduce(0) { $0 + $1 + 2 })
    func row(_ text: String, _ cells: [String]) -> String {
      let rest = cells.enumerated().map { column, cell in
        cell.padded(to: widths[column], column < 2 ? .left : .right)
      }
      return "  " + ([text.truncated(to: room).padded(to: room)] + rest).joined(separator: "  ")
    }
    var result = [printer.style(row("source", titles), .dim)]
    for (index, line) in rows.enumerated() {
      if index == 0 || startsGroup(index) { result.append(heading(line)) }
      result.append(row(line.text, cells[index]))
    }
    return result
  }

  private func stacked(_ cells: [[String]], _ titles: [String]) -> [String] {
    var result = [printer.style("  source", .dim)]
    result += wrapped(titles.joined(separator: "  ")).map { printer.style($0, .dim) }
    for (index, line) in rows.enumerated() {
      if index == 0 || startsGroup(index) { result += narrowHeading(line) }
      result.append("  " + line.text.truncated(to: printer.width - 2))
      result += wrapped(cells[index].filter { !$0.isEmpty }.joined(separator: "  "))
    }
    return result
  }

  private func wrapped(_ text: String) -> [String] {
    text.wrapped(to: printer.width - 4).map { "    " + $0.drop { $0 == " " } }
  }

  private func startsGroup(_ index: Int) -> Bool {
    rows[index].call !== rows[index - 1].call
      || rows[index].span?.line != rows[index - 1].span?.line
  }

  /// `blocks.0.attn.q  LoRA.forward  methods/lora.peft:5`
  private func heading(_ line: TraceLine) -> String {
    let text = headingParts(line).joined(separator: "  ")
    return printer.style((text.isEmpty ? "the run" : text).truncated(to: printer.width), .string)
  }

  /// The file and line below the rest, where one line has no room for both.
  private func narrowHeading(_ line: TraceLine) -> [String] {
    let parts = headingParts(line)
    guard parts.count > 1, let place = line.span?.place,
      displayWidth(parts.joined(separator: "  ")) > printer.width
    else { return [heading(line)] }
    return [parts.dropLast().joined(separator: "  "), place].map {
      printer.style($0.truncated(to: printer.width), .string)
    }
  }

  private func headingParts(_ line: TraceLine) -> [String] {
    [line.call?.path ?? "", line.call?.title ?? "", line.span?.place ?? ""].filter { !$0.isEmpty }
  }

  private func cells(_ line: TraceLine) -> [String] {
    let time = TraceTable.time(line.seconds)
    let flops = printer.grouped(line.flops)
    let head = [line.operation == "leaf" ? "parameter" : line.operation, describe(line.shape)]
    if isBackward {
      let norm = line.norm.map { printer.number($0.rounded(to: 4)) } ?? ""
      return head + [norm, time, flops]
    }
    return head + [time, flops, printer.grouped(line.savedBytes ?? 0)]
  }

  /// `812 µs`, `31.4 ms`, `2.10 s`
  static func time(_ seconds: Double) -> String {
    if seconds < 1e-3 { return "\(Int((seconds * 1e6).rounded())) µs" }
    if seconds < 1 { return String(format: "%.1f ms", seconds * 1e3) }
    return String(format: "%.2f s", seconds)
  }
}
