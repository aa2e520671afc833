import Datasets
import Interpreter
import Tensor

extension Batch {
  /// What a model's `forward` gets: `(ids, mask, segments, labels)`.
  var value: Value {
    .tuple([
      ("ids", .tensor(ids)), ("mask", .tensor(mask)), ("segments", .tensor(typeIDs)),
      ("labels", labels.map { .tensor($0) } ?? .none),
    ])
  }
}

/// Makes models' inputs of texts, rows and datasets, by the tokenizer that the model carries.
public enum ModelInput {
  /// Nil where the arguments are no such thing: they are then a batch, or the model's own affair.
  public static func convert(_ model: Module, _ arguments: [Value]) throws -> [Value]? {
    guard arguments.count == 1, let rows = try rows(of: arguments[0]) else { return nil }
    return [try collator(for: model, task: .classify).collate(rows).value]
  }

  static func collator(for model: Module, task: Dataset.Task) throws -> Collator {
    guard case .host(let host)? = model.attribute("tokenizer"), let value = host as? TokenizerValue
    else {
      throw Mistake(
        "this model carries no tokenizer, so it cannot read text", code: "E0592",
        fix: "load a model with one, or set it: `model |> with_tokenizer(tokenizer)`")
    }
    return Collator(encoder: value.tokenizer, task: task, maxLength: maximumLength(model))
  }

  /// As many positions as the model has, or fewer where its tokenizer's settings or the user say so.
  static func maximumLength(_ model: Module) -> Int {
    let all = positions(model)
    if case .int(let length)? = model.attribute("maximum_length") { return min(length, all ?? length) }
    return all ?? 512
  }

  private static func positions(_ model: Module) -> Int? {
    if case .int(let count)? = model.plainField("positions") { return count }
    return model.base.flatMap(positions)
  }

  private static func rows(of value: Value) throws -> [Row]? {
    switch value {
    case .string(let text): return [Row(text: text)]
    case .tuple(let tuple): return row(tuple).map { [$0] }
    case .list(let list):
      guard !list.elements.isEmpty else { return nil }
      let rows = list.elements.compactMap { element -> Row? in
        switch element {
        case .string(let text): Row(text: text)
        case .tuple(let tuple): row(tuple)
        default: nil
        }
      }
      return rows.count == list.elements.count ? rows : nil
    case .host(let host): return (host as? DatasetValue)?.dataset.rows
    default: return nil
    }
  }

  private static func row(_ tuple: TupleValue) -> Row? {
    guard case .string(let text)? = tuple["text"] else { return nil }
    var pair: String?
    if case .string(let second)? = tuple["pair"] { pair = second }
    var label: Int?
    if case .int(let number)? = tuple["label"] { label = number }
    return Row(text: text, pair: pair, label: label)
  }
}
