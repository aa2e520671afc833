import Autograd
import Interpreter
import Syntax
import Tensor
import Terminal

/// `diff(a, b)`: what two models' weights differ in, once adapters are folded in.
final class ModelDifference: HostValue {
  struct Row {
    let path: String
    /// ‖W_b − W_a‖, and by ‖W_a‖.
    let norm: Double
    let relative: Double
    /// Nil for what is no matrix.
    let rank: Int?
    /// Of ΔW, falling; the largest few.
    let singular: [Double]
    let change: Tensor
  }

  private let rows: [Row]
  private let same: Int
  /// The matrices that do not differ, for the map.
  private let unchanged: [String]
  /// Parameters that only one of the two has, such as soft prompts.
  private let alone: (a: [String], b: [String])
  /// How far each one's answers are from its merged form's, by the size of the answers; nil where
  /// nothing merges.
  private let mergeErrors: (a: Double?, b: Double?)

  init(_ a: Module, _ b: Module, on batch: Value?, interpreter: Interpreter, span: Span) throws {
    let merged = (a: try interpreter.merge(a, at: span), b: try interpreter.merge(b, at: span))
    let left = merged.a.parameters().filter { $0.parameter.kind == .trained }
    let right = merged.b.parameters().filter { $0.parameter.kind == .trained }
    let byPath = Dictionary(left.map { ($0.path, $0.parameter) }) { first, _ in first }
    let known = Set(right.map(\.path))
    var (rows, same, only, unchanged): ([Row], Int, [String], [String]) = ([], 0, [], [])
    for named in right {
      try interpreter.poll()
      guard let old = byPath[named.path], old.value.shape == named.parameter.value.shape else {
        only.append(named.path)
        continue
      }
      if let row = try ModelDifference.row(
        named.path, old.value.dense, named.parameter.value.dense, interpreter.engine)
      {
        rows.append(row)
      } else {
        same += 1
        if old.value.rank == 2 { unchanged.append(named.path) }
      }
    }
    (self.rows, self.same, self.unchanged) = (rows, same, unchanged)
    alone = (left.map(\.path).filter { !known.contains($0) }, only)
    func error(_ model: Module, _ merged: Module) throws -> Double? {
      guard merged !== model, let batch else { return nil }
      return try ModelDifference.gap(model, merged, batch, interpreter, span)
    }
    mergeErrors = (try error(a, merged.a), try error(b, merged.b))
  }

  private static func row(_ path: String, _ a: Tensor, _ b: Tensor, _ engine: Engine) throws -> Row?
  {
    let difference = try engine.sub(engine.cast(b, to: .f64), engine.cast(a, to: .f64))
    let norm = try engine.sumOfSquares(difference).squareRoot()
    guard norm != 0 else { return nil }
    let size = try engine.sumOfSquares(engine.cast(a, to: .f64)).squareRoot()
    guard b.rank == 2, norm.isFinite else {
      return Row(
        path: path, norm: norm, relative: norm / size, rank: nil, singular: [], change: difference)
    }
    let factors = try NumericalRank.factors(from: a, to: b, engine: engine)
    var singular: [Double] = []
    if !factors.isEmpty {
      // The columns are orthonormal: the singular values are those of the rows alone.
      let rows = try engine.concatenate(factors.map(\.row), axis: 0)  // [rank, n]
      singular = try engine.svd(rows).s.doubles()
    }
    return Row(
      path: path, norm: norm, relative: norm / size, rank: factors.count, singular: singular,
      change: difference)
  }

  /// max |a(x) − b(x)| by max |a(x)|.
  static func gap(
    _ a: Module, _ b: Module, _ batch: Value, _ interpreter: Interpreter, _ span: Span
  ) throws -> Double? {
    func answer(_ model: Module) throws -> Tensor? {
      let output = try interpreter.tape.withoutRecording {
        try interpreter.call(.module(model), Arguments(values: [batch]), at: span)
      }
      guard case .tuple(let tuple) = output else { return nil }
      for name in ["logits", "hidden"] {
        if case .tensor(let variable)? = tuple[name] { return variable.value }
      }
      return nil
    }
    guard let before = try answer(a), let after = try answer(b), before.shape == after.shape else {
      return nil
    }
    let engine = interpreter.engine
    let size = try engine.max(engine.abs(before)).item()
    return try engine.max(engine.abs(engine.sub(before, after))).item()
      / Swift.max(size, .leastNormalMagnitude)
  }

  // MARK: - As a value

  var typeName: String { "difference" }
  var count: Int? { rows.count }
  var memberNames: [String] {
    ["paths", "norms", "relative", "ranks", "singular", "merge_error", "only_a", "only_b"]
  }

  func member(_ name: String) throws -> Value? {
    func list(_ numbers: [Double]) -> Value { .list(numbers.map { .float($0) }) }
    switch name {
    case "paths": return .list(rows.map { .string($0.path) })
    case "norms": return list(rows.map(\.norm))
    case "relative": return list(rows.map(\.relative))
    case "ranks": return .list(rows.map { $0.rank.map { .int($0) } ?? .none })
    case "singular": return .list(rows.map { list($0.singular) })
    case "merge_error": return (mergeErrors.b ?? mergeErrors.a).map { .float($0) } ?? Value.none
    case "only_a": return .list(alone.a.map { .string($0) })
    case "only_b": return .list(alone.b.map { .string($0) })
    default: return nil
    }
  }

  func element(at index: Value) throws -> Value? {
    let row: Row?
    switch index {
    case .string(let path):
      row = rows.first { $0.path == path }
      if row == nil {
        throw Mistake(
          "\"\(path)\" does not differ between the two", code: "E0513",
          fix: Suggestion.nearest(path, rows.map(\.path)).map { "did you mean \"\($0)\"?" })
      }
    case .int(let position):
      let place = position < 0 ? position + rows.count : position
      guard rows.indices.contains(place) else {
        throw Mistake("row \(position) is outside: \(rows.count) parameters differ", code: "E0514")
      }
      row = rows[place]
    default: return nil
    }
    return row.map { row in
      .tuple([
        ("path", .string(row.path)), ("norm", .float(row.norm)), ("relative", .float(row.relative)),
        ("rank", row.rank.map { .int($0) } ?? .none),
        ("singular", .list(row.singular.map { .float($0) })),
        ("change", .tensor(row.change)),
      ])
    }
  }

  func description(for printer: Printer) -> String {
    func number(_ x: Double) -> String { printer.number(x.rounded(to: 3)) }
    var lines: [String] = []
    if rows.isEmpty { lines.append("no weight differs") } else { lines += rowLines(printer) }
    lines.append(
      "\(printer.grouped(rows.count)) parameters differ, \(printer.grouped(same)) are the same")
    for (name, paths) in [("a", alone.a), ("b", alone.b)] where !paths.isEmpty {
      lines.append(
        "only in \(name): \(paths.prefix(3).joined(separator: ", "))"
          + (paths.count > 3 ? " and \(paths.count - 3) more" : ""))
    }
    for (name, error) in [("a", mergeErrors.a), ("b", mergeErrors.b)] {
      if let error {
        // Rounding: how much of it there is differs from machine to machine.
        let size = error < 1e-5 ? "less than 1e-5" : number(error)
        lines.append("merging \(name) changes its answers by \(size) of their size")
      }
    }
    if let map = heatMap(width: printer.width) { lines += ["", map] }
    return lines.joined(separator: "\n")
  }

  /// The rows as a table, or in a narrow window each below its parameter, so that paths stay whole.
  private func rowLines(_ printer: Printer) -> [String] {
    func number(_ x: Double) -> String { printer.number(x.rounded(to: 3)) }
    let titles = ["‖ΔW‖", "by ‖W‖", "rank", "singular values"]
    let cells = rows.map { row in
      [
        number(row.norm), row.relative.isFinite ? number(row.relative) : "",
        row.rank.map(String.init) ?? "",
        row.singular.prefix(3).map(number).joined(separator: " ")
          + (row.singular.count > 3 ? " …" : ""),
      ]
    }
    if printer.width < TraceTable.narrow {
      return zip(rows, cells).flatMap { row, cells in
        let text = zip(titles, cells).filter { !$1.isEmpty }.map { "\($0) \($1)" }
        return [row.path]
          + text.joined(separator: ", ").wrapped(to: printer.width - 2).map { piece in
            "  " + piece.drop { $0 == " " }
          }
      }
    }
    let table = Table(["parameter"] + titles, rows: zip(rows, cells).map { [$0.path] + $1 })
    return [table.render(width: printer.width).trimmingTrailingNewline]
  }

  /// Blocks down, weights across, ‖ΔW‖ / ‖W‖ as shades; nil where there are not two of each.
  private func heatMap(width: Int) -> String? {
    var (blocks, kinds): ([String], [String]) = ([], [])
    var cells: [String: Double] = [:]
    let changed = rows.filter { $0.rank != nil && $0.relative.isFinite }.map {
      ($0.path, $0.relative)
    }
    for (path, relative) in changed + unchanged.map({ ($0, 0) }) {
      let parts = path.split(separator: ".").map(String.init)
      guard let place = parts.firstIndex(where: { Int($0) != nil }), place + 1 < parts.count else {
        continue
      }
      let block = parts[...place].joined(separator: ".")
      let kind = parts[(place + 1)...].joined(separator: ".")
      if !blocks.contains(block) { blocks.append(block) }
      if !kinds.contains(kind) { kinds.append(kind) }
      cells[block + "/" + kind] = relative
    }
    guard blocks.count > 1, !changed.isEmpty else { return nil }
    blocks.sort { $0.count == $1.count ? $0 < $1 : $0.count < $1.count }
    let values = kinds.map { kind in blocks.map { cells[$0 + "/" + kind] ?? 0 } }
    return HeatMap(
      values, rowLabels: kinds,
      columnLabels: blocks.map { $0.split(separator: ".").last.map(String.init) ?? $0 },
      title: "‖ΔW‖ / ‖W‖ by weight and block"
    ).render(width: Swift.min(width, 72))
  }
}
