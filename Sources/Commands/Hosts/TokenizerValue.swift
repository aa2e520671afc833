import Interpreter
import Tokenizers

/// A tokenizer as the language sees it.
public final class TokenizerValue: HostValue {
  public let tokenizer: Tokenizer
  /// The file it came from, kept so that saving a model hands on the same bytes.
  public let file: [UInt8]
  /// What came with it: `tokenizer_config.json`, `chat_template.jinja`.
  public let companions: [(name: String, bytes: [UInt8])]

  public init(
    _ tokenizer: Tokenizer, file: [UInt8], companions: [(name: String, bytes: [UInt8])] = []
  ) {
    self.tokenizer = tokenizer
    self.file = file
    self.companions = companions
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
}
