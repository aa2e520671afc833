import Datasets
import Interpreter

/// A dataset as the language sees it: `data[0]` is a row, `data[0:10]` a dataset.
public final class DatasetValue: HostValue {
  public let dataset: Dataset
  /// The parts that `split` made; `data.train` and its like.
  let parts: Splits?
  /// The parts that this one is one of.
  let siblings: Parts?

  public init(_ dataset: Dataset, parts: Splits? = nil) {
    self.dataset = dataset
    self.parts = parts
    siblings = nil
  }

  init(_ dataset: Dataset, among siblings: Parts?) {
    self.dataset = dataset
    self.siblings = siblings
    parts = nil
  }

  /// The parts of a split dataset, as one of them knows the others.
  struct Parts {
    let all: Splits
    /// Which one this is: train, validation or test.
    let own: String

    /// The others, those with rows.
    var others: [(name: String, data: Dataset)] {
      [("train", all.train), ("validation", all.validation), ("test", all.test)]
        .filter { $0.0 != own && !$0.1.isEmpty }
    }
  }

  public var typeName: String { "dataset" }
  public var count: Int? { dataset.count }
  public var memberNames: [String] {
    ["name", "task", "classes", "count"] + (parts == nil ? [] : ["train", "validation", "test"])
  }

  public func member(_ name: String) throws -> Value? {
    switch name {
    case "name": return .string(dataset.name)
    case "task": return .string(dataset.task.rawValue)
    case "classes": return .list(dataset.classes.map { .string($0) })
    case "count": return .int(dataset.count)
    case "train", "validation", "test":
      guard let parts else {
        throw Mistake(
          "this dataset is not split, so it has no `\(name)` part", code: "E0521",
          fix: "split it first: `data |> split(validation=0.1, test=0.2)`")
      }
      let part = name == "train" ? parts.train : name == "test" ? parts.test : parts.validation
      return .host(DatasetValue(part, among: Parts(all: parts, own: name)))
    default: return nil
    }
  }

  public func element(at index: Value) throws -> Value? {
    switch index {
    case .int(let position):
      let place = position < 0 ? position + dataset.count : position
      guard place >= 0, place < dataset.count else {
        throw Mistake(
          "row \(position) is outside: the dataset has \(dataset.count) rows", code: "E0514")
      }
      return row(dataset[place])
    case .host(let host):
      guard let slice = host as? SliceValue else { return nil }
      let (start, end) = (clamp(slice.start ?? 0), clamp(slice.end ?? dataset.count))
      let step = slice.step ?? 1
      guard step > 0 else { throw Mistake("a dataset is sliced forwards only", code: "E0515") }
      return .host(
        DatasetValue(
          dataset.picking(Array(stride(from: start, to: max(start, end), by: step))), among: siblings))
    default: return nil
    }
  }

  private func clamp(_ place: Int) -> Int {
    min(max(place < 0 ? place + dataset.count : place, 0), dataset.count)
  }

  /// `(text=…, label=1, class="positive")`
  func row(_ row: Row) -> Value {
    var fields: [(String, Value)] = [("text", .string(row.text))]
    if let pair = row.pair { fields.append(("pair", .string(pair))) }
    if let label = row.label { fields.append(("label", .int(label))) }
    if let name = dataset.className(of: row) { fields.append(("class", .string(name))) }
    if dataset.task == .regress, let score = row.score { fields.append(("score", .float(score))) }
    return .tuple(fields)
  }

  public func description(for printer: Printer) -> String {
    var lines = ["dataset \(dataset.name), \(dataset.task.rawValue): \(printer.grouped(dataset.count)) rows"]
    if let parts {
      lines[0] +=
        " (train \(printer.grouped(parts.train.count)), validation "
        + "\(printer.grouped(parts.validation.count)), test \(printer.grouped(parts.test.count)))"
    }
    if !dataset.classes.isEmpty {
      let counts = dataset.classes.enumerated().map { index, name in
        "\(name) \(printer.grouped(dataset.rows.count { $0.label == index }))"
      }
      lines.append("classes: " + counts.joined(separator: ", "))
    }
    lines += dataset.notes.map { "note: \($0)" }
    return lines.joined(separator: "\n")
  }
}
