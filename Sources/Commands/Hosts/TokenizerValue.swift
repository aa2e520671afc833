import Datasets
import Interpreter
import Tokenizers

/// A tokenizer as the language sees it, and as batches do.
public final class TokenizerValue: HostValue, TextEncoder {
  public let tokenizer: Tokenizer
  /// The file it came from, kept so that saving a model hands on the same bytes.
  public let file: [UInt8]

  public init(_ tokenizer: Tokenizer, file: [UInt8]) {
    self.tokenizer = tokenizer
    self.file = file
  }

  public var typeName: String { "tokenizer" }
  public var memberNames: [String] { ["size", "pad", "unknown", "mask", "start", "end"] }

  public func member(_ name: String) throws -> Value? {
    func id(_ value: Int32?) -> Value { value.map { .int(Int($0)) } ?? .none }
    switch name {
    case "size": return .int(tokenizer.vocabularySize)
    case "pad": return id(tokenizer.special.pad)
    case "unknown": return id(tokenizer.special.unk)
    case "mask": return id(tokenizer.special.mask)
    case "start": return id(tokenizer.special.cls ?? tokenizer.special.bos)
    case "end": return id(tokenizer.special.sep ?? tokenizer.special.eos)
    default: return nil
    }
  }

  public func description(for printer: Printer) -> String {
    "tokenizer, \(printer.grouped(tokenizer.vocabularySize)) tokens"
  }

  /// `tokenizer("text")` gives ids.
  public func call(_ arguments: [Value], in interpreter: Interpreter) throws -> Value? {
    guard arguments.count == 1, case .string(let text) = arguments[0] else {
      throw Mistake("a tokenizer takes one text", code: "E0547")
    }
    return .list(try tokenizer.encode(text).ids.map { .int(Int($0)) })
  }

  // MARK: TextEncoder

  public func encode(
    _ text: String, pair: String?, addsSpecialTokens: Bool, maxLength: Int?
  ) throws -> EncodedText {
    let cut = maxLength.map { Truncation(maximumLength: $0) }
    let encoding =
      try pair.map {
        try tokenizer.encodePair(text, $0, addSpecial: addsSpecialTokens, truncation: cut)
      } ?? tokenizer.encode(text, addSpecial: addsSpecialTokens, truncation: cut)
    return EncodedText(
      ids: encoding.ids.map(Int.init), typeIDs: encoding.typeIDs.map(Int.init),
      special: encoding.specialMask)
  }

  public var vocabularySize: Int { tokenizer.vocabularySize }
  public var paddingID: Int? { (tokenizer.special.pad ?? tokenizer.special.eos).map(Int.init) }
  public var maskID: Int? { tokenizer.special.mask.map(Int.init) }
  public var endID: Int? { (tokenizer.special.eos ?? tokenizer.special.sep).map(Int.init) }
}
