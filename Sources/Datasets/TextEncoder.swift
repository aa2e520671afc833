/// What batches need of a tokenizer.
public protocol TextEncoder: Sendable {
  /// The tokens of a text or pair, with the special tokens that the model expects unless
  /// `addsSpecialTokens` is false, cut to `maxLength` tokens in all.
  func encode(_ text: String, pair: String?, addsSpecialTokens: Bool, maxLength: Int?) throws
    -> EncodedText
  /// The tokens of a conversation, a JSON list of messages, and which of them the assistant wrote.
  func encodeChat(_ messages: String, maxLength: Int?) throws -> (text: EncodedText, isLearnt: [Bool])
  var vocabularySize: Int { get }
  var paddingID: Int32? { get }
  var maskID: Int32? { get }
  /// The token that ends a text.
  var endID: Int32? { get }
}

public struct EncodedText: Sendable, Equatable {
  public var ids: [Int32]
  /// 0 in the first text, 1 in the second.
  public var typeIDs: [Int32]
  /// True at special tokens.
  public var special: [Bool]

  public init(ids: [Int32], typeIDs: [Int32]? = nil, special: [Bool]? = nil) {
    self.ids = ids
    self.typeIDs = typeIDs ?? [Int32](repeating: 0, count: ids.count)
    self.special = special ?? [Bool](repeating: false, count: ids.count)
  }
}

extension TextEncoder {
  public func encodeChat(
    _ messages: String, maxLength: Int?
  ) throws -> (text: EncodedText, isLearnt: [Bool]) {
    throw DatasetError(
      path: "chat", "This tokenizer cannot lay out conversations.",
      remedy: "Take a model whose tokenizer has a chat template.")
  }
}
