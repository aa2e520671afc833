import Tensor

/// A text as one stream of tokens, cut into blocks of equal length: for causal language modelling,
/// where padding would be waste.
public struct PackedText: BatchSource {
  /// Each of `blockLength` tokens; the last may be shorter.
  public let blocks: [[Int32]]
  public let blockLength: Int
  private let collator: Collator

  /// What stands between rows.
  public enum Separator: Sendable {
    /// The tokenizer's end token.
    case end
    /// A text, such as a line break.
    case text(String)
    case nothing
  }

  /// Encodes the rows without special tokens, joins them and cuts the stream.
  ///
  /// - Parameter keepsRest: keeps a last block that is shorter; it is kept in any case if it is
  ///   the only one.
  /// - Throws: `DatasetError` if there is no token at all or no end token.
  public init(
    _ dataset: Dataset, encoder: any TextEncoder, blockLength: Int, separator: Separator = .end,
    keepsRest: Bool = false
  ) throws {
    let length = max(blockLength, 2)
    let between: [Int32]
    switch separator {
    case .end:
      guard let end = encoder.endID else {
        throw DatasetError(
          path: dataset.name, "The tokenizer has no token that ends a text.",
          remedy: "Separate the rows by a line break instead.")
      }
      between = [end]
    case .text(let text): between = try PackedText.encode(text, encoder)
    case .nothing: between = []
    }
    var stream: [Int32] = []
    for row in dataset.rows {
      stream += try PackedText.encode(row.text, encoder)
      stream += between
    }
    var blocks = stride(from: 0, to: stream.count, by: length).map {
      Array(stream[$0..<min($0 + length, stream.count)])
    }
    if !keepsRest, blocks.count > 1, let last = blocks.last, last.count < length {
      blocks.removeLast()
    }
    // One token alone predicts nothing.
    if let last = blocks.last, last.count < 2 { blocks.removeLast() }
    guard !blocks.isEmpty else {
      throw DatasetError(
        path: dataset.name, "The text has fewer than two tokens.", remedy: "Use a longer text.")
    }
    self.blocks = blocks
    self.blockLength = length
    collator = Collator(encoder: encoder, task: .language, maxLength: length)
  }

  private static func encode(_ text: String, _ encoder: any TextEncoder) throws -> [Int32] {
    try encoder.encode(text, pair: nil, addsSpecialTokens: false, maxLength: nil).ids
  }

  public var count: Int { blocks.count }
  public var longest: Int { blockLength }

  /// The number of tokens in all blocks.
  public var tokenCount: Int { blocks.reduce(0) { $0 + $1.count } }

  public func batch(_ places: [Int], seed: UInt64 = 0, step: Int = 0) throws -> Batch {
    try collator.collate(places.map { EncodedText(ids: blocks[$0]) }, seed: seed, step: step)
  }
}
