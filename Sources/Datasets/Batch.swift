import Tensor

/// Rows as tensors. B rows, padded to a common length T.
public final class Batch: Sendable {
  /// Token numbers, i32 `[B, T]`.
  public let ids: Tensor
  /// True at tokens, false at padding: bool `[B, T]`.
  public let mask: Tensor
  /// 0 in the first text of a pair, 1 in the second: i32 `[B, T]`.
  public let typeIDs: Tensor
  /// What to predict. `classify`: i32 `[B]`; `regress`: f32 `[B]`; `language` and `masked`: i32
  /// `[B, T]`, at each token the token itself (the loss shifts them by one for `language`), or
  /// `Batch.ignored` where nothing is to be predicted. Nil if no row has a label.
  public let labels: Tensor?
  /// The rows that the batch was made of; empty for blocks of packed text.
  public let rows: [Row]

  /// A label that the loss leaves out.
  public static let ignored = -100

  public init(ids: Tensor, mask: Tensor, typeIDs: Tensor, labels: Tensor?, rows: [Row]) {
    self.ids = ids
    self.mask = mask
    self.typeIDs = typeIDs
    self.labels = labels
    self.rows = rows
  }

  /// B.
  public var count: Int { ids.shape.first ?? 0 }
  /// T.
  public var length: Int { ids.shape.last ?? 0 }
}

/// Something that batches are made of: rows, or blocks of packed text.
public protocol BatchSource: Sendable {
  var count: Int { get }
  /// The tokens of its longest row, about.
  var longest: Int { get }
  /// The batch of these places. What is drawn at random depends on seed and step only.
  func batch(_ places: [Int], seed: UInt64, step: Int) throws -> Batch
}
