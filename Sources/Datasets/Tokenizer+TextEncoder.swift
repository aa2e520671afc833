import Tokenizers

extension Tokenizer: TextEncoder {
  public func encode(
    _ text: String, pair: String?, addsSpecialTokens: Bool, maxLength: Int?
  ) throws -> EncodedText {
    let truncation = maxLength.map { Truncation(maximumLength: $0) }
    let encoding =
      try pair.map {
        try encodePair(text, $0, addSpecial: addsSpecialTokens, truncation: truncation)
      } ?? encode(text, addSpecial: addsSpecialTokens, truncation: truncation)
    // Special tokens that the text itself holds are not to be masked either.
    let special = zip(encoding.ids, encoding.specialMask).map { $1 || isSpecial($0) }
    return EncodedText(ids: encoding.ids, typeIDs: encoding.typeIDs, special: special)
  }

  public func encodeChat(
    _ messages: String, maxLength: Int?
  ) throws -> (text: EncodedText, isLearnt: [Bool]) {
    let chat = try encodeChat(
      messages: Array(messages.utf8), truncation: maxLength.map { Truncation(maximumLength: $0) })
    let special = chat.encoding.ids.map { isSpecial($0) }
    return (EncodedText(ids: chat.encoding.ids, special: special), chat.assistant)
  }

  public var paddingID: Int32? { special.pad }
  public var maskID: Int32? { special.mask }
  public var endID: Int32? { special.eos ?? special.sep }
}
