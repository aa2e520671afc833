import Datasets
import Interpreter
import Tensor
import Terminal
import Tokenizers

/// `mask(batch)`: each row's tokens, with the label that the loss compares and the weight that it
/// has there.
final class BatchGrid: HostValue {
  struct Cell {
    let token: String
    let label: String
    let weight: Int
  }

  struct Line {
    let cells: [Cell]
    /// Of a row that has one label for all.
    let label: String?
  }

  private let lines: [Line]
  /// Whether the label at a token is compared with what the token before says.
  private let isShifted: Bool

  init(
    ids: Tensor, mask: Tensor, labels: Tensor?, tokenizer: Tokenizer?, classes: [String],
    isShifted: Bool
  ) throws {
    self.isShifted = isShifted
    guard ids.rank == 2, mask.shape == ids.shape else {
      throw Mistake(
        "`ids` and `mask` of a batch are [B, T], but here \(describe(ids.shape)) and "
          + "\(describe(mask.shape))",
        code: "E0547", argument: "batch")
    }
    let length = ids.shape[1]
    let (tokens, seen) = (try ids.ints(), try mask.bools())
    let isEach = labels?.shape == ids.shape
    let numbers =
      try labels.map { $0.dtype.isFloat ? try $0.doubles() : try $0.ints().map(Double.init) } ?? []
    func text(_ id: Int) -> String {
      tokenizer?.token(of: Int32(id)).map(BatchGrid.visible) ?? String(id)
    }
    lines = (0..<ids.shape[0]).map { row in
      let cells = (0..<length).map { column -> Cell in
        let place = row * length + column
        let label = isEach ? Int(numbers[place]) : nil
        let counts = label.map { $0 != Batch.ignored && !(isShifted && column == 0) }
        return Cell(
          token: text(tokens[place]),
          label: label.map { $0 == Batch.ignored ? "·" : text($0) } ?? "",
          weight: (counts ?? seen[place]) ? 1 : 0)
      }
      var own: String?
      if let labels, !isEach, row < numbers.count {
        let number = numbers[row]
        own =
          labels.dtype.isFloat
          ? String(number) : number == Double(Batch.ignored) ? "none" : String(Int(number))
        if !labels.dtype.isFloat, classes.indices.contains(Int(number)) {
          own = classes[Int(number)]
        }
      }
      return Line(cells: cells, label: own)
    }
  }

  private static func visible(_ token: String) -> String {
    token.isEmpty
      ? "∅" : String(token.map { $0.isNewline ? "⏎" : $0 == "\t" ? "⇥" : $0 == " " ? "␣" : $0 })
  }

  var typeName: String { "batch grid" }
  var count: Int? { lines.count }
  var memberNames: [String] { ["tokens", "labels", "weights"] }

  func member(_ name: String) throws -> Value? {
    func list(_ value: (Cell) -> Value) -> Value { .list(lines.map { .list($0.cells.map(value)) }) }
    switch name {
    case "tokens": return list { .string($0.token) }
    case "weights": return list { .int($0.weight) }
    case "labels":
      return .list(
        lines.map { line in
          line.label.map { .string($0) } ?? .list(line.cells.map { .string($0.label) })
        })
    default: return nil
    }
  }

  func description(for printer: Printer) -> String {
    var text: [String] = []
    for (index, line) in lines.enumerated() {
      let weight = line.cells.reduce(0) { $0 + $1.weight }
      let label = line.label.map { ", label \($0)" } ?? ""
      let what = line.label == nil ? "counted" : "attended to"
      let head = "row \(index)\(label): \(weight) of \(line.cells.count) tokens \(what)"
      text += head.wrapped(to: printer.width).map { printer.style($0, .heading) }
      text += grid(line, printer)
    }
    if isShifted {
      let note = "Each label is compared with what the model says one token before."
      text += note.wrapped(to: printer.width).map { printer.style($0, .dim) }
    }
    return text.joined(separator: "\n")
  }

  private func grid(_ line: Line, _ printer: Printer) -> [String] {
    let titles = line.label == nil ? ["token", "label", "weight"] : ["token", "mask"]
    let left = 9
    let room = Swift.max(printer.width - left, 12)
    var (rows, used): ([[String]], Int) = ([], 0)
    var text: [String] = []
    func flush() {
      guard !rows.isEmpty else { return }
      for (index, title) in titles.enumerated() {
        let cells = rows.map { $0[index] }.joined(separator: " ")
        text.append(("  " + title).padded(to: left) + cells)
      }
      (rows, used) = ([], 0)
    }
    for cell in line.cells {
      let texts =
        line.label == nil
        ? [cell.token, cell.label, String(cell.weight)] : [cell.token, String(cell.weight)]
      let width = Swift.min(texts.map(displayWidth).max() ?? 0, room)
      if used + width > room { flush() }
      rows.append(texts.map { $0.truncated(to: width).padded(to: width) })
      used += width + 1
    }
    flush()
    return text.map { line in
      var end = line.endIndex
      while end > line.startIndex, line[line.index(before: end)] == " " {
        end = line.index(before: end)
      }
      return String(line[..<end])
    }
  }
}
