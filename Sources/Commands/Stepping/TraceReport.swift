import Autograd
import Interpreter
import Syntax
import Tensor
import Terminal
import Training

/// `trace(run)`: a step's operations forward and backward, and what the optimiser made of it.
final class TraceReport: HostValue {
  private let tracer: Tracer
  private let record: StepRecord
  private let pattern: SitePattern?
  private let depth: Int?

  // Texts are made when they are looked at: a trace should cost little more than its step.
  private lazy var forward = TraceLine.folded(
    tracer.forward.filter { isShown($0.call?.path ?? "") }.map(TraceLine.init), depth: depth)
  private lazy var backward = TraceLine.folded(
    tracer.backward.filter { isShown($0.call?.path ?? "") || isShown($0.title) }.map(TraceLine.init),
    depth: depth)
  private lazy var updates = tracer.updates.filter { isShown($0.path) }

  init(_ tracer: Tracer, _ record: StepRecord, at pattern: SitePattern?, depth: Int?) {
    self.tracer = tracer
    self.record = record
    self.pattern = pattern
    self.depth = depth
  }

  private func isShown(_ path: String) -> Bool {
    pattern.map { SitePattern.covers($0, path) } ?? true
  }

  var typeName: String { "trace" }
  var memberNames: [String] {
    [
      "forward", "backward", "optimizer", "loss", "flops", "backward_flops", "saved_bytes",
      "activations", "gradients", "updates",
    ]
  }

  func member(_ name: String) throws -> Value? {
    switch name {
    case "forward": return .host(table(forward))
    case "backward": return .host(table(backward))
    case "optimizer": return .host(optimizer)
    case "loss": return .float(record.loss)
    case "flops": return .int(forward.reduce(0) { $0 + $1.flops })
    case "backward_flops": return .int(backward.reduce(0) { $0 + $1.flops })
    case "saved_bytes": return .int(forward.reduce(0) { $0 + ($1.savedBytes ?? 0) })
    case "activations": return tuple(tracer.activations)
    case "gradients": return tuple(tracer.gradients)
    case "updates": return tuple(tracer.changes)
    default: return nil
    }
  }

  private func tuple(_ tensors: [(String, Tensor)]) -> Value {
    .tuple(tensors.filter { !$0.0.isEmpty }.map { ($0.0, .tensor(Variable($0.1))) })
  }

  /// The rows as numbers, for scripts.
  private func table(_ lines: [TraceLine]) -> TableValue {
    let isBackward = lines.contains { $0.norm != nil }
    let titles =
      ["site", "function", "line", "source", "operation", "shape"]
      + (isBackward ? ["norm", "seconds", "flops"] : ["seconds", "flops", "saved"])
    return TableValue(
      titles,
      lines.map { line in
        let head: [Value] = [
          .string(line.call?.path ?? ""), .string(line.call?.title ?? ""),
          .string(line.span?.place ?? ""), .string(line.text), .string(line.operation),
          .string(describe(line.shape)),
        ]
        let tail: [Value] =
          isBackward
          ? [.float(line.norm ?? 0), .float(line.seconds), .int(line.flops)]
          : [.float(line.seconds), .int(line.flops), .int(line.savedBytes ?? 0)]
        return head + tail
      })
  }

  private var optimizer: TableValue {
    TableValue(
      ["parameter", "value", "gradient", "update", "ratio"],
      updates.map { row in
        [
          .string(row.path), .float(row.value), .float(row.gradient), .float(row.update),
          .float(row.value == 0 ? .infinity : row.update / row.value),
        ]
      })
  }

  // MARK: Printing

  func description(for printer: Printer) -> String {
    var lines = [printer.style("forward", .heading)]
    lines += TraceTable(forward, printer).lines
    lines += [
      "", printer.style("backward, from the loss \(short(record.loss, printer))", .heading),
    ]
    lines += TraceTable(backward, printer).lines
    lines += [
      "", printer.style("optimizer, at a rate of \(short(record.learningRate, printer))", .heading),
    ]
    lines += updateLines(printer)
    return (lines + ["", summary(printer)]).joined(separator: "\n")
  }

  private func short(_ number: Double, _ printer: Printer) -> String {
    printer.number(number.rounded(to: 5))
  }

  private func updateLines(_ printer: Printer) -> [String] {
    if updates.isEmpty { return ["  nothing here is trained"] }
    func cell(_ x: Double) -> String { printer.number(x.rounded(to: 4)) }
    func ratio(_ row: Tracer.UpdateRow) -> String {
      row.value == 0 ? "from 0" : cell(row.update / row.value)
    }
    let rows = updates.map { row in
      [cell(row.value), cell(row.gradient), cell(row.update), ratio(row)]
    }
    if printer.width < TraceTable.narrow {
      return zip(updates, rows).flatMap { row, cells in
        ["  " + row.path]
          + "value \(cells[0]), gradient \(cells[1]), update \(cells[2]), ratio \(cells[3])"
          .wrapped(to: printer.width - 4).map { "    " + $0.drop { $0 == " " } }
      }
    }
    return Table(
      ["parameter", "value", "gradient", "update", "ratio"],
      rows: zip(updates, rows).map { [$0.path] + $1 }
    ).render(width: printer.width).split(separator: "\n").map(String.init)
  }

  private func summary(_ printer: Printer) -> String {
    let flops = printer.grouped(forward.reduce(0) { $0 + $1.flops })
    let back = printer.grouped(backward.reduce(0) { $0 + $1.flops })
    let saved = printer.grouped(forward.reduce(0) { $0 + ($1.savedBytes ?? 0) })
    let text =
      "forward \(flops) FLOPs, backward \(back) FLOPs, \(saved) bytes saved between; "
      + "the run stands where it stood"
    return text.wrapped(to: printer.width).map { String($0.drop { $0 == " " }) }
      .joined(separator: "\n")
  }
}

/// A printed row: an operation, or all of a call that is deeper than wanted.
struct TraceLine {
  let call: RunningCall?
  let span: Span?
  let text: String
  let operation: String
  var shape: [Int]
  var seconds: Double
  var flops: Int
  var savedBytes: Int?
  let norm: Double?

  init(_ row: Tracer.ForwardRow) {
    call = row.call
    span = row.span
    text = row.span.map { oneLine($0.text) } ?? "added by the run"
    operation = row.operation
    shape = row.shape
    seconds = row.seconds
    flops = row.flops
    savedBytes = row.savedBytes
    norm = nil
  }

  init(_ row: Tracer.BackwardRow) {
    call = row.call
    span = row.span
    text = row.title
    operation = row.operation
    shape = row.shape
    seconds = row.seconds
    flops = row.flops
    savedBytes = nil
    norm = row.norm
  }

  private init(folding line: TraceLine, into call: RunningCall) {
    self.call = call.parent
    span = call.site
    text = call.site.map { oneLine($0.text) } ?? call.title
    operation = call.title
    shape = line.shape
    seconds = line.seconds
    flops = line.flops
    savedBytes = line.savedBytes
    norm = line.norm
  }

  /// What lies deeper than `depth` summed into one line a call. A call's shape is that of its
  /// result: of its last operation forward, of its first one backward.
  static func folded(_ lines: [TraceLine], depth: Int?) -> [TraceLine] {
    guard let depth else { return lines }
    var result: [TraceLine] = []
    var latest: RunningCall?
    for line in lines {
      guard let call = line.call, call.depth > depth else {
        latest = nil
        result.append(line)
        continue
      }
      let folded = call.ancestor(atDepth: depth + 1)
      if folded === latest, var last = result.popLast() {
        if line.norm == nil { last.shape = line.shape }
        last.seconds += line.seconds
        last.flops += line.flops
        last.savedBytes = last.savedBytes.map { $0 + (line.savedBytes ?? 0) }
        result.append(last)
      } else {
        result.append(TraceLine(folding: line, into: folded))
        latest = folded
      }
    }
    return result
  }
}
