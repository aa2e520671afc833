import Tensor

/// Makes tensors of rows.
public struct Collator: Sendable {
  public enum Side: String, Sendable { case left, right }

  public let encoder: any TextEncoder
  public let task: Dataset.Task
  public let maxLength: Int
  /// The padded length is a multiple of this.
  public var lengthMultiple = 1
  public var paddingSide = Side.right
  public var masking = Masking()

  /// Rows longer than `maxLength` tokens are cut.
  public init(encoder: any TextEncoder, task: Dataset.Task, maxLength: Int) {
    self.encoder = encoder
    self.task = task
    self.maxLength = max(maxLength, 1)
  }

  /// Encodes rows and pads them to the longest. `seed` and `step` key what masking draws.
  /// Throws `DatasetError` if there are no rows, or the tokenizer lacks a token the task needs.
  public func collate(_ rows: [Row], seed: UInt64 = 0, step: Int = 0) throws -> Batch {
    if task == .chat { return try chats(rows, seed: seed, step: step) }
    let encoded = try rows.map {
      try encoder.encode(
        $0.text, pair: task == .pairs ? nil : $0.pair, addsSpecialTokens: true, maxLength: maxLength)
    }
    return try collate(encoded, rows: rows, seed: seed, step: step)
  }

  /// As above, from tokens.
  public func collate(_ encoded: [EncodedText], rows: [Row] = [], seed: UInt64 = 0, step: Int = 0)
    throws -> Batch
  {
    let longest = encoded.map(\.ids.count).max() ?? 0
    guard longest > 0 else {
      throw DatasetError(
        path: "batch", "There are no rows, or none has a token.",
        remedy: "Leave out rows without text.")
    }
    let multiple = max(lengthMultiple, 1)
    let length = (longest + multiple - 1) / multiple * multiple
    var grid = TokenGrid(
      encoded, length: length, padding: encoder.paddingID ?? encoder.endID ?? 0, side: paddingSide)
    var labels: Tensor?
    switch task {
    case .classify: labels = classLabels(rows)
    case .regress: labels = scores(rows)
    case .pairs: labels = try targets(rows)
    case .chat: labels = nil
    case .language: labels = grid.tensor(grid.languageLabels)
    case .masked:
      let targets = try masking.apply(to: &grid, encoder: encoder, seed: seed, step: step)
      labels = grid.tensor(targets)
    }
    return Batch(
      ids: grid.tensor(grid.ids), mask: Tensor(grid.mask, shape: grid.shape),
      typeIDs: grid.tensor(grid.typeIDs), labels: labels, rows: rows)
  }

  /// Conversations, in which only what the assistant wrote is learnt.
  private func chats(_ rows: [Row], seed: UInt64, step: Int) throws -> Batch {
    let chats = try rows.map { try encoder.encodeChat($0.text, maxLength: maxLength) }
    let batch = try collate(chats.map(\.text), rows: rows, seed: seed, step: step)
    let (rowCount, length) = (batch.ids.shape[0], batch.ids.shape[1])
    var labels = [Int32](repeating: Int32(Batch.ignored), count: rowCount * length)
    for (row, chat) in chats.enumerated() {
      let start = row * length + (paddingSide == .left ? length - chat.isLearnt.count : 0)
      for (place, isLearnt) in chat.isLearnt.enumerated() where isLearnt {
        labels[start + place] = chat.text.ids[place]
      }
    }
    return Batch(
      ids: batch.ids, mask: batch.mask, typeIDs: batch.typeIDs,
      labels: Tensor(labels, shape: batch.ids.shape), rows: rows)
  }

  /// The tokens of the texts to write; nil where a row has none.
  private func targets(_ rows: [Row]) throws -> Tensor? {
    let texts = rows.compactMap(\.pair)
    guard !texts.isEmpty, texts.count == rows.count else { return nil }
    let encoded = try texts.map {
      try encoder.encode($0, pair: nil, addsSpecialTokens: true, maxLength: maxLength)
    }
    let grid = TokenGrid(
      encoded, length: encoded.map(\.ids.count).max() ?? 0, padding: 0, side: .right)
    return grid.tensor(grid.languageLabels)
  }

  private func classLabels(_ rows: [Row]) -> Tensor? {
    if rows.allSatisfy({ $0.label == nil }) { return nil }
    return Tensor(rows.map { Int32($0.label ?? Batch.ignored) })
  }

  /// Nil unless every row has a number: there is none that a loss would leave out.
  private func scores(_ rows: [Row]) -> Tensor? {
    let scores = rows.compactMap(\.score)
    return scores.isEmpty || scores.count != rows.count ? nil : Tensor(scores.map(Float.init))
  }
}

/// The tokens of a batch, row-major `[B, T]`, before they become tensors.
struct TokenGrid {
  let shape: [Int]
  var ids: [Int32]
  var mask: [Bool]
  var typeIDs: [Int32]
  /// True at special tokens and padding.
  var special: [Bool]

  init(_ encoded: [EncodedText], length: Int, padding: Int32, side: Collator.Side) {
    shape = [encoded.count, length]
    let count = encoded.count * length
    ids = [Int32](repeating: padding, count: count)
    mask = [Bool](repeating: false, count: count)
    typeIDs = [Int32](repeating: 0, count: count)
    special = [Bool](repeating: true, count: count)
    for (row, text) in encoded.enumerated() {
      let start = row * length + (side == .left ? length - text.ids.count : 0)
      for index in text.ids.indices {
        ids[start + index] = text.ids[index]
        typeIDs[start + index] = text.typeIDs[index]
        special[start + index] = text.special[index]
        mask[start + index] = true
      }
    }
  }

  /// Each token is its own label; padding has none.
  var languageLabels: [Int32] {
    zip(ids, mask).map { $1 ? $0 : Int32(Batch.ignored) }
  }

  func tensor(_ values: [Int32]) -> Tensor { Tensor(values, shape: shape) }
}

/// Rows and their collator as a source of batches.
public struct RowBatches: BatchSource {
  public let dataset: Dataset
  public let collator: Collator

  public init(_ dataset: Dataset, collator: Collator) {
    self.dataset = dataset
    self.collator = collator
  }

  public var count: Int { dataset.count }

  /// Of the rows that are longest in bytes.
  public var longest: Int {
    let places = dataset.rows.indices.sorted {
      dataset.rows[$0].text.utf8.count > dataset.rows[$1].text.utf8.count
    }
    let batch = try? batch(Array(places.prefix(4)), seed: 0, step: 0)
    return batch?.length ?? collator.maxLength
  }

  public func batch(_ places: [Int], seed: UInt64, step: Int) throws -> Batch {
    try collator.collate(places.map { dataset.rows[$0] }, seed: seed, step: step)
  }
}
