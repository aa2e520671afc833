import Interpreter
import Syntax
import Training

extension Registry {
  /// One step forwards, back, and aside.
  static func steppingCommands() -> [CommandRecord] {
    let line =
      "r = train(load(\"tiny-bert\") |> classifier() |> lora(), on=read(\"reviews\", "
        + "task=\"classify\")[:32], steps=0);"
    let run = ParameterSpec("run")
    let count = ParameterSpec("count", default: .int(1))
    return [
      CommandRecord(
        "step", [run, count], .training, "makes optimiser steps, with a line on each",
        help: """
          Loss and, where there is one, penalty; learning rate; the gradient's norm, of all trainable parameters together and \
          before clipping; ‖Δw‖ / ‖w‖, by how much of their size the parameters moved; time, and tokens a second. The value \
          has these numbers as members (`step(run).loss`), of the last step; `step(run, 5)[0].loss` is the first one's.
          """, examples: [.init("\(line) step(r)", nil)], firstTypes: ["run"]
      ) { call in
        let run = try call.run(0)
        let count = try call.count(1)
        var records: [StepRecord] = []
        for _ in 0..<count {
          records.append(try TrainingLoop(run, call.interpreter).step())
        }
        return .host(StepReport(records, horizon: run.run.horizon))
      },
      CommandRecord(
        "back", [run, count], .training,
        "undoes optimiser steps: parameters, optimiser and data order, bit for bit",
        help: """
          The state of each step is kept: see `snapshots` and `spill` of `train`. Where one had to be dropped, the steps from \
          the nearest earlier one are made again; `run.kept_steps` tells which are there.
          """, examples: [.init("\(line) step(r, 2); back(r, 2).step", "0")], firstTypes: ["run"]
      ) { call in
        let run = try call.run(0)
        try TrainingLoop(run, call.interpreter).moveBack {
          try run.run.back(call.count(1), shouldStop: $0)
        }
        return call[0]
      },
      CommandRecord(
        "rewind", [run, ParameterSpec("to", default: .int(0))], .training,
        "takes a run back to the state after step `to`; 0 is the start",
        examples: [.init("\(line) step(r, 3); rewind(r, to=1).step", "1")], firstTypes: ["run"]
      ) { call in
        let run = try call.run(0)
        try TrainingLoop(run, call.interpreter).moveBack {
          try run.run.rewind(to: call.int(1), shouldStop: $0)
        }
        return call[0]
      },
      CommandRecord(
        "branch", [run, ParameterSpec("optimizer", default: Value.none)], .training,
        "another run with the same past, which goes its own way: two futures from one step",
        help: """
          Both stand at the same step, and both can go back. With an `optimizer` the branch goes on with that one: \
          `branch(run, optimizer=adamw(lr=1e-4))`; one of another kind starts without memory. Without, both have the same \
          future.
          """,
        examples: [.init("\(line) step(r); b = branch(r); step(b, 2); [r.step, b.step]", "[1, 3]")],
        firstTypes: ["run"]
      ) { call in
        let run = try call.run(0)
        let optimizer =
          call.isNone(1)
          ? nil
          : try call.host(1, OptimizerValue.self, "an optimizer such as adamw(lr=1e-3)").optimizer
        return .host(
          try run.branched(optimizer: optimizer, interpreter: call.interpreter, span: call.span))
      },
    ]
  }
}

extension NativeCall {
  /// How many.
  func count(_ index: Int, atLeast least: Int = 1) throws -> Int {
    let count = try int(index)
    guard count >= least else {
      let name = signature.parameters[index].name
      throw Mistake(
        "`\(name)` of `\(signature.name)` must be at least \(least), not \(count)", argument: name)
    }
    return count
  }
}

extension TrainingLoop {
  /// Runs what may make steps again, which Ctrl-C ends.
  func moveBack(_ body: (Run.StopCheck) throws -> Void) throws {
    do { try body(interpreter.isInterrupted) } catch let error as TrainingError
      where error.kind == .interrupted
    {
      throw Interrupted()
    }
  }
}

/// What each of some steps did, on one line each.
final class StepReport: HostValue {
  let records: [StepRecord]
  let horizon: Int?

  init(_ records: [StepRecord], horizon: Int?) {
    self.records = records
    self.horizon = horizon
  }

  var typeName: String { "step report" }
  var count: Int? { records.count }
  var memberNames: [String] { History.columnNames(of: records) }

  /// Of the last step.
  func member(_ name: String) throws -> Value? {
    records.last.flatMap { StepReport.value(name, $0) }
  }

  func element(at index: Value) throws -> Value? {
    guard case .int(let position) = index else { return nil }
    let place = position < 0 ? position + records.count : position
    guard records.indices.contains(place) else {
      throw Mistake("step \(position) is outside: the report has \(records.count)", code: "E0514")
    }
    return .tuple(memberNames.map { ($0, StepReport.value($0, records[place]) ?? .none) })
  }

  private static func value(_ name: String, _ record: StepRecord) -> Value? {
    guard let number = History.value(name, of: record) else { return nil }
    if number.isNaN { return Value.none }
    return ["step", "epoch", "tokens"].contains(name) ? .int(Int(number)) : .float(number)
  }

  func description(for printer: Printer) -> String {
    let rows = records.map { cells($0, printer) }
    let columns = rows.map(\.count).max() ?? 0
    let widths = (0..<columns).map { column in
      rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0
    }
    return rows.map { row in
      let cells = row.enumerated().map { column, cell in
        column == row.count - 1 ? cell : cell.padding(to: widths[column])
      }
      return StepReport.lines(cells, printer)
    }.joined(separator: "\n")
  }

  /// `12.5 s  123,456 tokens/s`
  private static let roomForSpeed = 24

  /// The cells on one line, or where a terminal is too narrow for that on as many as they take. A usual
  /// window keeps time and rate together and room for long ones, so that a step looks the same
  /// however long it took.
  private static func lines(_ cells: [String], _ printer: Printer) -> String {
    let (whole, width) = (cells.joined(separator: "  ").trimmingTrailingBlanks, printer.width)
    let isUsual = width >= 72
    let time = isUsual ? cells.firstIndex(where: { $0.first?.isNumber == true }) : nil
    let speed = time ?? cells.count
    let needed = cells[..<speed].reduce(0) { $0 + $1.count + 2 } + roomForSpeed
    if isUsual, !printer.isTerminal || Swift.max(needed, whole.count) <= width { return whole }
    var lines: [String] = []
    for cell in cells[..<speed] + [cells[speed...].joined(separator: "  ")] where !cell.isEmpty {
      let text = cell.trimmingTrailingBlanks
      if let last = lines.last, last.count + 2 + text.count <= Swift.max(width, 20) {
        lines[lines.count - 1] = last + "  " + cell
      } else {
        lines.append(lines.isEmpty ? cell : "  " + cell)
      }
    }
    return lines.map(\.trimmingTrailingBlanks).joined(separator: "\n")
  }

  private func cells(_ record: StepRecord, _ printer: Printer) -> [String] {
    func number(_ x: Double, _ digits: Int) -> String { printer.number(x.rounded(to: digits)) }
    let place = horizon.map { "\(record.step)/\($0)" } ?? "\(record.step)"
    var cells = ["step \(place)", "loss \(number(record.loss, 5))"]
    cells += [
      "lr \(number(record.learningRate, 4))", "gradient \(number(record.gradientNorm, 4))",
      "update \(number(record.updateRatio, 3))",
    ]
    if records.contains(where: { $0.penalty != 0 }) {
      cells.append("penalty \(number(record.penalty, 4))")
    }
    cells.append(duration(record.seconds))
    if let rate = record.tokensPerSecond { cells.append("\(printer.grouped(Int(rate))) tokens/s") }
    return cells
  }
}

extension String {
  fileprivate func padding(to width: Int) -> String {
    self + String(repeating: " ", count: Swift.max(0, width - count))
  }

  fileprivate var trimmingTrailingBlanks: String {
    var end = endIndex
    while end > startIndex, self[index(before: end)] == " " { end = index(before: end) }
    return String(self[..<end])
  }
}

extension RunValue {
  func branched(
    optimizer: (any Optimizer)?, interpreter: Interpreter, span: Span
  ) throws -> RunValue {
    let copy = ModelTrainee(
      trainee.model, interpreter: interpreter, span: span, fixed: trainee.fixed)
    return RunValue(
      try run.branched(model: copy, optimizer: optimizer), trainee: copy, data: data, parts: parts,
      batches: batches, makeBatches: makeBatches)
  }
}
